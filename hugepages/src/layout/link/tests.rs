//! Claims about link messages, honest ones and those of a hostile peer.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::tally::TallyKey;

fn control(message: &ToControl<'_>) -> Vec<u8> {
    let mut bytes = vec![0xee; 3];
    message.encode(&mut bytes).unwrap();
    bytes
}

fn data(message: &ToData<'_>) -> Vec<u8> {
    let mut bytes = vec![0xee; 3];
    message.encode(&mut bytes).unwrap();
    bytes
}

#[track_caller]
fn control_comes_back(message: ToControl<'_>) {
    let bytes = control(&message);
    assert_eq!(ToControl::decode(&bytes), Ok(message));
}

#[track_caller]
fn data_comes_back(message: ToData<'_>) {
    let bytes = data(&message);
    assert_eq!(ToData::decode(&bytes), Ok(message));
}

fn hello() -> Hello<'static> {
    Hello {
        member: 1,
        workers: 2,
        image_formats: (3, 4),
        event_layout: 5,
        process: 6,
        pid: 7,
        image_as_of: 8,
        calls_restored: true,
        boot_segment: 9,
        boot_offset: 10,
        draining: false,
        instance_dir: "/run/tandem",
        journal_dir: "/var/lib/tandem/journal",
    }
}

fn extents() -> Vec<ExtentOffer> {
    vec![
        ExtentOffer::carried_here(1, 4096, 77),
        ExtentOffer::held_by_receiver(2, 1 << 30, 78),
        ExtentOffer::carried_here(3, 1, 79),
    ]
}

fn samples_to_data(extents: &[ExtentOffer], calls: &[OpenCall]) -> Vec<Vec<u8>> {
    [
        ToData::Welcome { image_format: 2 },
        ToData::Refuse { why: "formats do not meet" },
        ToData::Image(ImageOffer { as_of: 4, extents }),
        ToData::OpenCalls(OpenCalls { last: true, calls }),
        ToData::Drain,
        ToData::Resume,
        ToData::JournalTaken { segment: 5, offset: 6 },
    ]
    .iter()
    .map(data)
    .collect()
}

fn samples_to_control() -> Vec<Vec<u8>> {
    [
        ToControl::Hello(hello()),
        ToControl::Adopted { as_of: 1 },
        ToControl::Refused { as_of: 2, why: "no root" },
        ToControl::CallsRestored,
        ToControl::Mode { draining: true, standing_calls: 12 },
    ]
    .iter()
    .map(control)
    .collect()
}

/// Every sample of both directions.
fn samples() -> Vec<Vec<u8>> {
    let calls = [OpenCall::new(TallyKey::trunk(7), 3), OpenCall::new(TallyKey::originator(1), 0)];
    let mut all = samples_to_control();
    all.extend(samples_to_data(&extents(), &calls));
    all
}

#[test]
fn offer_says_how_many_descriptors_travel() {
    let extents = extents();
    let offer = ToData::Image(ImageOffer { as_of: 4, extents: &extents });
    assert_eq!((offer.fds(), ToData::Drain.fds(), ToControl::CallsRestored.fds()), (2, 0, 0));
}

#[test]
fn messages_cut_anywhere_are_refused() {
    for bytes in samples() {
        for cut in 0..bytes.len() {
            assert!(ToControl::decode(&bytes[..cut]).is_err());
            assert!(ToData::decode(&bytes[..cut]).is_err());
            // The same with a head that owns up to the cut.
            let mut short = bytes[..cut].to_vec();
            set_length(&mut short);
            let is_reason = matches!(
                (ToControl::decode(&short), ToData::decode(&short)),
                (Ok(ToControl::Refused { .. }), _) | (_, Ok(ToData::Refuse { .. }))
            );
            assert!(
                is_reason
                    || (ToControl::decode(&short).is_err() && ToData::decode(&short).is_err())
            );
        }
        let mut long = bytes.clone();
        long.push(0);
        assert!(ToControl::decode(&long).is_err() && ToData::decode(&long).is_err());
    }
}

