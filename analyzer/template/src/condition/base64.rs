//! Base 64 with padding, as `toBase64` and `fromBase64` speak it.

use ::base64::alphabet::STANDARD;
use ::base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use ::base64::{DecodeError, Engine};

/// Bits that are left over at the end may be anything, as in Go.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// `bytes` as base 64.
pub(super) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes that `text` stands for; line ends in it are passed over.
///
/// # Errors
///
/// A message with the place of the first byte that cannot stand there.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let is_digit = |byte: &u8| !matches!(byte, b'\n' | b'\r');
    let digits: Vec<u8> = text.iter().copied().filter(is_digit).collect();
    ENGINE.decode(&digits).map_err(|problem| {
        let nth = match problem {
            DecodeError::InvalidByte(place, _)
            | DecodeError::InvalidLastSymbol { offset: place, .. } => place,
            // Padding that is missing is missed where the last group begins or is padded already.
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
                let padding = digits.iter().position(|byte| *byte == b'=');
                padding.unwrap_or(digits.len() - digits.len() % 4)
            }
        };
        let mut places = text.iter().enumerate().filter(|(_, byte)| is_digit(byte));
        let place = places.nth(nth).map_or(text.len(), |(place, _)| place);
        format!("illegal base64 data at input byte {place}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let check = |plain: &str, coded: &str| {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded.as_bytes()), Ok(plain.as_bytes().to_vec()));
        };
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foobar", "Zm9vYmFy");
        assert_eq!(decode(b"Zm9v\r\nYh=="), Ok(b"foob".to_vec()));
    }

    #[test]
    fn rubbish_is_refused_with_its_place() {
        let check = |coded: &str, place: usize| {
            let expected = format!("illegal base64 data at input byte {place}");
            assert_eq!(decode(coded.as_bytes()), Err(expected), "{coded}");
        };
        check("Z", 0);
        check("Zg=", 2);
        check("Zm9!", 3);
        check("Zm\n9!", 4);
        check("=", 0);
    }
}
