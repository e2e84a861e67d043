//! What was asked and answered over HTTP, held against what the database says once the server is dead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use db::{Db, DbSettings, MasterKey, Tx, params};
use kernel::{Chance, FacilityId, Result};

use crate::browser::{Answer, Browser, Form, Request};
use crate::server::Place;

/// What an act leaves: its entry in the log and its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Noun {
    /// Act of the log.
    pub(crate) entry: &'static str,
    /// Table with one row more; none where a row is replaced.
    pub(crate) table: Option<&'static str>,
    /// Whether asking beforehand leaves an entry too, so that there may be more entries than rows.
    pub(crate) asks: bool,
}

const fn noun(entry: &'static str, table: Option<&'static str>) -> Noun {
    Noun { entry, table, asks: false }
}

pub(crate) const PATIENT: Noun = noun("patient.register", Some("patient"));
pub(crate) const BOOKING: Noun = noun("booking.book", Some("booking"));
pub(crate) const GROUND: Noun = noun("first_visit.decide", Some("first_visit"));
pub(crate) const ASKED: Noun = noun("paper.ask", Some("paper_request"));
pub(crate) const PAPER: Noun = Noun { entry: "paper.send", table: Some("paper"), asks: true };
pub(crate) const ARRIVAL: Noun = noun("arrival.state", Some("arrival"));
pub(crate) const READING: Noun = noun("consent.read", Some("consent_reading"));
pub(crate) const CONSENT: Noun = noun("consent.give", Some("consent"));
pub(crate) const WITHDRAWAL: Noun = noun("consent.withdraw", Some("consent_withdrawal"));
pub(crate) const ANSWERS: Noun = noun("questionnaire.draft", None);
pub(crate) const PLAN: Noun = noun("plan.finalise", Some("plan_version"));
pub(crate) const FEEDBACK: Noun = noun("feedback.give", None);
const NOUNS: [Noun; 12] =
    [PATIENT, BOOKING, GROUND, ASKED, PAPER, ARRIVAL, READING, CONSENT, WITHDRAWAL, ANSWERS, PLAN, FEEDBACK];

/// One act, as the person at the screen knows it.
#[derive(Debug, Clone)]
struct Act {
    noun: Noun,
    key: String,
    who: Browser,
    request: Request,
    /// Where it led; none when the answer never came.
    answered: Option<String>,
}

/// All acts of a storm, from every task.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Act>>>);

impl Ledger {
    fn acts(&self) -> std::sync::MutexGuard<'_, Vec<Act>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many acts were answered.
    pub(crate) fn answered(&self) -> usize {
        self.acts().iter().filter(|it| it.answered.is_some()).count()
    }

    pub(crate) fn sent(&self) -> usize {
        self.acts().len()
    }

    /// Notes an act before it is sent; where to note its answer.
    pub(crate) fn note(&self, noun: Noun, form: &Form, who: &Browser, request: &Request) -> usize {
        let mut acts = self.acts();
        acts.push(Act { noun, key: form.key(), who: who.clone(), request: request.clone(), answered: None });
        acts.len() - 1
    }

    /// Sends a form and notes what became of it.
    pub(crate) fn act(&self, noun: Noun, form: &Form, who: &mut Browser) -> std::io::Result<Answer> {
        self.request(noun, form, form.request(), who)
    }

    /// The same for an upload.
    pub(crate) fn request(
        &self,
        noun: Noun,
        form: &Form,
        request: Request,
        who: &mut Browser,
    ) -> std::io::Result<Answer> {
        let place = self.note(noun, form, who, &request);
        let answer = who.send(&request)?;
        assert_eq!(answer.status, 303, "{}: {}", noun.entry, answer.text());
        self.acts()[place].answered.clone_from(&answer.location);
        Ok(answer)
    }

    /// Every act that was not answered is sent once more with its key, and some that were.
    pub(crate) fn send_again(&self, at: std::net::SocketAddr) {
        let again: Vec<(usize, Act)> = {
            let acts = self.acts();
            let chosen = acts.iter().cloned().enumerate();
            chosen.filter(|(place, it)| it.answered.is_none() || place % 7 == 0).collect()
        };
        for (place, mut act) in again {
            act.who.at = at;
            let answer = act.who.send(&act.request).unwrap();
            assert_eq!(answer.status, 303, "{} sent again: {}", act.noun.entry, answer.text());
            match &act.answered {
                Some(first) => assert_eq!(answer.location.as_ref(), Some(first), "the first answer again"),
                None => self.acts()[place].answered = answer.location,
            }
        }
    }

