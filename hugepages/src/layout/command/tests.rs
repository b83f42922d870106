//! Claims about the records of commands.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const TRUNK_OFF: Command = Command::TrunkSwitch { as_of: 9, trunk: 7, enabled: false };

fn any_command() -> impl Strategy<Value = Command> {
    (any::<u64>(), any::<u32>(), any::<bool>(), any::<bool>()).prop_map(
        |(as_of, id, enabled, trunk)| {
            if trunk {
                Command::TrunkSwitch { as_of, trunk: id, enabled }
            } else {
                Command::OriginatorSwitch { as_of, originator: id, enabled }
            }
        },
    )
}

#[test]
fn record_has_the_bytes_of_version_1() {
    assert_eq!(TRUNK_OFF.encode(), [1, 1, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
    let on = Command::OriginatorSwitch { as_of: 1 << 40, originator: 0x0102_0304, enabled: true };
    assert_eq!(on.encode(), [2, 1, 1, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 1, 0, 0]);
}

#[test]
fn impossible_records_are_refused() {
    let check = |at: usize, value: u8, expect: DecodeCommandError| {
        let mut bytes = TRUNK_OFF.encode();
        bytes[at] = value;
        assert_eq!(Command::decode(&bytes), Err(expect));
    };
    check(0, 0, DecodeCommandError::Kind { got: 0 });
    check(0, 3, DecodeCommandError::Kind { got: 3 });
    check(1, 2, DecodeCommandError::Version { got: 2 });
    check(2, 2, DecodeCommandError::Switch { got: 2 });
    assert_eq!(Command::decode(&[1; 15]), Err(DecodeCommandError::Length { got: 15 }));
    assert_eq!(Command::decode(&[]), Err(DecodeCommandError::Length { got: 0 }));
}

proptest! {
    #[test]
    fn commands_come_back(command in any_command()) {
        prop_assert_eq!(Command::decode(&command.encode()), Ok(command));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..40), record in any::<[u8; 16]>()) {
        let _ = Command::decode(&bytes);
        if let Ok(command) = Command::decode(&record) {
            prop_assert_eq!(Command::decode(&command.encode()), Ok(command));
        }
    }
}
