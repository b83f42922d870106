//! Owns texts with holes of fixed width, copied and patched in place; refuses to know SIP.

/// Characters that name a call in a message.
pub const CALL_LEN: usize = 16;
/// Digits of a called number.
pub const CALLED_LEN: usize = 12;

/// What fills the holes of one call's messages.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The call, in hexadecimal.
    pub call: [u8; CALL_LEN],
    /// The called number.
    pub called: [u8; CALLED_LEN],
    /// The last two digits of the carrier's address.
    pub carrier: [u8; 2],
}

#[derive(Clone, Copy, Debug)]
enum Hole {
    Call,
    Called,
    Carrier,
}

/// How the holes look in the text that a template is made of.
const MARKS: [(&str, Hole); 3] =
    [("NNNNNNNNNNNNNNNN", Hole::Call), ("DDDDDDDDDDDD", Hole::Called), ("##", Hole::Carrier)];

/// A text with holes.
#[derive(Clone, Debug)]
pub struct Template {
    text: Vec<u8>,
    holes: Vec<(usize, Hole)>,
}

impl Template {
    /// A template of `text`, whose line ends become CRLF.
    pub fn new(text: &str) -> Self {
        let text = text.replace('\n', "\r\n");
        let mut holes = Vec::new();
        for (mark, hole) in MARKS {
            holes.extend(text.match_indices(mark).map(|(at, _)| (at, hole)));
        }
        Template { text: text.into_bytes(), holes }
    }

    /// Writes the text of one call to `out` from `at` on and gives where it ends. Short room cuts nothing quietly:
    /// the end given then lies outside of `out`.
    #[inline]
    pub fn write(&self, out: &mut [u8], at: usize, names: &Names) -> usize {
        let end = at + self.text.len();
        let Some(place) = out.get_mut(at..end) else { return usize::MAX / 2 };
        place.copy_from_slice(&self.text);
        for &(hole_at, hole) in &self.holes {
            let name: &[u8] = match hole {
                Hole::Call => &names.call,
                Hole::Called => &names.called,
                Hole::Carrier => &names.carrier,
            };
            if let Some(cell) = place.get_mut(hole_at..hole_at + name.len()) {
                cell.copy_from_slice(name);
            }
        }
        end
    }
}

/// The 16 hexadecimal digits of `call`.
#[inline]
pub fn hex(call: u64) -> [u8; CALL_LEN] {
    let mut text = [0; CALL_LEN];
    for (at, digit) in text.iter_mut().enumerate() {
        let nibble = (call >> (60 - 4 * at)) as u8 & 15;
        *digit = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    }
    text
}

/// The number whose [`hex`] a text begins with.
#[inline]
pub fn from_hex(text: &[u8]) -> Option<u64> {
    text.get(..CALL_LEN)?.iter().try_fold(0u64, |number, digit| {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(nibble))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_where_they_stand() {
        let template = Template::new("to DDDDDDDDDDDD\nid NNNNNNNNNNNNNNNN.##\n");
        let names = Names { call: hex(0xabc), called: *b"390612345678", carrier: *b"11" };
        let mut out = [0; 64];
        let end = template.write(&mut out, 2, &names);
        assert_eq!(&out[2..end], b"to 390612345678\r\nid 0000000000000abc.11\r\n");
        assert!(template.write(&mut out, 60, &names) > out.len());
    }

    #[test]
    fn hexadecimal_comes_back() {
        for call in [0, 1, 0xdead_beef_0012_3456, u64::MAX] {
            assert_eq!(from_hex(&hex(call)), Some(call));
        }
        assert_eq!(from_hex(b"123"), None);
        assert_eq!(from_hex(b"000000000000000G"), None);
    }
}