fn set_length(bytes: &mut [u8]) {
    let len = (bytes.len() as u32).to_le_bytes();
    if let Some(head) = bytes.first_chunk_mut() {
        *head = len;
    }
}

#[test]
fn a_message_of_the_other_direction_is_unknown() {
    for bytes in samples_to_control() {
        assert!(matches!(ToData::decode(&bytes), Err(DecodeLinkError::Kind { .. })));
    }
    for bytes in samples_to_data(&extents(), &[]) {
        assert!(matches!(ToControl::decode(&bytes), Err(DecodeLinkError::Kind { .. })));
    }
}

#[test]
fn another_version_is_refused_by_its_number() {
    let mut bytes = control(&ToControl::Hello(hello()));
    bytes[6] = 3;
    let error = ToControl::decode(&bytes).unwrap_err();
    assert_eq!(error, DecodeLinkError::Version { got: 3, kind: 1 });
    assert_eq!(
        error.to_string(),
        "the peer speaks link version 3, this program 2; use programs of one release"
    );
}

#[test]
fn a_refusal_of_any_version_can_be_read() {
    let mut bytes = data(&ToData::Refuse { why: "upgrade first" });
    bytes[6] = 9;
    assert_eq!(ToData::decode(&bytes), Ok(ToData::Refuse { why: "upgrade first" }));
}

#[test]
fn impossible_values_are_refused() {
    let check = |bytes: &[u8], at: usize, value: &[u8], expect: &str| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + value.len()].copy_from_slice(value);
        let errors = [ToControl::decode(&bytes).err(), ToData::decode(&bytes).err()];
        let texts: Vec<String> = errors.iter().flatten().map(ToString::to_string).collect();
        assert!(texts.len() == 2 && texts.iter().any(|t| t.contains(expect)), "{texts:?}");
    };
    const BODY: usize = 8;
    let bytes = control(&ToControl::Hello(hello()));
    check(&bytes, BODY + 32, &[9], "impossible range of image formats");
    check(&bytes, BODY + 49, &[2], "impossible calls restored mark");
    check(&bytes, BODY + 50, &[255], "impossible draining mark");
    check(&bytes, BODY + 52, &[255, 255], "do not add up");
    check(&bytes, BODY + 54, &[0, 0], "do not add up");
    check(&bytes, BODY + 56, &[0xff], "impossible instance directory");
    check(&bytes, 4, &[99], "message kind 99 is unknown");
    let extents = extents();
    let bytes = data(&ToData::Image(ImageOffer { as_of: 1, extents: &extents }));
    check(&bytes, BODY + 8, &[2], "do not add up");
    check(&bytes, BODY + 8, &[0xff; 4], "do not add up");
    check(&bytes, BODY + 16 + 8, &[0; 8], "impossible extent");
    check(&bytes, BODY + 16 + 24, &[2], "impossible extent");
    check(&bytes, BODY + 16, &[2], "impossible extent");
    let calls = [OpenCall::new(TallyKey::trunk(1), 1)];
    let bytes = data(&ToData::OpenCalls(OpenCalls { last: false, calls: &calls }));
    check(&bytes, BODY + 4, &[7], "impossible mark of the last open calls");
    check(&bytes, BODY + 8 + 4, &[9], "impossible kind of open call");
    check(&bytes, BODY + 8 + 8, &[0xff; 8], "impossible number of open calls");
}

