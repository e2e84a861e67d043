//! What the house itself knows of a visit and writes into its chart entry: that it was online, its times, who was there,
//! how both sides were identified, where the patient was, what the first visit rested on, which guideline was followed.

use db::Tx;
use guidelines::{ClauseId, FacilityField};
use kernel::{Ctx, Lang, Result, Timestamp, Words, clause, time};
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, Form};
use crate::call::{self, VisitOutcome, clauses};
use crate::{arrival, consent, feasibility, first_visit, identity};

/// From when to when a call ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSpan {
    /// From.
    pub from: Timestamp,
    /// To; none while it runs.
    pub to: Option<Timestamp>,
}

/// Somebody who was in the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// As what.
    pub role: Words,
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Option<Timestamp>,
}

/// The facts, as they stand in a version. Words are kept in both languages, so that a paper can be printed in either.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Held (or meant to be held) online.
    pub online: bool,
    /// The agreed time.
    pub booked: Option<(Timestamp, Timestamp)>,
    /// Every call, in order.
    pub calls: Vec<CallSpan>,
    /// Who was in them.
    pub present: Vec<Person>,
    /// Key of the outcome of the visit; none before it is closed.
    pub outcome: Option<String>,
    /// How the patient was identified.
    pub patient_identity: Option<Words>,
    /// How the doctor was made known.
    pub doctor_identity: Option<Words>,
    /// The judgement whether online was suitable, with its reason.
    pub judgement: Option<(Words, String)>,
    /// Where the patient was.
    pub place: Option<(Words, String)>,
    /// Medicines that the patient stated.
    pub medicines: String,
    /// What a first visit rested on: the decision, and the information copied from named sources (OV-112).
    pub basis: Option<(Words, String)>,
    /// That the security risk was explained and both agreed (OV-240).
    #[serde(default)]
    pub security: Option<Words>,
    /// That the guideline was followed, with its document and edition; only for a visit that was held.
    pub statement: Option<Words>,
}

impl Facts {
    /// The outcome.
    #[must_use]
    pub fn outcome(&self) -> Option<VisitOutcome> {
        self.outcome.as_deref().and_then(VisitOutcome::from_key)
    }

    /// Label and value of each fact that is known, for pages and papers.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut line = |ja: &str, en: &str, value: String| {
            if !value.is_empty() {
                lines.push((lang.t(ja, en).to_owned(), value));
            }
        };
        line(
            "診療の形",
            "Form",
            lang.t(["対面", "オンライン診療"], ["In person", "Online visit"])[usize::from(self.online)].into(),
        );
        if let Some((from, to)) = self.booked {
            line("予約の日時", "Booked for", format!("{}–{}", time::show(from, lang), time::clock(to)));
        }
        let span = |from: Timestamp, to: Option<Timestamp>| match to {
            Some(to) => format!("{}–{}", time::clock(from), time::clock(to)),
            None => format!("{}–", time::clock(from)),
        };
        let calls: Vec<_> = self
            .calls
            .iter()
            .map(|it| format!("{} {}", time::show_day(time::day(it.from), lang), span(it.from, it.to)))
            .collect();
        line("通話の開始と終了", "Call from and to", calls.join(lang.t("、", ", ")));
        let present: Vec<_> = self
            .present
            .iter()
            .map(|it| format!("{}（{}）{}", it.name, it.role.in_lang(lang), span(it.from, it.to)))
            .collect();
        line("同席した人", "Who was there", present.join(lang.t("、", ", ")));
        line("結果", "Outcome", self.outcome().map_or_else(String::new, |it| it.words().in_lang(lang).to_owned()));
        let with = |it: &(Words, String)| match it.1.as_str() {
            "" => it.0.in_lang(lang).to_owned(),
            more => format!("{}（{more}）", it.0.in_lang(lang)),
        };
        let plain = |it: &Option<Words>| it.as_ref().map_or_else(String::new, |it| it.in_lang(lang).to_owned());
        line("患者の本人確認", "Patient identified by", plain(&self.patient_identity));
        line("担当医の身元の提示", "Doctor made known by", plain(&self.doctor_identity));
        line("オンライン診療の可否", "Suitable online", self.judgement.as_ref().map_or_else(String::new, with));
        line("患者のいた場所", "Where the patient was", self.place.as_ref().map_or_else(String::new, with));
        line("服用中の薬（申告）", "Medicines stated", self.medicines.clone());
        line(
            "初診・再診の判断と情報源",
            "First or follow-up, and sources",
            self.basis.as_ref().map_or_else(String::new, with),
        );
        line("セキュリティの説明と合意", "Security risk", plain(&self.security));
        line("指針の遵守", "Guideline", plain(&self.statement));
        lines
    }
}

/// The sentence that the guideline was followed: document and edition come from the catalogue in force on that day (CS-142).
fn statement(field: FacilityField) -> Option<Words> {
    let clause = ClauseId::find("OV-101")?.clause()?;
    let (ja, en) = (clause.document(field, Lang::Ja), clause.document(field, Lang::En));
    Some(Words::made(
        format!("この診療は「{ja}」に沿って行いました。"),
        format!("This visit was held in keeping with \"{en}\"."),
    ))
}

/// The doctor's decision what kind of visit this is, and the information of the named sources.
fn basis(tx: &mut Tx<'_>, booking: &Booking) -> Result<Option<(Words, String)>> {
    let Some(decided) = first_visit::store::newest(tx, booking.id)? else { return Ok(None) };
    let ground = decided.decision.ground;
    let says = first_visit::store::information(tx, booking.id)?.map_or_else(String::new, |it| it.says);
    Ok(Some((ground.words_with_sources(), says)))
}

/// Gathers the facts of a visit as they are now. The caller has made its own access.
///
/// # Errors
/// The database's.
pub fn gather(tx: &mut Tx<'_>, _ctx: &Ctx, booking: &Booking) -> Result<Facts> {
    clause!("OV-112", "OV-240", "OV-304", "OV-140", "CS-142");
    let summary = call::store::summary(tx, booking)?;
    let arrived = arrival::store::newest(tx, booking.id)?;
    let outcome = summary.end.as_ref().map(|it| it.outcome);
    let field = clauses::field(tx)?;
    let in_call = summary.present.into_iter().filter(|it| it.in_call);
    Ok(Facts {
        online: booking.visit_type.form == Form::Online,
        booked: Some((booking.starts_at, booking.ends_at)),
        calls: summary.calls.iter().map(|it| CallSpan { from: it.started_at, to: it.ended.map(|it| it.0) }).collect(),
        present: in_call
            .map(|it| Person { name: it.name, role: it.role, from: it.joined_at, to: it.left.map(|it| it.0) })
            .collect(),
        outcome: outcome.map(|it| it.key().to_owned()),
        patient_identity: identity::store::checked(tx, booking.id)?.map(|it| identity::describe(&it.method)),
        doctor_identity: identity::store::shown(tx, booking.id)?
            .and_then(|shown| identity::SHOWN.iter().find(|it| it.1 == shown.how).map(|it| it.2.clone())),
        judgement: feasibility::store::last(tx, booking.id)?.map(|it| (it.verdict.words(), it.reason)),
        place: arrived.as_ref().map(|it| (it.arrival.statement.kind.words(), it.arrival.detail.place.clone())),
        medicines: arrived.map(|it| it.arrival.detail.medicines).unwrap_or_default(),
        basis: basis(tx, booking)?,
        security: consent::store::chart_line(tx, booking)?,
        statement: if outcome == Some(VisitOutcome::Held) { statement(field) } else { None },
    })
}
