//! A step of the work: who did what, from when to when, where, with which materials. Steps are typed: only design by computer
//! may be done outside a laboratory. They are the laboratory's own rows, and the record (歯科技工録) is made of them.

pub mod pages;
pub mod store;

use kernel::{PersonId, RowId, Timestamp, Words, clause};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

use crate::case::{Case, CaseId, Kind as What, State};
use crate::remote::{Known, PlaceId, Refusal, may_work, may_work_remotely};

/// The id of a step.
pub type StepId = RowId;

kernel::keyed! {
    /// What kind of step.
    pub enum Kind {
        /// 設計
        Design => "design", "設計（CAD）", "Design by computer";
        /// 設計の確認
        Check => "check", "設計の確認（画面上）", "Check of a design on screen";
        /// 模型
        Model => "model", "模型の製作", "Model";
        /// ワックスアップ
        Wax => "wax", "ワックスアップ・蝋義歯", "Wax-up";
        /// 加工データ
        Nesting => "nesting", "加工の準備（CAM・機器の操作）", "Preparing the machine";
        /// 切削加工
        Milling => "milling", "切削加工", "Milling";
        /// 造形
        Printing => "printing", "3Dプリンターによる造形", "3D printing";
        /// 鋳造
        Casting => "casting", "鋳造", "Casting";
        /// 焼結
        Sintering => "sintering", "焼結", "Sintering";
        /// 築盛
        Porcelain => "porcelain", "築盛・焼成", "Layering and firing";
        /// 重合
        Curing => "curing", "埋没・重合", "Curing";
        /// 研磨
        Polishing => "polishing", "研磨・仕上げ", "Polishing";
        /// 組み立て
        Assembly => "assembly", "組み立て・調整", "Assembly and adjustment";
    }
}

impl Kind {
    /// Whether it may be done outside a laboratory: on a screen, with nothing cut, ground or poured.
    #[must_use]
    pub const fn may_be_remote(self) -> bool {
        matches!(self, Self::Design | Self::Check)
    }
}

/// Where a step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// In this laboratory.
    Here,
    /// In another laboratory, by its name.
    Named(String),
    /// At a registered place outside.
    Remote(PlaceId),
}

/// What a technician confirms before each session outside the laboratory (DL-10).
pub static CONFIRMED: [(&str, Words); 4] = [
    ("filter", Words::new("画面にのぞき見防止フィルターを付けました", "A privacy filter is on the screen")),
    ("room", Words::new("閉じた部屋で作業します", "The room is closed")),
    ("alone", Words::new("ほかの人から画面が見えません", "Nobody else can see the screen")),
    ("network", Words::new("公衆無線LANを使っていません", "No public wireless network is used")),
];

/// A material that was used, by product name and lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// Product name.
    pub product: String,
    /// Lot or serial number.
    pub lot: String,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The materials that were used.
    pub materials: Vec<Material>,
    /// What was noticed; may be empty.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// Of which case.
    pub case: CaseId,
    /// What kind.
    pub kind: Kind,
    /// Who.
    pub person: PersonId,
    /// Where.
    pub place: Where,
    /// What was confirmed: keys of [`CONFIRMED`].
    pub confirmed: Vec<String>,
    /// The browser in which it was begun, in its own words.
    pub device: String,
    /// From when.
    pub started_at: Timestamp,
    /// How it ended; nothing while it goes on.
    pub end: Option<End>,
}

/// What the form of a new step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What kind.
    pub kind: Kind,
    /// Where.
    pub place: Where,
    /// What was confirmed.
    pub confirmed: Vec<String>,
}

impl Form {
    /// Reads the form. The place is `here`, an id of a registered place, or `named:` and the name of a laboratory.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let kind = fields.one_of("kind", &Kind::keys(), &mut faults).unwrap_or(Kind::Design);
        let place = match fields.get("place") {
            "here" => Some(Where::Here),
            it => match it.strip_prefix("named:") {
                Some(name) => Some(Where::Named(name.to_owned())),
                None => it.parse().ok().map(Where::Remote),
            },
        };
        if place.is_none() {
            faults.add("place", Words::new("場所を選んでください。", "Please choose where."));
        }
        let known = CONFIRMED.iter().map(|it| it.0);
        let confirmed =
            known.filter(|key| fields.all("confirmed").any(|it| it == *key)).map(ToOwned::to_owned).collect();
        match place {
            Some(place) => faults.done(|| Self { kind, place, confirmed }),
            None => Err(faults),
        }
    }
}

