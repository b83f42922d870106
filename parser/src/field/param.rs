//! Owns header parameters: `;name` or `;name=value`, one after the other.
//! Hot. Refuses to judge names and values.

use crate::bytes::{Stops, TOKEN, VALUE, byte, quoted, skip, skip_white};

/// A parameter by positions.
pub(crate) struct Param {
    pub(crate) name: usize,
    pub(crate) name_end: usize,
    /// Where the value stands, with its quotes if it has them; `None` without an equals sign.
    pub(crate) value: Option<(usize, usize)>,
}

/// RFC 3261 §25.1 `*( SEMI generic-param )`: the parameters from a place on.
///
/// An error is the position that breaks the rule, and ends them.
pub(crate) struct Params<'m> {
    bytes: &'m [u8],
    /// Where the next semicolon is looked for.
    at: usize,
    end: usize,
    /// Behind the semicolon at `at`, where one is.
    stops: Stops<'m>,
}

impl<'m> Params<'m> {
    /// Those from `at` on, where there is no white space.
    #[inline]
    pub(crate) fn new(bytes: &'m [u8], at: usize, end: usize) -> Params<'m> {
        Params { bytes, at, end, stops: Stops::new(bytes, at + 1, &TOKEN) }
    }

    /// Where the parameters end, once there are no more of them: the first byte behind them that
    /// is not white space.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Option<Result<Param, usize>> {
        if self.at >= self.end || byte(self.bytes, self.at) != b';' {
            return None;
        }
        // Nearly all are two tokens, and what stands behind each is the next stop; the last one of
        // a parameter is the semicolon of the next.
        let name = self.at + 1;
        let name_end = self.stops.next();
        if name_end > name {
            if name_end >= self.end || byte(self.bytes, name_end) == b';' {
                self.at = name_end;
                return Some(Ok(Param { name, name_end, value: None }));
            }
            let value = name_end + 1;
            if byte(self.bytes, name_end) == b'=' {
                let value_end = self.stops.next();
                let ends = value_end >= self.end || byte(self.bytes, value_end) == b';';
                if ends && value_end > value {
                    self.at = value_end;
                    return Some(Ok(Param { name, name_end, value: Some((value, value_end)) }));
                }
            }
        }
        Some(self.any())
    }

    /// The parameter at `at`, of which nothing is known.
    #[inline(never)]
    fn any(&mut self) -> Result<Param, usize> {
        let (bytes, end) = (self.bytes, self.end);
        let name = skip_white(bytes, self.at + 1, end);
        let (param, behind) = any_param(bytes, name, end)?;
        self.at = skip_white(bytes, behind, end);
        self.stops = Stops::new(bytes, self.at + 1, &TOKEN);
        Ok(param)
    }
}

/// The parameter whose name starts at `name`, and the position behind it.
fn any_param(bytes: &[u8], name: usize, end: usize) -> Result<(Param, usize), usize> {
    let name_end = skip(bytes, name, end, &TOKEN);
    if name_end == name {
        return Err(name);
    }
    let equals = skip_white(bytes, name_end, end);
    if equals >= end || byte(bytes, equals) != b'=' {
        return Ok((Param { name, name_end, value: None }, equals));
    }
    let value = skip_white(bytes, equals + 1, end);
    let value_end = match byte(bytes, value) {
        b'"' if value < end => quoted(bytes, value, end).ok_or(value)?,
        _ => skip(bytes, value, end, &VALUE),
    };
    if value_end == value {
        return Err(value);
    }
    Ok((Param { name, name_end, value: Some((value, value_end)) }, value_end))
}
