//! What the staff must know of the house itself, on their day's page: a log that is not signed, a wrong clock, letters that
//! do not arrive. Gathers and shows; each is kept by the room it belongs to.

use audit::clock::Standing;
use db::Tx;
use kernel::{Ctx, Result, clause, time};
use maud::{Markup, html};
use web::{Asked, look};

use crate::access::{Access, Act, Class};

/// The alarms of this facility, as far as they are the business of who asks.
#[derive(Debug, Clone)]
pub struct Alarms {
    /// The log is not signed; for those who may read it (the safety officer, managers).
    pub log: Option<audit::Alarm>,
    /// How far the clock is off, in milliseconds; for the same.
    pub clock_ms: Option<i64>,
    /// Letters that did not arrive, or not yet.
    pub letters: i64,
}

/// Gathers them.
///
/// # Errors
/// The database's.
pub fn read(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Alarms> {
    clause!("CS-122", "CS-163");
    let guards = Access::new("log.search", Act::View, Class::Log).allowed(tx, ctx)?;
    let outbox = mail::overview(tx, ctx)?;
    let newest = audit::clock::newest(tx)?;
    let clock_ms = match audit::clock::judge(newest.as_ref(), ctx.now) {
        Standing::Off(it) if guards => Some(it.offset_us / 1000),
        _ => None,
    };
    let log = if guards { audit::alarm(tx)? } else { None };
    Ok(Alarms { log, clock_ms, letters: outbox.late + outbox.failed })
}

/// Shows them; nothing when there are none.
#[must_use]
pub fn panel(asked: &Asked, alarms: &Alarms) -> Markup {
    let lang = asked.lang();
    html! {
        @if let Some(alarm) = &alarms.log {
            (look::notice(lang, look::Tone::Stop, lang.t("利用の記録に異常があります", "The log is not as it was signed"), html! {
                p { (lang.t(
                    "記録が書き換えられたか、署名の鍵が失われたおそれがあります。記録の画面で確かめ、運用の担当者にすぐ知らせてください。",
                    "It may have been changed, or its key is lost. Check it on the page of the log, and tell whoever runs the server at once."
                )) }
                p { (time::show(alarm.raised_at, lang)) " " (look::link_quiet("/log", lang.t("利用の記録へ", "To the log"))) }
            }))
        }
        @if let Some(off_ms) = alarms.clock_ms {
            (look::notice(lang, look::Tone::Warn, lang.t("サーバーの時計がずれています", "The server's clock is wrong"), html! {
                p { (lang.t(
                    format!("基準の時計との差は{}秒です。運用の担当者に、時刻合わせを直すよう伝えてください。", seconds(off_ms)),
                    format!("It differs from its reference by {} s. Tell whoever runs the server to mend it.", seconds(off_ms))
                )) }
            }))
        }
        @if alarms.letters > 0 {
            (look::notice(lang, look::Tone::Warn, lang.t(
                format!("届いていないメールが{}通あります", alarms.letters),
                format!("{} letters have not arrived", alarms.letters)
            ).as_str(), html! {
                p { (lang.t("急ぎの用件は、患者さんに電話で伝えてください。", "Telephone the patients about what is urgent.")) }
                p { (look::link_quiet("/letters", lang.t("届いていないメールを見る", "See the letters"))) }
            }))
        }
    }
}

/// Milliseconds as seconds with one digit behind the point.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    format!("{sign}{}.{}", ms.abs() / 1000, ms.abs() % 1000 / 100)
}
