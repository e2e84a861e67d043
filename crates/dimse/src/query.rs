//! C-FIND: keys become a filter, rows become answers. One entry in the log for each question.

use imaging::study::{
    Answer, Attribute, Filter, Page, Unfit, find_instances, find_patients, find_series, find_studies,
};

use crate::TITLE;
use crate::association::Association;
use crate::command::{Command, status};
use crate::identifier::{IDENTIFIER_BYTES_MAX, Identifier, LEVEL, answer};
use crate::service::{Context, EXPLICIT};
use crate::wire::Ended;

/// Answers between two looks whether the peer has had enough.
const ANSWERS_BETWEEN: usize = 50;

/// Answers one question.
pub(crate) fn find(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
    let read = it.small_data(id, command, IDENTIFIER_BYTES_MAX)?;
    let Some(asked) = read.and_then(|bytes| Identifier::parse(&bytes, &context.transfer_syntax).ok()) else {
        return it.answer(id, &command.answer(status::NOT_AS_ANNOUNCED).comment("no identifier"));
    };
    let level = asked.value(LEVEL).to_owned();
    let (filter, whole) = match filter(&asked) {
        Ok(filter) => filter,
        Err(comment) => return it.answer(id, &command.answer(status::NOT_AS_ANNOUNCED).comment(comment)),
    };
    let pending = if whole { status::PENDING } else { status::PENDING_UNSUPPORTED };
    let explicit = context.transfer_syntax == EXPLICIT;
    let mut page = Page::default();
    loop {
        let (rows, next) = match rows(it, &level, &filter, &page) {
            Ok(Some(found)) => found,
            Ok(None) => return it.answer(id, &command.answer(status::NOT_AS_ANNOUNCED).comment("no such level")),
            Err(error) => {
                tracing::warn!(%error, "a query failed");
                return it.answer(id, &command.answer(status::FAILED));
            }
        };
        for (place, known) in rows.iter().enumerate() {
            if place % ANSWERS_BETWEEN == 0 && it.is_cancelled(command.message())? {
                return it.answer(id, &command.answer(status::CANCELLED));
            }
            let data = answer(explicit, &asked.keys, known, &level, TITLE);
            it.answer_with(id, command.answer(pending), &data)?;
        }
        match next {
            Some(_) => page.after = next,
            None => return it.answer(id, &command.answer(status::SUCCESS)),
        }
    }
}

/// What is searched, and whether all keys could be used.
pub(crate) fn filter(asked: &Identifier) -> Result<(Filter, bool), &'static str> {
    let (mut filter, mut whole) = (Filter::default(), true);
    for key in asked.keys.iter().filter(|it| it.tag != LEVEL && !it.value.is_empty()) {
        match filter.set(key.tag, &key.value) {
            Ok(()) => (),
            // The character set of the question, and keys that we do not compare (PS3.4 C.2.2.1.3).
            Err(Unfit::Attribute) => whole &= key.tag == imaging::dataset::Tag::CHARACTER_SET,
            Err(Unfit::Value) => return Err("a key has no valid value"),
        }
    }
    Ok((filter, whole))
}

type Found = (Vec<Vec<Attribute>>, Option<String>);

fn rows(it: &Association, level: &str, filter: &Filter, page: &Page) -> kernel::Result<Option<Found>> {
    let (filter, page) = (filter.clone(), page.clone());
    let found = match level {
        "PATIENT" => flat(it.act(move |tx, ctx| find_patients(tx, ctx, &filter, &page))?, |it| it.attributes()),
        "STUDY" => flat(it.act(move |tx, ctx| find_studies(tx, ctx, &filter, &page))?, |it| it.attributes()),
        "SERIES" => flat(it.act(move |tx, ctx| find_series(tx, ctx, &filter, &page))?, |it| {
            [it.study.attributes(), it.attributes()].concat()
        }),
        "IMAGE" => flat(it.act(move |tx, ctx| find_instances(tx, ctx, &filter, &page))?, |it| {
            [it.series.study.attributes(), it.series.attributes(), it.attributes()].concat()
        }),
        _ => return Ok(None),
    };
    Ok(Some(found))
}

fn flat<T>(answer: Answer<T>, attributes: impl Fn(&T) -> Vec<Attribute>) -> Found {
    (answer.rows.iter().map(attributes).collect(), answer.next)
}
