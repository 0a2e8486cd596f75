//! From documents to a [`Plan`]: templates put together, arguments filled in, everything checked.
//!
//! Both doors return every problem at once, each with its place: [`bind`] with arguments and either a
//! plan or what is in its way, [`check`] without arguments and whatever can be said then.
//!
//! **Invariant:** a plan that comes out has been checked against every rule that Argo Rollouts checks
//! before a run, and against ours.

mod address;
pub(crate) mod assemble;
pub(crate) mod compare;
mod connection;
pub(crate) mod findings;
mod foreign;
mod health;
mod json_text;
pub(crate) mod judge;
mod metric;
mod policy;
mod prometheus;
mod provider;
pub(crate) mod reader;
mod rules;
mod schedule;
mod scrape;
mod web;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use assay_promql::Dialect;

use crate::args::{Declared, GivenArgs};
use crate::bind::assemble::{assemble, mode};
use crate::bind::findings::Findings;
use crate::document::{Document, Documents, Kind};
use crate::plan::{Mode, Plan};
use crate::problem::{Found, NestingProblem};
use crate::rollout;
use crate::suite::Suite;
use crate::template::Template;
use crate::template::library::{Library, Within};
use crate::yaml::{Source, SourceId};

pub use assemble::METRICS_MAX;
pub use compare::{HISTORY, HISTORY_MAX, LOOK_DURATION, LOOK_INTERVAL, LOOKS_MAX, WARMUP};
pub use health::{PROBE_TIMEOUT, PROBES_MAX, TARGETS_MAX};
pub use metric::NAME_BYTES_MAX;
pub use prometheus::{QUERY_TIMEOUT, TIMEOUT_MAX};
pub use provider::HEALTHY;
pub use rules::{RETENTION, RETENTION_MAX};
pub use schedule::{INTERVAL_MIN, NUMBER_MAX};
pub use scrape::{SCRAPE_EVERY, SCRAPE_TIMEOUT};
pub use web::WEB_TIMEOUT;

/// How templates are bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The mode, whatever the templates say; without it Argo's if every root says `compat: argo`.
    pub mode: Option<Mode>,
    /// By the rules of which Prometheus assay evaluates queries itself.
    pub dialect: Dialect,
}

/// Puts the templates called `roots` together, fills in the arguments and checks everything.
///
/// Without `roots`, those templates are taken that no other one refers to. What is only suspicious is
/// in [`Plan::warnings`].
///
/// # Errors
///
/// Everything that is wrong with the texts, the templates and the arguments, warnings among it.
pub fn bind(
    sources: &[Source],
    documents: &Documents,
    roots: &[String],
    given: &GivenArgs,
    options: Options,
) -> Result<Plan, Vec<Found>> {
    let templates: Vec<Template<'_>> =
        documents.documents.iter().filter_map(Template::read).collect();
    let library = Library::new(&templates);
    let nowhere = |problem: NestingProblem| Found { source: SourceId(0), problem: problem.into() };
    let mut found = documents.problems.clone();
    let roots = if roots.is_empty() { Ok(library.roots()) } else { library.named(roots) };
    let roots = match roots {
        Ok(roots) if roots.is_empty() => {
            // A text that could not be read may well have had one.
            if found.is_empty() {
                found.push(nowhere(NestingProblem::NoTemplate));
            }
            return Err(found);
        }
        Ok(roots) => roots,
        Err(problems) => {
            found.extend(problems.into_iter().map(nowhere));
            return Err(found);
        }
    };
    let mut findings = Findings::new(options.mode.unwrap_or_else(|| mode(&library, &roots)));
    library.refuse_duplicates(Within::AllTexts, &mut findings);
    let plan =
        assemble(sources, &library, &roots, Some(given), options.dialect, None, &mut findings);
    let broken = found.iter().any(|found| !found.problem.is_warning());
    match plan {
        Some(plan) if !broken => Ok(plan),
        Some(_) | None => {
            found.extend(findings.into_found());
            Err(found)
        }
    }
}

/// Checks every template and Rollout, as far as that can be done without arguments, and returns what is wrong and
/// what is suspicious, [`Documents::problems`] first.
///
/// Arguments with a default are filled in, those without one are left open.
pub fn check(sources: &[Source], documents: &Documents, options: Options) -> Vec<Found> {
    let templates: Vec<Template<'_>> =
        documents.documents.iter().filter_map(Template::read).collect();
    let library = Library::new(&templates);
    let mut found = documents.problems.clone();
    let mut duplicates = Findings::new(Mode::Strict);
    library.refuse_duplicates(Within::EachText, &mut duplicates);
    found.extend(duplicates.into_found());
    let is_test = |document: &&Document| document.kind == Kind::TemplateTest && document.sound;
    let tests = documents.documents.iter().filter(is_test);
    found.extend(tests.filter_map(|test| Suite::read(test).err()).flatten());
    let mut reached = BTreeSet::new();
    let mut said: BTreeSet<(SourceId, String, usize)> = BTreeSet::new();
    // Templates that only refer to each other have no root among them, but are checked too.
    for root in library.roots().into_iter().chain(0..templates.len()) {
        if reached.contains(&root) {
            continue;
        }
        let mode = options.mode.unwrap_or_else(|| mode(&library, &[root]));
        let mut findings = Findings::new(mode);
        assemble(sources, &library, &[root], None, options.dialect, None, &mut findings);
        reached.extend(library.reachable(root));
        // Two roots that share a template say the same things of it.
        found
            .extend(findings.into_found().into_iter().filter(|found| said.insert(identity(found))));
    }
    // A step with the weight that a template states says the same of it.
    let of_rollouts = rollout::check(sources, documents, options);
    found.extend(of_rollouts.into_iter().filter(|found| said.insert(identity(found))));
    found
}

/// The names of the arguments that the templates declare, sorted, so that a caller knows what to look for
/// outside. One that is taken from a secret comes with the secret's name and key.
pub fn declared_args(documents: &Documents) -> Vec<Declared> {
    let templates = documents.documents.iter().filter_map(Template::read);
    let mut nothing = Findings::new(Mode::Strict);
    let mut declared: Vec<Declared> =
        templates.flat_map(|template| template.args(&mut nothing)).collect();
    declared.sort_by(|a, b| a.name.cmp(&b.name));
    declared
}

/// What makes a problem the same when it is met again: its text and place, its kind, and its bytes.
fn identity(found: &Found) -> (SourceId, String, usize) {
    let labels = miette::Diagnostic::labels(&found.problem);
    let at = labels.and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
    (found.source, format!("{} {}", found.problem.code(), found.problem), at)
}
