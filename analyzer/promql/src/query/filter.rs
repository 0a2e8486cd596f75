//! What a label's value is held against: mostly a pattern that needs no regular expression engine.
//!
//! To compile a regular expression takes longer than to read a whole template, and most patterns are
//! `5..`, `a|b` or `.*x.*`. Those are matched as they are written; all others are compiled.

use crate::Dialect;
use crate::query::pattern::Pattern;

/// A pattern that is only asked whether the whole of a text matches.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// Letters and dots, and what any number of dots match.
    Simple(Simple),
    /// Anything else.
    Compiled(Pattern),
}

impl Filter {
    /// Reads `text`; the error says what is wrong with it.
    pub(crate) fn new(text: &str, dialect: Dialect) -> Result<Self, String> {
        match Simple::read(text, dialect) {
            Some(simple) => Ok(Self::Simple(simple)),
            None => Pattern::new(text, dialect).map(Self::Compiled),
        }
    }

    /// True if the whole of `text` matches.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Simple(simple) => simple.is_match(text),
            Self::Compiled(pattern) => pattern.is_match(text),
        }
    }
}

/// Alternatives of letters, dots, `.*` and `.+`.
#[derive(Clone, Debug)]
pub(crate) struct Simple {
    alternatives: Vec<Vec<Atom>>,
    /// Whether a dot matches a line break.
    dot_is_all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Atom {
    Letter(char),
    /// `.`
    One,
    /// `.*`
    Many,
}

impl Simple {
    fn read(text: &str, dialect: Dialect) -> Option<Self> {
        let alternatives: Option<Vec<Vec<Atom>>> = text.split('|').map(atoms).collect();
        Some(Self { alternatives: alternatives?, dot_is_all: dialect == Dialect::Prometheus3 })
    }

    fn is_match(&self, text: &str) -> bool {
        self.alternatives.iter().any(|atoms| self.matches(atoms, text))
    }

    /// Tries each `.*` with as little as possible, and gives more only to the last one met: whatever an
    /// earlier one could take, the last one can take too. A line break that no dot matches is matched by
    /// the same letter in every attempt, so that holds with it as well.
    fn matches(&self, mut atoms: &[Atom], mut text: &str) -> bool {
        let dot = |letter: char| self.dot_is_all || letter != '\n';
        // What comes after the last `.*`, and the text that it has not taken.
        let mut last: Option<(&[Atom], &str)> = None;
        loop {
            let mut letters = text.chars();
            let goes_on = match (atoms.split_first(), letters.next()) {
                (Some((Atom::Many, rest)), _) => {
                    (atoms, last) = (rest, Some((rest, text)));
                    continue;
                }
                (Some((Atom::Letter(wanted), _)), Some(letter)) => *wanted == letter,
                (Some((Atom::One, _)), Some(letter)) => dot(letter),
                (None, None) => return true,
                (None, Some(_)) | (Some((Atom::Letter(_) | Atom::One, _)), None) => false,
            };
            if goes_on {
                (atoms, text) = (&atoms[1..], letters.as_str());
                continue;
            }
            let Some((after, untaken)) = last else { return false };
            let mut letters = untaken.chars();
            if !letters.next().is_some_and(dot) {
                return false;
            }
            (atoms, text) = (after, letters.as_str());
            last = Some((after, text));
        }
    }
}

/// The parts of one alternative; none if it is not simple.
fn atoms(text: &str) -> Option<Vec<Atom>> {
    let mut atoms = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => match letters.next_if(|next| matches!(next, '*' | '+')) {
                Some('*') => atoms.push(Atom::Many),
                Some(_) => atoms.extend([Atom::One, Atom::Many]),
                None => atoms.push(Atom::One),
            },
            '\\' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            other => atoms.push(Atom::Letter(other)),
        }
    }
    Some(atoms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn simple_patterns_match_what_the_engine_matches(
            pattern in r"(a|b|\n|\.|\.\*|\.\+|\||é){0,9}",
            text in r"[ab\né]{0,9}",
        ) {
            for dialect in [Dialect::Prometheus2, Dialect::Prometheus3] {
                let filter = Filter::new(&pattern, dialect).unwrap();
                prop_assert!(matches!(filter, Filter::Simple(_)));
                let compiled = Pattern::new(&pattern, dialect).unwrap();
                prop_assert_eq!(filter.is_match(&text), compiled.is_match(&text));
            }
        }
    }

    #[test]
    fn what_is_not_simple_is_compiled() {
        for pattern in ["a*", "5[0-9]+", r"\.", ".*?", ".{2}", "(a|b)", "^a", ".**", "a?"] {
            let filter = Filter::new(pattern, Dialect::Prometheus3);
            assert!(!matches!(filter, Ok(Filter::Simple(_))), "{pattern}");
        }
    }
}
