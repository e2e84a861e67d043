//! The report's part of a reading's page: writing, signing, versions with their differences, the PDF.

use axum::extract::Path;
use kernel::{Lang, Tooth, Words, clause, time};
use maud::{Markup, html};
use people::agreement::Side;
use people::sign_in::need_fresh_at;
use web::look::{self, Tone, diff};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Routes};

use super::store::{self, Desk, Saved};
use super::{
    Content, Draft, FINDING_FIELDS, INCIDENTAL_FIELDS, PART_FIELDS, REGIONS, Template, Urgency, Version, form_for,
    paper,
};
use crate::duty;
use crate::request::Request;
use crate::request::RequestId;
use crate::request::pages::page;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .post(Door::Staff, "/readings/{reading}/report", write)
        .post(Door::Staff, "/readings/{reading}/report/keep", keep)
        .get(Door::Staff, "/readings/{reading}/report.pdf", pdf)
        .get(Door::Staff, "/readings/{reading}/report.proof", proof)
        .get(Door::Staff, "/readings/{reading}/report/{number}", version)
}

/// What came back from a refused form: what was typed, and what stands in its way.
pub(crate) struct Back {
    pub(crate) filled: Filled,
    behind: Option<Draft>,
}

/// The report beside the request.
pub(crate) fn part(asked: &Asked, request: &Request, desk: &Desk, back: Option<&Back>) -> Markup {
    let lang = asked.lang();
    html! {
        @if let Some(newest) = desk.versions.first() { (signed(lang, request, &desk.versions, newest)) }
        @if let Some(draft) = &desk.draft { (editor(asked, request, desk, draft, back)) }
        @else if desk.versions.is_empty() && request.side == Side::Asks {
            (look::section(lang.t("報告書", "Report"), html! { p { (lang.t("まだ届いていません。届くとメールでお知らせします。", "Not here yet. A letter tells you when it is.")) } }))
        }
    }
}

fn content(lang: Lang, content: &Content) -> Markup {
    html! { @for (heading, text) in content.lines(lang) { @if !text.is_empty() {
        h3 { (heading) } p.lines { (text) }
    } } }
}

fn signed(lang: Lang, request: &Request, versions: &[Version], newest: &Version) -> Markup {
    let base = format!("/readings/{}/report", request.id);
    let it = &newest.signed;
    let body = html! {
        @if !newest.is_whole() {
            (look::notice(lang, Tone::Stop, lang.t("署名が本文と合いません", "The signature does not fit"), html! { p {
                (lang.t("この報告書は使わず、読影した施設と運用の担当者に連絡してください。", "Do not use this report. Call the reading facility and whoever runs the server.")) } }))
        }
        p {
            (look::badge(Tone::Good, lang.t("署名済み", "Signed"))) " "
            (lang.t(format!("第{}版", it.number), format!("version {}", it.number))) " · " (it.reader) " · " (time::show(it.signed_at, lang))
        }
        @if it.content.urgency != Urgency::Usual { p { (look::badge(Tone::Stop, it.content.urgency.words().in_lang(lang))) } }
        (content(lang, &it.content))
        p { (look::link_button(&format!("{base}.pdf"), lang.t("PDFで開く", "Open as PDF"))) }
        (look::details(lang.t("第三者が確かめられるファイル", "A file that anybody can verify"), html! {
            p { (lang.t("すべての版の本文、読影医の署名、ログの記録をまとめたファイルです。患者さんの情報を含みます。受け取った人は、このシステムに触れずに、書き換えがないことを確かめられます（haruka log verify --report ファイル名）。",
                "All versions word for word, the reader's signatures and the entries of the log, in one file. It holds the patient's data. Whoever gets it can verify without this system that nothing was changed (haruka log verify --report FILE).")) }
            (look::link_quiet(&format!("{base}.proof"), lang.t("証明つきのファイルを保存する", "Save the file with its proof")))
        }))
        @if versions.len() > 1 {
            (look::details(lang.t("これまでの版と変更点", "Earlier versions and changes"), html! { ul {
                @for it in versions { li {
                    a href={ (base) "/" (it.signed.number) } { (lang.t(format!("第{}版", it.signed.number), format!("Version {}", it.signed.number))) }
                    " " (time::show(it.signed.signed_at, lang)) " " (it.signed.reader)
                    @if !it.signed.reason.is_empty() { " — " (it.signed.reason) }
                } }
            } }))
        }
    };
    look::section(lang.t("報告書", "Report"), body)
}

