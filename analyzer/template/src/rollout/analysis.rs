//! The analyses of a Rollout, each bound to a plan.

use std::collections::{BTreeMap, BTreeSet};

use assay_stats::level::Share;
use miette::SourceSpan;

use super::choose::name_place;
use super::field::field;
use super::level;
use super::read::{Written, WrittenAnalysis, present, read};
use super::{Action, AnalysisPlan, Background, Role, RolloutPlan, StandIn, Step};
use crate::args::{Declared, GivenArgs, Origin, merge, undeclared_help};
use crate::bind::Options;
use crate::bind::assemble::assemble;
use crate::bind::findings::{Findings, Place};
use crate::document::{Document, Documents, Kind};
use crate::plan::{Mode, Plan};
use crate::problem::{ArgsProblem, Found, Lint, NestingProblem, Problem, RolloutProblem};
use crate::template::library::{Library, Within};
use crate::template::{Reference, Scope, Template};
use crate::yaml::{Node, Source, SourceId, Value};

/// What stands for the hash of the new version.
const CANARY_HASH: &str = "canary-hash";
/// What stands for the hash of the old version.
const STABLE_HASH: &str = "stable-hash";
/// A background analysis ends with its rollout, so this warning is none there.
const UNTIL_TERMINATED: &str = "assay::template::runs_until_terminated";

/// Reads `rollout`, one of `documents`, and binds the templates that it refers to.
///
/// An argument has the value that is `given`, or else the one of the Rollout, or else the template's
/// default. What only a cluster knows has a [`StandIn`].
///
/// # Errors
///
/// Everything that is wrong with the texts, the Rollout, the templates it refers to and the arguments,
/// warnings among it.
pub fn bind(
    sources: &[Source],
    documents: &Documents,
    rollout: &Document,
    given: &GivenArgs,
    options: Options,
) -> Result<RolloutPlan, Vec<Found>> {
    let templates: Vec<Template<'_>> =
        documents.documents.iter().filter_map(Template::read).collect();
    let mut findings = Findings::new(options.mode.unwrap_or(Mode::Strict));
    Library::new(&templates).refuse_duplicates(Within::AllTexts, &mut findings);
    let mut found = documents.problems.clone();
    let written = rollout.sound.then(|| read(rollout, &mut findings)).flatten();
    for (index, at) in written.iter().flat_map(|written| &written.experiments) {
        let problem = RolloutProblem::ExperimentNotWalked { index: *index, at: *at };
        findings.add(rollout.source, problem);
    }
    let warnings = findings.warnings();
    found.extend(findings.into_found());
    let Some(written) = written else { return Err(found) };
    let mut binder = Binder {
        sources,
        templates: &templates,
        rollout,
        given,
        options,
        found,
        stand_ins: Vec::new(),
    };
    let mut analyses: Vec<AnalysisPlan> = written
        .analyses
        .iter()
        .filter_map(|analysis| binder.analysis(analysis, weight(&written, analysis)))
        .collect();
    level::share(&mut analyses);
    binder.refuse_unknown(&written);
    if binder.found.iter().any(|found| !found.problem.is_warning()) {
        return Err(binder.found);
    }
    let place = analyses.iter().position(|analysis| analysis.role == Role::Background);
    let starting_step = written.starting_step;
    let background = place.map(|analysis| Background { analysis, starting_step });
    let Written { strategy, steps, .. } = written;
    let stand_ins = binder.stand_ins;
    let name = rollout.name.clone();
    Ok(RolloutPlan { name, strategy, steps, background, analyses, stand_ins, warnings })
}

struct Binder<'t, 'a> {
    sources: &'t [Source],
    templates: &'t [Template<'a>],
    rollout: &'t Document,
    given: &'t GivenArgs,
    options: Options,
    found: Vec<Found>,
    stand_ins: Vec<StandIn>,
}

impl Binder<'_, '_> {
    /// The plan of one analysis at a weight; none if there is a problem, which is added.
    fn analysis(
        &mut self,
        written: &WrittenAnalysis<'_>,
        weight: Option<Share>,
    ) -> Option<AnalysisPlan> {
        let nothing = Node { span: written.at, value: Value::Null };
        let together = Together::new(self.templates, self.rollout.source, written, &nothing);
        let mode = self.options.mode.unwrap_or_else(|| together.mode());
        let mut findings = Findings::new(mode);
        let plan = if together.root.references.is_empty() {
            let problem = without_templates(written);
            findings.add(self.rollout.source, problem);
            None
        } else {
            self.plan(&together, (written, weight), &mut findings)
        };
        let background = written.role == Role::Background;
        for found in findings.into_found() {
            let expected = background && found.problem.code() == UNTIL_TERMINATED;
            // Two analyses may refer to one template.
            if !expected && !self.found.contains(&found) {
                self.found.push(found);
            }
        }
        Some(AnalysisPlan { role: written.role, step: written.step, plan: plan? })
    }

