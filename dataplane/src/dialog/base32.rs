//! Owns base32hex (RFC 4648 §7) in lower case, as cookies and branches are written.
//! Hot. Case does not matter when reading: peers may change it (RFC 3261 §7.3.1).

/// Characters that `bytes` bytes take, without padding.
pub const fn encoded_len(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Bytes that a group of eight characters stands for.
const GROUP: usize = 5;

/// A byte in each of the eight of a word.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The top bit of each byte.
const TOP: u64 = each(0x80);

/// The character of a value below 32.
#[inline]
pub fn digit(value: u8) -> u8 {
    let value = value & 31;
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

/// The value of one character.
#[inline]
pub fn value(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'v' => Some(character - b'a' + 10),
        b'A'..=b'V' => Some(character - b'A' + 10),
        _ => None,
    }
}

/// The characters of eight values below 32, one in each byte: [`digit`] for all at once.
#[inline]
fn digits(values: u64) -> u64 {
    let letters = ((values + each(0x80 - 10)) & TOP) >> 7;
    values + each(b'0') + letters * u64::from(b'a' - 10 - b'0')
}

/// The values of eight characters, one in each byte, and bits that are not zero if one is foreign: [`value`] for all
/// at once. Nothing passes over into the next byte where none is foreign; where one is, the values mean nothing.
#[inline]
fn values(characters: u64) -> (u64, u64) {
    let seven = characters & !TOP;
    // Letters and nothing else of the alphabet have 0x40; of both cases the low five bits count from 1.
    let letters = (seven << 1) & TOP;
    let low = seven & each(0x1f);
    let (below_letters, above_letters) = (!(low + each(0x80 - 1)), low + each(0x80 - 23));
    let six = seven & each(0x3f);
    let (below_digits, above_digits) = (!(six + each(0x80 - b'0')), six + each(0x80 - b'9' - 1));
    let foreign = characters
        | letters & (below_letters | above_letters)
        | !letters & (below_digits | above_digits);
    // A digit has 0x10 in its low five bits, which is not of its value. Foreign characters may have less.
    let letters = letters >> 7;
    ((low + letters * 9).wrapping_sub((each(1) - letters) * 0x10), foreign & TOP)
}

/// Five bits of each byte, side by side in the low 40.
#[inline]
fn gather(values: u64) -> u64 {
    let tens = values & 0x001f_001f_001f_001f | (values & 0x1f00_1f00_1f00_1f00) >> 3;
    let twenties = tens & 0x0000_03ff_0000_03ff | (tens & 0x03ff_0000_03ff_0000) >> 6;
    twenties & 0xf_ffff | twenties >> 32 << 20
}

/// The reverse of [`gather`].
#[inline]
fn spread(group: u64) -> u64 {
    let twenties = group & 0xf_ffff | (group & 0xff_fff0_0000) << 12;
    let tens = twenties & 0x0000_03ff_0000_03ff | (twenties & 0x000f_fc00_000f_fc00) << 6;
    tens & 0x001f_001f_001f_001f | (tens & 0x03e0_03e0_03e0_03e0) << 3
}

/// `bytes` as `M` characters, which are [`encoded_len`] of `N`.
#[inline]
pub fn encode<const N: usize, const M: usize>(bytes: &[u8; N]) -> [u8; M] {
    const { assert!(M == encoded_len(N)) };
    let mut out = [0; M];
    let text = |[a, b, c, d, e]: [u8; GROUP]| {
        digits(spread(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))).to_be_bytes()
    };
    let (groups, rest) = bytes.as_chunks();
    let (outs, _) = out.as_chunks_mut();
    for (out, group) in outs.iter_mut().zip(groups) {
        *out = text(*group);
    }
    // Nothing, or what does not fill a group.
    let mut group = [0; GROUP];
    group.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    let behind = out.iter_mut().skip(8 * groups.len());
    behind.zip(text(group)).for_each(|(to, byte)| *to = byte);
    out
}

/// Reads exactly `N` bytes from `text`; `None` on a wrong length, a foreign character or set bits behind the last byte.
#[inline]
pub fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != encoded_len(N) {
        return None;
    }
    let mut out = [0; N];
    // What is wrong is gathered, so that no group waits for the judgement on another.
    let mut wrong = 0;
    let mut group = |text: [u8; 8]| {
        let (values, foreign) = values(u64::from_be_bytes(text));
        wrong |= foreign;
        let [_, _, _, group @ ..] = gather(values).to_be_bytes();
        group
    };
    let (texts, rest) = text.as_chunks();
    let (outs, _) = out.as_chunks_mut::<GROUP>();
    for (out, text) in outs.iter_mut().zip(texts) {
        *out = group(*text);
    }
    let done = GROUP * outs.len();
    let mut padded = [b'0'; 8];
    padded.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    let last = group(padded);
    out.iter_mut().skip(done).zip(last).for_each(|(to, byte)| *to = byte);
    // Below the last byte.
    wrong |= last.iter().skip(N - done).fold(0, |loose, byte| loose | u64::from(*byte));
    (wrong == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_the_vectors_of_rfc_4648_section_10() {
        assert_eq!(&encode::<1, 2>(b"f"), b"co");
        assert_eq!(&encode::<2, 4>(b"fo"), b"cpng");
        assert_eq!(&encode::<3, 5>(b"foo"), b"cpnmu");
        assert_eq!(&encode::<4, 7>(b"foob"), b"cpnmuog");
        assert_eq!(&encode::<5, 8>(b"fooba"), b"cpnmuoj1");
        assert_eq!(&encode::<6, 10>(b"foobar"), b"cpnmuoj1e8");
    }

    #[test]
    fn refuses_foreign_characters_wrong_lengths_and_loose_bits() {
        assert_eq!(decode::<2>(b"cpn!"), None);
        assert_eq!(decode::<2>(b"cpn"), None);
        assert_eq!(decode::<2>(b"cpnh"), None);
        assert_eq!(decode::<5>(b"cpnmuojw"), None);
        assert_eq!(decode::<2>(b"CPNG"), Some(*b"fo"));
    }

    #[test]
    fn eight_at_once_are_as_one_by_one() {
        for byte in 0..=255 {
            for at in 0..8 {
                let mut characters = *b"0f9aAvV1";
                characters[at] = byte;
                let (all, foreign) = values(u64::from_be_bytes(characters));
                let one_by_one = characters.map(value);
                assert_eq!(foreign == 0, one_by_one.iter().all(Option::is_some), "{characters:?}");
                if foreign == 0 {
                    assert_eq!(all.to_be_bytes().map(Some), one_by_one);
                    assert_eq!(spread(gather(all)), all);
                    assert_eq!(digits(all).to_be_bytes(), all.to_be_bytes().map(digit));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(long: [u8; 27], whole: [u8; 10], short: [u8; 8], one: [u8; 1]) {
            prop_assert_eq!(decode(&encode::<27, 44>(&long)), Some(long));
            prop_assert_eq!(decode(&encode::<10, 16>(&whole)), Some(whole));
            prop_assert_eq!(decode(&encode::<8, 13>(&short)), Some(short));
            prop_assert_eq!(decode(&encode::<1, 2>(&one)), Some(one));
        }
    }
}
