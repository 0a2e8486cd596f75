//! Base 64 with padding, as `toBase64` and `fromBase64` speak it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `bytes` as base 64.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                let digit = (group >> (18 - 6 * place)) & 63;
                out.push(char::from(ALPHABET[digit as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// The bytes that `text` stands for; line ends in it are passed over.
///
/// # Errors
///
/// A message with the place of the first byte that cannot stand there.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let bad = |place: usize| format!("illegal base64 data at input byte {place}");
    let digits: Vec<(usize, u8)> = text
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, byte)| *byte != b'\n' && *byte != b'\r')
        .collect();
    let mut out = Vec::with_capacity(digits.len() / 4 * 3);
    let groups = digits.len().div_ceil(4);
    for (nth, group) in digits.chunks(4).enumerate() {
        let Some(end) = group.iter().position(|(_, byte)| *byte == b'=') else {
            if group.len() < 4 {
                return Err(bad(text.len() - text.len() % 4));
            }
            push(&mut out, group, &bad)?;
            continue;
        };
        let padding_ok = 2 <= end
            && group.len() == 4
            && group[end..].iter().all(|(_, byte)| *byte == b'=')
            && nth + 1 == groups;
        if !padding_ok {
            return Err(bad(group[end].0));
        }
        push(&mut out, &group[..end], &bad)?;
    }
    Ok(out)
}

fn push(
    out: &mut Vec<u8>,
    group: &[(usize, u8)],
    bad: &impl Fn(usize) -> String,
) -> Result<(), String> {
    let mut bits = 0_u32;
    for (place, byte) in group {
        let digit = ALPHABET.iter().position(|known| known == byte).ok_or_else(|| bad(*place))?;
        bits = bits << 6 | u32::try_from(digit).unwrap_or(0);
    }
    bits <<= 6 * (4 - group.len());
    let bytes = bits.to_be_bytes();
    out.extend_from_slice(&bytes[1..group.len()]);
    Ok(())
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
        check("=", 0);
    }
}
