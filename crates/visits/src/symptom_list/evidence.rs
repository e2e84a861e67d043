//! What the list and the answers show about their clauses.

use db::Tx;
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Result, Words, clause, time};

use super::store;

/// The evidence of the list in use, of what was ticked and decided, and of the questionnaire.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("OV-305", "OV-111", "OV-264", "SY-05");
    Ok(vec![list(tx, ctx)?, hits(tx)?, questionnaire(tx)?])
}

/// OV-264: the list fits the field by itself; that somebody here has read its present edition is a row.
fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Evidence> {
    let (base, list, newest) = (store::base(tx, time::day(ctx.now))?, store::in_force(tx, ctx)?, store::newest(tx)?);
    let id = ClauseId::new("OV-264");
    let Some(it) = newest.filter(|it| it.base == base.edition) else {
        let words = Words::made(
            format!("{}の一覧を使っています。この版を当院で見直した記録がまだありません。", base.edition),
            format!("The list of {} is in use. Nobody here has looked through this edition yet.", base.edition),
        );
        return Ok(Evidence::new(id, Status::Unknown, 0, None, words));
    };
    let name = people::label::name(tx, &it.made_by)?;
    let words = Words::made(
        format!(
            "{}（版 {}）を使い、{}に{}さんが見直しています。当院で加えた症状{}件、厳しくした症状{}件。",
            base.source.ja,
            list.edition,
            time::show_day(time::day(it.made_at), kernel::Lang::Ja),
            name.ja,
            it.own.added.len(),
            it.own.stricter.len()
        ),
        format!(
            "{} (edition {}), looked through on {} by {}; {} symptoms added, {} made stricter.",
            base.source.en,
            list.edition,
            time::show_day(time::day(it.made_at), kernel::Lang::En),
            name.en,
            it.own.added.len(),
            it.own.stricter.len()
        ),
    );
    Ok(Evidence::new(id, Status::Met, u64::try_from(it.number).unwrap_or(0), Some(it.made_at), words))
}

/// OV-111: every hit was decided about before its visit was held; those still ahead are work, no gap.
fn hits(tx: &mut Tx<'_>) -> Result<Evidence> {
    const HITS: &str = "FROM questionnaire_answer a WHERE a.facility_id = ?1 AND a.sent_at IS NOT NULL AND a.judgement <> 'clear'
         AND NOT EXISTS (SELECT 1 FROM questionnaire_answer n WHERE n.facility_id = a.facility_id AND n.booking_id = a.booking_id
         AND n.sent_at > a.sent_at)";
    const UNDECIDED: &str = "AND NOT EXISTS (SELECT 1 FROM symptom_decision d WHERE d.facility_id = a.facility_id
         AND d.booking_id = a.booking_id AND d.decided_at >= a.sent_at)";
    const HELD: &str =
        "AND EXISTS (SELECT 1 FROM visit_end e WHERE e.facility_id = a.facility_id AND e.booking_id = a.booking_id
         AND e.outcome = 'held')";
    let head = "SELECT count(*) AS count, max(a.sent_at) AS newest";
    let sent = tx.counted("SELECT count(*) AS count, max(sent_at) AS newest FROM questionnaire_answer WHERE facility_id = ?1 AND sent_at IS NOT NULL",
    )?;
    let all = tx.counted(&format!("{head} {HITS}"))?;
    let stopped = tx.counted(&format!("{head} {HITS} AND a.judgement = 'stop'"))?;
    let waiting = tx.counted(&format!("{head} {HITS} {UNDECIDED}"))?;
    let passed = tx.counted(&format!("{head} {HITS} {UNDECIDED} {HELD}"))?;
    let id = ClauseId::new("OV-111");
    if sent.0 == 0 {
        let words = Words::new("送られた問診がまだありません。", "No questionnaire has been sent yet.");
        return Ok(Evidence::new(id, Status::Unknown, 0, None, words));
    }
    if passed.0 > 0 {
        let words = Words::made(
            format!("一覧の症状があったのに、判断の記録がないまま診察した件が{}件あります。", passed.0),
            format!("{} visits were held with a symptom of the list and no decision on record.", passed.0),
        );
        return Ok(Evidence::new(id, Status::NotMet, passed.0, passed.1, words));
    }
    let words = Words::made(
        format!(
            "問診{}件のうち、一覧の症状があったのは{}件（急ぎで止めたもの{}件）。判断待ちは{}件で、判断するまで通話は始められません。",
            sent.0, all.0, stopped.0, waiting.0
        ),
        format!(
            "Of {} questionnaires {} had a symptom of the list ({} urgent ones were stopped). {} wait for the doctor; no call starts before.",
            sent.0, all.0, stopped.0, waiting.0
        ),
    );
    Ok(Evidence::new(id, Status::Met, sent.0, sent.1, words))
}

/// SY-05: the facility's form, and answers to it.
fn questionnaire(tx: &mut Tx<'_>) -> Result<Evidence> {
    let own =
        tx.counted("SELECT count(*) AS count, max(made_at) AS newest FROM questionnaire_form WHERE facility_id = ?1")?;
    let sent = tx.counted("SELECT count(*) AS count, max(sent_at) AS newest FROM questionnaire_answer WHERE facility_id = ?1 AND sent_at IS NOT NULL",
    )?;
    let form = if own.0 > 0 {
        Words::new("当院の問診票", "the facility's own form")
    } else {
        Words::new("はじめから入っている問診票", "the form that came with the system")
    };
    let (status, words) = if sent.0 == 0 {
        (
            Status::Unknown,
            Words::made(
                format!("{}を使います。答えはまだ届いていません。", form.ja),
                format!("Patients get {}; no answers have come yet.", form.en),
            ),
        )
    } else {
        (
            Status::Met,
            Words::made(
                format!("{}で、{}件の答えが届いています。", form.ja, sent.0),
                format!("{} answers have come, by {}.", sent.0, form.en),
            ),
        )
    };
    Ok(Evidence::new(ClauseId::new("SY-05"), status, sent.0, sent.1, words))
}
