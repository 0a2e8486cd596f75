//! `assay plan`: the figures of the closed form, those of the simulation beside them, and inputs that
//! make no sense.

use assay_tests::binary::{Printed, assay, run};
use expect_test::expect_file;
use serde_json::Value;

fn planned(arguments: &[&str]) -> Printed {
    run(assay(&["plan"]).args(arguments))
}

fn json(arguments: &[&str]) -> Value {
    let printed = planned(&[arguments, &["-o=json"]].concat());
    assert_eq!(printed.code, 0, "{printed:?}");
    printed.json()
}

#[test]
fn plans_are_written_for_people() {
    let printed = planned(&["--rate=50", "--weight=5%", "--margin=0"]);
    expect_file!["plan/plain.table.txt"].assert_eq(&printed.stdout);
    let given = ["--rate=200", "--weight=0.25", "--effect=10", "--within=45m", "--dispersion=3"];
    let markdown = planned(&[&given[..], &["-o=markdown"]].concat());
    expect_file!["plan/noisy.markdown.txt"].assert_eq(&markdown.stdout);
}

#[test]
fn minutes_and_ratios_are_those_of_the_reference() {
    let plan = json(&["--rate=50", "--weight=5%", "--margin=0"]);
    let minutes = |at: usize, chance: &str| plan["effects"][at][chance].as_f64().expect("minutes");
    for (at, likely, nearly_sure) in
        [(0, 357.0, 585.0), (1, 89.0, 153.0), (2, 26.0, 45.0), (3, 9.0, 15.0), (4, 4.0, 6.0)]
    {
        assert!((minutes(at, "minutes80") - likely).abs() <= 0.5, "{plan:#}");
        assert!((minutes(at, "minutes95") - nearly_sure).abs() <= 0.5, "{plan:#}");
    }
    let thirty = &plan["smallest"][1];
    assert!((thirty["ratio80"].as_f64().expect("a ratio") - 1.91).abs() < 0.006, "{plan:#}");
    assert!((thirty["ratio95"].as_f64().expect("a ratio") - 2.26).abs() < 0.006, "{plan:#}");
}

#[test]
fn the_criterion_itself_takes_as_long_as_the_formula_says() {
    let given = ["--rate=1000", "--weight=5%", "--within=20m", "--simulate=150", "--pods=6"];
    for extra in [&["--margin=0"][..], &["--dispersion=3", "--alpha=0.1%"]] {
        let plan = json(&[&given[..], extra].concat());
        let simulated = plan["simulation"]["effects"].as_array().expect("effects");
        assert_eq!(simulated[0]["ratio"], 1.0);
        assert!(simulated[0]["shareWithin"].as_f64().expect("a share") <= 0.1, "{plan:#}");
        let mut compared = 0;
        for (effect, found) in
            plan["effects"].as_array().expect("effects").iter().zip(&simulated[1..])
        {
            let pair = effect["minutes80"].as_f64().zip(found["minutes80"].as_f64());
            let Some((formula, found)) = pair.filter(|(formula, _)| *formula < 18.0) else {
                continue;
            };
            compared += 1;
            assert!((found - formula).abs() <= 1.0 + 0.2 * formula, "{found}, {formula}: {plan:#}");
        }
        assert!(3 <= compared, "{plan:#}");
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let given = ["--rate=100", "--weight=10%", "--within=5m", "--simulate=40"];
    assert_eq!(json(&given), json(&given));
    assert_ne!(json(&given), json(&[&given[..], &["--seed=1"]].concat()));
}

#[test]
fn inputs_that_make_no_sense_are_refused() {
    for (arguments, said) in [
        (&["--rate=50"][..], "--weight <SHARE>"),
        (&["--rate=50", "--weight=5"], "write `5%` for 5 percent"),
        (&["--rate=50", "--weight=-5%"], "write a share such as `5%`"),
        (&["--rate=50", "--weight=nan"], "write a share such as `5%`"),
        (&["--rate=50", "--weight=100%"], "must lie strictly between 0 % and 100 %"),
        (&["--rate=NaN", "--weight=5%"], "--rate: `NaN` is not above 0"),
        (&["--rate=inf", "--weight=5%"], "--rate: `inf` is not above 0"),
        (&["--rate=1", "--weight=5%", "--error-rate=0"], "--error-rate: `0` must lie strictly"),
        (&["--rate=1", "--weight=5%", "--dispersion=0.5"], "is not between 1 (independent"),
        (&["--rate=1", "--weight=5%", "--alpha=1"], "--alpha: `1` must lie strictly"),
        (&["--rate=1", "--weight=5%", "--effect=1"], "write 2 for twice as often"),
        (&["--rate=1", "--weight=5%", "--within=1s"], "is shorter than --interval"),
        (&["--rate=1", "--weight=5%", "--interval=0s"], "write a duration above zero"),
        (&["--rate=1", "--weight=5%", "--simulate=0"], "is not between 1 and 100000"),
        (&["--rate=1", "--weight=5%", "--simulate=9", "--pods=1"], "noise shows between pods"),
        (
            &["--rate=1e9", "--weight=5%", "--simulate=9", "--interval=1h", "--within=2h"],
            "exact enough there",
        ),
        (&["--rate=1", "--weight=5%", "--simulate=9", "--within=1000h"], "give a shorter --within"),
    ] {
        let printed = planned(arguments);
        assert_eq!(printed.code, 2, "{arguments:?}: {printed:?}");
        assert!(printed.stderr.contains(said), "{arguments:?}: {printed:?}");
    }
    let extreme = ["--interval=1ns", "--within=1s", "--effect=1000", "--error-rate=99.99%"];
    let plan = json(&[&["--rate=1e9", "--weight=0.99999"][..], &extreme].concat());
    assert!(plan["effects"][0]["minutes80"].is_null(), "{plan:#}");
}
