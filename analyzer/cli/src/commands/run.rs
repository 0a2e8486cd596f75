//! `assay run`: one live run in the foreground, whose verdict is the exit code.

use std::sync::Arc;

use anyhow::{Context, bail};
use assay_provider::limits::{Limits, Partial};
use assay_provider::sigv4::settings::AwsSettings;
use assay_provider::sources::{self, SourceSettings, Sources};
use assay_run::state::RunState;
use assay_run::step::Event;
use assay_run::verdict::{Decision, Verdict};
use assay_runtime::clock::Clock;
use assay_runtime::live::{self, Stop};
use assay_template::bind::Options;
use assay_template::plan::{Mode, Plan, Query};
use assay_template::secret::Resolved;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::arguments::Run;
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::progress::Progress;
use crate::report::Report;
use crate::signals::Signals;
use crate::{print, problems, say};

/// The warning that `--for` answers.
const RUNS_UNTIL_TERMINATED: &str = "assay::template::runs_until_terminated";

/// Runs `options` to their verdict.
pub(crate) fn run(options: &Run) -> anyhow::Result<Exit> {
    let inputs = Inputs::read(&options.inputs)?;
    let bound_as = Options { mode: options.inputs.compat.map(Mode::from), ..Options::default() };
    let mut plan = match inputs.plan(bound_as) {
        Ok(plan) => plan,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    if let Some(length) = options.length {
        plan.max_duration = Some(plan.max_duration.map_or(length, |longest| longest.min(length)));
        plan.warnings.retain(|warning| warning.code != RUNS_UNTIL_TERMINATED);
    }
    refuse_endless(&plan)?;
    if let Some(address) = &options.prometheus_override {
        readable("--prometheus-override", address)?;
        ask_prometheus_at(address, &mut plan);
    }
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(address) = &options.prometheus {
        readable("--prometheus", address)?;
    }
    // The variable that Argo Rollouts' controller reads, so that its templates find their source.
    let argo_address = || variable("ARGO_ROLLOUTS_PROMETHEUS_ADDRESS");
    let partial = match plan.mode {
        Mode::Strict => Partial::Refuse,
        Mode::Argo => Partial::Warn,
    };
    let sources = Sources::new(SourceSettings {
        limits: Limits { partial, ..Limits::default() },
        prometheus_address: options.prometheus.clone().or_else(argo_address),
        aws: AwsSettings::read(variable),
        ..SourceSettings::default()
    })
    .context("the HTTP client could not be set up")?;
    let plan = Arc::new(plan);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(conclude(options, plan, Arc::new(sources)));
    // A name lookup that hangs must not keep the verdict from the pipeline.
    runtime.shutdown_background();
    exit
}

/// Judges, reports and acts.
async fn conclude(options: &Run, plan: Arc<Plan>, sources: Arc<Sources>) -> anyhow::Result<Exit> {
    let state = judge(options, Arc::clone(&plan), sources).await?;
    let report = Report::of(&plan, &state).write(options.output);
    let printed = report.and_then(|report| print(&report));
    // A full disk under the report must not keep a bad release from being rolled back.
    let exit = match &state.verdict {
        Some(verdict) => act(options, &plan, verdict).await?,
        None => Exit::StillRunning,
    };
    printed.map(|()| exit)
}

/// Refuses an address that no request could go to, before anything is measured.
fn readable(option: &'static str, address: &str) -> Result<(), InputError> {
    sources::readable(address)
        .map_err(|fault| InputError::Address { option, reason: fault.message })
}

/// A metric without `count` has no end of its own, and a gate must have one.
fn refuse_endless(plan: &Plan) -> Result<(), InputError> {
    let endless = plan.metrics.iter().filter(|metric| metric.count.is_none());
    let names: Vec<&str> = endless.map(|metric| metric.name.as_str()).collect();
    if plan.max_duration.is_none() && !names.is_empty() {
        return Err(InputError::Endless { metrics: names.join("`, `") });
    }
    Ok(())
}

/// Lets every Prometheus query ask `address`, whatever its template says.
fn ask_prometheus_at(address: &str, plan: &mut Plan) {
    for metric in &mut plan.metrics {
        if let Query::Prometheus(query) = &mut metric.query {
            query.address = Some(Resolved::plain(address));
        }
    }
}

async fn judge(options: &Run, plan: Arc<Plan>, sources: Arc<Sources>) -> anyhow::Result<RunState> {
    let (stop, stops) = mpsc::channel(1);
    let mut signals = Signals::new()?;
    let listening = tokio::spawn(async move {
        let why = String::from(signals.next().await);
        drop(stop.send(Stop { why }).await);
        // Keeps the channel open: a closed one is no wish to stop.
        std::future::pending::<()>().await;
    });
    let progress = Progress::new(!options.quiet);
    let shown = Arc::clone(&plan);
    let observe = |state: &RunState, event: &Event| progress.observe(&shown, state, event);
    let state = live::drive(plan, sources, Clock::start(), options.timeout, stops, observe).await;
    listening.abort();
    Ok(state)
}

/// Runs the caller's command for this verdict, if there is one, until it ends or we are to end.
async fn act(options: &Run, plan: &Plan, verdict: &Verdict) -> anyhow::Result<Exit> {
    let command = match verdict.decision {
        Decision::Promote => &options.on_promote,
        Decision::Abort => &options.on_abort,
        Decision::Hold => &options.on_hold,
    };
    let Some(command) = command else { return Ok(Exit::from(verdict.decision)) };
    // The caller's own shell text; what comes from templates and sources goes into variables,
    // never into the text.
    let mut child = Command::new("sh")
        .args(["-c", command])
        .env("ASSAY_VERDICT", verdict.decision.as_str())
        .env("ASSAY_SENTENCE", without_nul(&verdict.sentence))
        .env("ASSAY_TEMPLATE", without_nul(&plan.name))
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("could not start `{command}`"))?;
    // Only signals from now on: the one that ended the run is no wish to end the command.
    let mut signals = Signals::new()?;
    let status = tokio::select! {
        biased;
        status = child.wait() => status?,
        why = signals.next() => bail!(
            "the verdict is {}, but `{command}` was killed: {why}",
            verdict.decision.as_str()
        ),
    };
    if !status.success() {
        bail!("the verdict is {}, but `{command}` ended with {status}", verdict.decision.as_str());
    }
    say(&format!("ran `{command}`"));
    Ok(Exit::from(verdict.decision))
}

/// A variable cannot hold a NUL, and a source that answers one must not keep the command from running.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