    fn plan(
        &mut self,
        together: &Together<'_>,
        (written, weight): (&WrittenAnalysis<'_>, Option<Share>),
        findings: &mut Findings,
    ) -> Option<Plan> {
        let declared = together.declared();
        let names: BTreeSet<String> = declared.iter().map(|arg| arg.name.clone()).collect();
        let mut given = self.given.only(&names);
        let from_outside: BTreeSet<String> =
            given.origins().map(|(name, _)| name.to_owned()).collect();
        for arg in args_of(written.node) {
            // A template that is missing may declare it.
            let strict = findings.mode() == Mode::Strict && together.is_whole();
            if strict && !names.contains(arg.name) {
                let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
                findings.add(self.rollout.source, undeclared(&arg, &names));
            }
            if names.contains(arg.name) && !from_outside.contains(arg.name) {
                match self.value(&arg) {
                    Some(value) => given.set(arg.name, value, Origin::Rollout),
                    None => given.name_only(arg.name, Origin::Rollout),
                }
            }
        }
        let library = Library::new(&together.templates);
        let mut plan = assemble(
            self.sources,
            &library,
            &[together.place],
            Some(&given),
            self.options.dialect,
            weight,
            findings,
        )?;
        match written.role {
            Role::Background => plan.warnings.retain(|warning| warning.code != UNTIL_TERMINATED),
            Role::Step | Role::PrePromotion | Role::PostPromotion => {
                self.refuse_endless(&plan, written, findings);
            }
        }
        Some(plan)
    }

    /// The value that the Rollout gives an argument.
    fn value(&mut self, arg: &RolloutArg<'_>) -> Option<String> {
        let from = match &arg.from {
            From::Value(value) => return value.map(str::to_owned),
            From::Hash(which) => format!("podTemplateHashValue: {which}"),
            From::Field(path) => match field(&self.rollout.node, path) {
                Some(value) => return Some(value.to_owned()),
                None => format!("fieldRef: {path}"),
            },
        };
        let value = match &arg.from {
            From::Hash("Stable") => STABLE_HASH,
            From::Hash(_) => CANARY_HASH,
            From::Field(path) => path,
            From::Value(_) => return None,
        };
        let stand_in = StandIn { arg: arg.name.to_owned(), value: value.to_owned(), from };
        if !self.stand_ins.contains(&stand_in) {
            self.stand_ins.push(stand_in);
        }
        Some(value.to_owned())
    }

    /// A step that waits for an analysis without an end would wait for ever.
    fn refuse_endless(&self, plan: &Plan, written: &WrittenAnalysis<'_>, findings: &mut Findings) {
        if plan.max_duration.is_some() {
            return;
        }
        for metric in plan.metrics.iter().filter(|metric| metric.count.is_none()) {
            let (analysis, metric, at) = (written.noun(), metric.name.clone(), written.at);
            let problem = RolloutProblem::AnalysisWithoutEnd { analysis, metric, at };
            findings.add(self.rollout.source, problem);
        }
    }

    /// Reports arguments given from outside that no analysis declares. The environment is asked for
    /// every argument of every template, so what it gives too much is nobody's mistake.
    fn refuse_unknown(&mut self, written: &Written<'_>) {
        let mut names = BTreeSet::new();
        for analysis in &written.analyses {
            let nothing = Node { span: analysis.at, value: Value::Null };
            let together = Together::new(self.templates, self.rollout.source, analysis, &nothing);
            names.extend(together.declared().into_iter().map(|arg| arg.name));
            if !together.is_whole() {
                return;
            }
        }
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        for (arg, origin) in self.given.origins() {
            if names.contains(arg) || origin == Origin::Environment {
                continue;
            }
            let help = undeclared_help(arg, &names);
            let (arg, origin, at) = (arg.to_owned(), origin.to_string(), name_place(self.rollout));
            let problem = RolloutProblem::UnknownGiven { arg, origin, help, at };
            self.found.push(Found { source: self.rollout.source, problem: problem.into() });
        }
    }
}

/// The canary's share of the traffic while a step waits for an analysis; none for one beside the steps,
/// which sees several, and where it has none or all.
fn weight(written: &Written<'_>, analysis: &WrittenAnalysis<'_>) -> Option<Share> {
    let mut before = written.steps.get(..analysis.step?)?.iter().rev();
    let set = |step: &Step| match step.action {
        Action::SetWeight(percent) => Some(percent),
        Action::Pause(_) | Action::PauseForPerson | Action::Analyse(_) | Action::Pass => None,
    };
    let percent = before.find_map(set).filter(|it| 0.0 < *it && *it < 100.0)?;
    Share::try_from(percent / 100.0).ok()
}

/// The templates of one analysis, with one more that stands for the analysis itself.
struct Together<'a> {
    templates: Vec<Template<'a>>,
    root: Template<'a>,
    place: usize,
}

