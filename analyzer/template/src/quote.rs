//! Texts in Go's quotes, and why Argo Rollouts cannot take some of them.
//!
//! Argo fills arguments into the JSON of a metric after quoting them as Go source. Go and JSON agree on
//! most escapes, and where they do not the run ends in an error; [`foreign_escape`] finds those.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// `text` as Go's `%q` prints it, quotes included.
pub fn go_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if printable(character) => quoted.push(character),
            _ => {
                let code = u32::from(character);
                quoted.push_str(&match code {
                    0..0x80 => format!("\\x{code:02x}"),
                    0x80..0x1_0000 => format!("\\u{code:04x}"),
                    0x1_0000.. => format!("\\U{code:08x}"),
                });
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The first character of `text` whose Go escape is no JSON escape, and the letter of that escape.
///
/// Argo's error for it is `invalid character 'x' in string escape code`.
pub fn foreign_escape(text: &str) -> Option<(char, char)> {
    text.chars().find_map(|character| {
        let letter = match character {
            '\x07' => 'a',
            '\x0b' => 'v',
            '\x08' | '\t' | '\n' | '\x0c' | '\r' => return None,
            '\0'..' ' | '\x7f' => 'x',
            '\u{10000}'.. if !printable(character) => 'U',
            _ => return None,
        };
        Some((character, letter))
    })
}

/// Whether Go prints `character` as it is: letters, marks, numbers, punctuation, symbols and the
/// ASCII space.
fn printable(character: char) -> bool {
    match character.general_category_group() {
        GeneralCategoryGroup::Letter
        | GeneralCategoryGroup::Mark
        | GeneralCategoryGroup::Number
        | GeneralCategoryGroup::Punctuation
        | GeneralCategoryGroup::Symbol => true,
        GeneralCategoryGroup::Separator => character == ' ',
        GeneralCategoryGroup::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{foreign_escape, go_quoted};

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        // Made with Go's fmt.Sprintf("%q", text).
        let rows = [
            ("p-{{args.x", r#""p-{{args.x""#),
            ("a \"b\" \\ c", r#""a \"b\" \\ c""#),
            ("\x01\x07\x08\t\n\x0b\x0c\r\x7f", r#""\x01\a\b\t\n\v\f\r\x7f""#),
            ("é 日 😀", "\"é 日 😀\""),
            ("\u{a0}\u{ad}\u{200b}\u{feff}", r#""\u00a0\u00ad\u200b\ufeff""#),
            ("\u{e0001}\u{10ffff}", r#""\U000e0001\U0010ffff""#),
        ];
        for (text, quoted) in rows {
            assert_eq!(go_quoted(text), quoted);
        }
    }

    #[test]
    fn escapes_that_json_does_not_know() {
        let rows = [
            ("foo \"bar\"\n\t\\é😀\u{a0}\x08\x0c\r", None),
            ("a\x01", Some('x')),
            ("a\x07", Some('a')),
            ("a\x0b", Some('v')),
            ("a\x7f", Some('x')),
            ("a\u{e0001}", Some('U')),
            ("a\0", Some('x')),
        ];
        for (text, letter) in rows {
            assert_eq!(foreign_escape(text).map(|(_, letter)| letter), letter, "{text:?}");
        }
    }
}
