//! Key images as a key object selection (PS3.3 A.35.4) with the content of TID 2010. A picture that is drawn on is shown with
//! its presentation state.

use super::depicted::Depicted;
use super::presentation::{Presentation, referenced};
use super::{Version, uid};
use crate::dataset::Tag;
use crate::instance::Uid;
use crate::outgoing::LANG;
use crate::outgoing::module::{Elements, Identity, head, made, person};
use crate::outgoing::sites::{Code, code};
use crate::outgoing::store::{About, Picture as Evident};
use crate::outgoing::structured::{evidence, reference};

const CLASS: &str = "1.2.840.10008.5.1.4.1.1.88.59";
/// Behind the number of presentation states.
const SERIES_NUMBER: u16 = 9_004;
const NAME: Tag = Tag(0x0040, 0xA043);
const REFERENCED: Tag = Tag(0x0008, 0x1199);

/// Its identifier.
pub(super) fn instance(version: &Version) -> Uid {
    uid(&format!("mark-selection/{}", version.id))
}

fn item(relation: &str, kind: &str, name: Option<Code>) -> Elements {
    let mut it = Elements::default();
    it.text(Tag(0x0040, 0xA010), b"CS", relation).text(Tag(0x0040, 0xA040), b"CS", kind);
    if let Some(name) = name {
        it.code(NAME, name);
    }
    it
}

/// The data set, explicit little endian; nothing where no picture was chosen.
pub(super) fn data_set(
    study: &About,
    version: &Version,
    depicted: &[Depicted],
    presentations: &[Presentation],
) -> Option<Vec<u8>> {
    let chosen = version.body.set.key_images.iter();
    let chosen: Vec<&Depicted> = chosen.filter_map(|it| depicted.iter().find(|known| known.picture == *it)).collect();
    if chosen.is_empty() {
        return None;
    }
    let series = uid(&format!("mark-selections/{}/{}", study.uid, version.person));
    let identity = Identity {
        class: CLASS,
        uid: &instance(version),
        modality: "KO",
        series: &series,
        series_number: SERIES_NUMBER,
        description: LANG.t("キー画像", "Key images"),
        number: version.number,
        facility: &version.body.facility,
    };
    let mut out = head(study, &identity);
    made(&mut out, version.saved_at);
    let mut template = Elements::default();
    template.text(Tag(0x0008, 0x0105), b"CS", "DCMR").text(Tag(0x0040, 0xDB00), b"CS", "2010");
    // The step that this belongs to is not known here (PS3.3 C.17.6.1: may be empty).
    out.items(Tag(0x0008, 0x1111), vec![])
        .text(Tag(0x0040, 0xA040), b"CS", "CONTAINER")
        .code(NAME, code("113000", "DCM", "Of Interest"))
        .text(Tag(0x0040, 0xA050), b"CS", "SEPARATE")
        .items(Tag(0x0040, 0xA504), vec![template]);

    let shown = |it: &Depicted| {
        presentations.iter().find(|state| state.pictures.iter().any(|known| known.picture == it.picture))
    };
    let mut content = observer(version);
    let mut named = Vec::new();
    for it in &chosen {
        let mut picture = referenced(&it.class, &it.picture, it.frames, &[it.picture.frame]);
        named.push(Evident {
            study: study.uid.clone(),
            series: it.picture.series.to_string(),
            class: it.class.clone(),
            uid: it.picture.sop.to_string(),
        });
        if let Some(state) = shown(it) {
            picture.items(REFERENCED, vec![reference(state.class, state.uid.as_str())]);
            named.push(Evident {
                study: study.uid.clone(),
                series: state.series.to_string(),
                class: state.class.to_owned(),
                uid: state.uid.to_string(),
            });
        }
        let mut image = item("CONTAINS", "IMAGE", None);
        image.items(REFERENCED, vec![picture]);
        content.push(image);
    }
    out.items(Tag(0x0040, 0xA730), content).items(Tag(0x0040, 0xA375), evidence(named.iter()));
    Some(out.bytes())
}

/// Who has chosen (TID 1002, 1003).
fn observer(version: &Version) -> Vec<Elements> {
    let relation = "HAS OBS CONTEXT";
    let mut kind = item(relation, "CODE", Some(code("121005", "DCM", "Observer Type")));
    kind.code(Tag(0x0040, 0xA168), code("121006", "DCM", "Person"));
    let mut name = item(relation, "PNAME", Some(code("121008", "DCM", "Person Observer Name")));
    name.text(Tag(0x0040, 0xA123), b"PN", &person(&version.body.author));
    let mut house = item(relation, "TEXT", Some(code("121009", "DCM", "Person Observer's Organization Name")));
    house.text(Tag(0x0040, 0xA160), b"UT", &version.body.facility);
    vec![kind, name, house]
}
