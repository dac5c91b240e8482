//! Whatever the bytes, they are read to the end.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| front::cut(text));
