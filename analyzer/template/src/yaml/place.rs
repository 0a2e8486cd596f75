//! Where a part of a scalar's text stands in the file.

use std::ops::Range;

use miette::SourceSpan;

use super::{Node, Style};

/// The bytes of `part` of a scalar, if its text can be found line by line in `source`.
pub(super) fn part(node: &Node, part: Range<usize>, source: &str) -> Option<SourceSpan> {
    let scalar = node.as_scalar()?;
    let text = scalar.text.as_str();
    text.get(part.clone())?;
    let start = node.span.offset();
    let written = source.get(start..start + node.span.len())?;
    let found = match scalar.style {
        Style::Plain | Style::Quoted => {
            let quotes = usize::from(written.starts_with(['"', '\'']));
            written.get(quotes..)?.starts_with(text).then_some(quotes + part.start)?
        }
        Style::Block => in_block(text, part.start, written)?,
    };
    Some((start + found, part.len()).into())
}

/// The offset in `written`, a block scalar from its first letter on, of byte `offset` of its text.
fn in_block(text: &str, offset: usize, written: &str) -> Option<usize> {
    let before = text.get(..offset)?;
    let line_number = before.matches('\n').count();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(line_start..)?.lines().next().unwrap_or_default();
    let written_start = nth_line_start(written, line_number)?;
    let written_line = written.get(written_start..)?.lines().next().unwrap_or_default();
    let indent = written_line.len().checked_sub(line.len())?;
    // A folded line is longer than the one in the file, and so lands in `None` here or above.
    let same = written_line.is_char_boundary(indent) && written_line.ends_with(line);
    same.then_some(written_start + indent + (offset - line_start))
}

fn nth_line_start(text: &str, n: usize) -> Option<usize> {
    if n == 0 {
        return Some(0);
    }
    text.match_indices('\n').nth(n - 1).map(|(newline, _)| newline + 1)
}
