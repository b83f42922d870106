//! Owns the comparison of the pass with its naive twin where a number or a length is as large as it
//! may be, or as small.
//! Refuses to say what the limits are: the twin does.

use super::harness::check;
use super::options;
use crate::{Index, Limits};

const NARROW: Limits = Limits { max_headers: 12, max_hops: 3, max_line: 90, bare_lf: false };

fn agree(lines: &[&str]) -> bool {
    check(&options(lines), &mut Index::new(), &NARROW)
}

#[test]
fn agrees_with_its_twin_on_numbers_at_their_limits() {
    let powers = [8, 16, 31, 32, 64].map(|bits| 1u128 << bits);
    let mut numbers: Vec<String> = vec![String::new(), "0".into(), "1".into(), "9999999".into()];
    for power in powers {
        numbers.extend([-1, 0, 1].map(|by| power.saturating_add_signed(by).to_string()));
    }
    let mut taken = 0;
    for number in numbers.iter().flat_map(|number| [number.clone(), format!("000{number}")]) {
        for line in [
            format!("Via: SIP/2.0/UDP h:{number};branch=1"),
            format!("Via: SIP/2.0/UDP h:{number}"),
            format!("Via: SIP/2.0/TCP h : {number} ;branch=1"),
            format!("Via: SIP/2.0/UDP h;rport={number}"),
            format!("Via: SIP/2.0/UDP h;rport = {number};branch=1"),
            format!("CSeq: {number} OPTIONS"),
            format!("CSeq: {number}\t OPTIONS"),
            format!("Max-Forwards: {number}"),
            format!("Content-Length: {number}"),
        ] {
            taken += u32::from(agree(&[&line]));
        }
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn agrees_with_its_twin_on_lengths_and_counts_at_their_limits() {
    let taken = |made: &mut dyn Iterator<Item = bool>| made.filter(|taken| *taken).count();
    // Five headers must be there.
    let names: Vec<String> = (0..20).map(|number| format!("X{number}: y")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(taken(&mut (0..20).map(|count| agree(&names[..count]))), 8);
    let lines = (0..200).map(|len| format!("X: {}", "y".repeat(len)));
    assert_eq!(taken(&mut lines.map(|line| agree(&[&line]))), 86);
    let hops = (1..9).map(|count| format!("Via: {}", ["SIP/2.0/UDP h"].repeat(count).join(",")));
    assert_eq!(taken(&mut hops.map(|line| agree(&[&line]))), 3);
}
