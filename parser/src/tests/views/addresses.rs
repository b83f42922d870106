//! Owns the claims about the headers that hold addresses.
//! Refuses to look inside URIs.

use super::{or_dash, seen, text};
use crate::view::contact::Contact;
use crate::view::history_info::HiTarget;
use crate::view::{
    asserted_id, contact, diversion, from_spec, history_info, params, remote_party_id, route, via,
};

#[test]
fn reads_tags() {
    for (value, expected) in [
        ("<sip:a@b>", "|sip:a@b|-"),
        ("A B <sip:a@b;tag=no>;x;TAG=1", "A B|sip:a@b;tag=no|1"),
        ("sip:a@b;tag=1", "|sip:a@b|1"),
        ("\"a\\\\\"<sip:a@b>;tag", "\"a\\\\\"|sip:a@b|-"),
        ("< sip:a@b > ; tag = 7", "|sip:a@b|7"),
        ("a<sip:a@b>", "a|sip:a@b|-"),
        ("sip:a@b,sip:c@d", "View 7"),
        ("\"a\" sip:a@b", "View 4"),
        ("<sip:a@b>;tag=1;TAG=2", "|sip:a@b|1"),
    ] {
        let read = seen(from_spec::parse(value.as_bytes()), |read| {
            let (name, uri) = (text(read.address.display), text(read.address.uri));
            format!("{name}|{uri}|{}", or_dash(read.tag()))
        });
        assert_eq!(read, expected, "{value}");
    }
}

#[test]
fn reads_contacts() {
    for (value, expected) in [
        ("*", "*"),
        ("<sip:a@b>", "sip:a@b None None"),
        ("<sip:a@b>;q=0;expires=0", "sip:a@b Some(0) Some(0)"),
        ("<sip:a@b>;q=1.000;expires=4294967295", "sip:a@b Some(1000) Some(4294967295)"),
        ("<sip:a@b>;q=0.05", "sip:a@b Some(50) None"),
        ("<sip:a@b>;Q=0.", "sip:a@b Some(0) None"),
        ("<sip:a@b>;q=1.001;expires=x", "sip:a@b None None"),
        ("<sip:a@b>;q=0.1234", "sip:a@b None None"),
        ("<sip:a@b>;q=2", "sip:a@b None None"),
        ("<sip:a@b>;q=.5", "sip:a@b None None"),
        ("<sip:a@b>;q=\"0.5\";expires=4294967296", "sip:a@b None None"),
        ("* ", "View 1"),
    ] {
        let read = seen(contact::parse(value.as_bytes()), |read| match read {
            Contact::Star => "*".into(),
            Contact::Param(read) => {
                format!("{} {:?} {:?}", text(read.address.uri), read.q(), read.expires())
            }
        });
        assert_eq!(read, expected, "{value}");
    }
}

#[test]
fn knows_loose_routers() {
    let loose = |value: &str| route::parse(value.as_bytes()).unwrap().is_loose();
    assert!(loose("<sip:p1.example.com;lr>"));
    assert!(loose("<sip:p1.example.com;x=y;LR=on?z>"));
    assert!(!loose("<sip:p1.example.com>;lr"));
    assert!(!loose("<sip:p1.example.com?lr>"));
    assert!(!loose("<sip:>"));
}

#[test]
fn an_identity_without_brackets_keeps_its_parameters() {
    let uri = |value| text(asserted_id::parse(value).unwrap().address.uri);
    assert_eq!(uri(b"sip:+1;phone-context=x@h;user=phone"), "sip:+1;phone-context=x@h;user=phone");
    let read = asserted_id::parse(b"\"A\" <sip:a@b;x>;party=calling").unwrap();
    assert_eq!(text(read.address.uri), "sip:a@b;x");
    assert!(read.address.params.has(b"party"));
    assert!(asserted_id::parse(b"sip:a@b?c").is_err());
}

