//! What requests and reports of a facility show about the clauses of teleradiology. `safety` is handed [`ALL`] by `app`.

use db::{Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Result, Timestamp, Words, clause, time};
use people::agreement::store::in_force;
use people::agreement::{Purpose, Side};

use crate::measures::Standing;

/// What a noun knows about clauses at the facility of the act.
pub type EvidenceOf = fn(&mut Tx<'_>, &Ctx) -> Result<Vec<Evidence>>;

/// The evidence of this room.
pub const ALL: &[EvidenceOf] = &[counts, readers, urgent, devices, senders, terminals, duties, measures];

/// Clauses that a gate keeps: the rows say how often it was done. Before the first of them nobody knows.
static COUNTS: [(&str, &str, Words); 5] = [
    (
        "TR-01",
        "SELECT count(*) AS count, max(asked_at) AS newest FROM reading_request WHERE facility_id = ?1",
        Words::new(
            "理由・知りたいこと・同意・画像がそろわない依頼は送れません。",
            "A request without reason, question, consent and images cannot be sent.",
        ),
    ),
    (
        "TR-03",
        "SELECT count(*) AS count, max(signed_at) AS newest FROM reading_report WHERE facility_id = ?1",
        Words::new(
            "署名は本人の鍵で行い、変更は理由つきの新しい版になります。証明つきのファイルは誰でも確かめられます。",
            "Each version is signed with its reader's own key; a file with its proof can be verified by anybody.",
        ),
    ),
    (
        "TR-09",
        "SELECT count(*) AS count, max(asked_at) AS newest FROM reading_request WHERE facility_id = ?1",
        Words::new(
            "読影する人に見えるのは、依頼に付けた画像と、読影に要る患者さんの情報だけです。見たことは双方の記録に残ります。",
            "Readers see the images of the request and what the reading needs of the patient; each look is in both logs.",
        ),
    ),
    (
        "TR-10",
        "SELECT count(*) AS count, max(signed_at) AS newest FROM reading_report WHERE facility_id = ?1",
        Words::new(
            "報告書は部位ごとの所見とまとめがそろうと署名でき、画面・PDF・DICOMで依頼元に返ります。",
            "A report is signed with findings by site and an impression, and returns as page, PDF and DICOM.",
        ),
    ),
    (
        "TR-27",
        "SELECT count(*) AS count, max(asked_at) AS newest FROM reading_request WHERE facility_id = ?1",
        Words::new(
            "依頼のたびに、画像の患者さんと登録の患者さんを照合しています。",
            "With every request the patient of the images is compared with the one on file.",
        ),
    ),
];

/// Whether this facility reads for others, or asks others to read, or did.
fn takes_part(tx: &mut Tx<'_>) -> Result<bool> {
    let facility = tx.facility()?;
    let found: Option<i64> =
        tx.value("SELECT count(*) FROM agreement WHERE facility_id = ?1 AND purpose = 'reading'", params![facility])?;
    Ok(found.unwrap_or(0) > 0)
}

fn apart(id: &'static str) -> Evidence {
    let words = Words::new("読影の依頼も引き受けもしていません。", "No images are read for or by others.");
    Evidence::new(ClauseId::new(id), Status::NotApplicable, 0, None, words)
}

fn counts(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("CS-141");
    if !takes_part(tx)? {
        return Ok(COUNTS.iter().map(|it| apart(it.0)).collect());
    }
    let mut found = Vec::new();
    for (id, sql, words) in &COUNTS {
        let (count, newest) = tx.counted(sql)?;
        let status = if count == 0 { Status::Unknown } else { Status::Met };
        found.push(Evidence::new(ClauseId::new(id), status, count, newest, words.clone()));
    }
    Ok(found)
}

/// Whether somebody here may sign what others have asked for.
fn readers(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-02", "CS-141");
    let facility = tx.facility()?;
    let serves: Option<i64> = tx.value(
        "SELECT count(*) FROM agreement WHERE facility_id = ?1 AND purpose = 'reading' AND side = 'serves'",
        params![facility],
    )?;
    if serves.unwrap_or(0) == 0 {
        return Ok(vec![apart("TR-02")]);
    }
    let today = time::day(ctx.now);
    let mut qualified = 0;
    for person in people::person::store::staff(tx)? {
        qualified += u64::from(crate::reader::store::standing(tx, person.id, today)?.is_ok());
    }
    let (status, words) = if qualified == 0 {
        (
            Status::NotMet,
            Words::new(
                "報告書を確定できる人がいません。読影の資格と免許を登録してください。",
                "Nobody here may sign a report: put a qualification and a licence on file.",
            ),
        )
    } else {
        (
            Status::Met,
            Words::made(
                format!("資格と免許が確かめられた読影医が{qualified}人います。ほかの人は確定できません。"),
                format!("{qualified} readers with a checked qualification and licence; nobody else can sign."),
            ),
        )
    };
    Ok(vec![Evidence::new(ClauseId::new("TR-02"), status, qualified, None, words)])
}

/// Minutes after which an urgent finding that nobody has taken over is a failure: three rounds of telling.
const URGENT_MIN_MAX: i64 = 30;

/// Whether urgent findings reach somebody: there are people to call, and none has been open for long.
fn urgent(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-06", "CS-141");
    if !takes_part(tx)? {
        return Ok(vec![apart("TR-06")]);
    }
    let facility = tx.facility()?;
    let today = time::day(ctx.now);
    let mut without = 0;
    for side in [Side::Asks, Side::Serves] {
        for it in in_force(tx, Purpose::Reading, side, today)? {
            let called = if side == Side::Asks { &it.ours } else { &it.theirs };
            without += u64::from(called.is_empty());
        }
    }
    let late: Option<i64> = tx.value(
        "SELECT count(*) FROM reading_urgent WHERE facility_id = ?1 AND next_round_at IS NOT NULL AND marked_at <= ?2",
        params![facility, time::plus_min(ctx.now, -URGENT_MIN_MAX)],
    )?;
    let (count, newest) =
        tx.counted("SELECT count(*) AS count, max(marked_at) AS newest FROM reading_urgent WHERE facility_id = ?1")?;
    let late = late.unwrap_or(0);
    let (status, words) = if late > 0 {
        (
            Status::NotMet,
            Words::made(
                format!("{URGENT_MIN_MAX}分を過ぎても引き受けられていない急ぎの所見が{late}件あります。"),
                format!("{late} urgent findings have been open for more than {URGENT_MIN_MAX} minutes."),
            ),
        )
    } else if without > 0 {
        (
            Status::NotMet,
            Words::new(
                "急ぎの連絡を受ける人が決まっていない取り決めがあります。連絡先を登録してください。",
                "An agreement names nobody who takes urgent calls: put contacts on file.",
            ),
        )
    } else {
        (
            Status::Met,
            Words::made(
                format!(
                    "急ぎの所見は、名前の分かる人が引き受けるまで知らせ続けます。これまでの{count}件はすべて引き受けられたか、連絡中です。"
                ),
                format!("An urgent finding is told until a named person takes it over; {count} so far."),
            ),
        )
    };
    Ok(vec![Evidence::new(ClauseId::new("TR-06"), status, count, newest, words)])
}

/// Whether every device that may call by DICOM has to prove who it is; and that it may ask.
fn devices(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-20", "TR-26", "CS-141");
    let row = tx.row(
        "SELECT count(*) AS count, count(CASE WHEN certificate = '' THEN 1 END) AS bare, max(registered_at) AS newest
         FROM station WHERE facility_id = ?1 AND ended_at IS NULL",
        params![tx.facility()?],
    )?;
    let (count, bare, newest): (i64, i64, Option<Timestamp>) = match row {
        Some(row) => (row.get("count")?, row.get("bare")?, row.get("newest")?),
        None => (0, 0, None),
    };
    let (status, words) = if count == 0 {
        (
            Status::NotApplicable,
            Words::new(
                "このサーバーに直接つながる撮影装置は、登録されていません。",
                "No device is registered that calls this server.",
            ),
        )
    } else if bare > 0 {
        (
            Status::NotMet,
            Words::made(
                format!(
                    "証明書を登録していない装置が{bare}台あります。証明書を登録するか、院内のゲートウェイにつないでください。"
                ),
                format!(
                    "{bare} devices have no certificate: register one, or connect them to a gateway at the clinic."
                ),
            ),
        )
    } else {
        (
            Status::Met,
            Words::made(
                format!("{count}台の装置はすべて、それぞれの証明書で確かめ、暗号化した通信で画像を受け取ります。"),
                format!(
                    "All {count} devices prove themselves by certificates of their own, over encrypted connections."
                ),
            ),
        )
    };
    let (asked, told) = if count == 0 {
        (Status::NotApplicable, words.clone())
    } else {
        (
            Status::Met,
            Words::made(
                format!("登録した{count}台の装置は、画像を探し、取り寄せ、来院の予約を一覧で受け取れます。"),
                format!("{count} registered devices can find and fetch images, and get the list of who is booked."),
            ),
        )
    };
    let count = u64::try_from(count).unwrap_or(0);
    Ok(vec![
        Evidence::new(ClauseId::new("TR-20"), status, count, newest, words),
        Evidence::new(ClauseId::new("TR-26"), asked, count, newest, told),
    ])
}

/// Whether everybody who sends images here proves who it is: devices by their certificates, gateways and other programs by
/// tokens that are bound to one.
fn senders(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-12", "CS-141");
    let row = tx.row(
        "SELECT count(*) AS count, count(CASE WHEN certificate = '' THEN 1 END) AS bare
         FROM station WHERE facility_id = ?1 AND ended_at IS NULL",
        params![tx.facility()?],
    )?;
    let (stations, bare): (i64, i64) = match row {
        Some(row) => (row.get("count")?, row.get("bare")?),
        None => (0, 0),
    };
    let (tokens, free) = people::token::store::senders(tx, ctx.now)?;
    let (all, bare) = (u64::try_from(stations).unwrap_or(0) + tokens, u64::try_from(bare).unwrap_or(0) + free);
    let (status, words) = match (all, bare) {
        (0, _) if !takes_part(tx)? => return Ok(vec![apart("TR-12")]),
        (0, _) => (
            Status::Met,
            Words::new(
                "装置やゲートウェイは画像を送っていません。画像は表示の前に一枚ずつ照合し、依頼のときと違うものは双方に示します。",
                "No device or gateway sends images. Each image is compared before it is shown, and what is not as it was handed over is named to both.",
            ),
        ),
        (_, 0) => (
            Status::Met,
            Words::made(
                format!(
                    "画像を送る{all}件の装置とゲートウェイは、すべて証明書で確かめます。画像は届いたときと表示の前に一枚ずつ照合します。"
                ),
                format!(
                    "All {all} devices and gateways that send images prove themselves by certificates; each image is compared on arrival and before it is shown."
                ),
            ),
        ),
        (_, bare) => (
            Status::NotMet,
            Words::made(
                format!(
                    "証明書で確かめられない装置またはゲートウェイが{bare}件あります。装置の証明書を登録し、トークンは証明書に結びつけて作り直してください。"
                ),
                format!(
                    "{bare} devices or gateways are not known by a certificate: register one, or make a token that is bound to one."
                ),
            ),
        ),
    };
    Ok(vec![Evidence::new(ClauseId::new("TR-12"), status, all, None, words)])
}

/// Whether images are shown on terminals only that the facility knows.
fn terminals(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-14", "CS-141");
    let (count, newest) = people::terminal::store::shown_on(tx)?;
    let waiting = people::terminal::store::waiting(tx)?;
    let (status, words) = match (count, waiting) {
        (0, 0) if !takes_part(tx)? => return Ok(vec![apart("TR-14")]),
        (0, 0) => (
            Status::Unknown,
            Words::new(
                "まだどの端末でも画像を開いていません。画像はすべて暗号化し、届いたときの記録と定期的に照合しています。",
                "No image was opened on any terminal yet. All are kept encrypted and compared with the record of their arrival.",
            ),
        ),
        (_, 0) => (
            Status::Met,
            Words::made(
                format!(
                    "画像を開ける端末は{count}台です。ほかの端末と個人の機器では開けません。画像はすべて暗号化し、届いたときの記録と定期的に照合しています。"
                ),
                format!(
                    "Images open on {count} terminals, on no other and on no private one. All are kept encrypted and compared with the record of their arrival."
                ),
            ),
        ),
        (_, waiting) => (
            Status::NotMet,
            Words::made(
                format!(
                    "登録を待っている端末が{waiting}台あります。設定の「端末の登録」で登録するか、利用を終了してください。"
                ),
                format!("{waiting} terminals wait: register them under the settings, “Terminals”, or end their use."),
            ),
        ),
    };
    Ok(vec![Evidence::new(ClauseId::new("TR-14"), status, count, newest, words)])
}

/// Whether what is owed on signed reports is done in its time, on this facility's side.
fn duties(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-04", "TR-07", "CS-141");
    if !takes_part(tx)? {
        return Ok(vec![apart("TR-04"), apart("TR-07")]);
    }
    let facility = tx.facility()?;
    let mut found = Vec::new();
    for (id, is_incidental) in [("TR-04", 0), ("TR-07", 1)] {
        let row = tx.row(
            "SELECT count(*) AS count, max(d.done_at) AS newest,
             COALESCE(sum(CASE WHEN d.done_at IS NULL AND d.due_at <= ?2 AND d.owed_by = r.side THEN 1 ELSE 0 END), 0) AS late
             FROM reading_duty d JOIN reading_request r ON r.facility_id = d.facility_id AND r.id = d.request_id
             WHERE d.facility_id = ?1 AND r.facility_id = ?1 AND CASE WHEN d.kind = 'close' THEN 1 ELSE 0 END = ?3",
            params![facility, ctx.now, is_incidental],
        )?;
        let (count, newest, late): (i64, Option<Timestamp>, i64) = match row {
            Some(row) => (row.get("count")?, row.get("newest")?, row.get("late")?),
            None => (0, None, 0),
        };
        let what = if is_incidental == 1 {
            Words::new("偶然見つかった所見への対応", "dealing with incidental findings")
        } else {
            Words::new("報告書の確認と患者さんへの説明", "reading the report and telling the patient")
        };
        let (status, words) = match (count, late) {
            (0, _) => (
                Status::Unknown,
                Words::made(format!("{}は、まだ一度もありません。", what.ja), format!("No case yet of {}.", what.en)),
            ),
            (_, 0) => (
                Status::Met,
                Words::made(
                    format!("{}は、担当の人ごとに記録し、期限まで追っています。過ぎたものはありません。", what.ja),
                    format!("Kept for each person who answers for it: {}. Nothing is overdue.", what.en),
                ),
            ),
            (_, late) => (
                Status::NotMet,
                Words::made(
                    format!("{}で、期限を過ぎたものが{late}件あります。", what.ja),
                    format!("{late} overdue: {}.", what.en),
                ),
            ),
        };
        let count = u64::try_from(count).unwrap_or(0);
        found.push(Evidence::new(ClauseId::new(id), status, count, newest, words));
    }
    Ok(found)
}

/// Whether the measures for the safety of images are in writing, and reviewed in their time.
fn measures(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-08", "TR-15", "CS-141");
    if !takes_part(tx)? {
        return Ok(vec![apart("TR-08"), apart("TR-15")]);
    }
    let next = crate::measures::store::due_on(tx)?;
    let standing = crate::measures::standing(next, time::day(ctx.now));
    let evidence = |id, met, yes, no| {
        let (status, words) = if met { (Status::Met, yes) } else { (Status::NotMet, no) };
        Evidence::new(ClauseId::new(id), status, u64::from(met), None, words)
    };
    Ok(vec![
        evidence(
            "TR-08",
            next.is_some(),
            Words::new(
                "責任者・保守・方針・悪意のある操作への備えを文書に定めています。",
                "Persons in charge, maintenance, policy and plans against manipulation are in writing.",
            ),
            Words::new(
                "責任者・保守・方針・備えがまだ文書に定められていません。設定の「画像の安全対策」で定めてください。",
                "Nothing is in writing yet: lay it down under the settings, “Safety of images”.",
            ),
        ),
        evidence(
            "TR-15",
            matches!(standing, Standing::Good(_) | Standing::Soon(_)),
            Words::new("安全対策を決めた間隔で見直しています。", "The measures are reviewed in their interval."),
            Words::new(
                "安全対策の見直しが済んでいません。「画像の安全対策」で見直しを記録してください。",
                "The review of the measures is not done: keep it under “Safety of images”.",
            ),
        ),
    ])
}
