//! The calendar entry that a mail carries (RFC 5545, sent as RFC 5546 and 6047 say).

use icalendar::{Calendar, Component, Event, Property};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::MailAddress;

/// What a calendar shall do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Take it in, or change the one with the same `uid`.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// An entry for the recipient's calendar. It carries no alarm: reminders are mails, and people set their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The same for all letters about one booking (its id), so that a calendar changes its entry instead of adding one.
    pub uid: String,
    /// Counts the changes of the booking; calendars ignore a lower one.
    pub sequence: u32,
    /// Take in or take out.
    pub method: Method,
    /// Begin.
    #[serde(with = "micros")]
    pub starts_at: Timestamp,
    /// End.
    #[serde(with = "micros")]
    pub ends_at: Timestamp,
    /// Title. Calendars are shared and shown on locked screens: the clinic's name at most, nothing about health.
    pub summary: String,
    /// Longer text.
    pub description: String,
    /// The address that opens the visit.
    pub url: Option<String>,
}

impl Invitation {
    /// The `.ics` file, in UTC (Japan has one zone and no summer time, so no zone table travels along).
    pub(crate) fn ics(&self, made_at: Timestamp, from: &MailAddress, from_name: &str, to: &MailAddress) -> String {
        let organizer =
            Property::new("ORGANIZER", format!("mailto:{from}")).add_parameter("CN", &parameter(from_name)).done();
        let attendee = Property::new("ATTENDEE", format!("mailto:{to}"))
            .add_parameter("ROLE", "REQ-PARTICIPANT")
            .add_parameter("PARTSTAT", "NEEDS-ACTION")
            .add_parameter("RSVP", "FALSE")
            .done();
        let mut event = Event::with_uid(&format!("{}@{}", self.uid, from.domain()));
        event
            .add_property("DTSTAMP", utc(made_at))
            .add_property("DTSTART", utc(self.starts_at))
            .add_property("DTEND", utc(self.ends_at))
            .add_property("SEQUENCE", self.sequence.to_string())
            .add_property("STATUS", if self.method == Method::Cancel { "CANCELLED" } else { "CONFIRMED" })
            // A locked screen shows at most that there is something.
            .add_property("CLASS", "PRIVATE")
            .add_property("TRANSP", "OPAQUE")
            .summary(&text(&self.summary))
            .description(&text(&self.description))
            .append_property(organizer)
            .append_multi_property(attendee);
        if let Some(url) = &self.url {
            event.add_property("URL", url.split(char::is_control).collect::<String>());
        }
        let mut calendar = Calendar::empty();
        calendar
            .append_property(Property::new("VERSION", "2.0"))
            .append_property(Property::new("PRODID", "-//Haruka//Haruka//JA"))
            .append_property(Property::new("METHOD", self.method.name()))
            .push(event);
        calendar.to_string()
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Line breaks as the library escapes them, no other control characters.
fn text(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() || *it == '\n').collect()
}

/// A parameter may hold neither quotes nor control characters (RFC 5545, 3.2).
fn parameter(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '"').collect()
}

mod micros {
    use kernel::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_microsecond())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_microsecond(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use kernel::Ctx;

    pub(crate) fn invitation(method: Method, sequence: u32) -> Invitation {
        let starts_at = Ctx::test("2026-11-24T01:30:00Z").now;
        Invitation {
            uid: "01h0000000000000000000booking".into(),
            sequence,
            method,
            starts_at,
            ends_at: kernel::time::plus_min(starts_at, 30),
            summary: "青葉歯科クリニック, オンライン診療; 10:30".into(),
            description: "一行目\n二行目".into(),
            url: Some("https://clinic.example.jp/v/abc".into()),
        }
    }

    fn lines(ics: &str) -> Vec<String> {
        ics.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_entry_is_written_in_utc_and_changes_by_its_uid() {
        let (from, to) = ("desk@clinic.example.jp".parse().expect("from"), "tanaka@example.jp".parse().expect("to"));
        let made_at = Ctx::test("2026-11-21T00:00:00Z").now;
        let ics = invitation(Method::Request, 2).ics(made_at, &from, "青葉歯科, \"クリニック\"", &to);
        let lines = lines(&ics);
        for line in [
            "BEGIN:VCALENDAR",
            "METHOD:REQUEST",
            "UID:01h0000000000000000000booking@clinic.example.jp",
            "SEQUENCE:2",
            "DTSTAMP:20261121T000000Z",
            "DTSTART:20261124T013000Z",
            "DTEND:20261124T020000Z",
            "STATUS:CONFIRMED",
            "SUMMARY:青葉歯科クリニック\\, オンライン診療\\; 10:30",
            "DESCRIPTION:一行目\\n二行目",
            "URL:https://clinic.example.jp/v/abc",
            "ORGANIZER;CN=\"青葉歯科, クリニック\":mailto:desk@clinic.example.jp",
            "END:VCALENDAR",
        ] {
            assert!(lines.iter().any(|it| it == line), "{line} is missing in\n{ics}");
        }
        assert!(!ics.contains("VALARM"));
        assert!(ics.split("\r\n").all(|it| it.len() <= 75), "lines are folded");
    }

    #[test]
    fn a_cancelled_visit_takes_its_entry_out() {
        let (from, to) = ("desk@clinic.example.jp".parse().expect("from"), "tanaka@example.jp".parse().expect("to"));
        let ics = invitation(Method::Cancel, 3).ics(Ctx::test("2026-11-21T00:00:00Z").now, &from, "", &to);
        assert!(ics.contains("METHOD:CANCEL\r\n") && ics.contains("STATUS:CANCELLED\r\n"));
    }

    #[test]
    fn no_text_begins_a_line_of_its_own() {
        let (from, to) = ("desk@clinic.example.jp".parse().expect("from"), "tanaka@example.jp".parse().expect("to"));
        let mut hostile = invitation(Method::Request, 0);
        hostile.summary = "x\r\nATTACH:https://evil.example".into();
        hostile.url = Some("https://a.example/\r\nATTACH:https://evil.example".into());
        let ics = hostile.ics(Ctx::test("2026-11-21T00:00:00Z").now, &from, "n\r\nATTACH:x", &to);
        assert!(!lines(&ics).iter().any(|it| it.starts_with("ATTACH")), "{ics}");
        assert!(!ics.replace("\r\n", "").contains(['\r', '\n']));
    }
}
