//! The people and facilities of the demonstration (the contract with the outside names them).

use db::Tx;
use kernel::{Ctx, FacilityId, JapaneseName, PatientId, PersonId, Result, Who};

use crate::facility::store::NewFacility;
use crate::facility::{FacilityKind, Field, Notification, PublicText};
use crate::patient::{PatientForm, Sex};
use crate::person::Training;
use crate::person::store::NewPerson;
use crate::{facility, patient, person};

/// What was made.
#[derive(Debug, Clone)]
pub struct Demo {
    /// 青葉歯科クリニック
    pub clinic: FacilityId,
    /// 佐藤, dentist there.
    pub dentist: PersonId,
    /// 鈴木, clerk there.
    pub clerk: PersonId,
    /// 田中 幸子
    pub patient: PatientId,
    /// 田中 陽太, a child.
    pub child: PatientId,
    /// Everybody who signs in.
    pub people: Vec<PersonId>,
}

const FACILITIES: [(&str, FacilityKind, Field, &str, &str, &str); 5] = [
    ("aoba", FacilityKind::Clinic, Field::Dental, "青葉歯科クリニック", "東京都青葉区一番町1-2-3", "03-5550-0101"),
    ("toto", FacilityKind::Hospital, Field::Dental, "東都大学病院 口腔外科", "東京都文教区本郷台4-5-6", "03-5550-0202"),
    ("minato", FacilityKind::Laboratory, Field::Dental, "みなと歯科技工所", "神奈川県横浜市港町7-8", "045-555-0303"),
    ("hamakaze", FacilityKind::Pharmacy, Field::Medical, "はまかぜ薬局", "神奈川県横浜市浜風9-1", "045-555-0404"),
    (
        "hinata",
        FacilityKind::Nursing,
        Field::Medical,
        "訪問看護ステーションひなた",
        "東京都青葉区日向2-3",
        "03-5550-0505",
    ),
];

/// Login, family, given, kana of both, facility, duties.
type Someone =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const PEOPLE: [Someone; 12] = [
    ("sato", "佐藤", "健一", "サトウ", "ケンイチ", "aoba", &["dentist", "manager"]),
    ("suzuki", "鈴木", "美咲", "スズキ", "ミサキ", "aoba", &["clerk"]),
    ("takahashi", "高橋", "由美", "タカハシ", "ユミ", "aoba", &["hygienist"]),
    ("kato", "加藤", "修", "カトウ", "オサム", "aoba", &["safety"]),
    ("kobayashi", "小林", "誠", "コバヤシ", "マコト", "aoba", &["inspector"]),
    ("ito", "伊藤", "直樹", "イトウ", "ナオキ", "toto", &["dentist", "manager"]),
    ("watanabe", "渡辺", "香織", "ワタナベ", "カオリ", "toto", &["radiologist"]),
    ("yamamoto", "山本", "浩", "ヤマモト", "ヒロシ", "minato", &["technician", "manager"]),
    ("nakamura", "中村", "彩", "ナカムラ", "アヤ", "minato", &["technician"]),
    ("kimura", "木村", "聡", "キムラ", "サトシ", "minato", &["technician"]),
    ("yoshida", "吉田", "剛", "ヨシダ", "ツヨシ", "hamakaze", &["pharmacist", "manager"]),
    ("yamada", "山田", "千尋", "ヤマダ", "チヒロ", "hinata", &["nurse", "manager"]),
];

fn name(family: &str, given: &str, family_kana: &str, given_kana: &str) -> Result<JapaneseName> {
    JapaneseName::parse(family, given, family_kana, given_kana)
        .map_err(|fault| kernel::Error::internal(format!("{fault:?}")))
}

/// A drawn face for the dentist's identity card: nobody's photograph. `data/demo-portrait.svg` is its source.
pub const PORTRAIT: &[u8] = include_bytes!("../data/demo-portrait.png");

/// Gives the dentist the drawn face. The blob comes before its row; if the row never comes, it is swept.
///
/// # Errors
/// The database's and the disk's.
pub fn give_portrait(tx: &mut Tx<'_>, ctx: &Ctx, made: &Demo, blobs: &blobs::Blobs) -> Result<()> {
    tx.enter(made.clinic)?;
    let (ctx, key) = (ctx.at(made.clinic), tx.key()?);
    let stored = person::photo::store::put(blobs, made.clinic, &key, &ctx.chance, PORTRAIT)?;
    person::photo::keep(tx, &ctx, made.dentist, &stored, "image/png")
}

