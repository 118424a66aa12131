//! libFuzzer's door to the slack target; `tests/fuzz/run slack` builds and runs it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rotakey_fuzz::slack(data);
});
