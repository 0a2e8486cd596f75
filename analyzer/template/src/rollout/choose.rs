//! Which Rollout is meant.

use crate::args::listed;
use crate::document::{Document, Documents, Kind};
use crate::problem::{Found, RolloutProblem};
use crate::yaml::Node;

/// The Rollout to walk among `documents`: the one of `names`, or the only one; none if the templates
/// themselves are meant.
///
/// # Errors
///
/// When there are several and nothing says which.
pub fn chosen<'d>(
    documents: &'d Documents,
    names: &[String],
) -> Result<Option<&'d Document>, Box<Found>> {
    let rollouts = documents.documents.iter().filter(|document| document.kind == Kind::Rollout);
    let named = |document: &&Document| names.is_empty() || names.contains(&document.name);
    let rollouts: Vec<&Document> = rollouts.filter(named).collect();
    match rollouts.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        [_, second, ..] => {
            let names: Vec<&str> = rollouts.iter().map(|rollout| rollout.name.as_str()).collect();
            let problem =
                RolloutProblem::SeveralRollouts { names: listed(&names), at: name_place(second) };
            Err(Box::new(Found { source: second.source, problem: problem.into() }))
        }
    }
}

/// The bytes to point at when it is about all of a document: its name, if it has one.
pub(super) fn name_place(document: &Document) -> miette::SourceSpan {
    let name = document.node.get("metadata").and_then(|metadata| metadata.get("name"));
    let kind = || document.node.get("kind");
    name.or_else(kind).map_or(document.node.span, |node: &Node| node.span)
}
