//! Owns values made from the grammar: what was put into one is what its view reads.
//! Refuses to make broken ones: the samples do.

use proptest::prelude::*;

use crate::tests::{options, with};
use crate::view::challenge::{self, Challenge};
use crate::view::contact::{self, Contact};
use crate::view::credentials::{self, Credentials};
use crate::view::text::Text;
use crate::view::{
    asserted_id, diversion, from_spec, history_info, identity, min_se, option_tag, privacy, rack,
    reason, remote_party_id, retry_after, route, session_expires, via, warning,
};
use crate::{HeaderId, view};

/// White space that may be absent.
fn sws() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "", " ", "\t", "\r\n ", "  \r\n\t "]).prop_map(String::from)
}

/// White space.
fn lws() -> impl Strategy<Value = String> {
    prop::sample::select(vec![" ", "\t", "\r\n ", "  \r\n\t "]).prop_map(String::from)
}

fn token() -> &'static str {
    "[A-Za-z0-9.!%*_+`'~-]{1,8}"
}

/// Something that a quoted string may mean.
fn meaning() -> &'static str {
    "[ -~é]{0,12}"
}

/// A quoted string that means `text`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A parameter behind its semicolon: its text, name and value.
fn param() -> impl Strategy<Value = (String, String, Option<String>)> {
    let value =
        prop_oneof![token().prop_map(String::from), meaning().prop_map(|text| quoted(&text))];
    // No parameter that a view knows starts with x.
    let name = "x[A-Za-z0-9-]{0,6}";
    (sws(), sws(), name, sws(), sws(), prop::option::of(value)).prop_map(
        |(a, b, name, c, d, value)| {
            let text = match &value {
                Some(value) => format!("{a};{b}{name}{c}={d}{value}"),
                None => format!("{a};{b}{name}"),
            };
            (text, name, value)
        },
    )
}

fn params() -> impl Strategy<Value = Vec<(String, String, Option<String>)>> {
    prop::collection::vec(param(), 0..5)
}

fn written(params: &[(String, String, Option<String>)]) -> String {
    params.iter().map(|(text, ..)| text.as_str()).collect()
}

/// Whether `read` are `params`, in order.
fn same(read: &view::params::Params<'_>, params: &[(String, String, Option<String>)]) -> bool {
    let params = params
        .iter()
        .map(|(_, name, value)| (name.as_bytes(), value.as_ref().map(|value| value.as_bytes())));
    read.iter().eq(params)
}

