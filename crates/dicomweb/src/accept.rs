//! What a client accepts (RFC 9110 12.5.1, PS3.18 8.7) and which of our offers that is. Pure.

/// The syntax in which everything can be read; what a client gets that names none (PS3.18 8.7.3.5.2).
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// Never offered: DICOMweb has no use for it (PS3.18 8.7.3.5.2).
pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
/// A data set that is deflated as a whole; its frames are as in [`EXPLICIT`].
pub(crate) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// Longest header that is read; OHIF sends 70 characters, dicomweb-client up to 1,000.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Most media ranges that are read.
const WISHES_MAX: usize = 64;

/// One media range that a client accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    /// `type/subtype`, lower case.
    media: String,
    /// What the parts of a multipart answer are to be.
    part: Option<String>,
    /// Transfer syntax by UID, or `*`.
    syntax: Option<String>,
    /// Thousandths.
    quality: u16,
}

/// Neither a header nor a query parameter that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Reads the header's value, or the query parameter `accept`, which wins: a browser cannot change the header of a link.
/// Without either, anything is accepted.
pub(crate) fn wishes(header: Option<&str>, parameter: Option<&str>) -> Result<Vec<Wish>, Unreadable> {
    let text = parameter.or(header).map(str::trim).filter(|it| !it.is_empty()).unwrap_or("*/*");
    if text.len() > TEXT_BYTES_MAX {
        return Err(Unreadable);
    }
    let parts = unquoted(text, ',');
    if parts.len() > WISHES_MAX {
        return Err(Unreadable);
    }
    parts.into_iter().map(str::trim).filter(|it| !it.is_empty()).map(wish).collect()
}

fn wish(text: &str) -> Result<Wish, Unreadable> {
    let mut parts = unquoted(text, ';').into_iter();
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    if media.split('/').filter(|it| !it.is_empty()).count() != 2 {
        return Err(Unreadable);
    }
    let mut wish = Wish { media, part: None, syntax: None, quality: 1000 };
    for part in parts {
        let Some((name, value)) = part.split_once('=') else { continue };
        // The standard quotes `type`, since it holds a slash; OHIF can be told to leave the quotes out.
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "type" => wish.part = Some(value.to_ascii_lowercase()),
            "transfer-syntax" => wish.syntax = Some(value.to_owned()),
            "q" => wish.quality = quality(value).ok_or(Unreadable)?,
            _ => (),
        }
    }
    Ok(wish)
}

/// `0.5` as thousandths.
fn quality(text: &str) -> Option<u16> {
    let value: f32 = text.parse().ok()?;
    // Between zero and a thousand, so that the conversion is exact enough.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    (0.0..=1.0).contains(&value).then_some((value * 1000.0).round() as u16)
}

/// Divides at `mark`, but not within quotes.
fn unquoted(text: &str, mark: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(move |it: char| {
        quoted ^= it == '"';
        it == mark && !quoted
    })
    .collect()
}

/// One form in which the server can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Media type, of each part where there are several.
    pub(crate) media: &'static str,
    /// As `multipart/related`.
    pub(crate) parts: bool,
    /// Transfer syntax of what is sent; empty where there is none (JSON, rendered).
    pub(crate) syntax: String,
}

impl Offer {
    /// A single answer without transfer syntax.
    pub(crate) const fn plain(media: &'static str) -> Self {
        Self { media, parts: false, syntax: String::new() }
    }

    /// The quality that `wishes` give it, by the one that names it most closely; nothing where it is not accepted.
    fn quality(&self, wishes: &[Wish]) -> Option<u16> {
        let named = wishes.iter().filter_map(|it| self.closeness(it).map(|close| (close, it.quality)));
        named.max_by_key(|it| it.0).map(|it| it.1).filter(|it| *it > 0)
    }

    /// How closely a wish names it: 0 anything, 1 a family, 2 the media type, 3 with its syntax.
    fn closeness(&self, wish: &Wish) -> Option<u8> {
        if wish.media == "*/*" {
            return Some(0);
        }
        let named = if self.parts {
            if wish.media != "multipart/related" && wish.media != "multipart/*" {
                return None;
            }
            wish.part.as_deref().unwrap_or("*/*")
        } else {
            wish.media.as_str()
        };
        let close = covers(named, self.media)?;
        match wish.syntax.as_deref() {
            Some("*") => Some(close),
            Some(uid) => (uid == self.syntax).then_some(3),
            // Picture types name their syntax themselves, or our answer does.
            None if self.syntax.is_empty() || self.media.starts_with("image/") || self.media.starts_with("video/") => {
                Some(close)
            }
            None => (self.syntax == EXPLICIT).then_some(close),
        }
    }
}

fn covers(range: &str, media: &str) -> Option<u8> {
    if range == "*/*" {
        return Some(0);
    }
    if let Some(family) = range.strip_suffix("/*") {
        return media.split_once('/').is_some_and(|it| it.0 == family).then_some(1);
    }
    (range == media).then_some(2)
}

