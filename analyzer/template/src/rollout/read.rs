//! The strategy of a Rollout as steps.

use std::time::Duration;

use miette::SourceSpan;

use super::{Action, Role, Step, Strategy};
use crate::bind::findings::Findings;
use crate::document::Document;
use crate::duration;
use crate::problem::{RolloutProblem, shorten};
use crate::rollout::choose::name_place;
use crate::shape::{boolean, integer};
use crate::yaml::{Entry, Node, SourceId, Style};

/// A Rollout as written, its analyses not bound yet.
pub(super) struct Written<'a> {
    pub(super) strategy: Strategy,
    pub(super) steps: Vec<Step>,
    /// The step that the background analysis starts with.
    pub(super) starting_step: usize,
    /// In the order of the steps, the background one last.
    pub(super) analyses: Vec<WrittenAnalysis<'a>>,
    /// The steps that are experiments.
    pub(super) experiments: Vec<(usize, SourceSpan)>,
}

/// An analysis as written.
pub(super) struct WrittenAnalysis<'a> {
    pub(super) role: Role,
    pub(super) step: Option<usize>,
    pub(super) node: &'a Node,
    /// The bytes of its key.
    pub(super) at: SourceSpan,
}

impl WrittenAnalysis<'_> {
    /// It as a noun of a message.
    pub(super) fn noun(&self) -> String {
        match (self.role, self.step) {
            (Role::Step, Some(step)) => format!("the analysis of step {step}"),
            (role, _) => role.noun().to_owned(),
        }
    }

    /// The names of its templates, joined by `+`.
    pub(super) fn templates(&self) -> String {
        templates_of(self.node)
    }
}

fn templates_of(analysis: &Node) -> String {
    let items = analysis.get("templates").map(Node::items).unwrap_or_default();
    let names = items.iter().filter_map(|item| item.get("templateName")?.as_text());
    names.collect::<Vec<&str>>().join("+")
}

/// Reads the steps of `document` and reports what is wrong with them; none if there are none to walk.
pub(super) fn read<'a>(document: &'a Document, findings: &mut Findings) -> Option<Written<'a>> {
    let mut reader = Reader { source: document.source, findings };
    let strategy = document.node.get("spec")?.entry("strategy")?;
    let canary = present(&strategy.node, "canary");
    let blue_green = present(&strategy.node, "blueGreen");
    match (canary, blue_green) {
        (Some(first), Some(second)) => {
            let (first, at) = (first.key_span, second.key_span);
            reader.tell(RolloutProblem::TwoStrategies { first, at });
            None
        }
        (None, None) => {
            reader.tell(RolloutProblem::NoStrategy { at: strategy.key_span });
            None
        }
        (Some(canary), None) => Some(reader.canary(&canary.node, name_place(document))),
        (None, Some(blue_green)) => Some(reader.blue_green(&blue_green.node, name_place(document))),
    }
}

/// The entry of a key that has a value.
pub(super) fn present<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entry(key).filter(|entry| !entry.node.is_null())
}

struct Reader<'f> {
    source: SourceId,
    findings: &'f mut Findings,
}

