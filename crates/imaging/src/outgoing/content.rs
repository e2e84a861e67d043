//! The content of structured documents: items with names and values, in a tree (PS3.3 C.17.3). Which items a document has, its
//! template says, and whoever writes it.

use super::module::{Elements, person};
use super::sites::{Code, code};
use crate::dataset::Tag;

/// The code of what an item, or a whole document, is.
pub(crate) const NAME: Tag = Tag(0x0040, 0xA043);
/// The items of a document, or below another.
pub(crate) const CONTENT: Tag = Tag(0x0040, 0xA730);

/// A content item.
pub(crate) struct Item {
    relation: &'static str,
    name: Option<Code>,
    value: Value,
    pub(crate) below: Vec<Item>,
}

/// What an item says.
pub(crate) enum Value {
    Section(Vec<Item>),
    /// A section that is built by a template of PS3.16, named by its number.
    Group(&'static str, Vec<Item>),
    Text(String),
    Code(Code),
    Person(String),
    /// An item that refers to an instance.
    Picture(Elements),
    /// A number as it is written, and its unit.
    Number(String, Code),
    /// A unique identifier.
    Identifier(String),
    /// A graphic type, and columns and rows in the picture that it is selected from (PS3.3 C.18.6).
    Graphic(&'static str, Vec<f32>),
    /// A graphic type, millimetres in the patient, and in which frame of reference (PS3.3 C.18.9).
    InPatient(&'static str, Vec<f32>, String),
}

impl Item {
    pub(crate) fn new(relation: &'static str, name: Code, value: Value) -> Self {
        Self { relation, name: Some(name), value, below: vec![] }
    }

    /// What its relation to the item above says enough of.
    pub(crate) fn nameless(relation: &'static str, value: Value) -> Self {
        Self { relation, name: None, value, below: vec![] }
    }

    pub(crate) fn text(name: Code, text: &str) -> Self {
        Self::new("CONTAINS", name, Value::Text(text.to_owned()))
    }

    pub(crate) fn section(name: Code, items: Vec<Self>) -> Self {
        Self::new("CONTAINS", name, Value::Section(items))
    }

    /// With items below it.
    pub(crate) fn with(mut self, below: impl IntoIterator<Item = Self>) -> Self {
        self.below.extend(below);
        self
    }

    pub(crate) fn write(self) -> Elements {
        let mut it = Elements::default();
        it.text(Tag(0x0040, 0xA010), b"CS", self.relation);
        if let Some(name) = self.name {
            it.code(NAME, name);
        }
        let mut below = self.below;
        let kind = match self.value {
            Value::Section(items) => {
                it.text(Tag(0x0040, 0xA050), b"CS", "SEPARATE");
                below.extend(items);
                "CONTAINER"
            }
            Value::Group(number, items) => {
                it.text(Tag(0x0040, 0xA050), b"CS", "SEPARATE");
                template(&mut it, number);
                below.extend(items);
                "CONTAINER"
            }
            Value::Text(text) => {
                // Lines of text end as PS3.5 6.1.3 has them.
                it.text(Tag(0x0040, 0xA160), b"UT", &text.replace("\r\n", "\n").replace('\n', "\r\n"));
                "TEXT"
            }
            Value::Code(value) => {
                it.code(Tag(0x0040, 0xA168), value);
                "CODE"
            }
            Value::Person(name) => {
                it.text(Tag(0x0040, 0xA123), b"PN", &name);
                "PNAME"
            }
            Value::Picture(reference) => {
                it.items(Tag(0x0008, 0x1199), vec![reference]);
                "IMAGE"
            }
            Value::Number(number, unit) => {
                let mut measured = Elements::default();
                measured.text(Tag(0x0040, 0xA30A), b"DS", &number).code(Tag(0x0040, 0x08EA), unit);
                it.items(Tag(0x0040, 0xA300), vec![measured]);
                "NUM"
            }
            Value::Identifier(uid) => {
                it.text(Tag(0x0040, 0xA124), b"UI", &uid);
                "UIDREF"
            }
            Value::Graphic(kind, points) => {
                graphic(&mut it, kind, &points);
                "SCOORD"
            }
            Value::InPatient(kind, points, frame_of_reference) => {
                graphic(&mut it, kind, &points);
                it.text(Tag(0x3006, 0x0024), b"UI", &frame_of_reference);
                "SCOORD3D"
            }
        };
        it.text(Tag(0x0040, 0xA040), b"CS", kind);
        if !below.is_empty() {
            it.items(CONTENT, below.into_iter().map(Self::write).collect());
        }
        it
    }
}

fn graphic(it: &mut Elements, kind: &str, points: &[f32]) {
    let points: Vec<u8> = points.iter().flat_map(|it| it.to_le_bytes()).collect();
    it.put(Tag(0x0070, 0x0022), b"FL", &points).text(Tag(0x0070, 0x0023), b"CS", kind);
}

/// By which template of PS3.16 a container is built.
pub(crate) fn template(it: &mut Elements, number: &str) {
    let mut named = Elements::default();
    named.text(Tag(0x0008, 0x0105), b"CS", "DCMR").text(Tag(0x0040, 0xDB00), b"CS", number);
    it.items(Tag(0x0040, 0xA504), vec![named]);
}

/// In which language its texts are (TID 1204).
pub(crate) fn language() -> Item {
    let name = code("121049", "DCM", "Language of Content Item and Descendants");
    Item::new("HAS CONCEPT MOD", name, Value::Code(code("ja", "RFC5646", "Japanese")))
}

/// Whose words they are (TID 1002, 1003): a person of a facility.
pub(crate) fn observer(name: &str, facility: &str) -> [Item; 3] {
    let relation = "HAS OBS CONTEXT";
    [
        Item::new(relation, code("121005", "DCM", "Observer Type"), Value::Code(code("121006", "DCM", "Person"))),
        Item::new(relation, code("121008", "DCM", "Person Observer Name"), Value::Person(person(name))),
        Item::new(
            relation,
            code("121009", "DCM", "Person Observer's Organization Name"),
            Value::Text(facility.to_owned()),
        ),
    ]
}
