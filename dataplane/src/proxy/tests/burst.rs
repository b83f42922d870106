//! A burst ends as its datagrams do one by one: what is fetched for all of them first decides nothing.

use super::peers::Dice;
use super::sip::{self, Sip};
use super::world::{ACCESS, CALLER, CARRIER, ONE, World, endpoint};
use crate::net::{Endpoint, ListenerId};
use crate::proxy::BURST;
use crate::verdict::Verdict;

type Datagrams = Vec<(ListenerId, Endpoint, Vec<u8>)>;

/// Gives the same datagrams to two routers, one by one and as a burst, and compares all that comes of it.
fn check(apart: &mut World, together: &mut World, datagrams: &Datagrams) -> Vec<Verdict> {
    let one_by_one: Vec<Verdict> = datagrams
        .iter()
        .map(|(listener, source, bytes)| apart.deliver(*listener, *source, bytes))
        .collect();
    assert_eq!(together.deliver_all(datagrams), one_by_one);
    one_by_one
}

/// What was sent, by both alike.
fn same_sent(apart: &mut World, together: &mut World) -> Vec<Sip> {
    let (one, other) = (apart.sent(), together.sent());
    let bytes = |sent: &[super::world::Sent]| -> Vec<Vec<u8>> {
        sent.iter().map(|sent| sent.bytes.clone()).collect()
    };
    assert_eq!(bytes(&one), bytes(&other));
    one.iter().map(|sent| sent.sip()).collect()
}

fn from_caller(message: &Sip) -> (ListenerId, Endpoint, Vec<u8>) {
    (ACCESS, endpoint(CALLER), message.bytes())
}

#[test]
fn a_retransmission_in_the_same_burst_is_absorbed() {
    let (mut apart, mut together) = (World::new(), World::new());
    let invite = sip::invite("3911", CALLER, "twice");
    let datagrams =
        vec![from_caller(&invite), from_caller(&invite), from_caller(&sip::cancel(&invite))];
    let verdicts = check(&mut apart, &mut together, &datagrams);
    assert_eq!(verdicts[..2], [Verdict::ForwardRequest, Verdict::Absorb]);
    same_sent(&mut apart, &mut together);
}

#[test]
fn an_answer_and_its_retransmission_in_one_burst_start_one_call() {
    let (mut apart, mut together) = (World::new(), World::new());
    let invite = sip::invite("3911", CALLER, "answered");
    check(&mut apart, &mut together, &vec![from_caller(&invite)]);
    let arrived = same_sent(&mut apart, &mut together).remove(1);
    let ok = sip::answer(&arrived, 200, "OK", "callee", ONE).bytes();
    let ok = (CARRIER, endpoint(ONE), ok);
    check(&mut apart, &mut together, &vec![ok.clone(), ok.clone(), ok]);
    assert_eq!(same_sent(&mut apart, &mut together).len(), 3);
    assert_eq!(together.events(), apart.events());
    assert_eq!(together.events().len(), 1);
}

#[test]
fn bursts_of_any_mixture_and_length_end_alike() {
    let mut dice = Dice::new(7);
    let (mut apart, mut together) = (World::new(), World::new());
    let mut arrived: Vec<Sip> = Vec::new();
    for round in 0..60u64 {
        let mut datagrams: Datagrams = Vec::new();
        for n in 0..=dice.below(BURST as u64 * 2) {
            datagrams.push(match (dice.below(6), arrived.len() as u64) {
                (0, _) => (ACCESS, endpoint(CALLER), b"\r\n\r\n".to_vec()),
                (1, _) => (ACCESS, endpoint(CALLER), b"INVITE no sense\r\n\r\n".to_vec()),
                (2 | 3, known) if known > 0 => {
                    let request = &arrived[dice.below(known) as usize];
                    let status = [100, 180, 200, 486, 503][dice.below(5) as usize];
                    let answer = sip::answer(request, status, "x", "callee", ONE);
                    (CARRIER, endpoint(ONE), answer.bytes())
                }
                // The same call now and then twice in a burst.
                _ => from_caller(&sip::invite("3911", CALLER, &format!("{round}-{}", n / 2))),
            });
        }
        check(&mut apart, &mut together, &datagrams);
        let sent = same_sent(&mut apart, &mut together);
        arrived.extend(sent.into_iter().filter(|sip| sip.kind() == "INVITE"));
        apart.pass(100);
        together.pass(100);
        same_sent(&mut apart, &mut together);
        assert_eq!(apart.events(), together.events());
    }
}
