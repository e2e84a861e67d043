//! `/images/{study_uid}`: the pictures of a study in the viewer. Pictures and digests come by DICOMweb.

use axum::http::HeaderMap;
use kernel::{Words, time};
use maud::html;
use people::access::{Act, Class, may};
use serde_json::json;
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Path, Routes};

use super::viewing;
use crate::instance::Uid;
use crate::monitor;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/images/{study_uid}", show)
}

async fn show(asked: Asked, headers: HeaderMap, Path(uid): Path<Uid>) -> web::Result {
    let (chosen, today) = (monitor::pages::chosen(&headers), time::day(asked.ctx.now));
    let (view, objection) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            crate::duty::store::images_opened(tx, ctx, uid.as_str())?;
            let view = viewing::open(tx, ctx, &uid)?;
            let modalities: Vec<&str> = view.study.modalities.iter().map(String::as_str).collect();
            // Whoever reads for others reads from a monitor that is known to be fit.
            let objection = monitor::store::told(tx, chosen, view.lent_by.is_some(), &modalities, today)?;
            Ok((view, objection))
        })
        .await?;
    let lang = asked.lang();
    let list = |uid: &str| format!("/dicom-web/studies/{uid}/digests");
    let marks = |uid: &str| format!("/images/{uid}/marks");
    let priors = view
        .earlier
        .iter()
        .map(|it| json!({ "study": it.uid, "digests": list(&it.uid), "marks": marks(&it.uid), "label": it.date }));
    let priors: Vec<_> = priors.collect();
    // Whoever may not write on images draws for the moment only.
    let token = may(&asked, Act::Write, Class::Images).then(|| asked.form_token());
    let (back, words) = match (view.lent_by, view.study.patient) {
        (Some(reading), _) => (format!("/readings/{reading}"), lang.t("読影の画面へ", "To the reading")),
        (None, Some(patient)) => (format!("/patients/{patient}"), lang.t("患者の画面へ", "To the patient")),
        (None, None) => ("/images".to_owned(), lang.t("画像の一覧へ", "To the list of images")),
    };
    let body = html! {
        p {
            a href=(back) { (words) }
            @if view.lent_by.is_none() && may(&asked, Act::Write, Class::Chart) {
                " · " a href={ "/images/" (view.study.uid) "/patient" } { (lang.t("患者さんを正す", "Whose images these are")) }
            }
            // A lent study is looked at; taking it away is its owner's.
            @if view.lent_by.is_none() && may(&asked, Act::Export, Class::Images) {
                " · " a href={ "/images/" (view.study.uid) "/copy" } { (lang.t("CDなどへ書き出す", "Copy to take away")) }
            }
        }
        @if let Some(whose) = &view.decided { (look::notice(lang, Tone::Stop, lang.t("患者さんについて", "Whose images these are"), html! { p { (whose.in_lang(lang)) } })) }
        @if let Some(why) = &objection { (monitor::pages::notice(lang, why)) }
        haruka-viewer lang=(lang.tag()) root="/dicom-web" study=(view.study.uid) digests=(list(&view.study.uid)) priors=(json!(priors).to_string()) marks=(marks(&view.study.uid)) csrf=[token] {
            noscript { p { (lang.t("画像を見るにはJavaScriptが必要です。", "Images need JavaScript.")) } }
        }
        link rel="stylesheet" href=(web::assets::href("viewer.css"));
        script type="module" src=(web::assets::href("viewer.js")) {}
    };
    let title = Words::new("画像", "Images");
    Ok(Answer::Page { status: 200, html: web::shell::bare(&asked, &title, body) })
}
