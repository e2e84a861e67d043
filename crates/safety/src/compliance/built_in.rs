//! Clauses that the program itself keeps, whatever anybody does: there is no row to count, since the other way does not
//! exist. Each names what is kept and the tests that hold it; taking one away makes them fail. Whatever depends on a
//! setting, on a person or on another program stands in [`super::facility`] or with its context, not here.

use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Words, clause};

/// What the program keeps of a clause.
struct Kept {
    clause: &'static str,
    words: Words,
    /// `file::test`, from the root of the repository.
    held_by: &'static [&'static str],
}

static BUILT_IN: [Kept; 9] = [
    Kept {
        clause: "OV-162",
        words: Words::new(
            "チャットは通話の中だけで使え、欄の上に診察ではないことを示します。",
            "Chat works inside a call only, and says above its box that it is no examination.",
        ),
        held_by: &["crates/visits/tests/call/desk.rs::what_is_written_is_stored_once_and_only_in_a_call"],
    },
    Kept {
        clause: "OV-204",
        words: Words::new(
            "通話の画面から、映像を見ながら問診・診療計画・診療録を開けます。",
            "Questionnaire, plan and chart open beside the picture of the call.",
        ),
        held_by: &["crates/visits/tests/call/pages.rs::the_doctor_sees_the_call_and_the_patient_the_door"],
    },
    Kept {
        clause: "OV-262",
        words: Words::new(
            "指針の初診と算定の初診は別の欄に記録し、一方から他方を決めません。",
            "First visit of the guideline and of the claims are two fields; neither decides the other.",
        ),
        held_by: &["crates/visits/src/first_visit.rs::a_decision_is_whole"],
    },
    Kept {
        clause: "CS-120",
        words: Words::new(
            "権限は一つの表で決まり、設定の画面で読めます。どの操作も、表にない権限では行えません。",
            "Rights stand in one table that the settings show; no act is possible without a right from it.",
        ),
        held_by: &["crates/people/src/access.rs::the_policy_is_the_one_that_was_agreed"],
    },
    Kept {
        clause: "CS-142",
        words: Words::new(
            "規則・説明文・一覧は版と適用日のあるデータで、古い版で作った記録もそのまま読めます。",
            "Rules, texts and lists are dated data; records made under old editions stay readable.",
        ),
        held_by: &[
            "crates/guidelines/src/clause.rs::a_clause_holds_from_its_first_day_until_it_is_replaced",
            "crates/guidelines/src/identity.rs::an_ended_kind_is_not_offered_but_still_readable",
        ],
    },
    Kept {
        clause: "CS-151",
        words: Words::new(
            "氏名・記録・書類・手紙は、この医療機関の鍵で暗号化して保存しています。",
            "Names, records, papers and letters are kept sealed with this facility's key.",
        ),
        held_by: &[
            "crates/blobs/tests/store.rs::the_disk_shows_neither_content_nor_digest",
            "crates/blobs/tests/store.rs::another_facility_or_another_row_reads_nothing",
            "crates/mail/tests/outbox.rs::neither_the_database_nor_the_row_names_the_recipient",
        ],
    },
    Kept {
        clause: "CS-153",
        words: Words::new(
            "どの画面にも「端末に保存しない」という指示が付き、ログインは一定時間で切れます。",
            "Every page forbids terminals to keep it, and sessions end by themselves.",
        ),
        held_by: &[
            "e2e/journeys/visit/before.test.mjs::nothing of a patient stays on a terminal (CS-153)",
            "crates/people/tests/sign_in.rs::an_idle_session_asks_for_the_password",
        ],
    },
    Kept {
        clause: "CS-161",
        words: Words::new(
            "診療計画の保存期間は2年より短く設定できません。診療の記録を消す操作はありません。",
            "No plan can be kept for less than two years, and nothing deletes records of care.",
        ),
        held_by: &[
            "crates/visits/tests/plan.rs::completion_starts_the_retention",
            "crates/visits/tests/plan.rs::a_facility_sets_its_template_and_time",
        ],
    },
    Kept {
        clause: "TR-24",
        words: Words::new(
            "画像は情報を失わずに表示し、失われたものには圧縮率とともに印を付けます。計測とキー画像は版として残ります。",
            "Images are shown without loss; what has lost something says so with its ratio. Marks and key images stay as versions.",
        ),
        held_by: &[
            "e2e/journeys/viewer.test.mjs::TR-24: a lossy film says so with its ratio",
            "e2e/journeys/viewer.test.mjs::TR-24: what is drawn is saved by itself and is there again",
            "crates/imaging/tests/mark.rs::each_saving_is_a_version_and_nothing_is_written_over",
        ],
    },
];

/// That the program keeps them.
pub(crate) fn evidence() -> Vec<Evidence> {
    clause!("CS-141");
    BUILT_IN
        .iter()
        .filter_map(|it| {
            let id = ClauseId::find(it.clause)?;
            let words = Words::made(
                format!("{}設定で外すことはできません。", it.words.ja),
                format!("{} No setting takes this away.", it.words.en),
            );
            (!it.held_by.is_empty()).then(|| Evidence::new(id, Status::Met, 0, None, words))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_clause_is_in_the_catalogue_of_this_release() {
        let found = evidence();
        assert_eq!(found.len(), BUILT_IN.len());
        assert!(found.iter().all(|it| it.clause.clause().is_some_and(|clause| clause.in_scope)));
    }

    #[test]
    fn what_is_kept_by_construction_is_held_by_a_test_that_exists() {
        // CS-141: a claim without a test that holds it is no evidence.
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for it in &BUILT_IN {
            assert!(!it.held_by.is_empty(), "{} names no test", it.clause);
            for held in it.held_by {
                let (file, test) = held.split_once("::").expect("file::test");
                let text = std::fs::read_to_string(root.join(file)).expect(file);
                let there =
                    if file.ends_with(".rs") { text.contains(&format!("fn {test}()")) } else { text.contains(test) };
                assert!(there, "{}: {held} is gone", it.clause);
            }
        }
    }
}
