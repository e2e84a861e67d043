//! A clinic and a hospital confer over a case: proposed by one, named by each, started, joined, ended; a copy and an entry at each.
//! On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, Two, both, kind, two};
use imaging::conference::desk::{Desk, NoSeat, Role};
use imaging::conference::{Conference, Form, State, store};
use imaging::request::RequestId;
use imaging::request::store as requests;
use kernel::{FacilityId, Kind, PersonId, Timestamp, Who, time};
use people::access;
use testkit::{Browser, Ward, wait};

fn form(it: &Two, people: Vec<PersonId>) -> Form {
    let planned_at = time::plus_min(it.ward.ctx(Who::Nobody).now, 60);
    Form { planned_at, note: "46部の下顎管との距離".into(), people }
}

fn newest(it: &Two, id: RequestId) -> [Conference; 2] {
    let read = move |tx: &mut db::Tx<'_>, _: &kernel::Ctx| Ok(store::of_request(tx, id)?.remove(0));
    [it.clinic(read).unwrap(), it.hospital(it.reader, read).unwrap()]
}

fn lent(it: &Two) -> RequestId {
    let id = it.sent();
    it.take(it.reader, id, "").unwrap();
    id
}

fn acts(it: &Two, facility: FacilityId, verb: &str) -> usize {
    it.log(facility).iter().filter(|one| one.0 == verb).count()
}

#[test]
fn a_conference_is_proposed_by_one_side_and_is_at_both() {
    // SY-27
    both(|it| {
        let id = it.sent();
        let early = form(it, vec![]);
        let refused = it.clinic(move |tx, ctx| store::propose(tx, ctx, id, &early));
        assert_eq!(kind(refused), Kind::Conflict, "nothing is lent before somebody reads it");
        it.take(it.reader, id, "").unwrap();
        let first = form(it, vec![]);
        it.clinic(move |tx, ctx| store::propose(tx, ctx, id, &first)).unwrap();
        let [here, there] = newest(it, id);
        assert_eq!(here, there, "word for word, each under its own key");
        let named: Vec<_> = here.people.iter().map(|one| one.person).collect();
        assert_eq!(named, [it.dentist, it.reader], "who answers for the case on either side");
        assert_eq!(here.content.note, "46部の下顎管との距離");
        for facility in [it.ward.facility, it.hospital] {
            assert_eq!(acts(it, facility, "conference.propose"), 1);
        }
        let again = form(it, vec![]);
        let second = it.hospital(it.reader, move |tx, ctx| store::propose(tx, ctx, id, &again));
        assert_eq!(kind(second), Kind::Conflict, "one is open");
        it.hospital(it.reader, move |tx, ctx| store::end(tx, ctx, id, 1)).unwrap();
        assert_eq!(newest(it, id).map(|one| one.state(it.ward.ctx(Who::Nobody).now)), [State::CalledOff; 2]);
        let later = form(it, vec![]);
        it.hospital(it.reader, move |tx, ctx| store::propose(tx, ctx, id, &later)).unwrap();
        assert_eq!(newest(it, id).map(|one| one.number), [2; 2]);
        let old = it.clinic(move |tx, ctx| store::start(tx, ctx, id, 1));
        assert_eq!(kind(old), Kind::Conflict, "a page from before starts nothing");
    });
}

#[test]
fn each_side_names_its_own_people_who_may_see_images_and_no_more_than_a_call_carries() {
    // SY-27, CS-120
    both(|it| {
        let id = lent(it);
        let clerk = it.ward.staff("kimura", &["clerk"]);
        for stranger in [clerk, it.colleague] {
            let bad = form(it, vec![stranger]);
            let refused = it.clinic(move |tx, ctx| store::propose(tx, ctx, id, &bad));
            assert_eq!(kind(refused), Kind::Invalid { field: "person" });
        }
        let good = form(it, vec![]);
        it.clinic(move |tx, ctx| store::propose(tx, ctx, id, &good)).unwrap();
        let colleague = it.colleague;
        let start = it.hospital(colleague, move |tx, ctx| store::start(tx, ctx, id, 1));
        assert_eq!(kind(start), Kind::Forbidden, "not named");
        it.hospital(it.reader, move |tx, ctx| store::name(tx, ctx, id, 1, &[colleague, colleague])).unwrap();
        it.hospital(it.reader, move |tx, ctx| store::name(tx, ctx, id, 1, &[colleague])).unwrap();
        assert_eq!(newest(it, id).map(|one| one.people.len()), [3; 2], "named once");
        let more = ["a", "b", "c"].map(|login| it.ward.staff(login, &["dentist"]));
        let refused = it.clinic(move |tx, ctx| store::name(tx, ctx, id, 1, &more));
        assert_eq!(kind(refused), Kind::Conflict, "six");
        it.hospital(colleague, move |tx, ctx| store::start(tx, ctx, id, 1)).unwrap();
        it.clinic(move |tx, ctx| store::start(tx, ctx, id, 1)).unwrap();
        let now = it.ward.ctx(Who::Nobody).now;
        assert_eq!(newest(it, id).map(|one| one.state(now)), [State::Running; 2], "a second start finds it running");
    });
}

