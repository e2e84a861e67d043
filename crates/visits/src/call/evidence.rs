//! What the calls of a facility show about the clauses: counted from rows, nothing declared.

use db::Tx;
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Result, Timestamp, Words, clause};

/// The evidence of calls, identity, judgements and further people at this facility.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("OV-305");
    let held = tx.counted(
        "SELECT count(*) AS count, max(ended_at) AS newest FROM visit_end WHERE facility_id = ?1 AND outcome = 'held'",
    )?;
    let ended =
        tx.counted("SELECT count(*) AS count, max(ended_at) AS newest FROM visit_end WHERE facility_id = ?1")?;
    let calls = tx.counted("SELECT count(*) AS count, max(started_at) AS newest FROM call WHERE facility_id = ?1")?;
    let judged =
        tx.counted("SELECT count(*) AS count, max(judged_at) AS newest FROM feasibility WHERE facility_id = ?1")?;
    let stopped = tx.counted("SELECT count(*) AS count, max(judged_at) AS newest FROM feasibility WHERE facility_id = ?1 AND verdict <> 'suitable'",
    )?;
    let checks =
        tx.counted("SELECT count(*) AS count, max(checked_at) AS newest FROM identity_check WHERE facility_id = ?1")?;
    let present =
        tx.counted("SELECT count(*) AS count, max(joined_at) AS newest FROM call_presence WHERE facility_id = ?1")?;
    let third = tx.counted("SELECT count(*) AS count, max(admitted_at) AS newest FROM third_person WHERE facility_id = ?1 AND admitted_at IS NOT NULL",
    )?;
    let without = tx.counted(
        "SELECT count(*) AS count, max(admitted_at) AS newest FROM third_person
         WHERE facility_id = ?1 AND admitted_at IS NOT NULL AND agreed_at IS NULL",
    )?;
    let measured = tx.counted(
        "SELECT count(*) AS count, max(ended_at) AS newest FROM visit_end WHERE facility_id = ?1 AND outcome = 'held'
         AND (patient_picture_s < 30 OR patient_sound_s < 30 OR doctor_picture_s < 30 OR doctor_sound_s < 30)",
    )?;
    // Before the first call nobody knows; afterwards the rows show it.
    let known = |count: u64| if count == 0 && calls.0 == 0 { Status::Unknown } else { Status::Met };
    let kept = |id, (count, last), words: Words| Evidence::new(ClauseId::new(id), known(count), count, last, words);
    let against = |id, bad: (u64, Option<Timestamp>), all: (u64, Option<Timestamp>), words: Words| {
        let status = if bad.0 == 0 { known(all.0) } else { Status::NotMet };
        Evidence::new(ClauseId::new(id), status, all.0, all.1, words)
    };
    Ok(vec![
        kept(
            "OV-103",
            judged,
            Words::new("可否の判断がない診察は完了できません。", "A visit without the judgement cannot be closed."),
        ),
        kept(
            "OV-110",
            judged,
            Words::new(
                "有用な情報の記録がない診察は完了できません。",
                "A visit without useful information cannot be closed.",
            ),
        ),
        kept(
            "OV-140",
            checks,
            Words::new(
                "双方の本人確認がない診察は完了できません。",
                "A visit without identity both ways cannot be closed.",
            ),
        ),
        kept(
            "OV-141",
            checks,
            Words::new(
                "初診では、足りない方法の本人確認を受け付けません。",
                "At a first visit a weak confirmation is not taken.",
            ),
        ),
        kept(
            "OV-160",
            stopped,
            Words::new(
                "いつでも中止でき、対面につながります。",
                "It can be stopped at any time and leads on in person.",
            ),
        ),
        against(
            "OV-161",
            measured,
            held,
            Words::new(
                "完了した診察には、測定した双方の映像と音声があります。",
                "Each closed visit has measured picture and sound both ways.",
            ),
        ),
        kept("OV-163", calls, Words::new("同時の通話は仕組みで防いでいます。", "Two calls at once are impossible.")),
        against(
            "OV-164",
            without,
            third,
            Words::new(
                "同席者には毎回、患者さんの同意と担当医の許可があります。",
                "Each further person had the patient's and the doctor's agreement.",
            ),
        ),
        kept(
            "OV-165",
            present,
            Words::new(
                "開始・終了・参加者・中断を記録しています。",
                "Start, end, presence and interruptions are on record.",
            ),
        ),
        kept(
            "OV-203",
            calls,
            Words::new(
                "開始のたびに担当医が確認し、通信の質を測っています。",
                "Confirmed at each start; quality is measured.",
            ),
        ),
        kept(
            "OV-205",
            calls,
            Words::new("開始のたびに担当医が個室を確認しています。", "The closed room is confirmed at each start."),
        ),
        kept(
            "OV-244",
            present,
            Words::new("入室を許された、名前のある人だけが通話に入れます。", "Only admitted, named people come in."),
        ),
        kept("OV-245", ended, Words::new("録画の機能はありません。", "There is no recording.")),
        kept(
            "OV-246",
            calls,
            Words::new("チャットの使い方を欄の上に示しています。", "The use of chat stands above its box."),
        ),
    ])
}
