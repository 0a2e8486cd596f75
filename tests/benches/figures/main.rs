//! Every figure of the project beside its limit, in one run: `cargo figures`.
//!
//! Each figure is the median of its rounds, with the range of the middle half behind it, and beside it
//! the median of the processor time that our side took, which others on the machine disturb less. Where
//! a peer does the same job on this machine it is measured in the same run; compare ratios, not times.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "what it prints is its result, and a figure that cannot be measured ends it"
)]

mod statistics;

use std::hint::black_box;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assay_promql::{Dialect, Page, PageFormat, Query as PromQl, SeriesBuilder, Settings, instant};
use assay_template::condition::{Condition, Kind, Subject};
use assay_tests::binary::root;
use assay_tests::folder::Folder;
use assay_tests::http::{Client, free_address, get, percent_encoded};
use assay_tests::prometheus::Prometheus;
use jiff::Timestamp;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

/// What takes longer is measured less often.
const SLOW: Duration = Duration::from_millis(200);

/// The argument by which this program measures the memory of one command for itself.
const PEAK: &str = "--peak";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some([_, program, rest @ ..]) =
        arguments.iter().position(|it| it == PEAK).map(|at| &arguments[at..])
    {
        return print_peak(program, rest);
    }
    line("figure", "median", "middle half", "processor", "limit");
    conditions();
    statistics::figures();
    let assay = release_binary();
    processes(&assay);
}

fn conditions() {
    let simple = "result[0] >= 0.95";
    let guarded = "len(result) > 0 && result[0] >= 0.95";
    let over_all = "all(result, # < 1)";
    let one = [0.97];
    let thousand = vec![0.5; 1000];
    let now = Timestamp::UNIX_EPOCH;
    let evaluate = |name: &str, text: &str, values: &[f64], limit: Duration| {
        let condition = Condition::compile(text, Kind::Prometheus).expect("a condition");
        report(name, limit, || {
            black_box(condition.holds(black_box(Subject::Floats(values)), now)).is_ok()
        });
    };
    let nanos = Duration::from_nanos;
    evaluate("condition, compiled: result[0] >= 0.95", simple, &one, nanos(100));
    evaluate("condition, compiled, with a guard", guarded, &one, nanos(100));
    evaluate("condition, compiled: all() over 1,000 values", over_all, &thousand, nanos(5_000));
    for (name, text) in [("compile and first run", simple), ("the same with a guard", guarded)] {
        report(name, nanos(3_000), || {
            let condition = Condition::compile(black_box(text), Kind::Prometheus).expect("one");
            black_box(condition.holds(Subject::Floats(&one), now)).is_ok()
        });
    }
}

fn processes(assay: &str) {
    let millis = Duration::from_millis;
    let shipped = [
        "dry-run",
        "templates/success-rate.yaml",
        "--arg",
        "service-name=shop",
        "--fixture",
        "fixtures/success-rate/healthy.yaml",
    ];
    process("dry-run of one fixture, process and all", assay, &shipped, millis(5));
    peak("dry-run of one fixture, peak memory", assay, &shipped, "15 MiB");
    let day = ["dry-run", "tests/benches/day.yaml", "--fixture", "tests/benches/day.fixture.yaml"];
    process("24 hours of 5 metrics at 1 minute, process and all", assay, &day, millis(20));
    peak("the same, peak memory", assay, &day, "-");
    process("assay --help", assay, &["--help"], millis(5));
    let shipped = ["test", "templates"];
    process("assay test templates, process and all", assay, &shipped, millis(1_000));
    let rules = ["test", "rules", "tests/benches/promtool.yaml"];
    process("peer: promtool test rules, one test", "promtool", &rules, Duration::ZERO);
    let hundred = ["tests/benches/promtool.yaml"; 100];
    let rules = [&["test", "rules"][..], &hundred].concat();
    process("peer: promtool test rules, 100 tests", "promtool", &rules, Duration::ZERO);
    series(assay);
}

