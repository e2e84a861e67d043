//! The order (歯科技工指示書): what the dentist wants made, of what, how, and by whom. The law names seven contents; the rest
//! is what the bench needs. It is issued under the dentist's name, and changed by new versions only (DL-04, DL-05).

pub mod pages;
pub mod paper;
pub mod store;

use kernel::{Date, FacilityId, JapaneseName, PersonId, Timestamp, Tooth, Words, clause, time};
use people::agreement::AgreementId;
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

kernel::keyed! {
    /// What is made.
    pub enum Prosthesis {
        /// インレー
        Inlay => "inlay", "インレー・アンレー", "Inlay or onlay";
        /// クラウン
        Crown => "crown", "クラウン", "Crown";
        /// ブリッジ
        Bridge => "bridge", "ブリッジ", "Bridge";
        /// インプラント上部構造
        Implant => "implant", "インプラントの上部構造", "Restoration on implants";
        /// テンポラリー
        Provisional => "provisional", "テンポラリークラウン・ブリッジ", "Provisional restoration";
        /// 部分床義歯
        Partial => "partial", "部分床義歯", "Partial denture";
        /// 全部床義歯
        Full => "full", "全部床義歯", "Complete denture";
        /// スプリント
        Splint => "splint", "スプリント・マウスピース", "Splint or mouthpiece";
        /// サージカルガイド
        Guide => "guide", "サージカルガイド", "Surgical guide";
        /// 矯正装置
        Orthodontic => "orthodontic", "矯正装置", "Orthodontic appliance";
        /// その他
        Other => "other", "その他", "Other";
    }
}

/// A laboratory that may do work of this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laboratory {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The facility, for the one to which the order is sent.
    pub facility: Option<FacilityId>,
}

/// What an order says. The first fields are the law's (歯科技工士法施行規則12条), in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The patient's name.
    pub patient: JapaneseName,
    /// The design.
    pub design: String,
    /// How it is to be made.
    pub method: String,
    /// The materials.
    pub materials: String,
    /// The day of issue.
    pub issued_on: Date,
    /// The dentist who issues it.
    pub dentist: String,
    /// The clinic where the dentist works.
    pub clinic: String,
    /// Its address.
    pub clinic_address: String,
    /// The laboratories that may do the work, the first is the one to which it is sent.
    pub laboratories: Vec<Laboratory>,
    /// The patient's number at the clinic.
    pub patient_number: String,
    /// A key of [`Prosthesis`].
    pub prosthesis: String,
    /// The teeth, by FDI number.
    pub teeth: Vec<u8>,
    /// Shade; may be empty.
    pub shade: String,
    /// Implant system with its parts; may be empty.
    pub implant: String,
    /// Bite and opposing teeth; may be empty.
    pub bite: String,
    /// Anything else; may be empty.
    pub notes: String,
    /// The day on which the clinic needs it.
    pub due_on: Date,
}

impl Content {
    /// The contents that the law asks for and that are missing here.
    #[must_use]
    pub fn missing(&self) -> Vec<Words> {
        clause!("DL-04");
        let blank = |it: &str| it.trim().is_empty();
        let laboratories = &self.laboratories;
        let checks = [
            (blank(&self.patient.full()), Words::new("患者さんの氏名", "the patient's name")),
            (blank(&self.design), Words::new("設計", "the design")),
            (blank(&self.method), Words::new("作成の方法", "the way it is made")),
            (blank(&self.materials), Words::new("使用する材料", "the materials")),
            (blank(&self.dentist), Words::new("発行した歯科医師の氏名", "the name of the dentist who issues it")),
            (blank(&self.clinic_address), Words::new("医療機関の所在地", "the address of the clinic")),
            (
                laboratories.is_empty() || laboratories.iter().any(|it| blank(&it.name) || blank(&it.address)),
                Words::new("歯科技工所の名称と所在地", "name and address of each laboratory"),
            ),
        ];
        checks.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }

    /// Whether the order names a laboratory of this name (DL-05).
    #[must_use]
    pub fn names(&self, laboratory: &str) -> bool {
        clause!("DL-05");
        self.laboratories.iter().any(|it| it.name == laboratory)
    }

    /// What is made, in words.
    #[must_use]
    pub fn prosthesis(&self) -> Words {
        let unknown = || Words::made(self.prosthesis.clone(), self.prosthesis.clone());
        Prosthesis::from_key(&self.prosthesis).map_or_else(unknown, Prosthesis::words)
    }

