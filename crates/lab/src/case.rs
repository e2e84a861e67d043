//! The life of a case, from the order to the fit, as what happened on it: both facilities read the same line of time, and
//! how the case stands follows from it by one function. A redone design is a new proposal, so the state never says
//! "to be redone" while a newer one waits.

pub mod pages;
pub mod store;

use kernel::{FacilityId, PatientId, PersonId, RowId, Timestamp, Words, clause};
use people::agreement::{AgreementId, Side};
use serde::{Deserialize, Serialize};

use crate::note::Place;
use crate::order::{Content, Version};

/// The id of a case: the same at both facilities.
pub type CaseId = RowId;

kernel::keyed! {
    /// What happens on a case.
    pub enum Kind {
        /// 引き受け
        Accepted => "accepted", "引き受けました", "Accepted";
        /// 辞退
        Declined => "declined", "引き受けられないと返事しました", "Declined";
        /// 取り下げ
        Withdrawn => "withdrawn", "依頼を取り下げました", "Withdrawn";
        /// 質問
        Asked => "asked", "質問しました", "Asked a question";
        /// 返事
        Answered => "answered", "返事しました", "Answered";
        /// メモ
        Noted => "noted", "立体の上にメモを残しました", "Pinned a note to a surface";
        /// 指示書の変更
        Revised => "revised", "指示書を書き直しました", "Changed the order";
        /// 担当
        Assigned => "assigned", "担当を決めました", "Assigned";
        /// 設計中
        Designing => "designing", "設計を始めました", "Began to design";
        /// 設計案
        Proposed => "proposed", "設計案を出しました", "Proposed a design";
        /// 承認
        Approved => "approved", "設計を承認しました", "Approved the design";
        /// やり直し
        Redo => "redo", "設計のやり直しを頼みました", "Asked for another design";
        /// 加工の許可
        Released => "released", "加工に回しました", "Released for machining";
        /// 加工
        Machined => "machined", "加工を終えました", "Machined";
        /// 完成
        Finished => "finished", "完成しました", "Finished";
        /// 検査合格
        Inspected => "inspected", "検査に合格しました", "Passed the inspection";
        /// 検査不合格
        Failed => "failed", "検査で作り直しになりました", "Failed the inspection";
        /// 納品
        Delivered => "delivered", "納品しました", "Delivered";
        /// 受け取り
        Received => "received", "受け取りました", "Received";
        /// 装着
        Fitted => "fitted", "装着しました", "Fitted";
        /// 再製
        Remake => "remake", "再製を頼みました", "Asked for a remake";
    }
}

kernel::keyed! {
    /// How a case stands.
    pub enum State {
        /// 引き受け待ち
        Ordered => "ordered", "引き受け待ち", "Waiting to be accepted";
        /// 引き受け済み
        Accepted => "accepted", "引き受け済み", "Accepted";
        /// 辞退
        Declined => "declined", "引き受けられません", "Declined";
        /// 取り下げ
        Withdrawn => "withdrawn", "取り下げ", "Withdrawn";
        /// 担当決定
        Assigned => "assigned", "担当が決まりました", "Assigned";
        /// 設計中
        Designing => "designing", "設計中", "Being designed";
        /// 承認待ち
        Proposed => "proposed", "設計の承認待ち", "Design waits for approval";
        /// 設計やり直し
        Redo => "redo", "設計のやり直し", "Design to be redone";
        /// 承認済み
        Approved => "approved", "設計承認済み", "Design approved";
        /// 加工待ち
        Released => "released", "加工待ち", "Waits for machining";
        /// 加工済み
        Machined => "machined", "加工済み", "Machined";
        /// 検査待ち
        Finished => "finished", "検査待ち", "Waits for inspection";
        /// 作り直し
        Failed => "failed", "検査で作り直し", "Failed the inspection";
        /// 納品待ち
        Inspected => "inspected", "納品待ち", "Waits for delivery";
        /// 配送中
        Delivered => "delivered", "納品済み・受け取り待ち", "On its way";
        /// 装着待ち
        Received => "received", "装着待ち", "Waits to be fitted";
        /// 装着済み
        Fitted => "fitted", "装着済み", "Fitted";
        /// 再製
        Remake => "remake", "再製", "To be remade";
    }
}

