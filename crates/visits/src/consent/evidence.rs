//! What the rows of this noun show about its clauses.

use db::{Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Error, Result, Timestamp, Words};

/// What the rows of this noun show for the compliance page.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    let facility = tx.facility()?;
    let mut counted = |sql: &str| -> Result<(u64, Option<Timestamp>)> {
        let row = tx.row(sql, params![facility])?.ok_or_else(|| Error::internal("no count"))?;
        let count: i64 = row.get("n")?;
        Ok((u64::try_from(count).unwrap_or(0), row.get("last_at")?))
    };
    let consents = counted("SELECT count(*) AS n, max(given_at) AS last_at FROM consent WHERE facility_id = ?1")?;
    let choices =
        counted("SELECT count(*) AS n, max(chosen_at) AS last_at FROM storage_choice WHERE facility_id = ?1")?;
    let open = counted(
        "SELECT count(*) AS n, max(p.postponed_at) AS last_at FROM explanation_postponement p
         JOIN booking b ON b.id = p.booking_id AND b.facility_id = p.facility_id
         WHERE p.facility_id = ?1 AND NOT EXISTS (SELECT 1 FROM consent_reading r WHERE r.facility_id = p.facility_id
         AND r.patient_id = b.patient_id AND r.kind = 'explanation' AND r.read_at >= p.postponed_at)",
    )?;
    let line = |id, (count, last_at): (u64, Option<Timestamp>), words: Words| {
        let status = if count == 0 { Status::Unknown } else { Status::Met };
        Evidence::new(ClauseId::new(id), status, count, last_at, words)
    };
    let own_hand = Words::new(
        "患者さん側の画面で、ご本人か保護者が同意を記録しています。同意のない通話は始められません。",
        "Consents are given on the patient's side only, and no call starts without one.",
    );
    let parts = Words::new(
        "説明・セキュリティ・守っていただくことは、一つずつ確認してからでないと同意に進めません。",
        "Nobody can sign before each item of the explanation, the risks and the duties is ticked.",
    );
    let explanation = if open.0 == 0 {
        line("OV-104", consents, parts.clone())
    } else {
        let words =
            Words::new("後回しにした説明がまだ残っています。", "A postponed explanation has not been given yet.");
        Evidence::new(ClauseId::new("OV-104"), Status::NotMet, open.0, open.1, words)
    };
    let kept = Words::new(
        "保存は、患者さんと担当医の両方が合意したときだけです。初めは何も保存しません。",
        "Pictures are kept only when patient and doctor agreed; by default nothing is.",
    );
    let documents = Words::new(
        "説明とチェックリストは版のある文書で、大きな文字と読み上げの順で表示されます。",
        "Explanation and checklist are versioned documents, shown in large type and reading order.",
    );
    Ok(vec![
        line("OV-101", consents, own_hand.clone()),
        line("OV-102", consents, own_hand),
        explanation,
        line("OV-240", consents, parts.clone()),
        line("OV-250", consents, parts),
        line("OV-132", choices, kept),
        Evidence::new(ClauseId::new("OV-306"), Status::Met, consents.0, consents.1, documents),
    ])
}