/// Makes them, without passwords: sign-in adds those.
///
/// # Errors
/// The database's; `Conflict` when they are there already.
pub fn seed(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Demo> {
    let mut people = Vec::new();
    let mut made = Vec::new();
    for (slug, kind, field, title, address, phone) in FACILITIES {
        let new = NewFacility {
            kind,
            field,
            name: title.into(),
            slug: slug.into(),
            address: address.into(),
            phone: phone.into(),
            mail: format!("info@{slug}.example.jp"),
        };
        made.push((slug, facility::store::create(tx, ctx, &new)?.id));
    }
    let at = |slug: &str| made.iter().find(|(it, _)| *it == slug).map_or(made[0].1, |(_, id)| *id);
    for (login, family, given, family_kana, given_kana, slug, duties) in PEOPLE {
        let (facility, ctx) = (at(slug), ctx.at(at(slug)));
        tx.enter(facility)?;
        let new = NewPerson {
            login: login.into(),
            name: name(family, given, family_kana, given_kana)?,
            mail: format!("{login}@{slug}.example.jp"),
        };
        let id = person::store::create(tx, &ctx, &new)?;
        for duty in duties {
            person::store::give_duty(tx, &ctx, id, duty)?;
        }
        if duties.contains(&"dentist") {
            person::store::record_licence(tx, &ctx, id, "dentist", 2005, "歯科医師免許証の原本")?;
            let training = Training {
                course: "online-dental".into(),
                certificate: "DEMO-0001".into(),
                completed_on: kernel::time::day(ctx.now),
            };
            person::store::record_training(tx, &ctx, id, &training)?;
        }
        people.push((login, id));
    }
    let who = |login: &str| people.iter().find(|(it, _)| *it == login).map_or(people[0].1, |(_, id)| *id);
    let (clinic, dentist) = (at("aoba"), who("sato"));
    tx.enter(clinic)?;
    let ctx = ctx.at(clinic);
    facility::store::name_safety_officer(tx, &ctx, who("kato"))?;
    let notification = Notification {
        authority: "東京都".into(),
        notified_on: Some(kernel::time::day(ctx.now)),
        active_on_20260401: false,
    };
    facility::store::record_notification(tx, &ctx, &notification)?;
    facility::store::acknowledge_operator(tx, &Ctx { who: Who::Staff(dentist), ..ctx.clone() })?;
    facility::store::write_text(tx, &ctx, &text(&ctx))?;
    let patient = patient::store::register(tx, &ctx, &tanaka("田中", "幸子", "サチコ", "1948-04-12")?)?;
    let child = patient::store::register(tx, &ctx, &tanaka("田中", "陽太", "ヨウタ", "2017-06-03")?)?;
    let mother = NewPerson {
        login: "tanaka".into(),
        name: name("田中", "恵", "タナカ", "メグミ")?,
        mail: "megumi@example.jp".into(),
    };
    let mother = person::store::create(tx, &ctx, &mother)?;
    patient::store::add_guardian(tx, &ctx, child, mother, "母")?;
    let mut all: Vec<PersonId> = people.iter().map(|(_, id)| *id).collect();
    all.push(mother);
    Ok(Demo { clinic, dentist, clerk: who("suzuki"), patient, child, people: all })
}

fn tanaka(family: &str, given: &str, given_kana: &str, birth_date: &str) -> Result<PatientForm> {
    Ok(PatientForm {
        number: String::new(),
        name: name(family, given, "タナカ", given_kana)?,
        birth_date: birth_date.parse().map_err(kernel::Error::internal)?,
        sex: if given == "幸子" { Sex::Female } else { Sex::Male },
        phone: "090-5550-0606".into(),
        mail: "tanaka@example.jp".into(),
        address: "東京都青葉区二番町3-4".into(),
        remark: if given == "幸子" {
            "右の耳が聞こえにくい。ゆっくり話す。".into()
        } else {
            String::new()
        },
        in_person_at: String::new(),
    })
}

fn text(ctx: &Ctx) -> PublicText {
    PublicText {
        intro: "通院中の方の経過の確認、薬や生活のご相談、はじめてのご相談をオンラインでお受けします。".into(),
        cannot_online: "歯を削る、抜く、レントゲンを撮るなど、手を触れる診療はできません。\
                        強い痛み、顔の腫れ、けが、出血が止まらないときは、オンラインではなくすぐにご来院ください。"
            .into(),
        consultation_fee_yen: None,
        emergency: "診療時間中は当院（03-5550-0101）へ。夜間と休日は東都大学病院 口腔外科（03-5550-0202）へ。\
                    息が苦しい、意識がはっきりしないときは119番へ。"
            .into(),
        made_at: ctx.now,
    }
}
