//! Names that look like a misspelt one.

/// How many names are offered.
const OFFERED_MAX: usize = 3;

/// How many bytes of a name are compared.
const COMPARED_BYTES_MAX: usize = 128;

/// The names most like `wrong`, nearest first; none if none is like it.
pub(crate) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let tolerance = (wrong.len() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .filter(|name| name.len().abs_diff(wrong.len()) <= tolerance)
        .map(|name| (distance(wrong, name), name))
        .filter(|&(distance, _)| distance <= tolerance)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(OFFERED_MAX).map(|(_, name)| name).collect()
}

/// How many letters to change, add, leave out, or swap with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let cut = |text: &str| text.bytes().take(COMPARED_BYTES_MAX).collect::<Vec<u8>>();
    let (left, right) = (cut(left), cut(right));
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, &mine) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &theirs) in right.iter().enumerate() {
            let mut cost = above[column] + usize::from(mine != theirs);
            cost = cost.min(above[column + 1] + 1).min(current[column] + 1);
            let is_swap =
                0 < row && 0 < column && left[row - 1] == theirs && right[column - 1] == mine;
            if is_swap {
                cost = cost.min(before[column - 1] + 1);
            }
            current.push(cost);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wrong: &str, expected: &[&str]) {
        let names = ["http_requests_total", "http_request_seconds", "up", "rate"];
        assert_eq!(nearest(wrong, names.into_iter()), expected, "{wrong}");
    }

    #[test]
    fn near_names_are_offered_nearest_first() {
        check("http_request_total", &["http_requests_total", "http_request_seconds"]);
        check("http_reuqests_total", &["http_requests_total"]);
        check("pu", &["up"]);
        check("something_else", &[]);
    }
}
