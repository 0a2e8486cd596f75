//! The series notation as we read it, held against promtool.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use assay_promql::{Values, is_stale};

use crate::programs::install;

/// What rule tests write, among it the example of Prometheus's documentation.
const VALUES: [&str; 14] = [
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "1+0x6 0 0 0 0 0 0 0 0",
    "10+10x2 30+20x5",
    "10+10x7 10+30x4",
    "0.1+0.1x9",
    "1 stale 3 _x2 4x2 _ 5-2x1 stale -1-1x1",
    "0x3 1e1 2.5e-3 .5 3.",
    "-2+4x3",
    "-1e2-1.5e0x3 7",
    "_ _ 1 _x0 2",
    "5x0 6+1x0",
    "stale stale 1",
    "+3 -0 1",
    "1\t2",
];

/// What neither takes.
const REFUSED: [&str; 10] =
    ["1 x2", "1+2", "1,2", "1+-2x2", "_x", "0b1", "1x1x1", "STALE", "1e", "a"];

fn promtool(name: &str, series: &str, tests: &str) -> Output {
    let text = format!(
        "tests:\n  - interval: 1m\n    input_series:\n{series}    promql_expr_test:\n{tests}"
    );
    let path = std::env::temp_dir().join(format!("assay-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("a test file");
    let output = run(&path);
    drop(std::fs::remove_file(&path));
    output
}

fn run(path: &Path) -> Output {
    Command::new("promtool").args(["test", "rules"]).arg(path).output().expect("promtool runs")
}

#[test]
fn promtool_reads_the_values_that_we_read() {
    install();
    let (mut series, mut tests) = (String::new(), String::new());
    for (number, text) in VALUES.iter().enumerate() {
        let parsed = Values::parse(text).expect("values");
        let mut values = vec![None; parsed.len()];
        parsed.count_out(|_| 0.0, |place, value| values[place] = Some(value));
        let _ = writeln!(series, "      - {{series: s{number}, values: \"{text}\"}}");
        for (minute, value) in values.iter().enumerate() {
            let expected = match value {
                Some(value) if !is_stale(*value) => {
                    format!("[{{labels: s{number}, value: {value}}}]")
                }
                Some(_) | None => "[]".to_owned(),
            };
            // One minute back at most, so that each value is seen and no other.
            let _ = writeln!(
                tests,
                "      - {{expr: 'last_over_time(s{number}[59s])', eval_time: {minute}m, \
                 exp_samples: {expected}}}"
            );
        }
    }
    let output = promtool("read.yml", &series, &tests);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn promtool_refuses_what_we_refuse() {
    install();
    for (number, text) in REFUSED.iter().enumerate() {
        assert!(Values::parse(text).is_err(), "{text}");
        let series = format!("      - {{series: s, values: \"{text}\"}}\n");
        let tests = "      - {expr: vector(1), eval_time: 0m, \
                     exp_samples: [{labels: '{}', value: 1}]}\n";
        let output = promtool(&format!("refused-{number}.yml"), &series, tests);
        assert!(!output.status.success(), "{text}");
    }
}