/// A signed-in browser of somebody at a facility, and the ticket on the page that the person sees.
fn page(it: &Two, who: PersonId, facility: FacilityId, id: RequestId) -> (Browser, String) {
    let app = imaging::routes().serve(it.ward.site.clone());
    let browser = wait(it.ward.browser_of(app, Who::Staff(who), facility));
    let seen = wait(browser.get(&format!("/readings/{id}/conference")));
    assert_eq!(seen.status, 200, "{}", seen.text);
    let ticket = seen.text.split_once("ticket=\"").map(|it| it.1.split_once('"').unwrap().0.to_owned());
    (browser, ticket.unwrap_or_default())
}

#[test]
fn the_named_come_in_while_it_runs_and_who_was_there_is_on_record_at_both() {
    // SY-27, OV-244, CS-122
    let it = two(Ward::sqlite(ROOMS));
    let id = lent(&it);
    let desk = Desk::new(it.ward.site.clone());
    let proposal = form(&it, vec![]);
    it.clinic(move |tx, ctx| store::propose(tx, ctx, id, &proposal)).unwrap();
    assert_eq!(page(&it, it.dentist, it.ward.facility, id).1, "", "no seat before it is started");
    it.clinic(move |tx, ctx| store::start(tx, ctx, id, 1)).unwrap();
    let (_, dentist) = page(&it, it.dentist, it.ward.facility, id);
    let (_, reader) = page(&it, it.reader, it.hospital, id);
    assert_eq!(page(&it, it.colleague, it.hospital, id).1, "", "whoever is not named has no ticket");
    let here = wait(desk.admit(&dentist, None)).unwrap();
    let there = wait(desk.admit(&reader, None)).unwrap();
    assert_eq!((here.role, there.role), (Role::Doctor, Role::Doctor));
    assert_eq!(here.place.room, there.place.room, "one room");
    assert!(Desk::has(&here.place.room) && here.place.person != there.place.person);
    assert_eq!(wait(desk.admit("made up", None)).err(), Some(NoSeat::Stranger));
    assert!(!desk.made("made up") && desk.made(&dentist));
    let signed = [&here.place, &there.place].map(|place| wait(desk.sign(place, "x")).unwrap());
    assert_eq!(signed[0], signed[1], "one key vouches on both sides");

    let at = |minute: i64| -> Timestamp { time::plus_min(it.ward.ctx(Who::Nobody).now, minute) };
    wait(desk.joined(&here.place, at(0)));
    wait(desk.joined(&there.place, at(1)));
    wait(desk.left(&there.place, "lost", at(2)));
    wait(desk.left(&there.place, "lost", at(2)));
    wait(desk.joined(&there.place, at(3)));
    wait(desk.mismatched(&there.place, at(4)));
    wait(desk.mismatched(&there.place, at(4)));
    let conference = newest(&it, id)[0].id;
    let read = move |tx: &mut db::Tx<'_>, _: &kernel::Ctx| store::presences(tx, conference);
    let (ours, theirs) = (it.clinic(read).unwrap(), it.hospital(it.reader, read).unwrap());
    assert_eq!(ours, theirs, "the same record at both");
    let times: Vec<_> = ours.iter().map(|one| (one.joined_at, one.left_at)).collect();
    assert_eq!(times, [(at(0), None), (at(1), Some(at(2))), (at(3), None)]);
    for facility in [it.ward.facility, it.hospital] {
        let count =
            ["conference.join", "conference.leave", "conference.mismatch"].map(|verb| acts(&it, facility, verb));
        assert_eq!(count, [3, 1, 1], "each once in each log");
    }

    it.hospital(it.reader, move |tx, ctx| store::end(tx, ctx, id, 1)).unwrap();
    assert_eq!(wait(desk.admit(&dentist, None)).err(), Some(NoSeat::Over));
    assert_eq!(newest(&it, id).map(|one| one.state(at(5))), [State::Held; 2]);
}

#[test]
fn a_ticket_dies_with_the_right_the_session_and_the_loan() {
    // SY-27, OV-244, TR-09
    let it = two(Ward::sqlite(ROOMS));
    let id = lent(&it);
    let desk = Desk::new(it.ward.site.clone());
    let proposal = form(&it, vec![]);
    it.clinic(move |tx, ctx| store::propose(tx, ctx, id, &proposal)).unwrap();
    it.clinic(move |tx, ctx| store::start(tx, ctx, id, 1)).unwrap();
    let (_, dentist) = page(&it, it.dentist, it.ward.facility, id);
    let (_, reader) = page(&it, it.reader, it.hospital, id);
    assert!(wait(desk.admit(&reader, None)).is_ok());
    // Four hours later it is over by itself, and the ticket with it.
    let now = it.ward.ctx(Who::Nobody).now;
    it.ward.clock.set(time::plus_min(now, 240));
    assert!(matches!(wait(desk.admit(&reader, None)).err(), Some(NoSeat::Over | NoSeat::Expired)));
    it.ward.clock.set(now);
    let (at, who) = (it.hospital, it.reader);
    let ended = it.ward.site.db.write_blocking(Some(at), move |tx| {
        let before = access::duties(tx, who)?;
        tx.exec("UPDATE duty SET ended_at = ?3 WHERE facility_id = ?1 AND person_id = ?2", db::params![at, who, now])?;
        Ok(before)
    });
    assert_eq!(ended.unwrap(), ["radiologist"]);
    assert_eq!(wait(desk.admit(&reader, None)).err(), Some(NoSeat::Stranger), "the duty has ended");
    assert!(wait(desk.admit(&dentist, None)).is_ok(), "the others are not touched by it");
    it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, id, "撮り直す")).unwrap();
    assert_eq!(wait(desk.admit(&dentist, None)).err(), Some(NoSeat::Over), "nothing is lent any more");
}
