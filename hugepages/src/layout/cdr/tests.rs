//! Claims about the layout of call events.

use proptest::prelude::*;

use super::*;

const HEAD: Head = Head { worker: 2, call: 3, position: 4, at_utc_us: 5, identity: 6 };

fn setup_bytes(setup: &Setup<'_>) -> Vec<u8> {
    let mut slot = vec![0xee; setup_len(setup)];
    let written = Encoder::new(&mut slot).start(&HEAD, setup).unwrap();
    assert_eq!(written, slot.len());
    slot
}

fn sample_attempts() -> [Attempt; 2] {
    let failed = Attempt {
        trunk: 11,
        gateway_ip: 0x0a00_0001,
        gateway_port: 5060,
        status: 503,
        start_us: 100,
        end_us: 900,
        cause: 34,
        slot: 1,
        flags: AttemptFlags::NO_PROGRESS.with(AttemptFlags::CANCELLED),
        ..Attempt::default()
    };
    [failed, Attempt { trunk: 12, ordinal: 1, progress_us: 2_000, ..Attempt::default() }]
}

fn sample(attempts: &[Attempt]) -> Setup<'_> {
    Setup {
        received_utc_us: 1_735_689_600_000_000,
        progress_us: 2_000,
        final_us: 9_000,
        originator: 1,
        destination: 2,
        plan: 3,
        rule: 4,
        image_version: 5,
        source_ip: 0x0a01_0203,
        source_port: 5060,
        ingress: 1,
        egress_ip: 0x0a04_0506,
        egress_port: 5070,
        egress: 2,
        status: 200,
        outcome: Outcome::Answered,
        attempts,
        texts: Texts {
            call_id: b"abc@host",
            from_tag: b"f",
            to_tag: b"",
            caller: b"+491",
            callee: b"442",
            p_asserted: b"<sip:x>",
        },
        ..Setup::default()
    }
}

/// The bytes of an event, as a reader in another language would be told.
#[test]
fn end_has_the_published_bytes() {
    let mut slot = [0xee; END_LEN];
    let end = End {
        duration_us: 0x0102_0304,
        originator: 7,
        trunk: 8,
        status: 200,
        release: Release::Callee,
        cause: 16,
    };
    Encoder::new(&mut slot).end(&HEAD, &end).unwrap();
    let expect: [u8; END_LEN] = [
        64, 0, 0, 0, 3, 1, 2, 0, // length, kind, version, worker
        3, 0, 0, 0, 0, 0, 0, 0, // call
        4, 0, 0, 0, 0, 0, 0, 0, // position
        5, 0, 0, 0, 0, 0, 0, 0, // written at
        6, 0, 0, 0, 0, 0, 0, 0, // identity
        4, 3, 2, 1, 0, 0, 0, 0, // duration
        7, 0, 0, 0, 8, 0, 0, 0, // originator, trunk
        200, 0, 2, 16, 0, 0, 0, 0, // status, release, cause
    ];
    assert_eq!(slot, expect);
}

#[test]
fn start_reads_back_as_written() {
    let attempts = sample_attempts();
    let bytes = setup_bytes(&sample(&attempts));
    let event = Event::decode(&bytes).unwrap();
    assert_eq!((event.kind(), event.head().call.get()), (Kind::Start, 3));
    let Body::Start(setup) = event.body() else { panic!("{event:?}") };
    assert_eq!(setup.outcome(), Some(Outcome::Answered));
    assert_eq!((setup.egress_ip.get(), setup.status.get()), (0x0a04_0506, 200));
    assert_eq!((setup.call_id(), setup.from_tag()), (&b"abc@host"[..], &b"f"[..]));
    assert_eq!((setup.to_tag(), setup.caller()), (&b""[..], &b"+491"[..]));
    assert_eq!((setup.callee(), setup.p_asserted()), (&b"442"[..], &b"<sip:x>"[..]));
    let [first, second] = setup.attempts() else { panic!("two attempts") };
    assert_eq!((first.trunk.get(), first.status.get(), first.cause), (11, 503, 34));
    assert_eq!((first.progress(), first.end()), (None, Some(900)));
    assert_eq!((second.ordinal, second.progress(), second.end()), (1, Some(2_000), None));
    assert!(AttemptFlags(first.flags).has(AttemptFlags::CANCELLED));
    assert!(!AttemptFlags(first.flags).has(AttemptFlags::UNREACHABLE));
}

#[test]
fn each_kind_reads_back_as_its_kind() {
    let mut slot = [0; 200];
    let setup = Setup::default();
    let end = End::default();
    let late =
        Late { trunk: 1, gateway_ip: 2, gateway_port: 3, status: 200, after_us: 5, ordinal: 6 };
    for kind in Kind::ALL {
        let encoder = Encoder::new(&mut slot);
        let written = match kind {
            Kind::Start => encoder.start(&HEAD, &setup),
            Kind::Unanswered => encoder.unanswered(&HEAD, &setup),
            Kind::End => encoder.end(&HEAD, &end),
            Kind::OrphanEnd => encoder.orphan_end(&HEAD, &end),
            Kind::LateAnswer => encoder.late_answer(&HEAD, &late),
        };
        let event = Event::decode(&slot[..written.unwrap()]).unwrap();
        assert_eq!(event.kind(), *kind);
        if let Body::LateAnswer(body) = event.body() {
            assert_eq!((body.trunk.get(), body.after_us.get(), body.ordinal), (1, 5, 6));
        }
    }
}

