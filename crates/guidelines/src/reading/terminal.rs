//! Whether images may be shown on a terminal (TR-14): what stands in the facility is told and used, what is
//! carried about is registered by a manager first, a private machine is not used but through a virtual desktop.

use kernel::clause;

kernel::keyed! {
    /// What a terminal is.
    pub enum Kind {
        /// A machine of the facility that stays there.
        Fixed => "fixed", "この施設に据え置いた機器", "A machine of this facility that stays here";
        /// A notebook or tablet of the facility.
        Portable => "portable", "この施設の持ち運べる機器（ノートパソコン、タブレット）", "A portable machine of this facility (notebook, tablet)";
        /// Images are drawn elsewhere; nothing of them reaches the machine in front.
        Virtual => "virtual", "仮想デスクトップ（画像が手もとの機器に残らないもの）", "A virtual desktop: nothing of an image stays on the machine in front";
        /// Somebody's own machine.
        Personal => "personal", "個人の機器", "Somebody's own machine";
    }
}

/// How a terminal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Images may be shown on it.
    Shows,
    /// A manager has to register it first.
    Waits,
    /// Not used for images.
    Refused,
    /// A manager has ended its use.
    Ended,
}

impl Kind {
    /// Whether a manager can let it be used: everything but a private machine.
    #[must_use]
    pub const fn can_be_allowed(self) -> bool {
        !matches!(self, Self::Personal)
    }
}

/// How a terminal of this kind stands, `allowed` by a manager or not, its use `ended` or not.
#[must_use]
pub fn standing(kind: Kind, allowed: bool, ended: bool) -> Standing {
    clause!("TR-14");
    match kind {
        _ if ended => Standing::Ended,
        Kind::Fixed => Standing::Shows,
        Kind::Portable | Kind::Virtual if allowed => Standing::Shows,
        Kind::Portable | Kind::Virtual => Standing::Waits,
        Kind::Personal => Standing::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_about_waits_for_a_manager_and_what_is_private_is_refused() {
        // TR-14
        let cases = [
            (Kind::Fixed, false, false, Standing::Shows),
            (Kind::Portable, false, false, Standing::Waits),
            (Kind::Portable, true, false, Standing::Shows),
            (Kind::Virtual, false, false, Standing::Waits),
            (Kind::Virtual, true, false, Standing::Shows),
            (Kind::Personal, false, false, Standing::Refused),
            // A permission for what it was before does not count.
            (Kind::Personal, true, false, Standing::Refused),
        ];
        for (kind, allowed, ended, expected) in cases {
            assert_eq!(standing(kind, allowed, ended), expected, "{kind:?} allowed {allowed}");
            assert_eq!(standing(kind, allowed, true), Standing::Ended, "{kind:?}");
            assert!(
                expected == Standing::Refused
                    || !kind.can_be_allowed()
                    || standing(kind, true, false) == Standing::Shows
            );
        }
    }
}
