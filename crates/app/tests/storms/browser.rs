//! A browser over a plain socket: keeps cookies, reads forms, and knows whether an answer came whole.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for an answer: far beyond any, so that a hanging server fails the test instead of holding it.
const ANSWER_S: u64 = 60;

/// A request as it can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) at: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(at: SocketAddr) -> Self {
        Self { at, cookies: BTreeMap::new() }
    }

    fn head(&self, method: &str, path: &str) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n",
            self.at,
            cookies.join("; ")
        )
    }

    fn talk(&mut self, head: &str, body: &[u8]) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.at)?;
        stream.set_read_timeout(Some(Duration::from_secs(ANSWER_S)))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        self.read(&bytes)
    }

    fn read(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").ok_or_else(cut)?;
        let (head, body) = (String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 4..]);
        let mut lines = head.lines();
        let status = lines.next().and_then(|it| it.split(' ').nth(1)?.parse().ok()).ok_or_else(cut)?;
        let (mut location, mut length, mut chunked) = (None, None, false);
        for (name, value) in lines.filter_map(|it| it.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "location" => location = Some(value.to_owned()),
                "content-length" => length = value.parse::<usize>().ok(),
                "transfer-encoding" => chunked = true,
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    if let Some((name, value)) = pair.split_once('=') {
                        self.cookies.insert(name.to_owned(), value.to_owned());
                    }
                }
                _ => {}
            }
        }
        let body = if chunked { unchunked(body).ok_or_else(cut)? } else { body.to_vec() };
        if length.is_some_and(|it| it != body.len()) {
            return Err(cut());
        }
        Ok(Answer { status, location, body })
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        let head = format!("{}\r\n", self.head("GET", path));
        self.talk(&head, &[])
    }

    /// A page that is there.
    pub(crate) fn page(&mut self, path: &str) -> io::Result<String> {
        let answer = self.get(path)?;
        assert_eq!(answer.status, 200, "{path}: {:?} {}", answer.location, answer.text());
        Ok(answer.text())
    }

    fn post_head(&self, request: &Request) -> String {
        let (kind, size) = (&request.kind, request.body.len());
        format!("{}content-type: {kind}\r\ncontent-length: {size}\r\n\r\n", self.head("POST", &request.path))
    }

    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Answer> {
        let head = self.post_head(request);
        self.talk(&head, &request.body)
    }

    /// Sends all but the second half of a body; the line stays open as long as what is returned.
    pub(crate) fn send_half(&self, request: &Request) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.at)?;
        stream.write_all(self.post_head(request).as_bytes())?;
        stream.write_all(&request.body[..request.body.len() / 2])?;
        Ok(stream)
    }

    /// Signs a member of the staff in with both factors.
    pub(crate) fn sign_in(&mut self, login: &str) -> io::Result<()> {
        let form =
            Form::on(&self.page("/sign-in")?, "/sign-in").with("login", login).with("password", "haruka-demo-2026");
        let next = self.send(&form.request())?.location.expect("the second factor");
        let form = Form::on(&self.page(&next)?, "/sign-in/second");
        let code = between(&self.page("/demo/code")?, "<strong>", "</strong>").expect("a code");
        let answer = self.send(&form.with("code", &code).request())?;
        assert_eq!(answer.status, 303, "{}", answer.text());
        Ok(())
    }

    /// Comes in as 田中 幸子 by the link of a letter, birth date and code.
    pub(crate) fn come_in(&mut self, link: &str) -> io::Result<()> {
        let born = [("birth_date-year", "1948"), ("birth_date-month", "4"), ("birth_date-day", "12")];
        let form = born.iter().fold(Form::on(&self.page(link)?, link), |form, (name, value)| form.with(name, value));
        let next = self.send(&form.request())?.location.expect("the code");
        let form = Form::on(&self.page(&next)?, &format!("{link}/code"));
        let code = self.letter("確認コード: ", |it| it.chars().take(6).collect())?;
        let answer = self.send(&form.with("code", &code).request())?;
        assert_eq!(answer.status, 303, "{}", answer.text());
        Ok(())
    }

    /// What follows `mark` in the newest letter that has it; waits until the worker has brought one.
    pub(crate) fn letter(&mut self, mark: &str, read: impl Fn(&str) -> String) -> io::Result<String> {
        loop {
            let letters = self.page("/demo/mail")?;
            if let Some((_, rest)) = letters.split_once(mark) {
                return Ok(read(rest));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let end = body.windows(2).position(|it| it == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        let rest = body.get(end + 2..)?;
        if size == 0 {
            return Some(out);
        }
        out.extend(rest.get(..size)?);
        body = rest.get(size + 2..)?;
    }
}

/// The text between two marks.
pub(crate) fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let rest = text.split_once(from)?.1;
    Some(plain(rest.split_once(to)?.0))
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// A form as a page shows it: hidden fields and what stands in it.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    action: String,
    fields: Vec<(String, String)>,
    /// Choices and boxes that are not set.
    open: Vec<(String, String)>,
    /// Fields to be written into.
    pub(crate) areas: Vec<String>,
}

impl Form {
    /// The form of `page` that acts at `action`.
    pub(crate) fn on(page: &str, action: &str) -> Self {
        Self::find(page, action).unwrap_or_else(|| panic!("no form for {action} in {page}"))
    }

    /// The form of `/patients/new`, filled in for 小夜 of the family `family`, without a mail address.
    pub(crate) fn of_patient(page: &str, family: &str) -> Self {
        let fields = [
            ("family", family),
            ("given", "小夜"),
            ("family_kana", "アラシ"),
            ("given_kana", "サヨ"),
            ("birth_date", "1950-05-05"),
            ("phone", "03-0000-0000"),
        ];
        let form = Self::on(page, "/patients").ticked();
        fields.iter().fold(form, |form, (name, value)| form.with(name, value))
    }

    pub(crate) fn find(page: &str, action: &str) -> Option<Self> {
        let start = format!("<form method=\"post\" action=\"{action}\"");
        let inside = page.split_once(&start)?.1.split_once("</form>")?.0;
        let mut form = Self { action: action.to_owned(), fields: Vec::new(), open: Vec::new(), areas: Vec::new() };
        for tag in inside.split('<').skip(1) {
            let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
            let attribute = |name: &str| between(tag, &format!(" {name}=\""), "\"");
            let Some(name) = attribute("name") else { continue };
            let value = attribute("value").unwrap_or_default();
            match (tag.split(' ').next(), attribute("type").as_deref()) {
                (Some("input"), Some("radio" | "checkbox")) if !tag.contains(" checked") => {
                    form.open.push((name, value))
                }
                (Some("input"), Some("file")) => {}
                (Some("input"), _) => form.fields.push((name, value)),
                (Some("textarea"), _) => {
                    form.areas.push(name.clone());
                    form.fields.push((name, plain(after).trim_start_matches('\n').to_owned()));
                }
                _ => {}
            }
        }
        Some(form)
    }

    /// With `name` filled in.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(it, _)| it != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With every box ticked; of choices the first is taken.
    pub(crate) fn ticked(mut self) -> Self {
        for (name, value) in std::mem::take(&mut self.open) {
            if self.fields.iter().all(|(it, _)| *it != name) {
                self.fields.push((name, value));
            }
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn key(&self) -> String {
        self.get("_key").to_owned()
    }

    pub(crate) fn request(&self) -> Request {
        let coded = |text: &str| web::answer::query_value(text);
        let pairs: Vec<String> =
            self.fields.iter().map(|(name, value)| format!("{}={}", coded(name), coded(value))).collect();
        let kind = "application/x-www-form-urlencoded".to_owned();
        Request { path: self.action.clone(), kind, body: pairs.join("&").into_bytes() }
    }

    /// The same with a file.
    pub(crate) fn upload(&self, field: &str, name: &str, bytes: &[u8]) -> Request {
        let mut body = Vec::new();
        for (field, value) in &self.fields {
            body.extend(
                format!("--storm\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let head = format!("--storm\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes());
        body.extend(bytes);
        body.extend(b"\r\n--storm--\r\n");
        Request { path: self.action.clone(), kind: "multipart/form-data; boundary=storm".into(), body }
    }
}
