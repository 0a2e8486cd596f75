//! From bytes to a text that can be parsed.

use super::limits::TEMPLATE_BYTES_MAX;
use crate::problem::YamlProblem;

/// The UTF-8 byte order mark, which some editors put first.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Decodes the bytes of a template file; a UTF-8 byte order mark is dropped.
///
/// # Errors
///
/// [`YamlProblem::TooLarge`], [`YamlProblem::Utf16`] or [`YamlProblem::NotUtf8`] with the offset
/// of the first byte that is wrong.
pub fn read_text(bytes: &[u8]) -> Result<String, YamlProblem> {
    if bytes.len() > TEMPLATE_BYTES_MAX {
        return Err(too_large(bytes.len()));
    }
    if looks_like_utf16(bytes) {
        return Err(YamlProblem::Utf16);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).to_owned()),
        Err(error) => {
            let offset = error.valid_up_to();
            let before = bytes.get(..offset).unwrap_or_default();
            Err(YamlProblem::NotUtf8 {
                offset,
                line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
                byte: bytes.get(offset).copied().unwrap_or_default(),
            })
        }
    }
}

/// What is checked before parsing, whatever way the text came in.
pub(super) fn check(text: &str) -> Result<(), YamlProblem> {
    if text.len() > TEMPLATE_BYTES_MAX {
        return Err(too_large(text.len()));
    }
    match text.find('\0') {
        Some(offset) => Err(YamlProblem::NulByte { offset, at: (offset, 1).into() }),
        None => Ok(()),
    }
}

fn too_large(bytes: usize) -> YamlProblem {
    YamlProblem::TooLarge { bytes, bytes_max: TEMPLATE_BYTES_MAX }
}

/// A byte order mark of UTF-16, or a NUL among the first two bytes, which UTF-16 gives every
/// ASCII letter and a UTF-8 template never has.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => (*first == 0) != (*second == 0),
        _ => false,
    }
}
