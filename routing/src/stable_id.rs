//! Owns the numbers that stand for names in cookies, CDRs and images; refuses to know what is named.
//!
//! A number derives from the name alone, so that it is the same on every machine and after every edit of the plan.
//! The functions here must never change: records on disk hold their results.

/// Ids of trunks and originators are below this: they travel in 24 bits of the dialog cookie.
pub const NARROW_LIMIT: u32 = 1 << 24;

/// Id of a name in 24 bits, never 0.
#[must_use]
pub fn narrow(name: &str) -> u32 {
    let hash = fnv1a(name.bytes());
    // Folding, not cutting: the upper byte of FNV-1a is as good as the others.
    (((hash >> 24) ^ hash) & (NARROW_LIMIT - 1)).max(1)
}

/// Id of a name in 32 bits, never 0.
#[must_use]
pub fn wide(name: &str) -> u32 {
    fnv1a(name.bytes()).max(1)
}

/// Id of a rule in 32 bits, never 0: rules are named within their plan.
#[must_use]
pub fn of_rule(plan: &str, rule: &str) -> u32 {
    fnv1a(plan.bytes().chain([0]).chain(rule.bytes())).max(1)
}

/// FNV-1a, 32 bits.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_known_names_never_change() {
        // 32-bit FNV-1a of "foobar" is 0xbf9cf968 in the tables of its authors.
        assert_eq!(wide("foobar"), 0xbf9c_f968);
        assert_eq!(narrow("foobar"), 0x9c_f968 ^ 0xbf);
        assert_eq!(of_rule("foo", "bar"), wide("foo\0bar"));
    }
}