#[test]
fn reads_remote_party_ids() {
    for (value, expected) in [
        ("<sip:a@b>", "- - None -"),
        (
            "<sip:a@b>;party=calling;id-type=user;screen=YES;privacy=full-network",
            "calling user Some(true) full-network",
        ),
        ("<sip:a@b>;screen=\"no\";privacy=\"name,uri\"", "- - Some(false) name,uri"),
        ("<sip:a@b>;screen;privacy=", "View 24"),
        ("<sip:a@b>;screen=maybe", "- - None -"),
    ] {
        let read = seen(remote_party_id::parse(value.as_bytes()), |read| {
            let part = |part: Option<crate::view::text::Text<'static>>| {
                or_dash(part.map(|part| part.inner()))
            };
            let (party, id_type) = (part(read.party()), part(read.id_type()));
            format!("{party} {id_type} {:?} {}", read.screen(), part(read.privacy()))
        });
        assert_eq!(read, expected, "{value}");
    }
}

#[test]
fn reads_diversions() {
    let read = diversion::parse(b"<tel:1>;reason=\"x\";counter=007;limit=100;screen=no").unwrap();
    assert!(read.reason().unwrap().is_word(b"X"));
    assert!(read.screen().unwrap().is_word(b"no"));
    assert_eq!((read.counter(), read.limit(), read.privacy()), (Some(7), None, None));
    let read = diversion::parse(b"<tel:1>;counter=-1;privacy=Off").unwrap();
    assert_eq!((read.counter(), read.reason()), (None, None));
    assert!(read.privacy().unwrap().is_word(b"off"));
}

#[test]
fn reads_the_indices_of_history() {
    for (value, index, levels, target) in [
        ("<sip:a@b>", "-", vec![], None),
        ("<sip:a@b>;index=1", "1", vec![1], None),
        ("<sip:a@b>;index=1.20.3;rc=1.20", "1.20.3", vec![1, 20, 3], Some(HiTarget::Rc(b"1.20"))),
        ("<sip:a@b>;index=1.1;np=1", "1.1", vec![1, 1], Some(HiTarget::Np(b"1"))),
        ("<sip:a@b>;index=1..1;mp=x", "-", vec![], None),
        ("<sip:a@b>;index=1.;rc;mp=2", "-", vec![], Some(HiTarget::Mp(b"2"))),
        ("<sip:a@b>;index=4294967296", "-", vec![], None),
    ] {
        let read = history_info::parse(value.as_bytes()).unwrap();
        assert_eq!(or_dash(read.index()), index, "{value}");
        assert_eq!(read.levels().collect::<Vec<_>>(), levels, "{value}");
        assert_eq!(read.target(), target, "{value}");
    }
}

#[test]
fn reads_the_parameters_of_a_via() {
    let read = via::parse(
        b"SIP/2.0/UDP h;rport=5061;Branch=z9;received=[::1];maddr=224.0.0.1;ttl=255;x=\"a;b\"",
    )
    .unwrap();
    assert_eq!(read.rport(), Some(Some(5061)));
    assert_eq!((or_dash(read.branch()), or_dash(read.received())), ("z9", "[::1]"));
    assert_eq!((or_dash(read.maddr()), read.ttl()), ("224.0.0.1", Some(255)));
    assert_eq!(read.params.value(b"x").unwrap().inner(), b"a;b");
    let read = via::parse(b"SIP/2.0/UDP h;rport;ttl=256").unwrap();
    assert_eq!((read.rport(), read.ttl(), read.branch()), (Some(None), None, None));
    assert_eq!(via::parse(b"SIP/2.0/UDP h;rport=65536").unwrap().rport(), Some(None));
    assert_eq!(via::parse(b"SIP/2.0/UDP h").unwrap().rport(), None);
}

#[test]
fn of_parameters_that_a_view_does_not_know_the_first_counts() {
    let read = via::parse(b"SIP/2.0/UDP h;x;X=2;x=3").unwrap();
    assert_eq!(read.params.get(b"x"), Some(None));
    assert_eq!((read.params.value(b"x"), read.params.number(b"x")), (None, None));
    assert_eq!(read.params.iter().count(), 3);
    assert_eq!(params::Params::default().iter().count(), 0);
}
