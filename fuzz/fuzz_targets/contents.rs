#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longwave_properties::contents(bytes));
