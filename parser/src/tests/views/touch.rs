//! Owns a walk through everything that can be asked of a view, on any value.
//! Refuses to look at the answers: the claims do. The fuzz targets run it too.

use std::hint::black_box;

use crate::HeaderId;
use crate::view;
use crate::view::auth::AuthParams;
use crate::view::challenge::Challenge;
use crate::view::contact::Contact;
use crate::view::credentials::Credentials;
use crate::view::params::Params;
use crate::view::text::Text;
use crate::view::{
    challenge, contact, credentials, diversion, from_spec, history_info, identity, privacy, reason,
    remote_party_id, retry_after, route, session_expires, via, warning,
};

/// All that a text can tell.
fn text(text: Option<Text<'_>>) {
    black_box(text.map(|text| (text.bytes().count(), text.is(b"x"), text.is_word(b"x"))));
}

/// The parameters, each of which stands in the text that they were read from.
fn params(params: &Params<'_>) {
    let len: usize = params
        .iter()
        .map(|(name, value)| {
            text(value.map(Text::of));
            name.len() + value.map_or(0, <[u8]>::len) + 1
        })
        .sum();
    assert!(len <= params.text().len());
    let last = params.iter().last();
    assert!(last.is_none_or(|(name, _)| params.has(name)));
}

fn auth_params(params: &AuthParams<'_>) {
    let len: usize = params.iter().map(|(name, value)| name.len() + value.raw().len() + 1).sum();
    assert!(len <= params.text().len());
    params.iter().for_each(|(name, value)| {
        text(Some(value));
        assert!(params.get(name).is_some());
    });
}

/// Has every view read `value`, and asks for all that it can tell of it.
pub fn touch(value: &[u8]) {
    for id in HeaderId::NAMED {
        if let Some(Err(fault)) = view::check(*id, value) {
            assert!(usize::from(fault.at) <= value.len(), "{id:?}: {fault:?}");
        }
    }
    if let Ok(read) = via::parse(value) {
        params(&read.params);
        black_box((read.branch(), read.received(), read.rport(), read.maddr(), read.ttl()));
    }
    if let Ok(read) = from_spec::parse(value) {
        params(&read.address.params);
        text(Some(read.address.name()));
        black_box(read.tag());
    }
    if let Ok(Contact::Param(read)) = contact::parse(value) {
        assert!(read.q().is_none_or(|q| q <= 1000));
        black_box(read.expires());
    }
    black_box(route::parse(value).map(|read| read.is_loose())).ok();
    if let Ok(read) = remote_party_id::parse(value) {
        [read.party(), read.id_type(), read.privacy()].into_iter().for_each(text);
        black_box(read.screen());
    }
    if let Ok(read) = diversion::parse(value) {
        [read.reason(), read.privacy(), read.screen()].into_iter().for_each(text);
        assert!(read.counter().is_none_or(|counter| counter < 100));
        black_box(read.limit());
    }
    if let Ok(read) = history_info::parse(value) {
        let dots = read.index().map(|index| index.iter().filter(|byte| **byte == b'.').count());
        assert_eq!(read.levels().count(), dots.map_or(0, |dots| dots + 1));
        black_box(read.target());
    }
    if let Ok(read) = identity::parse(value) {
        [read.alg(), read.ppt()].into_iter().for_each(text);
        params(&read.params);
        black_box(read.passport());
    }
    if let Ok(read) = reason::parse(value) {
        params(&read.params);
        black_box((read.cause(), read.text(), read.is_sip(), read.is_q850()));
    }
    black_box(retry_after::parse(value).map(|read| read.duration())).ok();
    black_box(session_expires::parse(value).map(|read| read.refresher())).ok();
    black_box(warning::parse(value).map(|read| text(Some(read.text)))).ok();
    if let Ok(read) = privacy::parse(value) {
        assert!(read.iter().all(|word| !word.is_empty() && read.has(word)));
    }
    match challenge::parse(value) {
        Ok(Challenge::Digest(read)) => {
            auth_params(&read.params);
            assert!(read.params.get(b"realm").is_some() && read.params.get(b"nonce").is_some());
            black_box(read.offers(b"auth"));
        }
        Ok(Challenge::Other(read)) => auth_params(&read.params),
        Err(_) => {}
    }
    if let Ok(Credentials::Digest(read)) = credentials::parse(value) {
        black_box((read.count(), read.algorithm.hex_len(), read.algorithm.is_session()));
    }
}
