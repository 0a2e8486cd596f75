//! The keys: shared secrets (`whsec_`) and Ed25519 pairs (`whsk_`, `whpk_`).

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// Base64 with or without its padding, as the reference libraries read keys.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes of a shared secret.
pub const SECRET_BYTES_MIN: usize = 24;
/// Bytes of a shared secret.
pub const SECRET_BYTES_MAX: usize = 64;

/// Version of a signature with a shared secret.
const V1: &str = "v1";
/// Version of a signature with Ed25519.
const V1A: &str = "v1a";

/// A text is no key. What it says is not told, as it may be one that is only mistyped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// It does not begin with the name of a kind.
    #[error("a key begins with `whsec_`, `whsk_` or `whpk_`")]
    Prefix,
    /// It is of the wrong kind.
    #[error("`whpk_` is a public key, which checks signatures but makes none")]
    Public,
    /// It is not Base64.
    #[error("what follows the prefix of the key is not Base64")]
    Base64,
    /// It has the wrong length.
    #[error("the key has {bytes} bytes; {wanted} are needed")]
    Length {
        /// How many it has.
        bytes: usize,
        /// How many it should have.
        wanted: &'static str,
    },
    /// Its two halves do not belong together.
    #[error("the two halves of the `whsk_` key do not belong together")]
    Halves,
}

/// A key that makes signatures.
pub struct SigningKey(Signing);

enum Signing {
    Shared(hmac::Key),
    Pair(Ed25519KeyPair),
}

/// A key that checks signatures.
#[derive(Clone)]
pub struct VerifyingKey(Verifying);

#[derive(Clone)]
enum Verifying {
    Shared(hmac::Key),
    Public(UnparsedPublicKey<Vec<u8>>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl SigningKey {
    /// Reads `whsec_` and a shared secret of 24 to 64 bytes, or `whsk_` and an Ed25519 seed of 32 bytes,
    /// which the public half may follow.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`], which does not tell what the text was.
    pub fn read(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        if let Some(secret) = text.strip_prefix("whsec_") {
            return Ok(Self(Signing::Shared(shared(secret)?)));
        }
        if let Some(pair) = text.strip_prefix("whsk_") {
            return Ok(Self(Signing::Pair(read_pair(&decode(pair)?)?)));
        }
        Err(if text.starts_with("whpk_") { InvalidKey::Public } else { InvalidKey::Prefix })
    }

    /// What checks the signatures of this key.
    pub fn verifying(&self) -> VerifyingKey {
        VerifyingKey(match &self.0 {
            Signing::Shared(key) => Verifying::Shared(key.clone()),
            Signing::Pair(pair) => Verifying::Public(public(pair.public_key().as_ref())),
        })
    }

    /// `v1,` or `v1a,` and the signature in Base64.
    pub(crate) fn sign(&self, content: &[u8]) -> String {
        match &self.0 {
            Signing::Shared(key) => {
                format!("{V1},{}", STANDARD.encode(hmac::sign(key, content)))
            }
            Signing::Pair(pair) => format!("{V1A},{}", STANDARD.encode(pair.sign(content))),
        }
    }
}

impl VerifyingKey {
    /// Reads `whsec_` and a shared secret, or `whpk_` and an Ed25519 public key of 32 bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`], which does not tell what the text was.
    pub fn read(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        let Some(key) = text.strip_prefix("whpk_") else {
            return Ok(SigningKey::read(text)?.verifying());
        };
        let key = decode(key)?;
        if key.len() != 32 {
            return Err(InvalidKey::Length { bytes: key.len(), wanted: "32" });
        }
        Ok(Self(Verifying::Public(public(&key))))
    }

    /// Whether one signature, `v1,…` or `v1a,…`, is of this key. Shared secrets are compared in constant
    /// time.
    pub(crate) fn accepts(&self, signature: &str, content: &[u8]) -> bool {
        let Some((version, signature)) = signature.split_once(',') else { return false };
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        match (&self.0, version) {
            (Verifying::Shared(key), V1) => hmac::verify(key, content, &signature).is_ok(),
            (Verifying::Public(key), V1A) => key.verify(content, &signature).is_ok(),
            (Verifying::Shared(_) | Verifying::Public(_), _) => false,
        }
    }

    /// The public key as it is handed out; a shared secret is not.
    pub fn public(&self) -> Option<String> {
        match &self.0 {
            Verifying::Shared(_) => None,
            Verifying::Public(key) => Some(format!("whpk_{}", STANDARD.encode(key.as_ref()))),
        }
    }
}

fn public(key: &[u8]) -> UnparsedPublicKey<Vec<u8>> {
    UnparsedPublicKey::new(&ED25519, key.to_vec())
}

fn shared(text: &str) -> Result<hmac::Key, InvalidKey> {
    let secret = decode(text)?;
    if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&secret.len()) {
        return Err(InvalidKey::Length { bytes: secret.len(), wanted: "24 to 64" });
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

fn read_pair(bytes: &[u8]) -> Result<Ed25519KeyPair, InvalidKey> {
    let wrong = |_| InvalidKey::Halves;
    match bytes.len() {
        32 => Ed25519KeyPair::from_seed_unchecked(bytes).map_err(wrong),
        64 => {
            let (seed, public) = bytes.split_at(32);
            Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(wrong)
        }
        bytes => Err(InvalidKey::Length { bytes, wanted: "32 or 64" }),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, InvalidKey> {
    LENIENT.decode(text).map_err(|_| InvalidKey::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let read = SigningKey::read(text);
        let told = read.map_or_else(|error| error.to_string(), |key| format!("{key:?}"));
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn keys_are_read_and_never_shown() {
        let base64 = |bytes: usize| STANDARD.encode(vec![7; bytes]);
        check(&format!("whsec_{}", base64(24)), "***");
        check(&format!(" whsec_{}\n", base64(64)), "***"); // as a file has it
        check(&format!("whsec_{}", base64(32).trim_end_matches('=')), "***");
        check(&format!("whsk_{}", base64(32)), "***");
        check(&format!("whsec_{}", base64(23)), "the key has 23 bytes; 24 to 64 are needed");
        check(&format!("whsec_{}", base64(65)), "the key has 65 bytes; 24 to 64 are needed");
        check(&format!("whsk_{}", base64(31)), "the key has 31 bytes; 32 or 64 are needed");
        check(
            &format!("whsk_{}", base64(64)),
            "the two halves of the `whsk_` key do not belong together",
        );
        check(
            &format!("whpk_{}", base64(32)),
            "`whpk_` is a public key, which checks signatures but makes none",
        );
        check("whsec_s3cret!", "what follows the prefix of the key is not Base64");
        check("s3cret", "a key begins with `whsec_`, `whsk_` or `whpk_`");
    }

    #[test]
    fn a_public_key_is_handed_out_and_read_back() {
        let signing = SigningKey::read(&format!("whsk_{}", STANDARD.encode([7; 32]))).unwrap();
        let public = signing.verifying().public().unwrap();
        assert!(public.starts_with("whpk_"));
        let both = [vec![7; 32], decode(&public["whpk_".len()..]).unwrap()].concat();
        let again = SigningKey::read(&format!("whsk_{}", STANDARD.encode(both))).unwrap();
        let verifying = VerifyingKey::read(&public).unwrap();
        assert!(verifying.accepts(&again.sign(b"x"), b"x"));
        assert!(!verifying.accepts(&again.sign(b"x"), b"y"));
        let shared = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(shared.verifying().public(), None);
    }
}