fn uri() -> &'static str {
    "(sips?:([a-z0-9;=+_-]{1,8}@)?[a-z0-9.-]{1,8}(;[a-z]{1,3}(=[a-z,]{1,3})?)?(\\?a=b)?|tel:\\+[0-9-]{1,9}|urn:a:b)"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn addresses_are_read_as_written(
        name in prop::option::of(meaning()),
        uri in uri(),
        params in params(),
        (a, b, c) in (sws(), sws(), sws()),
    ) {
        let display = name.as_deref().map(quoted).unwrap_or_default();
        let value = format!("{display}{a}<{b}{uri}{c}>{}", written(&params));
        let value = value.trim_start().as_bytes();
        let addresses = [
            view::address::parse(value).unwrap(),
            from_spec::parse(value).unwrap().address,
            route::parse(value).unwrap().address,
            asserted_id::parse(value).unwrap().address,
            remote_party_id::parse(value).unwrap().address,
            diversion::parse(value).unwrap().address,
            history_info::parse(value).unwrap().address,
            match contact::parse(value).unwrap() {
                Contact::Param(read) => read.address,
                Contact::Star => unreachable!("a name-addr is no star"),
            },
        ];
        for read in addresses {
            prop_assert_eq!(read, addresses[0]);
        }
        prop_assert_eq!(addresses[0].uri, uri.as_bytes());
        prop_assert!(addresses[0].name().is(name.unwrap_or_default().as_bytes()));
        prop_assert!(same(&addresses[0].params, &params));
    }

    #[test]
    fn lists_are_split_where_they_were_joined(
        values in prop::collection::vec((uri(), params()), 1..6),
        joint in prop::sample::select(vec![",", " , ", ",\r\n ", "\r\n\t,"]),
        lines in 1usize..4,
    ) {
        let values: Vec<_> =
            values.iter().map(|(uri, params)| format!("\"a, \\\"b\" <{uri}>{}", written(params))).collect();
        let lines: Vec<_> =
            values.chunks(lines).map(|line| format!("Diversion: {}", line.join(joint))).collect();
        let text = options(&[&lines.join("\r\n")]);
        let read: Vec<_> = with(&text, |message| {
            let mut views = message.views(HeaderId::Diversion, diversion::parse);
            std::iter::from_fn(|| {
                views.next().map(|read| (read.is_ok(), views.value().of(message.bytes()).to_vec()))
            })
            .collect()
        })
        .unwrap();
        let expected: Vec<_> = values.iter().map(|value| (true, value.clone().into_bytes())).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn vias_are_read_as_written(
        transport in token(),
        host in "([a-z0-9.-]{1,9}|\\[[0-9a-f:]{2,9}\\])",
        port in prop::option::of(1u16..),
        params in params(),
        (a, b, c) in (sws(), lws(), sws()),
    ) {
        let colon = port.map(|port| format!("{c}:{a}{port}")).unwrap_or_default();
        let value = format!("SIP{a}/{c}2.0/{transport}{b}{host}{colon}{}", written(&params));
        let read = via::parse(value.as_bytes()).unwrap();
        prop_assert_eq!(read.transport, transport.as_bytes());
        prop_assert_eq!((read.host, read.port), (host.as_bytes(), port));
        prop_assert!(same(&read.params, &params));
    }

    #[test]
    fn numbers_are_read_as_written(
        number in 1u32..,
        cseq in 0u32..1 << 31,
        method in token(),
        params in params(),
        (a, b) in (lws(), lws()),
    ) {
        let value = format!("{number}{a}{cseq}{b}{method}");
        let read = rack::parse(value.as_bytes()).unwrap();
        prop_assert_eq!((read.response_num, read.cseq_num), (number, cseq));
        prop_assert_eq!(read.method_text, method.as_bytes());
        let value = format!("{number}{}", written(&params));
        let read = session_expires::parse(value.as_bytes()).unwrap();
        prop_assert!(read.seconds == number && same(&read.params, &params));
        let read = min_se::parse(value.as_bytes()).unwrap();
        prop_assert!(read.seconds == number && same(&read.params, &params));
        let read = retry_after::parse(value.as_bytes()).unwrap();
        prop_assert!(read.seconds == number && same(&read.params, &params));
    }

    #[test]
    fn words_are_read_as_written(
        words in prop::collection::vec(token(), 1..5),
        meaning in meaning(),
        code in 0u16..1000,
        cause in any::<u16>(),
        params in params(),
        (a, b) in (lws(), lws()),
    ) {
        let value = words.join(&format!("{a};{b}"));
        let read = privacy::parse(value.as_bytes()).unwrap();
        prop_assert!(read.iter().eq(words.iter().map(|word| word.as_bytes())));
        prop_assert!(words.iter().all(|word| read.has(word.as_bytes())));

        let word = words[0].as_bytes();
        prop_assert_eq!(option_tag::parse(word).unwrap().name, word);

        let value = format!("{code:03}{a}{}{b}{}", words[0], quoted(&meaning));
        let read = warning::parse(value.as_bytes()).unwrap();
        prop_assert_eq!((read.code, read.agent), (code, word));
        prop_assert!(read.text.is(meaning.as_bytes()));

        let value = format!("{}{a};cause{b}={cause};text={}{}", words[0], quoted(&meaning), written(&params));
        let read = reason::parse(value.as_bytes()).unwrap();
        prop_assert_eq!((read.protocol, read.cause()), (word, Some(cause)));
        prop_assert!(read.params.value(b"text").unwrap().is(meaning.as_bytes()));
        prop_assert_eq!(read.params.iter().count(), 2 + params.len());

        let value = format!("a-_.b+/.c={a};info=<{b}x:{}>{}", words[0], written(&params));
        let read = identity::parse(value.as_bytes()).unwrap();
        prop_assert_eq!(read.digest, b"a-_.b+/.c=");
        prop_assert_eq!(&read.info[2..], word);
        prop_assert!(same(&read.params, &params));
    }

    #[test]
    fn digests_are_read_as_written(
        values in prop::collection::vec(meaning(), 5),
        more in prop::collection::vec((sws(), "x[a-z]{0,4}", meaning()), 0..4),
        joint in prop::sample::select(vec![",", " , ", ",\r\n ", "\r\n\t, "]),
        turn in 0usize..5,
    ) {
        let names = ["username", "realm", "nonce", "uri", "response"];
        let mut written: Vec<_> = names.iter().zip(&values)
            .map(|(name, value)| format!("{name}={}", quoted(value)))
            .collect();
        written.rotate_left(turn);
        written.extend(more.iter().map(|(a, name, value)| format!("{name}{a}={a}{}", quoted(value))));
        let value = format!("Digest {}", written.join(joint));
        let Ok(Credentials::Digest(read)) = credentials::parse(value.as_bytes()) else {
            return Err(TestCaseError::fail(value));
        };
        let read_values = [read.username, read.realm, read.nonce, read.uri, read.response];
        for (read, value) in read_values.iter().zip(&values) {
            prop_assert!(read.is(value.as_bytes()));
        }
        prop_assert_eq!(read.params.iter().count(), 5 + more.len());
        let Ok(Challenge::Digest(challenge)) = challenge::parse(value.as_bytes()) else {
            return Err(TestCaseError::fail(value));
        };
        prop_assert_eq!((challenge.realm, challenge.nonce), (read.realm, read.nonce));
    }

    #[test]
    fn a_quoted_text_means_what_was_quoted(meaning in "\\PC{0,20}") {
        let raw = quoted(&meaning);
        prop_assert!(Text::of(raw.as_bytes()).is(meaning.as_bytes()));
    }

    #[test]
    fn any_bytes_are_survived_by_every_view(value in prop::collection::vec(any::<u8>(), 0..80)) {
        for id in HeaderId::NAMED {
            if let Some(Err(fault)) = view::check(*id, &value) {
                prop_assert!(usize::from(fault.at) <= value.len());
            }
        }
    }
}
