//! Where a letter goes: a mail address or a mobile number, read at the door as people type them.

use std::fmt;
use std::str::FromStr;

use kernel::Words;
use serde::{Deserialize, Serialize};

/// Longest mail address (RFC 5321, 4.5.3.1.3, less the angle brackets).
const ADDRESS_CHARS_MAX: usize = 254;

/// The text is no mail address, or no mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnAddress {
    /// Of a mail.
    Mail,
    /// Of a mobile telephone.
    Phone,
}

impl NotAnAddress {
    /// What to write instead.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Mail => Words::new(
                "メールアドレスを「name@example.jp」の形で入力してください。",
                "Write a mail address like name@example.jp.",
            ),
            Self::Phone => Words::new(
                "携帯電話の番号を「090-1234-5678」の形で入力してください。",
                "Write a Japanese mobile number like 090-1234-5678.",
            ),
        }
    }
}

/// A mail address that a server will take.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(lettre::Address);

impl MailAddress {
    /// The part after the sign.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(crate) fn inner(&self) -> &lettre::Address {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = NotAnAddress;

    /// Full-width letters and spaces around are turned. Addresses with doubled or trailing dots, which Japanese
    /// carriers once gave out and people still use, are quoted as the standard wants.
    ///
    /// # Errors
    /// [`NotAnAddress::Mail`].
    fn from_str(typed: &str) -> Result<Self, NotAnAddress> {
        let text: String = typed.chars().map(half_width).collect();
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress::Mail)?;
        // Without an own word for other scripts most servers refuse them (RFC 6531 asks for an extension).
        if text.len() > ADDRESS_CHARS_MAX || !text.is_ascii() || !domain.contains('.') {
            return Err(NotAnAddress::Mail);
        }
        let domain = domain.to_ascii_lowercase();
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(it);
        let quoted = (!local.is_empty() && local.chars().all(is_plain)).then(|| format!("\"{local}\""));
        lettre::Address::new(local, &domain)
            .ok()
            .or_else(|| lettre::Address::new(quoted?, &domain).ok())
            .map(Self)
            .ok_or(NotAnAddress::Mail)
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl TryFrom<String> for MailAddress {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse::<lettre::Address>().map(Self).map_err(|error| error.to_string())
    }
}
impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.to_string()
    }
}

/// A Japanese mobile number; digits only, as `09012345678`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PhoneNumber(String);

impl FromStr for PhoneNumber {
    type Err = NotAnAddress;

    /// Hyphens, spaces, brackets and `+81` are taken as people write them.
    ///
    /// # Errors
    /// [`NotAnAddress::Phone`] for anything but 060, 070, 080 or 090 with eight digits.
    fn from_str(typed: &str) -> Result<Self, NotAnAddress> {
        let text: String = typed.trim().chars().map(half_width).filter(|it| !" -()".contains(*it)).collect();
        let digits = match text.strip_prefix("+81") {
            Some(rest) => format!("0{}", rest.trim_start_matches('0')),
            None => text,
        };
        let is_mobile = ["060", "070", "080", "090"].iter().any(|it| digits.starts_with(it));
        if is_mobile && digits.len() == 11 && digits.bytes().all(|it| it.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(NotAnAddress::Phone)
        }
    }
}

impl PhoneNumber {
    /// For providers: `+819012345678` (E.164).
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+81{}", &self.0[1..])
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..3], &self.0[3..7], &self.0[7..])
    }
}

/// Where a letter goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum To {
    /// By mail.
    Mail(MailAddress),
    /// By short message.
    Sms(PhoneNumber),
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mail(address) => address.fmt(f),
            Self::Sms(number) => number.fmt(f),
        }
    }
}

/// Full-width signs as their half-width twins, and the several dashes as a hyphen.
fn half_width(it: char) -> char {
    match it {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(it as u32 - 0xfee0).unwrap_or(it),
        '\u{3000}' => ' ',
        '\u{2212}' | '\u{30fc}' | '\u{2010}'..='\u{2015}' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_taken_as_people_in_japan_have_them() {
        let cases = [
            ("tanaka@example.jp", Some("tanaka@example.jp")),
            (" Tanaka＠Example.JP ", Some("Tanaka@example.jp")),
            ("a..b.@docomo.example.jp", Some("\"a..b.\"@docomo.example.jp")),
            ("x+tag@sub.example.co.jp", Some("x+tag@sub.example.co.jp")),
            ("", None),
            ("tanaka", None),
            ("tanaka@localhost", None),
            ("田中@example.jp", None),
            ("a@b.jp\r\nBcc: c@d.jp", None),
            ("a b@example.jp", None),
            ("<a@example.jp>", None),
            ("a@example.jp,b@example.jp", None),
        ];
        for (typed, taken) in cases {
            let read = typed.parse::<MailAddress>().ok();
            assert_eq!(read.as_ref().map(ToString::to_string).as_deref(), taken, "{typed}");
            if let Some(address) = read {
                assert_eq!(MailAddress::try_from(String::from(address.clone())), Ok(address));
            }
        }
        assert!(format!("{}@example.jp", "a".repeat(300)).parse::<MailAddress>().is_err());
    }

    #[test]
    fn mobile_numbers_are_taken_as_people_write_them() {
        for typed in
            ["09012345678", "090-1234-5678", "０９０ー１２３４ー５６７８", "+81 90 1234 5678", "(090)1234-5678"]
        {
            let number = typed.parse::<PhoneNumber>().expect(typed);
            assert_eq!((number.to_string().as_str(), number.e164().as_str()), ("090-1234-5678", "+819012345678"));
        }
        for typed in ["", "0312345678", "0901234567", "090123456789", "0900-1234-567x", "+1 90 1234 5678"] {
            assert_eq!(typed.parse::<PhoneNumber>(), Err(NotAnAddress::Phone), "{typed}");
        }
    }
}
