//! Storage commitment (PS3.4 annex J): a device asks whether what it sent is kept, before it deletes its own copy. The
//! answer is that each instance has its row and that its bytes can be opened; at a gateway, that the server has shown the
//! same bytes, for which the question may have to wait.

use std::collections::HashSet;

use imaging::commitment::{self, Commitment};
use imaging::dataset::{Tag, Vr, Writer};
use imaging::delivery::{self, Standing};
use imaging::instance::Uid;
use imaging::station;
use imaging::study::{Filter, fetch};
use kernel::{FacilityId, clause};
use web::Site;

use crate::Settings;
use crate::association::Association;
use crate::command::{Command, field, status};
use crate::identifier::{IDENTIFIER_BYTES_MAX, Identifier};
use crate::pdu::Role;
use crate::send::Outgoing;
use crate::service::{COMMITMENT, COMMITMENT_INSTANCE, Context, EXPLICIT};
use crate::wire::Ended;

const TRANSACTION: Tag = Tag(0x0008, 0x1195);
const KEPT: Tag = Tag(0x0008, 0x1199);
const FAILED: Tag = Tag(0x0008, 0x1198);
const CLASS: Tag = Tag(0x0008, 0x1150);
const INSTANCE: Tag = Tag(0x0008, 0x1155);
const REASON: Tag = Tag(0x0008, 0x1197);
/// Instances asked for at once.
const ASKED_MAX: usize = 500;

/// Takes the request, answers it, and reports: to the device's own address where one is registered, otherwise here.
pub(crate) fn action(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
    clause!("TR-20");
    let read = it.small_data(id, command, IDENTIFIER_BYTES_MAX)?;
    let asked = read.and_then(|bytes| Identifier::parse(&bytes, &context.transfer_syntax).ok());
    let asked = asked.filter(|it| command.action() == 1 && Uid::parse(it.value(TRANSACTION)).is_some());
    let Some(asked) = asked else { return it.answer(id, &command.answer(status::ARGUMENT)) };
    if it.settings.forwards {
        return promise(it, id, context, command, &asked);
    }
    let (kept, failed) = match judge(it, asked.references(KEPT)) {
        Ok(judged) => judged,
        Err(error) => {
            tracing::warn!(%error, "a commitment could not be judged");
            return it.answer(id, &command.answer(status::FAILED));
        }
    };
    it.answer(id, &command.answer(status::SUCCESS))?;
    let title = it.station.title.clone();
    let place = it.act(move |tx, _| station::store::destination(tx, &title)).ok().flatten();
    match place {
        Some(place) => {
            let data = report(true, asked.value(TRANSACTION), &kept, &failed);
            let (settings, event) = (it.settings.clone(), event(&failed).with_message(1).with_data(true));
            // The device may wait with its release for our association, or the other way round.
            let told = std::thread::Builder::new().name("dimse-report".into());
            let _ = told.spawn(move || tell(&settings, &place, &event, &data));
            Ok(())
        }
        None => report_here(it, id, context, asked.value(TRANSACTION), &kept, &failed),
    }
}

fn event(failed: &Pairs) -> Command {
    let kind = if failed.is_empty() { 1 } else { 2 };
    Command::new(field::EVENT).with_instance(COMMITMENT, COMMITMENT_INSTANCE).with_event(kind)
}

/// Reports on the association on which it was asked.
fn report_here(
    it: &mut Association,
    id: u8,
    context: &Context,
    transaction: &str,
    kept: &Pairs,
    failed: &Pairs,
) -> Result<(), Ended> {
    let data = report(context.transfer_syntax == EXPLICIT, transaction, kept, failed);
    let event = event(failed).with_message(it.next_message());
    it.answer_with(id, event, &data)
}

/// At a gateway: the question is kept until the server has shown every instance. A device that cannot be called is told at
/// once what is known, or to ask again.
fn promise(
    it: &mut Association,
    id: u8,
    context: &Context,
    command: &Command,
    asked: &Identifier,
) -> Result<(), Ended> {
    let pairs = asked.references(KEPT);
    let (title, transaction, own) = (it.station.title.clone(), asked.value(TRANSACTION).to_owned(), pairs.clone());
    let kept = it.act(move |tx, ctx| {
        if station::store::destination(tx, &title)?.is_some() {
            return commitment::store::ask(tx, ctx, &title, &transaction, &own).map(|_| None);
        }
        delivery::store::standing(tx, &own).map(Some)
    });
    match kept {
        Ok(None) => it.answer(id, &command.answer(status::SUCCESS)),
        Ok(Some(all)) if all.contains(&Standing::Waiting) => {
            it.answer(id, &command.answer(status::RESOURCE).comment("on its way to the server; ask again"))
        }
        Ok(Some(all)) => {
            it.answer(id, &command.answer(status::SUCCESS))?;
            let (kept, failed) = split(pairs, &all);
            report_here(it, id, context, asked.value(TRANSACTION), &kept, &failed)
        }
        Err(error) => {
            tracing::warn!(%error, "a commitment could not be kept");
            it.answer(id, &command.answer(status::FAILED))
        }
    }
}