/// The offer that is accepted best; of equals the earlier one. Nothing when none is accepted (406).
pub(crate) fn choose<'a>(wishes: &[Wish], offers: &'a [Offer]) -> Option<&'a Offer> {
    let rated = offers.iter().filter_map(|it| it.quality(wishes).map(|quality| (quality, it)));
    rated.rev().max_by_key(|it| it.0).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &str = "1.2.840.10008.1.2.4.70";
    const J2K: &str = "1.2.840.10008.1.2.4.90";

    fn offer(media: &'static str, parts: bool, syntax: &str) -> Offer {
        Offer { media, parts, syntax: syntax.to_owned() }
    }

    /// What the server has: as stored first, then what it can make of it.
    fn frames(stored: &str, also: &[&str]) -> Vec<Offer> {
        let media = |it: &str| match it {
            JPEG => "image/jpeg",
            J2K => "image/jp2",
            _ => "application/octet-stream",
        };
        let mut all = vec![];
        for syntax in std::iter::once(&stored).chain(also) {
            for parts in [true, false] {
                all.push(offer(media(syntax), parts, syntax));
                if media(syntax) != "application/octet-stream" {
                    all.push(offer("application/octet-stream", parts, syntax));
                }
            }
        }
        all
    }

    fn chosen(accept: &str, offers: &[Offer]) -> String {
        let wishes = wishes(Some(accept), None).expect("readable");
        choose(&wishes, offers).map_or_else(
            || "406".to_owned(),
            |it| format!("{}{} {}", if it.parts { "parts of " } else { "" }, it.media, it.syntax),
        )
    }

    #[test]
    fn the_best_of_what_is_accepted_is_sent() {
        let native = frames(EXPLICIT, &[]);
        let jpeg = frames(JPEG, &[]);
        let both = frames(J2K, &[EXPLICIT]);
        let cases: &[(&str, &[Offer], &str)] = &[
            // OHIF, with and without its quotes.
            (
                "multipart/related; type=application/octet-stream; transfer-syntax=*",
                &both,
                "parts of application/octet-stream 1.2.840.10008.1.2.4.90",
            ),
            (
                "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*",
                &native,
                "parts of application/octet-stream 1.2.840.10008.1.2.1",
            ),
            // Without a syntax only what everybody reads (PS3.18 8.7.3.5.2).
            (
                "multipart/related; type=\"application/octet-stream\"",
                &both,
                "parts of application/octet-stream 1.2.840.10008.1.2.1",
            ),
            ("multipart/related; type=\"application/octet-stream\"", &jpeg, "406"),
            ("application/octet-stream", &native, "application/octet-stream 1.2.840.10008.1.2.1"),
            ("multipart/related; type=\"image/jpeg\"", &jpeg, "parts of image/jpeg 1.2.840.10008.1.2.4.70"),
            ("multipart/related; type=\"image/jpeg\"; transfer-syntax=1.2.840.10008.1.2.4.50", &jpeg, "406"),
            (
                "multipart/related; type=\"image/jp2\", multipart/related; type=\"image/jpeg\"",
                &jpeg,
                "parts of image/jpeg 1.2.840.10008.1.2.4.70",
            ),
            ("image/*", &jpeg, "image/jpeg 1.2.840.10008.1.2.4.70"),
            ("*/*", &jpeg, "parts of image/jpeg 1.2.840.10008.1.2.4.70"),
            ("", &native, "parts of application/octet-stream 1.2.840.10008.1.2.1"),
            ("multipart/related", &native, "parts of application/octet-stream 1.2.840.10008.1.2.1"),
            (
                "multipart/related; type=\"application/octet-stream\"; transfer-syntax=1.2.840.10008.1.2.1",
                &both,
                "parts of application/octet-stream 1.2.840.10008.1.2.1",
            ),
            ("text/html", &native, "406"),
            // Qualities, and what is named closely wins over what is not.
            (
                "application/octet-stream; q=0.5, multipart/related; type=application/octet-stream; q=0.8",
                &native,
                "parts of application/octet-stream 1.2.840.10008.1.2.1",
            ),
            ("*/*; q=0.1, image/jpeg; q=0.9", &jpeg, "image/jpeg 1.2.840.10008.1.2.4.70"),
            ("*/*, image/jpeg; q=0", &[offer("image/jpeg", false, JPEG)], "406"),
            (
                "MULTIPART/RELATED; Type=\"Application/Octet-Stream\"; Transfer-Syntax=*; Q=1.0",
                &native,
                "parts of application/octet-stream 1.2.840.10008.1.2.1",
            ),
        ];
        for (accept, offers, expected) in cases {
            assert_eq!(&chosen(accept, offers), expected, "{accept}");
        }
    }

    #[test]
    fn metadata_is_json_however_it_is_asked_for() {
        let offers = [Offer::plain("application/dicom+json"), Offer::plain("application/json")];
        for (accept, expected) in [
            ("application/dicom+json", "application/dicom+json "),
            ("application/json", "application/json "),
            ("application/dicom+json, application/json;q=0.9", "application/dicom+json "),
            ("*/*", "application/dicom+json "),
            ("application/*", "application/dicom+json "),
            ("multipart/related; type=\"application/dicom+xml\"", "406"),
        ] {
            assert_eq!(chosen(accept, &offers), expected, "{accept}");
        }
    }

    #[test]
    fn the_parameter_wins_over_the_header_and_nonsense_is_refused() {
        let read = wishes(Some("text/html"), Some("image/jpeg")).expect("readable");
        assert_eq!(choose(&read, &[offer("image/jpeg", false, JPEG)]).map(|it| it.media), Some("image/jpeg"));
        for bad in ["jpeg", "/", "image/", "a/b/c", "image/jpeg; q=2", "image/jpeg; q=x", "image/jpeg; q=NaN"] {
            assert_eq!(wishes(Some(bad), None), Err(Unreadable), "{bad}");
        }
        assert_eq!(wishes(Some(&"a/b,".repeat(WISHES_MAX + 1)), None), Err(Unreadable));
        assert_eq!(wishes(Some(&format!("a/b; type={}", "x".repeat(TEXT_BYTES_MAX))), None), Err(Unreadable));
    }
}
