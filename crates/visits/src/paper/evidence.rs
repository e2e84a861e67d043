//! Whether files from outside are scanned (CS-155), from what is configured and from what the scanner did last.

use db::{Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Result, Timestamp, Words, clause, time};

/// What the rows and the settings say about the scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Scans {
    /// A scanner is configured.
    configured: bool,
    /// Files it has passed, and the last one.
    passed: (u64, Option<Timestamp>),
    /// Files that came in without a scanner.
    unscanned: u64,
    /// Files it has refused, and the last one.
    malware: (u64, Option<Timestamp>),
    /// When it did not answer last.
    silent_at: Option<Timestamp>,
}

/// What they mean.
fn judge(it: &Scans) -> (Status, Words) {
    clause!("CS-155");
    if !it.configured {
        return (
            Status::NotMet,
            Words::made(
                format!(
                    "ウイルス検査のプログラムが設定されていません（検査せずに受け取ったファイル{}件）。運用の担当者に、clamd の設定を頼んでください。それまでは、頼んだファイルだけを開いてください。",
                    it.unscanned
                ),
                format!(
                    "No virus scanner is configured ({} files came in unscanned). Ask whoever runs the server to set up clamd; until then open only what you have asked for.",
                    it.unscanned
                ),
            ),
        );
    }
    let last = it.passed.1.max(it.malware.1);
    if it.silent_at > last {
        return (
            Status::NotMet,
            Words::new(
                "ウイルス検査のプログラムが応答していません。ファイルは受け取れない状態です。運用の担当者に知らせてください。",
                "The virus scanner does not answer, so no file can come in. Tell whoever runs the server.",
            ),
        );
    }
    let Some(last) = last else {
        return (
            Status::Unknown,
            Words::new(
                "ウイルス検査は設定されていますが、まだ一度も使われていません。",
                "A virus scanner is configured, but has not been used yet.",
            ),
        );
    };
    let (passed, malware) = (it.passed.0, it.malware.0);
    (
        Status::Met,
        Words::made(
            format!(
                "受け取る前にウイルス検査を通しています（通過{passed}件、拒否{malware}件、最後の検査 {}）。",
                time::show(last, kernel::Lang::Ja)
            ),
            format!(
                "Every file is scanned before it comes in ({passed} passed, {malware} refused, last on {}).",
                time::show(last, kernel::Lang::En)
            ),
        ),
    )
}

fn counted(tx: &mut Tx<'_>, sql: &str) -> Result<(u64, Option<Timestamp>)> {
    let facility = tx.facility()?;
    let Some(row) = tx.row(sql, params![facility])? else { return Ok((0, None)) };
    let count: i64 = row.get("count")?;
    Ok((u64::try_from(count).unwrap_or(0), row.get("newest")?))
}

/// The evidence of the door for files at this facility.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("CS-155", "OV-247", "OV-305");
    let of = |scanned: u8| {
        format!(
            "SELECT count(*) AS count, max(sent_at) AS newest FROM paper WHERE facility_id = ?1 AND scanned = {scanned}"
        )
    };
    let refused = |cause: &str| {
        format!(
            "SELECT count(*) AS count, max(refused_at) AS newest FROM paper_refusal WHERE facility_id = ?1 AND cause = '{cause}'"
        )
    };
    let scans = Scans {
        configured: web::installation::scans(tx)?,
        passed: counted(tx, &of(1))?,
        unscanned: counted(tx, &of(0))?.0,
        malware: counted(tx, &refused("malware"))?,
        silent_at: counted(tx, &refused("not_scanned"))?.1,
    };
    let (status, words) = judge(&scans);
    let last = scans.passed.1.max(scans.malware.1);
    // OV-247 asks that a file is scanned, besides being asked for: the second is held by a gate, the first is not.
    let asked = Words::made(
        format!("頼んだファイルだけを受け取り、リンクは文字のまま示します。{}", words.ja),
        format!("Only files that were asked for come in, and links stay text. {}", words.en),
    );
    Ok(vec![
        Evidence::new(ClauseId::new("CS-155"), status, scans.passed.0, last, words),
        Evidence::new(ClauseId::new("OV-247"), status, scans.passed.0 + scans.unscanned, last, asked),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_counts_when_it_answers() {
        // CS-155: (configured, last passed, last found, last silent) → state
        let at = |minute: i64| Some(time::plus_min(Timestamp::UNIX_EPOCH, minute));
        let cases = [
            (false, None, None, None, Status::NotMet),
            (false, at(1), None, None, Status::NotMet),
            (true, None, None, None, Status::Unknown),
            (true, at(1), None, None, Status::Met),
            (true, None, at(1), None, Status::Met),
            (true, at(1), None, at(2), Status::NotMet),
            (true, at(3), None, at(2), Status::Met),
            (true, None, None, at(2), Status::NotMet),
        ];
        for (configured, passed, malware, silent_at, expected) in cases {
            let scans = Scans { configured, passed: (0, passed), malware: (0, malware), silent_at, unscanned: 0 };
            assert_eq!(judge(&scans).0, expected, "{scans:?}");
        }
    }
}
