//! What is on file about the facility and its people: officer, notification, operator's explanation, public text, licences,
//! trainings, photographs, everybody's sign-in, the line, the log.

use audit::clock::Standing;
use db::{Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Kind, Result, Timestamp, Words, clause, time};
use people::facility::{FacilityKind, Field};

use crate::incident;

fn of(id: &'static str, met: bool, at: Option<Timestamp>, yes: Words, no: Words) -> Evidence {
    let (status, reason) = if met { (Status::Met, yes) } else { (Status::NotMet, no) };
    Evidence::new(ClauseId::new(id), status, u64::from(met), at, reason)
}

/// The evidence of this facility.
///
/// # Errors
/// The database's.
pub(crate) fn evidence(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("CS-141", "OV-305");
    let id = tx.facility()?;
    let facility = people::facility::store::get(tx, id)?;
    let standing = people::facility::store::standing(tx)?;
    let text = people::facility::store::text(tx, id)?;
    let mut found = vec![
        of(
            "CS-101",
            standing.safety_officer.is_some(),
            None,
            Words::new(
                "情報の安全管理責任者を登録しています。",
                "The person responsible for information safety is on file.",
            ),
            Words::new(
                "情報の安全管理責任者を登録してください。",
                "Name the person responsible for information safety.",
            ),
        ),
        notification(&standing, ctx),
        of(
            "OV-241",
            standing.operator_acknowledged.is_some(),
            standing.operator_acknowledged.map(|it| it.1),
            Words::new(
                "事業者の説明（いまの版）を確認しています。",
                "The operator's explanation is acknowledged in its present version.",
            ),
            Words::new(
                "事業者の説明（いまの版）をまだ確認していません。",
                "The operator's explanation is not acknowledged in its present version.",
            ),
        ),
        of(
            "OV-201",
            !(facility.address.is_empty() || facility.phone.is_empty() && facility.mail.is_empty()),
            None,
            Words::new(
                "所在地と連絡先が登録され、患者さんに示されています。",
                "Address and contact are on file and shown to patients.",
            ),
            Words::new("所在地か連絡先が登録されていません。", "Address or contact is missing."),
        ),
    ];
    let written = text.as_ref().map(|it| it.made_at);
    let told = text.as_ref().is_some_and(|it| !it.cannot_online.trim().is_empty());
    found.push(of(
        "OV-115",
        told,
        written,
        Words::new(
            "オンラインでできないことを公開ページに載せています。",
            "The public page says what online cannot do.",
        ),
        Words::new(
            "公開ページに、オンラインでできないことと費用を書いてください。",
            "Write what online cannot do, and the cost, on the public page.",
        ),
    ));
    found.push(of(
        "OV-206",
        text.is_some(),
        written,
        Words::new(
            "指針を守ることを公開ページに載せています。",
            "The public page says that the guideline is followed.",
        ),
        Words::new("公開ページの文章をまだ書いていません。", "The text of the public page is not written yet."),
    ));
    found.push(of(
        "OV-243",
        !(facility.phone.is_empty() && facility.mail.is_empty()),
        None,
        Words::new(
            "患者さんのどの画面からも、連絡先と担当医のカードを開けます。",
            "Every page of a patient leads to the contact and to the doctor's card.",
        ),
        Words::new("患者さんに示す連絡先が登録されていません。", "There is no contact to show to patients."),
    ));
    found.extend(people::agreement::store::evidence(tx, ctx)?);
    found.push(transport(tx)?);
    found.extend(doctors(tx, facility.field)?);
    found.extend(sign_in(tx)?);
    found.extend(log(tx, ctx)?);
    found.push(incidents(tx, ctx)?);
    found.push(readiness(tx, ctx)?);
    Ok(found)
}

fn notification(standing: &people::facility::Standing, ctx: &Ctx) -> Evidence {
    let today = time::day(ctx.now);
    let notified = standing.notification.as_ref().filter(|it| it.notified_on.is_some());
    if let Some(it) = notified {
        let day = it.notified_on.unwrap_or(today);
        let words = Words::made(
            format!("{}に届け出ています（{}）。", it.authority, time::show_day(day, kernel::Lang::Ja)),
            format!("Notified to {} on {}.", it.authority, time::show_day(day, kernel::Lang::En)),
        );
        return Evidence::new(ClauseId::new("OV-260"), Status::Met, 1, None, words);
    }
    let transition = standing.notification.as_ref().is_some_and(|it| it.active_on_20260401);
    if transition && today <= guidelines::call::NOTIFICATION_GRACE_UNTIL {
        let last = guidelines::call::NOTIFICATION_GRACE_UNTIL;
        let words = Words::made(
            format!("経過措置の期間中です。{}までに届け出てください。", time::show_day(last, kernel::Lang::Ja)),
            format!("Within the transition; notify by {}.", time::show_day(last, kernel::Lang::En)),
        );
        return Evidence::new(ClauseId::new("OV-260"), Status::Met, 0, None, words);
    }
    of(
        "OV-260",
        false,
        None,
        Words::new("", ""),
        Words::new("都道府県への届出が登録されていません。", "The notification to the prefecture is not on file."),
    )
}

