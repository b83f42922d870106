//! Claims about command rings between two processes that do not trust each other.

use std::sync::atomic::Ordering;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::segment::{LayoutVersion, OpenSegmentError, Segment, SegmentKind};
use crate::testing::Scratch;

fn command(n: u64) -> Command {
    Command::TrunkSwitch { as_of: n, trunk: n as u32, enabled: n.is_multiple_of(2) }
}

struct Rig {
    dir: InstanceDir,
    receiver: CommandReceiver,
    _scratch: Scratch,
}

fn rig() -> Rig {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let receiver = CommandReceiver::create(&dir, 3).unwrap();
    Rig { dir, receiver, _scratch: scratch }
}

#[test]
fn commands_arrive_in_order_over_restarts_of_the_sender() {
    let mut rig = rig();
    for start in [0, 10, 20] {
        let mut sender = CommandSender::attach(rig.dir.path(), 3).unwrap();
        for n in start..start + 10 {
            assert_eq!(sender.send(command(n)), Ok(Told::Yes));
        }
    }
    for n in 0..30 {
        assert_eq!(rig.receiver.receive(), Some(Ok(command(n))));
    }
    assert_eq!(rig.receiver.receive(), None);
    assert_eq!(rig.receiver.error(), None);
}

#[test]
fn full_ring_says_so_and_goes_on_when_it_was_read() {
    let mut rig = rig();
    let mut sender = CommandSender::attach(rig.dir.path(), 3).unwrap();
    let mut sent = 0;
    while sender.send(command(sent)) == Ok(Told::Yes) {
        sent += 1;
    }
    assert_eq!(sent, 2730);
    assert_eq!(sender.send(command(0)), Ok(Told::Full));
    assert_eq!(rig.receiver.receive(), Some(Ok(command(0))));
    assert_eq!(rig.receiver.receive(), Some(Ok(command(1))));
    assert_eq!(sender.send(command(sent)), Ok(Told::Yes));
}

#[test]
fn there_is_no_ring_for_a_worker_that_is_not() {
    let rig = rig();
    let refused = CommandSender::attach(rig.dir.path(), 4);
    let Err(AttachRingError::Segment(OpenSegmentError::NotFound { path })) = refused else {
        panic!("attached to nothing");
    };
    assert!(path.ends_with("commands-4.seg"));
}

#[test]
fn a_sender_that_breaks_the_protocol_closes_the_ring() {
    let mut rig = rig();
    let mut sender = CommandSender::attach(rig.dir.path(), 3).unwrap();
    let words =
        Segment::open(rig.dir.path(), "commands-3", SegmentKind::Ring, LayoutVersion(1)).unwrap();
    words.words()[16].store(u64::MAX - 7, Ordering::Relaxed);
    assert_eq!(rig.receiver.receive(), None);
    assert!(matches!(rig.receiver.error(), Some(RingError::Violated(_))));
    let refused = CommandSender::attach(rig.dir.path(), 3);
    assert!(matches!(
        refused,
        Err(AttachRingError::Closed { .. } | AttachRingError::Damaged { .. })
    ));
    // The sender that was there sees it once it looks.
    let sent = (0..4000).map(|n| sender.send(command(n))).find(Result::is_err);
    assert!(sent.is_some());
}

proptest! {
    /// Records of any length and content: what is a command arrives, the rest is passed over.
    #[test]
    fn hostile_records_are_told_and_passed_over(
        records in vec(prop_oneof![
            vec(any::<u8>(), 0..40),
            any::<u64>().prop_map(|n| command(n).encode().to_vec()),
        ], 0..40),
    ) {
        let mut rig = rig();
        let mut raw =
            attach_producer(rig.dir.path(), "commands-3", RingUse::Commands).unwrap();
        for record in &records {
            let mut slot = raw.reserve(record.len()).unwrap();
            slot.copy_from_slice(record);
            slot.commit();
        }
        for record in &records {
            prop_assert_eq!(rig.receiver.receive(), Some(Command::decode(record)));
        }
        prop_assert_eq!(rig.receiver.receive(), None);
    }
}
