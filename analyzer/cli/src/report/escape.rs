//! Texts from outside, made harmless for where they are shown.

/// `text` on one line of a terminal: control characters, and with them terminal escapes and
/// direction overrides, become visible.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push('⏎'),
            '\t' => out.push(' '),
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                out.extend(char.escape_unicode());
            }
            char if char.is_control() => out.extend(char.escape_unicode()),
            char => out.push(char),
        }
    }
    out
}

/// `text` in one cell of a Markdown table, or in running text: nothing in it is markup.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in line(text).chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(char);
            }
            // A word joiner keeps `@name` from calling somebody.
            '@' => out.push_str("@\u{2060}"),
            char => out.push(char),
        }
    }
    out
}

/// `text` as a code span in a cell of a Markdown table.
pub(crate) fn markdown_code(text: &str) -> String {
    let text = line(text);
    if text.is_empty() {
        return text;
    }
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

/// `text` in an XML attribute or element; characters XML 1.0 does not have become `�`.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            char if char.is_control() && char < '\u{80}' => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let nasty = "a\u{1b}[31m|<b>`x`\n@all\u{202e}&\"";
        assert_eq!(line(nasty), "a\\u{1b}[31m|<b>`x`⏎@all\\u{202e}&\"");
        assert_eq!(
            markdown(nasty),
            "a\\\\u{1b}\\[31m\\|&lt;b&gt;\\`x\\`⏎@\u{2060}all\\\\u{202e}&amp;\""
        );
        assert_eq!(xml(nasty), "a\u{fffd}[31m|&lt;b&gt;`x`&#10;@all\u{202e}&amp;&quot;");
        assert_eq!(markdown_code("a`b|c"), "``a`b\\|c``");
        assert_eq!(markdown_code("`"), "`` ` ``");
    }
}
