//! What the journal in a file costs, beside its limits: `cargo store-figures`.
//!
//! An argument picks the figures whose name has it in it. The folder is `ASSAY_BENCH_DIR`, or the
//! system's for temporary files: what is measured is above all its disk.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "what it prints is its result, and a figure that cannot be measured ends it"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_run::reading::{Answer, Reading};
use assay_run::step::{Event, Ticket};
use assay_store::lease::{Lease, Replica, Token};
use assay_store::query::Filter;
use assay_store::record::{Batch, NewRun, RolloutRef, RunId, Snapshot, SourceText};
use assay_store::store::Store;
use assay_template::plan::Mode;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Measures in a folder, and prints.
type Figure = fn(&Runtime, &Path);

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let runtime = runtime.expect("a runtime");
    let figures: [(&str, Figure); 4] =
        [("disk", disk), ("commits", commits), ("journal", journal), ("recovery", recovery)];
    println!("{:<64} {:>16} {:>12}", "figure", "measured", "limit");
    for (name, figure) in figures {
        if wanted.is_empty() || wanted.iter().any(|wanted| name.contains(wanted.as_str())) {
            let folder = folder(name);
            figure(&runtime, &folder);
            std::fs::remove_dir_all(&folder).expect("a folder to remove");
        }
    }
}

/// What the disk itself gives: one append of 64 bytes made durable after the other.
fn disk(_: &Runtime, folder: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(folder.join("plain")).expect("a file");
    let rounds = 2_000;
    let (took, ()) = timed(|| {
        for _ in 0..rounds {
            file.write_all(&[7; 64]).expect("written");
            file.sync_data().expect("durable");
        }
    });
    report("a bare file: appends of 64 bytes, each made durable", rate(rounds, took), "-");
}

/// Small commits: by one client, and by many at a time.
fn commits(runtime: &Runtime, folder: &Path) {
    for (clients, each, limit) in [(1, 3_000, "7000/s"), (64, 500, "-"), (1_024, 100, "-")] {
        let path = folder.join(format!("{clients}.db"));
        let store = assay_store::sqlite::open(&path).expect("a store");
        let tokens = create(runtime, &store, clients);
        let (took, mut latencies) = timed(|| {
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for (run, token) in (0..).zip(&tokens) {
                    tasks.spawn(client(Arc::clone(&store), run, *token, each));
                }
                tasks.join_all().await.concat()
            })
        });
        latencies.sort_unstable();
        let name = format!("commits of one record each, {clients} clients");
        report(&name, rate(clients * each, took), limit);
        let at = |share: usize| latencies[(latencies.len() - 1) * share / 1_000];
        let percentiles = format!("{:.2?} / {:.2?}", at(500), at(990));
        report("    from asking to durable, p50 / p99", percentiles, "-");
    }
}

async fn client(store: Arc<dyn Store>, run: u64, token: Token, each: u64) -> Vec<Duration> {
    let mut latencies = Vec::new();
    for number in 0..each {
        let batch = Batch { run: id(run), token, first: number, events: vec![measured(number)] };
        let start = now();
        let answers = store.append(vec![batch]).await.expect("the store works");
        latencies.push(start.elapsed());
        assert!(answers.iter().all(Result::is_ok));
    }
    latencies
}

/// 20,000 live runs, one record of each in turn, 500 records a request, eight requests at a time.
fn journal(runtime: &Runtime, folder: &Path) {
    let (runs, each) = (20_000, 150);
    let path = folder.join("assay.db");
    let store = assay_store::sqlite::open(&path).expect("a store");
    let tokens = create(runtime, &store, runs);
    let before = bytes(&path);
    let work = cpu();
    let (took, ()) = timed(|| fill(runtime, &store, &tokens, each));
    let work = (cpu() - work).as_secs_f64() * 1e6 / (runs * each) as f64;
    report("journal: records of 20,000 runs, 500 a request", rate(runs * each, took), "300000/s");
    report("    CPU for each record, asking included", format!("{work:.2}µs"), "-");
    let stored = (bytes(&path) - before) as f64 / (runs * each) as f64;
    report("    bytes of the file for each record", format!("{stored:.1}"), "64");
    let (took, page) = timed(|| {
        let filter = Filter { template: Some(String::from("success-rate")), ..Filter::default() };
        runtime.block_on(store.list(filter, None, 100)).expect("a page")
    });
    report("a page of 100 runs out of 20,000", format!("{took:.2?}"), "5ms");
    assert_eq!(page.runs.len(), 100);
}

/// 10 million records of 100,000 live runs; a start, and all of them claimed.
fn recovery(runtime: &Runtime, folder: &Path) {
    let (runs, each) = (100_000, 100);
    let path = folder.join("assay.db");
    let store = assay_store::sqlite::open(&path).expect("a store");
    let tokens = create(runtime, &store, runs);
    let (took, ()) = timed(|| fill(runtime, &store, &tokens, each));
    report("journal: 10 million records of 100,000 runs", rate(runs * each, took), "-");
    drop(store);
    start(runtime, &path, "without snapshots: a start over 10 million records", "-");
    let store = assay_store::sqlite::open(&path).expect("a store");
    let tokens = claim(runtime, &store).0;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for (run, token) in tokens {
            let store = Arc::clone(&store);
            let snapshot = Snapshot { events: each - 5, state: vec![7; 600] };
            tasks.spawn(async move { store.snapshot(run, token, snapshot).await });
        }
        assert!(tasks.join_all().await.iter().all(Result::is_ok));
    });
    drop(store);
    start(runtime, &path, "with snapshots: a start over 10 million records", "5s");
}

