//! Rows of cells as columns of plain text.

use std::fmt::Write;

/// Writes rows as columns, two spaces apart, without blanks at the end of a line.
pub(crate) fn columns<const N: usize>(out: &mut String, rows: &[[String; N]]) {
    let lists: Vec<&[String]> = rows.iter().map(|row| row.as_slice()).collect();
    columns_of(out, &lists);
}

/// The same for rows whose length only shows at run time; short rows leave their last columns out.
pub(crate) fn columns_of(out: &mut String, rows: &[&[String]]) {
    let mut widths: Vec<usize> = vec![0; rows.iter().map(|row| row.len()).max().unwrap_or(0)];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(*row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let mut text = String::from("  ");
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}