/// What stands on record of the draft. The page's script reads from it by which count the next save goes.
fn kept(lang: Lang, draft: Option<&Draft>) -> Markup {
    html! {
        p data-kept="" data-revision=(draft.map_or(0, |it| it.revision)) role="status" {
            @match draft.and_then(|it| it.saved_at) {
                Some(at) => { (look::badge(Tone::Good, lang.t("下書き保存済み", "Draft kept"))) " " (time::show(at, lang)) },
                None => { (lang.t("入力すると、下書きとして自動で保存されます。", "What you type is kept as a draft by itself.")) }
            }
        }
    }
}

/// Keeps what is being written. Kept twice it is the same draft, so the form's key is not used up. What is refused is looked at
/// by a person, who presses the button.
async fn keep(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let revision = fields.get("revision").parse().unwrap_or(0);
    let saved = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let Ok(content) = Content::parse(&fields, store::form_of(tx, ctx, reading)?) else { return Ok(None) };
            let saved = store::save(tx, ctx, reading, revision, &content)?;
            Ok(Some((saved, store::draft(tx, reading)?)))
        })
        .await?;
    match saved {
        Some((Saved::Kept, draft)) => Ok(Answer::part(kept(asked.lang(), draft.as_ref()))),
        // Not 422 for what is not well-formed: nobody waits for the form to be shown again.
        Some((Saved::Behind(_), _)) | None => Ok(Answer::part(html! {}).status(409)),
    }
}

/// The form that a draft is written in.
fn form_of(draft: &Draft, request: &Request) -> &'static Template {
    form_for(&draft.content.template, &request.examination)
}

fn editor(asked: &Asked, request: &Request, desk: &Desk, draft: &Draft, back: Option<&Back>) -> Markup {
    let lang = asked.lang();
    let own = draft.content.filled();
    let filled = back.map_or(&own, |it| &it.filled);
    let behind = back.and_then(|it| it.behind.as_ref());
    let revision = behind.map_or(draft.revision, |it| it.revision);
    let seen = desk.versions.first().map_or(0, |it| it.signed.number);
    let form = html! {
        @if let Some(behind) = behind {
            (look::notice(lang, Tone::Warn, lang.t("ほかの窓で先に保存されています", "Saved from elsewhere meanwhile"), html! {
                p { (lang.t("下の入力はまだ保存されていません。先に保存された内容と見比べて、もう一度保存してください。", "What you typed is not saved yet. Compare it with what stands there now, and save again.")) }
                (content(lang, &behind.content))
            }))
        }
        haruka-keep to={ "/readings/" (request.id) "/report/keep" } { (look::form(asked, &format!("/readings/{}/report", request.id), html! {
            (kept(lang, (draft.revision > 0).then_some(draft)))
            (look::hidden("revision", &revision.to_string())) (look::hidden("seen", &seen.to_string()))
            (fields(lang, filled, form_of(draft, request)))
            @if seen > 0 { (look::area(lang, filled, "reason", lang.t("変更・追記の理由", "Why it is changed"), None).rows(2)) }
            (look::submit_named("act", "save", lang.t("下書きを保存する", "Save the draft")))
            @match desk.may_sign {
                Ok(_) => {
                    p { (lang.t("署名すると相手の施設に届きます。あとからの変更は新しい版として残ります。", "Signing hands it over. Later changes are kept as new versions.")) }
                    button.button.main name="act" value="sign" { (lang.t("署名して報告する", "Sign and report")) }
                },
                Err(why) => (look::notice(lang, Tone::Info, lang.t("署名はできません", "You cannot sign"), html! { p { (why.words().in_lang(lang)) } })),
            }
        })) }
    };
    if seen > 0 && back.is_none() && draft.revision == 0 {
        look::details(lang.t("報告書を変更・追記する（新しい版）", "Change or add to the report (new version)"), form)
    } else {
        look::section(lang.t("報告書を書く", "Write the report"), form)
    }
}

