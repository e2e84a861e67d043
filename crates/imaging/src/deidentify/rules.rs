//! What becomes of an attribute: the table of the standard as dated data, and what we make of its open places.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::dataset::{Tag, Vr};

const TABLE: &str = include_str!("../../data/confidentiality-2025a.txt");

/// What becomes of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It stays; items of a sequence are looked at one by one.
    Keep,
    /// It goes.
    Remove,
    /// It stays without a value.
    Empty,
    /// It gets a value that says nothing.
    Dummy,
    /// It gets the identifier of the copy.
    Uid,
    /// Its day is moved.
    Shift,
}

#[derive(Default)]
struct Table {
    actions: HashMap<Tag, Action>,
    shifted: HashSet<Tag>,
    /// Attributes of repeating groups: the group's first byte, and the element unless it is any.
    repeated: Vec<(u8, Option<u16>, Action)>,
}

static TABLE_READ: LazyLock<Table> = LazyLock::new(|| read(TABLE));

fn read(text: &str) -> Table {
    let mut table = Table::default();
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        let mut words = line.split(' ');
        let key = words.next().unwrap_or_default();
        for word in words {
            let number = |from: usize, to: usize| word.get(from..to).and_then(|it| u16::from_str_radix(it, 16).ok());
            if key == "shifted" {
                table.shifted.extend(number(0, 4).zip(number(4, 8)).map(|(group, element)| Tag(group, element)));
            } else if word.contains('x') {
                let group = number(0, 2).and_then(|it| u8::try_from(it).ok());
                table.repeated.extend(group.map(|it| (it, number(4, 8), action(key))));
            } else if let (Some(group), Some(element)) = (number(0, 4), number(4, 8)) {
                table.actions.insert(Tag(group, element), action(key));
            }
        }
    }
    table
}

/// What we make of a cell of the table: where the standard lets the kind of object decide, the one that suits them all.
fn action(cell: &str) -> Action {
    match cell {
        "Z" | "X/Z" => Action::Empty,
        "D" | "X/D" | "Z/D" | "X/Z/D" => Action::Dummy,
        "U" => Action::Uid,
        // References to other pictures: kept, with the identifiers of the copies.
        "X/Z/U*" => Action::Keep,
        _ => Action::Remove,
    }
}

/// What becomes of the attribute `tag` in its representation.
pub(super) fn of(tag: Tag, vr: Vr) -> Action {
    let table = &*TABLE_READ;
    // Lengths of groups are wrong after a change, and retired (PS3.5 7.2).
    if tag.is_private() || tag.1 == 0 {
        return Action::Remove;
    }
    if table.shifted.contains(&tag) && matches!(&vr.0, b"DA" | b"DT") {
        return Action::Shift;
    }
    // Times of day say nothing without their day.
    if table.shifted.contains(&tag) && &vr.0 == b"TM" {
        return Action::Keep;
    }
    let repeated = || {
        let group = tag.0.to_be_bytes()[0];
        table.repeated.iter().find(|it| it.0 == group && it.1.is_none_or(|it| it == tag.1)).map(|it| it.2)
    };
    match table.actions.get(&tag).copied().or_else(repeated) {
        Some(Action::Dummy) if vr == Vr::SQ => Action::Empty,
        Some(action) => action,
        None if Vr::of(tag) == Vr::UN && !repeats(tag) => Action::Remove,
        None => Action::Keep,
    }
}

/// Overlays, which the dictionary of single tags does not list: their form stays, their data do not.
fn repeats(tag: Tag) -> bool {
    tag.0 & 0xFF00 == 0x6000
}

/// A value that says nothing, by representation. Numbers in binary keep their length, all zero.
pub(super) fn dummy(vr: Vr, length: usize) -> Vec<u8> {
    match &vr.0 {
        b"DA" => b"20000101".to_vec(),
        b"DT" => b"20000101000000".to_vec(),
        b"TM" => b"000000".to_vec(),
        b"AS" => b"000Y".to_vec(),
        b"IS" | b"DS" => b"0".to_vec(),
        b"PN" => b"REMOVED".to_vec(),
        b"AE" | b"CS" | b"LO" | b"LT" | b"SH" | b"ST" | b"UC" | b"UR" | b"UT" => b"REMOVED".to_vec(),
        b"AT" | b"FD" | b"FL" | b"SL" | b"SS" | b"SV" | b"UL" | b"US" | b"UV" => vec![0; length],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TR-09: what a stranger could know a person by.
    #[test]
    fn each_attribute_has_its_action() {
        let cases = [
            ((0x0010, 0x0010), b"PN", Action::Empty, "name"),
            ((0x0010, 0x0020), b"LO", Action::Dummy, "number"),
            ((0x0010, 0x0030), b"DA", Action::Empty, "birth date, never shifted"),
            ((0x0010, 0x1010), b"AS", Action::Remove, "age"),
            ((0x0008, 0x0080), b"LO", Action::Dummy, "institution"),
            ((0x0008, 0x0090), b"PN", Action::Empty, "referring physician"),
            ((0x0008, 0x0020), b"DA", Action::Shift, "day of the study"),
            ((0x0008, 0x0030), b"TM", Action::Keep, "time of day"),
            ((0x0008, 0x0018), b"UI", Action::Uid, "instance"),
            ((0x0020, 0x0052), b"UI", Action::Uid, "frame of reference"),
            ((0x0008, 0x0016), b"UI", Action::Keep, "class"),
            ((0x0008, 0x1140), b"SQ", Action::Keep, "referenced images"),
            ((0x0008, 0x1110), b"SQ", Action::Empty, "referenced study"),
            ((0x0028, 0x0010), b"US", Action::Keep, "rows"),
            ((0x7FE0, 0x0010), b"OW", Action::Keep, "pixels"),
            ((0x0009, 0x0010), b"LO", Action::Remove, "a maker's own"),
            ((0x0008, 0x0000), b"UL", Action::Remove, "length of a group"),
            ((0x6000, 0x3000), b"OW", Action::Remove, "overlay"),
            ((0x6002, 0x4000), b"LT", Action::Remove, "words of an overlay"),
            ((0x5004, 0x3000), b"OW", Action::Remove, "curve"),
            ((0x0008, 0xFFFE), b"LO", Action::Remove, "what no dictionary knows"),
        ];
        for ((group, element), vr, expected, name) in cases {
            assert_eq!(of(Tag(group, element), Vr(*vr)), expected, "{name}");
        }
    }

    #[test]
    fn the_table_is_read_whole() {
        let lines: usize = TABLE
            .lines()
            .filter(|it| !it.starts_with('#') && !it.starts_with("shifted"))
            .map(|it| it.split(' ').count() - 1)
            .sum();
        let table = read(TABLE);
        assert_eq!(table.actions.len() + table.repeated.len(), lines);
        assert!(lines > 600 && table.shifted.len() > 150);
        assert!(table.actions.values().all(|it| *it != Action::Shift));
    }
}
