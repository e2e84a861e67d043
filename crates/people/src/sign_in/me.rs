//! One's own account: sessions, password, second factors. Everybody sees and changes only the own one.

use audit::Entry;
use crypto::password::Factors;
use db::Tx;
use kernel::{Ctx, Error, Result, RowId, SessionId, Who, Words, limits, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::session::{self, Session};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Routes};

use super::pages::{app_code, app_offer, codes_page, new_password, passkey_form, password_faults, read_new_password};
use super::{need_fresh_at, passkey, password, second, steps, store};
use crate::entry::account;
use crate::person;

const HERE: &str = "/me";

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Signed, "/me", show)
        .post(Door::Signed, "/me/sessions/end", end_session)
        .get(Door::Signed, "/me/password", show_password)
        .post(Door::Signed, "/me/password", change_password)
        .post(Door::Signed, "/me/password/remove", remove_password)
        .post(Door::Signed, "/me/app/new", new_app)
        .post(Door::Signed, "/me/app", confirm_app)
        .post(Door::Signed, "/me/app/remove", remove_app)
        .post(Door::Signed, "/me/codes", new_codes)
        .post(Door::Signed, "/me/passkeys/new", new_passkey)
        .post(Door::Signed, "/me/passkeys", add_passkey)
        .post(Door::Signed, "/me/passkeys/remove", remove_passkey)
}

/// Runs an act on the own account, which belongs to no facility; entries go to the session's ([`store::record_own`]).
async fn own<T: Send + 'static>(
    asked: &Asked,
    act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let ctx = asked.ctx.clone();
    asked.site.db.write(None, move |tx| act(tx, &ctx)).await
}

/// What the page shows of an account.
struct Account {
    login: Option<String>,
    sessions: Vec<Session>,
    held: second::Held,
    passkeys: Vec<passkey::Held>,
    has_password: bool,
}

async fn account_of(asked: &Asked) -> Result<Account> {
    let person = steps::own_person(asked).ok();
    let (who, ctx) = (asked.ctx.who.clone(), asked.ctx.clone());
    asked
        .site
        .db
        .read(None, move |tx| {
            let sessions = session::list(tx, &ctx, &who)?;
            Ok(match (person, &who) {
                (Some(person), _) => Account {
                    login: Some(person::store::get(tx, person)?.login),
                    sessions,
                    held: second::held(tx, person)?,
                    passkeys: passkey::list(tx, person)?,
                    has_password: true,
                },
                (None, who) => {
                    tx.enter(ctx.facility()?)?;
                    let patient = who.patient().ok_or_else(|| Error::not_found("nobody's account"))?;
                    let has_password = account::is_set(tx, patient)?;
                    Account { login: None, sessions, held: second::Held::default(), passkeys: vec![], has_password }
                }
            })
        })
        .await
}

async fn show(asked: Asked) -> web::Result {
    let account = account_of(&asked).await?;
    let lang = asked.lang();
    let body = html! {
        (look::section(lang.t("パスワード", "Password"), password_part(&asked, &account)))
        @if asked.ctx.who.staff().is_some() {
            p { (look::link_quiet("/facility", lang.t("働く施設を切り替える", "Work at another facility"))) }
            p { (look::link_quiet("/me/tokens", lang.t("機械のためのトークン", "Tokens for machines"))) }
        }
        @if account.login.is_some() {
            (look::section(lang.t("本人確認（2つ目の要素）", "Second factors"), second_part(&asked, &account)))
        }
        (look::section(lang.t("ログイン中の端末", "Where you are signed in"), sessions_part(&asked, &account)))
    };
    Ok(asked.page(&Words::new("アカウント", "Your account"), body))
}

fn password_part(asked: &Asked, account: &Account) -> Markup {
    let lang = asked.lang();
    html! {
        @match &account.login {
            Some(login) => (look::facts(&[(lang.t("ログイン名", "Sign-in name"), html! { (login) })])),
            None if account.has_password => { p { (lang.t(
                "パスワードを登録しています。メールのリンクがなくても、メールアドレスとパスワードで入れます。",
                "You have set a password. You can come in by mail address and password, without a link.",
            )) } }
            None => { p { (lang.t(
                "パスワードの登録は任意です。登録しなくても、メールのリンクから受診できます。",
                "A password is optional. You can hold every visit by the link in your mail.",
            )) } }
        }
        p { (look::link_quiet("/me/password", if account.has_password { lang.t("パスワードを変える", "Change the password") } else { lang.t("パスワードを登録する", "Set a password") })) }
        @if account.login.is_none() && account.has_password {
            (look::form(asked, "/me/password/remove", look::submit_danger(lang.t("パスワードをやめる", "Remove the password"))))
        }
    }
}

