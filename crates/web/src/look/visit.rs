//! Parts that lead a person through a visit: where we are, what is next, what is not met yet, who is the doctor.

use kernel::Lang;
use maud::{Markup, html};

/// Where the patient is on the way through the visit. `current` counts from 0; `labels.len()` means all is done.
#[must_use]
pub fn steps(lang: Lang, current: usize, labels: &[&str]) -> Markup {
    let count = labels.len();
    html! {
        div.steps role="group" aria-label=(lang.t("受診の進みぐあい", "Progress of the visit")) {
            p.steps-now {
                @if let Some(label) = labels.get(current) {
                    span.steps-count { (current + 1) "/" (count) } " " strong { (label) }
                } @else {
                    span.steps-count { (count) "/" (count) } " " strong { (lang.t("すべて終わりました", "All done")) }
                }
            }
            ol { @for (index, label) in labels.iter().enumerate() {
                @let (class, state) = match index.cmp(&current) {
                    std::cmp::Ordering::Less => ("done", lang.t("済み", "done")),
                    std::cmp::Ordering::Equal => ("now", lang.t("いまここ", "now")),
                    std::cmp::Ordering::Greater => ("later", lang.t("これから", "later")),
                };
                li class=(class) aria-current=[(index == current).then_some("step")] {
                    span.step-label { (label) } span.step-state { (state) }
                }
            } }
        }
    }
}

/// The one thing to do now, big, on the patient's home. Exactly one on a page.
#[must_use]
pub fn next_step(title: &str, why: &str, href: &str, label: &str) -> Markup {
    html! {
        section.next-step {
            h2 { (title) }
            p { (why) }
            a.button.main.big href=(href) { (label) }
        }
    }
}

/// One clause that is not met, and the way to mend it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// Document and place: 「オンライン診療指針 V-1(2)①」.
    pub citation: String,
    /// What is missing, as a short sentence.
    pub title: String,
    /// Why it is asked for.
    pub reason: String,
    /// Where it is mended; empty where somebody else must do it (then `reason` says who).
    pub mend_href: String,
    /// What the button says.
    pub mend_label: String,
}

/// What keeps an act from going on: each clause with its reason and its button. Nothing when all is met.
#[must_use]
pub fn gate(lang: Lang, gates: &[Gate]) -> Markup {
    html! {
        @if !gates.is_empty() {
            section.gate {
                h2 {
                    @match lang {
                        Lang::Ja => { "先に済ませること（あと" (gates.len()) "件）" }
                        Lang::En => { "To do first (" (gates.len()) " left)" }
                    }
                }
                ol { @for it in gates {
                    li {
                        h3 { (it.title) }
                        p { (it.reason) }
                        p.citation { (lang.t("根拠：", "Rule: ")) (it.citation) }
                        @if !it.mend_href.is_empty() { a.button href=(it.mend_href) { (it.mend_label) } }
                    }
                } }
            }
        }
    }
}

/// The identity card that a patient may look at any time: who the doctor is, with licence facts and a picture.
#[must_use]
pub fn person_card<L: AsRef<str>>(
    lang: Lang,
    name: &str,
    role: &str,
    facility: &str,
    photo_href: Option<&str>,
    facts: &[(L, Markup)],
) -> Markup {
    html! {
        div.person role="group" aria-label=(lang.t("身分証", "Identity card")) {
            div.photo {
                @match photo_href {
                    Some(href) => { img src=(href) width="120" height="150" alt={ (lang.t("顔写真：", "Photograph of ")) (name) }; }
                    None => { span { (lang.t("写真はありません", "No photograph")) } }
                }
            }
            div {
                p.person-role { (role) }
                p.person-name { (name) }
                p.person-facility { (facility) }
                (super::facts(facts))
            }
        }
    }
}
