//! What the patient's device could do before the visit: camera, movement, colour, microphone, speaker, relay.
//!
//! The browser measures and says so; a bad result stops nobody, it tells both sides before the visit instead of in it.

pub mod pages;
pub mod store;

use kernel::Timestamp;

/// Bytes of a result at most; a full one has about 1,500.
pub const RESULT_BYTES_MAX: usize = 8 * 1024;

kernel::keyed! {
    /// How good the whole is.
    pub enum Overall {
        /// All works.
        Good => "good", "問題ありません", "All works";
        /// Usable with breaks, or no relay configured.
        Fair => "fair", "受診できます（途切れることがあります）", "Usable, may break off at times";
        /// Something needed does not work.
        Bad => "bad", "うまくいかないところがあります", "Something does not work";
        /// A step was left out.
        None => "none", "途中まで確認しました", "Not tested to the end";
    }
}

/// A kept test.
#[derive(Debug, Clone)]
pub struct DeviceTest {
    /// The whole.
    pub overall: Overall,
    /// The measurements.
    pub result: serde_json::Value,
    /// What the browser called itself.
    pub agent: String,
    /// When.
    pub tested_at: Timestamp,
}

/// Judges the browser's measurements: as bad as the worst step, open when one was left out.
/// The limits are those of the island, so that patient and clinic read the same word.
#[must_use]
pub fn judge(result: &serde_json::Value) -> Overall {
    let truth = |pointer: &str| result.pointer(pointer).and_then(serde_json::Value::as_bool);
    let network = match truth("/network/configured") {
        None => Overall::None,
        Some(false) => Overall::Fair,
        Some(true) if ["udp", "tcp", "tls"].iter().any(|it| truth(&format!("/network/{it}/ok")) == Some(true)) => {
            Overall::Good
        }
        Some(true) => Overall::Bad,
    };
    let frames = result.pointer("/motion/frames_s").and_then(serde_json::Value::as_f64);
    let motion = match (truth("/motion/moved"), frames) {
        (None, _) | (_, None) => Overall::None,
        (Some(true), Some(it)) if it >= 12.0 => Overall::Good,
        (Some(true), Some(it)) if it >= 6.0 => Overall::Fair,
        _ => Overall::Bad,
    };
    let colour = match (truth("/colour/natural"), truth("/colour/shades")) {
        (Some(true), Some(true)) => Overall::Good,
        (Some(false), Some(false)) => Overall::Bad,
        (None, _) | (_, None) => Overall::None,
        _ => Overall::Fair,
    };
    let simple = |pointer| match truth(pointer) {
        Some(true) => Overall::Good,
        Some(false) => Overall::Bad,
        None => Overall::None,
    };
    let all = [simple("/camera/ok"), motion, colour, simple("/microphone/ok"), simple("/speaker/ok"), network];
    [Overall::None, Overall::Bad, Overall::Fair].into_iter().find(|it| all.contains(it)).unwrap_or(Overall::Good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// OV-166: the result is kept in one word that both sides read.
    #[test]
    fn a_test_is_as_good_as_its_worst_step() {
        let whole = json!({
            "camera": {"ok": true}, "motion": {"moved": true, "frames_s": 20}, "colour": {"natural": true, "shades": true},
            "microphone": {"ok": true}, "speaker": {"ok": true}, "network": {"configured": true, "udp": {"ok": false}, "tls": {"ok": true}}
        });
        let with = |pointer: &str, value: serde_json::Value| {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).expect("a place") = value;
            judge(&changed)
        };
        assert_eq!(judge(&whole), Overall::Good);
        assert_eq!(with("/microphone/ok", json!(false)), Overall::Bad);
        assert_eq!(with("/network/configured", json!(false)), Overall::Fair);
        assert_eq!(with("/network/tls/ok", json!(false)), Overall::Bad);
        assert_eq!(with("/motion/frames_s", json!(8)), Overall::Fair);
        assert_eq!(with("/colour/natural", json!(false)), Overall::Fair);
        assert_eq!(with("/camera", json!({})), Overall::None);
        assert_eq!(judge(&json!("nonsense")), Overall::None);
    }
}
