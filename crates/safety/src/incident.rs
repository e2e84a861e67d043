//! Something that endangers information: a lost device, malware, a password that is known, the wrong person who saw or got
//! something. Two taps report it; access ends and those in charge are reached in the same act. What is done about it then is
//! written down until it is closed with its cause.

pub mod pages;
pub mod report_pages;
pub mod store;

use kernel::{PersonId, RowId, Timestamp, Words, clause, time};
use people::sign_in::cut::{Cut, Device};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// The id of an incident.
pub type IncidentId = RowId;

/// Days until the commission for personal information wants to hear of a leak at the latest (施行規則8条: "at once", which its
/// guideline reads as three to five days from knowing).
pub const FIRST_REPORT_DAYS: i64 = 5;
/// Days until it wants the whole report.
pub const WHOLE_REPORT_DAYS: i64 = 30;
/// The same where somebody may have acted with bad intent.
pub const WHOLE_REPORT_DAYS_INTENT: i64 = 60;

kernel::keyed! {
    /// What somebody reports.
    pub enum What {
        /// A device is gone.
        Lost => "lost", "端末をなくした・盗まれた", "A device is lost or stolen";
        /// Malware or ransomware shows, or may be there.
        Malware => "malware", "ウイルス・身代金要求の疑い", "Malware or ransomware suspected";
        /// A device does what nobody asked of it.
        Strange => "strange", "端末の動きがおかしい", "A device behaves strangely";
        /// Somebody else may know the password.
        Password => "password", "パスワードを知られたかもしれない", "Somebody may know my password";
        /// Seen by, sent to, or given to the wrong person.
        Exposed => "exposed", "別の人に見られた・送ってしまった", "The wrong person saw or got something";
    }
}

impl What {
    /// Which device is meant when nobody says: the lost one is not the one in hand, the sick one is.
    #[must_use]
    pub const fn device(self) -> Option<Device> {
        match self {
            Self::Lost => Some(Device::Elsewhere),
            Self::Malware | Self::Strange => Some(Device::Here),
            Self::Password | Self::Exposed => None,
        }
    }

    /// What the button does, besides telling those in charge.
    #[must_use]
    pub const fn effect(self) -> Words {
        match self {
            Self::Lost => Words::new(
                "この端末以外での、あなたのログインをすべて終了します。",
                "Ends all your sessions but the one on this device.",
            ),
            Self::Malware | Self::Strange => {
                Words::new("この端末でのログインを終了します。", "Ends the session on this device.")
            }
            Self::Password => Words::new(
                "すべての端末でログインを終了します。次のログインで新しいパスワードを決めます。",
                "Ends all your sessions. The next sign-in asks for a new password.",
            ),
            Self::Exposed => Words::new("ログインはそのままです。", "You stay signed in."),
        }
    }

    /// What the reporter does now, one sentence each.
    #[must_use]
    pub fn first_steps(self) -> Vec<Words> {
        match self {
            Self::Lost => vec![
                Words::new(
                    "心当たりの場所・交通機関・警察に連絡します。",
                    "Ask where you have been, the railway, the police.",
                ),
                Words::new(
                    "携帯電話なら、通信会社に回線の停止を頼みます。",
                    "For a phone, ask its company to stop the line.",
                ),
                Words::new(
                    "見つかっても、管理者が確かめるまで使いません。",
                    "If it turns up, a manager looks at it before it is used.",
                ),
            ],
            Self::Malware => vec![
                Words::new("LANケーブルを抜き、Wi-Fiを切ります。", "Pull the network cable, switch the wireless off."),
                Words::new(
                    "電源は切らず、そのままにします（調べる手がかりが残ります）。",
                    "Leave it switched on: what happened can then be found out.",
                ),
                Words::new(
                    "この端末でログインし直しません。USBメモリーも使いません。",
                    "Do not sign in on it again, and use no memory stick with it.",
                ),
            ],
            Self::Strange => vec![
                Words::new("この端末で操作を続けず、ほかの端末を使います。", "Stop working on it and use another."),
                Words::new(
                    "画面に出ている文章を書き写すか、別の機器で写真に撮ります。",
                    "Write down what the screen says, or take a picture of it.",
                ),
            ],
            Self::Password => vec![
                Words::new(
                    "もう一度ログインし、新しいパスワードを決めます。",
                    "Sign in again and choose a new password.",
                ),
                Words::new(
                    "同じパスワードをほかで使っていれば、そちらも変えます。",
                    "If you use the same one elsewhere, change it there too.",
                ),
            ],
            Self::Exposed => vec![
                Words::new(
                    "画面を閉じ、送った先には開かずに消すよう頼みます。",
                    "Close the screen; ask whoever got it to delete it unread.",
                ),
                Words::new(
                    "患者さんへの説明は、管理者と決めてから行います。",
                    "What the patient is told is settled with a manager first.",
                ),
            ],
        }
    }
}

/// A report as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// What.
    pub what: What,
    /// Which device; none where no device is meant.
    pub device: Option<Device>,
}

