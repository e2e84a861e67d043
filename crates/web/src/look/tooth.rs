//! The tooth chart in two-digit FDI notation (ISO 3950): permanent teeth 11–48, deciduous teeth 51–85.
//!
//! Drawn as the dentist sees it: the patient's right side on the left. Made of ordinary boxes and lists, quadrant by
//! quadrant, so that keyboard and screen reader go through it like any other form.

use kernel::Lang;
use maud::{Markup, html};

use crate::Filled;
use crate::look::{details, field_id};

/// A tooth by its FDI number. Only real ones exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tooth(u8);

/// Quadrants in the order in which the chart shows them: upper right, upper left, lower right, lower left.
const PERMANENT: [u8; 4] = [1, 2, 4, 3];
const DECIDUOUS: [u8; 4] = [5, 6, 8, 7];

impl Tooth {
    /// The tooth with FDI number `fdi`, if there is one.
    #[must_use]
    pub fn new(fdi: u8) -> Option<Self> {
        let last = match fdi / 10 {
            1..=4 => 8,
            5..=8 => 5,
            _ => return None,
        };
        (1..=last).contains(&(fdi % 10)).then_some(Self(fdi))
    }

    /// From `"16"`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        (text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit()))
            .then(|| text.parse().ok().and_then(Self::new))?
    }

    /// The FDI number.
    #[must_use]
    pub fn fdi(self) -> u8 {
        self.0
    }

    /// Whether it is a milk tooth.
    #[must_use]
    pub fn is_deciduous(self) -> bool {
        self.0 > 50
    }

    /// All of the permanent teeth, then all of the deciduous, in the chart's order.
    pub fn all() -> impl Iterator<Item = Self> {
        PERMANENT.into_iter().chain(DECIDUOUS).flat_map(quadrant)
    }
}

/// The teeth of a quadrant from the picture's left to its right.
fn quadrant(number: u8) -> impl Iterator<Item = Tooth> {
    let last = if number > 4 { 5 } else { 8 };
    let leftwards = matches!(number, 1 | 4 | 5 | 8);
    (1..=last).map(move |it| Tooth(number * 10 + if leftwards { last + 1 - it } else { it }))
}

fn side(lang: Lang, quadrant: u8) -> &'static str {
    match quadrant {
        1 | 5 => lang.t("右上", "upper right"),
        2 | 6 => lang.t("左上", "upper left"),
        3 | 7 => lang.t("左下", "lower left"),
        _ => lang.t("右下", "lower right"),
    }
}

/// The tooth in words: 「右上 第一大臼歯」, "upper right first molar".
#[must_use]
pub fn tooth_name(lang: Lang, tooth: Tooth) -> String {
    let kind = match (tooth.is_deciduous(), tooth.0 % 10) {
        (false, 1) => lang.t("中切歯", "central incisor"),
        (false, 2) => lang.t("側切歯", "lateral incisor"),
        (false, 3) => lang.t("犬歯", "canine"),
        (false, 4) => lang.t("第一小臼歯", "first premolar"),
        (false, 5) => lang.t("第二小臼歯", "second premolar"),
        (false, 6) => lang.t("第一大臼歯", "first molar"),
        (false, 7) => lang.t("第二大臼歯", "second molar"),
        (false, _) => lang.t("第三大臼歯（親知らず）", "third molar (wisdom tooth)"),
        (true, 1) => lang.t("乳中切歯", "deciduous central incisor"),
        (true, 2) => lang.t("乳側切歯", "deciduous lateral incisor"),
        (true, 3) => lang.t("乳犬歯", "deciduous canine"),
        (true, 4) => lang.t("第一乳臼歯", "deciduous first molar"),
        (true, _) => lang.t("第二乳臼歯", "deciduous second molar"),
    };
    format!("{} {kind}", side(lang, tooth.0 / 10))
}

