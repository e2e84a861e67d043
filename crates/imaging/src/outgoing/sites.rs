//! Sites of findings as codes of SNOMED CT: teeth by PS3.16 CID 4018 and 4019, regions by CID 4028, with their side.

use kernel::Tooth;

/// A code of a terminology (PS3.3 section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) value: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) meaning: &'static str,
}

pub(crate) const fn code(value: &'static str, scheme: &'static str, meaning: &'static str) -> Code {
    Code { value, scheme, meaning }
}

const fn sct(value: &'static str, meaning: &'static str) -> Code {
    code(value, "SCT", meaning)
}

const RIGHT: Code = sct("24028007", "Right");
const LEFT: Code = sct("7771000", "Left");

/// Teeth by FDI number. The code tells the side.
const TEETH: [(u8, Code); 52] = [
    (11, sct("422653006", "Permanent maxillary right central incisor tooth")),
    (12, sct("424877001", "Permanent maxillary right lateral incisor tooth")),
    (13, sct("860767006", "Permanent maxillary right canine tooth")),
    (14, sct("57826002", "Permanent maxillary right first premolar tooth")),
    (15, sct("36492000", "Permanent maxillary right second premolar tooth")),
    (16, sct("865995000", "Permanent maxillary right first molar tooth")),
    (17, sct("863902006", "Permanent maxillary right second molar tooth")),
    (18, sct("68085002", "Permanent maxillary right third molar tooth")),
    (21, sct("424399000", "Permanent maxillary left central incisor tooth")),
    (22, sct("423185002", "Permanent maxillary left lateral incisor tooth")),
    (23, sct("860780009", "Permanent maxillary left canine tooth")),
    (24, sct("61897005", "Permanent maxillary left first premolar tooth")),
    (25, sct("23226009", "Permanent maxillary left second premolar tooth")),
    (26, sct("865988009", "Permanent maxillary left first molar tooth")),
    (27, sct("863901004", "Permanent maxillary left second molar tooth")),
    (28, sct("87704003", "Permanent maxillary left third molar tooth")),
    (31, sct("425106001", "Mandibular left central incisor tooth")),
    (32, sct("423331005", "Mandibular left lateral incisor tooth")),
    (33, sct("860782001", "Mandibular left canine tooth")),
    (34, sct("2400006", "Mandibular left first premolar tooth")),
    (35, sct("24573005", "Mandibular left second premolar tooth")),
    (36, sct("866006002", "Mandibular left first molar tooth")),
    (37, sct("863898000", "Mandibular left second molar tooth")),
    (38, sct("74344005", "Mandibular left third molar tooth")),
    (41, sct("424575004", "Mandibular right central incisor tooth")),
    (42, sct("423937004", "Mandibular right lateral incisor tooth")),
    (43, sct("860785004", "Mandibular right canine tooth")),
    (44, sct("80140008", "Mandibular right first premolar tooth")),
    (45, sct("8873007", "Mandibular right second premolar tooth")),
    (46, sct("866005003", "Mandibular right first molar tooth")),
    (47, sct("863899008", "Mandibular right second molar tooth")),
    (48, sct("38994002", "Mandibular right third molar tooth")),
    (51, sct("88824007", "Deciduous maxillary right central incisor tooth")),
    (52, sct("65624003", "Deciduous maxillary right lateral incisor tooth")),
    (53, sct("30618001", "Deciduous maxillary right canine tooth")),
    (54, sct("17505006", "Deciduous maxillary right first molar tooth")),
    (55, sct("27855007", "Deciduous maxillary right second molar tooth")),
    (61, sct("51678005", "Deciduous maxillary left central incisor tooth")),
    (62, sct("43622005", "Deciduous maxillary left lateral incisor tooth")),
    (63, sct("73937000", "Deciduous maxillary left canine tooth")),
    (64, sct("45234009", "Deciduous maxillary left first molar tooth")),
    (65, sct("51943008", "Deciduous maxillary left second molar tooth")),
    (71, sct("89552004", "Deciduous mandibular left central incisor tooth")),
    (72, sct("14770005", "Deciduous mandibular left lateral incisor tooth")),
    (73, sct("43281008", "Deciduous mandibular left canine tooth")),
    (74, sct("38896004", "Deciduous mandibular left first molar tooth")),
    (75, sct("49330006", "Deciduous mandibular left second molar tooth")),
    (81, sct("67834006", "Deciduous mandibular right central incisor tooth")),
    (82, sct("22445006", "Deciduous mandibular right lateral incisor tooth")),
    (83, sct("6062009", "Deciduous mandibular right canine tooth")),
    (84, sct("58646007", "Deciduous mandibular right first molar tooth")),
    (85, sct("61868007", "Deciduous mandibular right second molar tooth")),
];