impl<'a> Together<'a> {
    fn new<'t: 'a>(
        templates: &[Template<'t>],
        source: SourceId,
        written: &WrittenAnalysis<'_>,
        nothing: &'a Node,
    ) -> Self {
        let place = Place { source, span: written.at };
        let root = Template::of_analysis(written.templates(), place, written.node, nothing);
        let mut all: Vec<Template<'a>> = templates.to_vec();
        all.push(root.clone());
        Self { place: templates.len(), templates: all, root }
    }

    /// Argo's mode only if every template that the Rollout names asks for it.
    fn mode(&self) -> Mode {
        let argo = |reference: &Reference| {
            let template = self.target(reference);
            let compat = template.and_then(|template| template.field("compat"));
            compat.and_then(Node::as_text) == Some("argo")
        };
        let references = &self.root.references;
        if !references.is_empty() && references.iter().all(argo) {
            Mode::Argo
        } else {
            Mode::Strict
        }
    }

    fn target(&self, reference: &Reference) -> Option<&Template<'a>> {
        let scope = if reference.cluster { Scope::Cluster } else { Scope::Namespace };
        let named = |it: &&Template<'_>| it.scope == scope && it.name == reference.name;
        self.templates.iter().find(named)
    }

    /// Everything that is wrong with how the templates refer to each other.
    fn problems(&self) -> Vec<Found> {
        let mut problems = Findings::new(Mode::Strict);
        Library::new(&self.templates).flatten(&[self.place], &mut problems);
        problems.into_found()
    }

    /// Whether every template that is referred to is there.
    fn is_whole(&self) -> bool {
        self.problems().is_empty()
    }

    /// Every argument of every template, each once.
    fn declared(&self) -> Vec<Declared> {
        let mut nothing = Findings::new(Mode::Strict);
        let library = Library::new(&self.templates);
        let templates = library.flatten(&[self.place], &mut nothing);
        let declared: Vec<Declared> =
            templates.iter().flat_map(|template| template.args(&mut nothing)).collect();
        merge(&declared, &mut nothing)
    }
}

/// One argument that a Rollout gives.
struct RolloutArg<'n> {
    name: &'n str,
    from: From<'n>,
    at: SourceSpan,
}

