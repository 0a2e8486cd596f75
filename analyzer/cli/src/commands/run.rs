//! `assay run`: one live run in the foreground, whose verdict is the exit code.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, bail};
use assay_provider::limits::{Limits, Partial};
use assay_provider::sigv4::settings::AwsSettings;
use assay_provider::sources::{SourceSettings, Sources};
use assay_run::state::RunState;
use assay_run::verdict::{Decision, Verdict};
use assay_runtime::clock::Clock;
use assay_runtime::live::{self, Stop};
use assay_template::plan::{Mode, Plan, Query};
use assay_template::secret::Resolved;
use tokio::sync::mpsc;

use crate::arguments::Run;
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::progress::Progress;
use crate::report::Report;
use crate::{print, problems, say};

/// The warning that `--for` answers.
const RUNS_UNTIL_TERMINATED: &str = "assay::template::runs_until_terminated";

/// Runs `options` to their verdict.
pub(crate) fn run(options: &Run) -> anyhow::Result<Exit> {
    let inputs = Inputs::read(&options.inputs)?;
    let mut plan = match inputs.plan(options.inputs.compat) {
        Ok(plan) => plan,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    if let Some(length) = options.length {
        plan.max_duration = Some(plan.max_duration.map_or(length, |longest| longest.min(length)));
        plan.warnings.retain(|warning| warning.code != RUNS_UNTIL_TERMINATED);
    }
    refuse_endless(&plan)?;
    if let Some(address) = &options.prometheus_override {
        ask_prometheus_at(address, &mut plan);
    }
    let variable = |name: &str| std::env::var(name).ok();
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
    let state = runtime.block_on(judge(options, Arc::clone(&plan), Arc::new(sources)));
    // A name lookup that hangs must not keep the verdict from the pipeline.
    runtime.shutdown_background();
    print(&Report::of(&plan, &state).write(options.output)?)?;
    match &state.verdict {
        Some(verdict) => act(options, &plan, verdict),
        None => Ok(Exit::StillRunning),
    }
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

async fn judge(options: &Run, plan: Arc<Plan>, sources: Arc<Sources>) -> RunState {
    let (stop, stops) = mpsc::channel(1);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let why = String::from("it was interrupted from the keyboard");
            drop(stop.send(Stop { why }).await);
        }
        // Keeps the channel open: a closed one is no wish to stop.
        std::future::pending::<()>().await;
    });
    let progress = Progress::new(!options.quiet);
    let shown = Arc::clone(&plan);
    live::drive(plan, sources, Clock::start(), options.timeout, stops, |state, event| {
        progress.observe(&shown, state, event);
    })
    .await
}

/// Runs the caller's command for this verdict, if there is one.
fn act(options: &Run, plan: &Plan, verdict: &Verdict) -> anyhow::Result<Exit> {
    let command = match verdict.decision {
        Decision::Promote => &options.on_promote,
        Decision::Abort => &options.on_abort,
        Decision::Hold => &options.on_hold,
    };
    if let Some(command) = command {
        // The caller's own shell text; what comes from templates and sources goes into variables,
        // never into the text.
        let status = Command::new("sh")
            .args(["-c", command])
            .env("ASSAY_VERDICT", verdict.decision.as_str())
            .env("ASSAY_SENTENCE", &verdict.sentence)
            .env("ASSAY_TEMPLATE", &plan.name)
            .stdout(std::io::stderr())
            .status()
            .with_context(|| format!("could not start `{command}`"))?;
        if !status.success() {
            bail!(
                "the verdict is {}, but `{command}` ended with {status}",
                verdict.decision.as_str()
            );
        }
        say(&format!("ran `{command}`"));
    }
    Ok(Exit::from(verdict.decision))
}
