//! The address of a resource: which study, series and instance it names, and how its own address is written.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::header::HOST;
use axum::http::request::Parts;
use imaging::instance::Uid;
use imaging::study::Filter;
use web::Site;

use crate::reply::Refused;

/// What an address names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) study: Option<Uid>,
    pub(crate) series: Option<Uid>,
    pub(crate) instance: Option<Uid>,
    /// The other names in the address.
    pub(crate) rest: HashMap<String, String>,
    /// Where this face is found, as the client found it: `https://host/dicom-web`.
    pub(crate) base: String,
}

impl FromRequestParts<Site> for Place {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refused> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, site).await;
        let Path(mut rest) = path.map_err(|_| Refused::BadRequest("the address cannot be read".into()))?;
        let mut uid = |name: &str| match rest.remove(name) {
            None => Ok(None),
            Some(text) => match Uid::parse(&text) {
                Some(uid) => Ok(Some(uid)),
                None => Err(Refused::BadRequest(format!("{name} is no UID"))),
            },
        };
        let (study, series, instance) = (uid("study_uid")?, uid("series_uid")?, uid("instance_uid")?);
        let host = parts.headers.get(HOST).and_then(|it| it.to_str().ok());
        Ok(Self { study, series, instance, rest, base: base(&site.settings.base_url, host) })
    }
}

impl Place {
    /// What is searched or fetched there.
    pub(crate) fn filter(&self) -> Filter {
        let list = |it: &Option<Uid>| it.iter().cloned().collect();
        Filter {
            studies: list(&self.study),
            series: list(&self.series),
            instances: list(&self.instance),
            ..Filter::default()
        }
    }

    /// A name in the address as a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refused> {
        let text = self.rest.get(name).map_or("", String::as_str);
        text.parse().map_err(|_| Refused::BadRequest(format!("{name} is no number")))
    }
}

/// Where this face is found. A client may come by another name than patients do (inside the clinic, through a tunnel), and
/// must be able to follow the addresses in the answer. Plain HTTP is spoken only at the address that says so.
fn base(base_url: &str, host: Option<&str>) -> String {
    let (scheme, own) = base_url.split_once("://").unwrap_or(("https", base_url));
    let plain =
        |it: &&str| it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b':' | b'[' | b']'));
    let Some(host) = host.filter(plain).filter(|it| !it.is_empty()) else { return format!("{base_url}/dicom-web") };
    // dicomweb-client leaves the port out of its header.
    if own.rsplit_once(':').is_some_and(|(name, _)| name == host) {
        return format!("{base_url}/dicom-web");
    }
    let port = |it: &str| it.rsplit_once(':').map(|it| it.1.to_owned());
    let scheme = if port(host) == port(own) { scheme } else { "https" };
    format!("{scheme}://{host}/dicom-web")
}

/// The address of a study.
pub(crate) fn study(base: &str, study: &str) -> String {
    format!("{base}/studies/{study}")
}

/// The address of a series.
pub(crate) fn series(base: &str, study: &str, series: &str) -> String {
    format!("{base}/studies/{study}/series/{series}")
}

/// The address of an instance.
pub(crate) fn instance(base: &str, study: &str, series: &str, instance: &str) -> String {
    format!("{base}/studies/{study}/series/{series}/instances/{instance}")
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn addresses_lead_back_the_way_the_client_came() {
        for (url, host, expected) in [
            ("https://haruka.example.jp", None, "https://haruka.example.jp/dicom-web"),
            ("https://haruka.example.jp", Some("haruka.example.jp"), "https://haruka.example.jp/dicom-web"),
            ("https://haruka.example.jp", Some("10.0.0.5:8443"), "https://10.0.0.5:8443/dicom-web"),
            ("http://127.0.0.1:8080", Some("localhost:8080"), "http://localhost:8080/dicom-web"),
            ("http://127.0.0.1:8080", Some("127.0.0.1:8443"), "https://127.0.0.1:8443/dicom-web"),
            ("http://127.0.0.1:8080", Some("127.0.0.1"), "http://127.0.0.1:8080/dicom-web"),
            ("http://127.0.0.1:8080", Some("[::1]:8080"), "http://[::1]:8080/dicom-web"),
            ("https://haruka.example.jp", Some("evil\"><b"), "https://haruka.example.jp/dicom-web"),
        ] {
            assert_eq!(base(url, host), expected, "{host:?}");
        }
    }
}