    /// Holds all acts against the database, while no server runs.
    pub(crate) fn check(&self, place: &Place, before: &Counts) {
        let (acts, before, blobs) =
            (self.acts().clone(), before.clone(), blobs::Blobs::open(place.data().join("blobs")).unwrap());
        look(place, move |tx| {
            let counts = Counts::read(tx)?;
            let facility = tx.facility()?;
            let mut kept: BTreeMap<Noun, i64> = BTreeMap::new();
            for act in &acts {
                let led: Option<String> =
                    tx.value("SELECT location FROM once WHERE form_key = ?1", params![&act.key])?;
                if let Some(answered) = &act.answered {
                    assert_eq!(
                        led.as_ref(),
                        Some(answered),
                        "{} was confirmed on screen and is not there",
                        act.noun.entry
                    );
                }
                let Some(led) = led else { continue };
                *kept.entry(act.noun).or_default() += 1;
                if act.noun == BOOKING {
                    let id = led.rsplit('/').next().unwrap_or_default();
                    let there: Option<String> =
                        tx.value("SELECT id FROM booking WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
                    let letters: Option<i64> = tx.value(
                        "SELECT count(*) FROM outbox WHERE facility_id = ?1 AND about_id = ?2",
                        params![facility, id],
                    )?;
                    assert!(there.is_some() && letters > Some(0), "booking {id}: {there:?}, {letters:?} letters");
                }
            }
            for noun in NOUNS {
                let kept = kept.get(&noun).copied().unwrap_or(0);
                let (entries, rows) = counts.since(&before, noun);
                assert!(
                    if noun.asks { entries >= kept } else { entries == kept },
                    "{}: {kept} kept, {entries} entries",
                    noun.entry
                );
                assert!(rows.is_none_or(|it| it == kept), "{}: {kept} kept, {rows:?} rows", noun.entry);
            }
            let orphans: Option<i64> = tx.value(
                "SELECT count(*) FROM outbox o WHERE o.facility_id = ?1 AND o.about_kind = 'booking'
                 AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.facility_id = o.facility_id AND b.id = o.about_id)",
                params![facility],
            )?;
            assert_eq!(orphans, Some(0), "letters about nothing");
            let drafts: Option<i64> = tx.value(
                "SELECT CAST(COALESCE(sum(revision), 0) AS BIGINT) FROM chart_draft WHERE facility_id = ?1",
                params![facility],
            )?;
            let saves: Option<i64> = tx.value(
                "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = 'chart.save'",
                params![facility],
            )?;
            assert_eq!(drafts, saves, "drafts of the chart and their entries");
            // Blob first, row last: every row's file opens.
            let key = tx.key()?;
            for row in tx.rows("SELECT * FROM paper WHERE facility_id = ?1", params![facility])? {
                let size: i64 = row.get("size_bytes")?;
                let stored = blobs::Stored {
                    blob: blobs::BlobId(row.get("blob_id")?),
                    size_bytes: u64::try_from(size).unwrap(),
                    sealed_key: row.get("sealed_key")?,
                };
                blobs.read_all(facility, &key, &stored, 1 << 24)?;
            }
            Ok(())
        });
    }
}

/// Entries and rows of every noun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, (i64, Option<i64>)>);

impl Counts {
    /// As they are now, while no server runs.
    pub(crate) fn now(place: &Place) -> Self {
        look(place, Self::read)
    }

    fn read(tx: &mut Tx<'_>) -> Result<Self> {
        let facility = tx.facility()?;
        let mut all = BTreeMap::new();
        for noun in NOUNS {
            let entries = "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = ?2 AND outcome = 'done'";
            let entries: i64 = tx.value(entries, params![facility, noun.entry])?.unwrap_or(0);
            let rows = match noun.table {
                Some(table) => {
                    tx.value(&format!("SELECT count(*) FROM {table} WHERE facility_id = ?1"), params![facility])?
                }
                None => None,
            };
            all.insert(noun.entry, (entries, rows));
        }
        Ok(Self(all))
    }

    fn since(&self, before: &Self, noun: Noun) -> (i64, Option<i64>) {
        let ((entries, rows), (entries_then, rows_then)) = (self.0[noun.entry], before.0[noun.entry]);
        (entries - entries_then, rows.zip(rows_then).map(|(now, then)| now - then))
    }
}

/// Looks into the clinic's rows of a dead server.
pub(crate) fn look<T: Send + 'static>(
    place: &Place,
    read: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> T {
    let settings = DbSettings { postgres_url: place.postgres_url.clone(), folder: place.data(), connections: 1 };
    let master = MasterKey::load_or_create(&place.data().join("keys").join("master.key"), &Chance::system()).unwrap();
    let db = Db::open(&settings, master, Chance::system()).unwrap();
    let clinic: FacilityId = db
        .write_blocking(None, |tx| tx.value("SELECT id FROM facility WHERE slug = 'aoba'", params![]))
        .unwrap()
        .expect("the clinic");
    db.write_blocking(Some(clinic), read).unwrap()
}

/// One statement on the server of the tests.
pub(crate) fn statement(url: &str, sql: &str) {
    let settings = DbSettings { postgres_url: Some(url.to_owned()), folder: std::path::PathBuf::new(), connections: 1 };
    let db = Db::open(&settings, MasterKey::from_bytes([1; 32]), Chance::system()).unwrap();
    let sql = sql.to_owned();
    db.write_blocking(None, move |tx| tx.exec(&sql, params![])).unwrap();
}