/// How pages travel. The program takes TLS 1.3 and 1.2 only; which terminals may come in it cannot know.
fn transport(tx: &mut Tx<'_>) -> Result<Evidence> {
    let id = ClauseId::new("CS-150");
    if !web::installation::base_url(tx)?.starts_with("https:") {
        let words = Words::new(
            "画面が暗号化されずに送られています（http）。証明書を設定して https で使うよう、運用の担当者に頼んでください。",
            "Pages travel unencrypted (http). Ask whoever runs the server to set up a certificate.",
        );
        return Ok(Evidence::new(id, Status::NotMet, 0, None, words));
    }
    let words = Words::new(
        "画面は TLS 1.3・1.2 だけで送られます。院内の端末を証明書で確かめる仕組みは、このシステムにはありません。院内の回線や端末をどう守っているかを確かめて、記録してください。",
        "Pages travel by TLS 1.3 and 1.2 only. This system does not check terminals by certificate: look at how the clinic's line and terminals are protected, and record it.",
    );
    Ok(Evidence::for_a_person(id, words))
}

/// What everybody's sign-in rests on, person by person. That passwords follow the rules is held where they are set
/// (`crypto/src/password.rs::the_rules_of_cs_126_hold`); that nothing opens between the two factors, by
/// `people/tests/sign_in.rs::nothing_is_open_between_the_two_factors`.
fn sign_in(tx: &mut Tx<'_>) -> Result<Vec<Evidence>> {
    clause!("CS-126", "OV-242", "DL-15");
    let staff = people::person::store::staff(tx)?;
    let (mut one_factor, mut initial) = (Vec::new(), Vec::new());
    for it in &staff {
        if !people::sign_in::second::held(tx, it.id)?.any() {
            one_factor.push(it.name.full());
        }
        if people::sign_in::password::of(tx, it.id)?.is_none_or(|it| it.must_change) {
            initial.push(it.name.full());
        }
    }
    let both = [
        (one_factor.as_slice(), Words::new("二要素をまだ設定していない人", "No second factor yet")),
        (initial.as_slice(), Words::new("自分のパスワードをまだ決めていない人", "No password of their own yet")),
    ];
    let count = staff.len() as u64;
    let line = |id, missing: &[(&[String], Words)], yes: Words| {
        let id = ClauseId::new(id);
        let open: Vec<_> = missing.iter().filter(|it| !it.0.is_empty()).collect();
        if open.is_empty() {
            return Evidence::new(id, if staff.is_empty() { Status::Unknown } else { Status::Met }, count, None, yes);
        }
        let ja: Vec<String> =
            open.iter().map(|(names, words)| format!("{}：{}。", words.ja, names.join("、"))).collect();
        let en: Vec<String> =
            open.iter().map(|(names, words)| format!("{}: {}.", words.en, names.join(", "))).collect();
        let words = Words::made(
            format!("{}設定が済むまで、その人は使えません。本人に最初のログインを頼んでください。", ja.concat()),
            format!("{} They cannot work here until it is done; ask them to sign in.", en.join(" ")),
        );
        Evidence::new(id, Status::NotMet, count, None, words)
    };
    let own = Words::new(
        "職員の全員が、規則に合う自分のパスワードを使っています。前に使ったものや、知られたと知らせたものは使えません。",
        "Everybody uses an own password that follows the rules; none used before, and none reported as known, is taken.",
    );
    let own = line("DL-15", &both[1..], own);
    Ok(vec![
        if at_laboratory(tx)? { own } else { apart("DL-15") },
        line(
            "CS-126",
            &both,
            Words::new(
                "職員の全員が二要素を設定し、規則に合う自分のパスワードを使っています。",
                "Everybody on the staff has a second factor and an own password that follows the rules.",
            ),
        ),
        line(
            "OV-242",
            &both[..1],
            Words::new("職員の全員が二要素を設定しています。", "Everybody on the staff has a second factor."),
        ),
    ])
}

