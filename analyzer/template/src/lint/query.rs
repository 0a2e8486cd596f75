//! What is suspicious in a query.

use std::sync::LazyLock;

use regex::Regex;

use crate::bind::reader::Reader;
use crate::plan::{PrometheusQuery, UnreadQuery};
use crate::problem::Lint;
use crate::secret::Resolved;
use crate::yaml::Node;

/// `or vector(0)` and its relatives, which answer where there is nothing to answer.
static FILLER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i)\bor\s+(?:(?:on|ignoring)\s*\([^)]*\)\s*)?vector\s*\(\s*[-+0-9.eE]+\s*\)";
    Regex::new(pattern).ok()
});

/// T12: a query that answers a number where nothing was measured.
pub(crate) fn missing_becomes_number(reader: &mut Reader<'_>, query: &Resolved, written: &Node) {
    let text = query.shown();
    // Making the pattern costs more than all the rest of binding a small template.
    if !text.to_ascii_lowercase().contains("vector") {
        return;
    }
    let filler = FILLER.as_ref().and_then(|filler| filler.find(text));
    let Some(filler) = filler else { return };
    let place = written.as_text().and_then(|text| text.find(filler.as_str()));
    let at = match place {
        Some(start) => written.part(start..start + filler.len(), reader.source),
        None => written.span,
    };
    let (metric, text) = (reader.metric.clone(), filler.as_str().to_owned());
    reader.lint(Lint::MissingBecomesNumber { metric, text, at });
}

/// A text that is no PromQL, which a Prometheus would only tell at each measurement.
pub(crate) fn unread(reader: &mut Reader<'_>, query: &PrometheusQuery) {
    let Err(UnreadQuery { message, is_unsupported: false, at, .. }) = &query.promql else {
        return;
    };
    let (metric, reason) = (reader.metric.clone(), message.clone());
    reader.lint(Lint::BadQuery { metric, reason, at: *at });
}

#[cfg(test)]
mod tests {
    use super::FILLER;

    #[test]
    fn fillers_are_seen() {
        let filler = FILLER.as_ref().unwrap();
        for (query, found) in [
            ("sum(x) or vector(0)", true),
            ("sum(x) or on() vector(0)", true),
            ("sum(x) OR ON ( ) vector ( 1.0 )", true),
            ("sum(x)\n  or\n  vector(-1)", true),
            ("sum(x) or ignoring(a) vector(0)", true),
            ("sum(x) or vector(time())", false),
            ("sum(x) > vector(0)", false),
            ("for_vector(0)", false),
        ] {
            assert_eq!(filler.is_match(query), found, "{query}");
        }
    }
}
