//! Whatever a customer writes, a turn is decided, and twice the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| front::talk(text));
