//! What a check has found out, beside its file.

use kernel::{Lang, clause};
use maud::{Markup, html};
use mesh::{Grave, Outcome};
use web::look::{self, Tone};

use super::{Check, is_checked};

/// What is said of the file `name`; nothing of files that are not checked.
pub(crate) fn of_file(lang: Lang, name: &str, check: Option<&Check>) -> Markup {
    clause!("DL-22");
    let found = match check {
        None if is_checked(name) => return look::badge(Tone::Warn, lang.t("点検していません", "Not checked")),
        None => return html! {},
        Some(Check::Waits) => return look::badge(Tone::Info, lang.t("点検しています", "Being checked")),
        Some(Check::Done(found)) => found,
    };
    match &found.outcome {
        Outcome::Read(report) => {
            let lines = report.lines();
            let (tone, word) = match lines.iter().map(|it| it.0).max() {
                Some(Grave::Bad) => (Tone::Warn, lang.t("読めますが、問題があります", "Readable, with faults")),
                Some(Grave::Look) => {
                    (Tone::Info, lang.t("読めます。確認する点があります", "Readable; please look at it"))
                }
                _ => (Tone::Good, lang.t("読めます", "Readable")),
            };
            html! {
                (look::badge(tone, word)) " " (report.kind.words().in_lang(lang))
                ul { @for (grave, words) in &lines {
                    li { @if *grave == Grave::Bad { strong { (words.in_lang(lang)) } } @else { (words.in_lang(lang)) } }
                } }
            }
        }
        Outcome::Broken(broken) => html! {
            (look::badge(Tone::Stop, lang.t("読めません", "Cannot be read")))
            p { (broken.words().in_lang(lang)) }
        },
        Outcome::Unchecked(why) => html! {
            (look::badge(Tone::Warn, lang.t("点検できませんでした", "Could not be checked")))
            p { (why.in_lang(lang)) }
        },
    }
}
