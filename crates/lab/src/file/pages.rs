//! `/lab/cases/{case}/files`: what was sent to a case, the way to send more, and who may do what with it.

use std::io::Write;

use kernel::{Error, Lang, PersonId, RowId, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Download, Faults, Fields, Filled, Path, Routes, Site};

use super::store::{self, Arrived, Desk, Taken};
use super::{Bundle, BundleId, FILE_BYTES_MAX, FILES_MAX, GRANT_DAYS_MAX, Kind, PURPOSE, Refused, Use, WAITING_DAYS};
use crate::case::CaseId;
use crate::export::pages::{self as exports, ask_form};
use crate::export::{Place, Wish};
use crate::remote::Refusal;
use crate::step::pages::refusals;

/// Read at a time on the way out.
const PIECE_BYTES: usize = 512 * 1024;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    let home = "/lab/cases/{case}/files";
    Routes::new()
        .get(Door::Staff, home, show)
        .post(Door::Staff, home, send)
        .post(Door::Staff, "/lab/cases/{case}/files/bundle", bundle)
        .post(Door::Staff, "/lab/cases/{case}/files/discard", discard)
        .post(Door::Staff, "/lab/cases/{case}/files/rights", give)
        .post(Door::Staff, "/lab/cases/{case}/files/{bundle}/download", download)
}

