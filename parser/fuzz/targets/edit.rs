//! Owns the fuzz target of edits of any message.
//! Refuses to do it: the library does.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parser_fuzz::edits(data));