/// Regions by the report's key, with the side where they have one.
const REGIONS: [(&str, Code, Option<Code>); 10] = [
    ("max_r", sct("70925003", "Maxilla"), Some(RIGHT)),
    ("max_l", sct("70925003", "Maxilla"), Some(LEFT)),
    ("man_r", sct("91609006", "Mandible"), Some(RIGHT)),
    ("man_l", sct("91609006", "Mandible"), Some(LEFT)),
    ("tmj_r", sct("53620006", "Temporomandibular joint"), Some(RIGHT)),
    ("tmj_l", sct("53620006", "Temporomandibular joint"), Some(LEFT)),
    ("sin_r", sct("15924003", "Maxillary sinus"), Some(RIGHT)),
    ("sin_l", sct("15924003", "Maxillary sinus"), Some(LEFT)),
    ("soft", sct("774007", "Head and Neck"), None),
    ("wide", sct("661005", "Jaw region"), None),
];

/// The code of a site, and its side where the code does not tell it; nothing for what is no site.
pub(super) fn of(site: &str) -> Option<(Code, Option<Code>)> {
    let tooth = Tooth::read(site).and_then(|tooth| TEETH.iter().find(|it| it.0 == tooth.fdi()));
    let region = || REGIONS.iter().find(|it| it.0 == site).map(|it| (it.1, it.2));
    tooth.map(|it| (it.1, None)).or_else(region)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_site_of_a_report_has_a_code_of_its_own_that_names_it_right() {
        // TR-10
        let mut seen = BTreeSet::new();
        for tooth in Tooth::all() {
            let (code, side) = of(&tooth.fdi().to_string()).expect("a code");
            assert!(seen.insert(code.value) && side.is_none());
            let quadrant = tooth.fdi() / 10;
            let upper = matches!(quadrant, 1 | 2 | 5 | 6);
            let right = matches!(quadrant, 1 | 4 | 5 | 8);
            let meaning = code.meaning.to_lowercase();
            assert_eq!(meaning.contains("maxillary"), upper, "{tooth:?} {meaning}");
            assert_eq!(meaning.contains("mandibular"), !upper, "{tooth:?} {meaning}");
            assert_eq!(meaning.contains(" right "), right, "{tooth:?} {meaning}");
            assert_eq!(meaning.contains(" left "), !right, "{tooth:?} {meaning}");
            assert_eq!(meaning.contains("deciduous"), tooth.is_deciduous(), "{tooth:?} {meaning}");
            let kinds = ["central incisor", "lateral incisor", "canine", "first", "second", "third"];
            let place = match (tooth.is_deciduous(), tooth.fdi() % 10) {
                (_, it @ 1..=3) => usize::from(it) - 1,
                (false, 4 | 6) | (true, 4) => 3,
                (false, 8) => 5,
                _ => 4,
            };
            assert!(meaning.contains(kinds[place]), "{tooth:?} {meaning}");
            let premolar = !tooth.is_deciduous() && matches!(tooth.fdi() % 10, 4 | 5);
            assert_eq!(meaning.contains("premolar"), premolar, "{tooth:?} {meaning}");
        }
        for (key, words) in crate::report::REGIONS.iter() {
            let (code, side) = of(key).expect("a code");
            assert!(code.meaning.len() <= 64);
            let told = if words.ja.starts_with('右') {
                Some(RIGHT)
            } else if words.ja.starts_with('左') {
                Some(LEFT)
            } else {
                None
            };
            assert_eq!(side, told, "{key}");
        }
        assert_eq!(of("49"), None);
        assert_eq!(of(""), None);
    }
}