fn to(case: CaseId) -> String {
    format!("/lab/cases/{case}/files")
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

async fn show(asked: Asked, Path(case): Path<CaseId>) -> web::Result {
    page(&asked, case, &Filled::empty(), &[], 200).await
}

async fn page(asked: &Asked, id: CaseId, filled: &Filled, refused: &[Refusal], status: u16) -> web::Result {
    let desk = asked.site.write(&asked.ctx, move |tx, ctx| store::desk(tx, ctx, id)).await?;
    let lang = asked.lang();
    let manages = may(asked, Act::Sign, Class::Administration) && may(asked, Act::View, Class::Lab);
    let body = html! {
        (look::faults_summary(lang, filled))
        (refusals(lang, refused))
        @if !desk.uses.contains(&Use::View) {
            (look::notice(lang, Tone::Info, lang.t("この症例のファイルは見られません", "The files of this case are not shown to you"), html! {
                p { (lang.t("必要なときは、管理者に利用の許可を頼んでください。", "If you need them, ask the manager.")) }
            }))
        } @else { (list(asked, &desk, filled)) }
        @if desk.uses.contains(&Use::Edit) && may(asked, Act::Write, Class::Lab) {
            @if !desk.waiting.is_empty() { (bundle_form(asked, &desk, filled)) }
            (send_form(asked, &desk, filled))
        }
        @if manages || desk.uses.contains(&Use::View) { (rights(asked, &desk, filled, manages)) }
        (look::page_actions(look::link_quiet(&format!("/lab/cases/{id}"), lang.t("技工のページへ", "Back to the case"))))
    };
    let name = desk.case.order().patient.full();
    Ok(asked
        .page(&Words::made(format!("{name} さんの技工のファイル"), format!("Files of {name}")), body)
        .status(status))
}

fn list(asked: &Asked, desk: &Desk, filled: &Filled) -> Markup {
    let lang = asked.lang();
    look::section(
        lang.t("届いているファイル", "Files"),
        html! {
            @if desk.bundles.is_empty() { (look::empty(lang.t("まだファイルはありません。", "No files yet."))) }
            @else { p { (crate::surface::pages::link(desk.case.id, lang)) } }
            @for it in &desk.bundles { (one(asked, desk, it, filled)) }
        },
    )
}

fn one(asked: &Asked, desk: &Desk, it: &Bundle, filled: &Filled) -> Markup {
    clause!("CS-155");
    let lang = asked.lang();
    let facts = [
        (
            lang.t("送った人", "Sent by"),
            html! { (desk.names.get(&it.made_by).map_or("", String::as_str)) " " (time::show(it.made_at, lang)) },
        ),
        (lang.t("大きさ", "Size"), html! { (size(it.size_bytes)) }),
        (
            lang.t("照合用の値（SHA-256）", "Digest (SHA-256)"),
            html! { code title=(it.digest) { (super::short(&it.digest)) } },
        ),
        (
            lang.t("ウイルス検査", "Virus scan"),
            if it.scanned {
                look::badge(Tone::Good, lang.t("問題なし", "Clean"))
            } else {
                look::badge(Tone::Warn, lang.t("検査していません", "Not scanned"))
            },
        ),
    ];
    let takes = desk.uses.contains(&Use::Download);
    html! {
        (look::section(it.kind.words().in_lang(lang), html! {
            @if !it.note.is_empty() { p.lines { (it.note) } }
            (look::facts(&facts))
            ul { @for member in &it.members { li {
                (member.name) " " (size(member.size_bytes)) " "
                (crate::check::pages::of_file(lang, &member.name, desk.checks.get(&member.id)))
            } } }
            @if takes { (take_form(asked, desk, it, filled)) }
            @if takes && desk.rule.as_ref().is_some_and(|it| it.media) {
                (ask_form(asked, desk.case.id, it.id, filled))
            }
        }))
    }
}

/// The form that takes a file out; unfolded with what was typed when it came back.
fn take_form(asked: &Asked, desk: &Desk, it: &Bundle, back: &Filled) -> Markup {
    let (lang, empty, form) = (asked.lang(), Filled::empty(), format!("take-{}", it.id));
    let is_back = back.get("form") == form;
    let filled = if is_back { back } else { &empty };
    let title = lang.t("ファイルを取り出す", "Download a file");
    let files: Vec<(String, &str)> = it.members.iter().map(|it| (it.id.to_string(), it.name.as_str())).collect();
    let own = |name: &str| if is_back { name.to_owned() } else { format!("{form}-{name}") };
    let hint = lang.t(
        "取り出した記録は、理由と端末とともに双方の施設に残ります。",
        "It stands in the logs of both facilities, with the reason and the device.",
    );
    let Some(rule) = &desk.rule else {
        return look::details(
            title,
            html! {
                p { (lang.t("保存先が決まっていないため、取り出せません。管理者が「持ち出しの台帳」で決めます。", "Nothing can be taken out before the manager has decided where files are kept.")) }
                p { (exports::link(lang)) }
            },
        );
    };
    let mut places = vec![(Place::Folder.key(), format!("{}：{}", Place::Folder.words().in_lang(lang), rule.folder))];
    let approved = desk.exports.iter().find(|export| export.bundle == it.id && export.is_open(asked.ctx.now));
    if let Some(export) = approved {
        places.push((Place::Medium.key(), format!("{}：{}", Place::Medium.words().in_lang(lang), export.medium)));
    }
    let form = look::form(
        asked,
        &format!("{}/{}/download", to(desk.case.id), it.id),
        html! {
            (look::hidden("form", &form))
            (look::select(lang, filled, "file", lang.t("ファイル", "File"), &files).id(&own("file")))
            (look::text_input(lang, filled, "why", lang.t("取り出す理由", "Why it is taken out"), Some(hint)).id(&own("why")))
            (look::select(lang, filled, "place", lang.t("保存するところ", "Where it is kept"), &places).id(&own("place")))
            (look::tick(lang, filled, "encrypted", "yes", lang.t("保存するところは暗号化されています", "That place is encrypted")).id(&own("encrypted")))
            (look::submit(lang.t("取り出す", "Download")))
        },
    );
    if is_back { look::section(title, form) } else { look::details(title, form) }
}

fn kinds(lang: Lang) -> Vec<(&'static str, String)> {
    Kind::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect()
}

fn about(lang: Lang, filled: &Filled, form: &str) -> Markup {
    let empty = Filled::empty();
    let is_own = filled.get("form") == form;
    let filled = if is_own { filled } else { &empty };
    let (kind, note) = (format!("{form}-kind"), format!("{form}-note"));
    let (select, area) = (
        look::select(lang, filled, "kind", lang.t("種類", "Kind"), &kinds(lang)),
        look::area(lang, filled, "note", lang.t("伝えること", "Note"), None).rows(2).optional(),
    );
    html! {
        (look::hidden("form", form))
        @if is_own { (select) (area) } @else { (select.id(&kind)) (area.id(&note)) }
    }
}

fn bundle_form(asked: &Asked, desk: &Desk, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let files: Vec<(String, String)> =
        desk.waiting.iter().map(|it| (it.id.to_string(), format!("{} {}", it.name, size(it.size_bytes)))).collect();
    let empty = Filled::empty();
    let hint = lang.t(
        format!("まとめないまま{WAITING_DAYS}日たったファイルは、自動で削除されます。"),
        format!("What is not bundled within {WAITING_DAYS} days is deleted by itself."),
    );
    look::section(
        lang.t("送り終えたファイルをまとめる", "Bundle what was sent"),
        html! {
            (look::form(
                asked,
                &format!("{}/bundle", to(desk.case.id)),
                html! {
                    (look::ticks(lang, filled, "file", lang.t("一緒に使うファイル", "Files that belong together"), &files).hint(&hint))
                    (about(lang, filled, "bundle"))
                    (look::submit(lang.t("まとめて相手の施設に見せる", "Bundle and share with the other facility")))
                },
            ))
            (look::details(lang.t("まとめずに削除する", "Discard one"), look::form(
                asked,
                &format!("{}/discard", to(desk.case.id)),
                html! {
                    (look::select(lang, &empty, "file", lang.t("削除するファイル", "The file"), &files).id("discard-file"))
                    (look::submit_danger(lang.t("このファイルを削除する", "Discard this file")))
                },
            )))
        },
    )
}

fn send_form(asked: &Asked, desk: &Desk, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let max_mb = web::fields::FILE_BYTES_MAX / (1024 * 1024);
    let hint = lang
        .t(format!("1件{max_mb}MBまで、一度に6件まで。"), format!("Up to {max_mb} MB each, at most six at a time."));
    let waiting: Vec<String> = desk.waiting.iter().map(|it| it.id.to_string()).collect();
    let form = look::upload_form(
        asked,
        &to(desk.case.id),
        html! {
            (look::file_input(lang, filled, "files", lang.t("スキャン・設計データ・添付", "Scans, designs, attachments"), Some(&hint), "").many())
            (about(lang, filled, "send"))
            (look::submit(lang.t("送って相手の施設に見せる", "Send, and share with the other facility")))
        },
    );
    look::section(
        lang.t("ファイルを送る", "Send files"),
        html! {
            haruka-send lang=(lang.tag()) purpose=(PURPOSE) case=(desk.case.id) csrf=(asked.form_token())
                to={ (to(desk.case.id)) "/bundle" } waiting=(waiting.join(" ")) bytes-max=(FILE_BYTES_MAX) files-max=(FILES_MAX) { (form) }
            link rel="stylesheet" href=(web::assets::href("send.css"));
            script type="module" src=(web::assets::href("send.js")) {}
        },
    )
}

fn rights(asked: &Asked, desk: &Desk, filled: &Filled, manages: bool) -> Markup {
    let lang = asked.lang();
    let people: Vec<(String, &str)> = desk.people.iter().map(|it| (it.0.to_string(), it.1.as_str())).collect();
    let uses: Vec<(&str, String)> = Use::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    let named = |it: &PersonId| desk.names.get(it).map_or("", String::as_str);
    let rows: Vec<Vec<Markup>> = desk
        .grants
        .iter()
        .map(|it| {
            let uses: Vec<String> = it.uses.iter().map(|it| it.words().in_lang(lang).to_owned()).collect();
            let ended = it.ends_at <= asked.ctx.now;
            vec![
                html! { (named(&it.person)) },
                html! { @if uses.is_empty() { (lang.t("何もできない", "Nothing")) } @else { (uses.join(" / ")) } },
                html! { (time::show(it.ends_at, lang)) @if ended { " " (look::badge(Tone::Info, lang.t("終わりました", "Ended"))) } },
                html! { (named(&it.given_by)) },
            ]
        })
        .collect();
    let heads = lang.t(["だれ", "できること", "いつまで", "決めた人"], ["Who", "What", "Until", "Given by"]);
    let hint = lang.t(
        "この日の終わりまで。過ぎると職種ごとの決まりに戻ります。",
        "To the end of this day; then what the duty gives counts again.",
    );
    look::section(
        lang.t("この症例のファイルを使える人", "Who may use the files of this case"),
        html! {
            p { (lang.t("ふだんは、歯科医師と歯科技工士が見る・送る・取り出すことができ、歯科衛生士と事務は見るだけです。人ごとに変えるときは、管理者が期限を付けてここで決めます。新しい決定が前のものに代わります。",
                "By duty, dentists and technicians view, send and download; hygienists and clerks view. A manager says here, until a day, what differs for one person. A newer word replaces an older one.")) }
            @if !rows.is_empty() { (look::table(lang.t("決めたこと", "What was said"), &heads, &rows)) }
            @if manages { (look::details(lang.t("人ごとに決める", "Say it for a person"), look::form(asked, &format!("{}/rights", to(desk.case.id)), html! {
                (look::hidden("form", "rights"))
                (look::select(lang, filled, "person", lang.t("だれ", "Who"), &people))
                (look::ticks(lang, filled, "uses", lang.t("できること（なしも可）", "What (may be nothing)"), &uses).optional())
                (look::text_input(lang, filled, "until", lang.t("いつまで", "Until"), Some(hint)).kind("date"))
                (look::submit(lang.t("決める", "Save")))
            }))) }
        },
    )
}

/// What is said of a bundle in either form.
fn parse(fields: &Fields) -> Result<(Kind, String), Faults> {
    let mut faults = Faults::default();
    let kind = fields.one_of("kind", &Kind::keys(), &mut faults);
    let note = fields.text_if_any("note", &mut faults);
    match kind {
        Some(kind) => faults.done(|| (kind, note)),
        None => Err(faults),
    }
}

async fn again(asked: &Asked, case: CaseId, fields: &Fields, faults: Faults) -> web::Result {
    page(asked, case, &fields.again(faults), &[], 422).await
}

/// The page with what keeps a file from being taken out.
pub(crate) async fn refused(
    asked: &Asked,
    case: CaseId,
    fields: &Fields,
    faults: Faults,
    refused: &[Refusal],
) -> web::Result {
    page(asked, case, &fields.again(faults), refused, 422).await
}

fn fault(field: &'static str, words: Words) -> Faults {
    let mut faults = Faults::default();
    faults.add(field, words);
    faults
}

/// The last part of what a sender calls a file.
fn file_name(told: &str) -> String {
    told.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned()
}

/// A form with small files: one act keeps them and makes the bundle.
async fn send(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let (kind, note) = match parse(&fields) {
        Ok(it) => it,
        Err(faults) => return again(&asked, case, &fields, faults).await,
    };
    let files: Vec<_> = fields.files("files").cloned().collect();
    if files.is_empty() {
        return again(&asked, case, &fields, fault("files", Refused::Empty.words())).await;
    }
    if files.iter().any(|it| it.bytes.is_empty() || file_name(&it.name).is_empty()) {
        return again(&asked, case, &fields, fault("files", Refused::Hollow.words())).await;
    }
    // Who may not send hears so before a byte is stored.
    let key = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            store::begin(tx, ctx, case, "files", None)?;
            tx.key()
        })
        .await?;
    let (site, ctx) = (asked.site.clone(), asked.ctx.clone());
    let put = tokio::task::spawn_blocking(move || {
        let mut all = Vec::new();
        for file in files {
            let name = file_name(&file.name);
            let scanned = match &site.settings.uploads.scanner {
                blobs::Scanner::None => false,
                blobs::Scanner::Clamd(clamd) => match clamd.scan(&file.bytes) {
                    blobs::check::Scan::Clean => true,
                    blobs::check::Scan::Found(name) => return Ok(Err(blobs::Refused::Malware(name).words())),
                    blobs::check::Scan::Failed(cause) => return Ok(Err(blobs::Refused::NotScanned(cause).words())),
                },
            };
            let limit = web::fields::FILE_BYTES_MAX as u64;
            let mut incoming = site.blobs.incoming(ctx.facility()?, &key, limit, &site.chance)?;
            incoming.write(&file.bytes)?;
            let stored = incoming.finish()?;
            let (id, size_bytes, sha256) = (RowId::new(&ctx), stored.size_bytes, stored.blob.0);
            all.push(Arrived { id, case, name, size_bytes, sha256, scanned, segments: vec![stored] });
        }
        Ok::<_, Error>(Ok(all))
    });
    let arrived = match put.await.map_err(Error::internal)?? {
        Ok(arrived) => arrived,
        Err(words) => return again(&asked, case, &fields, fault("files", words)).await,
    };
    let done = asked
        .act_or(&fields, move |tx, ctx| {
            for it in &arrived {
                store::keep(tx, ctx, it)?;
            }
            let ids: Vec<RowId> = arrived.iter().map(|it| it.id).collect();
            Ok(store::bundle(tx, ctx, case, kind, &note, &ids)?.map(|_| to(case)))
        })
        .await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(refused) => again(&asked, case, &fields, fault("files", refused.words())).await,
    }
}

