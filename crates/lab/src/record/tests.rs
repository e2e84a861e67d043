//! DL-30: the record is made of the work, and says which of its fields are still empty.

use kernel::{PersonId, Timestamp};

use super::*;
use crate::remote::PlaceId;
use crate::step::tests::{case, step};
use crate::step::{End, Kind};

const ME: PersonId = PersonId::from_bytes([1; 16]);

fn ended(mut it: Step, materials: &[(&str, &str)]) -> Step {
    let materials = materials.iter().map(|it| Material { product: it.0.into(), lot: it.1.into() }).collect::<Vec<_>>();
    it.end = Some(End { materials, note: String::new(), at: Timestamp::UNIX_EPOCH });
    it
}

fn missing(it: &Record) -> Vec<String> {
    it.missing().iter().map(|it| it.ja.to_string()).collect()
}

#[test]
fn the_record_grows_with_the_work() {
    // DL-30
    let begun = of(&case(&[(What::Accepted, ME)]), vec![]);
    assert_eq!(missing(&begun), ["材料とロット", "工程", "最終検査", "引き渡し"]);
    assert_eq!((begun.received_on.to_string().as_str(), begun.version), ("2026-11-24", 1));
    let mut remote = step(Kind::Design, ME, 2);
    remote.place = Where::Remote(PlaceId::from_bytes([3; 16]));
    let steps = vec![
        ended(remote, &[]),
        ended(step(Kind::Milling, ME, 3), &[("ジルコニア", "Z-1"), ("ステイン", "S-9")]),
        ended(step(Kind::Sintering, ME, 4), &[("ジルコニア", "Z-1")]),
    ];
    let mut open = steps.clone();
    open[2].end = None;
    let line = [
        (What::Accepted, ME),
        (What::Assigned, ME),
        (What::Finished, ME),
        (What::Inspected, PersonId::from_bytes([2; 16])),
        (What::Delivered, ME),
    ];
    assert_eq!(missing(&of(&case(&line), open)), ["終わっていない工程"]);
    let whole = of(&case(&line), steps.clone());
    assert!(missing(&whole).is_empty() && whole.has_remote_steps());
    assert_eq!(whole.materials.len(), 2, "each once");
    assert_eq!(whole.inspection.as_ref().map(|it| it.by), Some(PersonId::from_bytes([2; 16])));
    let mut again = line.to_vec();
    again.push((What::Remake, ME));
    let again = of(&case(&again), steps);
    assert_eq!(missing(&again), ["最終検査", "引き渡し"], "the new piece is inspected and handed over anew");
    assert_eq!(again.steps.len(), 3, "what was done before stays");
}
