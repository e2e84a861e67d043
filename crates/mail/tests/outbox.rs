//! The outbox over a real database: what an act told is sent after it, once, or shown as not sent.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::Arc;

use common::{CLINIC, OTHER, Site, on_both};
use kernel::{Error, time};
use mail::{About, Carriers, Delivered, Outcome, Sending, Sms, SmsCarrier, TRIES_MAX, To};

const MOBILE: &str = "090-1234-5678";

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_out_if_and_only_if_its_act_is_kept() {
    on_both("kept", |site| async move {
        let letter = site.letter("tanaka@example.jp", "ご予約を承りました。");
        let lost = letter.clone();
        let refused = site
            .act(CLINIC, move |tx, ctx| {
                mail::enqueue(tx, ctx, &lost)?;
                Err::<(), _>(Error::conflict("the slot was taken"))
            })
            .await;
        assert!(refused.is_err());
        let id = site.enqueue(letter).await;
        assert_eq!(site.deliver().await, Delivered { sent: 1, ..Delivered::default() });
        let shown = site.list.shown();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].text, "ご予約を承りました。");
        assert_eq!(shown[0].message_id, format!("<{id}@clinic.example.jp>"));
        assert_eq!(site.deliver().await, Delivered::default(), "not again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_waits_for_its_time_and_is_not_sent_after_the_visit() {
    on_both("reminder", |site| async move {
        let mut reminder = site.letter(MOBILE, "1時間後です。");
        reminder.due_at = time::plus_min(reminder.due_at, 60);
        reminder.useless_after = Some(time::plus_min(reminder.due_at, 60));
        let mut missed = reminder.clone();
        missed.about = About::new("booking", "2");
        site.enqueue(reminder).await;
        site.clock.forward(59);
        assert_eq!(site.deliver().await, Delivered::default());
        site.clock.forward(1);
        assert_eq!(site.deliver().await.sent, 1);

        site.enqueue(missed).await;
        site.clock.forward(60);
        assert_eq!(site.deliver().await.failed, 1, "the server was down until the visit was over");
        let failed = site.act(CLINIC, mail::failed).await.unwrap();
        assert_eq!((failed[0].about_id.as_str(), failed[0].last_error.as_str()), ("2", "too late"));
        assert_eq!(site.provider.got.lock().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_about_a_changed_booking_are_called_back() {
    on_both("cancel", |site| async move {
        let mut other = site.letter("tanaka@example.jp", "別の予約");
        other.about = About::new("booking", "2");
        site.enqueue(site.letter("tanaka@example.jp", "古い時刻")).await;
        site.enqueue(other).await;
        let letter = site.letter("tanaka@example.jp", "新しい時刻");
        let count = site
            .act(CLINIC, move |tx, ctx| {
                let count = mail::cancel_about(tx, ctx, &letter.about)?;
                mail::enqueue(tx, ctx, &letter)?;
                Ok(count)
            })
            .await
            .unwrap();
        assert_eq!((count, site.deliver().await.sent), (1, 2));
        let texts: Vec<String> = site.list.shown().into_iter().map(|it| it.text).collect();
        assert!(!texts.contains(&"古い時刻".to_owned()), "{texts:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_carrier_is_away_letters_wait_and_then_go_out_as_the_same() {
    on_both("away", |site| async move {
        for text in ["一通目", "二通目"] {
            site.enqueue(site.letter(MOBILE, text)).await;
        }
        site.provider
            .answers
            .lock()
            .unwrap()
            .extend([Outcome::Away("connection".into()), Outcome::Later("busy".into())]);
        assert_eq!(site.deliver().await, Delivered { postponed: 2, ..Delivered::default() });
        assert_eq!(
            site.provider.got.lock().unwrap().len(),
            1,
            "the second letter did not wait for a carrier known away"
        );
        assert_eq!(site.deliver().await, Delivered::default(), "not before its pause is over");
        assert_eq!(site.act(CLINIC, mail::overview).await.unwrap().waiting, 2);
        site.clock.forward(1);
        assert_eq!(site.deliver().await, Delivered { sent: 1, postponed: 1, ..Delivered::default() });
        site.clock.forward(1);
        assert_eq!(site.deliver().await, Delivered::default(), "the second pause is two minutes");
        site.clock.forward(1);
        assert_eq!(site.deliver().await.sent, 1);
        let got = site.provider.got.lock().unwrap();
        let ids: std::collections::BTreeSet<_> = got.iter().map(|it| &it.0).collect();
        assert_eq!((got.len(), ids.len()), (4, 2), "a letter keeps its name at every try");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_given_up_is_shown_to_its_clinic_and_can_be_tried_again() {
    on_both("given_up", |site| async move {
        let id = site.enqueue(site.letter(MOBILE, "届かない")).await;
        site.provider.answers.lock().unwrap().push_back(Outcome::Refused("smtp 550".into()));
        assert_eq!(site.deliver().await.failed, 1);
        let failed = site.act(CLINIC, mail::failed).await.unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!((failed[0].to.to_string().as_str(), failed[0].last_error.as_str()), (MOBILE, "smtp 550"));
        assert_eq!(site.act(CLINIC, mail::overview).await.unwrap().failed, 1);

        assert!(site.act(OTHER, mail::failed).await.unwrap().is_empty(), "a stranger sees nothing");
        assert!(!site.act(OTHER, move |tx, ctx| mail::retry(tx, ctx, id)).await.unwrap());
        assert!(site.act(CLINIC, move |tx, ctx| mail::retry(tx, ctx, id)).await.unwrap());
        assert_eq!(site.deliver().await.sent, 1);
        assert!(site.act(CLINIC, mail::failed).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_come_to_an_end() {
    let site = Site::open("tries", None).await;
    site.enqueue(site.letter(MOBILE, "いつまでも")).await;
    let answers = vec![Outcome::Later("busy".into()); TRIES_MAX as usize + 5];
    site.provider.answers.lock().unwrap().extend(answers);
    let mut rounds = 0;
    loop {
        rounds += 1;
        if site.deliver().await.failed == 1 {
            break;
        }
        site.clock.forward(24 * 60);
        assert!(rounds < 100);
    }
    assert_eq!(rounds, TRIES_MAX);
    assert_eq!(site.act(CLINIC, mail::failed).await.unwrap()[0].tries, TRIES_MAX);
}

/// A provider that never answers, as one whose server is killed in the middle.
struct Silent;

impl SmsCarrier for Silent {
    fn send<'a>(&'a self, _: Sms<'a>) -> Sending<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_had_in_hand_is_sent_later() {
    on_both("killed", |site| async move {
        site.enqueue(site.letter(MOBILE, "手の中")).await;
        let carriers = Carriers { sms: Some(Arc::new(Silent)), ..site.carriers() };
        let round = mail::deliver_due(&site.db, &carriers, &site.clock);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(300), round).await.is_err());
        site.clock.forward(14);
        assert_eq!(site.deliver().await, Delivered::default(), "another worker may still have it in hand");
        site.clock.forward(1);
        assert_eq!(site.deliver().await.sent, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_send_each_letter_once() {
    on_both("workers", |site| async move {
        for number in 0..45 {
            site.enqueue(site.letter(MOBILE, &number.to_string())).await;
        }
        let work = async || {
            let mut sent = 0;
            loop {
                let done = site.deliver().await;
                sent += done.sent;
                if !done.more {
                    return sent;
                }
            }
        };
        let (one, two) = tokio::join!(work(), work());
        // A worker that came too late for a full batch stops early; the rest is for the next round.
        let rest = work().await;
        assert_eq!(one + two + rest, 45);
        let texts: std::collections::BTreeSet<_> =
            site.provider.got.lock().unwrap().iter().map(|it| it.1.clone()).collect();
        assert_eq!((texts.len(), site.provider.got.lock().unwrap().len()), (45, 45));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shredded_facility_does_not_hold_up_the_others() {
    on_both("shredded", |site| async move {
        let letter = site.letter(MOBILE, "消えた施設");
        site.act(OTHER, move |tx, ctx| mail::enqueue(tx, ctx, &letter)).await.unwrap();
        site.enqueue(site.letter(MOBILE, "残る施設")).await;
        site.act(OTHER, |tx, ctx| {
            tx.exec(
                "UPDATE outbox SET content_sealed = ?2 WHERE facility_id = ?1",
                db::params![ctx.facility()?, vec![0_u8; 40]],
            )
        })
        .await
        .unwrap();
        assert_eq!(site.deliver().await, Delivered { sent: 1, failed: 1, ..Delivered::default() });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_database_nor_the_row_names_the_recipient() {
    // CS-151
    let site = Site::open("sealed", None).await;
    site.enqueue(site.letter("tanaka@example.jp", "https://clinic.example.jp/v/secret")).await;
    for file in std::fs::read_dir(&site.folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for text in ["tanaka@example", "v/secret"] {
            assert!(!bytes.windows(text.len()).any(|it| it == text.as_bytes()), "{text} lies open");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_letters_are_forgotten() {
    on_both("forget", |site| async move {
        site.enqueue(site.letter("tanaka@example.jp", "送った")).await;
        site.deliver().await;
        site.enqueue(site.letter("tanaka@example.jp", "まだ")).await;
        site.clock.forward(60);
        let count = site.act(CLINIC, |tx, ctx| mail::forget(tx, ctx, ctx.now)).await.unwrap();
        assert_eq!((count, site.deliver().await.sent), (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_wait_too_long_are_told_and_can_be_closed_by_telephone() {
    on_both("late", |site| async move {
        let id = site.enqueue(site.letter(MOBILE, "待つ")).await;
        let late = || async { site.act(CLINIC, mail::late).await.unwrap().iter().map(|it| it.id).collect::<Vec<_>>() };
        assert_eq!(late().await, vec![], "the worker has not looked yet");
        site.provider.answers.lock().unwrap().push_back(Outcome::Away("connection".into()));
        site.deliver().await;
        assert_eq!((late().await, site.act(CLINIC, mail::overview).await.unwrap().late), (vec![id], 1));
        assert!(!site.act(OTHER, move |tx, ctx| mail::told_otherwise(tx, ctx, id)).await.unwrap(), "another clinic's");
        assert!(site.act(CLINIC, move |tx, ctx| mail::told_otherwise(tx, ctx, id)).await.unwrap());
        site.clock.forward(60);
        assert_eq!((late().await, site.deliver().await.sent), (vec![], 0), "it does not go out any more");
        assert!(!site.act(CLINIC, move |tx, ctx| mail::told_otherwise(tx, ctx, id)).await.unwrap(), "once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_refused_for_good_is_known_and_one_that_was_away_is_not() {
    on_both("refused", |site| async move {
        for (outcome, refused) in [("smtp 550", 1), ("smtp 554", 1), ("smtp 553", 2)] {
            site.enqueue(site.letter(MOBILE, "届かない")).await;
            site.provider.answers.lock().unwrap().push_back(Outcome::Refused(outcome.into()));
            site.deliver().await;
            let found = site.act(CLINIC, |tx, ctx| mail::refused(tx, ctx, &MOBILE.parse().map(To::Sms).unwrap())).await;
            assert_eq!(found.unwrap().len(), refused, "{outcome}");
        }
        let elsewhere = site.act(CLINIC, |tx, ctx| mail::refused(tx, ctx, &To::Sms("09099990000".parse().unwrap())));
        assert!(elsewhere.await.unwrap().is_empty());
        let end = kernel::time::plus_min(site.ctx(CLINIC).now, 1);
        assert_eq!(
            site.act(CLINIC, move |tx, ctx| mail::forget(tx, ctx, end)).await.unwrap(),
            3,
            "they have their time too"
        );
    })
    .await;
}

/// CS-163: a clock that ran ahead and was set back does not hold letters back.
#[tokio::test(flavor = "multi_thread")]
async fn letters_put_off_by_a_wrong_clock_go_out_when_it_is_right() {
    on_both("set_back", |site| async move {
        site.enqueue(site.letter(MOBILE, "急ぎ")).await;
        let day = 24 * 60;
        site.clock.forward(day);
        site.provider.answers.lock().unwrap().push_back(Outcome::Later("busy".into()));
        assert_eq!(site.deliver().await.postponed, 1);
        site.clock.forward(-day);
        assert_eq!(site.deliver().await.sent, 1);
        assert_eq!(site.deliver().await, Delivered::default(), "once");
    })
    .await;
}
