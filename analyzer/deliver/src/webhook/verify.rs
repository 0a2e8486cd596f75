//! The other side: whether a message that came in is what somebody trusted sent, just now, once.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::webhook::key::VerifyingKey;
use crate::webhook::{ID_BYTES_MAX, content};

/// How far the time of a message may be from ours, in either direction, unless somebody says otherwise.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Signatures of one message that are looked at.
pub const SIGNATURES_MAX: usize = 16;

/// Ids that are remembered at most.
pub const SEEN_MAX: usize = 100_000;

/// The three headers of a message as they came.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
}

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A header is missing, empty or cannot be read.
    #[error("the header `{0}` is missing or cannot be read")]
    Header(&'static str),
    /// It was sent too long ago.
    #[error("the message is older than {tolerance:?}")]
    Old {
        /// How old it may be.
        tolerance: Duration,
    },
    /// It was sent in the future.
    #[error("the message is more than {tolerance:?} ahead of time")]
    Ahead {
        /// How far ahead it may be.
        tolerance: Duration,
    },
    /// No signature is of a key that is trusted.
    #[error("no signature of the message is of a key that is trusted")]
    Forged,
    /// It came before.
    #[error("the message came before")]
    Replayed,
    /// There were so many messages that it cannot be told whether it came before.
    #[error("more than {SEEN_MAX} messages came within the tolerance")]
    TooMany,
}

/// Checks what comes in.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    tolerance: Duration,
}

impl Verifier {
    /// Believes any of `keys`, several while one takes over from another.
    pub fn new(keys: Vec<VerifyingKey>, tolerance: Duration) -> Self {
        Self { keys, tolerance }
    }

    /// Whether `body` is what the owner of a key sent at about `now`. Whether it came before is a
    /// question to [`Seen`], asked afterwards.
    ///
    /// # Errors
    ///
    /// [`Refusal`] with the first reason found.
    pub fn verify(&self, headers: Headers<'_>, body: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let Headers { id, timestamp, signature } = headers;
        if !(1..=ID_BYTES_MAX).contains(&id.len()) {
            return Err(Refusal::Header(super::ID));
        }
        let unreadable = Refusal::Header(super::TIMESTAMP);
        // `+1` and ` 1` are read as numbers elsewhere, but nobody signs them.
        if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unreadable);
        }
        let seconds = timestamp.parse::<i64>().map_err(|_| unreadable)?;
        let at = Timestamp::from_second(seconds).map_err(|_| unreadable)?;
        if signature.is_empty() {
            return Err(Refusal::Header(super::SIGNATURE));
        }
        self.check_time(at, now)?;
        let content = content(id, timestamp, body);
        let mut signatures = signature.split(' ').take(SIGNATURES_MAX);
        let trusted = signatures
            .any(|signature| self.keys.iter().any(|key| key.accepts(signature, &content)));
        if trusted { Ok(()) } else { Err(Refusal::Forged) }
    }

    fn check_time(&self, at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        let tolerance = SignedDuration::try_from(self.tolerance).unwrap_or(SignedDuration::MAX);
        let age = now.duration_since(at);
        if tolerance < age {
            return Err(Refusal::Old { tolerance: self.tolerance });
        }
        if age < -tolerance {
            return Err(Refusal::Ahead { tolerance: self.tolerance });
        }
        Ok(())
    }
}

/// The ids that came within the tolerance, so that none counts twice.
///
/// It knows what one process saw; whoever runs several keeps ids where all of them look.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    until: BTreeMap<String, Timestamp>,
}

