//! Owns the fuzz target of the pass over any bytes.
//! Refuses to do it: the library does.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parser_fuzz::only_parse(data));
