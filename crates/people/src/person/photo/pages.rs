//! Giving a photograph, and showing it.

use blobs::check::FileKind;
use kernel::{PersonId, Words};
use maud::{Markup, html};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes, look};

use super::store;
use crate::person::pages::{back, show_with, writes};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/settings/staff/{person}/photo", give).get(
        Door::Signed,
        "/staff-photo/{person}",
        show,
    )
}

/// The photograph and the form for a new one, on the page of the person.
pub(crate) fn part(asked: &Asked, person: PersonId, name: &str, is_there: bool, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        @if is_there {
            p { img src={ "/staff-photo/" (person) } width="120" height="150" alt={ (lang.t("顔写真：", "Photograph of ")) (name) }; }
        } @else {
            (look::empty(lang.t("まだありません。診療する人には必要です。", "None yet. Whoever sees patients needs one.")))
        }
        @if writes(asked) { (look::details(lang.t("写真を登録する", "Add a photograph"), look::upload_form(asked, &format!("{}/photo", back(person)), html! {
            (look::file_input(lang, filled, "photo", lang.t("顔写真", "Photograph of the face"),
                Some(lang.t("JPEG・PNG・WebP、5MBまで。縦長で、肩から上が写ったもの。患者に見せます。撮影場所などの情報は自動で取り除きます。",
                    "JPEG, PNG or WebP up to 5 MB, upright, from the shoulders up. Patients see it. Where it was taken is removed by itself.")), &FileKind::accept(&super::KINDS)))
            (look::submit(lang.t("登録する", "Add")))
        }))) }
    }
}

async fn give(asked: Asked, Path(person): Path<PersonId>, fields: Fields) -> web::Result {
    let Some(file) = fields.files("photo").next().cloned() else {
        return again(&asked, person, &fields, Words::new("写真を選んでください。", "Please choose a photograph."))
            .await;
    };
    // Who may not give one hears so before a byte is stored.
    let key = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            store::may_give(tx, ctx, person)?;
            tx.key()
        })
        .await?;
    let (site, facility) = (asked.site.clone(), asked.ctx.facility()?);
    let stored = tokio::task::spawn_blocking(move || {
        if let Err(words) = super::check(&site.settings.uploads, &file.name, &file.bytes) {
            return Ok(Err(words));
        }
        // Patients see it: where it was taken and by which phone stays behind.
        let picture = match blobs::portrait::clean(&file.bytes) {
            Ok(picture) => picture,
            Err(error) => return Ok(Err(error.words().clone())),
        };
        store::put(&site.blobs, facility, &key, &site.chance, &picture)
            .map(|stored| Ok((stored, blobs::portrait::MIME)))
    });
    let stored: kernel::Result<Result<_, Words>> = stored.await.map_err(kernel::Error::internal)?;
    match stored? {
        Ok((stored, mime)) => {
            asked.act(&fields, move |tx, ctx| store::keep(tx, ctx, person, &stored, mime).map(|()| back(person))).await
        }
        Err(words) => again(&asked, person, &fields, words).await,
    }
}

async fn again(asked: &Asked, person: PersonId, fields: &Fields, words: Words) -> web::Result {
    let mut faults = Faults::default();
    faults.add("photo", words);
    show_with(asked, person, &fields.again(faults), 422).await
}

async fn show(asked: Asked, Path(person): Path<PersonId>) -> web::Result {
    let (photo, key) = asked.site.read(&asked.ctx, move |tx, _| store::open(tx, person)).await?;
    let (site, facility) = (asked.site.clone(), asked.ctx.facility()?);
    let read = tokio::task::spawn_blocking(move || {
        let bytes = site.blobs.read_all(facility, &key, &photo.stored, super::PHOTO_BYTES_MAX)?;
        Ok(Answer::File { kind: photo.mime, name: String::new(), bytes })
    });
    let answer: kernel::Result<Answer> = read.await.map_err(kernel::Error::internal)?;
    Ok(answer?)
}
