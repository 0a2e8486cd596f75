//! Signatures by the Standard Webhooks specification, made and checked.
//!
//! What is signed is `id.timestamp.body`. A message carries one signature for each key in force, so
//! that a key can be changed without losing one. [`Verifier`](verify::Verifier) is the other side, for
//! hooks that come in.
//!
//! # Source
//!
//! Standard Webhooks 1.0.0, `v1` (HMAC-SHA256) and `v1a` (Ed25519).

pub mod key;
pub mod verify;

use jiff::Timestamp;

use crate::webhook::key::SigningKey;

/// The header with the id.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// Bytes of an id.
pub const ID_BYTES_MAX: usize = 256;

/// Names a message, the same in every attempt.
///
/// Visible ASCII without `.`, `,` or blanks: with a full stop in it, the border between id and
/// timestamp could be moved without changing what is signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId(String);

/// A text cannot name a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a message: letters, digits, `-` and `_` can")]
pub struct InvalidMessageId(String);

impl MessageId {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for MessageId {
    type Error = InvalidMessageId;

    fn try_from(text: &str) -> Result<Self, InvalidMessageId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidMessageId(text.to_owned())) }
    }
}

/// The value of the header [`SIGNATURE`]: one signature for each of `keys`, a blank between.
pub fn sign(keys: &[SigningKey], id: &MessageId, at: Timestamp, body: &[u8]) -> String {
    let content = content(id.as_str(), &at.as_second().to_string(), body);
    keys.iter().map(|key| key.sign(&content)).collect::<Vec<_>>().join(" ")
}

/// What is signed.
fn content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID_OF_VECTORS: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn check(keys: &[&str], expected: &str) {
        let keys: Vec<_> = keys.iter().map(|key| SigningKey::read(key).unwrap()).collect();
        let id = MessageId::try_from(ID_OF_VECTORS).unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        assert_eq!(sign(&keys, &id, at, BODY), expected);
    }

    #[test]
    fn signatures_are_those_of_the_reference_libraries() {
        let hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let ed25519 = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";
        let v1a = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaB\
                   RdM5WqyeFiL8Ag==";
        check(&[hmac], v1);
        check(&[ed25519], v1a);
        check(&[ed25519, hmac], &format!("{v1a} {v1}")); // while one takes over from the other
    }

    #[test]
    fn an_id_cannot_move_the_border_to_the_timestamp() {
        for text in ["", "a.1", "a b", "a,b", "a\n", "é", &"a".repeat(257)] {
            assert!(MessageId::try_from(text).is_err(), "{text:?}");
        }
        assert!(MessageId::try_from("0190b6e8-verdict_1").is_ok());
    }
}
