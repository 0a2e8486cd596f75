//! Templates that bind and templates that do not, one row a rule.

mod arguments;
mod compare;
mod compare_refused;
mod inputs;
mod nesting;
mod providers;
mod shipped;
mod shown;
mod traps;
mod validation;

use super::{Options, bind, check};
use crate::args::{GivenArgs, Origin};
use crate::document::{Documents, read_all};
use crate::plan::{MetricPlan, Mode, Plan};
use crate::problem::{Found, render};
use crate::yaml::Source;

/// A text with one template, or several with `---` between them.
pub(super) fn read(text: &str) -> (Vec<Source>, Documents) {
    let source = Source { name: String::from("t.yaml"), text: text.to_owned() };
    let sources = vec![source];
    let documents = read_all(&sources);
    (sources, documents)
}

/// Plain arguments, as from the command line.
pub(super) fn given(args: &[(&str, &str)]) -> GivenArgs {
    let mut given = GivenArgs::default();
    for (name, value) in args {
        given.set(*name, *value, Origin::CommandLine);
    }
    given
}

pub(super) fn bind_in(mode: Mode, text: &str, args: &GivenArgs) -> Result<Plan, Vec<Found>> {
    let (sources, documents) = read(text);
    bind(&sources, &documents, &[], args, Options { mode: Some(mode), ..Options::default() })
}

/// The plan of a template that binds in the given mode.
#[track_caller]
pub(super) fn plan_in(mode: Mode, text: &str, args: &[(&str, &str)]) -> Plan {
    match bind_in(mode, text, &given(args)) {
        Ok(plan) => plan,
        Err(found) => panic!("{}", messages(&found).join("\n")),
    }
}

/// The only metric of a template that binds in strict mode.
#[track_caller]
pub(super) fn only_metric(text: &str, args: &[(&str, &str)]) -> MetricPlan {
    let mut metrics = plan_in(Mode::Strict, text, args).metrics;
    assert_eq!(metrics.len(), 1);
    metrics.remove(0)
}

/// What is wrong in the words of Argo Rollouts, warnings left out.
pub(super) fn errors_in(mode: Mode, text: &str, args: &GivenArgs) -> Vec<String> {
    match bind_in(mode, text, args) {
        Ok(_) => Vec::new(),
        Err(found) => {
            let errors = found.iter().filter(|found| !found.problem.is_warning());
            errors.map(|found| found.problem.argo_message()).collect()
        }
    }
}

pub(super) fn messages(found: &[Found]) -> Vec<String> {
    found.iter().map(|found| found.problem.argo_message()).collect()
}

/// The codes of everything found without arguments.
pub(super) fn checked(text: &str) -> Vec<String> {
    let (sources, documents) = read(text);
    let found = check(&sources, &documents, Options::default());
    found.iter().map(|found| found.problem.code()).collect()
}

/// The page that a person sees when `text` does not bind.
pub(super) fn page(text: &str, args: &GivenArgs) -> String {
    let (sources, documents) = read(text);
    match bind(&sources, &documents, &[], args, Options::default()) {
        Ok(_) => String::from("it binds\n"),
        Err(found) => {
            let problems: Vec<_> = found.into_iter().map(|found| found.problem).collect();
            render(&sources[0], &problems)
        }
    }
}

/// The head of a template of either API and its metrics, indented as under `spec`.
pub(super) fn template(api: &str, spec: &str) -> String {
    format!("apiVersion: {api}\nkind: AnalysisTemplate\nmetadata:\n  name: t\nspec:\n{spec}")
}

/// A template of Argo Rollouts.
pub(super) fn argo(spec: &str) -> String {
    template("argoproj.io/v1alpha1", spec)
}

/// A template of ours.
pub(super) fn ours(spec: &str) -> String {
    template("assay.dev/v1alpha1", spec)
}

/// A template with one Prometheus metric and some more fields of it, each on a line.
pub(super) fn metric(fields: &str) -> String {
    let fields: String = fields.lines().map(|line| format!("    {line}\n")).collect();
    argo(&format!(
        "  metrics:\n  - name: success-rate\n{fields}{}",
        "    successCondition: result[0] >= 0.95\n    provider:\n      prometheus: {query: up}\n"
    ))
}
