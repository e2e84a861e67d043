//! Bringing a disc or a folder in a browser (TR-22): the island walks it and sends file by file; here each one is taken.

use kernel::{Ctx, Result, Words, clause};
use maud::html;
use people::access::{Access, Act, Class};
use web::{Answer, Asked, Door, Routes, Upload, look};

use super::outcome::{NotTaken, Outcome};
use crate::intake::{self, Intake, Kept, Origin};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/images/bring", page).post(Door::Staff, "/images/bring", take)
}

fn may(tx: &mut db::Tx<'_>, ctx: &Ctx) -> Result<()> {
    clause!("TR-22");
    let access = Access::new("image.bring", Act::Write, Class::Images);
    // Each image that is taken has its own entry; asking at each of a thousand files needs none of its own.
    if access.allowed(tx, ctx)? { Ok(()) } else { access.require(tx, ctx) }
}

async fn page(asked: Asked) -> web::Result {
    asked.site.write(&asked.ctx, may).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "CD・DVD・USBメモリーやフォルダーの中から、DICOM画像だけを取り込みます。それ以外のファイルは取り込みません。",
            "Takes the DICOM images out of a CD, DVD, memory stick or folder, and leaves everything else."
        )) }
        p { (lang.t(
            "途中で止めても、通信が切れても、取り込んだ画像は残ります。同じディスクをもう一度選ぶと、続きから始まります。",
            "Whatever was taken stays, also when you stop or the connection breaks. Choose the same disc again to go on."
        )) }
        haruka-bring lang=(lang.tag()) post="/images/bring" csrf=(asked.form_token()) {
            noscript { (lang.t(
                "この画面にはJavaScriptが必要です。使えないときは、サーバーのパソコンで haruka import を使ってください。",
                "This page needs JavaScript. Without it, use haruka import on the server's computer."
            )) }
        }
        link rel="stylesheet" href=(web::assets::href("bring.css"));
        script type="module" src=(web::assets::href("bring.js")) {}
        (look::page_actions(look::link_quiet("/images", lang.t("画像の一覧へ", "To the list of images"))))
    };
    Ok(asked.page(&Words::new("画像を取り込む", "Take images in"), body))
}

async fn take(asked: Asked, mut upload: Upload) -> web::Result {
    clause!("TR-22");
    let (facility, key) = asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            may(tx, ctx)?;
            Ok((tx.facility()?, tx.key()?))
        })
        .await?;
    let site = asked.site.clone();
    let mut intake = Intake::file(&site.blobs, facility, &key, &site.chance)?;
    while let Some(pieces) = upload.piece().await? {
        intake = off_the_loop(move || {
            pieces.iter().try_for_each(|it| intake.write(it))?;
            Ok(intake)
        })
        .await?;
    }
    let outcome = match off_the_loop(move || intake.finish()).await? {
        Err(fault) => Outcome::NotTaken(NotTaken::Broken(fault)),
        Ok(arrived) => {
            let (blobs, origin) =
                (site.blobs.clone(), Origin { face: "browser", sender: asked.agent.clone(), announced: None });
            let kept =
                asked.site.write(&asked.ctx, move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin)).await?;
            match kept {
                Kept::Stored => Outcome::Stored,
                Kept::AlreadyHere => Outcome::AlreadyHere,
                Kept::Refused(why) => Outcome::NotTaken(NotTaken::NotKept(why)),
            }
        }
    };
    let words = outcome.words();
    Ok(Answer::Json(serde_json::json!({ "outcome": outcome.key(), "ja": words.ja, "en": words.en })))
}

/// Hashing, sealing and the disk block; other people's pages must not wait for them.
async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(kernel::Error::internal)?
}