fn start(runtime: &Runtime, path: &Path, name: &str, limit: &str) {
    let work = cpu();
    let (opening, store) = timed(|| assay_store::sqlite::open(path).expect("a store"));
    let (claiming, (tokens, events)) = timed(|| claim(runtime, &store));
    assert_eq!(tokens.len(), 100_000);
    report(name, format!("{:.2?}", opening + claiming), limit);
    let parts = format!("{opening:.2?} + {claiming:.2?}");
    report("    opening + claiming all runs", parts, "-");
    report("    CPU for it", format!("{:.2?}", cpu() - work), "-");
    report("    events handed out", events.to_string(), "-");
}

fn claim(runtime: &Runtime, store: &Arc<dyn Store>) -> (Vec<(RunId, Token)>, usize) {
    let mut tokens = Vec::new();
    let mut events = 0;
    loop {
        let claimed = runtime.block_on(store.claim(lease(), 1_000)).expect("runs");
        if claimed.is_empty() {
            return (tokens, events);
        }
        tokens.extend(claimed.iter().map(|run| (run.record.id, run.token)));
        events += claimed.iter().map(|run| run.events.len()).sum::<usize>();
    }
}

fn create(runtime: &Runtime, store: &Arc<dyn Store>, runs: u64) -> Vec<Token> {
    runtime.block_on(async {
        let mut tokens = Vec::new();
        let mut asked = Vec::new();
        for run in 0..runs {
            let store = Arc::clone(store);
            asked
                .push(tokio::spawn(async move { store.create(new_run(run), Some(lease())).await }));
        }
        for answer in asked {
            let created = answer.await.expect("a task").expect("a run");
            tokens.push(created.token.expect("a token"));
        }
        tokens
    })
}

/// Appends records `0..each` of every run, one of each run in turn.
fn fill(runtime: &Runtime, store: &Arc<dyn Store>, tokens: &[Token], each: u64) {
    let in_flight = Arc::new(tokio::sync::Semaphore::new(8));
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for number in 0..each {
            for (place, some) in (0..).zip(tokens.chunks(500)) {
                let batches: Vec<Batch> = (place * 500..)
                    .zip(some)
                    .map(|(run, token)| Batch {
                        run: id(run),
                        token: *token,
                        first: number,
                        events: vec![measured(number)],
                    })
                    .collect();
                let permit = Arc::clone(&in_flight).acquire_owned().await.expect("a permit");
                let store = Arc::clone(store);
                tasks.spawn(async move {
                    let answers = store.append(batches).await.expect("the store works");
                    assert!(answers.iter().all(Result::is_ok));
                    drop(permit);
                });
            }
            // The next record of a run is asked for when the one before is there.
            while let Some(done) = tasks.join_next().await {
                done.expect("a task");
            }
        }
    });
}

fn id(run: u64) -> RunId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&run.to_be_bytes());
    RunId::new(time(run), random)
}

fn time(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).expect("a small number");
    Timestamp::from_second(1_767_600_000 + seconds).expect("a time")
}

fn lease() -> Lease {
    Lease { replica: Replica(String::from("bench")), now: time(0), until: time(3_600) }
}

/// A measurement as a Prometheus query with one series gives it.
fn measured(number: u64) -> Event {
    let answer = Answer {
        reading: Reading::Vector(vec![0.97]),
        unfounded: None,
        warnings: Vec::new(),
        sampled: Some(time(number)),
    };
    let at = time(number) + Duration::from_nanos(123_456_789);
    let number = u32::try_from(number).expect("a small number");
    Event::Measured { at, ticket: Ticket { metric: 0, number }, answer: Ok(answer) }
}

fn new_run(run: u64) -> NewRun {
    NewRun {
        id: id(run),
        key: Some(format!("deploy-{run}")),
        tenant: String::from("shop"),
        template: String::from("success-rate"),
        sources: vec![SourceText { name: String::from("t.yaml"), text: "text".repeat(500) }],
        args: BTreeMap::new(),
        mode: Mode::Strict,
        rollout: Some(RolloutRef {
            controller: String::from("argo-rollouts"),
            namespace: String::from("prod"),
            name: format!("service-{}", run % 1_000),
            revision: String::from("7"),
            step: Some(2),
        }),
        labels: BTreeMap::new(),
        created_at: time(run),
    }
}

fn folder(name: &str) -> PathBuf {
    let base = std::env::var_os("ASSAY_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = base.join(format!("assay-store-bench-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The bytes of a database and what SQLite keeps beside it.
fn bytes(path: &Path) -> u64 {
    let with = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let length = |path: PathBuf| path.metadata().map_or(0, |metadata| metadata.len());
    ["", "-wal"].into_iter().map(|end| length(with(end))).sum()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// The processor's time that this process has had.
fn cpu() -> Duration {
    use nix::sys::time::TimeValLike as _;
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF);
    let usage = usage.expect("the kernel counts");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros.unsigned_abs())
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = now();
    let done = work();
    (start.elapsed(), done)
}

fn rate(count: u64, took: Duration) -> String {
    format!("{:.0}/s", count as f64 / took.as_secs_f64())
}

fn report(name: &str, measured: String, limit: &str) {
    println!("{name:<64} {measured:>16} {limit:>12}");
}
