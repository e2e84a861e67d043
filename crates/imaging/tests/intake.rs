//! An image comes in: kept once, byte for byte, with its entry; never written over.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{CT, arrive, arrive_at, count, file, keep, origin, slice};
use imaging::instance::Refused;
use imaging::intake::{self, Kept, NotKept, Origin};
use kernel::Who;
use testkit::Ward;

#[test]
fn slices_of_a_volume_are_kept_once_and_byte_for_byte() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let entries = ward.entries();
        let first = slice("1.2.1", "1.3", "1.4", &[7; 5_000]);
        let arrived = arrive(&ward, &first, 999, false).expect("whole");
        assert_eq!(keep(&ward, &arrived, origin()), Kept::Stored);
        let second = arrive(&ward, &slice("1.2.2", "1.3", "1.4", &[8; 10]), 7, false).expect("whole");
        assert_eq!(keep(&ward, &second, origin()), Kept::Stored);
        assert_eq!([count(&ward, "study"), count(&ward, "series"), count(&ward, "instance")], [1, 1, 2]);
        assert_eq!(ward.entries(), entries + 2, "each has its entry (TR-12)");
        let key = ward.given(|tx, _| tx.key());
        let read = ward.site.blobs.read_all(ward.facility, &key, &arrived.stored, 100_000).expect("there");
        assert!(read == first, "the bytes are as they came");
    });
}

#[test]
fn the_same_image_by_another_way_is_already_here() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let bytes = slice("1.2.1", "1.3", "1.4", &[7; 300]);
        assert_eq!(keep(&ward, &arrive(&ward, &bytes, 64, false).expect("whole"), origin()), Kept::Stored);
        for piece in [1, 100, 140, 100_000] {
            let again = arrive(&ward, &file(&bytes), piece, true).expect("whole");
            assert_eq!(keep(&ward, &again, origin()), Kept::AlreadyHere, "pieces of {piece}");
            let key = ward.given(|tx, _| tx.key());
            assert!(
                ward.site.blobs.reader(ward.facility, &key, &again.stored).is_err(),
                "its bytes are not kept twice"
            );
        }
        assert_eq!(count(&ward, "instance"), 1);
    });
}

#[test]
fn nothing_is_written_over_and_nothing_half_is_kept() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let stored = arrive(&ward, &slice("1.2.1", "1.3", "1.4", &[7; 30]), 64, false).expect("whole");
        keep(&ward, &stored, origin());
        let differs = Kept::Refused(NotKept::Differs);
        let other_bytes = arrive(&ward, &slice("1.2.1", "1.3", "1.4", &[8; 30]), 64, false).expect("whole");
        assert_eq!(keep(&ward, &other_bytes, origin()), differs);
        let other_study = arrive(&ward, &slice("1.2.9", "1.3", "1.5", &[7; 30]), 64, false).expect("whole");
        assert_eq!(keep(&ward, &other_study, origin()), differs, "a series is in one study");
        let nowhere = arrive(&ward, &slice("1.2.x", "1.3", "1.4", &[]), 64, false).expect("whole");
        let unplaced = Kept::Refused(NotKept::Unplaced(Refused::Uid("SOPInstanceUID")));
        assert_eq!(keep(&ward, &nowhere, origin()), unplaced);
        let announced = Origin { announced: Some((CT.into(), "1.2.8".into())), ..origin() };
        let another = arrive(&ward, &slice("1.2.7", "1.3", "1.4", &[]), 64, false).expect("whole");
        assert_eq!(keep(&ward, &another, announced), Kept::Refused(NotKept::Unplaced(Refused::NotAsAnnounced)));
        assert_eq!([count(&ward, "study"), count(&ward, "series"), count(&ward, "instance")], [1, 1, 1]);
        assert!(arrive(&ward, &slice("1.2.6", "1.3", "1.4", &[7; 30])[..150], 64, false).is_err());
    });
}

#[test]
fn a_facility_does_not_see_anothers_images() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let bytes = slice("1.2.1", "1.3", "1.4", &[7; 30]);
        keep(&ward, &arrive(&ward, &bytes, 64, false).expect("whole"), origin());
        let other = ward.other_facility();
        let (blobs, arrived) = (ward.site.blobs.clone(), arrive_at(&ward, other, &bytes, 64, false).expect("whole"));
        let ctx = ward.ctx(Who::System("test"));
        let kept =
            ward.site.db.write_blocking(Some(other), move |tx| intake::keep(tx, &ctx, &blobs, &arrived, &origin()));
        assert_eq!(kept.expect("kept"), Kept::Stored, "the same image is the other facility's own");
    });
}