impl Report {
    /// Reads the button that was pressed. A device that was not named is the likely one.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("DL-42");
        let mut faults = Faults::default();
        let what = fields.one_of("what", &What::keys(), &mut faults);
        let named = match fields.get("device").split_once('/') {
            _ if fields.get("device") == "here" => Some(Device::Here),
            Some(("session", id)) => id.parse().ok().map(Device::Session),
            Some(("terminal", id)) => id.parse().ok().map(Device::Terminal),
            _ => None,
        };
        match what {
            Some(what) => faults.done(|| Self { what, device: what.device().map(|usual| named.unwrap_or(usual)) }),
            None => Err(faults),
        }
    }
}

kernel::keyed! {
    /// Whom the facility has told.
    pub enum Whom {
        /// 患者・家族
        Patients => "patients", "患者さん・ご家族", "Patients or families";
        /// 厚生労働省・都道府県・保健所
        Ministry => "ministry", "厚生労働省・都道府県・保健所", "Ministry, prefecture, health centre";
        /// 個人情報保護委員会
        Commission => "commission", "個人情報保護委員会", "Commission for personal information";
        /// 警察
        Police => "police", "警察", "Police";
        /// 事業者
        Vendor => "vendor", "システム・機器の事業者", "Vendor of the system or device";
        /// 連携先
        Partner => "partner", "連携している施設", "A facility we work with";
        /// そのほか
        Other => "other", "そのほか", "Somebody else";
    }
}

/// What was done about it. A kind each, with what somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The reporter adds words.
    Words(String),
    /// Somebody in charge has taken it over.
    Taken,
    /// Noted by somebody in charge.
    Note(String),
    /// Somebody was told.
    Told {
        /// Key of [`Whom`].
        whom: String,
        /// How and what.
        words: String,
    },
    /// Over.
    Closed {
        /// Why it could happen.
        cause: String,
        /// What keeps it from happening again.
        measure: String,
    },
}

impl Happened {
    /// The kind in its row.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Words(_) => "words",
            Self::Taken => "taken",
            Self::Note(_) => "note",
            Self::Told { .. } => "told",
            Self::Closed { .. } => "closed",
        }
    }

    /// What stands above it in the course of the incident.
    #[must_use]
    pub fn title(&self) -> Words {
        match self {
            Self::Words(_) => Words::new("報告した人の説明", "Words of the reporter"),
            Self::Taken => Words::new("対応を引き受けた", "Taken over"),
            Self::Note(_) => Words::new("対応の記録", "Note"),
            Self::Told { whom, .. } => {
                let whom = Whom::from_key(whom).unwrap_or(Whom::Other).words();
                Words::made(format!("連絡した：{}", whom.ja), format!("Told: {}", whom.en))
            }
            Self::Closed { .. } => Words::new("終結", "Closed"),
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub what: Happened,
    /// By whom.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has taken it over.
    Open,
    /// Somebody is at it.
    Taken,
    /// Over.
    Closed,
}

/// An incident with what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// What was reported.
    pub what: What,
    /// What was cut at once.
    pub cut: Cut,
    /// By whom.
    pub reported_by: PersonId,
    /// When.
    pub reported_at: Timestamp,
    /// Since then, oldest first.
    pub events: Vec<Event>,
}

impl Incident {
    /// How far it is.
    #[must_use]
    pub fn state(&self) -> State {
        let has = |key| self.events.iter().any(|it| it.what.key() == key);
        match (has("closed"), has("taken")) {
            (true, _) => State::Closed,
            (_, true) => State::Taken,
            _ => State::Open,
        }
    }

    /// Until when the commission wants to hear of it, if personal information may have leaked: first words, the whole, the whole
    /// where bad intent is possible.
    #[must_use]
    pub fn due(&self) -> [kernel::Date; 3] {
        let after = |days: i64| time::day(time::plus_min(self.reported_at, days * 24 * 60));
        [after(FIRST_REPORT_DAYS), after(WHOLE_REPORT_DAYS), after(WHOLE_REPORT_DAYS_INTENT)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::Fields;

    /// DL-42: one button is a whole report; who says which device is meant is heard.
    #[test]
    fn a_button_is_a_whole_report() {
        let session = kernel::SessionId::from_bytes([7; 16]);
        let named = format!("session/{session}");
        for (what, device, expected) in [
            ("lost", "", Some(Some(Device::Elsewhere))),
            ("lost", "here", Some(Some(Device::Here))),
            ("lost", named.as_str(), Some(Some(Device::Session(session)))),
            ("malware", "", Some(Some(Device::Here))),
            ("strange", "nonsense/1", Some(Some(Device::Here))),
            ("password", named.as_str(), Some(None)),
            ("exposed", "", Some(None)),
            ("fire", "", None),
            ("", "", None),
        ] {
            let parsed = Report::parse(&Fields::of(&[("what", what), ("device", device)])).ok();
            assert_eq!(parsed.map(|it| it.device), expected, "{what} {device}");
        }
    }
}