/// Product and lot of each line of the form that ends a step.
pub const MATERIAL_FIELDS: [[&str; 2]; 4] =
    [["product1", "lot1"], ["product2", "lot2"], ["product3", "lot3"], ["product4", "lot4"]];

/// Reads the materials of a finished step: a product always comes with its lot.
///
/// # Errors
/// The faults, each with its field.
pub fn parse_end(fields: &Fields) -> Result<(Vec<Material>, String), Faults> {
    clause!("DL-30");
    let mut faults = Faults::default();
    let mut materials = Vec::new();
    for [product, lot] in MATERIAL_FIELDS {
        if fields.get(product).is_empty() && fields.get(lot).is_empty() {
            continue;
        }
        materials.push(Material { product: fields.line(product, &mut faults), lot: fields.line(lot, &mut faults) });
    }
    let note = fields.text_if_any("note", &mut faults);
    faults.done(|| (materials, note))
}

/// What keeps a person from beginning this step of a case now.
///
/// `is_own_place` says that a remote place is registered for this very person, and not given up.
#[must_use]
pub fn may_begin(case: &Case, person: PersonId, form: &Form, known: Known, is_own_place: bool) -> Vec<Refusal> {
    clause!("DL-01", "DL-02", "DL-05", "DL-10");
    let mut all = Vec::new();
    match &form.place {
        Where::Here => all.extend(may_work(known)),
        Where::Named(name) => {
            all.extend(may_work(known));
            if !case.order().names(name) {
                let words = Words::new(
                    "指示書に書かれていない技工所では作業できません。依頼した歯科医師に、指示書への追加を頼んでください。",
                    "The order does not name this laboratory. Ask the dentist to name it on a new version.",
                );
                all.push(Refusal::new("DL-05", words));
            }
        }
        Where::Remote(_) => {
            if !form.kind.may_be_remote() {
                let words = Words::new(
                    "切削や研磨などの作業は、リモートワークではできません。技工所で行ってください。",
                    "Cutting, polishing and the like cannot be done outside a laboratory.",
                );
                all.push(Refusal::new("DL-02", words));
            }
            all.extend(may_work_remotely(known));
            if !is_own_place {
                let words = Words::new(
                    "この場所は、あなたの作業場所として登録されていません。管理者に登録を頼んでください。",
                    "This place is not registered for you. Please ask the manager.",
                );
                all.push(Refusal::new("DL-01", words));
            }
            let open = || CONFIRMED.iter().filter(|it| !form.confirmed.iter().any(|key| key == it.0)).map(|it| &it.1);
            if open().next().is_some() {
                let ja: Vec<&str> = open().map(|it| it.ja.as_ref()).collect();
                let en: Vec<&str> = open().map(|it| it.en.as_ref()).collect();
                let words = Words::made(
                    format!("作業環境の確認がまだです：「{}」", ja.join("」「")),
                    format!("Not confirmed yet: {}", en.join("; ")),
                );
                all.push(Refusal::new("DL-10", words));
            }
        }
    }
    if form.kind == Kind::Design && case.assignee() != Some(person) {
        let words = Words::new(
            "設計を始められるのは、管理者が決めた担当の技工士です。",
            "Only the technician to whom the case is assigned may begin to design.",
        );
        all.push(Refusal::new("DL-01", words));
    }
    all
}

/// Whether steps can be worked on while a case stands so.
#[must_use]
pub const fn is_worked_on(state: State) -> bool {
    matches!(
        state,
        State::Assigned
            | State::Designing
            | State::Proposed
            | State::Redo
            | State::Approved
            | State::Released
            | State::Machined
            | State::Failed
    )
}

/// Those who have made a piece in its present round, and so may not inspect it: whoever called it finished, and whoever did a
/// step with the hands.
#[must_use]
pub fn makers(case: &Case, steps: &[Step]) -> Vec<PersonId> {
    clause!("DL-31");
    let began = case.round().first().filter(|it| it.kind == What::Remake).map_or(case.ordered_at, |it| it.at);
    let finished = case.round().iter().rev().find(|it| it.kind == What::Finished).map(|it| it.person);
    let by_hand = steps.iter().filter(|it| !it.kind.may_be_remote() && it.started_at >= began).map(|it| it.person);
    by_hand.chain(finished).collect()
}

#[cfg(test)]
pub(crate) mod tests;
