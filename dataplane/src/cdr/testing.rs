//! Owns the events that tests of journal and records write. Compiled for tests only.

use hugepages::layout::cdr::{
    Attempt, AttemptFlags, END_LEN, Encoder, End, Head, LATE_LEN, Late, Outcome, Release, Setup,
    Texts, setup_len,
};

/// 2026-11-21T10:00:00Z.
pub(crate) const T0: u64 = 1_795_255_200_000_000;

pub(crate) fn head(call: u64, position: u64, at_s: u64) -> Head {
    Head { worker: 0, call, position, at_utc_us: T0 + at_s * 1_000_000, identity: call + 1_000 }
}

pub(crate) fn attempt(trunk: u32, ordinal: u8, status: u16) -> Attempt {
    Attempt {
        trunk,
        ordinal,
        status,
        gateway_ip: 0x0a4d_0200 + trunk,
        gateway_port: 5060,
        start_us: 100,
        end_us: 30_000,
        ..Attempt::default()
    }
}

pub(crate) fn flagged(trunk: u32, flags: AttemptFlags) -> Attempt {
    let status = if flags.has(AttemptFlags::LOCAL_STATUS) { 408 } else { 0 };
    Attempt { flags, ..attempt(trunk, 0, status) }
}

pub(crate) fn setup<'m>(outcome: Outcome, attempts: &'m [Attempt]) -> Setup<'m> {
    let answered = outcome == Outcome::Answered;
    Setup {
        received_utc_us: T0,
        progress_us: if answered { 80_000 } else { u32::MAX },
        final_us: 120_000,
        originator: 1,
        destination: 39,
        plan: 1,
        rule: 2,
        image_version: 7,
        source_ip: 0x0a4d_0102,
        source_port: 5062,
        egress_ip: if attempts.is_empty() { 0 } else { 0x0a4d_0207 },
        egress_port: 5060,
        status: if answered { 200 } else { 503 },
        cause: 16,
        outcome,
        release: if answered { Release::Unknown } else { Release::Router },
        attempts,
        texts: Texts {
            call_id: b"1-4711@10.77.1.2",
            from_tag: b"f1",
            to_tag: b"t1",
            caller: b"+441632960123",
            callee: b"+393331234567",
            p_asserted: b"",
        },
        ..Setup::default()
    }
}

pub(crate) fn start(head: &Head, setup: &Setup<'_>) -> Vec<u8> {
    encode(setup_len(setup), |slot| Encoder::new(slot).start(head, setup))
}

pub(crate) fn unanswered(head: &Head, setup: &Setup<'_>) -> Vec<u8> {
    encode(setup_len(setup), |slot| Encoder::new(slot).unanswered(head, setup))
}

pub(crate) fn end(head: &Head, duration_us: u64) -> Vec<u8> {
    let end =
        End { duration_us, status: 200, release: Release::Caller, cause: 16, ..End::default() };
    encode(END_LEN, |slot| Encoder::new(slot).end(head, &end))
}

pub(crate) fn orphan_end(head: &Head) -> Vec<u8> {
    let head = Head { call: 0, ..*head };
    let end = End { status: 200, release: Release::Callee, cause: 16, ..End::default() };
    encode(END_LEN, |slot| Encoder::new(slot).orphan_end(&head, &end))
}

pub(crate) fn late(head: &Head, trunk: u32) -> Vec<u8> {
    let late =
        Late { trunk, gateway_ip: 1, gateway_port: 5060, status: 200, after_us: 9, ordinal: 0 };
    encode(LATE_LEN, |slot| Encoder::new(slot).late_answer(head, &late))
}

fn encode<E: std::fmt::Debug>(
    length: usize,
    write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Vec<u8> {
    let mut bytes = vec![0u8; length];
    let written = write(&mut bytes).unwrap();
    assert_eq!(written, length);
    bytes
}
