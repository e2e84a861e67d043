//! The page on the medium for whoever finds it: what it is, how to look at it, and to whom it goes back. It names no patient,
//! and a copy without names does not tell whence it came.

use kernel::Words;
use maud::{DOCTYPE, html};

use super::{Made, Wish};
use crate::deidentify::NoCopy;

/// Its name, as every system reads it.
pub(super) const FILE: &str = "README.HTM";

/// The page, in both languages, one under the other: nobody knows who finds it. `link` leads to the study here, for people
/// with an account; `from` is the facility that has made it.
pub(super) fn page(wish: Wish, made: &Made, link: &str, from: &str) -> String {
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
                @if !wish.names_nobody {
                    p { a href=(link) { (link) } }
                    p { strong { (from) } }
                }
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
            "患者さんの情報が入っています。拾われた方は、画像を見ずに、下の医療機関または警察へ届けてください。",
            "Holds a patient's data. If you have found it, please do not look at the pictures; hand it to the clinic named below, or to the police.",
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
    const FROM: &str = "青葉歯科 03-5550-0101";

    fn made() -> Made {
        Made { files: 2, left_out: vec![("1.2.3.4".into(), NoCopy::NoPicture)] }
    }

    #[test]
    fn a_copy_that_names_nobody_leads_nowhere_and_says_what_is_missing() {
        let wish = Wish { names_nobody: true, looked_at: true, encrypted: false };
        let page = page(wish, &made(), LINK, FROM);
        assert!(!page.contains("1.2.3") && !page.contains("haruka.example.jp") && !page.contains("青葉"));
        let says = |why: NoCopy| page.contains(why.words().in_lang(kernel::Lang::Ja));
        assert!(says(NoCopy::NoPicture) && !says(NoCopy::Broken));
    }

    #[test]
    fn a_copy_as_it_is_leads_to_the_viewer_and_back_to_the_clinic() {
        let wish = Wish { names_nobody: false, looked_at: false, encrypted: true };
        let page = page(wish, &Made::default(), LINK, FROM);
        assert!(page.contains(&format!("href=\"{LINK}\"")) && page.contains(FROM), "a finder knows whom to call");
    }
}