fn second_part(asked: &Asked, account: &Account) -> Markup {
    let (lang, held) = (asked.lang(), &account.held);
    let last = usize::from(held.app_since.is_some()) + held.passkeys == 1;
    html! {
        h3 { (lang.t("認証アプリ", "Authenticator app")) }
        @match held.app_since {
            Some(since) => { p { (look::badge(Tone::Good, lang.t("設定済み", "Set up"))) " " (time::show(since, lang)) } }
            None => { p { (lang.t("設定していません。", "Not set up.")) } }
        }
        (look::form(asked, "/me/app/new", look::submit_named("go", "1", if held.app_since.is_some() { lang.t("別のスマートフォンに変える", "Move to another phone") } else { lang.t("認証アプリを設定する", "Set up an app") })))
        @if held.app_since.is_some() && !(last && needs_second(&asked.ctx.who)) {
            (look::form(asked, "/me/app/remove", look::submit_danger(lang.t("認証アプリを外す", "Remove the app"))))
        }
        h3 { (lang.t("パスキー", "Passkeys")) }
        @if account.passkeys.is_empty() { p { (lang.t("登録していません。", "None.")) } }
        @else { ul { @for it in &account.passkeys { li {
            strong { (it.name) } " " (lang.t("登録", "since")) " " (time::show(it.made_at, lang))
            @if let Some(at) = it.last_used_at { "、" (lang.t("最後の利用", "last used")) " " (time::show(at, lang)) }
            @if !(last && needs_second(&asked.ctx.who)) {
                (look::form(asked, "/me/passkeys/remove", html! {
                    (look::hidden("passkey", &it.id.to_string()))
                    (look::submit_danger(lang.t("外す", "Remove")))
                }))
            }
        } } } }
        @if passkey::house(&asked.site).is_some() {
            (look::form(asked, "/me/passkeys/new", html! {
                (look::text_input(lang, &Filled::empty(), "name", lang.t("新しいパスキーの名前", "Name of a new passkey"),
                    Some(lang.t("例：診察室のパソコン", "For example: PC in room 1"))).max(limits::LINE_CHARS_MAX))
                (look::submit_named("go", "1", lang.t("パスキーを追加する", "Add a passkey")))
            }))
        } @else {
            p { (lang.t(
                "このアドレスではパスキーを使えません。パスキーはサーバーの名前に結びつきますが、このサーバーは数字のアドレスで動いています。",
                "Passkeys do not work here: they belong to a host's name, and this server runs under an address in figures.",
            )) }
        }
        h3 { (lang.t("リカバリーコード", "Recovery codes")) }
        p { @match lang {
            kernel::Lang::Ja => { "使っていないコード：" (held.codes_left) "個" }
            kernel::Lang::En => { "Unused codes: " (held.codes_left) }
        } }
        (look::form(asked, "/me/codes", look::submit_named("go", "1", lang.t("新しいコードを作る（前のコードは使えなくなります）", "Make new codes (earlier ones end)"))))
    }
}

/// Whether the last second factor must stay.
fn needs_second(who: &Who) -> bool {
    who.staff().is_some()
}

fn sessions_part(asked: &Asked, account: &Account) -> Markup {
    let lang = asked.lang();
    let heads = [
        lang.t("端末", "Browser"),
        lang.t("ログイン", "Signed in"),
        lang.t("最後の操作", "Last seen"),
        lang.t("接続元", "From"),
        lang.t("操作", "Act"),
    ];
    let rows: Vec<Vec<Markup>> = account
        .sessions
        .iter()
        .map(|it| {
            let here = asked.ctx.session == Some(it.id);
            vec![
                html! { (if it.agent.is_empty() { lang.t("不明", "Unknown") } else { it.agent.as_str() }) @if here { " " (look::badge(Tone::Info, lang.t("この画面", "This one"))) } },
                html! { (time::show(it.made_at, lang)) },
                html! { (time::show(it.seen_at, lang)) },
                html! { (it.address) },
                look::form(asked, "/me/sessions/end", html! {
                    (look::hidden("session", &it.id.to_string()))
                    (look::submit_danger(lang.t("終了する", "End")))
                }),
            ]
        })
        .collect();
    html! {
        p { (lang.t("心当たりのないものがあれば、終了してからパスワードを変えてください。", "End any that you do not know, then change your password.")) }
        (look::table_wide(lang.t("ログイン中の端末", "Where you are signed in"), &heads, &rows))
    }
}

