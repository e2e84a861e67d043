//! The demonstration's laboratory: a clinic and a laboratory that have agreed, and technicians with their licences.

use db::Tx;
use guidelines::device::{Answer, Kind, policy};
use kernel::{Ctx, Error, PersonId, Result, Words, time};
use people::agreement::store::{Offer, answer, offer};
use people::agreement::{Contact, Purpose, Side, Terms};
use people::demo::Demo;
use people::device::inventory::{Inventory, Own};
use people::device::{Entry, Rule, Seen};
use people::{device, facility, person};

use crate::remote::{self, PlaceContent, PlaceForm, PlaceKind, Topic};

/// What the terms say, in the order of [`people::agreement::TEXTS`].
const TERMS: [Words; 5] = [
    Words::new(
        "クラウン・ブリッジ、インプラント上部構造、義歯、スプリントの作成。",
        "Crowns, bridges, restorations on implants, dentures and splints.",
    ),
    Words::new(
        "回線とその機器は各施設が管理する。途中の暗号化はHarukaが受け持つ。",
        "Each facility answers for its line; Haruka for encryption on the way.",
    ),
    Words::new(
        "口腔内スキャナーは依頼側、設計と加工の機器は技工所が管理する。",
        "The scanner is the clinic's, the design and milling machines the laboratory's.",
    ),
    Words::new(
        "指示と適合の確認は依頼側、作成と検査は技工所が受け持つ。",
        "The order and the fit are the clinic's; the making and its inspection the laboratory's.",
    ),
    Words::new("料金表のとおり。月末締め翌月末払い。", "As listed; paid by the month."),
];

/// Makes them.
///
/// # Errors
/// The database's.
pub fn seed(tx: &mut Tx<'_>, ctx: &Ctx, made: &Demo) -> Result<()> {
    let laboratory = facility::store::by_slug(tx, "minato")?;
    let someone = |tx: &mut Tx<'_>, login: &str| -> Result<_> {
        person::store::by_login(tx, login)?.ok_or_else(|| Error::internal("nobody of the laboratory"))
    };
    let (manager, dentist) = (someone(tx, "yamamoto")?, person::store::get(tx, made.dentist)?);
    let contact = |it: &person::Person, phone: &str| Contact {
        name: it.name.full(),
        role: Words::new("営業時間中", "in opening hours").ja.to_string(),
        phone: phone.to_owned(),
        mail: it.mail.clone(),
        person: Some(it.id),
    };
    tx.enter(made.clinic)?;
    let terms = Terms {
        texts: TERMS.map(|it| it.ja.to_string()),
        routine_h: 240,
        urgent_h: 72,
        valid_from: time::day(ctx.now),
        valid_until: None,
    };
    let clinic = facility::store::get(tx, made.clinic)?;
    let (purpose, side, contacts) = (Purpose::Lab, Side::Asks, vec![contact(&dentist, &clinic.phone)]);
    let id = offer(tx, &ctx.at(made.clinic), &Offer { partner: laboratory.id, purpose, side, terms, contacts }, true)?;
    tx.enter(laboratory.id)?;
    let ctx = ctx.at(laboratory.id);
    answer(tx, &ctx, id, true, "", &[contact(&manager, &laboratory.phone)], true)?;
    let how = Words::new("歯科技工士免許証の原本", "the licence itself").ja;
    for (login, year) in [("yamamoto", 1998), ("nakamura", 2016), ("kimura", 2011)] {
        let person = someone(tx, login)?.id;
        person::store::record_licence(tx, &ctx, person, "technician", year, &how)?;
    }
    let technician = someone(tx, "nakamura")?.id;
    remote_work(tx, &ctx, manager.id, technician)
}

/// Nakamura designs at home; the manager has trained both, and told the city.
fn remote_work(tx: &mut Tx<'_>, ctx: &Ctx, manager: PersonId, technician: PersonId) -> Result<()> {
    let today = time::day(ctx.now);
    let material = Words::new("総務省テレワークセキュリティガイドライン", "the ministry's guideline on telework").ja;
    remote::store::train(tx, ctx, &[manager], &Topic::ALL, &material, today)?;
    remote::store::train(tx, ctx, &[technician], &[Topic::Security, Topic::Record], &material, today)?;
    let content = PlaceContent {
        address: String::new(),
        phone: "090-5550-0707".into(),
        identity_how: Words::new("対面で運転免許証と免許証の原本", "in person, by driving licence and licence")
            .ja
            .into_owned(),
    };
    remote::store::register(tx, ctx, &PlaceForm { person: technician, kind: PlaceKind::Home, content })?;
    devices(tx, ctx, technician)?;
    remote::store::file(tx, ctx, &Words::new("横浜市長", "the mayor of Yokohama").ja, today)
}

/// The notebook on which Nakamura designs at home, as the manager saw it today, and a computer of the laboratory of which nobody
/// has said anything yet.
fn devices(tx: &mut Tx<'_>, ctx: &Ctx, technician: PersonId) -> Result<()> {
    let today = time::day(ctx.now);
    let document =
        Words::new("リモートワーク運用管理規程（事務室の書棚）", "rules on remote work (office shelf)").ja.into_owned();
    device::store::set_rule(tx, ctx, &Rule { document: Some((document, today)), asked_inside: false })?;
    let owner = facility::store::get(tx, tx.facility()?)?.name;
    let entry = |name: Words, kind, place: Words, person| Entry {
        name: name.ja.into_owned(),
        kind,
        owner: owner.clone(),
        place: place.ja.into_owned(),
        serial: String::new(),
        person,
        managed: String::new(),
    };
    let notebook = Words::new("設計用ノート1", "design notebook 1");
    let lent = entry(notebook, Kind::Lent, Words::new("中村の自宅", "at Nakamura's home"), Some(technician));
    let lent = device::store::add(tx, ctx, &Entry { serial: "DEMO-NB-0001".into(), ..lent })?;
    let mut inventory = Inventory::default();
    if let Some(line) = policy().systems.iter().rfind(|it| it.family == "windows") {
        let system = &mut inventory.content.operatingsystem;
        (system.name, system.version) = (line.family.to_string(), line.from.to_string());
        system.full_name = line.name.to_string();
    }
    let yes = Answer::Yes;
    inventory.haruka = Own {
        updates: Some(0),
        security: yes,
        encrypted: yes,
        locks: yes,
        bluetooth_off: yes,
        ad_hoc_off: yes,
        ..Own::default()
    };
    device::store::see(tx, ctx, lent, &Seen { on: today, inventory })?;
    let machine = Words::new("加工室のパソコン", "computer of the milling room");
    let owned = entry(machine, Kind::Owned, Words::new("加工室", "milling room"), None);
    device::store::add(tx, ctx, &owned).map(drop)
}
