//! Owns the fuzz target of every view over any value.
//! Refuses to do it: the library does.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parser_fuzz::views(data));
