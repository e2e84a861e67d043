//! What a browser measured of the people it hears and sees (OV-161, OV-203).
//!
//! A visit is complete only if picture and sound were really there on both sides, so the numbers that count are those of the
//! *receiving* browser: frames it decoded, sound energy it played. The server cuts each report to what the clock allows.

use serde::{Deserialize, Serialize};

/// Longest time one report may speak for. Browsers in the background are slowed down; what is missing then is missing.
pub const REPORT_MS_MAX: u32 = 15_000;

/// By what way the media comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relay {
    /// From browser to browser.
    Direct,
    /// Through a relay by UDP.
    Udp,
    /// Through a relay by TCP.
    Tcp,
    /// Through a relay by TLS.
    Tls,
    /// Not connected, or the browser does not say.
    #[default]
    Unknown,
}

/// How good a connection is, in the three steps that people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not enough to see or hear a patient by.
    Bad,
    /// Usable with breaks.
    Fair,
    /// Nothing to say.
    #[default]
    Good,
}

/// One direction: what came from `peer` to the reporting browser.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// From whom.
    pub peer: String,
    /// Milliseconds in which new frames of the person's camera were decoded.
    pub picture_ms: u32,
    /// Milliseconds in which sound packets came and had energy (a muted microphone has none).
    pub sound_ms: u32,
    /// Milliseconds in which both were true at once.
    pub both_ms: u32,
    /// Frames decoded.
    pub frames: u32,
    /// Sound packets received.
    pub packets: u32,
    /// Growth of `totalAudioEnergy`.
    pub energy: f64,
    /// Round trip.
    pub rtt_ms: Option<u32>,
    /// Lost packets, 0 to 1.
    pub loss: f32,
    /// Of the picture decoded.
    pub width: u32,
    /// Of the picture decoded.
    pub height: u32,
    /// Bits received a second, thousands.
    pub kbit_s: u32,
    /// The way.
    pub relay: Relay,
    /// As the person was shown it.
    pub level: Level,
}

/// One browser's measurement since its last one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The time it speaks for.
    pub interval_ms: u32,
    /// Whether the page was in front.
    pub visible: bool,
    /// One entry per person heard or seen.
    pub links: Vec<Link>,
}

impl Report {
    /// Cut to what can be true: no longer than `elapsed_ms` since the last report, only about `peers`, each once, no
    /// infinities. A browser can still lie about what it saw; it cannot claim more time than there was.
    #[must_use]
    pub fn sane(mut self, elapsed_ms: i64, peers: &[String]) -> Self {
        let most = u32::try_from(elapsed_ms.max(0)).unwrap_or(REPORT_MS_MAX).min(REPORT_MS_MAX);
        self.interval_ms = self.interval_ms.min(most);
        let mut seen: Vec<&String> = Vec::new();
        let mut links = Vec::new();
        for mut link in self.links {
            let Some(peer) = peers.iter().find(|it| **it == link.peer) else { continue };
            if seen.contains(&peer) {
                continue;
            }
            seen.push(peer);
            link.picture_ms = link.picture_ms.min(self.interval_ms);
            link.sound_ms = link.sound_ms.min(self.interval_ms);
            link.both_ms = link.both_ms.min(link.picture_ms).min(link.sound_ms);
            link.energy = if link.energy.is_finite() { link.energy.clamp(0.0, 1e6) } else { 0.0 };
            link.loss = if link.loss.is_finite() { link.loss.clamp(0.0, 1.0) } else { 0.0 };
            links.push(link);
        }
        self.links = links;
        self
    }
}

/// Sums over a call, for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// See [`Link::picture_ms`].
    pub picture_ms: u64,
    /// See [`Link::sound_ms`].
    pub sound_ms: u64,
    /// See [`Link::both_ms`].
    pub both_ms: u64,
    /// See [`Link::frames`].
    pub frames: u64,
    /// See [`Link::energy`].
    pub energy: f64,
    /// Time reported as [`Level::Bad`].
    pub bad_ms: u64,
    /// Worst round trip.
    pub rtt_ms_max: u32,
}

impl Totals {
    /// Adds one measurement.
    pub fn add(&mut self, interval_ms: u32, link: &Link) {
        self.picture_ms += u64::from(link.picture_ms);
        self.sound_ms += u64::from(link.sound_ms);
        self.both_ms += u64::from(link.both_ms);
        self.frames += u64::from(link.frames);
        self.energy += link.energy;
        if link.level == Level::Bad {
            self.bad_ms += u64::from(interval_ms);
        }
        self.rtt_ms_max = self.rtt_ms_max.max(link.rtt_ms.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_measures_more_time_than_there_was() {
        // OV-161: measured, not declared.
        let link = |peer: &str| Link {
            peer: peer.into(),
            picture_ms: 600_000,
            sound_ms: 4_000,
            both_ms: 600_000,
            energy: f64::INFINITY,
            loss: 7.0,
            ..Link::default()
        };
        let report =
            Report { interval_ms: 600_000, visible: true, links: vec![link("doctor"), link("doctor"), link("ghost")] };
        let sane = report.sane(5_000, &["doctor".into()]);
        assert_eq!(sane.interval_ms, 5_000);
        assert_eq!(sane.links.len(), 1, "each peer once, and only who is there");
        let link = &sane.links[0];
        assert_eq!((link.picture_ms, link.sound_ms, link.both_ms), (5_000, 4_000, 4_000));
        assert_eq!((link.energy, link.loss), (0.0, 1.0));
        let mut totals = Totals::default();
        totals.add(sane.interval_ms, link);
        totals.add(sane.interval_ms, link);
        assert_eq!((totals.picture_ms, totals.both_ms), (10_000, 8_000));
    }

    #[test]
    fn a_report_reads_with_fields_missing() {
        let report: Report =
            serde_json::from_str(r#"{"interval_ms":5000,"links":[{"peer":"a","relay":"udp"}]}"#).expect("reads");
        assert_eq!(report.links[0].relay, Relay::Udp);
        assert_eq!(report.links[0].level, Level::Good);
    }
}
