//! The tooth chart ([`kernel::tooth`]) as a form and as a picture.
//!
//! Drawn as the dentist sees it: the patient's right side on the left. Made of ordinary boxes and lists, quadrant by
//! quadrant, so that keyboard and screen reader go through it like any other form.

use kernel::Lang;
use kernel::tooth::{DECIDUOUS, PERMANENT, Tooth, side};
use maud::{Markup, html};

use crate::Filled;
use crate::look::{details, field_id};

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
    let field = |tooth: Tooth| format!("{name}.{}", tooth.fdi());
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
    let used = |tooth: Tooth| filled.has(name, &tooth.fdi().to_string());
    chart(lang, label, "tick", used, |tooth| {
        let id = field_id(&format!("{name}-{}", tooth.fdi()));
        html! {
            input type="checkbox" id=(id) name=(name) value=(tooth.fdi()) checked[used(tooth)];
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
    html! { span.tooth-number { (tooth.fdi()) span.unseen { " " (tooth.name(lang)) } } }
}

fn chart(lang: Lang, label: &str, kind: &str, used: impl Fn(Tooth) -> bool, cell: impl Fn(Tooth) -> Markup) -> Markup {
    let milk = DECIDUOUS.into_iter().flat_map(Tooth::of_quadrant).any(used);
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
            div class={ "quadrant teeth-" (Tooth::of_quadrant(*number).count()) } role="group" aria-label=(side(*number, lang)) {
                p.quadrant-name aria-hidden="true" { (side(*number, lang)) }
                ul { @for tooth in Tooth::of_quadrant(*number) { li.tooth { (cell(tooth)) } } }
            }
        } }
    }
}