/// Tests and queries over raw series, in files made for the purpose.
fn series(assay: &str) {
    let millis = Duration::from_millis;
    let folder = Folder::new();
    let template = std::fs::read_to_string(root().join("templates/http-error-ratio.yaml"));
    folder.write("http-error-ratio.yaml", template.expect("a template that ships"));
    for number in 0..100 {
        folder.write(&format!("{number}.test.yaml"), template_test());
    }
    let path = folder.path("").display().to_string();
    process("100 template tests over series, process and all", assay, &["test", &path], millis(25));
    let page = page(1000, 1000);
    folder.write("page.om", page);
    let fixture = folder.write("f.yaml", fixture("page.om", "1970-01-01T00:16:40Z"));
    let fixture = fixture.display().to_string();
    let count = ["query", &fixture, "count(x)", "--at", "10s"];
    process("a page of 1,000,000 samples loaded and counted", assay, &count, millis(300));
    rates(assay, &folder);
}

/// The query of the rates, and its answer over [`page`] with 1,000 series of 240 samples.
const RATES: &str = "sum(rate(x[5m])) by (role)";

/// One query over the same samples: in memory, and asked over HTTP of us and of a real Prometheus.
fn rates(assay: &str, folder: &Folder) {
    let page = page(1000, 240);
    let mut builder = SeriesBuilder::new();
    let read = Page::parse(&page, PageFormat::OpenMetrics).expect("a page");
    read.load_timed(&mut builder);
    let set = builder.finish();
    let query = PromQl::parse(RATES, Dialect::Prometheus3).expect("one");
    let name = "sum(rate(x[5m])) by (role), 1,000 series of 240 samples";
    let limit = Duration::from_millis(5);
    report_rounds(name, limit, 20, 50, Some(UsageWho::RUSAGE_SELF), || {
        black_box(instant(&set, black_box(&query), 3_585_000, &Settings::default())).is_ok()
    });
    folder.write("rates.om", &page);
    let fixture = folder.write("rates.yaml", fixture("rates.om", "1970-01-01T00:00:00Z"));
    let ours = Asked::serving(assay, &fixture);
    let theirs = Prometheus::with_samples(&folder.path("rates.om"));
    asked("the same over HTTP, of assay query --serve", limit, ours.address());
    asked("peer: the same over HTTP, of Prometheus", Duration::ZERO, theirs.address());
}

fn asked(name: &str, limit: Duration, address: SocketAddr) {
    let mut client = Client::open(address).expect("a connection");
    let path = format!("/api/v1/query?time=3585&query={}", percent_encoded(RATES));
    let (_, body) = client.get(&path).expect("an answer");
    // 250 series of a role, of which each grows by 7 every 15 seconds.
    assert_eq!(body.matches("\"116.66666666666").count(), 4, "{name}: {body}");
    report_rounds(name, limit, 1, 200, None, || {
        client.get(&path).is_some_and(|(status, _)| status == 200)
    });
}

/// `assay query --serve`, until dropped.
struct Asked {
    process: Child,
    address: SocketAddr,
}

