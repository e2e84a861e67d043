//! Key images as a key object selection (PS3.3 A.35.4) with the content of TID 2010. A picture that is drawn on is shown with
//! its presentation state.

use super::depicted::Depicted;
use super::presentation::{Presentation, referenced};
use super::{Version, uid};
use crate::dataset::Tag;
use crate::instance::Uid;
use crate::outgoing::LANG;
use crate::outgoing::content::{CONTENT, Item, NAME, Value, observer, template};
use crate::outgoing::module::{Identity, head, made};
use crate::outgoing::sites::code;
use crate::outgoing::store::{About, Picture as Evident};
use crate::outgoing::structured::{evidence, reference};

const CLASS: &str = "1.2.840.10008.5.1.4.1.1.88.59";
/// Behind the number of presentation states.
const SERIES_NUMBER: u16 = 9_004;
const REFERENCED: Tag = Tag(0x0008, 0x1199);

/// Its identifier.
pub(super) fn instance(version: &Version) -> Uid {
    uid(&format!("mark-selection/{}", version.id))
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
    // The step that this belongs to is not known here (PS3.3 C.17.6.1: may be empty).
    out.items(Tag(0x0008, 0x1111), vec![])
        .text(Tag(0x0040, 0xA040), b"CS", "CONTAINER")
        .code(NAME, code("113000", "DCM", "Of Interest"))
        .text(Tag(0x0040, 0xA050), b"CS", "SEPARATE");
    template(&mut out, "2010");

    let shown = |it: &Depicted| {
        presentations.iter().find(|state| state.pictures.iter().any(|known| known.picture == it.picture))
    };
    let mut content = Vec::from(observer(&version.body.author, &version.body.facility));
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
        content.push(Item::nameless("CONTAINS", Value::Picture(picture)));
    }
    out.items(CONTENT, content.into_iter().map(Item::write).collect())
        .items(Tag(0x0040, 0xA375), evidence(named.iter()));
    Some(out.bytes())
}
