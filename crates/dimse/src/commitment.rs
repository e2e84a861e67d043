//! Storage commitment (PS3.4 annex J): a device asks whether what it sent is kept, before it deletes its own copy. The
//! answer is that each instance has its row and that its bytes can be opened.

use std::collections::HashSet;

use imaging::dataset::{Tag, Vr, Writer};
use imaging::instance::Uid;
use imaging::station;
use imaging::study::{Filter, fetch};
use kernel::clause;

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
    let (kept, failed) = match judge(it, asked.references(KEPT)) {
        Ok(judged) => judged,
        Err(error) => {
            tracing::warn!(%error, "a commitment could not be judged");
            return it.answer(id, &command.answer(status::FAILED));
        }
    };
    it.answer(id, &command.answer(status::SUCCESS))?;
    let event = Command::new(field::EVENT)
        .with_instance(COMMITMENT, COMMITMENT_INSTANCE)
        .with_event(if failed.is_empty() { 1 } else { 2 });
    let title = it.station.title.clone();
    let place = it.act(move |tx, _| station::store::destination(tx, &title)).ok().flatten();
    match place {
        Some(place) => {
            let data = report(true, asked.value(TRANSACTION), &kept, &failed);
            let (settings, event) = (it.settings.clone(), event.with_message(1).with_data(true));
            // The device may wait with its release for our association, or the other way round.
            let told = std::thread::Builder::new().name("dimse-report".into());
            let _ = told.spawn(move || tell(&settings, &place, &event, &data));
            Ok(())
        }
        None => {
            let data = report(context.transfer_syntax == EXPLICIT, asked.value(TRANSACTION), &kept, &failed);
            let event = event.with_message(it.next_message());
            it.answer_with(id, event, &data)
        }
    }
}

/// Opens an association to the device, in which we serve, and reports.
fn tell(settings: &Settings, place: &station::Destination, event: &Command, data: &[u8]) {
    let role = Role { class: COMMITMENT.into(), user: false, provider: true };
    let contexts = vec![(COMMITMENT.to_owned(), EXPLICIT.to_owned())];
    let told = Outgoing::open(settings, place, contexts, vec![role]).and_then(|mut out| {
        let told = out.tell(event, data);
        out.release();
        told
    });
    match told {
        Ok(answer) if answer.status() == status::SUCCESS => (),
        other => tracing::warn!(?other, host = place.host, port = place.port, "a commitment was not taken"),
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
