//! libFuzzer's door to the webhook target; `tests/fuzz/run webhook` builds and runs it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rotakey_fuzz::webhook(data);
});
