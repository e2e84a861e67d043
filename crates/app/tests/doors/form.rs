//! Forms as a page shows them, filled in as somebody would, or as nobody should.

/// A form of a page.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Where it goes.
    pub(crate) action: String,
    /// The fields that take files.
    pub(crate) files: Vec<String>,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    kind: String,
    value: String,
}

/// How to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    /// Something that fits each field.
    Willing,
    /// Far too long, in every field that a person types in.
    Long,
    /// Signs that mean something to somebody, in every field, hidden ones too.
    Hostile,
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag} ").replace('\n', " ");
    if let Some((_, rest)) = tag.split_once(&format!(" {name}=\"")) {
        let raw = rest.split('"').next().unwrap_or_default();
        return Some(raw.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
    }
    tag.split_whitespace().any(|it| it == name).then(String::new)
}

/// The addresses of this house that a page leads to or fetches from, in whatever attribute they stand; not those that its
/// forms send to, and not its styles and scripts.
pub(crate) fn links(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).filter_map(|it| it.split_once('>')).map(|(tag, _)| tag);
    let leads = tags.filter(|it| !["form ", "input ", "link ", "script "].iter().any(|other| it.starts_with(other)));
    let values = leads.flat_map(|tag| tag.split("=\"").skip(1)).filter_map(|it| it.split('"').next());
    values.filter(|it| it.starts_with('/')).map(|it| it.replace("&amp;", "&")).collect()
}

/// The forms of a page that send something; those with files apart.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    all_forms(html).into_iter().filter(|it| it.files.is_empty()).collect()
}

/// The forms of a page that send files.
pub(crate) fn file_forms(html: &str) -> Vec<Form> {
    all_forms(html).into_iter().filter(|it| !it.files.is_empty()).collect()
}

/// The forms of a page that send something.
pub(crate) fn all_forms(html: &str) -> Vec<Form> {
    html.split("<form ")
        .skip(1)
        .filter_map(|rest| rest.split_once("</form>").map(|(inside, _)| inside))
        .filter_map(|inside| inside.split_once('>'))
        .filter(|(head, _)| head.contains("method=\"post\""))
        .map(|(head, body)| {
            let (files, fields): (Vec<_>, Vec<_>) = fields(body).into_iter().partition(|it| it.kind == "file");
            let files = files.into_iter().map(|it| it.name).collect();
            Form { action: attribute(head, "action").unwrap_or_default(), files, fields }
        })
        .collect()
}

fn fields(body: &str) -> Vec<Field> {
    let mut found: Vec<Field> = Vec::new();
    for rest in body.split('<').skip(1) {
        let (tag, text) = rest.split_once('>').unwrap_or((rest, ""));
        let (element, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let name = attribute(attributes, "name").unwrap_or_default();
        let value = attribute(attributes, "value").unwrap_or_default();
        let once = |kind: &str| !found.iter().any(|it| it.name == name && it.kind == kind);
        match element {
            "input" => {
                let kind = attribute(attributes, "type").unwrap_or_else(|| "text".into());
                if kind != "radio" || once("radio") {
                    found.push(Field { name, kind, value });
                }
            }
            "textarea" => found.push(Field { name, kind: "textarea".into(), value: text.to_owned() }),
            "select" => found.push(Field { name, kind: "select".into(), value: String::new() }),
            "option" if !value.is_empty() => {
                let open = found.iter_mut().rev().find(|it| it.kind == "select").filter(|it| it.value.is_empty());
                if let Some(select) = open {
                    select.value = value;
                }
            }
            "button" if !name.is_empty() && once("button") => found.push(Field { name, kind: "button".into(), value }),
            _ => {}
        }
    }
    found.retain(|it| !it.name.is_empty());
    found
}

impl Form {
    /// What is sent.
    pub(crate) fn filled(&self, hand: Hand) -> Vec<(String, String)> {
        self.fields.iter().map(|it| (it.name.clone(), it.filled(hand))).collect()
    }
}

impl Field {
    fn filled(&self, hand: Hand) -> String {
        let own = self.name.starts_with('_');
        match hand {
            Hand::Hostile if !own => "0' OR 1=1 --<script>\u{202e}☃%00".to_owned(),
            Hand::Long
                if matches!(self.kind.as_str(), "text" | "textarea" | "email" | "tel" | "password" | "search") =>
            {
                "あ".repeat(12_000)
            }
            _ => match (self.kind.as_str(), self.value.as_str()) {
                ("date", "") => "2026-12-01".to_owned(),
                ("email", "") => "a@example.jp".to_owned(),
                ("tel", "") => "03-1234-5678".to_owned(),
                ("password", _) => "violet otter 7 kettles".to_owned(),
                ("number", "") => "1".to_owned(),
                ("text" | "textarea" | "search", "") => "やまもと".to_owned(),
                _ => self.value.clone(),
            },
        }
    }
}
