//! Forms with files, in everybody's hands: nothing, nonsense and bytes that mean harm are refused with words and leave no
//! row; a photograph is taken and on record; who has no business there is turned away before a byte is kept.

use std::collections::BTreeSet;

use testkit::{Seen, wait};

use crate::form::{Form, Hand, file_forms};
use crate::ward::{Clinic, Visitor};
use crate::{Findings, fits, is_in, table, title};

/// A file as a browser names and sends it.
struct Sent {
    name: &'static str,
    bytes: Vec<u8>,
}

fn sent(name: &'static str, bytes: &[u8]) -> Sent {
    Sent { name, bytes: bytes.to_vec() }
}

/// A photograph, by its bytes and its name.
fn good() -> Sent {
    sent("face.png", people::demo::PORTRAIT)
}

/// What nobody may send.
fn bad() -> [(&'static str, Sent); 10] {
    let portrait = people::demo::PORTRAIT;
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice();
    let wall = [head, &60_000_u32.to_be_bytes(), &60_000_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [
        ("no file", sent("", b"")),
        ("an empty file", sent("face.png", b"")),
        ("a page", sent("face.png", b"<html><script>alert(1)</script></html>")),
        ("a drawing with a script", sent("face.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")),
        ("a program", sent("face.png", b"MZ\x90\0\x03\0\0\0")),
        ("a picture of a kind that is not taken", sent("face.gif", b"GIF89a\x01\0\x01\0\0\0\0")),
        ("a picture under another name", sent("face.pdf", portrait)),
        ("a picture that ends like a program", sent("face.png.exe", portrait)),
        ("half a picture", sent("face.png", &portrait[..20])),
        ("a picture as large as a wall", sent("face.png", &wall)),
    ]
}

/// Sends a form with a file, as a browser does.
fn send(clinic: &Clinic, visitor: &Visitor, form: &Form, file: &Sent) -> Seen {
    let browser = clinic.browser(visitor);
    let mut fields = form.filled(Hand::Willing);
    fields.retain(|(name, _)| name != "_token");
    fields.push(("_token".into(), browser.token()));
    let mut body: Vec<u8> = Vec::new();
    for (name, value) in &fields {
        body.extend(format!("--ward\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for name in &form.files {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{}\"", file.name);
        body.extend(format!("--ward\r\n{head}\r\nContent-Type: image/png\r\n\r\n").bytes());
        body.extend(&file.bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--ward--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=ward"), ("sec-fetch-site", "same-origin")];
    wait(browser.post_raw(&form.action, &headers, body))
}

#[test]
fn files_are_taken_as_photographs_or_refused_with_words() {
    // OV-247, CS-122
    let mut findings = Findings::default();
    let (house, table) = (Clinic::new(), table());
    let mut walked = BTreeSet::new();
    for page in table.iter().filter(|it| it.method == "GET") {
        for (place, visitor) in house.visitors.iter().enumerate().filter(|(_, it)| !it.is_outsider()) {
            let seen = wait(house.browser(visitor).get(&house.address(page.path)));
            for form in file_forms(&seen.text) {
                let Some(route) = table.iter().find(|it| it.method == "POST" && fits(it, &form.action)) else {
                    findings.expect(false, || format!("{} shows a form that goes nowhere", title(page)));
                    continue;
                };
                if !walked.insert((route.path, visitor.name.clone())) {
                    continue;
                }
                let at =
                    |what: &str, seen: &Seen| format!("{} as {}, {what}: {}", title(route), visitor.name, seen.status);
                // Scanners and CAD programs write what they like.
                let takes_any = route.path == "/lab/cases/{case}/files";
                for (what, file) in bad().into_iter().filter(|it| !takes_any || it.1.bytes.is_empty()) {
                    let before = house.state(visitor);
                    let seen = send(&house, visitor, &form, &file);
                    let refused = seen.status == 422 && seen.text.contains("<main");
                    findings.expect(refused, || format!("{} is not refused with words", at(what, &seen)));
                    let changed = before.changed(&house.state(visitor));
                    findings.expect(changed.is_empty(), || format!("{} wrote {changed:?}", at(what, &seen)));
                }
                // In a clinic of its own, so that whoever comes next finds this one as it was.
                let clinic = Clinic::new();
                let visitor = &clinic.visitors[place];
                let found = wait(clinic.browser(visitor).get(&clinic.address(page.path)));
                let form = file_forms(&found.text).into_iter().find(|it| fits(route, &it.action)).unwrap();
                let before = clinic.state(visitor);
                let seen = send(&clinic, visitor, &form, &good());
                let after = clinic.state(visitor);
                let kept = seen.status == 303 && !before.changed(&after).is_empty() && before.has_grown(&after);
                findings.expect(kept, || format!("{} is not kept", at("a photograph", &seen)));
                for stranger in clinic.visitors.iter().filter(|it| it.is_outsider()) {
                    let before = clinic.state(stranger);
                    let seen = send(&clinic, stranger, &form, &good());
                    findings
                        .expect(!is_in(&seen), || format!("{} lets {} in", at("a photograph", &seen), stranger.name));
                    let changed = before.changed(&clinic.state(stranger));
                    findings.expect(changed.is_empty(), || format!("{} wrote {changed:?}", stranger.name));
                }
            }
        }
    }
    let paths: BTreeSet<_> = walked.iter().map(|(path, _)| *path).collect();
    let known = ["/settings/staff/{person}/photo", "/visits/{booking}/papers", "/lab/cases/{case}/files"];
    assert!(known.iter().all(|it| paths.contains(it)), "the walk has not found the forms with files: {paths:?}");
    findings.settle();
}
