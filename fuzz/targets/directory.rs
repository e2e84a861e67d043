//! A medium's directory: no place that it names leads out of the medium.
#![no_main]

use std::path::Component;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for named in imaging::media::named(bytes).unwrap_or_default() {
        assert!(!named.shown().chars().any(char::is_control));
        if let Some(place) = named.place() {
            assert!(place.components().all(|it| matches!(it, Component::Normal(_))), "{place:?}");
        }
    }
});
