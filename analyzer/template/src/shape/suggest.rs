//! What somebody probably meant.

/// Longest word worth a comparison, in characters; the cost grows with the square.
const WORD_CHARACTERS_MAX: usize = 64;

/// The candidate that `word` is most likely a misspelling of, if any is close enough: one change for
/// every three letters, and at least one. Letter case is no difference.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().nth(WORD_CHARACTERS_MAX).is_some() {
        return None;
    }
    let distance_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, _)| distance <= distance_max)
        // The first of several equally close, so that the answer is always the same.
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, drop, replace, or swap with their neighbour to make `b` of `a`.
///
/// # Source
///
/// Damerau (1964), Commun. ACM 7:171, restricted to swaps of untouched neighbours.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (a, b) = (letters(a), letters(b));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if 0 < i && 0 < j && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_recognised() {
        let fields = ["count", "interval", "successCondition", "failureCondition", "failureLimit"];
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(suggest(word, fields), expected, "{word}");
        };
        check("succesCondition", Some("successCondition"));
        check("SuccessCondition", Some("successCondition"));
        check("sucessCondtion", Some("successCondition"));
        check("failureLimt", Some("failureLimit"));
        check("cuont", Some("count"));
        check("intervall", Some("interval"));
        check("timeout", None);
        check("", None);
        check(&"count".repeat(100_000), None);
    }
}