#[test]
fn lists_beyond_their_limits_are_refused_when_read() {
    let all: Vec<ExtentOffer> =
        (0..=MAX_EXTENTS as u64).map(|id| ExtentOffer::held_by_receiver(id, 1, 0)).collect();
    let most = all.split_last().unwrap().1;
    let mut bytes = data(&ToData::Image(ImageOffer { as_of: 1, extents: most }));
    bytes.extend_from_slice(all.last().unwrap().as_bytes());
    set_length(&mut bytes);
    bytes[16..20].copy_from_slice(&(all.len() as u32).to_le_bytes());
    let expect = DecodeLinkError::TooMany { what: "extents", got: 257, most: 256 };
    assert_eq!(ToData::decode(&bytes), Err(expect));
    let none = data(&ToData::Image(ImageOffer { as_of: 1, extents: &all[..1] }));
    let mut none = none[..24].to_vec();
    set_length(&mut none);
    none[16..20].fill(0);
    let expect = DecodeLinkError::Value { what: "image without a root" };
    assert_eq!(ToData::decode(&none), Err(expect));
    // Seventeen marks of carried extents in a message that was made with sixteen.
    let mut many: Vec<ExtentOffer> =
        (0..16).map(|id| ExtentOffer::carried_here(id, 1, 0)).collect();
    many.push(ExtentOffer::held_by_receiver(16, 1, 0));
    let mut bytes = data(&ToData::Image(ImageOffer { as_of: 1, extents: &many }));
    bytes[24 + 16 * 32 + 24] = 1;
    let expect = DecodeLinkError::TooMany { what: "carried extents", got: 17, most: 16 };
    assert_eq!(ToData::decode(&bytes), Err(expect));
}

#[test]
fn what_a_receiver_would_refuse_is_not_written() {
    let check = |message: ToData<'_>, expect: EncodeLinkError| {
        let mut bytes = vec![1];
        assert_eq!(message.encode(&mut bytes), Err(expect));
        assert!(bytes.is_empty());
    };
    let image = |extents| ToData::Image(ImageOffer { as_of: 1, extents });
    check(image(&[]), EncodeLinkError::Extents { count: 0 });
    let many: Vec<_> = (0..17).map(|id| ExtentOffer::carried_here(id, 1, 0)).collect();
    check(image(&many), EncodeLinkError::Carried { count: 17 });
    let empty = [ExtentOffer::held_by_receiver(1, 0, 0)];
    check(image(&empty), EncodeLinkError::Extent { at: 0 });
    let twice = [1, 2, 1].map(|id| ExtentOffer::held_by_receiver(id, 1, 0));
    check(image(&twice), EncodeLinkError::Extent { at: 2 });
    let calls = vec![OpenCall::new(TallyKey::trunk(1), 1); MAX_OPEN_CALLS + 1];
    let message = ToData::OpenCalls(OpenCalls { last: true, calls: &calls });
    check(message, EncodeLinkError::OpenCalls { count: 4001 });
    let negative = [OpenCall::new(TallyKey::trunk(1), -1)];
    let message = ToData::OpenCalls(OpenCalls { last: true, calls: &negative });
    check(message, EncodeLinkError::Negative { count: -1 });
    let path = "x".repeat(MAX_PATH + 1);
    let hello = ToControl::Hello(Hello { journal_dir: &path, ..hello() });
    let error = hello.encode(&mut Vec::new()).unwrap_err();
    assert_eq!(error, EncodeLinkError::Path { what: "journal directory", len: 4097 });
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let why = format!("{}äöü", "x".repeat(MAX_REASON - 1));
    let bytes = data(&ToData::Refuse { why: &why });
    assert_eq!(ToData::decode(&bytes), Ok(ToData::Refuse { why: &why[..MAX_REASON - 1] }));
}

#[test]
fn the_longest_messages_fit() {
    let path = "x".repeat(MAX_PATH);
    let hello = Hello { journal_dir: &path, instance_dir: &path, ..hello() };
    assert!(control(&ToControl::Hello(hello)).len() <= MAX_MESSAGE);
    let calls = vec![OpenCall::new(TallyKey::trunk(1), 1); MAX_OPEN_CALLS];
    let bytes = data(&ToData::OpenCalls(OpenCalls { last: true, calls: &calls }));
    assert!(bytes.len() <= MAX_MESSAGE && ToData::decode(&bytes).is_ok());
}

