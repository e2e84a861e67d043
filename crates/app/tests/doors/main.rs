//! Every door of the whole program is knocked at by everybody: by nobody, by strangers from elsewhere, by the patient of
//! the next chair, by each duty alone, by the patient and the guardian; with pages, with empty forms, with filled ones.
//!
//! The route table is the product's own, so a new route is walked without being told. What the walk expects stands beside
//! it: `who-may.txt` says who is let in (`UPDATE=1` writes it anew; read the difference), `exceptions.txt` what is allowed
//! all the same, each line with its reason and each line needed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod files;
mod form;
mod offered;
#[path = "../../../visits/tests/common/opening.rs"]
mod opening;
mod socket;
mod ward;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use form::{Form, Hand, forms};
use testkit::{Seen, wait};
use ward::{Clinic, From, NAMES, THINGS, Visitor};
use web::{Door, Route};

/// What is wrong, one line each: a walk goes on, so that it is seen whole.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn expect(&mut self, is: bool, words: impl FnOnce() -> String) {
        if !is {
            self.0.push(words());
        }
    }

    fn settle(mut self) {
        self.0.sort();
        self.0.dedup();
        assert!(self.0.is_empty(), "{} findings:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// What is allowed all the same: `kind | method path | reason`.
struct Exceptions {
    kind: &'static str,
    lines: BTreeSet<String>,
    used: BTreeSet<String>,
}

impl Exceptions {
    fn of(kind: &'static str) -> Self {
        let lines = include_str!("exceptions.txt").lines().filter(|it| !it.starts_with('#') && !it.is_empty());
        let own = lines.filter_map(|line| {
            let parts: Vec<_> = line.split(" | ").map(str::trim).collect();
            assert!(parts.len() == 3 && !parts[2].is_empty(), "kind | method path | reason: {line}");
            (parts[0] == kind).then(|| parts[1].to_owned())
        });
        Self { kind, lines: own.collect(), used: BTreeSet::new() }
    }

    /// Whether `route` is excepted; then the exception was needed.
    fn has(&mut self, route: &Route) -> bool {
        let line = title(route);
        let is = self.lines.contains(&line);
        if is {
            self.used.insert(line);
        }
        is
    }

    /// Those that another walk needed were needed, too.
    fn join(&mut self, other: Self) {
        self.used.extend(other.used);
    }

    fn settle(&self, findings: &mut Findings) {
        for line in self.lines.difference(&self.used) {
            findings.0.push(format!("exceptions.txt: `{} | {line}` is not needed", self.kind));
        }
    }
}

fn title(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

fn table() -> Vec<Route> {
    let mut table = app::routes().table().to_vec();
    table.sort();
    table
}

/// Whether the door opened: a page, a form to mend, a way on. Not: nothing here, not yours, who are you?
fn is_in(seen: &Seen) -> bool {
    let turned_away = seen.location.as_deref().is_some_and(|to| {
        ["/sign-in", "/patient/sign-in", "/unlock"].iter().any(|door| to.split('?').next() == Some(door))
    });
    !turned_away && !matches!(seen.status.as_u16(), 401 | 403 | 404 | 410)
}

/// Whether the address names a thing of the clinic that strangers may not even know of.
fn names_a_thing(route: &Route) -> bool {
    THINGS.iter().any(|it| route.path.contains(&format!("{{{it}}}")))
}

fn knock(clinic: &Clinic, visitor: &Visitor, route: &Route, address: &str) -> Seen {
    let browser = clinic.browser(visitor);
    match route.method {
        "GET" => wait(browser.get(address)),
        // Of machine protocols: each is refused before its body is looked at.
        "HEAD" | "PATCH" | "DELETE" | "OPTIONS" => wait(browser.ask(route.method, address, &[], Vec::new())),
        _ => wait(browser.post(address, &[("_key", "01hdoors000000000000000000")])),
    }
}

/// An answer without what differs each time (tokens, keys, the reference number) and without the ids in its address.
fn plain(seen: &Seen, address: &str) -> String {
    let text: String = seen.text.split("value=\"").map(|it| it.split_once('"').map_or(it, |(_, rest)| rest)).collect();
    let text: String = text.split("<code>").map(|it| it.split_once("</code>").map_or(it, |(_, rest)| rest)).collect();
    let text = format!("{} {} {text}", seen.status, seen.location.as_deref().unwrap_or_default());
    address.split('/').filter(|it| it.len() == 26).fold(text, |text, id| text.replace(id, "-"))
}

/// What must hold of each answer, whoever asks.
fn judge(clinic: &Clinic, route: &Route, visitor: &Visitor, seen: &Seen, findings: &mut Findings) {
    let at = || format!("{} as {}: {}", title(route), visitor.name, seen.status);
    findings.expect(!seen.status.is_server_error(), || format!("{} is our fault", at()));
    let named = NAMES.iter().any(|it| seen.text.contains(it));
    let may_read = !visitor.is_outsider() && is_in(seen);
    findings.expect(!named || may_read, || format!("{} names the patient", at()));
    if visitor.from == From::Nowhere && route.door == Door::Machine {
        findings.expect(seen.status == 401, || format!("{}, not asked for a token", at()));
    } else if visitor.from == From::Nowhere && route.door != Door::Open {
        let led = seen.location.as_deref().is_some_and(|it| it.contains("/sign-in?next="));
        findings.expect(led, || format!("{}, not led to a sign-in", at()));
    }
    if visitor.from != From::Nowhere && visitor.is_outsider() && names_a_thing(route) {
        // Either nothing is there; or an empty form is refused in the same words wherever it is sent.
        let (here, nowhere) = (clinic.address(route.path), clinic.nowhere(route.path));
        let same = || plain(seen, &here) == plain(&knock(clinic, visitor, route, &nowhere), &nowhere);
        findings.expect(seen.status == 404 || same(), || format!("{} tells that it exists", at()));
    }
    if seen.status.is_client_error() {
        // A machine wants a line, not a page.
        let says = match route.door {
            // The answer to a HEAD has no body.
            Door::Machine => route.method == "HEAD" || !seen.text.is_empty(),
            _ => seen.text.contains("<main"),
        };
        findings.expect(says, || format!("{} says nothing", at()));
    }
}

/// What a walk along some of the doors has found.
struct Walk {
    findings: Findings,
    changes: Exceptions,
    quiet: Exceptions,
    unasked: Exceptions,
    strangers: Exceptions,
    /// Who is let in where.
    let_in: BTreeMap<String, Vec<String>>,
}

impl Walk {
    fn join(&mut self, other: Self) {
        self.findings.0.extend(other.findings.0);
        self.changes.join(other.changes);
        self.quiet.join(other.quiet);
        self.unasked.join(other.unasked);
        self.strangers.join(other.strangers);
        self.let_in.extend(other.let_in);
    }
}

fn walk(routes: impl Iterator<Item = Route>) -> Walk {
    let mut findings = Findings::default();
    let (mut changes, mut quiet, mut unasked) = (
        Exceptions::of("a page that changes rows"),
        Exceptions::of("without an entry"),
        Exceptions::of("refused without an entry"),
    );
    let mut strangers = Exceptions::of("an act of anybody");
    let mut let_in: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let house = Clinic::new();
    for route in routes {
        // Pages change nothing, so they share a clinic; a form may act, and whoever comes next finds a new one.
        let mut own = (route.method == "POST").then(Clinic::new);
        let ins = let_in.entry(title(&route)).or_default();
        for place in 0..house.visitors.len() {
            let clinic = own.as_ref().unwrap_or(&house);
            let visitor = &clinic.visitors[place];
            let before = clinic.state(visitor);
            let seen = knock(clinic, visitor, &route, &clinic.address(route.path));
            let after = clinic.state(visitor);
            let (changed, grown) = (before.changed(&after), before.has_grown(&after));
            judge(clinic, &route, visitor, &seen, &mut findings);
            let at = || format!("{} as {} ({})", title(&route), visitor.name, seen.status);
            let in_now = is_in(&seen);
            if !in_now || visitor.is_outsider() {
                let allowed = changed.is_empty()
                    || in_now && visitor.from == From::NextChair && !names_a_thing(&route)
                    || strangers.has(&route);
                findings.expect(allowed, || format!("{} changed {changed:?}", at()));
            }
            if route.method == "GET" {
                findings.expect(changed.is_empty() || changes.has(&route), || format!("{} changed {changed:?}", at()));
            }
            let shown = route.method == "GET" && seen.status == 200 && !visitor.is_outsider();
            if shown || !changed.is_empty() {
                findings.expect(grown || quiet.has(&route), || format!("{} left no entry (changed {changed:?})", at()));
            }
            let refused = visitor.from == From::Duty && seen.status == 403
                || visitor.from == From::NextChair && seen.status == 404 && route.door != Door::Staff;
            if refused && names_a_thing(&route) {
                findings.expect(grown || unasked.has(&route), || format!("{} was refused without an entry", at()));
            }
            if in_now {
                ins.push(visitor.name.clone());
            }
            if own.is_some() && !changed.is_empty() {
                own = Some(Clinic::new());
            }
        }
    }
    Walk { findings, changes, quiet, unasked, strangers, let_in }
}

#[test]
fn every_door_is_knocked_at_by_everybody() {
    // CS-120, CS-122
    // All pages by one, in their order; the forms, of which each has a clinic of its own, by two.
    let of = |posts| table().into_iter().filter(move |it| (it.method == "POST") == posts);
    let pages = std::thread::spawn(move || walk(of(false)));
    let forms = [0, 1].map(|which| std::thread::spawn(move || walk(of(true).skip(which).step_by(2))));
    let mut whole = pages.join().unwrap();
    forms.into_iter().for_each(|it| whole.join(it.join().unwrap()));
    let Walk { mut findings, changes, quiet, unasked, strangers, let_in } = whole;
    for it in [&changes, &quiet, &unasked, &strangers] {
        it.settle(&mut findings);
    }
    let mut shut = Exceptions::of("opens to nobody here");
    for route in table() {
        let opened = !let_in[&title(&route)].is_empty();
        findings.expect(opened || shut.has(&route), || format!("{} opens to nobody", title(&route)));
    }
    shut.settle(&mut findings);
    settle_who_may(&let_in, &mut findings);
    findings.settle();
}

/// The table of who is let in, as it was agreed.
fn settle_who_may(let_in: &BTreeMap<String, Vec<String>>, findings: &mut Findings) {
    let mut text = String::from(
        "# Who is let in where: made by the walk (UPDATE=1), read by people. Each duty stands for a person who has only that one.\n",
    );
    for (route, visitors) in let_in {
        let _ = writeln!(text, "{route}: {}", visitors.join(", "));
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doors/who-may.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
        return;
    }
    let agreed = std::fs::read_to_string(&file).unwrap_or_default();
    let lines = |it: &str| it.lines().map(ToOwned::to_owned).collect::<BTreeSet<_>>();
    for line in lines(&text).difference(&lines(&agreed)) {
        findings.0.push(format!("who-may.txt does not say: {line}"));
    }
    for line in lines(&agreed).difference(&lines(&text)) {
        findings.0.push(format!("who-may.txt says, but it is not so: {line}"));
    }
}

/// Whether an address is the route's.
fn fits(route: &Route, address: &str) -> bool {
    let (pattern, parts): (Vec<_>, Vec<_>) = (route.path.split('/').collect(), address.split('/').collect());
    pattern.len() == parts.len()
        && pattern.iter().zip(&parts).all(|(pattern, part)| pattern.starts_with('{') || pattern == part)
}

#[test]
fn forms_filled_by_hand_act_with_an_entry_or_are_refused_with_words() {
    // CS-122
    let mut findings = Findings::default();
    let mut quiet = Exceptions::of("a form without an entry");
    let table = table();
    let posts: Vec<_> = table.iter().filter(|it| it.method == "POST").collect();
    let (house, mut done) = (Clinic::new(), BTreeMap::new());
    for page in table.iter().filter(|it| it.method == "GET") {
        for (place, visitor) in house.visitors.iter().enumerate().filter(|(_, it)| !it.is_outsider()) {
            let seen = wait(house.browser(visitor).get(&house.address(page.path)));
            for (number, form) in forms(&seen.text).iter().enumerate() {
                let Some(route) = posts.iter().find(|it| fits(it, &form.action)) else {
                    findings.0.push(format!("{} shows a form that goes nowhere: {}", title(page), form.action));
                    continue;
                };
                // By the first two who are offered it: what the others may is asked at the doors.
                let hands: &mut BTreeSet<&str> = done.entry(route.path).or_default();
                if matches!(route.path, "/look" | "/sign-out") || hands.len() == 2 || !hands.insert(&visitor.name) {
                    continue;
                }
                // One hand after the other in the same clinic: nonsense must not have acted, so sense still can.
                let clinic = Clinic::new();
                let visitor = &clinic.visitors[place];
                for hand in [Hand::Long, Hand::Hostile, Hand::Willing] {
                    let found = wait(clinic.browser(visitor).get(&clinic.address(page.path)));
                    let Some(form) = forms(&found.text).get(number).cloned() else { break };
                    send(&clinic, visitor, route, &form, hand, &mut quiet, &mut findings);
                }
            }
        }
    }
    quiet.settle(&mut findings);
    findings.settle();
}

fn send(
    clinic: &Clinic,
    visitor: &Visitor,
    route: &Route,
    form: &Form,
    hand: Hand,
    quiet: &mut Exceptions,
    findings: &mut Findings,
) {
    let fields = form.filled(hand);
    let fields: Vec<_> =
        fields.iter().filter(|it| it.0 != "_token").map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let before = clinic.state(visitor);
    let seen = wait(clinic.browser(visitor).post(&form.action, &fields));
    let after = clinic.state(visitor);
    let at = || format!("{} as {}, {hand:?} ({})", title(route), visitor.name, seen.status);
    findings.expect(!seen.status.is_server_error(), || format!("{} is our fault", at()));
    if seen.status.is_client_error() {
        findings.expect(seen.text.contains("<main"), || format!("{} says nothing", at()));
    }
    if !before.changed(&after).is_empty() {
        findings.expect(before.has_grown(&after) || quiet.has(route), || format!("{} acted without an entry", at()));
    }
}

#[test]
fn the_navigation_offers_what_opens_and_nothing_else() {
    // CS-120
    let clinic = Clinic::new();
    for visitor in clinic.visitors.iter().filter(|it| matches!(it.from, From::Duty | From::Home)) {
        let browser = clinic.browser(visitor);
        let page = wait(browser.get("/me")).text;
        let nav = page.split_once("<nav").and_then(|(_, it)| it.split_once("</nav>")).map_or("", |(it, _)| it);
        let is_staff = visitor.who.staff().is_some();
        let settings = &clinic.ward.site.settings;
        let links = if is_staff { &settings.staff_nav } else { &settings.patient_nav };
        for link in links {
            let (offered, seen) = (nav.contains(&format!("href=\"{}\"", link.href)), wait(browser.get(link.href)));
            assert_eq!(offered, seen.status == 200, "{} as {}: {}", link.href, visitor.name, seen.status);
        }
        let home = wait(browser.get("/")).location.expect("led to the own work");
        assert_eq!(wait(browser.get(&home)).status, 200, "{home} as {}", visitor.name);
    }
}

#[test]
fn what_is_no_form_of_ours_is_refused_and_nothing_is_written() {
    type Header = (&'static str, &'static str);
    const CODED: Header = ("content-type", "application/x-www-form-urlencoded");
    const OURS: Header = ("sec-fetch-site", "same-origin");
    let mut findings = Findings::default();
    let clinic = Clinic::new();
    let large =
        |token: &str| format!("_token={token}&text={}", "x".repeat(kernel::limits::FORM_BYTES_MAX)).into_bytes();
    let parted = |token: &str| {
        let part = |name: &str, value: &str| {
            format!("--ward\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        (part("_token", token) + &part("text", &"x".repeat(1024 * 1024)) + "--ward--\r\n").into_bytes()
    };
    // Machines send no forms: what they send is refused for want of a token, whatever it is.
    for route in table().iter().filter(|it| it.method == "POST" && it.door != Door::Machine) {
        let home = if route.door == Door::Patient { From::Home } else { From::Duty };
        for visitor in clinic.visitors.iter().filter(|it| it.from == home) {
            let browser = clinic.browser(visitor);
            let token = browser.token();
            let cases: [(&str, &[Header], Vec<u8>, u16); 8] = [
                ("without the token", &[CODED, OURS], b"a=1".to_vec(), 403),
                ("with another's token", &[CODED, OURS], b"_token=01hdoors000000000000000000".to_vec(), 403),
                (
                    "from another site",
                    &[CODED, ("sec-fetch-site", "cross-site")],
                    format!("_token={token}").into_bytes(),
                    403,
                ),
                (
                    "of another kind",
                    &[("content-type", "text/plain"), OURS],
                    format!("_token={token}").into_bytes(),
                    422,
                ),
                ("of no kind", &[OURS], format!("_token={token}").into_bytes(), 422),
                ("in another charset", &[CODED, OURS], format!("_token={token}&a=%93%63").into_bytes(), 422),
                ("over the limit", &[CODED, OURS], large(&token), 413),
                (
                    "over the limit in parts",
                    &[("content-type", "multipart/form-data; boundary=ward"), OURS],
                    parted(&token),
                    413,
                ),
            ];
            let before = clinic.state(visitor);
            for (what, headers, body, expected) in cases {
                let seen = wait(browser.post_raw(&clinic.address(route.path), headers, body));
                // A staff member without the duty, or at the patients' door, may hear that first.
                let refused = [expected, 403, 404].contains(&seen.status.as_u16());
                findings.expect(refused, || format!("{} as {}, {what}: {}", title(route), visitor.name, seen.status));
            }
            let changed = before.changed(&clinic.state(visitor));
            findings.expect(changed.is_empty(), || format!("{} as {} wrote {changed:?}", title(route), visitor.name));
        }
    }
    findings.settle();
}
