//! The public page of a facility: what it does online, by which guideline, who answers for it, what online cannot do.

use kernel::{Ctx, Result, Words, clause, time};
use maud::html;
use people::access::{Access, Act, Class, may};
use people::facility::{Facility, PublicText, Standing};
use people::person::Person;
use web::{Asked, Door, Path, Routes, look};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Open, "/f/{slug}", show).get(Door::Staff, "/settings/booking-link", link)
}

struct Front {
    facility: Facility,
    text: Option<PublicText>,
    standing: Standing,
    officer: Option<Person>,
    doctors: Vec<Person>,
}

fn front(tx: &mut db::Tx<'_>, _: &Ctx, slug: &str) -> Result<Front> {
    clause!("OV-115", "OV-201", "OV-206");
    let facility = people::facility::store::by_slug(tx, slug)?;
    tx.enter(facility.id)?;
    let standing = people::facility::store::standing(tx)?;
    let officer = standing.safety_officer.map(|it| people::person::store::get(tx, it)).transpose()?;
    Ok(Front {
        text: people::facility::store::text(tx, facility.id)?,
        doctors: people::person::store::doctors(tx)?,
        facility,
        standing,
        officer,
    })
}

/// The address of the public page, to be put on the clinic's own site and on paper.
async fn link(asked: Asked) -> web::Result {
    let facility = asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            let id = ctx.facility()?;
            Access::new("front.link", Act::View, Class::Administration).on("facility", id).require(tx, ctx)?;
            people::facility::store::get(tx, id)
        })
        .await?;
    let lang = asked.lang();
    let path = format!("/f/{}", facility.slug);
    let body = html! {
        p { (lang.t(
            "患者さんはこのページから予約に進みます。当院のホームページ、診察券、院内の掲示に載せてください。",
            "Patients begin their booking on this page. Put it on your own site, on patient cards and on a notice."
        )) }
        (look::copyable(lang, &format!("{}{path}", asked.site.settings.base_url)))
        p { (lang.t(
            "はじめての患者さんは、お電話で本人を確かめて登録してから、患者のページの「入口のリンク」を送ります。通院中の患者さんには、予約の確認メールのリンクが届きます。",
            "Register new patients by telephone first and send them a link from the patient's page. Known patients get a link with every booking."
        )) }
        (look::page_actions(html! {
            (look::link_button(&path, lang.t("患者さんが見るページを開く", "Open what patients see")))
            (look::link_quiet("/settings/facility", lang.t("ページの文章を直す", "Change its text")))
            @if may(&asked, Act::View, Class::Identity) { (look::link_quiet("/patients", lang.t("患者を探す", "Find a patient"))) }
            (look::link_quiet("/settings", lang.t("設定へ戻る", "Back to the settings")))
        }))
    };
    Ok(asked.page(&Words::new("予約ページのリンク", "Link of the booking page"), body))
}

async fn show(asked: Asked, Path(slug): Path<String>) -> web::Result {
    let it = asked.site.read(&asked.ctx, move |tx, ctx| front(tx, ctx, &slug)).await?;
    let lang = asked.lang();
    let title = Words::made(it.facility.name.clone(), it.facility.name.clone());
    let field = it.facility.field.key();
    let guideline = match field {
        "dental" => lang
            .t("歯科におけるオンライン診療の適切な実施に関する指針", "the ministry's guideline on online dental care"),
        _ => lang.t("オンライン診療の適切な実施に関する指針", "the ministry's guideline on online care"),
    };
    let body = html! {
        @if let Some(text) = &it.text {
            p.lead { (text.intro) }
            (look::page_actions(html! {
                // Staff who look at the page without the right to book have no use for the button.
                @if asked.ctx.who.staff().is_none() || may(&asked, Act::Write, Class::Identity) {
                    (look::link_button("/book", lang.t("予約する", "Book a visit")))
                }
                (look::link_quiet("/patient/sign-in", lang.t("予約を確かめる", "See my bookings")))
            }))
            p { (lang.t(
                "はじめての方は、お電話でお申し込みください。ご本人を確かめてから、予約のリンクをお送りします。",
                "If you are new here, please call us. We check who you are and send you a booking link."
            )) }
            (look::section(lang.t("オンラインではできないこと", "What online visits cannot do"), html! {
                p { (text.cannot_online) }
                p { (lang.t(
                    "診察を始めたあとでも、症状によってはオンラインをやめて来院をお願いすることがあります。",
                    "Even after a visit has begun, your condition may make it necessary to come in person instead."
                )) }
            }))
            (look::section(lang.t("診療前の相談の費用", "Cost of the consultation before a first visit"), html! {
                @match text.consultation_fee_yen {
                    Some(fee) => p { (fee) (lang.t("円（保険はききません）", " yen (not covered by insurance)")) },
                    None => p { (lang.t("診療前の相談は行っていません。", "We do not offer such consultations.")) },
                }
            }))
            (look::section(lang.t("急に具合が悪くなったとき", "In an emergency"), html! { p { (text.emergency) } }))
            (look::section(lang.t("診療のきまり", "The rules we follow"), html! {
                p { (lang.t(format!("当院のオンライン診療は「{guideline}」に沿って行っています。"), format!("Our online visits follow {guideline}."))) }
                (look::facts(&[
                    (lang.t("掲載日", "Published"), html! { (time::show_day(time::day(text.made_at), lang)) }),
                    (lang.t("情報の安全管理の責任者", "Responsible for information safety"), html! { (it.officer.as_ref().map_or_else(|| "—".to_owned(), |it| it.name.full())) }),
                    (lang.t("届出", "Notified to"), html! { (it.standing.notification.as_ref().map_or("—", |it| it.authority.as_str())) }),
                ]))
            }))
        } @else {
            (look::notice(lang, look::Tone::Info, lang.t("オンライン診療は準備中です", "Online visits are being prepared"), html! {
                p { (lang.t("お電話でお問い合わせください。", "Please call us.")) }
            }))
        }
        @if !it.doctors.is_empty() {
            (look::section(lang.t("担当する医師・歯科医師", "Our doctors"), html! {
                ul { @for doctor in &it.doctors { li { (doctor.name.full()) "（" (doctor.name.full_kana()) "）" } } }
            }))
        }
        (look::section(lang.t("連絡先", "Contact"), html! {
            (look::facts(&[
                (lang.t("住所", "Address"), html! { (it.facility.address) }),
                (lang.t("電話", "Telephone"), html! { a href={ "tel:" (it.facility.phone) } { (it.facility.phone) } }),
                (lang.t("メール", "Mail"), html! { (it.facility.mail) }),
            ]))
        }))
    };
    Ok(asked.page(&title, body))
}