async fn end_session(asked: Asked, fields: Fields) -> web::Result {
    let id: SessionId = fields.id("session")?;
    own(&asked, move |tx, ctx| {
        if !session::end(tx, ctx, &ctx.who, id)? {
            return Err(Error::not_found("session of another"));
        }
        store::record_own(tx, ctx, Entry::done("session.end", "session", id))
    })
    .await?;
    Ok(Answer::To(HERE.into()))
}

async fn show_password(asked: Asked) -> web::Result {
    need_fresh_at(&asked, "/me/password")?;
    Ok(password_page(&asked, &Filled::empty()))
}

fn password_page(asked: &Asked, filled: &Filled) -> Answer {
    let lang = asked.lang();
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, "/me/password", html! {
            (new_password(lang, steps::factors(&asked.ctx.who) == Factors::Two, filled))
            p { (lang.t("ほかの端末でのログインは、すべて終了します。", "You will be signed out everywhere else.")) }
            (look::submit(lang.t("このパスワードにする", "Use this password")))
        }))
        p { (look::link_quiet(HERE, lang.t("やめる", "Back"))) }
    };
    asked.page(&Words::new("パスワードの変更", "Change your password"), body)
}

async fn change_password(asked: Asked, fields: Fields) -> web::Result {
    need_fresh_at(&asked, "/me/password")?;
    let outcome = match read_new_password(&fields) {
        Err(faults) => Err(faults),
        Ok(typed) if matches!(asked.ctx.who, Who::Patient(_)) => {
            account::set(&asked, &typed).await?.map_err(|it| password_faults(&it))
        }
        Ok(typed) => change_own(&asked, &typed).await?,
    };
    match outcome {
        Ok(()) => Ok(Answer::To(HERE.into())),
        Err(faults) => Ok(password_page(&asked, &fields.again(faults)).status(422)),
    }
}

async fn change_own(asked: &Asked, typed: &str) -> Result<Result<(), Faults>> {
    let person = steps::own_person(asked)?;
    let known = own(asked, move |tx, _| {
        let words = steps::personal_words(&person::store::get(tx, person)?);
        Ok((words, password::present_and_past(tx, person)?))
    });
    let (words, before) = known.await?;
    let factors = steps::factors(&asked.ctx.who);
    let hashed = match password::renew(typed.to_owned(), factors, words, before, &asked.ctx.chance).await? {
        Ok(hashed) => hashed,
        Err(faults) => return Ok(Err(password_faults(&faults))),
    };
    own(asked, move |tx, ctx| {
        password::set(tx, ctx, person, &hashed, false)?;
        session::end_all(tx, ctx, person, ctx.session)?;
        store::record_own(tx, ctx, Entry::done("password.change", "person", person))
    })
    .await
    .map(Ok)
}

async fn remove_password(asked: Asked, fields: Fields) -> web::Result {
    if !matches!(asked.ctx.who, Who::Patient(_)) {
        return Err(Error::not_found("only a patient's password is optional").into());
    }
    asked.act(&fields, |tx, ctx| account::remove(tx, ctx).map(|()| HERE.to_owned())).await
}

async fn new_app(asked: Asked, _fields: Fields) -> web::Result {
    need_fresh_at(&asked, HERE)?;
    app_page(&asked, &Filled::empty()).await
}

async fn app_page(asked: &Asked, filled: &Filled) -> web::Result {
    let person = steps::own_person(asked)?;
    let (secret, url) = own(asked, move |tx, ctx| steps::offer(tx, ctx, person)).await?;
    let lang = asked.lang();
    let body = html! {
        (look::faults_summary(lang, filled))
        (app_offer(lang, &secret, &url))
        (look::form(asked, "/me/app", html! {
            (app_code(lang, filled))
            (look::submit(lang.t("設定する", "Set up")))
        }))
        p { (look::link_quiet(HERE, lang.t("やめる", "Back"))) }
    };
    Ok(asked.page(&Words::new("認証アプリの設定", "Set up an authenticator app"), body))
}

async fn confirm_app(asked: Asked, fields: Fields) -> web::Result {
    need_fresh_at(&asked, HERE)?;
    let person = steps::own_person(&asked)?;
    let code = fields.get("code").to_owned();
    let taken = own(&asked, move |tx, ctx| {
        let taken = second::confirm_app(tx, ctx, person, &code)?;
        let entry = Entry::done("second_factor.add", "person", person).detail("app".into());
        store::record_own(tx, ctx, if taken { entry } else { entry.refused() })?;
        Ok(taken)
    });
    if taken.await? {
        return Ok(Answer::To(HERE.into()));
    }
    let mut faults = Faults::default();
    faults.add(
        "code",
        Words::new(
            "数字が合いません。新しく表示された数字を入力してください。",
            "These digits do not fit. Type the ones shown now.",
        ),
    );
    Ok(app_page(&asked, &fields.again(faults)).await?.status(422))
}

