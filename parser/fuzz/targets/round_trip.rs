//! Owns the fuzz target of writing and reading again.
//! Refuses to do it: the library does.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parser_fuzz::round_trip(data));
