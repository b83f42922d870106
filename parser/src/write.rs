//! Owns the bounded writing of bytes.
//! Hot. Refuses to know SIP.

/// What could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The output is too small.
    Output,
    /// The patch has room for fewer edits.
    Edits,
    /// Two edits of a patch remove the same bytes, or one inserts where another removes.
    Overlap,
    /// An edit reaches outside the message, or an inline text is too long.
    Range,
}

/// An appender over a byte slice. Errors stick: write on, and ask [`Writer::finish`] once.
#[derive(Debug)]
pub struct Writer<'o> {
    out: &'o mut [u8],
    len: usize,
    fault: Option<Overflow>,
}

impl<'o> Writer<'o> {
    /// An appender that starts at the beginning of `out`.
    #[inline]
    pub fn new(out: &'o mut [u8]) -> Writer<'o> {
        Writer { out, len: 0, fault: None }
    }

    /// Appends bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.len.saturating_add(bytes.len());
        match self.out.get_mut(self.len..end) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len = end;
            }
            None => self.fail(Overflow::Output),
        }
        self
    }

    /// Appends a decimal number.
    pub fn number(&mut self, number: u32) -> &mut Self {
        let mut digits = [0u8; 10];
        let mut rest = number;
        let mut count = 0;
        for place in digits.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        self.bytes(digits.get(digits.len() - count..).unwrap_or_default())
    }

    /// Appends an IPv4 address, first number from the high byte.
    pub fn ipv4(&mut self, address: u32) -> &mut Self {
        let [a, b, c, d] = address.to_be_bytes();
        self.number(u32::from(a)).bytes(b".").number(u32::from(b)).bytes(b".");
        self.number(u32::from(c)).bytes(b".").number(u32::from(d))
    }

    /// Makes the result an error.
    #[inline]
    pub(crate) fn fail(&mut self, fault: Overflow) {
        // Nothing is written behind a gap.
        self.len = self.out.len();
        self.fault = self.fault.or(Some(fault));
    }

    /// How many bytes were written.
    ///
    /// # Errors
    /// The first thing that could not be written.
    #[inline]
    pub fn finish(self) -> Result<usize, Overflow> {
        match self.fault {
            None => Ok(self.len),
            Some(fault) => Err(fault),
        }
    }
}
