//! Owns base32hex (RFC 4648 §7) in lower case, as cookies and branches are written.
//! Hot. Case does not matter when reading: peers may change it (RFC 3261 §7.3.1).

const ALPHABET: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";
const INVALID: u8 = 0xff;
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const VALUES: [u8; 256] = {
    let mut values = [INVALID; 256];
    let mut at = 0u8;
    while at < 32 {
        let character = ALPHABET[at as usize];
        values[character as usize] = at;
        values[character.to_ascii_uppercase() as usize] = at;
        at += 1;
    }
    values
};

/// Characters that `bytes` bytes take, without padding.
pub const fn encoded_len(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// The character of a value below 32.
#[inline]
pub fn digit(value: u8) -> u8 {
    ALPHABET.get(usize::from(value & 31)).copied().unwrap_or(b'0')
}

/// The value of one character.
#[inline]
pub fn value(character: u8) -> Option<u8> {
    VALUES.get(usize::from(character)).copied().filter(|value| *value != INVALID)
}

/// Writes `bytes` into `out`, which must have [`encoded_len`] characters; more are left alone.
#[inline]
pub fn encode(bytes: &[u8], out: &mut [u8]) {
    let mut characters = out.iter_mut();
    let (mut held, mut bits) = (0u32, 0u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if let Some(character) = characters.next() {
                *character = digit((held >> bits & 31) as u8);
            }
        }
    }
    if bits > 0
        && let Some(character) = characters.next()
    {
        *character = digit((held << (5 - bits) & 31) as u8);
    }
}

/// Reads exactly `out.len()` bytes from `text`; `None` on a wrong length, a foreign character or set bits
/// behind the last byte.
#[inline]
pub fn decode(text: &[u8], out: &mut [u8]) -> Option<()> {
    if text.len() != encoded_len(out.len()) {
        return None;
    }
    let mut bytes = out.iter_mut();
    let (mut held, mut bits) = (0u32, 0u32);
    for character in text {
        held = (held << 5 | u32::from(value(*character)?)) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *bytes.next()? = (held >> bits & 0xff) as u8;
        }
    }
    (held & ((1 << bits) - 1) == 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_the_vectors_of_rfc_4648_section_10() {
        for (plain, text) in [
            ("f", "co"),
            ("fo", "cpng"),
            ("foo", "cpnmu"),
            ("foob", "cpnmuog"),
            ("fooba", "cpnmuoj1"),
            ("foobar", "cpnmuoj1e8"),
        ] {
            let mut out = vec![0; encoded_len(plain.len())];
            encode(plain.as_bytes(), &mut out);
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn refuses_foreign_characters_wrong_lengths_and_loose_bits() {
        let mut out = [0; 2];
        assert_eq!(decode(b"cpn!", &mut out), None);
        assert_eq!(decode(b"cpn", &mut out), None);
        assert_eq!(decode(b"cpnh", &mut out), None);
        assert_eq!(decode(b"CPNG", &mut out), Some(()));
        assert_eq!(&out, b"fo");
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut text = vec![0; encoded_len(bytes.len())];
            encode(&bytes, &mut text);
            let mut back = vec![0; bytes.len()];
            prop_assert_eq!(decode(&text, &mut back), Some(()));
            prop_assert_eq!(back, bytes);
        }
    }
}
