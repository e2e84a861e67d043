//! C-FIND in the modality worklist (PS3.4 annex K): keys become a question, those who are expected become answers. One
//! entry in the log for each question.

use imaging::dataset::Tag;
use imaging::study::Unfit;
use imaging::worklist::{Question, STEP};
use kernel::time;

use crate::association::Association;
use crate::command::{Command, status};
use crate::identifier::{IDENTIFIER_BYTES_MAX, Identifier, scheduled};
use crate::service::{Context, EXPLICIT};
use crate::wire::Ended;

/// Answers one question.
pub(crate) fn find(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
    let read = it.small_data(id, command, IDENTIFIER_BYTES_MAX)?;
    let Some(asked) = read.and_then(|bytes| Identifier::parse(&bytes, &context.transfer_syntax).ok()) else {
        return it.answer(id, &command.answer(status::NOT_AS_ANNOUNCED).comment("no identifier"));
    };
    let Some((question, whole)) = question(&asked) else {
        return it.answer(id, &command.answer(status::NOT_AS_ANNOUNCED).comment("a key has no valid value"));
    };
    let Some(source) = it.settings.worklist.clone() else { return Err(Ended::Garbage(6)) };
    let (from, to) = question.days(time::day(it.ctx().now));
    let entries = match it.act(move |tx, ctx| source(tx, ctx, from, to)) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(%error, "the worklist could not be told");
            return it.answer(id, &command.answer(status::FAILED));
        }
    };
    let pending = if whole { status::PENDING } else { status::PENDING_UNSUPPORTED };
    let (explicit, title) = (context.transfer_syntax == EXPLICIT, it.station.title.clone());
    for entry in entries.iter().filter(|it| question.fits(it)) {
        if it.is_cancelled(command.message())? {
            return it.answer(id, &command.answer(status::CANCELLED));
        }
        let data = scheduled(explicit, &asked, STEP, &entry.attributes(), &entry.step(&question, &title));
        it.answer_with(id, command.answer(pending), &data)?;
    }
    it.answer(id, &command.answer(status::SUCCESS))
}

/// What is asked, and whether all keys could be used; nothing when one has no valid value.
fn question(asked: &Identifier) -> Option<(Question, bool)> {
    let (mut question, mut whole) = (Question::default(), true);
    let top = asked.keys.iter().map(|it| (it.tag, it.value.as_str()));
    let step = asked.nested.iter().filter(|it| it.0 == STEP).map(|it| (it.2, it.3.as_str()));
    for (tag, value) in top.filter(|it| it.0 != STEP && it.0 != Tag::CHARACTER_SET).chain(step) {
        match question.set(tag, value) {
            Ok(()) => (),
            Err(Unfit::Attribute) => whole = false,
            Err(Unfit::Value) => return None,
        }
    }
    Some((question, whole))
}