fn split(pairs: Pairs, all: &[Standing]) -> (Pairs, Pairs) {
    let mut known = all.iter();
    pairs.into_iter().partition(|_| known.next() == Some(&Standing::Delivered))
}

/// Tells devices that have asked at this gateway what is now known of their instances. Blocks while it calls them.
///
/// # Errors
/// The database's.
pub fn report_due(site: &Site, settings: &Settings, facility: FacilityId) -> kernel::Result<()> {
    clause!("TR-20");
    let now = site.clock.now();
    let due = site.db.write_blocking(Some(facility), move |tx| commitment::store::due(tx, now))?;
    for it in due {
        report_one(site, settings, facility, it)?;
    }
    Ok(())
}

fn report_one(site: &Site, settings: &Settings, facility: FacilityId, it: Commitment) -> kernel::Result<()> {
    let (title, own) = (it.title.clone(), it.instances.clone());
    let (all, place) = site.db.write_blocking(Some(facility), move |tx| {
        Ok((delivery::store::standing(tx, &own)?, station::store::destination(tx, &title)?))
    })?;
    let ctx = site.job("dimse").at(facility);
    if all.contains(&Standing::Waiting) {
        return site.db.write_blocking(Some(facility), move |tx| commitment::store::later(tx, it.id, ctx.now));
    }
    let (kept, failed) = split(it.instances.clone(), &all);
    let taken = place.is_some_and(|place| {
        let data = report(true, &it.transaction, &kept, &failed);
        tell(settings, &place, &event(&failed).with_message(1).with_data(true), &data)
    });
    let next = it.next(ctx.now);
    site.db.write_blocking(Some(facility), move |tx| {
        if taken {
            commitment::store::told(tx, &ctx, it.id, kept.len(), failed.len())
        } else {
            commitment::store::untold(tx, &ctx, it.id, next)
        }
    })
}

/// Opens an association to the device, in which we serve, and reports. Whether the report was taken.
fn tell(settings: &Settings, place: &station::Destination, event: &Command, data: &[u8]) -> bool {
    let role = Role { class: COMMITMENT.into(), user: false, provider: true };
    let contexts = vec![(COMMITMENT.to_owned(), EXPLICIT.to_owned())];
    let told = Outgoing::open(settings, place, contexts, vec![role]).and_then(|mut out| {
        let told = out.tell(event, data);
        out.release();
        told
    });
    match told {
        Ok(answer) if answer.status() == status::SUCCESS => true,
        other => {
            tracing::warn!(?other, host = place.host, port = place.port, "a commitment was not taken");
            false
        }
    }
}

type Pairs = Vec<(String, String)>;

/// Which are kept, and which not.
fn judge(it: &Association, asked: Pairs) -> kernel::Result<(Pairs, Pairs)> {
    let mut found = HashSet::new();
    for some in asked.chunks(ASKED_MAX) {
        let instances: Vec<Uid> = some.iter().filter_map(|it| Uid::parse(&it.1)).collect();
        if instances.is_empty() {
            continue;
        }
        let filter = Filter { instances, ..Filter::default() };
        let fetched = it.act(move |tx, ctx| match fetch(tx, ctx, &filter, "study.commit") {
            Ok(fetched) => Ok(Some(fetched)),
            Err(error) if *error.kind() == kernel::Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        })?;
        let Some(fetched) = fetched else { continue };
        for which in &fetched.instances {
            match fetched.open(&it.site.blobs, which) {
                Ok(_) => drop(found.insert((which.class.clone(), which.uid.clone()))),
                Err(error) => tracing::error!(%error, "a stored instance cannot be opened"),
            }
        }
    }
    Ok(asked.into_iter().partition(|it| found.contains(it)))
}

fn report(explicit: bool, transaction: &str, kept: &Pairs, failed: &Pairs) -> Vec<u8> {
    let uid = Vr(*b"UI");
    let item = |it: &(String, String)| {
        let mut item = Writer::new(explicit);
        item.text(CLASS, uid, &it.0).text(INSTANCE, uid, &it.1);
        item
    };
    let mut writer = Writer::new(explicit);
    writer.text(TRANSACTION, uid, transaction);
    if !failed.is_empty() {
        let items: Vec<_> = failed.iter().map(|it| item(it).number(REASON, status::NO_INSTANCE).take()).collect();
        writer.items(FAILED, &items);
    }
    if !kept.is_empty() {
        let items: Vec<_> = kept.iter().map(|it| item(it).take()).collect();
        writer.items(KEPT, &items);
    }
    writer.take()
}
