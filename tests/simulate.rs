//! `assay simulate`: the same bytes with any number of threads, and an exit code by the bars.

use assay_tests::binary::{Printed, assay, run};
use expect_test::expect_file;

fn simulated(arguments: &[&str]) -> Printed {
    run(assay(&["simulate", "--quick"]).args(arguments))
}

#[test]
fn a_quick_look_meets_the_bars() {
    let printed = simulated(&["-o", "json"]);
    let found = printed.json();
    assert_eq!(printed.code, 0, "{found:#}");
    assert_eq!(found["missed"], 0);
    assert!(20 < found["met"].as_u64().expect("a count"), "{found:#}");
    // Nobody watches a terminal here: plain lines, without a carriage return.
    assert!(printed.stderr.contains("simulating 100 %\n"), "{}", printed.stderr);
    assert!(!printed.stderr.contains('\r'), "{}", printed.stderr);
}

#[test]
fn threads_do_not_show() {
    let given = ["--scenario=E3", "--scenario=G1 x1.3", "--scenario=H12", "--replications=60"];
    let one = simulated(&[&given[..], &["--threads=1"]].concat());
    let many = simulated(&[&given[..], &["--threads=5"]].concat());
    assert_eq!((one.code, &one.stdout), (many.code, &many.stdout));
    assert_eq!(one.code, 0, "{one:?}");
    let other = simulated(&[&given[..], &["--seed=1"]].concat());
    assert_ne!(one.stdout, other.stdout);
}

#[test]
fn figures_stand_beside_their_bars() {
    let given = ["--scenario=E3 x50", "--scenario=G4", "--replications=200", "--seed=7"];
    let table = simulated(&given);
    expect_file!["simulate/quick.table.txt"].assert_eq(&table.stdout);
    let markdown = simulated(&[&given[..], &["-o=markdown"]].concat());
    expect_file!["simulate/quick.markdown.txt"].assert_eq(&markdown.stdout);
}

#[test]
fn a_missed_bar_is_exit_code_one() {
    // One rollout in seven is not stopped in time; alone it has no median look.
    let missed = (1..=60).map(|seed| {
        let seed = format!("--seed={seed}");
        simulated(&["--scenario=E2 x2", "--replications=1", &seed])
    });
    let printed = missed.into_iter().find(|printed| printed.code != 0).expect("a missed bar");
    assert_eq!(printed.code, 1, "{printed:?}");
    assert!(printed.stdout.contains("MISSED"), "{printed:?}");
}

#[test]
fn what_is_no_scenario_is_refused() {
    for (argument, said) in [
        ("--scenario=E99", "is no scenario; there are E1, E2"),
        ("--scenario=", "is no scenario"),
        ("--replications=0", "is not between 1 and 1000000"),
        ("--threads=0", "invalid value"),
    ] {
        let printed = simulated(&[argument]);
        assert_eq!(printed.code, 2, "{printed:?}");
        assert!(printed.stderr.contains(said), "{printed:?}");
    }
}
