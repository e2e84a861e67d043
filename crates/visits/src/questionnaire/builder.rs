//! The facility's own questionnaire: add, move, take out questions; every change is a new version in force at once.

use kernel::Words;
use maud::{Markup, html};
use people::access::{Access, Act, Class, may};
use web::{Asked, Door, Faults, Fields, Filled, Routes, look};

use super::{Answer, Form, Question, ShowIf, check, store};

/// Routes of the builder.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings/questionnaires", show)
        .post(Door::Staff, "/settings/questionnaires", add)
        .post(Door::Staff, "/settings/questionnaires/move", shift)
}

async fn form(asked: &Asked) -> kernel::Result<Form> {
    asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            Access::new("questionnaire.form", Act::View, Class::Administration).on("form", "").require(tx, ctx)?;
            store::form(tx)
        })
        .await
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let form = form(asked).await?;
    let (lang, writes) = (asked.lang(), may(asked, Act::Write, Class::Administration));
    let rows: Vec<Vec<Markup>> =
        form.questions.iter().enumerate().map(|(place, it)| row(asked, &form, place, it)).collect();
    let heads = lang.t(["質問", "答え方", "出る条件", "操作"], ["Question", "Answer", "Shown if", "Act"]);
    let kinds = Answer::options(lang);
    let mut earlier = vec![(String::new(), lang.t("いつも", "Always").to_owned())];
    earlier.extend(form.questions.iter().map(|it| (it.key.clone(), it.words(lang).to_owned())));
    let body = html! {
        p { (lang.t("版", "Edition")) ": " (form.edition) " – " (lang.t("変更はすぐ次の患者から使われます。送られた答えは、そのときの質問といっしょに残ります。",
            "A change counts at once for the next patient. Sent answers keep the questions they were given.")) }
        (look::table_with_acts(writes, lang.t("質問", "Questions"), &heads, &rows))
        (look::faults_summary(lang, filled))
        @if writes { (look::section(lang.t("質問を加える", "Add a question"), look::form(asked, "/settings/questionnaires", html! {
            (look::text_input(lang, filled, "ja", lang.t("質問（日本語）", "Question (Japanese)"), None))
            (look::text_input(lang, filled, "en", lang.t("質問（英語）", "Question (English)"), None))
            (look::select(lang, filled, "kind", lang.t("答え方", "Kind of answer"), &kinds))
            (look::area(lang, filled, "choices", lang.t("選択肢（1行に「日本語 / 英語」）", "Choices, one a line: Japanese / English"), None).optional())
            (look::tick(lang, filled, "required", "1", lang.t("必ず答えてもらう", "Must be answered")))
            (look::tick(lang, filled, "red_flag", "1", lang.t("「いいえ」以外の答えがあれば、医師・歯科医師が判断するまで診察を始めない", "Any answer but “no” waits for the doctor's decision")))
            (look::select(lang, filled, "if_key", lang.t("どの質問の答えによって出すか", "Depends on"), &earlier))
            (look::text_input(lang, filled, "if_is", lang.t("その答え（「はい」「いいえ」、または選択肢の言葉）", "That answer (yes, no, or the words of the choice)"), None).optional().short())
            (look::submit(lang.t("加える", "Add")))
        }))) }
    };
    Ok(asked.page(&Words::new("問診票", "Questionnaire"), body).status(status))
}

fn row(asked: &Asked, form: &Form, place: usize, it: &Question) -> Vec<Markup> {
    let lang = asked.lang();
    let kind = it.kind.words().in_lang(lang).to_owned();
    let condition = it.show_if.as_ref().map_or_else(
        || lang.t("いつも", "Always").to_owned(),
        |rule| {
            let name =
                form.questions.iter().find(|it| it.key == rule.key).map_or(rule.key.as_str(), |it| it.words(lang));
            let asked = form.questions.iter().find(|it| it.key == rule.key);
            match (&rule.is, asked) {
                (Some(is), Some(asked)) => {
                    let answer = asked.show(std::slice::from_ref(is), lang);
                    lang.t(format!("「{name}」が「{answer}」のとき"), format!("“{name}” is “{answer}”"))
                }
                _ => {
                    let above = rule.above.unwrap_or_default();
                    lang.t(format!("「{name}」が{above}より大きいとき"), format!("“{name}” is above {above}"))
                }
            }
        },
    );
    vec![
        html! { (it.words(lang)) @if it.required { " " (look::badge(look::Tone::Info, lang.t("必須", "Required"))) }
        @if it.red_flag { " " (look::badge(look::Tone::Warn, lang.t("医師が判断", "Doctor decides"))) } },
        html! { (kind) },
        html! { (condition) },
        look::details(
            lang.t("並べ替える・外す", "Move or take out"),
            look::form(
                asked,
                "/settings/questionnaires/move",
                html! {
                    (look::hidden("key", &it.key))
                    @if place > 0 { (look::submit_named("to", "up", lang.t("上へ", "Up"))) }
                    @if place + 1 < form.questions.len() { (look::submit_named("to", "down", lang.t("下へ", "Down"))) }
                    (look::submit_named("to", "out", lang.t("外す", "Take out")))
                },
            ),
        ),
    ]
}

/// Keeps a changed form, or says what is wrong with it.
async fn publish(asked: &Asked, fields: &Fields, mut form: Form) -> web::Result {
    form.edition = kernel::time::day(asked.ctx.now).to_string();
    if let Err(faults) = check(&form) {
        return page(asked, &fields.again(faults), 422).await;
    }
    asked.act(fields, move |tx, ctx| store::publish(tx, ctx, &form).map(|()| "/settings/questionnaires".into())).await
}

async fn add(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let (ja, en) = (fields.line("ja", &mut faults), fields.line("en", &mut faults));
    let kind = fields.one_of("kind", &Answer::keys(), &mut faults);
    let text = fields.text_if_any("choices", &mut faults);
    let (Some(kind), true) = (kind, faults.0.is_empty()) else {
        return page(&asked, &fields.again(faults), 422).await;
    };
    let choices = text
        .lines()
        .filter(|it| !it.trim().is_empty())
        .enumerate()
        .map(|(place, line)| {
            let (ja, en) = line.split_once('/').unwrap_or((line, line));
            ((place + 1).to_string(), ja.trim().to_owned(), en.trim().to_owned())
        })
        .collect();
    let mut form = form(&asked).await?;
    let show_if = Some(fields.get("if_key")).filter(|it| !it.is_empty()).map(|key| ShowIf {
        key: key.to_owned(),
        is: form.questions.iter().find(|it| it.key == key).and_then(|it| it.answer_of(fields.get("if_is"))),
        above: None,
    });
    let key = format!("own_{}", kernel::RowId::new(&asked.ctx));
    form.questions.push(Question {
        key,
        kind,
        ja,
        en,
        required: fields.ticked("required"),
        show_if,
        red_flag: fields.ticked("red_flag"),
        choices,
    });
    publish(&asked, &fields, form).await
}

async fn shift(asked: Asked, fields: Fields) -> web::Result {
    let mut form = form(&asked).await?;
    let Some(place) = form.questions.iter().position(|it| it.key == fields.get("key")) else {
        return Err(kernel::Error::conflict("the question is gone").into());
    };
    match fields.get("to") {
        "up" if place > 0 => form.questions.swap(place, place - 1),
        "down" if place + 1 < form.questions.len() => form.questions.swap(place, place + 1),
        "out" => drop(form.questions.remove(place)),
        _ => {}
    }
    publish(&asked, &fields, form).await
}
