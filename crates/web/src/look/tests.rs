//! What every part must keep: hostile text stays text, every control has a name, faults are tied to their field.

use kernel::{Lang, Words};
use maud::{Markup, Render, html};

use super::*;
use crate::{Faults, Filled};

const HOSTILE: &str = r#""><script>alert('x')</script><img src=x onerror=alert(1)>"#;

fn refused(field: &'static str) -> Filled {
    let mut faults = Faults::default();
    faults.add(field, Words::new("入力してください。", "Please fill this in."));
    let mut filled = Filled::empty();
    filled.faults = faults;
    filled
}

/// All kinds of field under the name `name`, with `text` wherever a caller may put text.
fn all_fields(filled: &Filled, text: &str) -> Vec<(&'static str, Markup)> {
    let lang = Lang::En;
    let options = [(text, text), ("b", "B")];
    vec![
        ("text", text_input(lang, filled, "name", text, Some(text)).render()),
        ("area", area(lang, filled, "name", text, Some(text)).render()),
        ("file", file_input(lang, filled, "name", text, Some(text), "image/png").render()),
        ("select", select(lang, filled, "name", text, &options).hint(text).render()),
        ("choice", choice(lang, filled, "name", text, &options).hint(text).render()),
        ("ticks", ticks(lang, filled, "name", text, &options).hint(text).render()),
        ("tick", tick(lang, filled, "name", text, text).hint(text).render()),
        ("birth", birth_date(lang, filled, "name", text)),
        ("teeth", teeth(lang, filled, "name", text, &options)),
        ("teeth_ticks", teeth_ticks(lang, filled, "name", text)),
    ]
}

#[test]
fn hostile_text_stays_text() {
    let filled = Filled::empty().with("name", HOSTILE).with("name-year", HOSTILE).with("name.16", HOSTILE);
    let body = || html! { p { (HOSTILE) } };
    let gates = [Gate {
        citation: HOSTILE.into(),
        title: HOSTILE.into(),
        reason: HOSTILE.into(),
        mend_href: HOSTILE.into(),
        mend_label: HOSTILE.into(),
    }];
    let mut faults = Faults::default();
    faults.add("name", Words::made(HOSTILE.into(), HOSTILE.into()));
    let mut faulty = Filled::empty();
    faulty.faults = faults;
    let mut shown = all_fields(&filled, HOSTILE);
    shown.extend(all_fields(&faulty, HOSTILE));
    shown.extend([
        ("summary", faults_summary(Lang::Ja, &faulty)),
        ("notice", notice(Lang::Ja, Tone::Stop, HOSTILE, body())),
        ("badge", badge(Tone::Good, HOSTILE)),
        ("card", card(HOSTILE, body())),
        ("steps", steps(Lang::Ja, 0, &[HOSTILE, HOSTILE])),
        ("next", next_step(HOSTILE, HOSTILE, HOSTILE, HOSTILE)),
        ("gate", gate(Lang::Ja, &gates)),
        ("facts", facts(&[(HOSTILE, body())])),
        ("table", table(HOSTILE, &[HOSTILE], &[vec![body()]])),
        ("acts", table_with_acts(true, HOSTILE, &[HOSTILE], &[vec![body()]])),
        ("wide", table_wide(HOSTILE, &[HOSTILE], &[vec![body()]])),
        ("empty", empty(HOSTILE)),
        ("pager", pager(Lang::Ja, Some(HOSTILE), Some(HOSTILE))),
        ("timeline", timeline(&[(HOSTILE, body())])),
        ("details", details(HOSTILE, body())),
        ("person", person_card(Lang::Ja, HOSTILE, HOSTILE, HOSTILE, Some(HOSTILE), &[(HOSTILE, body())])),
        ("copyable", copyable(Lang::Ja, HOSTILE)),
        ("toolbar", toolbar(HOSTILE, body())),
        ("live", live(HOSTILE, 5, HOSTILE, body())),
        ("hidden", hidden(HOSTILE, HOSTILE)),
        ("submit", submit_named(HOSTILE, HOSTILE, HOSTILE)),
        ("link", link_button(HOSTILE, HOSTILE)),
    ]);
    for (part, markup) in shown {
        let markup = markup.into_string();
        assert!(!markup.contains("<script") && !markup.contains("<img src=x"), "{part}: {markup}");
        assert!(!markup.contains("style=") && !markup.contains(" onclick"), "{part}: the CSP would refuse it");
    }
}

