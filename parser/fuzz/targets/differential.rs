//! Owns the fuzz target of the comparison of the pass with its twin.
//! Refuses to do it: the library does.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parser_fuzz::differential(data));
