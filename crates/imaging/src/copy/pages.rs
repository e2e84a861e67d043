//! `/images/{study_uid}/copy`: the copy of a study as one file to save.

use kernel::{Lang, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Download, Faults, Fields, Filled, Path, Routes};

use super::archive::{Archive, Password};
use super::{StudyCopy, Wish, store};
use crate::instance::Uid;
use crate::study::Study;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/images/{study_uid}/copy", show).post(Door::Staff, "/images/{study_uid}/copy", take)
}

/// What is in it.
const CONTENTS: [(&str, bool); 2] = [("as_it_is", false), ("nobody", true)];
/// How it opens.
const LOCKS: [(&str, bool); 2] = [("password", true), ("open", false)];

async fn show(asked: Asked, Path(study): Path<Uid>) -> web::Result {
    let first = Filled::empty().with("contents", "as_it_is").with("lock", "password");
    page(&asked, study, &first, 200).await
}

async fn page(asked: &Asked, study: Uid, filled: &Filled, status: u16) -> web::Result {
    let (study, copies) = asked.site.write(&asked.ctx, move |tx, ctx| store::before(tx, ctx, &study)).await?;
    let lang = asked.lang();
    let body = html! {
        (look::faults_summary(lang, filled))
        p { a href={ "/images/" (study.uid) } { (lang.t("画像へ戻る", "Back to the images")) } }
        (facts(lang, &study))
        (form(asked, &study, filled))
        @if !copies.is_empty() { (taken(lang, &copies)) }
    };
    Ok(asked.page(&Words::new("検査の画像を書き出す", "Copy an examination to take away"), body).status(status))
}

fn facts(lang: Lang, study: &Study) -> Markup {
    let day = study.date.map_or_else(|| lang.t("不明", "unknown").to_owned(), |it| time::show_day(it, lang));
    let name = &study.claims.patient.name;
    let name = [&name.ideographic, &name.alphabetic, &name.phonetic].into_iter().find(|it| !it.is_empty());
    let name = name.map_or_else(|| lang.t("氏名なし", "No name").to_owned(), |it| it.replace('^', " "));
    look::facts(&[
        (lang.t("患者（装置の記録）", "Patient (as the device says)"), html! { (name) " " (study.claims.patient.id) }),
        (lang.t("検査日", "Date"), html! { (day) }),
        (lang.t("種類", "Kind"), html! { (study.modalities.join(" / ")) }),
        (lang.t("件数", "Files"), html! { (study.instance_count) }),
    ])
}

fn form(asked: &Asked, study: &Study, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let contents = [
        (
            "as_it_is",
            lang.t(
                "そのままの写し（患者さんへ渡す、ほかの医療機関へ送るとき）",
                "As it is (for the patient, or another facility)",
            ),
        ),
        (
            "nobody",
            lang.t(
                "氏名などを取り除いた写し（教育や症例検討のとき）",
                "Without names (for teaching, or to talk about the case)",
            ),
        ),
    ];
    let locks = [
        ("password", lang.t("パスワードで暗号化する", "Encrypted with a password")),
        (
            "open",
            lang.t(
                "暗号化しない（相手の機器がCDからそのまま読むとき）",
                "Not encrypted (when the other side's system reads the disc itself)",
            ),
        ),
    ];
    // A new one each time the page is shown: what somebody typed is a secret, and never comes back.
    let filled = &filled.clone().with("password", Password::suggest(&asked.site.chance).as_str());
    look::form(
        asked,
        &format!("/images/{}/copy", study.uid),
        html! {
            (look::choice(lang, filled, "contents", lang.t("内容", "Contents"), &contents))
            (look::notice(lang, Tone::Warn, lang.t("画像に写り込んだ文字は、自動では消せません", "Words inside the picture cannot be removed by a program"), html! {
                p { (lang.t(
                    "氏名などを取り除けるのは、画像に付いている情報だけです。画像の中に氏名・日付・番号が写っていないか、1枚ずつ目で確かめてください。顔の形から本人が分かることもあります。",
                    "Only what is attached to a picture is cleared. Look at every picture for names, dates and numbers in it. A face may be known by its shape, too."
                )) }
                p { (lang.t(
                    "報告書などの文書は、文の中の氏名を見つけきれないため、この写しには入りません。",
                    "Reports and other documents are left out: names in their text cannot all be found."
                )) }
            }))
            (look::tick(lang, filled, "looked_at", "yes", lang.t(
                "すべての画像を見て、患者さんが分かる文字が写っていないことを確かめました（氏名などを取り除くときは必要です）",
                "I have looked at every picture: no words in it tell who the patient is (needed for a copy without names)"
            )))
            (look::choice(lang, filled, "lock", lang.t("暗号化", "Encryption"), &locks))
            (look::text_input(lang, filled, "password", lang.t("パスワード", "Password"), Some(lang.t(
                "このままでも、12文字以上の英数字・記号に変えても使えます。ここで控えてください。あとから見ることはできず、忘れると開けません。渡す相手には、ファイルとは別に（電話などで）伝えてください。",
                "Keep it, or choose your own of at least 12 letters, digits or signs. Write it down now: it is not shown again, and nothing opens the file without it. Tell it apart from the file, by telephone for example."
            ))).autocomplete("off").max(Password::CHARACTERS_MAX).optional())
            p { (lang.t(
                "1つのZIPファイルとして保存されます。CDやUSBメモリーに入れるときは、取り出した中身をそのまま書き込んでください。暗号化したファイルは、7-Zipなどで開けます（Windowsの標準機能では開けないことがあります）。",
                "It is saved as one ZIP file. For a disc or a stick, unpack it and write what is in it. An encrypted file opens with 7-Zip and others; Windows itself may not open it."
            )) }
            (look::submit(lang.t("書き出して保存する", "Make the copy and save it")))
        },
    )
}

