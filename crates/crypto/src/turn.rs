//! Short-lived credentials for the relay (coturn's `use-auth-secret`, "REST API" of the TURN world).
//!
//! The relay shares one secret with us and checks by itself; it never asks back.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::Timestamp;

/// What a browser shows to the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Expiry in seconds since 1970, a colon, a name that says nothing about a person.
    pub username: String,
    /// HMAC-SHA1 of the username in base64.
    pub password: String,
}

/// A credential that the relay takes until `expires`. `name` shows up in the relay's log: an id, never a person's name.
#[must_use]
pub fn credential(secret: &str, name: &str, expires: Timestamp) -> Credential {
    let username = format!("{}:{name}", expires.as_second());
    // SHA-1 is what the relay's protocol says; HMAC does not lean on collision resistance.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let password = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
    Credential { username, password }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_would_compute_the_same() {
        // printf '1433895918:ninefingers' | openssl dgst -sha1 -hmac north -binary | base64
        let expires = Timestamp::from_second(1_433_895_918).expect("an instant");
        let made = credential("north", "ninefingers", expires);
        assert_eq!(made.username, "1433895918:ninefingers");
        assert_eq!(made.password, "jy8hTxmOO7UtEKXqSkSlvakPVYA=");
    }
}