kernel::keyed! {
    /// Why a piece was rejected or is made again: counted, so that causes can be seen (DL-31, DL-32).
    #[derive(PartialOrd, Ord)]
    pub enum Cause {
        /// 適合
        Fit => "fit", "適合（浮き・ガタつき）", "Fit";
        /// 咬合
        Bite => "bite", "かみ合わせ", "Bite";
        /// 接触点
        Contact => "contact", "隣の歯との接触", "Contacts";
        /// 色調
        Shade => "shade", "色調", "Shade";
        /// 形態
        Shape => "shape", "形態", "Shape";
        /// 材料・破折
        Material => "material", "材料の欠陥・破折", "Material, breakage";
        /// 印象・データ
        Scan => "scan", "印象・スキャンデータ", "Impression or scan";
        /// 指示
        Order => "order", "指示の違い・変更", "The order";
        /// その他
        Other => "other", "その他", "Other";
    }
}

/// What is looked at in the inspection: key, what it asks.
pub static CRITERIA: [(&str, Words); 6] = [
    ("order", Words::new("指示書のとおりか（部位・種類・材料）", "As ordered: teeth, kind, material")),
    ("fit", Words::new("適合・マージン", "Fit and margins")),
    ("contact", Words::new("隣接面の接触", "Contacts")),
    ("bite", Words::new("咬合", "Bite")),
    ("look", Words::new("形態・色調", "Shape and shade")),
    ("surface", Words::new("表面の仕上げ・気泡や亀裂がないこと", "Surface without pores or cracks")),
];

kernel::keyed! {
    /// What the inspector found.
    #[derive(Serialize, Deserialize)]
    pub enum Found {
        /// 良
        Good => "good", "良い", "Good";
        /// 対象外
        Apart => "apart", "対象外", "Not applicable";
        /// 不良
        Bad => "bad", "直しが必要", "To be mended";
    }
}

/// What was said with an event; which of it depends on its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// In words; may be empty.
    #[serde(default)]
    pub text: String,
    /// Whom it is given to.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// A key of [`Cause`].
    #[serde(default)]
    pub cause: String,
    /// A key of [`CRITERIA`] with what was found.
    #[serde(default)]
    pub criteria: Vec<(String, Found)>,
    /// SHA-256 of the files it is about, in hex; empty without files.
    #[serde(default)]
    pub digest: String,
    /// The machine that is to make it, or has made it, by its name; the person is then the one as whom it acts. Empty by hand.
    #[serde(default)]
    pub machine: String,
    /// Where a note is pinned; only notes have a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// From 1.
    pub number: i64,
    /// What.
    pub kind: Kind,
    /// At which of the two facilities: who asks is the clinic.
    pub side: Side,
    /// By whom.
    pub person: PersonId,
    /// What was said.
    pub said: Said,
    /// When.
    pub at: Timestamp,
}

/// A case as this facility's copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The other facility.
    pub partner: FacilityId,
    /// The agreement under which it was ordered.
    pub agreement: AgreementId,
    /// Whether this facility orders or makes.
    pub side: Side,
    /// The patient's id at the clinic.
    pub patient: PatientId,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// The versions of the order, newest first; never empty.
    pub versions: Vec<Version>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
}

impl State {
    const fn after(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Asked | Kind::Answered | Kind::Noted | Kind::Revised => return None,
            Kind::Accepted => Self::Accepted,
            Kind::Declined => Self::Declined,
            Kind::Withdrawn => Self::Withdrawn,
            Kind::Assigned => Self::Assigned,
            Kind::Designing => Self::Designing,
            Kind::Proposed => Self::Proposed,
            Kind::Approved => Self::Approved,
            Kind::Redo => Self::Redo,
            Kind::Released => Self::Released,
            Kind::Machined => Self::Machined,
            Kind::Finished => Self::Finished,
            Kind::Inspected => Self::Inspected,
            Kind::Failed => Self::Failed,
            Kind::Delivered => Self::Delivered,
            Kind::Received => Self::Received,
            Kind::Fitted => Self::Fitted,
            Kind::Remake => Self::Remake,
        })
    }

    /// Whether nothing more is owed on it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Declined | Self::Withdrawn | Self::Fitted)
    }
}

/// How a case stands after these events: the newest that moves it decides.
#[must_use]
pub fn state(events: &[Event]) -> State {
    events.iter().rev().find_map(|it| State::after(it.kind)).unwrap_or(State::Ordered)
}

/// Who does a thing of this kind; `None` is either facility.
#[must_use]
pub const fn done_by(kind: Kind) -> Option<Side> {
    match kind {
        Kind::Asked | Kind::Answered | Kind::Noted => None,
        Kind::Withdrawn
        | Kind::Revised
        | Kind::Approved
        | Kind::Redo
        | Kind::Received
        | Kind::Fitted
        | Kind::Remake => Some(Side::Asks),
        _ => Some(Side::Serves),
    }
}

/// What it takes to do a thing of this kind, beside the right to write on laboratory work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Nothing more.
    Anyone,
    /// The dentist's own: care depends on it.
    Dentist,
    /// The laboratory's manager.
    Manager,
}

