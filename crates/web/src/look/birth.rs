//! A birth date in three boxes, in the Western or the Japanese era.
//!
//! A browser's calendar makes a person of eighty leaf back a thousand months; and many know their year as 昭和19年 only.

use kernel::{Date, Lang, Words};
use maud::{Markup, html};

use crate::look::field_id;
use crate::{Faults, Fields, Filled};

/// An era: what the form sends, its first year, its last, its names.
struct Era {
    value: &'static str,
    first: i16,
    years: i16,
    words: Words,
}

/// Eras in which living people were born; the Western count first, since the form asks in it unless told otherwise.
static ERAS: [Era; 5] = [
    Era { value: "", first: 1, years: 9999, words: Words::new("西暦", "Western year") },
    Era { value: "taisho", first: 1912, years: 15, words: Words::new("大正", "Taishō") },
    Era { value: "showa", first: 1926, years: 64, words: Words::new("昭和", "Shōwa") },
    Era { value: "heisei", first: 1989, years: 31, words: Words::new("平成", "Heisei") },
    Era { value: "reiwa", first: 2019, years: 99, words: Words::new("令和", "Reiwa") },
];

/// A birth date: era, year, month, day as `{name}-era`, `{name}-year`, `{name}-month`, `{name}-day`. Read it with
/// [`read_birth_date`]. A `filled` with `name` itself (`1944-05-03`) shows that day.
#[must_use]
pub fn birth_date(lang: Lang, filled: &Filled, name: &str, label: &str) -> Markup {
    let known: Option<Date> = filled.get(name).parse().ok();
    let part = |part: &str| {
        let typed = filled.get(&format!("{name}-{part}"));
        match (typed, known, part) {
            ("", Some(day), "year") => day.year().to_string(),
            ("", Some(day), "month") => day.month().to_string(),
            ("", Some(day), "day") => day.day().to_string(),
            (typed, ..) => typed.to_owned(),
        }
    };
    let fault = filled.fault(name).map(|words| (format!("{}-fault", field_id(name)), words));
    let invalid = fault.as_ref().map(|_| "true");
    let number = |key: &str, words: &str, autocomplete: &str, max: u8| {
        // The summary leads to the first thing that is typed.
        let id = if key == "year" { field_id(name) } else { field_id(&format!("{name}-{key}")) };
        html! {
            div class=(key) {
                label for=(id) { (words) }
                input type="text" inputmode="numeric" id=(id) name={ (name) "-" (key) } value=(part(key)) maxlength=(max)
                    required autocomplete=(autocomplete) aria-invalid=[invalid]
                    aria-describedby=[fault.as_ref().map(|it| &it.0)];
            }
        }
    };
    let era = field_id(&format!("{name}-era"));
    html! {
        div.field.faulty[fault.is_some()] {
            fieldset.group {
                legend { (label) " " span.need.required { (lang.t("必須", "required")) } }
                @if let Some((id, words)) = &fault {
                    p.fault id=(id) { span.fault-word { (lang.t("修正：", "To mend: ")) } (words.in_lang(lang)) }
                }
                div.parts {
                    div {
                        label for=(era) { (lang.t("年の数え方", "Counted in")) }
                        select id=(era) name={ (name) "-era" } {
                            @for it in &ERAS { option value=(it.value) selected[part("era") == it.value] { (it.words.in_lang(lang)) } }
                        }
                    }
                    (number("year", lang.t("年", "Year"), "bday-year", 4))
                    (number("month", lang.t("月", "Month"), "bday-month", 2))
                    (number("day", lang.t("日", "Day"), "bday-day", 2))
                }
            }
        }
    }
}

/// Reads what [`birth_date`] sent, full-width digits too; otherwise a fault at `name`. Whether the day is plausible for
/// a person is the caller's to say.
pub fn read_birth_date(fields: &Fields, name: &'static str, faults: &mut Faults) -> Option<Date> {
    let number = |part: &str| -> Option<i16> { plain_digits(fields.get(&format!("{name}-{part}"))).parse().ok() };
    let era = ERAS.iter().find(|it| it.value == fields.get(&format!("{name}-era")));
    let day = (|| {
        let (era, year, month, day) = (era?, number("year")?, number("month")?, number("day")?);
        let western = (1..=era.years).contains(&year).then(|| era.first + year - 1)?;
        Date::new(western, month.try_into().ok()?, day.try_into().ok()?).ok()
    })();
    if day.is_none() {
        let words = Words::new(
            "年・月・日を数字で入力してください（例：昭和 19年 5月 3日、西暦 1944年 5月 3日）。",
            "Please enter year, month and day in digits (for example 1944, 5, 3).",
        );
        faults.add(name, words);
    }
    day
}

/// Japanese keyboards type `１９４４` as readily as `1944`.
fn plain_digits(text: &str) -> String {
    let plain = |it: char| match it {
        '０'..='９' => char::from_u32(u32::from(it) - u32::from('０') + u32::from('0')).unwrap_or(it),
        other => other,
    };
    text.trim().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birthday_is_understood_as_people_write_it() {
        let cases = [
            (["", "1944", "5", "3"], Some("1944-05-03")),
            (["showa", "19", "5", "3"], Some("1944-05-03")),
            (["showa", "１９", "０５", "３"], Some("1944-05-03")),
            (["taisho", "15", "12", "24"], Some("1926-12-24")),
            (["heisei", "31", "4", "30"], Some("2019-04-30")),
            (["reiwa", "8", "11", "21"], Some("2026-11-21")),
            (["showa", "65", "1", "1"], None),
            (["showa", "0", "1", "1"], None),
            (["", "2023", "2", "29"], None),
            (["", "", "5", "3"], None),
            (["meiji", "40", "1", "1"], None),
            (["", "99999", "1", "1"], None),
            (["", "1944", "-5", "3"], None),
        ];
        for ([era, year, month, day], expected) in cases {
            let fields =
                Fields::of(&[("born-era", era), ("born-year", year), ("born-month", month), ("born-day", day)]);
            let mut faults = Faults::default();
            let read = read_birth_date(&fields, "born", &mut faults);
            assert_eq!(read.map(|it| it.to_string()).as_deref(), expected, "{era} {year}-{month}-{day}");
            assert_eq!(faults.0.is_empty(), expected.is_some());
        }
    }

    #[test]
    fn a_known_day_stands_in_its_boxes() {
        let shown = birth_date(Lang::Ja, &Filled::empty().with("born", "1944-05-03"), "born", "生年月日").into_string();
        assert!(shown.contains(r#"id="f-born" name="born-year" value="1944""#), "{shown}");
        assert!(shown.contains(r#"name="born-month" value="5""#) && shown.contains(r#"name="born-day" value="3""#));
    }
}