/// A condition for every tooth: each is a list of `conditions` (value, short word of up to four characters), sent as
/// the field `{name}.{fdi}`. An empty value means "nothing said".
#[must_use]
pub fn teeth<V: AsRef<str>, L: AsRef<str>>(
    lang: Lang,
    filled: &Filled,
    name: &str,
    label: &str,
    conditions: &[(V, L)],
) -> Markup {
    let field = |tooth: Tooth| format!("{name}.{}", tooth.0);
    let used = |tooth: Tooth| !filled.get(&field(tooth)).is_empty();
    chart(lang, label, "choose", used, |tooth| {
        let field = field(tooth);
        let now = filled.get(&field);
        html! {
            label for=(field_id(&field)) { (number(lang, tooth)) }
            select class={ "tooth-state" @if !now.is_empty() { " set" } } id=(field_id(&field)) name=(field) {
                option value="" { "－" }
                @for (value, word) in conditions {
                    option value=(value.as_ref()) selected[value.as_ref() == now] { (word.as_ref()) }
                }
            }
        }
    })
}

/// Any number of teeth, each a box to tick with the value of its FDI number: "which tooth hurts?".
#[must_use]
pub fn teeth_ticks(lang: Lang, filled: &Filled, name: &str, label: &str) -> Markup {
    let used = |tooth: Tooth| filled.has(name, &tooth.0.to_string());
    chart(lang, label, "tick", used, |tooth| {
        let id = field_id(&format!("{name}-{}", tooth.0));
        html! {
            input type="checkbox" id=(id) name=(name) value=(tooth.0) checked[used(tooth)];
            label for=(id) { (number(lang, tooth)) }
        }
    })
}

/// A chart to look at: the word at each marked tooth. Deciduous teeth are shown when one of them is marked.
#[must_use]
pub fn teeth_marks<W: AsRef<str>>(lang: Lang, label: &str, marks: &[(Tooth, W)]) -> Markup {
    let mark = |tooth: Tooth| marks.iter().find(|(at, _)| *at == tooth).map(|(_, word)| word.as_ref());
    let used = |tooth: Tooth| mark(tooth).is_some();
    chart(lang, label, "marks", used, |tooth| {
        html! {
            (number(lang, tooth))
            span class={ "mark" @if used(tooth) { " set" } } { (mark(tooth).unwrap_or("－")) }
        }
    })
}

/// The number for the eye, the name for the ear.
fn number(lang: Lang, tooth: Tooth) -> Markup {
    html! { span.tooth-number { (tooth.0) span.unseen { " " (tooth_name(lang, tooth)) } } }
}

fn chart(lang: Lang, label: &str, kind: &str, used: impl Fn(Tooth) -> bool, cell: impl Fn(Tooth) -> Markup) -> Markup {
    let milk = DECIDUOUS.into_iter().flat_map(quadrant).any(used);
    let deciduous = html! { (arch(lang, &DECIDUOUS, &cell)) };
    html! {
        fieldset class={ "teeth " (kind) } {
            legend { (label) }
            (arch(lang, &PERMANENT, &cell))
            @if kind == "marks" {
                @if milk { p.teeth-part { (lang.t("乳歯", "Deciduous teeth")) } (deciduous) }
            } @else if milk {
                details open { summary { (lang.t("乳歯", "Deciduous teeth")) } div.unfolded { (deciduous) } }
            } @else {
                (details(lang.t("乳歯", "Deciduous teeth"), deciduous))
            }
        }
    }
}

fn arch(lang: Lang, quadrants: &[u8; 4], cell: impl Fn(Tooth) -> Markup) -> Markup {
    html! {
        div.arch { @for number in quadrants {
            div class={ "quadrant teeth-" (quadrant(*number).count()) } role="group" aria-label=(side(lang, *number)) {
                p.quadrant-name aria-hidden="true" { (side(lang, *number)) }
                ul { @for tooth in quadrant(*number) { li.tooth { (cell(tooth)) } } }
            }
        } }
    }
}
