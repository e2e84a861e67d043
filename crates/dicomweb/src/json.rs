//! The DICOM JSON model (PS3.18 annex F) for the few things that are written here: rows of lists and the answer to a
//! store. Metadata come written from `imaging`. Pure.

use imaging::dataset::Tag;
use imaging::study::{Attribute, Shown};
use serde_json::{Map, Value, json};

/// A data set in JSON; keys sort as tags do.
pub(crate) type DataSet = Map<String, Value>;

fn key(tag: Tag) -> String {
    format!("{:04X}{:04X}", tag.0, tag.1)
}

/// Adds an attribute as `imaging` lists it.
pub(crate) fn put(set: &mut DataSet, it: Attribute) {
    let Attribute { tag, vr, shown } = it;
    let vr = String::from_utf8_lossy(&vr.0).into_owned();
    let values = match shown {
        Shown::Texts(texts) => texts.into_iter().map(Value::String).collect(),
        Shown::Number(number) => vec![number.into()],
        Shown::Name(name) => {
            let groups =
                [("Alphabetic", name.alphabetic), ("Ideographic", name.ideographic), ("Phonetic", name.phonetic)];
            let groups: Map<_, _> =
                groups.into_iter().filter(|it| !it.1.is_empty()).map(|it| (it.0.to_owned(), it.1.into())).collect();
            if groups.is_empty() { vec![] } else { vec![Value::Object(groups)] }
        }
    };
    set.insert(key(tag), value(&vr, values));
}

/// Adds a text.
pub(crate) fn put_text(set: &mut DataSet, tag: (u16, u16), vr: &str, text: &str) {
    set.insert(key(Tag(tag.0, tag.1)), value(vr, vec![text.into()]));
}

/// Adds a number.
pub(crate) fn put_number(set: &mut DataSet, tag: (u16, u16), vr: &str, number: u16) {
    set.insert(key(Tag(tag.0, tag.1)), value(vr, vec![number.into()]));
}

/// Adds a sequence; nothing when it has no items.
pub(crate) fn put_items(set: &mut DataSet, tag: (u16, u16), items: Vec<DataSet>) {
    if !items.is_empty() {
        set.insert(key(Tag(tag.0, tag.1)), value("SQ", items.into_iter().map(Value::Object).collect()));
    }
}

/// An attribute without a value has no `Value` (F.2.5).
fn value(vr: &str, values: Vec<Value>) -> Value {
    if values.is_empty() { json!({ "vr": vr }) } else { json!({ "vr": vr, "Value": values }) }
}

#[cfg(test)]
mod tests {
    use imaging::dataset::Vr;
    use imaging::dataset::text::PersonName;

    use super::*;

    #[test]
    fn attributes_are_written_as_the_standard_says() {
        let name = |it: [&str; 3]| {
            let [alphabetic, ideographic, phonetic] = it.map(str::to_owned);
            Shown::Name(PersonName { alphabetic, ideographic, phonetic })
        };
        let texts = |it: &[&str]| Shown::Texts(it.iter().map(|it| (*it).to_owned()).collect());
        for (vr, shown, expected) in [
            (
                b"PN",
                name(["Yamada^Tarou", "山田^太郎", "やまだ^たろう"]),
                json!({"vr": "PN", "Value": [
                {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}]}),
            ),
            (b"PN", name(["", "山田^太郎", ""]), json!({"vr": "PN", "Value": [{"Ideographic": "山田^太郎"}]})),
            (b"PN", name(["", "", ""]), json!({"vr": "PN"})),
            (b"CS", texts(&["CT", "PX"]), json!({"vr": "CS", "Value": ["CT", "PX"]})),
            (b"LO", texts(&[]), json!({"vr": "LO"})),
            (b"IS", Shown::Number(-3), json!({"vr": "IS", "Value": [-3]})),
        ] {
            let mut set = DataSet::new();
            put(&mut set, Attribute { tag: Tag(0x0010, 0x001A), vr: Vr(*vr), shown });
            assert_eq!(set["0010001A"], expected);
        }
        let mut set = DataSet::new();
        put_items(&mut set, (0x0008, 0x1199), vec![]);
        assert!(set.is_empty());
    }
}
