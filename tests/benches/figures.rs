//! Every figure of the project beside its limit, in one run: `cargo figures`.
//!
//! Each figure is the median of its rounds, with the range of the middle half behind it. Where a peer
//! does the same job on this machine it is measured in the same run; compare ratios, not times.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "what it prints is its result, and a figure that cannot be measured ends it"
)]

mod statistics;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assay_promql::{Dialect, Query as PromQl, SeriesBuilder, Settings, instant, load};
use assay_template::condition::{Condition, Kind, Subject};
use assay_tests::binary::root;
use assay_tests::folder::Folder;
use jiff::Timestamp;

/// The argument by which this program measures the memory of one command for itself.
const PEAK: &str = "--peak";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some([_, program, rest @ ..]) =
        arguments.iter().position(|it| it == PEAK).map(|at| &arguments[at..])
    {
        return print_peak(program, rest);
    }
    println!("{:<58} {:>10} {:>23} {:>10}", "figure", "median", "middle half", "limit");
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
    let sample = |time: u32, series: u32| format!("x{{n=\"{series}\"}} {time} {}\n", 1000 + time);
    let page: String =
        (0..1000).flat_map(|series| (0..1000).map(move |t| sample(t, series))).collect();
    folder.write("page.om", page + "# EOF\n");
    let head = "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {name: f}\nspec:\n";
    let fixture = folder
        .write("f.yaml", format!("{head}  start: 1970-01-01T00:16:40Z\n  files: [page.om]\n"));
    let fixture = fixture.display().to_string();
    let count = ["query", &fixture, "count(x)", "--at", "10s"];
    process("a page of 1,000,000 samples loaded and counted", assay, &count, millis(300));
    let mut builder = SeriesBuilder::new();
    for number in 0..1000 {
        let name = format!("x{{role=\"{}\",n=\"{number}\"}}", number % 4);
        load(&name, "0+7x239", 0, 15_000, &mut builder).expect("a series");
    }
    let set = builder.finish();
    let query = PromQl::parse("sum(rate(x[5m])) by (role)", Dialect::Prometheus3).expect("one");
    let name = "sum(rate(x[5m])) by (role), 1,000 series of 240 samples";
    report_rounds(name, millis(5), 20, 50, || {
        black_box(instant(&set, black_box(&query), 3_585_000, &Settings::default())).is_ok()
    });
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
        report_rounds(name, limit, 1, 60, run);
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
    println!("{name:<58} {:>6}.{} MiB {:>21} {limit:>10}", tenths / 10, tenths % 10, "");
}

fn print_peak(program: &str, arguments: &[String]) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().is_ok_and(|status| status.success()), "{program} failed");
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
    println!("{}", usage.expect("the kernel counts").max_rss());
}

fn report(name: &str, limit: Duration, work: impl FnMut() -> bool) {
    report_rounds(name, limit, 1_000, 200, work);
}

fn report_rounds(
    name: &str,
    limit: Duration,
    repeats: u32,
    rounds: usize,
    mut work: impl FnMut() -> bool,
) {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
            let start = Instant::now();
            for _ in 0..repeats {
                assert!(black_box(work()), "{name} did not do its work");
            }
            start.elapsed() / repeats
        })
        .collect();
    times.sort();
    let at = |quarter: usize| times[times.len() * quarter / 4];
    let limit = if limit.is_zero() { String::from("-") } else { format!("{limit:?}") };
    let range = format!("{:.1?} to {:.1?}", at(1), at(3));
    println!("{name:<58} {:>10} {range:>23} {limit:>10}", format!("{:.1?}", at(2)));
}

fn release_binary() -> String {
    let build = ["build", "--quiet", "--release", "--package", "assay-cli"];
    let built = Command::new(env!("CARGO")).args(build).current_dir(root()).status();
    assert!(built.is_ok_and(|status| status.success()), "cargo build --release failed");
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| String::from("target"));
    root().join(target).join("release/assay").display().to_string()
}