fn fields(lang: Lang, filled: &Filled, template: &'static Template) -> Markup {
    let regions = REGIONS.iter().map(|(key, words)| ((*key).to_owned(), words.in_lang(lang).to_owned()));
    let teeth = Tooth::all().map(|it| (it.fdi().to_string(), format!("{} {}", it.fdi(), it.name(lang))));
    let sites: Vec<(String, String)> = regions.chain(teeth).collect();
    let urgencies: Vec<(&str, String)> =
        Urgency::ALL.iter().map(|(key, it)| (*key, it.words().in_lang(lang).to_owned())).collect();
    html! {
        p { (lang.t("ひな型：", "Form: ")) (template.name.in_lang(lang)) }
        @for (part, field) in template.parts.iter().zip(PART_FIELDS) {
            (look::area(lang, filled, field, part.name.in_lang(lang), Some(part.hint.in_lang(lang))).rows(2).optional())
        }
        h3 { (lang.t("部位ごとの所見", "Findings by site")) }
        @for (index, [site, text, image]) in FINDING_FIELDS.iter().enumerate() {
            @let used = !filled.get(text).is_empty() || !filled.get(site).is_empty();
            @let body = html! {
                (look::select(lang, filled, site, lang.t("部位（FDIまたは領域）", "Site (FDI or region)"), &sites).optional())
                (look::area(lang, filled, text, lang.t("所見", "Finding"), None).rows(2).optional())
                (look::text_input(lang, filled, image, lang.t("要となる画像（シリーズ-番号）", "Key image (series-number)"), None).short().optional())
            };
            @let title = lang.t(format!("所見{}", index + 1), format!("Finding {}", index + 1));
            @if index == 0 || used { fieldset.group { legend { (title) } (body) } } @else { (look::details(&title, body)) }
        }
        (look::area(lang, filled, "impression", lang.t("診断（まとめ）", "Impression"), None).rows(3))
        (look::choice(lang, filled, "urgency", lang.t("急ぎかどうか", "Urgency"), &urgencies))
        h3 { (lang.t("偶然見つかった所見（依頼の目的の外）", "Incidental findings (outside the question)")) }
        @for (index, field) in INCIDENTAL_FIELDS.iter().enumerate() {
            @let title = lang.t(format!("偶然の所見{}", index + 1), format!("Incidental finding {}", index + 1));
            (look::area(lang, filled, field, &title, None).rows(2).optional())
        }
    }
}

async fn write(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let here = format!("/readings/{reading}");
    if let Some(answer) = asked.answered_before(&fields).await? {
        return Ok(answer);
    }
    let (request, desk) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let request = crate::request::store::desk(tx, ctx, reading)?.request;
            let desk = store::desk(tx, ctx, &request)?;
            Ok((request, desk))
        })
        .await?;
    let draft = desk.draft.as_ref().ok_or_else(|| kernel::Error::not_found("another reader's case"))?;
    let typed = match Content::parse(&fields, form_of(draft, &request)) {
        Ok(content) => content,
        Err(faults) => return again(&asked, reading, &fields, faults, None, 422).await,
    };
    let (revision, content) = (fields.get("revision").parse().unwrap_or(0), typed.clone());
    let saved = asked.site.write(&asked.ctx, move |tx, ctx| store::save(tx, ctx, reading, revision, &content)).await?;
    if let Saved::Behind(draft) = saved {
        return again(&asked, reading, &fields, Faults::default(), Some(*draft), 409).await;
    }
    if fields.get("act") != "sign" {
        return Ok(Answer::To(here));
    }
    need_fresh_at(&asked, &here)?;
    let mut faults = Faults::default();
    let reason = fields.text_if_any("reason", &mut faults);
    let seen: i64 = fields.get("seen").parse().unwrap_or(0);
    if let Err(found) = typed.check(desk.versions.first().map(|it| &it.signed.content), &reason) {
        faults.0.extend(found.0);
    }
    if !faults.0.is_empty() {
        return again(&asked, reading, &fields, faults, None, 422).await;
    }
    asked
        .act(&fields, move |tx, ctx| {
            store::sign(tx, ctx, reading, &typed, &reason, seen, true).map(|_| format!("/readings/{reading}"))
        })
        .await
}

