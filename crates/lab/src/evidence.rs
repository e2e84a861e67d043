//! What orders, steps and places of a facility show about the clauses of laboratory work. `safety` is handed [`ALL`] by `app`.

use std::collections::HashSet;

use db::{Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use guidelines::device::{Kind as DeviceKind, Place};
use kernel::{Ctx, Result, Words, clause, time};

use people::device::{self, days_since};

use crate::export::{OUTSIDE_DAYS, store as exports};
use crate::remote::store as remote;
use crate::remote::{Standing, may_work, may_work_remotely};

/// What a noun knows about clauses at the facility of the act.
pub type EvidenceOf = fn(&mut Tx<'_>, &Ctx) -> Result<Vec<Evidence>>;

/// Days after which a device of the ledger is to be looked at again.
const LEDGER_DAYS: i64 = 90;

/// The evidence of this room.
pub const ALL: &[EvidenceOf] = &[counts, technicians, notification, remote_work, devices, outside];

/// Clauses that a gate keeps: the rows say how often it was done. Before the first of them nobody knows. The last column says
/// whether only a laboratory is asked.
static COUNTS: [(&str, &str, Words, bool); 10] = [
    (
        "DL-04",
        "SELECT count(*) AS count, max(issued_at) AS newest FROM lab_order WHERE facility_id = ?1",
        Words::new(
            "法令の内容がそろわない指示書は発行できません。変更は理由つきの新しい版になり、消えません。",
            "No order without the law's contents; a change is a new version with its reason, and nothing is deleted.",
        ),
        false,
    ),
    (
        "DL-05",
        "SELECT count(*) AS count, max(ordered_at) AS newest FROM lab_case WHERE facility_id = ?1",
        Words::new(
            "指示書に書かれた技工所でしか作業できません。技工所を加えられるのは歯科医師だけです。",
            "Work is possible only at laboratories that the order names; only the dentist can name another.",
        ),
        false,
    ),
    (
        "DL-32",
        "SELECT count(*) AS count, max(at) AS newest FROM lab_event WHERE facility_id = ?1
         AND kind IN ('delivered', 'received', 'fitted', 'remake')",
        Words::new(
            "納品・受け取り・装着・再製は、双方の施設の同じ経過に残ります。再製には原因が付きます。",
            "Delivery, receipt, fit and remake stand in one line of time at both facilities; a remake says its cause.",
        ),
        false,
    ),
    (
        "DL-20",
        "SELECT count(*) AS count, max(made_at) AS newest FROM lab_bundle WHERE facility_id = ?1",
        Words::new(
            "設計データは、ログインした人だけがHarukaの中で送り、見て、取り出せます。だれでも開けるリンクはなく、取り出すたびに理由と端末が双方の記録に残ります。",
            "Design data are sent, seen and taken out by people who are signed in, and by no link; each download stands in both logs with its reason and device.",
        ),
        false,
    ),
    (
        "DL-22",
        "SELECT count(checked_at) AS count, max(checked_at) AS newest FROM lab_check WHERE facility_id = ?1",
        Words::new(
            "この施設から送ったスキャンと設計データは、読めるか、大きさと単位、穴や面の向きが自動で点検され、双方の施設に示されます。",
            "Scans and designs sent from here are checked by themselves (readable, size and unit, holes, orientation), and both facilities see it.",
        ),
        false,
    ),
    (
        "DL-23",
        "SELECT count(*) AS count, max(c.checked_at) AS newest FROM lab_check c WHERE c.facility_id = ?1
         AND EXISTS (SELECT 1 FROM lab_level l WHERE l.facility_id = ?1 AND l.file_id = c.file_id)",
        Words::new(
            "この施設から送ったスキャンと設計は、双方の施設が重ねて見て、測り、版を比べ、面の上にメモを残せます。加工には元のデータだけを使います。",
            "Both facilities see what was sent from here, laid over each other; they measure it, compare versions and pin notes to it. Machining uses the original bytes alone.",
        ),
        false,
    ),
    (
        "DL-02",
        "SELECT count(*) AS count, max(started_at) AS newest FROM lab_step WHERE facility_id = ?1",
        Words::new(
            "リモートで始められるのは、画面での設計とその確認だけです。",
            "Only design on screen, and its check, can be begun outside the laboratory.",
        ),
        true,
    ),
    (
        "DL-30",
        "SELECT count(*) AS count, max(started_at) AS newest FROM lab_step WHERE facility_id = ?1",
        Words::new(
            "歯科技工録は、工程・材料・検査・引き渡しの記録から作られます。リモートの工程と場所も入ります。",
            "The record is made of steps, materials, inspection and hand-over, remote steps with their places among them.",
        ),
        true,
    ),
    (
        "DL-21",
        "SELECT count(*) AS count, max(at) AS newest FROM lab_event WHERE facility_id = ?1 AND kind = 'released'",
        Words::new(
            "歯科医師が承認した設計データだけを、管理者が加工機を決めて回します。加工機は、ほかのデータを受け取れません。",
            "Only the approved files are released, by the manager, for a named machine, which can fetch nothing else.",
        ),
        true,
    ),
    (
        "DL-31",
        "SELECT count(*) AS count, max(at) AS newest FROM lab_event WHERE facility_id = ?1
         AND kind IN ('inspected', 'failed')",
        Words::new(
            "作った人とは別の人が項目ごとに検査し、作り直しは原因つきで数えられます。",
            "Somebody other than the maker inspects by criteria; what goes back is counted by cause.",
        ),
        true,
    ),
];

/// Whether this facility orders laboratory work or does it; the second says whether it does.
fn part(tx: &mut Tx<'_>) -> Result<(bool, bool)> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT count(*) AS count, count(CASE WHEN side = 'serves' THEN 1 END) AS serves FROM agreement
         WHERE facility_id = ?1 AND purpose = 'lab'",
        params![facility],
    )?;
    Ok(match row {
        Some(row) => (row.get::<i64>("count")? > 0, row.get::<i64>("serves")? > 0),
        None => (false, false),
    })
}

fn apart(id: &'static str) -> Evidence {
    let words = Words::new("技工所としての業務がありません。", "No laboratory work is done here.");
    Evidence::new(ClauseId::new(id), Status::NotApplicable, 0, None, words)
}

fn count(it: usize) -> u64 {
    u64::try_from(it).unwrap_or(u64::MAX)
}

fn counts(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    let (takes_part, serves) = part(tx)?;
    let mut found = Vec::new();
    for (id, sql, words, only_laboratory) in &COUNTS {
        if !takes_part || (*only_laboratory && !serves) {
            found.push(apart(id));
            continue;
        }
        let (count, newest) = tx.counted(sql)?;
        let status = if count == 0 { Status::Unknown } else { Status::Met };
        found.push(Evidence::new(ClauseId::new(id), status, count, newest, words.clone()));
    }
    Ok(found)
}

/// Where files may be kept outside, and what lies there.
fn outside(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("DL-24");
    if !part(tx)?.0 {
        return Ok(vec![apart("DL-24")]);
    }
    let rule = exports::rule(tx)?;
    let (lies, old) = exports::outside(tx, time::plus_min(ctx.now, -OUTSIDE_DAYS * 24 * 60))?;
    let (status, words) = match (&rule, old) {
        (None, _) => (
            Status::NotMet,
            Words::new(
                "ファイルの保存先が決まっていません。決めるまで、何も取り出せません。「持ち出しの台帳」で決めてください。",
                "Where files are kept is not decided; nothing can be taken out until it is. Please decide in the ledger of exports.",
            ),
        ),
        (Some(_), 0) => (
            Status::Met,
            Words::made(
                format!(
                    "保存先を決めています。外にあるファイルは{lies}件で、台帳にあります。可搬媒体には、承認なしに取り出せません。"
                ),
                format!(
                    "Places are decided; {lies} exports lie outside, all in the ledger. No medium without an approval."
                ),
            ),
        ),
        (Some(_), _) => (
            Status::Unknown,
            Words::made(
                format!(
                    "取り出して{OUTSIDE_DAYS}日以上たったものが{old}件あります。消したかどうかを台帳に記録してください。"
                ),
                format!(
                    "{old} exports are outside for {OUTSIDE_DAYS} days or more. Please say in the ledger what became of them."
                ),
            ),
        ),
    };
    Ok(vec![Evidence::new(ClauseId::new("DL-24"), status, lies.unsigned_abs(), rule.map(|it| it.set_at), words)])
}

/// Whether everybody with the duty of a technician has a licence on file.
fn technicians(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("DL-01");
    if !part(tx)?.1 {
        return Ok(vec![apart("DL-01")]);
    }
    let (mut all, mut unlicensed) = (0, 0);
    for it in remote::technicians(tx)? {
        all += 1;
        unlicensed += u64::from(!may_work(remote::known(tx, it.id)?).is_empty());
    }
    let (status, words) = match (all, unlicensed) {
        (0, _) => (
            Status::NotMet,
            Words::new("歯科技工士の職務を持つ職員がいません。", "Nobody here has the duty of a technician."),
        ),
        (_, 0) => (
            Status::Met,
            Words::made(
                format!("免許を確認した歯科技工士が{all}人います。ほかの人は担当になれません。"),
                format!("{all} technicians with a checked licence; nobody else can be assigned."),
            ),
        ),
        _ => (
            Status::NotMet,
            Words::made(
                format!("免許を確認していない歯科技工士が{unlicensed}人います。職員のページで登録してください。"),
                format!("{unlicensed} technicians without a licence on file. Please record it at the staff."),
            ),
        ),
    };
    Ok(vec![Evidence::new(ClauseId::new("DL-01"), status, all, None, words)])
}

fn notification(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("DL-03", "DL-06");
    if !part(tx)?.1 {
        return Ok(vec![apart("DL-03"), apart("DL-06")]);
    }
    let (standing, workers, filed) = remote::notification(tx, ctx.now)?;
    let shown = |day, lang| time::show_day(day, lang);
    let (status, words) = match standing {
        Standing::Nothing => (
            Status::NotApplicable,
            Words::new("リモートワークをする人はいません。", "Nobody works outside the laboratory."),
        ),
        Standing::Filed(on) => (
            Status::Met,
            Words::made(
                format!("いまの人と場所のとおりに届け出ています（{}）。", shown(on, kernel::Lang::Ja)),
                format!("Filed as things are now ({}).", shown(on, kernel::Lang::En)),
            ),
        ),
        Standing::Due(due) => (
            Status::Unknown,
            Words::made(
                format!("届出が必要です。期限は{}です。", shown(due, kernel::Lang::Ja)),
                format!("To be filed by {}.", shown(due, kernel::Lang::En)),
            ),
        ),
        Standing::Overdue(due) => (
            Status::NotMet,
            Words::made(
                format!("届出の期限（{}）を過ぎています。", shown(due, kernel::Lang::Ja)),
                format!("The notification was due on {}.", shown(due, kernel::Lang::En)),
            ),
        ),
    };
    let (workers, newest) = (count(workers.len()), filed.map(|it| it.recorded_at));
    let evidence = |id| Evidence::new(ClauseId::new(id), status, workers, newest, words.clone());
    Ok(vec![evidence("DL-03"), evidence("DL-06")])
}

/// What is confirmed, checked and learned before anybody works outside the laboratory.
fn remote_work(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("DL-10", "DL-11", "DL-40");
    const IDS: [&str; 3] = ["DL-10", "DL-11", "DL-40"];
    if !part(tx)?.1 {
        return Ok(IDS.map(apart).to_vec());
    }
    let live: Vec<_> = remote::places(tx)?.into_iter().filter(|it| it.ended_at.is_none()).collect();
    let (sessions, newest) = tx.counted(
        "SELECT count(*) AS count, max(started_at) AS newest FROM lab_step WHERE facility_id = ?1 AND place = 'remote'",
    )?;
    if live.is_empty() && sessions == 0 {
        let words = Words::new("リモートワークをする人はいません。", "Nobody works outside the laboratory.");
        return Ok(IDS
            .map(|id| Evidence::new(ClauseId::new(id), Status::NotApplicable, 0, None, words.clone()))
            .to_vec());
    }
    let confirmed = Words::new(
        "技工所の外での作業は、画面・部屋・回線の確認がそろわないと始められません。",
        "A session outside begins only when screen, room and network are confirmed.",
    );
    let identity = Words::new(
        "作業場所の登録には、管理者が本人を確かめた方法が要ります。ログインは二要素です。",
        "A place is registered with how the manager made sure who it is; sign-in takes two factors.",
    );
    let mut lacking = 0;
    for it in &live {
        lacking += usize::from(!may_work_remotely(remote::known(tx, it.person)?).is_empty());
    }
    let (trained, training) = if lacking == 0 {
        let words = Words::new(
            "リモートワークをする人と管理者の研修がそろっています。",
            "Those who work remotely, and the manager, have the whole training.",
        );
        (Status::Met, words)
    } else {
        let words = Words::made(
            format!("研修か免許の記録がそろっていない作業場所が{lacking}か所あります。そこでは作業を始められません。"),
            format!("{lacking} places whose technician or manager lacks training or licence; no work begins there."),
        );
        (Status::NotMet, words)
    };
    let held = if sessions == 0 { Status::Unknown } else { Status::Met };
    Ok(vec![
        Evidence::new(ClauseId::new("DL-10"), held, sessions, newest, confirmed),
        Evidence::new(ClauseId::new("DL-11"), Status::Met, count(live.len()), None, identity),
        Evidence::new(ClauseId::new("DL-40"), trained, count(live.len()), None, training),
    ])
}

/// The devices of those who work outside, and the ledger of all.
fn devices(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("DL-12", "DL-13", "DL-14");
    if !part(tx)?.1 {
        return Ok(["DL-12", "DL-13", "DL-14"].map(apart).to_vec());
    }
    let live: Vec<_> = device::store::all(tx)?.into_iter().filter(|it| it.ended_at.is_none()).collect();
    let has_rules = device::store::rule(tx)?.document.is_some();
    let newest = live.iter().filter_map(|it| it.newest().map(|it| it.last_at)).max();
    let outside: HashSet<_> =
        remote::places(tx)?.into_iter().filter(|it| it.ended_at.is_none()).map(|it| it.person).collect();
    let fits = |it: &&device::Device| it.may_be_used(Place::Remote, has_rules, ctx.now).is_ok();
    let equipped: HashSet<_> = live.iter().filter(fits).filter_map(|it| it.entry.person).collect();
    let without = outside.difference(&equipped).count();
    let (status, words) = match (outside.len(), without) {
        (0, _) => (
            Status::NotApplicable,
            Words::new("リモートワークをする人はいません。", "Nobody works outside the laboratory."),
        ),
        (_, 0) => (
            Status::Met,
            Words::new(
                "リモートワークをする人には、状態を確認した端末があります。台帳の端末以外では、技工の情報を開けません。",
                "Those who work outside have devices in order; cases open on no others.",
            ),
        ),
        _ => (
            Status::NotMet,
            Words::made(
                format!("使える端末のないリモートワークの人が{without}人います。端末の台帳で確かめてください。"),
                format!("{without} who work outside have no device in order. See the ledger of devices."),
            ),
        ),
    };
    let network = Evidence::new(ClauseId::new("DL-12"), status, count(equipped.len()), newest, words);
    let carried: Vec<_> = live.iter().filter(|it| it.entry.kind != DeviceKind::Owned).collect();
    let unmanaged =
        carried.iter().filter(|it| it.entry.kind == DeviceKind::Personal && it.entry.managed.is_empty()).count();
    let (status, words) = match (carried.len(), has_rules, unmanaged) {
        (0, ..) => (
            Status::NotApplicable,
            Words::new("貸し出す端末も個人の端末もありません。", "No device is lent or personal."),
        ),
        (_, true, 0) => (
            Status::Met,
            Words::new(
                "貸し出す端末と個人の端末の規程があり、個人の端末は管理者が設定を変えられます。",
                "There are rules, and the manager can change the settings of personal devices.",
            ),
        ),
        _ => (
            Status::NotMet,
            Words::new(
                "規程が登録されていないか、管理者が設定を変えられない個人の端末があります。それらの端末は使えません。",
                "Rules are not on file, or a personal device is out of the manager's hand; those are refused.",
            ),
        ),
    };
    let lent = Evidence::new(ClauseId::new("DL-13"), status, count(carried.len()), newest, words);
    let silent =
        live.iter().filter(|it| it.newest().is_none_or(|it| days_since(it.last_at, ctx.now) > LEDGER_DAYS)).count();
    let (status, words) = match (live.len(), silent) {
        (0, _) => (Status::NotMet, Words::new("端末の台帳が空です。", "The ledger of devices is empty.")),
        (_, 0) => (
            Status::Met,
            Words::new("すべての端末の状態が最近確認されています。", "Every device was looked at lately."),
        ),
        _ => (
            Status::NotMet,
            Words::made(
                format!("最近確認されていない端末が{silent}台あります。"),
                format!("{silent} devices were not looked at lately."),
            ),
        ),
    };
    Ok(vec![network, lent, Evidence::new(ClauseId::new("DL-14"), status, count(live.len()), newest, words)])
}