impl Seen {
    /// Takes note of an id that was verified, for twice `tolerance`: a message that is as far ahead of
    /// time as it may be passes that long.
    ///
    /// # Errors
    ///
    /// [`Refusal::Replayed`] if it came before, [`Refusal::TooMany`] if there is no room to remember it.
    pub fn note(&mut self, id: &str, tolerance: Duration, now: Timestamp) -> Result<(), Refusal> {
        if self.until.get(id).is_some_and(|until| now <= *until) {
            return Err(Refusal::Replayed);
        }
        if SEEN_MAX <= self.until.len() {
            self.until.retain(|_, until| now <= *until);
        }
        if SEEN_MAX <= self.until.len() {
            return Err(Refusal::TooMany);
        }
        let twice = tolerance.saturating_mul(2);
        let until = now.checked_add(twice).unwrap_or(Timestamp::MAX);
        self.until.insert(id.to_owned(), until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::key::SigningKey;
    use crate::webhook::{MessageId, sign};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const PAIR: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";
    const SENT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"type":"assay.verdict"}"#;

    fn signing(key: &str) -> SigningKey {
        SigningKey::read(key).unwrap()
    }

    fn verifier(keys: &[&str]) -> Verifier {
        let keys = keys.iter().map(|key| signing(key).verifying()).collect();
        Verifier::new(keys, TOLERANCE)
    }

    /// A good message, in parts.
    fn signed(keys: &[&str]) -> String {
        let keys: Vec<_> = keys.iter().map(|key| signing(key)).collect();
        let id = MessageId::try_from("run-1-verdict").unwrap();
        sign(&keys, &id, Timestamp::from_second(SENT).unwrap(), BODY)
    }

    fn verify(
        verifier: &Verifier,
        (id, timestamp, signature): (&str, &str, &str),
        body: &[u8],
        late: i64,
    ) -> String {
        let now = Timestamp::from_second(SENT + late).unwrap();
        let verified = verifier.verify(Headers { id, timestamp, signature }, body, now);
        verified.map_or_else(|refusal| refusal.to_string(), |()| String::from("ok"))
    }

    #[test]
    fn only_the_message_that_was_sent_is_believed() {
        let (sent, good) = (SENT.to_string(), signed(&[SECRET]));
        let trusted = verifier(&[SECRET]);
        let check = |id: &str, timestamp: &str, signature: &str, body: &[u8], expected: &str| {
            assert_eq!(verify(&trusted, (id, timestamp, signature), body, 0), expected);
        };
        let forged = "no signature of the message is of a key that is trusted";
        let id = "run-1-verdict";
        check(id, &sent, &good, BODY, "ok");
        check("run-2-verdict", &sent, &good, BODY, forged);
        check(id, &(SENT + 1).to_string(), &good, BODY, forged);
        check(id, &sent, &good, br#"{"type": "assay.verdict"}"#, forged); // written anew
        check(id, &sent, &good, &BODY[..BODY.len() - 1], forged);
        check(id, &sent, &good, b"", forged);
        check(id, &sent, &good.replace("v1,", "v1a,"), BODY, forged);
        check(id, &sent, &good.replace("v1,", "v2,"), BODY, forged);
        check(id, &sent, &good[..good.len() - 2], BODY, forged);
        check(id, &sent, "v1,", BODY, forged);
        check(id, &sent, "v1", BODY, forged);
        check(id, &sent, &signed(&[OTHER]), BODY, forged);
        check(id, &sent, "", BODY, "the header `webhook-signature` is missing or cannot be read");
        check("", &sent, &good, BODY, "the header `webhook-id` is missing or cannot be read");
        let unreadable = "the header `webhook-timestamp` is missing or cannot be read";
        for timestamp in ["", "x", "+1614265330", " 1614265330", "-1", "1e9", "99999999999999"] {
            check(id, timestamp, &good, BODY, unreadable);
        }
        // The border between id and timestamp cannot be moved.
        check(&format!("{id}.{sent}"), &sent, &good, BODY, forged);
    }

    #[test]
    fn a_message_is_believed_for_five_minutes() {
        let (sent, good) = (SENT.to_string(), signed(&[SECRET]));
        let check = |late: i64, expected: &str| {
            let parts = ("run-1-verdict", sent.as_str(), good.as_str());
            assert_eq!(verify(&verifier(&[SECRET]), parts, BODY, late), expected, "{late}");
        };
        check(300, "ok");
        check(301, "the message is older than 300s");
        check(-300, "ok");
        check(-301, "the message is more than 300s ahead of time");
    }

    #[test]
    fn keys_take_over_from_one_another() {
        let sent = SENT.to_string();
        let check = |signed_by: &[&str], trusted: &[&str], expected: bool| {
            let signature = signed(signed_by);
            let parts = ("run-1-verdict", sent.as_str(), signature.as_str());
            assert_eq!(verify(&verifier(trusted), parts, BODY, 0) == "ok", expected);
        };
        check(&[SECRET, OTHER], &[SECRET], true);
        check(&[SECRET, OTHER], &[OTHER], true);
        check(&[SECRET, PAIR], &[PAIR], true);
        check(&[SECRET], &[OTHER, SECRET], true);
        check(&[PAIR], &[SECRET], false);
        check(&[SECRET], &[], false);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let (sent, good) = (SENT.to_string(), signed(&[SECRET, PAIR]));
        let trusted = verifier(&[SECRET, PAIR]);
        let parts = ("run-1-verdict", sent.as_str(), good.as_str());
        for place in 0..BODY.len() {
            for bit in 0..8 {
                let mut body = BODY.to_vec();
                body[place] ^= 1 << bit;
                assert_ne!(verify(&trusted, parts, &body, 0), "ok", "bit {bit} of byte {place}");
            }
        }
    }

    /// One bit flipped, or the end cut off, at a place that follows from `number`.
    fn damaged(text: &[u8], number: u64) -> Vec<u8> {
        let place = usize::try_from(number >> 40).unwrap() % text.len();
        let mut text = text.to_vec();
        if number % 8 == 7 {
            text.truncate(place);
        } else {
            // ASCII stays ASCII, so that it still is a text.
            text[place] ^= 1 << (number % 7);
        }
        text
    }

    #[test]
    fn a_hundred_thousand_forged_messages_are_refused() {
        let (sent, good) = (SENT.to_string(), signed(&[SECRET]));
        let trusted = verifier(&[SECRET]);
        let parts = ["run-1-verdict".as_bytes(), sent.as_bytes(), good.as_bytes(), BODY];
        let now = Timestamp::from_second(SENT).unwrap();
        let mut number = 1_u64;
        for _ in 0..100_000 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let which = usize::try_from((number >> 33) % 4).unwrap();
            let mut forged = parts.map(<[u8]>::to_vec);
            forged[which] = damaged(parts[which], number >> 8);
            let [id, timestamp, signature, body] = &forged;
            let [id, timestamp, signature] =
                [id, timestamp, signature].map(|part| std::str::from_utf8(part).unwrap());
            let headers = Headers { id, timestamp, signature };
            let verified = trusted.verify(headers, body, now);
            assert!(verified.is_err(), "{headers:?} {}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_message_counts_once() {
        let mut seen = Seen::default();
        let at = |seconds: i64| Timestamp::from_second(SENT + seconds).unwrap();
        assert_eq!(seen.note("a", TOLERANCE, at(0)), Ok(()));
        assert_eq!(seen.note("b", TOLERANCE, at(1)), Ok(()));
        assert_eq!(seen.note("a", TOLERANCE, at(600)), Err(Refusal::Replayed));
        assert_eq!(seen.note("a", TOLERANCE, at(601)), Ok(()));
        for number in 0..SEEN_MAX - 2 {
            assert_eq!(seen.note(&number.to_string(), TOLERANCE, at(601)), Ok(()));
        }
        // `b` is forgotten to make room, and then there is none.
        assert_eq!(seen.note("c", TOLERANCE, at(602)), Ok(()));
        assert_eq!(seen.note("d", TOLERANCE, at(602)), Err(Refusal::TooMany));
    }
}