/// Whose hand a thing of this kind needs.
#[must_use]
pub const fn hand(kind: Kind) -> Hand {
    match kind {
        Kind::Withdrawn | Kind::Revised | Kind::Approved | Kind::Redo | Kind::Fitted | Kind::Remake => Hand::Dentist,
        Kind::Accepted | Kind::Declined | Kind::Assigned | Kind::Released => Hand::Manager,
        _ => Hand::Anyone,
    }
}

/// Whether a thing of this kind may happen to a case that stands so.
#[must_use]
pub fn may_follow(state: State, kind: Kind) -> bool {
    clause!("DL-32");
    use State as S;
    let runs = !matches!(state, S::Declined | S::Withdrawn);
    match kind {
        // A word may be needed after the fit, too.
        Kind::Asked | Kind::Answered | Kind::Noted => runs,
        Kind::Revised => matches!(
            state,
            S::Ordered | S::Accepted | S::Assigned | S::Designing | S::Proposed | S::Redo | S::Approved | S::Remake
        ),
        Kind::Accepted | Kind::Declined => state == S::Ordered,
        Kind::Withdrawn => matches!(
            state,
            S::Ordered
                | S::Accepted
                | S::Assigned
                | S::Designing
                | S::Proposed
                | S::Redo
                | S::Approved
                | S::Released
                | S::Remake
        ),
        Kind::Assigned => {
            matches!(state, S::Accepted | S::Assigned | S::Designing | S::Redo | S::Failed | S::Remake)
        }
        Kind::Designing => matches!(state, S::Assigned | S::Redo),
        Kind::Proposed => matches!(state, S::Assigned | S::Designing | S::Redo | S::Proposed),
        Kind::Approved => state == S::Proposed,
        // The dentist may think again until the machine runs.
        Kind::Redo => matches!(state, S::Proposed | S::Approved | S::Released),
        // Once more for another machine, where the first one cannot.
        Kind::Released => matches!(state, S::Approved | S::Released),
        Kind::Machined => state == S::Released,
        // What is made by hand has no design that was approved.
        Kind::Finished => matches!(state, S::Assigned | S::Machined),
        Kind::Inspected | Kind::Failed => state == S::Finished,
        Kind::Delivered => state == S::Inspected,
        Kind::Received => state == S::Delivered,
        Kind::Fitted => state == S::Received,
        Kind::Remake => matches!(state, S::Received | S::Fitted),
    }
}

/// Whether this side owes the other one an answer: to a question or a note after which it has not answered yet. What it asks
/// itself meanwhile is no answer.
#[must_use]
pub fn owes(events: &[Event], side: Side) -> bool {
    let asked = events.iter().rposition(|it| matches!(it.kind, Kind::Asked | Kind::Noted) && it.side != side);
    let answered = events.iter().rposition(|it| it.kind == Kind::Answered && it.side == side);
    asked > answered
}

impl Case {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        state(&self.events)
    }

    /// The order as it counts now.
    #[must_use]
    pub fn order(&self) -> &Content {
        &self.versions[0].content
    }

    /// The newest event of a kind.
    #[must_use]
    pub fn last(&self, kind: Kind) -> Option<&Event> {
        self.events.iter().rev().find(|it| it.kind == kind)
    }

    /// The events of the present round: a remake begins a new one.
    #[must_use]
    pub fn round(&self) -> &[Event] {
        let from = self.events.iter().rposition(|it| it.kind == Kind::Remake).unwrap_or(0);
        &self.events[from..]
    }

    /// The digest of the design that was proposed last in this round; empty where it was proposed in words alone. What the dentist
    /// approves, the manager releases and the machine makes is this one.
    #[must_use]
    pub fn design(&self) -> &str {
        self.round().iter().rev().find(|it| it.kind == Kind::Proposed).map_or("", |it| it.said.digest.as_str())
    }

    /// The digest that the dentist approved last in this round, as long as nothing was proposed or asked for anew since.
    #[must_use]
    pub fn approved(&self) -> Option<&str> {
        let newest =
            self.round().iter().rev().find(|it| matches!(it.kind, Kind::Proposed | Kind::Approved | Kind::Redo));
        newest.filter(|it| it.kind == Kind::Approved).map(|it| it.said.digest.as_str())
    }

    /// Whose case it is at the laboratory now.
    #[must_use]
    pub fn assignee(&self) -> Option<PersonId> {
        self.round().iter().rev().find(|it| it.kind == Kind::Assigned).and_then(|it| it.said.person)
    }
}

#[cfg(test)]
mod tests;