async fn bundle(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let (kind, note) = match parse(&fields) {
        Ok(it) => it,
        Err(faults) => return again(&asked, case, &fields, faults).await,
    };
    let files: Vec<RowId> = fields.all("file").filter_map(|it| it.parse().ok()).collect();
    let done = asked
        .act_or(&fields, move |tx, ctx| Ok(store::bundle(tx, ctx, case, kind, &note, &files)?.map(|_| to(case))))
        .await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(refused) => again(&asked, case, &fields, fault("file", refused.words())).await,
    }
}

async fn discard(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let file: RowId = fields.id("file")?;
    let blobs = asked.site.blobs.clone();
    asked.act(&fields, move |tx, ctx| store::discard(tx, ctx, &blobs, case, file).map(|()| to(case))).await
}

async fn give(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let until = fields.date("until", &mut faults);
    let today = time::day(asked.ctx.now);
    let ends_at = until.filter(|it| *it >= today).and_then(|it| time::at_tokyo(it, 23, 59).ok());
    if until.is_some() && ends_at.is_none_or(|it| it > time::plus_min(asked.ctx.now, GRANT_DAYS_MAX * 24 * 60)) {
        let words = Words::made(
            format!("今日から{GRANT_DAYS_MAX}日先までの日を入力してください。"),
            format!("A day from today to {GRANT_DAYS_MAX} days ahead, please."),
        );
        faults.add("until", words);
    }
    let uses: Vec<Use> = fields.all("uses").filter_map(Use::from_key).collect();
    let (Some(ends_at), true) = (ends_at, faults.0.is_empty()) else {
        return again(&asked, case, &fields, faults).await;
    };
    let person: PersonId = fields.id("person")?;
    asked.act(&fields, move |tx, ctx| store::give(tx, ctx, case, person, &uses, ends_at).map(|()| to(case))).await
}