/// Removes a second factor by `act`, unless it is a member of the staff's last one.
async fn remove_second(
    asked: &Asked,
    kind: &'static str,
    act: impl FnOnce(&mut Tx<'_>, kernel::PersonId) -> Result<()> + Send + 'static,
) -> web::Result {
    need_fresh_at(asked, HERE)?;
    let person = steps::own_person(asked)?;
    own(asked, move |tx, ctx| {
        act(tx, person)?;
        if needs_second(&ctx.who) && !second::held(tx, person)?.any() {
            let words = Words::new(
                "最後の1つは外せません。先に別の認証アプリかパスキーを設定してください。",
                "The last one must stay. Set up another one first.",
            );
            return Err(Error::new(kernel::Kind::Conflict, words, "last second factor"));
        }
        store::record_own(tx, ctx, Entry::done("second_factor.remove", "person", person).detail(kind.into()))
    })
    .await?;
    Ok(Answer::To(HERE.into()))
}

async fn remove_app(asked: Asked, _fields: Fields) -> web::Result {
    remove_second(&asked, "app", second::drop_app).await
}

async fn remove_passkey(asked: Asked, fields: Fields) -> web::Result {
    let id: RowId = fields.id("passkey")?;
    remove_second(&asked, "passkey", move |tx, person| match passkey::remove(tx, person, id)? {
        true => Ok(()),
        false => Err(Error::not_found("passkey of another")),
    })
    .await
}

async fn new_codes(asked: Asked, _fields: Fields) -> web::Result {
    need_fresh_at(&asked, HERE)?;
    let person = steps::own_person(&asked)?;
    let codes = own(&asked, move |tx, ctx| {
        let codes = second::renew_codes(tx, ctx, person)?;
        store::record_own(tx, ctx, Entry::done("recovery_code.renew", "person", person))?;
        Ok(codes)
    });
    let on = look::link_button(HERE, asked.lang().t("控えました。戻る", "I have kept them. Back"));
    Ok(codes_page(&asked, &codes.await?, on))
}

async fn new_passkey(asked: Asked, fields: Fields) -> web::Result {
    need_fresh_at(&asked, HERE)?;
    let person = steps::own_person(&asked)?;
    let lang = asked.lang();
    let name: String = fields.get("name").chars().filter(|it| !it.is_control()).take(limits::LINE_CHARS_MAX).collect();
    let name = if name.is_empty() { lang.t("パスキー", "Passkey").to_owned() } else { name };
    let site = asked.site.clone();
    let options = own(&asked, move |tx, ctx| {
        let login = person::store::get(tx, person)?.login;
        passkey::offer(tx, ctx, &site, person, &login, &name)
    });
    let body = html! {
        p { (lang.t("ボタンを押すと、端末が指紋・顔・PINなどをたずねます。", "After the button your device asks for fingerprint, face or PIN.")) }
        (passkey_form(&asked, "/me/passkeys", "create", &options.await?, lang.t("端末に登録する", "Add this device")))
        p { (look::link_quiet(HERE, lang.t("やめる", "Back"))) }
    };
    Ok(asked.page(&Words::new("パスキーの追加", "Add a passkey"), body))
}

async fn add_passkey(asked: Asked, fields: Fields) -> web::Result {
    need_fresh_at(&asked, HERE)?;
    let person = steps::own_person(&asked)?;
    let (site, answer) = (asked.site.clone(), fields.get("answer").to_owned());
    let added = own(&asked, move |tx, ctx| {
        let added = passkey::add(tx, ctx, &site, person, &answer)?;
        let entry = Entry::done("second_factor.add", "person", person).detail("passkey".into());
        store::record_own(tx, ctx, if added { entry } else { entry.refused() })?;
        Ok(added)
    });
    if added.await? {
        return Ok(Answer::To(HERE.into()));
    }
    let words = Words::new(
        "端末の答えを確認できませんでした。アカウントの画面から、もう一度追加してください。",
        "The device's answer could not be confirmed. Please add it again from your account.",
    );
    Err(Error::new(kernel::Kind::Invalid { field: "" }, words, "passkey answer").into())
}