async fn again(
    asked: &Asked,
    id: RequestId,
    fields: &Fields,
    faults: Faults,
    behind: Option<Draft>,
    status: u16,
) -> web::Result {
    page(asked, id, Some(Back { filled: fields.again(faults), behind }), None, status).await
}

async fn version(asked: Asked, Path((reading, number)): Path<(RequestId, i64)>) -> web::Result {
    clause!("TR-03");
    let (desk, versions) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            if store::newest_number(tx, reading)? == number {
                duty::store::opened(tx, ctx, reading)?;
            }
            let desk = crate::request::store::desk(tx, ctx, reading)?;
            Ok((desk, store::versions(tx, reading)?))
        })
        .await?;
    let found = |number: i64| versions.iter().find(|it| it.signed.number == number);
    let version = found(number).ok_or_else(|| kernel::Error::not_found("report version"))?;
    let lang = asked.lang();
    let it = &version.signed;
    let title = Words::made(format!("報告書 第{number}版"), format!("Report, version {number}"));
    let body = html! {
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (desk.request.content.patient.name.full()) }),
            (lang.t("署名した人", "Signed by"), html! { (it.reader) "（" (it.qualification.in_lang(lang)) "）" }),
            (lang.t("署名した日時", "Signed at"), html! { (time::show(it.signed_at, lang)) }),
            (lang.t("変更の理由", "Reason for the change"), html! { (if it.reason.is_empty() { "—" } else { it.reason.as_str() }) }),
            (lang.t("署名の確認", "Signature"), html! { @if version.is_whole() { (lang.t("本文と合っています", "fits the text")) } @else { (lang.t("本文と合いません", "does not fit the text")) } }),
        ]))
        @if let Some(before) = found(number - 1) {
            (look::section(lang.t("前の版からの変更", "Changes from the version before"), html! {
                p { (lang.t("取り消し線は消えた部分、下線は加わった部分です。", "Struck out: taken away. Underlined: added.")) }
                @for ((heading, old), (_, new)) in before.signed.content.lines(lang).iter().zip(it.content.lines(lang).iter()) {
                    @if old != new { h3 { (heading) } (diff::show(old, new)) }
                }
            }))
        }
        (look::section(lang.t("この版の内容", "This version"), content(lang, &it.content)))
        (look::link_quiet(&format!("/readings/{reading}"), lang.t("読影へ戻る", "Back to the reading")))
    };
    Ok(asked.page(&title, body))
}

async fn pdf(asked: Asked, Path(reading): Path<RequestId>) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            duty::store::opened(tx, ctx, reading)?;
            let desk = crate::request::store::desk(tx, ctx, reading)?;
            let versions = store::versions(tx, reading)?;
            let newest = versions.first().ok_or_else(|| kernel::Error::not_found("no signed report"))?;
            let reads = if desk.request.side == Side::Serves { ctx.facility()? } else { desk.request.partner };
            Ok(paper::of(&desk, newest, &people::facility::store::get(tx, reads)?, lang))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("report-{reading}.pdf"), bytes })
}

async fn proof(asked: Asked, Path(reading): Path<RequestId>) -> web::Result {
    asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            duty::store::opened(tx, ctx, reading)?;
            store::handed_out(tx, ctx, reading)
        })
        .await?;
    // From a snapshot beside the writer: reading a long log keeps nobody waiting.
    let file = asked.site.db.read(Some(asked.ctx.facility()?), move |tx| store::prove(tx, reading)).await?;
    let bytes = serde_json::to_vec_pretty(&file).map_err(kernel::Error::internal)?;
    Ok(Answer::File { kind: "application/json", name: format!("report-{reading}.proof.json"), bytes })
}