fn any_key() -> impl Strategy<Value = TallyKey> {
    (any::<bool>(), any::<u32>())
        .prop_map(|(trunk, id)| if trunk { TallyKey::trunk(id) } else { TallyKey::originator(id) })
}

proptest! {
    #[test]
    fn hello_comes_back(
        numbers in any::<(u16, u16, u32, u8, u64, u32, u64)>(),
        more in any::<(bool, u64, u64, bool, u32)>(),
        instance_dir in ".{0,40}",
        journal_dir in ".{0,40}",
    ) {
        let (member, workers, lowest, event_layout, process, pid, image_as_of) = numbers;
        let (calls_restored, boot_segment, boot_offset, draining, span) = more;
        let hello = ToControl::Hello(Hello {
            member, workers, image_formats: (lowest, lowest.saturating_add(span)), event_layout,
            process, pid, image_as_of, calls_restored, boot_segment, boot_offset, draining,
            instance_dir: &instance_dir, journal_dir: &journal_dir,
        });
        control_comes_back(hello);
    }

    #[test]
    fn small_messages_come_back(as_of: u64, draining: bool, why in ".{0,60}", format: u32) {
        let to_control = [
            ToControl::Adopted { as_of },
            ToControl::Refused { as_of, why: &why },
            ToControl::CallsRestored,
            ToControl::Mode { draining, standing_calls: as_of },
        ];
        for message in to_control {
            control_comes_back(message);
        }
        let to_data = [
            ToData::Welcome { image_format: format },
            ToData::Refuse { why: &why },
            ToData::Drain,
            ToData::Resume,
            ToData::JournalTaken { segment: as_of, offset: u64::from(format) },
        ];
        for message in to_data {
            data_comes_back(message);
        }
    }

    #[test]
    fn lists_come_back(
        as_of: u64,
        parts in vec((1..u64::MAX, any::<u64>(), any::<bool>()), 1..20),
        calls in vec((any_key(), 0..i64::MAX), 0..50),
        last: bool,
    ) {
        let mut room = MAX_FDS;
        let extents: Vec<ExtentOffer> = parts.iter().enumerate().map(|(id, (len, sum, carried))| {
            if *carried && room > 0 {
                room -= 1;
                ExtentOffer::carried_here(id as u64, *len, *sum)
            } else {
                ExtentOffer::held_by_receiver(id as u64, *len, *sum)
            }
        }).collect();
        let image = ToData::Image(ImageOffer { as_of, extents: &extents });
        data_comes_back(image);
        let calls: Vec<OpenCall> = calls.iter().map(|(key, n)| OpenCall::new(*key, *n)).collect();
        let message = ToData::OpenCalls(OpenCalls { last, calls: &calls });
        data_comes_back(message);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = ToControl::decode(&bytes);
        let _ = ToData::decode(&bytes);
    }

    #[test]
    fn arbitrary_bodies_never_panic(
        kind in prop_oneof![0..8_u16, 0x100..0x109_u16],
        body in vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = vec![0; 8];
        bytes[4..6].copy_from_slice(&kind.to_le_bytes());
        bytes[6..8].copy_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&body);
        set_length(&mut bytes);
        let _ = ToControl::decode(&bytes);
        let _ = ToData::decode(&bytes);
    }

    /// What is accepted after damage is a message that could have been written so.
    #[test]
    fn damaged_messages_are_refused_or_plain(which: prop::sample::Index, at: prop::sample::Index, byte: u8) {
        let samples = samples();
        let mut bytes = which.get(&samples).clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(message) = ToControl::decode(&bytes) {
            control_comes_back(message);
        }
        if let Ok(message) = ToData::decode(&bytes) {
            let mut again = Vec::new();
            message.encode(&mut again).unwrap();
            prop_assert!(ToData::decode(&again).is_ok());
        }
    }
}