/// The values of `attribute` in the tags `tag` of `html`.
fn values(html: &str, tag: &str, attribute: &str) -> Vec<String> {
    let start = format!("<{tag} ");
    html.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|it| it.0))
        .filter(|inside| !inside.contains(r#"type="hidden""#))
        .map(|inside| {
            let (_, rest) = format!(" {inside}")
                .split_once(&format!(" {attribute}=\""))
                .map(|(before, after)| (before.to_owned(), after.to_owned()))
                .unwrap_or_default();
            rest.split('"').next().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn every_control_has_a_label() {
    for filled in [Filled::empty(), refused("name")] {
        for (part, markup) in all_fields(&filled, "Text") {
            let markup = markup.into_string();
            let labels = values(&markup, "label", "for");
            let controls: Vec<_> =
                ["input", "select", "textarea"].iter().flat_map(|tag| values(&markup, tag, "id")).collect();
            assert!(!controls.is_empty(), "{part} has no control");
            for id in &controls {
                assert_eq!(labels.iter().filter(|it| *it == id).count(), 1, "{part}: {id}: {markup}");
            }
            let mut ids = controls.clone();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), controls.len(), "{part}: an id stands twice");
        }
    }
}

#[test]
fn a_fault_is_tied_to_its_field_and_the_summary_leads_there() {
    let filled = refused("name");
    assert!(faults_summary(Lang::En, &filled).into_string().contains(r##"href="#f-name""##));
    for (part, markup) in all_fields(&filled, "Text").into_iter().filter(|it| !it.0.starts_with("teeth")) {
        let markup = markup.into_string();
        assert!(markup.contains(r#"id="f-name-fault""#), "{part}");
        assert!(markup.contains(r#"id="f-name""#), "{part}: the summary leads nowhere");
        assert!(markup.contains(r#"aria-invalid="true""#), "{part}");
        assert!(markup.contains("f-name-fault\"") && markup.contains("aria-describedby="), "{part}: {markup}");
        assert!(markup.contains("Please fill this in."), "{part}");
    }
}

#[test]
fn what_must_be_mended_is_never_folded_away() {
    for (part, markup) in all_fields(&refused("name"), "Text").into_iter().filter(|it| !it.0.starts_with("teeth")) {
        assert!(details("More", markup).into_string().starts_with("<details open>"), "{part}");
    }
    let typed = Filled::empty().with("name", r#"aria-invalid="true""#);
    for (part, markup) in all_fields(&typed, "Text") {
        assert!(details("More", markup).into_string().starts_with("<details><summary>"), "{part}");
    }
}

#[test]
fn a_field_without_fault_says_nothing_of_faults() {
    for (part, markup) in all_fields(&Filled::empty(), "Text") {
        let markup = markup.into_string();
        assert!(!markup.contains("aria-invalid") && !markup.contains("faulty"), "{part}: {markup}");
    }
    assert_eq!(faults_summary(Lang::Ja, &Filled::empty()).into_string(), "");
}

#[test]
fn need_is_said_with_a_word_in_both_languages() {
    let filled = Filled::empty();
    let field = |lang| text_input(lang, &filled, "name", "N", None);
    assert!(field(Lang::Ja).into_markup().into_string().contains("必須"));
    assert!(field(Lang::En).into_markup().into_string().contains("required</span>"));
    assert!(field(Lang::Ja).optional().into_markup().into_string().contains("任意"));
    let free = field(Lang::En).unmarked().into_markup().into_string();
    assert!(!free.contains("required") && !free.contains("optional"));
}

#[test]
fn what_was_typed_stays_but_no_password() {
    let filled = Filled::empty().with("name", "田中\n一郎");
    assert!(
        area(Lang::Ja, &filled, "name", "N", None).into_markup().into_string().contains(">\n田中\n一郎</textarea>")
    );
    let secret = text_input(Lang::Ja, &filled, "name", "N", None).kind("password").into_markup().into_string();
    assert!(!secret.contains("田中"));
    let hurts = Filled::empty().with("pain", "much");
    let chosen = choice(Lang::Ja, &hurts, "pain", "P", &[("none", "N"), ("much", "M")]);
    let chosen = chosen.into_markup().into_string();
    assert_eq!(chosen.matches(" checked").count(), 1, "{chosen}");
}

#[test]
fn a_tone_has_a_word_not_only_a_colour() {
    for tone in [Tone::Info, Tone::Good, Tone::Warn, Tone::Stop] {
        for lang in [Lang::Ja, Lang::En] {
            assert!(notice(lang, tone, "T", html! {}).into_string().contains(tone.word(lang)));
        }
    }
}

#[test]
fn a_gate_without_a_way_to_mend_has_no_button() {
    let open = Gate { title: "T".into(), mend_href: "/mend".into(), mend_label: "Mend".into(), ..Gate::default() };
    assert!(gate(Lang::En, std::slice::from_ref(&open)).into_string().contains("/mend"));
    assert!(!gate(Lang::En, &[Gate { mend_href: String::new(), ..open }]).into_string().contains("<a"));
    assert_eq!(gate(Lang::En, &[]).into_string(), "");
}
