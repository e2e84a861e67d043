//! Where the patient is during the visit, in the patient's own statement.

use kernel::{Words, clause};

use crate::mend::Mend;
use crate::verdict::{Findings, NotMet};

kernel::keyed! {
    /// The kinds of places.
    #[derive(Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum PlaceKind {
        /// 自宅
        Home => "home", "自宅", "At home";
        /// 職場
        Workplace => "workplace", "職場の個室", "A closed room at work";
        /// 施設(入居・通所)
        CareFacility => "care_facility", "入居・通所している施設の個室", "A closed room of a care facility";
        /// A standing vehicle, closed, nobody driving.
        ParkedVehicle => "parked_vehicle", "停めた車の中（運転していない）", "In a parked car, not driving";
        /// Another closed place, described in words.
        Other => "other", "その他の閉じた場所", "Another closed place";
        /// A vehicle that moves. Stops the visit.
        MovingVehicle => "moving_vehicle", "移動中の車や電車の中", "In a moving car or train";
        /// A place where others come and go. Stops the visit.
        PublicPlace => "public_place", "お店や駅など人のいる場所", "A shop, a station or another public place";
    }
}

/// What the patient states at arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where.
    pub kind: PlaceKind,
    /// It is safe there.
    pub safe: bool,
    /// It is clean there.
    pub clean: bool,
    /// Nobody else can see or hear.
    pub private: bool,
}

/// Whether the visit may be held there.
///
/// # Errors
/// Each thing that stops it; never empty.
pub fn judge(statement: &Statement) -> Result<(), Vec<NotMet>> {
    clause!("OV-210");
    let mut found = Findings::default();
    let stop = |words| NotMet::new("OV-210", words, Mend::AskAnotherPlace);
    found.need(
        statement.kind != PlaceKind::MovingVehicle,
        stop(Words::new(
            "移動中の乗り物の中では診察できません。安全な場所に停まってから、もう一度お試しください。",
            "No visit in a moving vehicle. Please stop at a safe place and try again.",
        )),
    );
    found.need(
        statement.kind != PlaceKind::PublicPlace,
        stop(Words::new(
            "人のいる場所では診察できません。個室に移ってから、もう一度お試しください。",
            "No visit in a public place. Please go to a closed room and try again.",
        )),
    );
    found.need(
        statement.safe,
        stop(Words::new("安全な場所であることの確認が必要です。", "The place must be confirmed as safe.")),
    );
    found.need(
        statement.clean,
        stop(Words::new("清潔な場所であることの確認が必要です。", "The place must be confirmed as clean.")),
    );
    found.need(
        statement.private,
        stop(Words::new(
            "ほかの人に見聞きされない場所であることの確認が必要です。",
            "It must be confirmed that nobody else can see or hear.",
        )),
    );
    found.verdict().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_visit_may_be_held() {
        // OV-210: (kind, safe, clean, private) → number of reasons to stop
        let cases = [
            (PlaceKind::Home, true, true, true, 0),
            (PlaceKind::Workplace, true, true, true, 0),
            (PlaceKind::CareFacility, true, true, true, 0),
            (PlaceKind::ParkedVehicle, true, true, true, 0),
            (PlaceKind::Other, true, true, true, 0),
            (PlaceKind::Home, false, true, true, 1),
            (PlaceKind::Home, true, false, true, 1),
            (PlaceKind::Home, true, true, false, 1),
            (PlaceKind::Home, false, false, false, 3),
            (PlaceKind::MovingVehicle, true, true, true, 1),
            (PlaceKind::PublicPlace, true, true, true, 1),
            (PlaceKind::PublicPlace, true, true, false, 2),
        ];
        for (kind, safe, clean, private, expected) in cases {
            let found = judge(&Statement { kind, safe, clean, private }).err().unwrap_or_default();
            assert_eq!(found.len(), expected, "{kind:?} {safe} {clean} {private}");
            assert!(found.iter().all(|it| it.clause.as_str() == "OV-210"));
        }
        for kind in PlaceKind::ALL {
            assert_eq!(PlaceKind::from_key(kind.key()), Some(kind));
        }
    }
}