async fn download(asked: Asked, Path((case, bundle)): Path<(CaseId, BundleId)>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let why = fields.line("why", &mut faults);
    let place = fields.one_of("place", &Place::keys(), &mut faults);
    let (Some(place), true) = (place, faults.0.is_empty()) else {
        return again(&asked, case, &fields, faults).await;
    };
    let file: RowId = fields.id("file")?;
    let wish = Wish { place, why, encrypted: fields.ticked("encrypted") };
    let taken = asked.site.write(&asked.ctx, move |tx, ctx| store::take(tx, ctx, case, bundle, file, &wish)).await?;
    match taken {
        Ok(taken) => Ok(handed_out(&asked.site, taken)),
        Err(why) => refused(&asked, case, &fields, Faults::default(), &why).await,
    }
}

/// A file on its way to whoever may have it.
pub(crate) fn handed_out(site: &Site, taken: Taken) -> Answer {
    let (blobs, name) = (site.blobs.clone(), taken.name.clone());
    let bytes = Download::made_by(move |pipe| {
        let (holder, key) = &taken.holder;
        for it in &taken.segments {
            let mut reader = blobs.reader(*holder, key, it)?;
            let mut at = 0;
            while at < reader.size_bytes() {
                let piece = reader.read(at, PIECE_BYTES)?;
                pipe.write_all(&piece).map_err(Error::unavailable)?;
                at += piece.len() as u64;
            }
        }
        Ok(())
    });
    Answer::Download { kind: "application/octet-stream", name, bytes }
}

/// The way to the files, for the page of the case.
#[must_use]
pub fn link(case: CaseId, lang: Lang) -> Markup {
    look::link_quiet(&to(case), lang.t("この症例のファイル", "Files of this case"))
}
