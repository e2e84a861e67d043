//! C-STORE: the instance streams into `imaging::intake`; the answer leaves when rows, log entry and bytes are durable.

use db::Room;
use imaging::instance::Refused;
use imaging::intake::{self, Intake, Kept, NotKept, Origin};
use kernel::{Error, Kind};

use crate::association::Association;
use crate::command::{Command, status};
use crate::service::Context;
use crate::wire::Ended;

/// Takes one instance.
pub(crate) fn store(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
    if !command.has_data() {
        return it.answer(id, &command.answer(status::NOT_UNDERSTOOD).comment("no data set"));
    }
    // The reserve is for reading, and at a gateway for noting what has arrived: images would eat it in a minute.
    let opened = match it.site.db.room() {
        Room::Enough => {
            Intake::data_set(&it.site.blobs, it.facility, &it.key, &it.site.chance, &context.transfer_syntax)
        }
        room => Err(Error::disk_full(format!("{room:?}"))),
    };
    let (mut intake, mut failed) = match opened {
        Ok(intake) => (Some(intake), None),
        Err(error) => (None, Some(error)),
    };
    // A sender that is refused in the middle goes on to the end all the same; the rest is passed over.
    it.data(id, |bytes| {
        if let Some(Err(error)) = intake.as_mut().map(|it| it.write(bytes)) {
            intake = None;
            failed = Some(error);
        }
    })?;
    let origin = Origin {
        face: "dimse",
        sender: it.station.title.clone(),
        announced: Some((command.class(), command.instance())),
    };
    let kept = match intake {
        Some(intake) => keep(it, intake, origin),
        None => Err(failed.unwrap_or_else(|| Error::internal("an intake was lost"))),
    };
    let answer = match kept {
        Ok(answered) => answered.put(command),
        Err(error) => {
            tracing::warn!(%error, "an instance was not kept");
            let full = matches!(error.kind(), Kind::Limit { .. } | Kind::Unavailable);
            command.answer(if full { status::NO_ROOM } else { status::FAILED })
        }
    };
    it.answer(id, &answer)
}

/// What the sender is told.
struct Answered {
    status: u16,
    comment: &'static str,
}

impl Answered {
    fn put(&self, command: &Command) -> Command {
        let answer = command.answer(self.status);
        if self.comment.is_empty() { answer } else { answer.comment(self.comment) }
    }
}

fn keep(it: &Association, intake: Intake, origin: Origin) -> kernel::Result<Answered> {
    let arrived = match intake.finish()? {
        Ok(arrived) => arrived,
        Err(fault) => {
            it.act(move |tx, ctx| intake::refuse_broken(tx, ctx, &fault, &origin))?;
            return Ok(Answered { status: status::NOT_UNDERSTOOD, comment: "the data set is damaged" });
        }
    };
    let blobs = it.site.blobs.clone();
    let kept = it.act(move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin))?;
    Ok(match kept {
        Kept::Stored | Kept::AlreadyHere => Answered { status: status::SUCCESS, comment: "" },
        Kept::Refused(NotKept::Unplaced(Refused::NotAsAnnounced)) => {
            Answered { status: status::NOT_AS_ANNOUNCED, comment: "other class or instance than announced" }
        }
        Kept::Refused(NotKept::Unplaced(Refused::Uid(_))) => {
            Answered { status: status::NOT_UNDERSTOOD, comment: "an identifier is missing or not valid" }
        }
        Kept::Refused(NotKept::Differs) => {
            Answered { status: status::DIFFERS, comment: "another instance with this identifier is here" }
        }
    })
}
