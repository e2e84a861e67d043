//! What a page offers, opens: each link and each form of every page, as everybody who sees the page.

use std::collections::{BTreeMap, BTreeSet};

use crate::form::{Form, Hand, all_forms, links};
use crate::ward::{Clinic, Visitor};
use crate::{Findings, fits, table, title};
use testkit::{Seen, wait};
use web::Route;

/// A picture of one point.
const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82";

/// Every page of the table that opens to `visitor`, then the pages that these lead to, each with its text.
fn pages(clinic: &Clinic, visitor: &Visitor, gets: &[&Route]) -> Vec<(String, String)> {
    let browser = clinic.browser(visitor);
    let look = |address: String| {
        let seen = wait(browser.get(&address));
        (seen.status == 200).then_some((address, seen.text))
    };
    let mut pages: Vec<_> = gets.iter().filter_map(|it| look(clinic.address(it.path))).collect();
    let known: BTreeSet<_> = pages.iter().map(|it| it.0.clone()).collect();
    let further: BTreeSet<_> = pages.iter().flat_map(|it| links(&it.1)).filter(|it| !known.contains(it)).collect();
    pages.extend(further.into_iter().filter(|it| gets.iter().any(|route| fits(route, path(it)))).filter_map(look));
    pages
}

fn path(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

#[test]
fn whatever_a_page_offers_opens() {
    // CS-120
    let mut findings = Findings::default();
    let table = table();
    let (gets, posts): (Vec<_>, Vec<_>) = table.iter().partition(|it| it.method == "GET");
    for place in 0..Clinic::new().visitors.len() {
        // One after the other sends what is offered, so each begins in a clinic of its own.
        let clinic = Clinic::new();
        let visitor = &clinic.visitors[place];
        let (mut ways, mut acts) = (BTreeMap::new(), BTreeMap::new());
        for (page, text) in pages(&clinic, visitor, &gets) {
            for link in links(&text) {
                ways.entry(link).or_insert_with(|| page.clone());
            }
            for form in all_forms(&text) {
                match posts.iter().find(|it| fits(it, path(&form.action))) {
                    Some(route) => drop(acts.entry(title(route)).or_insert((page.clone(), form))),
                    None => findings.0.push(format!("{page} shows a form that goes nowhere: {}", form.action)),
                }
            }
        }
        let browser = clinic.browser(visitor);
        let names = |address: &str| clinic.pattern(address);
        for (link, page) in &ways {
            let seen = wait(browser.get(link));
            let shut = matches!(seen.status.as_u16(), 403 | 404 | 405 | 410) || seen.status.is_server_error();
            findings.expect(!shut, || {
                format!("{} as {} leads to {}: {}", names(page), visitor.name, names(link), seen.status)
            });
        }
        for (page, form) in acts.values() {
            let seen = send(&clinic, visitor, form);
            // What an act before this one has taken away may be gone; the right to it is not.
            let shut = seen.status == 403 || seen.status.is_server_error();
            findings.expect(!shut, || {
                format!("{} as {} offers {}: {}", names(page), visitor.name, names(&form.action), seen.status)
            });
        }
    }
    findings.settle();
}

/// Sends the form, filled in as somebody would, from a browser of its own: one of the forms ends the session.
fn send(clinic: &Clinic, visitor: &Visitor, form: &Form) -> Seen {
    let browser = clinic.browser(visitor);
    let fields = form.filled(Hand::Willing);
    let fields: Vec<_> = fields.iter().filter(|it| it.0 != "_token").map(|(name, value)| (&**name, &**value)).collect();
    match form.files.first() {
        Some(field) => wait(browser.upload(&form.action, field, "dot.png", DOT)),
        None => wait(browser.post(&form.action, &fields)),
    }
}