    /// The teeth as they are written.
    #[must_use]
    pub fn teeth(&self) -> String {
        self.teeth.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// A version of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub number: i64,
    /// What it says.
    pub content: Content,
    /// Why it was changed; empty in the first.
    pub reason: String,
    /// Who issued it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// Years that an order is kept from the end of the work (歯科技工士法19条).
pub const KEPT_YEARS: u8 = 2;

/// The day until which an order is kept, once the work has ended.
#[must_use]
pub fn kept_until(ended_on: Date) -> Date {
    clause!("DL-04");
    time::plus_months(ended_on, KEPT_YEARS * 12)
}

/// Name and address of each further laboratory that the form can name.
pub const FURTHER_FIELDS: [[&str; 2]; 3] =
    [["lab1_name", "lab1_address"], ["lab2_name", "lab2_address"], ["lab3_name", "lab3_address"]];

/// What the form of an order says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The agreement, and with it the laboratory; not in a new version.
    pub agreement: Option<AgreementId>,
    /// What is made.
    pub prosthesis: Prosthesis,
    /// The teeth.
    pub teeth: Vec<u8>,
    /// The texts of [`TEXTS`], in that order.
    pub texts: [String; 7],
    /// When it is needed.
    pub due_on: Date,
    /// Further laboratories that may do part of the work.
    pub further: Vec<Laboratory>,
    /// Why it is changed; empty in a first version.
    pub reason: String,
}

/// The texts of the form: key, label, hint, whether it may be empty.
pub static TEXTS: [(&str, Words, Words, bool); 7] = [
    (
        "design",
        Words::new("設計", "Design"),
        Words::new(
            "例：全部被覆冠、咬合面まで陶材。連結や維持装置の位置も。",
            "Full crown, porcelain up to the bite; connections, clasps.",
        ),
        false,
    ),
    (
        "method",
        Words::new("作成の方法", "How it is made"),
        Words::new("例：口腔内スキャンからCAD/CAMで作成。", "For example: by CAD/CAM from the intraoral scan."),
        false,
    ),
    (
        "materials",
        Words::new("使用する材料", "Materials"),
        Words::new(
            "例：ジルコニア（製品名があれば製品名も）。",
            "For example: zirconia, by product name where it matters.",
        ),
        false,
    ),
    (
        "shade",
        Words::new("色調（シェード）", "Shade"),
        Words::new("例：A3、切端は透明感を強く。", "For example: A3."),
        true,
    ),
    (
        "implant",
        Words::new("インプラントのシステムと部品", "Implant system and parts"),
        Words::new("メーカー、直径、固定の方式。", "Maker, diameter, how it is fixed."),
        true,
    ),
    (
        "bite",
        Words::new("かみ合わせ・対合歯", "Bite and opposing teeth"),
        Words::new("例：対合は天然歯、左側方はガイドを残す。", "For example: natural teeth opposite."),
        true,
    ),
    (
        "notes",
        Words::new("その他の指示", "Other notes"),
        Words::new("担当の技工士に伝えたいこと。", "What the technician should know."),
        true,
    ),
];

/// Teeth without which this kind of work cannot be made.
fn needs_teeth(prosthesis: Prosthesis) -> bool {
    use Prosthesis::{Bridge, Crown, Implant, Inlay, Partial, Provisional};
    matches!(prosthesis, Inlay | Crown | Bridge | Implant | Provisional | Partial)
}

impl Form {
    /// Reads the form; `today` bounds the day on which it is needed, `version` is 1 for a new order.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, today: Date, version: i64) -> Result<Self, Faults> {
        clause!("DL-04");
        let mut faults = Faults::default();
        let agreement = fields.get("agreement").parse().ok();
        if agreement.is_none() && version == 1 {
            faults.add("agreement", Words::new("依頼先の技工所を選んでください。", "Please choose the laboratory."));
        }
        let prosthesis = fields.one_of("prosthesis", &Prosthesis::keys(), &mut faults).unwrap_or(Prosthesis::Other);
        let mut teeth: Vec<u8> = fields.all("teeth").filter_map(Tooth::read).map(Tooth::fdi).collect();
        teeth.sort_unstable();
        teeth.dedup();
        if teeth.is_empty() && needs_teeth(prosthesis) {
            faults.add("teeth", Words::new("歯を選んでください。", "Please choose the teeth."));
        }
        let texts = TEXTS.each_ref().map(|(key, _, _, may_be_empty)| {
            if *may_be_empty { fields.text_if_any(key, &mut faults) } else { fields.text(key, &mut faults) }
        });
        let due_on = fields.date("due_on", &mut faults);
        if due_on.is_some_and(|it| it < today) {
            faults.add("due_on", Words::new("今日か、それより後の日にしてください。", "Today or a later day, please."));
        }
        let further = further(fields, &mut faults);
        let reason = if version == 1 { String::new() } else { fields.text("reason", &mut faults) };
        match due_on {
            Some(due_on) => faults.done(|| Self { agreement, prosthesis, teeth, texts, due_on, further, reason }),
            None => Err(faults),
        }
    }

    /// The form filled with a version, for the next one.
    #[must_use]
    pub fn filled(it: &Content) -> Filled {
        let texts = [&it.design, &it.method, &it.materials, &it.shade, &it.implant, &it.bite, &it.notes];
        let mut filled = Filled::empty().with("prosthesis", &*it.prosthesis).with("due_on", it.due_on.to_string());
        for ((key, ..), text) in TEXTS.iter().zip(texts) {
            filled = filled.with(key, text.as_str());
        }
        for tooth in &it.teeth {
            filled = filled.with("teeth", tooth.to_string());
        }
        let further = it.laboratories.iter().filter(|it| it.facility.is_none());
        for ([name, address], it) in FURTHER_FIELDS.iter().zip(further) {
            filled = filled.with(name, it.name.as_str()).with(address, it.address.as_str());
        }
        filled
    }
}

fn further(fields: &Fields, faults: &mut Faults) -> Vec<Laboratory> {
    clause!("DL-05");
    let mut found = Vec::new();
    for [name, address] in FURTHER_FIELDS {
        if fields.get(name).is_empty() && fields.get(address).is_empty() {
            continue;
        }
        let it = Laboratory { name: fields.line(name, faults), address: fields.line(address, faults), facility: None };
        found.push(it);
    }
    found
}

#[cfg(test)]
pub(crate) mod tests;
