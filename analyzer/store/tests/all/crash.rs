//! A process that appends under load is killed again and again: what it was told is durable is there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use assay_run::verdict::Decision;
use assay_store::record::{RunView, Snapshot};
use assay_store::store::Store;

use crate::backends::{Folder, sqlite};
use crate::words::*;

/// Names the file to the child.
const FILE: &str = "ASSAY_STORE_CRASH_FILE";
/// How many times to kill, for longer trials; the suite has little time.
const KILLS: &str = "ASSAY_STORE_KILLS";
/// Events of a run before its verdict.
const EVENTS: u64 = 60;
/// Runs that a child works on at a time.
const TASKS: u64 = 8;

/// What was acknowledged: events by run, and whether the verdict was.
type Acknowledged = BTreeMap<u64, (u64, bool)>;

#[test]
fn what_was_acknowledged_survives_any_kill() {
    let kills = std::env::var(KILLS).ok().and_then(|text| text.parse().ok()).unwrap_or(25);
    let folder = Folder::new();
    let mut acknowledged = Acknowledged::new();
    let mut seed = 7u64;
    for _ in 0..kills {
        // Any spread of moments does, as long as it includes the start.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines = (seed >> 33) % 400;
        let now = kill_after(lines, &folder.file());
        check(&folder, &now);
        for (run, (events, concluded)) in now {
            let known = acknowledged.entry(run).or_default();
            *known = (known.0.max(events), known.1 || concluded);
        }
    }
    check(&folder, &acknowledged);
    let verdicts = acknowledged.values().filter(|(_, concluded)| *concluded).count();
    assert!(kills < 10 || 10 < verdicts, "{verdicts} verdicts were not much of a load");
}

/// What one process had acknowledged when it was killed.
fn kill_after(lines: u64, file: &Path) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    let itself = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(itself)
        .args(["--exact", "crash::child", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let mut seen = 0;
    for line in output.lines() {
        let line = line.expect("a line");
        // The last line may be cut off; what it would have said is not acknowledged to us.
        if let Some(said) = line.strip_prefix("ack ").and_then(|it| it.strip_suffix('.')) {
            let mut numbers = said.split(' ').map(|it| it.parse::<u64>().expect("a number"));
            let mut next = || numbers.next().expect("three numbers");
            let (run, events, concluded) = (next(), next(), next() == 1);
            let known = acknowledged.entry(run).or_default();
            *known = (known.0.max(events), known.1 || concluded);
            seen += 1;
        }
        if seen == lines {
            child.kill().expect("killed");
        }
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    acknowledged
}

fn check(folder: &Folder, acknowledged: &Acknowledged) {
    let store = sqlite(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (run, (events, concluded)) in acknowledged {
        let view = runtime.block_on(store.run(id(*run))).expect("an answer");
        let view = view.unwrap_or_else(|| panic!("run {run} is lost"));
        let found = runtime.block_on(store.events(id(*run), 0, 10_000)).expect("events");
        assert!(*events <= found.total, "run {run}: {} of {events} events", found.total);
        let expected: Vec<_> = (0..u32::try_from(found.total).unwrap()).map(measured).collect();
        assert!(found.events == expected, "run {run}: events are not those that were sent");
        let told = runtime.block_on(store.deliveries(id(*run))).expect("deliveries").len();
        check_end(*run, &view, found.total, told, *concluded);
    }
}

fn check_end(run: u64, view: &RunView, total: u64, told: usize, concluded: bool) {
    assert!(view.verdict.is_some() || !concluded, "run {run}: the verdict is lost");
    // Last events, verdict and deliveries are one commit.
    assert_eq!(view.verdict.is_some(), total == EVENTS, "run {run}: half a conclusion");
    assert_eq!(view.verdict.is_some(), told == 2, "run {run}: half a conclusion");
}

/// Not a test of its own: the process that is killed.
#[test]
fn child() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let store = assay_store::sqlite::open(Path::new(&file)).expect("the store opens after a kill");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        let page = store.list(assay_store::query::Filter::default(), None, 1).await;
        let page = page.expect("a page");
        let newest = page.runs.first().map_or(0, |run| number(&run.record.id) + 1);
        for task in 0..TASKS {
            tasks.spawn(work(Arc::clone(&store), newest + task));
        }
        tasks.join_all().await;
    });
}

fn number(run: &assay_store::record::RunId) -> u64 {
    (0..u64::MAX).find(|number| id(*number) == *run).expect("a run of ours")
}

/// Takes runs on to their verdicts, those of the process before first, for ever.
async fn work(store: Arc<dyn Store>, mut fresh: u64) {
    let replica = || lease("child", 0);
    loop {
        let claimed = store.claim(replica(), 1).await.expect("runs");
        let (run, token, next) = match claimed.first() {
            Some(claimed) => (number(&claimed.record.id), claimed.token, claimed.next),
            None => {
                fresh += TASKS;
                let created = store.create(new_run(fresh), Some(replica())).await;
                (fresh, created.expect("a run").token.expect("a token"), 0)
            }
        };
        println!("ack {run} {next} 0.");
        go_on(&*store, run, token, next).await;
    }
}

async fn go_on(store: &dyn Store, run: u64, token: assay_store::lease::Token, mut next: u64) {
    while next + 3 < EVENTS {
        let from = u32::try_from(next).expect("few events");
        let events: Vec<_> = (from..from + 3).map(measured).collect();
        append(store, batch(run, token, next, &events)).await.expect("appended");
        next += 3;
        println!("ack {run} {next} 0.");
        if next.is_multiple_of(10) {
            let snapshot = Snapshot { events: next, state: vec![7; 100] };
            store.snapshot(id(run), token, snapshot).await.expect("kept");
        }
    }
    let from = u32::try_from(next).expect("few events");
    let mut end = conclusion(run, token, next, Decision::Promote);
    end.batch.events = (from..u32::try_from(EVENTS).unwrap()).map(measured).collect();
    let key = |target| delivery(target, &format!("{run}"), 0);
    end.deliveries = vec![key("hook"), key("argo")];
    store.conclude(end).await.expect("a verdict");
    println!("ack {run} {EVENTS} 1.");
}
