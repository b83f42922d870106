//! Owns one header parameter: `;name` or `;name=value`.
//! Hot. Refuses to judge names and values.

use crate::bytes::{TOKEN, VALUE, byte, marks, quoted, skip, skip_white};

/// A parameter by positions.
pub(crate) struct Param {
    pub(crate) name: usize,
    pub(crate) name_end: usize,
    /// Where the value stands, with its quotes if it has them; `None` without an equals sign.
    pub(crate) value: Option<(usize, usize)>,
    /// The first byte behind it that is not white space.
    pub(crate) next: usize,
}

/// RFC 3261 §25.1 `generic-param`: the parameter whose semicolon stands at `semicolon`.
/// The error is the position that breaks the rule.
///
/// Nearly all are `name=token` in 32 bytes: one look at those finds the ends of both.
#[inline]
pub(crate) fn param(bytes: &[u8], semicolon: usize, end: usize) -> Result<Param, usize> {
    let name = skip_white(bytes, semicolon + 1, end);
    let marks = marks(bytes, name, &TOKEN).unwrap_or(0);
    if marks == 0 {
        return any_param(bytes, name, end);
    }
    let name_end = name + marks.trailing_zeros() as usize;
    if name_end >= end || name_end == name || byte(bytes, name_end) != b'=' {
        return any_param(bytes, name, end);
    }
    let value = name_end + 1;
    let mut value_end = name + (marks & (marks - 1)).trailing_zeros() as usize;
    if value_end > end {
        value_end = end;
    } else if value_end < end && byte(bytes, value_end) != b';' {
        // A value may hold more than a token does.
        value_end = skip(bytes, value_end, end, &VALUE);
    }
    if value_end == value {
        return any_param(bytes, name, end);
    }
    let next = skip_white(bytes, value_end, end);
    Ok(Param { name, name_end, value: Some((value, value_end)), next })
}

/// [`param`] of which nothing is known but that its name starts at `name`.
#[inline(never)]
fn any_param(bytes: &[u8], name: usize, end: usize) -> Result<Param, usize> {
    let name_end = skip(bytes, name, end, &TOKEN);
    if name_end == name {
        return Err(name);
    }
    let equals = skip_white(bytes, name_end, end);
    if equals >= end || byte(bytes, equals) != b'=' {
        return Ok(Param { name, name_end, value: None, next: equals });
    }
    let value = skip_white(bytes, equals + 1, end);
    let value_end = match byte(bytes, value) {
        b'"' if value < end => quoted(bytes, value, end).ok_or(value)?,
        _ => skip(bytes, value, end, &VALUE),
    };
    if value_end == value {
        return Err(value);
    }
    let next = skip_white(bytes, value_end, end);
    Ok(Param { name, name_end, value: Some((value, value_end)), next })
}