fn taken(lang: Lang, copies: &[StudyCopy]) -> Markup {
    let rows: Vec<Vec<Markup>> = copies
        .iter()
        .map(|it| {
            let contents = if it.wish.names_nobody {
                lang.t("氏名などなし", "without names")
            } else {
                lang.t("そのまま", "as it is")
            };
            let lock = if it.wish.encrypted { lang.t("あり", "yes") } else { lang.t("なし", "no") };
            vec![
                html! { (time::show(it.taken_at, lang)) },
                html! { (it.taken_by) },
                html! { (contents) },
                html! { (lock) },
                html! { (it.instances) },
            ]
        })
        .collect();
    let heads =
        lang.t(["日時", "書き出した人", "内容", "暗号化", "件数"], ["When", "By", "Contents", "Encrypted", "Files"]);
    look::section(
        lang.t("これまでの書き出し", "Copies until now"),
        look::table(lang.t("この検査の写し", "Copies of this examination"), &heads, &rows),
    )
}

/// What was asked for.
fn read(fields: &Fields) -> Result<(Wish, Option<Password>), Faults> {
    let mut faults = Faults::default();
    let names_nobody = fields.one_of("contents", &CONTENTS, &mut faults).unwrap_or_default();
    let encrypted = fields.one_of("lock", &LOCKS, &mut faults).unwrap_or_default();
    let looked_at = fields.get("looked_at") == "yes";
    if names_nobody && !looked_at {
        faults.add(
            "looked_at",
            Words::new(
                "画像を1枚ずつ見て確かめてから、チェックを入れてください。",
                "Look at every picture first, then tick this.",
            ),
        );
    }
    let password = encrypted.then(|| Password::parse(fields.get("password"))).flatten();
    if encrypted && password.is_none() {
        faults.add(
            "password",
            Words::new(
                "英数字・記号で12文字以上、99文字までにしてください。",
                "Please use 12 to 99 letters, digits or signs of the Latin keyboard.",
            ),
        );
    }
    faults.done(|| (Wish { names_nobody, looked_at, encrypted }, password))
}

async fn take(asked: Asked, Path(study): Path<Uid>, fields: Fields) -> web::Result {
    let (wish, password) = match read(&fields) {
        Ok(wished) => wished,
        Err(faults) => return page(&asked, study, &fields.again(faults), 422).await,
    };
    let taken = asked.site.write(&asked.ctx, move |tx, ctx| store::take(tx, ctx, &study, wish)).await?;
    let (blobs, chance) = (asked.site.blobs.clone(), asked.site.chance.clone());
    let bytes = Download::made_by(move |pipe| {
        let mut archive = Archive::new(pipe, password);
        taken.write(&blobs, &chance, &mut archive).map(|_| ())
    });
    // The name stands in lists of files that anybody may see: it tells the day of the copy, and nothing of the patient.
    let name = format!("images-{}.zip", time::day(asked.ctx.now));
    Ok(Answer::Download { kind: "application/zip", name, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TR-09, TR-23
    #[test]
    fn a_wish_is_whole_before_anything_is_taken() {
        let good = "twelve-chars";
        type Pairs = [(&'static str, &'static str)];
        let cases: [(&str, &Pairs, &[&str]); 7] = [
            ("as it is, encrypted", &[("contents", "as_it_is"), ("lock", "password"), ("password", good)], &[]),
            ("as it is, open", &[("contents", "as_it_is"), ("lock", "open"), ("password", "short")], &[]),
            (
                "a short password",
                &[("contents", "as_it_is"), ("lock", "password"), ("password", "short")],
                &["password"],
            ),
            ("nobody, unseen", &[("contents", "nobody"), ("lock", "open")], &["looked_at"]),
            ("nobody, seen", &[("contents", "nobody"), ("lock", "open"), ("looked_at", "yes")], &[]),
            ("an empty form", &[], &["contents", "lock"]),
            ("no such choice", &[("contents", "all"), ("lock", "open")], &["contents"]),
        ];
        for (name, pairs, expected) in cases {
            let faults = read(&Fields::of(pairs)).err().unwrap_or_default();
            let fields: Vec<_> = faults.0.iter().map(|it| it.0).collect();
            assert_eq!(fields, expected, "{name}");
        }
    }
}