#[test]
fn short_slot_is_refused_at_every_length() {
    let attempts = sample_attempts();
    let setup = sample(&attempts);
    for len in 0..setup_len(&setup) {
        let result = Encoder::new(&mut vec![0; len]).unanswered(&HEAD, &setup);
        assert_eq!(result, Err(EncodeEventError::SlotTooShort), "{len}");
    }
    for len in 0..END_LEN {
        let result = Encoder::new(&mut vec![0; len]).orphan_end(&HEAD, &End::default());
        assert_eq!(result, Err(EncodeEventError::SlotTooShort), "{len}");
    }
}

#[test]
fn what_the_layout_cannot_hold_is_refused() {
    let mut slot = vec![0; 200_000];
    let text = vec![b'x'; 65_536];
    let texts = Texts { callee: &text, ..Texts::default() };
    let setup = Setup { texts, ..Setup::default() };
    let result = Encoder::new(&mut slot).start(&HEAD, &setup);
    assert_eq!(result, Err(EncodeEventError::TextTooLong));
    let attempts = [Attempt::default(); 256];
    let result = Encoder::new(&mut slot).start(&HEAD, &sample(&attempts));
    assert_eq!(result, Err(EncodeEventError::TooManyAttempts));
}

#[test]
fn cut_event_is_refused_at_every_length() {
    let attempts = sample_attempts();
    let bytes = setup_bytes(&sample(&attempts));
    for len in 0..bytes.len() {
        assert!(Event::decode(&bytes[..len]).is_err(), "{len}");
        let mut cut = bytes[..len].to_vec();
        if let Some(stated) = cut.first_chunk_mut() {
            *stated = (len as u32).to_le_bytes();
            assert!(Event::decode(&cut).is_err(), "{len} with its length mended");
        }
    }
}

#[test]
fn bytes_behind_the_parts_are_refused() {
    let attempts = sample_attempts();
    let mut end = [0; END_LEN];
    Encoder::new(&mut end).end(&HEAD, &End::default()).unwrap();
    for mut bytes in [setup_bytes(&sample(&attempts)), end.to_vec()] {
        bytes.push(0);
        let len = bytes.len();
        bytes[..4].copy_from_slice(&(len as u32).to_le_bytes());
        assert_eq!(Event::decode(&bytes).unwrap_err(), DecodeEventError::Parts { len });
    }
}

#[test]
fn faults_are_told_apart() {
    let attempts = sample_attempts();
    let good = setup_bytes(&sample(&attempts));
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        Event::decode(&bytes).unwrap_err()
    };
    assert_eq!(Event::decode(&[]).unwrap_err(), DecodeEventError::NoHead { got: 0 });
    assert_eq!(with(5, 2), DecodeEventError::Version { got: 2 });
    assert_eq!(with(4, 0), DecodeEventError::Kind { got: 0 });
    assert_eq!(with(4, 6), DecodeEventError::Kind { got: 6 });
    assert_eq!(with(4, 3), DecodeEventError::Parts { len: good.len() });
    assert_eq!(
        with(3, 1),
        DecodeEventError::Length { stated: 0x0100_0000 + good.len() as u32, got: good.len() }
    );
    assert_eq!(with(40 + 62, 3), DecodeEventError::Parts { len: good.len() });
    assert_eq!(with(40 + 64, 9), DecodeEventError::Parts { len: good.len() });
}

#[test]
fn codes_read_back_and_unknown_ones_do_not() {
    for &outcome in Outcome::ALL {
        assert_eq!(Outcome::from_code(outcome.code()), Some(outcome));
    }
    assert_eq!((Outcome::from_code(0), Release::from_code(4)), (None, None));
    assert_eq!(Outcome::NoRouting.text(), "no_routing");
}

proptest! {
    #[test]
    fn any_setup_reads_back(
        count in 0..=255_usize,
        numbers in any::<[u32; 4]>(),
        texts in prop::array::uniform6(prop::collection::vec(any::<u8>(), 0..300)),
    ) {
        let attempt = Attempt { trunk: numbers[0], start_us: numbers[1], ..Attempt::default() };
        let attempts = vec![attempt; count];
        let [call_id, from_tag, to_tag, caller, callee, p_asserted] = &texts;
        let texts = Texts { call_id, from_tag, to_tag, caller, callee, p_asserted };
        let setup = Setup {
            attempts: &attempts,
            plan: numbers[2],
            rule: numbers[3],
            texts,
            ..Setup::default()
        };
        let bytes = setup_bytes(&setup);
        let event = Event::decode(&bytes).unwrap();
        let Body::Start(read) = event.body() else { panic!("a start") };
        prop_assert_eq!((read.plan.get(), read.rule.get()), (numbers[2], numbers[3]));
        prop_assert_eq!(read.attempts().len(), count);
        prop_assert!(read.attempts().iter().all(|a| a.trunk.get() == numbers[0]));
        let read = Texts {
            call_id: read.call_id(),
            from_tag: read.from_tag(),
            to_tag: read.to_tag(),
            caller: read.caller(),
            callee: read.callee(),
            p_asserted: read.p_asserted(),
        };
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..7_u8) {
        let _ = Event::decode(&bytes);
        if bytes.len() >= 40 {
            let len = bytes.len() as u32;
            bytes[..4].copy_from_slice(&len.to_le_bytes());
            bytes[4] = kind;
            bytes[5] = VERSION;
            let _ = Event::decode(&bytes);
        }
    }

    /// A valid event with bytes changed anywhere.
    #[test]
    fn damaged_event_is_read_or_refused(at in 0..200_usize, value in any::<u8>()) {
        let attempts = sample_attempts();
        let mut bytes = setup_bytes(&sample(&attempts));
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
        let _ = Event::decode(&bytes);
    }
}
