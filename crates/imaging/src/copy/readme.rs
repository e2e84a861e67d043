//! The page on the medium for whoever finds it: what it is and how to look at it. It names nobody.

use kernel::Words;
use maud::{DOCTYPE, html};

use super::{Made, Wish};
use crate::deidentify::NoCopy;

/// Its name, as every system reads it.
pub(super) const FILE: &str = "README.HTM";

/// The page, in both languages, one under the other: nobody knows who finds it. `link` leads to the study here, for people
/// with an account.
pub(super) fn page(wish: Wish, made: &Made, link: &str) -> String {
    let title = Words::new("医用画像", "Medical images");
    let page = html! {
        (DOCTYPE)
        html lang="ja" {
            head { meta charset="utf-8"; title { (title.ja) " – " (title.en) } }
            body {
                h1 { (title.ja) br; span lang="en" { (title.en) } }
                @for it in sentences(wish, made) {
                    p { (it.ja) br; span lang="en" { (it.en) } }
                }
                @if !wish.names_nobody { p { a href=(link) { (link) } } }
            }
        }
    };
    page.into_string()
}

fn sentences(wish: Wish, made: &Made) -> Vec<Words> {
    let files = made.files;
    let mut all = vec![Words::made(
        format!(
            "DICOM形式の画像が{files}件入っています。DICOMビューアで、このフォルダーの「DICOMDIR」を開いてください。"
        ),
        format!("Holds {files} DICOM files. Open “DICOMDIR” in this folder with a DICOM viewer."),
    )];
    if !wish.names_nobody {
        all.push(Words::new(
            "患者さんの情報が入っています。拾われた方は、中を見ずに、書いてある医療機関または警察へ届けてください。",
            "Holds a patient's data. If you have found it, please do not open it; hand it to the clinic named on it, or to the police.",
        ));
        all.push(Words::new(
            "Harukaに登録している方は、ブラウザーでも見られます。",
            "With an account at Haruka, look in a browser.",
        ));
        return all;
    }
    all.push(Words::new(
        "氏名などを取り除いた写しです（DICOM PS3.15 附属書E 基本プロファイル。日付はずらしてあります）。顔や歯の形から本人が分かることがあります。取り扱いに注意してください。",
        "A copy that names nobody (DICOM PS3.15 annex E, basic profile; dates are shifted). A person may still be known by the shape of face or teeth: handle with care.",
    ));
    for why in NoCopy::ALL {
        let (count, words) = (made.left_out.iter().filter(|it| it.1 == why).count(), why.words());
        if count > 0 {
            all.push(Words::made(
                format!("入っていないもの：{count}件。{}", words.ja),
                format!("Left out: {count}. {}", words.en),
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://haruka.example.jp/images/1.2.3";

    fn made() -> Made {
        Made { files: 2, left_out: vec![("1.2.3.4".into(), NoCopy::NoPicture)] }
    }

    #[test]
    fn a_copy_that_names_nobody_leads_nowhere_and_says_what_is_missing() {
        let wish = Wish { names_nobody: true, looked_at: true, encrypted: false };
        let page = page(wish, &made(), LINK);
        assert!(!page.contains("1.2.3") && !page.contains("haruka.example.jp"));
        let says = |why: NoCopy| page.contains(why.words().in_lang(kernel::Lang::Ja));
        assert!(says(NoCopy::NoPicture) && !says(NoCopy::Broken));
    }

    #[test]
    fn a_copy_as_it_is_leads_to_the_viewer() {
        let wish = Wish { names_nobody: false, looked_at: false, encrypted: true };
        assert!(page(wish, &Made::default(), LINK).contains(&format!("href=\"{LINK}\"")));
    }
}