/// Whether dental laboratory work is done here: the clauses of remote laboratory work ask nobody else.
fn at_laboratory(tx: &mut Tx<'_>) -> Result<bool> {
    let facility = tx.facility()?;
    if people::facility::store::get(tx, facility)?.kind == FacilityKind::Laboratory {
        return Ok(true);
    }
    let sql = "SELECT id FROM agreement WHERE facility_id = ?1 AND purpose = 'lab' AND side = 'serves' LIMIT 1";
    Ok(tx.row(sql, params![facility])?.is_some())
}

fn apart(id: &'static str) -> Evidence {
    let words = Words::new("技工所としての業務がありません。", "No laboratory work is done here.");
    Evidence::new(ClauseId::new(id), Status::NotApplicable, 0, None, words)
}

/// How dangers are reported, and whether those that were are dealt with.
fn incidents(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Evidence> {
    clause!("DL-42");
    if !at_laboratory(tx)? {
        return Ok(apart("DL-42"));
    }
    let all = incident::store::newest(tx)?;
    let late = |it: &&incident::Incident| {
        it.state() == incident::State::Open && ctx.now > time::plus_min(it.reported_at, UNTAKEN_MIN_MAX)
    };
    let (late, reached) = (all.iter().filter(late).count(), incident::store::in_charge(tx)?.len());
    let (status, words) = match (late, reached) {
        (_, 0) => (
            Status::NotMet,
            Words::new("緊急の連絡を受ける管理者がいません。", "Nobody is in charge who could be reached."),
        ),
        (0, _) => (
            Status::Met,
            Words::made(
                format!("職員のどの画面からも緊急の連絡ができ、すぐに{reached}人に届きます。"),
                format!("Every page of the staff leads to the report, which reaches {reached} people at once."),
            ),
        ),
        _ => (
            Status::NotMet,
            Words::made(
                format!("引き受けられていない緊急の連絡が{late}件あります。"),
                format!("{late} reported dangers that nobody has taken over."),
            ),
        ),
    };
    let newest = all.first().map(|it| it.reported_at);
    Ok(Evidence::new(ClauseId::new("DL-42"), status, all.len() as u64, newest, words))
}

/// Whether rules, plan, risks and contacts are there and not old, and the plan was tried.
fn readiness(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Evidence> {
    clause!("DL-41");
    if !at_laboratory(tx)? {
        return Ok(apart("DL-41"));
    }
    let (gaps, newest) = crate::readiness::store::gaps(tx, time::day(ctx.now))?;
    let yes = Words::new(
        "規程・事故のときの手順・リスクの一覧・連絡先を決め、この1年のうちに見直しと訓練をしています。",
        "Rules, plan, risks and contacts are written; they were looked through, and the plan tried, within a year.",
    );
    let (status, words) = if gaps.is_none() { (Status::Met, yes) } else { (Status::NotMet, gaps.words()) };
    Ok(Evidence::new(ClauseId::new("DL-41"), status, u64::from(newest.is_some()), newest, words))
}

/// Minutes after which a report that nobody has taken over is a gap: those in charge are to be reached at once.
const UNTAKEN_MIN_MAX: i64 = 60;

/// Licence and course of every doctor who works here.
fn doctors(tx: &mut Tx<'_>, field: Field) -> Result<Vec<Evidence>> {
    let course = match field {
        Field::Dental => "online-dental",
        Field::Medical => "online-medical",
    };
    let doctors = people::person::store::doctors(tx)?;
    let (mut without_licence, mut without_course, mut without_photo) = (Vec::new(), Vec::new(), Vec::new());
    for it in &doctors {
        match people::person::store::identity_card(tx, it.id) {
            Ok(card) if card.has_photo && card.licence.is_some() => {}
            Ok(_) => without_photo.push(it.name.full()),
            // Not among the doctors any more: no card at all.
            Err(error) if *error.kind() == Kind::NotFound => without_photo.push(it.name.full()),
            Err(error) => return Err(error),
        }
        let licences = people::person::store::licences(tx, it.id)?;
        if !licences.iter().any(|it| matches!(it.kind.as_str(), "dentist" | "doctor")) {
            without_licence.push(it.name.full());
        }
        if !people::person::store::trainings(tx, it.id)?.iter().any(|it| it.course == course) {
            without_course.push(it.name.full());
        }
    }
    let count = doctors.len() as u64;
    let line = |id, missing: &[String], yes: Words, no: [&str; 2]| {
        let id = ClauseId::new(id);
        if doctors.is_empty() {
            let words = Words::new("担当する医師・歯科医師が登録されていません。", "No doctor is on file.");
            return Evidence::new(id, Status::Unknown, 0, None, words);
        }
        if missing.is_empty() {
            return Evidence::new(id, Status::Met, count, None, yes);
        }
        let names = missing.join("、");
        let words = Words::made(format!("{}：{names}。", no[0]), format!("{}: {names}.", no[1]));
        Evidence::new(id, Status::NotMet, count, None, words)
    };
    Ok(vec![
        line(
            "OV-142",
            &without_photo,
            Words::new(
                "すべての担当医に顔写真付きのカードがあり、患者さんはいつでも開けます。",
                "Every doctor has a card with a photograph, which patients open at any time.",
            ),
            ["カードに顔写真か確認済みの免許がない人がいます", "The card lacks a photograph or a checked licence"],
        ),
        line(
            "OV-143",
            &without_licence,
            Words::new("すべての担当医の免許を確認しています。", "Every doctor's licence is checked."),
            ["免許の確認が記録されていない人がいます", "No checked licence on file"],
        ),
        line(
            "OV-301",
            &without_course,
            Words::new("すべての担当医の研修の修了を記録しています。", "Every doctor's course is on record."),
            ["研修の修了が記録されていない人がいます", "No course on record"],
        ),
    ])
}

fn log(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    let facility = tx.facility()?;
    let standing = audit::standing(tx)?;
    let signed = standing.signed_at;
    let late = signed.is_none_or(|at| ctx.now > time::plus_min(at, UNSIGNED_MIN_MAX));
    let open = standing.entries > standing.signed;
    let status = if open && late { Status::NotMet } else { Status::Met };
    let words = if status == Status::Met {
        Words::new(
            "すべての操作が改ざんできない記録に残り、署名されています。",
            "Every act is in the unalterable log, and the log is signed.",
        )
    } else {
        Words::new(
            "記録の署名が1日以上止まっています。運用の担当者に知らせてください。",
            "The log has not been signed for more than a day. Tell whoever runs the server.",
        )
    };
    let closed: Option<i64> = tx.value(
        "SELECT count(*) FROM person p JOIN duty d ON d.person_id = p.id WHERE d.facility_id = ?1 AND p.closed_at IS NOT NULL
         AND d.ended_at IS NULL",
        params![facility],
    )?;
    let left = closed.unwrap_or(0);
    let lab = match at_laboratory(tx)? {
        true => Evidence::new(ClauseId::new("DL-43"), status, standing.entries, signed, words.clone()),
        false => apart("DL-43"),
    };
    Ok(vec![
        lab,
        Evidence::new(ClauseId::new("CS-122"), status, standing.entries, signed, words),
        clock(tx, ctx)?,
        accounts(left, people::sign_in::store::unused(tx, ctx)?.len()),
    ])
}

/// Leavers' rights, and accounts that nobody uses.
fn accounts(left: i64, unused: usize) -> Evidence {
    clause!("CS-121");
    let (status, words) = match (left, unused) {
        (0, 0) => (
            Status::Met,
            Words::new(
                "閉じた人の権限も、長く使われていないアカウントもありません。",
                "Nobody who left has a right left, and no account lies unused.",
            ),
        ),
        (0, unused) => (
            Status::NotMet,
            Words::made(
                format!("長く使われていないアカウントが{unused}件あります。要らなければ閉じてください。"),
                format!("{unused} accounts were not used for long. Close those that nobody needs."),
            ),
        ),
        _ => (Status::NotMet, Words::new("閉じた人の権限が残っています。", "Somebody who left still has rights.")),
    };
    Evidence::new(ClauseId::new("CS-121"), status, 0, None, words)
}

/// Minutes after which an unsigned log is a gap: the worker signs within minutes, so a day means that it stands still.
const UNSIGNED_MIN_MAX: i64 = 24 * 60;

/// Whether the clock that gives the times of the records runs with its reference.
fn clock(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Evidence> {
    clause!("CS-163");
    let newest = audit::clock::newest(tx)?;
    let (status, words) = match audit::clock::judge(newest.as_ref(), ctx.now) {
        Standing::Right(_) => (
            Status::Met,
            Words::new("サーバーの時計は基準の時計と合っています。", "The server's clock runs with its reference."),
        ),
        Standing::Off(_) => (
            Status::NotMet,
            Words::new(
                "サーバーの時計がずれています。運用の担当者に知らせてください。",
                "The server's clock is wrong. Tell whoever runs the server.",
            ),
        ),
        Standing::Unknown => (
            Status::Unknown,
            Words::new(
                "サーバーの時計を確かめられていません。運用の担当者に、基準の時計（clock.ntp）を設定するよう伝えてください。",
                "The server's clock is not checked. Ask whoever runs the server to set its reference (clock.ntp).",
            ),
        ),
    };
    let at = newest.as_ref().map(|it| it.checked_at);
    Ok(Evidence::new(ClauseId::new("CS-163"), status, u64::from(at.is_some()), at, words))
}