/// Where the Rollout has its value from.
enum From<'n> {
    Value(Option<&'n str>),
    Hash(&'n str),
    Field(&'n str),
}

fn args_of(analysis: &Node) -> impl Iterator<Item = RolloutArg<'_>> {
    analysis.get("args").map(Node::items).unwrap_or_default().iter().filter_map(|item| {
        let name = item.get("name")?;
        let from = present(item, "valueFrom").map(|entry| &entry.node);
        let text = |key: &str| from?.get(key).and_then(Node::as_text);
        let path = from.and_then(|from| from.get("fieldRef")?.get("fieldPath")?.as_text());
        let from = match (text("podTemplateHashValue"), path) {
            (Some(which), _) => From::Hash(which),
            (None, Some(path)) => From::Field(path),
            (None, None) => From::Value(item.get("value").and_then(Node::as_text)),
        };
        Some(RolloutArg { name: name.as_text()?, from, at: name.span })
    })
}

fn undeclared(arg: &RolloutArg<'_>, names: &BTreeSet<&str>) -> RolloutProblem {
    let (name, help) = (arg.name.to_owned(), undeclared_help(arg.name, names));
    RolloutProblem::UnknownArgument { arg: name, help, at: arg.at }
}

fn without_templates(written: &WrittenAnalysis<'_>) -> RolloutProblem {
    RolloutProblem::AnalysisWithoutTemplates { analysis: written.noun(), at: written.at }
}

/// Checks every Rollout among `documents`, as far as that can be done without arguments. A template
/// that is not there may be in the cluster, so that is only a warning.
pub fn check(sources: &[Source], documents: &Documents, options: Options) -> Vec<Found> {
    let templates: Vec<Template<'_>> =
        documents.documents.iter().filter_map(Template::read).collect();
    let mut found = Vec::new();
    let rollouts = documents.documents.iter();
    for rollout in rollouts.filter(|document| document.kind == Kind::Rollout && document.sound) {
        let mut findings = Findings::new(options.mode.unwrap_or(Mode::Strict));
        let written = read(rollout, &mut findings);
        for analysis in written.iter().flat_map(|written| &written.analyses) {
            check_analysis(&templates, rollout, analysis, options, &mut findings);
        }
        for (analysis, weight) in written.iter().flat_map(|written| {
            let of = |analysis| Some((analysis, weight(written, analysis)?));
            written.analyses.iter().filter_map(of)
        }) {
            let at = (rollout.source, sources);
            check_power(&templates, at, (analysis, weight), options, &mut findings);
        }
        found.extend(findings.into_found());
    }
    found
}

fn check_analysis(
    templates: &[Template<'_>],
    rollout: &Document,
    written: &WrittenAnalysis<'_>,
    options: Options,
    findings: &mut Findings,
) {
    let source = rollout.source;
    let nothing = Node { span: written.at, value: Value::Null };
    let together = Together::new(templates, source, written, &nothing);
    if together.root.references.is_empty() {
        return findings.add(source, without_templates(written));
    }
    let problems = together.problems();
    for reference in &together.root.references {
        if together.target(reference).is_none() {
            findings.add(source, elsewhere(reference, &problems));
        }
    }
    if !problems.is_empty() || options.mode.unwrap_or_else(|| together.mode()) == Mode::Argo {
        return;
    }
    let declared = together.declared();
    let names: BTreeSet<&str> = declared.iter().map(|arg| arg.name.as_str()).collect();
    let mut given: BTreeMap<&str, RolloutArg<'_>> = BTreeMap::new();
    for arg in args_of(written.node) {
        if !names.contains(arg.name) {
            findings.add(source, undeclared(&arg, &names));
        }
        given.insert(arg.name, arg);
    }
    let open = |arg: &&Declared| arg.default.is_none() && arg.from.is_none();
    for arg in declared.iter().filter(open).filter(|arg| !given.contains_key(arg.name.as_str())) {
        let problem = ArgsProblem::NotSupplied { arg: arg.name.clone(), at: written.at };
        findings.add(source, problem);
    }
}

/// Reports what the criteria of an analysis cannot find at the weight of its step.
fn check_power(
    templates: &[Template<'_>],
    (source, sources): (SourceId, &[Source]),
    (written, weight): (&WrittenAnalysis<'_>, Share),
    options: Options,
    findings: &mut Findings,
) {
    let nothing = Node { span: written.at, value: Value::Null };
    let together = Together::new(templates, source, written, &nothing);
    if !together.is_whole() {
        return;
    }
    let mut given = GivenArgs::default();
    for arg in args_of(written.node) {
        match arg.from {
            From::Value(Some(value)) => given.set(arg.name, value, Origin::Rollout),
            From::Value(None) | From::Hash(_) | From::Field(_) => {
                given.name_only(arg.name, Origin::Rollout);
            }
        }
    }
    let library = Library::new(&together.templates);
    // Whatever else is to be said of the templates is said where they are checked.
    let mut all = Findings::new(options.mode.unwrap_or_else(|| together.mode()));
    let (roots, dialect) = ([together.place], options.dialect);
    assemble(sources, &library, &roots, Some(&given), dialect, Some(weight), &mut all);
    for found in all.into_found() {
        if let Problem::Lint(lint @ Lint::StepTooShort { .. }) = found.problem {
            findings.add(found.source, lint);
        }
    }
}

/// A template that is not there: misspelt, if one of a similar name is, or else elsewhere.
fn elsewhere(reference: &Reference, problems: &[Found]) -> Problem {
    let missing = problems.iter().map(|found| &found.problem).find(|problem| {
        matches!(problem, Problem::Nesting(NestingProblem::UnknownTemplate { at, help, .. })
            if *at == reference.at && help.contains("did you mean"))
    });
    let kind = if reference.cluster { Scope::Cluster } else { Scope::Namespace }.kind();
    let (name, at) = (reference.name.clone(), reference.at);
    match missing {
        Some(problem) => problem.clone(),
        None => RolloutProblem::TemplateElsewhere { kind, name, at }.into(),
    }
}