impl Reader<'_> {
    fn tell(&mut self, problem: RolloutProblem) {
        self.findings.add(self.source, problem);
    }

    fn canary<'a>(&mut self, canary: &'a Node, name: SourceSpan) -> Written<'a> {
        let mut written = Written {
            strategy: Strategy::Canary,
            steps: Vec::new(),
            starting_step: 0,
            analyses: Vec::new(),
            experiments: Vec::new(),
        };
        let routing = canary.get("trafficRouting");
        let all = routing.and_then(|routing| self.number(routing, "maxTrafficWeight", None));
        let all = all.filter(|all| 0 < *all).unwrap_or(100);
        for (index, node) in
            canary.get("steps").map(Node::items).unwrap_or_default().iter().enumerate()
        {
            let step = self.step(index, node, all, &mut written);
            written.steps.push(step);
        }
        if let Some(entry) = present(canary, "analysis") {
            let Entry { node, key_span, .. } = entry;
            let starting_step = self.number(node, "startingStep", None).unwrap_or_default();
            written.starting_step = usize::try_from(starting_step).unwrap_or(usize::MAX);
            self.check_start(entry, &written);
            let (role, at) = (Role::Background, *key_span);
            written.analyses.push(WrittenAnalysis { role, step: None, node, at });
        }
        self.check_judged(&written, name);
        written
    }

    fn check_start(&mut self, analysis: &Entry, written: &Written<'_>) {
        let starting_step = written.starting_step;
        if written.steps.len() <= starting_step {
            let at = analysis.node.get("startingStep").map_or(analysis.key_span, |it| it.span);
            let steps = written.steps.len();
            self.tell(RolloutProblem::BackgroundNeverStarts { starting_step, steps, at });
        }
    }

    fn check_judged(&mut self, written: &Written<'_>, at: SourceSpan) {
        if written.analyses.is_empty() && written.experiments.is_empty() {
            self.tell(RolloutProblem::NothingJudges { at });
        }
    }

    fn step<'a>(
        &mut self,
        index: usize,
        node: &'a Node,
        all: i64,
        written: &mut Written<'a>,
    ) -> Step {
        let mut said = node.entries().iter().filter(|entry| !entry.node.is_null());
        let Some(entry) = said.next() else {
            self.tell(RolloutProblem::EmptyStep { index, at: node.span });
            return Step { what: String::new(), action: Action::Pass };
        };
        if let Some(second) = said.next() {
            let (first, at) = (entry.key.clone(), second.key_span);
            let second = second.key.clone();
            self.tell(RolloutProblem::StepWithSeveral { index, first, second, at });
        }
        let key = entry.key.as_str();
        let (what, action) = match key {
            "setWeight" => {
                let weight = self.number(node, "setWeight", Some(all)).unwrap_or_default();
                (format!("setWeight: {weight}"), Action::SetWeight(percent(weight, all)))
            }
            "pause" => self.pause(index, &entry.node),
            "analysis" => {
                let place = written.analyses.len();
                let (node, at) = (&entry.node, entry.key_span);
                let analysis = WrittenAnalysis { role: Role::Step, step: Some(index), node, at };
                let what = format!("analysis: {}", shorten(&analysis.templates()));
                written.analyses.push(analysis);
                (what, Action::Analyse(place))
            }
            "experiment" => {
                written.experiments.push((index, entry.key_span));
                (String::from("experiment"), Action::Pass)
            }
            _ => (passed(key, &entry.node), Action::Pass),
        };
        Step { what, action }
    }

    /// Argo Rollouts reads a number without a unit as seconds, and drops fractions of a second.
    fn pause(&mut self, index: usize, pause: &Node) -> (String, Action) {
        let written = present(pause, "duration").and_then(|entry| entry.node.as_scalar());
        let Some(written) = written else {
            return (String::from("pause"), Action::PauseForPerson);
        };
        let text = written.text.as_str();
        let seconds = match (integer(text), duration::parse_unsigned(text)) {
            (Some(seconds), _) => {
                u64::try_from(seconds).map_err(|_| String::from("it is below zero"))
            }
            (None, Ok(duration)) => Ok(duration.as_secs()),
            (None, Err(error)) => Err(shorten(&error.to_string())),
        };
        let at = pause.get("duration").map_or(pause.span, |node| node.span);
        match seconds {
            Ok(seconds) => {
                let unit = if integer(text).is_some() { "s" } else { "" };
                (
                    format!("pause: {}{unit}", shorten(text)),
                    Action::Pause(Duration::from_secs(seconds)),
                )
            }
            Err(reason) => {
                self.tell(RolloutProblem::BadPause { index, reason, at });
                (String::from("pause"), Action::PauseForPerson)
            }
        }
    }

    /// A blue-green rollout has no steps of its own; these are what the controller does.
    fn blue_green<'a>(&mut self, blue_green: &'a Node, name: SourceSpan) -> Written<'a> {
        let mut written = Written {
            strategy: Strategy::BlueGreen,
            steps: vec![step("preview: the new version stands beside the old one", Action::Pass)],
            starting_step: 0,
            analyses: Vec::new(),
            experiments: Vec::new(),
        };
        analyse(blue_green, "prePromotionAnalysis", Role::PrePromotion, &mut written);
        let automatic = blue_green.get("autoPromotionEnabled").and_then(Node::as_text);
        let seconds = self.number(blue_green, "autoPromotionSeconds", None).unwrap_or_default();
        match (automatic.and_then(boolean), u64::try_from(seconds)) {
            (Some(false), _) => {
                written
                    .steps
                    .push(step("pause: autoPromotionEnabled is false", Action::PauseForPerson));
            }
            (Some(true) | None, Ok(seconds)) if 0 < seconds => {
                let what = format!("pause: autoPromotionSeconds is {seconds}");
                written.steps.push(step(&what, Action::Pause(Duration::from_secs(seconds))));
            }
            (Some(true) | None, Ok(_) | Err(_)) => {}
        }
        written
            .steps
            .push(step("switch: all traffic to the new version", Action::SetWeight(100.0)));
        analyse(blue_green, "postPromotionAnalysis", Role::PostPromotion, &mut written);
        let delay = self.number(blue_green, "scaleDownDelaySeconds", None).unwrap_or(30);
        let what = format!("scaleDown: the old version goes {delay}s later");
        written.steps.push(step(&what, Action::Pass));
        self.check_judged(&written, name);
        written
    }

    /// A whole number from 0 to `max`; none if it is not there or not one, which is reported.
    fn number(&mut self, parent: &Node, field: &'static str, max: Option<i64>) -> Option<i64> {
        let node = parent.get(field).filter(|node| !node.is_null())?;
        let max = max.unwrap_or(i64::from(i32::MAX));
        let plain = node.as_scalar().filter(|scalar| scalar.style == Style::Plain);
        let number = plain.and_then(|scalar| integer(&scalar.text));
        let number = number.filter(|number| (0..=max).contains(number));
        if number.is_none() {
            self.tell(RolloutProblem::UnusableNumber { field, max, at: node.span });
        }
        number
    }
}

/// Adds an analysis of a blue-green rollout, if it has it.
fn analyse<'a>(node: &'a Node, key: &str, role: Role, written: &mut Written<'a>) {
    let Some(Entry { node, key_span, .. }) = present(node, key) else { return };
    let what = format!("{key}: {}", shorten(&templates_of(node)));
    let place = written.analyses.len();
    let (step_place, at) = (Some(written.steps.len()), *key_span);
    written.analyses.push(WrittenAnalysis { role, step: step_place, node, at });
    written.steps.push(step(&what, Action::Analyse(place)));
}

fn step(what: &str, action: Action) -> Step {
    Step { what: what.to_owned(), action }
}

/// A weight as a share of all the traffic, in percent.
fn percent(weight: i64, all: i64) -> f64 {
    let number = |value: i64| f64::from(i32::try_from(value).unwrap_or(i32::MAX));
    number(weight) * 100.0 / number(all)
}

/// A step that is only shown, with what it says on one line.
fn passed(key: &str, node: &Node) -> String {
    let fields = node.entries().iter();
    let shown =
        fields.filter_map(|entry| Some(format!("{}: {}", entry.key, entry.node.as_text()?)));
    let shown: Vec<String> = shown.collect();
    shorten(&format!("{key}: {{{}}}", shown.join(", ")))
}