impl Asked {
    fn serving(assay: &str, fixture: &Path) -> Self {
        let address = free_address();
        let mut command = Command::new(assay);
        command.arg("query").arg(fixture).arg("--serve").arg(address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("it starts");
        let is_ready = || get(address, "/-/ready").is_some_and(|(status, _)| status == 200);
        while !is_ready() {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Self { process, address }
    }

    fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A page of samples that are 15 seconds apart.
fn page(series: u32, samples: u32) -> String {
    let sample = |number: u32, sample: u32| {
        let (role, value, time) = (number % 4, sample * 7, sample * 15);
        format!("x{{role=\"{role}\",n=\"{number}\"}} {value} {time}\n")
    };
    let all = (0..series).flat_map(|number| (0..samples).map(move |at| sample(number, at)));
    String::from("# TYPE x unknown\n") + &all.collect::<String>() + "# EOF\n"
}

/// A fixture with one page.
fn fixture(page: &str, start: &str) -> String {
    format!(
        "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {{name: f}}\nspec:\n  \
         start: {start}\n  files: [{page}]\n"
    )
}

/// A test of the shipped template with one case.
fn template_test() -> &'static str {
    "apiVersion: assay.dev/v1alpha1
kind: TemplateTest
metadata: {name: bench}
spec:
  templates: [http-error-ratio.yaml]
  args: {selector: 'role=\"canary\"'}
  cases:
    - name: healthy
      fixture:
        series:
          interval: 15s
          from: -5m
          input:
            - {series: 'http_requests_total{job=\"shop\",role=\"canary\",code=\"200\"}', values: 0+300x120}
            - {series: 'http_requests_total{job=\"shop\",role=\"canary\",code=\"500\"}', values: 0+1x120}
      expect: {verdict: promote}
"
}

fn process(name: &str, program: &str, arguments: &[&str], limit: Duration) {
    let run = || {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    if run() {
        #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
        let start = Instant::now();
        run();
        // What takes long is measured less often.
        let rounds = if start.elapsed() < SLOW { 60 } else { 10 };
        report_rounds(name, limit, 1, rounds, Some(UsageWho::RUSAGE_CHILDREN), run);
    } else {
        println!("{name:<58} not installed");
    }
}

/// The highest memory one run of a command has used.
///
/// The kernel keeps one number for all processes that were started, the build among them, so another
/// process of this program starts the command and nothing else.
fn peak(name: &str, program: &str, arguments: &[&str], limit: &str) {
    let itself = std::env::current_exe().expect("this program has a path");
    let output = Command::new(itself).args([PEAK, program]).args(arguments).output();
    let printed = String::from_utf8(output.expect("it starts again").stdout).expect("a number");
    let kibibytes: i64 = printed.trim().parse().expect("a number");
    let tenths = kibibytes * 10 / 1024;
    line(name, &format!("{}.{} MiB", tenths / 10, tenths % 10), "", "", limit);
}

fn print_peak(program: &str, arguments: &[String]) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().is_ok_and(|status| status.success()), "{program} failed");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    println!("{}", usage.expect("the kernel counts").max_rss());
}

fn report(name: &str, limit: Duration, work: impl FnMut() -> bool) {
    report_rounds(name, limit, 1_000, 200, Some(UsageWho::RUSAGE_SELF), work);
}

/// Measures `work`, and the processor time of those who do it where that can be told.
fn report_rounds(
    name: &str,
    limit: Duration,
    repeats: u32,
    rounds: usize,
    worker: Option<UsageWho>,
    mut work: impl FnMut() -> bool,
) {
    let mut processor = Vec::with_capacity(rounds);
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let before = worker.map(processor_time);
            #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
            let start = Instant::now();
            for _ in 0..repeats {
                assert!(black_box(work()), "{name} did not do its work");
            }
            let took = start.elapsed() / repeats;
            if let Some((worker, before)) = worker.zip(before) {
                processor.push((processor_time(worker) - before) / repeats);
            }
            took
        })
        .collect();
    times.sort();
    processor.sort();
    let at = |quarter: usize| times[times.len() * quarter / 4];
    let limit = if limit.is_zero() { String::from("-") } else { format!("{limit:?}") };
    let range = format!("{:.1?} to {:.1?}", at(1), at(3));
    let worked =
        processor.get(processor.len() / 2).map_or(String::from("-"), |it| format!("{it:.1?}"));
    line(name, &format!("{:.1?}", at(2)), &range, &worked, &limit);
}

fn processor_time(who: UsageWho) -> Duration {
    let usage = getrusage(who).expect("the kernel counts");
    let micros = |time: TimeVal| u64::try_from(time.num_microseconds()).unwrap_or_default();
    Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()))
}

fn line(name: &str, median: &str, range: &str, processor: &str, limit: &str) {
    println!("{name:<58} {median:>10} {range:>23} {processor:>10} {limit:>10}");
}

fn release_binary() -> String {
    let build = ["build", "--quiet", "--release", "--package", "assay-cli"];
    let built = Command::new(env!("CARGO")).args(build).current_dir(root()).status();
    assert!(built.is_ok_and(|status| status.success()), "cargo build --release failed");
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| String::from("target"));
    root().join(target).join("release/assay").display().to_string()
}
