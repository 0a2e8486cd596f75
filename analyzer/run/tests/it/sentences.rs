//! The sentence of a verdict, as people read it.

use std::fmt::Write;

use assay_run::reading::{Answer, Health, ProbeFailure, Reading};
use assay_run::step::{Event, Ticket};
use assay_template::condition::{Condition, Kind};
use assay_template::plan::{
    Authentication, Consequence, Criterion, HealthExpectation, HealthQuery, HealthTarget, Limits,
    Method, MetricPlan, Mode, OnNoData, Plan, Query, Tls,
};
use assay_template::secret::Resolved;
use expect_test::{Expect, expect};

use crate::driver::{World, answer, at, counted, judged_by, metric, once, plan, seconds, vector};

/// One situation a line: decision and sentence.
fn check(worlds: &[World], expected: &Expect) {
    let mut text = String::new();
    for world in worlds {
        let verdict = world.verdict();
        writeln!(text, "{}: {}", verdict.decision.as_str(), verdict.sentence).unwrap();
    }
    expected.assert_eq(&text);
}

fn strict(metrics: &[MetricPlan], letters: &[&str]) -> World {
    played(Mode::Strict, metrics, letters)
}

fn played(mode: Mode, metrics: &[MetricPlan], letters: &[&str]) -> World {
    let mut world = World::start(plan(mode, metrics.to_vec()));
    world.play(letters);
    world
}

/// Gives one Prometheus metric the values in turn, as vectors of one series.
fn values(mode: Mode, metric: &MetricPlan, values: &[f64]) -> World {
    let mut world = World::start(plan(mode, vec![metric.clone()]));
    for value in values {
        if world.asked.is_empty() {
            let wake = world.wake.unwrap();
            world.wake_at(wake);
        }
        world.answer(0, vector(&[*value]));
    }
    if let (true, Some(wake)) = (world.verdicts.is_empty(), world.wake) {
        world.wake_at(wake);
    }
    world
}

fn success_rate(count: u32) -> MetricPlan {
    judged_by("result[0] >= 0.95", "", counted("success-rate", count))
}

fn error_rate(count: u32) -> MetricPlan {
    judged_by("", "result[0] > 0.05", counted("error-rate", count))
}

fn with(metric: MetricPlan, limits: Limits) -> MetricPlan {
    MetricPlan { limits, ..metric }
}

#[test]
fn good() {
    let many: Vec<MetricPlan> = (1..=6).map(|number| once(&format!("m{number}"))).collect();
    check(
        &[
            values(Mode::Strict, &success_rate(5), &[0.99, 0.97, 1.0, 0.96, 0.98]),
            values(Mode::Strict, &error_rate(1), &[0.01]),
            strict(&[counted("latency", 2), once("saturation")], &["SES", "NS"]),
            strict(&many, &["S", "S", "S", "S", "S", "S"]),
        ],
        &expect![[r#"
            promote: Every metric was good: success-rate in 5 of 5 measurements (last 0.98, needs `result[0] >= 0.95`).
            promote: Every metric was good: error-rate in its only measurement (last 0.01, bad is `result[0] > 0.05`).
            promote: Every metric was good: latency in 2 of 3 measurements (1 in error, last 97, needs `score >= 80`) and saturation in 1 of 2 measurements (1 without data, last 97, needs `score >= 80`).
            promote: Every metric was good: m1 in its only measurement (last 97, needs `score >= 80`), m2 in its only measurement (last 97, needs `score >= 80`), m3 in its only measurement (last 97, needs `score >= 80`), m4 in its only measurement (last 97, needs `score >= 80`) and 2 more.
        "#]],
    );
}

#[test]
fn bad() {
    let limits = |failure, consecutive_failure| Limits {
        failure: Some(failure),
        consecutive_failure,
        ..Limits::default()
    };
    let streak = Limits { failure: None, consecutive_success: Some(3), ..Limits::default() };
    let strict_values = |metric: &MetricPlan, all: &[f64]| values(Mode::Strict, metric, all);
    check(
        &[
            strict_values(&success_rate(6), &[0.99, 0.98, 0.97, 0.96, 0.95, 0.81]),
            strict_values(&with(success_rate(6), limits(2, None)), &[0.99, 0.5, 0.5, 0.5]),
            strict_values(&with(success_rate(6), limits(4, Some(1))), &[0.5, 0.99, 0.5, 0.4]),
            strict_values(&error_rate(3), &[0.01, 0.2]),
            strict_values(&with(success_rate(2), limits(2, None)), &[0.9, 0.8]),
            strict_values(&with(success_rate(5), streak), &[0.99, 0.99, 0.5, 0.99, 0.99]),
            strict(&[counted("score", 4)], &["SENF"]),
            strict(&[once("a"), once("b")], &["S", "F"]),
        ],
        &expect![[r#"
            abort: success-rate was 0.81 at 10:05:00Z, below what `result[0] >= 0.95` asks: 1 of 6 measurements failed and none may.
            abort: success-rate was 0.5 at 10:03:00Z, below what `result[0] >= 0.95` asks: 3 of 4 measurements failed and only 2 may.
            abort: success-rate was 0.4 at 10:03:00Z, below what `result[0] >= 0.95` asks: 2 measurements in a row failed and only 1 may.
            abort: error-rate was 0.2 at 10:01:00Z, which `result[0] > 0.05` calls bad: 1 of 2 measurements failed and none may.
            abort: success-rate was 0.8 at 10:01:00Z, below what `result[0] >= 0.95` asks: both measurements failed, and a good one is needed.
            abort: success-rate was 0.99 at 10:04:00Z, as `result[0] >= 0.95` asks: 4 of 5 measurements were good, but never 3 in a row.
            abort: score was 12 at 10:01:20Z, which does not meet `score >= 60`: 1 of 2 measurements failed and none may; 2 more were blind.
            abort: b was 12 at 10:00:00Z, which does not meet `score >= 60`: the only measurement failed and none may.
        "#]],
    );
}

#[test]
fn blind() {
    let abort = |metric: MetricPlan| MetricPlan {
        on_no_data: OnNoData::Abort,
        on_error: Consequence::Abort,
        ..metric
    };
    let impatient = Limits { consecutive_error: 0, ..Limits::default() };
    let mut scalar = World::start(plan(Mode::Strict, vec![with(success_rate(3), impatient)]));
    scalar.answer(0, Ok(Answer::of(Reading::Scalar(0.97))));
    check(
        &[
            strict(&[counted("success-rate", 9)], &["SSSEEEEE"]),
            strict(&[counted("success-rate", 9)], &["SNNNNN"]),
            strict(&[once("success-rate")], &["NNNNN"]),
            strict(&[once("success-rate")], &["NENNE"]),
            strict(&[with(once("success-rate"), impatient)], &["E"]),
            strict(&[abort(once("success-rate"))], &["NNNNN"]),
            strict(&[abort(once("success-rate"))], &["EEEEE"]),
            values(Mode::Strict, &with(success_rate(3), impatient), &[f64::NAN]),
            scalar,
        ],
        &expect![[r#"
            hold: Nobody can tell: the source of success-rate went blind, 5 measurements in a row failed (last: 127.0.0.1:9090 refused the connection); 3 earlier ones were good (last 97, needs `score >= 80`).
            hold: Nobody can tell: success-rate went blind, 5 measurements in a row had no data (last: the query returned nothing); 1 earlier one was good (last 97, needs `score >= 80`).
            hold: Nobody can tell: success-rate went blind, 5 measurements in a row had no data (last: the query returned nothing); it was never judged (needs `score >= 80`).
            hold: Nobody can tell: the source of success-rate went blind, 5 measurements in a row told nothing, 3 without data and 2 in error (last: 127.0.0.1:9090 refused the connection); it was never judged (needs `score >= 80`).
            hold: Nobody can tell: the source of success-rate went blind, a measurement failed (127.0.0.1:9090 refused the connection); it was never judged (needs `score >= 80`).
            abort: success-rate went blind, 5 measurements in a row had no data (last: the query returned nothing); it was never judged (needs `score >= 80`), and the template says to abort then.
            abort: The source of success-rate went blind, 5 measurements in a row failed (last: 127.0.0.1:9090 refused the connection); it was never judged (needs `score >= 80`), and the template says to abort then.
            hold: Nobody can tell: success-rate went blind, a measurement had no data (the value was NaN); it was never judged (needs `result[0] >= 0.95`).
            hold: Nobody can tell: success-rate cannot be judged, a measurement ended in an error (type float64[int] is undefined); it was never judged (needs `result[0] >= 0.95`).
        "#]],
    );
}

#[test]
fn undecided() {
    let both = judged_by("result[0] >= 0.95", "result[0] < 0.9", counted("success-rate", 3));
    let lenient = Limits { failure: Some(2), inconclusive: 2, ..Limits::default() };
    let streak = Limits { failure: Some(2), consecutive_success: Some(3), ..Limits::default() };
    check(
        &[
            values(Mode::Strict, &both, &[0.99, 0.92]),
            strict(&[once("score")], &["I"]),
            strict(&[with(counted("score", 2), lenient)], &["FI"]),
            strict(&[with(counted("score", 4), streak)], &["SSFS"]),
        ],
        &expect![[r#"
            hold: Nobody can tell: success-rate was 0.92 at 10:01:00Z, where neither `result[0] >= 0.95` nor `result[0] < 0.9` holds: 1 of 2 measurements was inconclusive and none may be.
            hold: Nobody can tell: score was 70 at 10:00:00Z, between the margin of 60 and the pass of 80: the only measurement was inconclusive and none may be.
            hold: Nobody can tell: score was 70 at 10:01:00Z, between the margin of 60 and the pass of 80: none of 2 measurements was good (1 bad, 1 inconclusive), and one is needed.
            hold: Nobody can tell: score was 97 at 10:03:00Z, as `score >= 80` asks: 3 of 4 measurements were good, but never 3 in a row.
        "#]],
    );
}

/// What would be promoted if the rollout had ended is held if a person gave up.
#[test]
fn interrupted() {
    let interrupted = |mode, metrics: Vec<MetricPlan>, letters: &[&str]| {
        let mut world = World::start(plan(mode, metrics));
        world.play(letters);
        world.now = at(300);
        world.interrupt("somebody pressed Ctrl-C");
        while let (true, Some(wake)) = (world.verdicts.is_empty(), world.wake) {
            world.wake_at(wake);
        }
        world
    };
    check(
        &[
            interrupted(Mode::Strict, vec![metric("m")], &["SSS"]),
            interrupted(Mode::Argo, vec![metric("m")], &["SSS"]),
            interrupted(Mode::Argo, vec![counted("m", 5)], &[""]),
            interrupted(Mode::Strict, vec![once("bad"), counted("m", 5)], &["F", "S"]),
        ],
        &expect![[r#"
            hold: Nobody can tell: the run was ended at 10:05:00Z because somebody pressed Ctrl-C, before m had its evidence: 3 good so far (last 97, needs `score >= 80`), and what was asked at 10:03:00Z had no answer.
            hold: Nobody can tell: the run was ended at 10:05:00Z because somebody pressed Ctrl-C, and all was good until then: m in 3 of 3 measurements (last 97, needs `score >= 80`).
            hold: Nobody can tell: the run was ended at 10:05:00Z because somebody pressed Ctrl-C, before m had its 5 measurements: what was asked at 10:00:00Z had no answer (needs `score >= 80`).
            abort: bad was 12 at 10:00:00Z, which does not meet `score >= 60`: the only measurement failed and none may.
        "#]],
    );
}

#[test]
fn ended_early() {
    let ended = |metrics: Vec<MetricPlan>, letters: &[&str], why: &str| {
        let mut world = World::start(plan(Mode::Strict, metrics));
        world.play(letters);
        world.now = at(300);
        world.terminate(why);
        world
    };
    let hanging = {
        let metrics = vec![counted("success-rate", 5)];
        let limited = Plan { max_duration: Some(seconds(600)), ..plan(Mode::Strict, metrics) };
        let mut world = World::start(limited);
        world.answer(0, answer('S'));
        world.wake_at(at(60));
        world.wake_at(at(600));
        world
    };
    let late = MetricPlan { initial_delay: seconds(900), ..once("success-rate") };
    check(
        &[
            ended(vec![late], &[""], ""),
            ended(vec![counted("m", 5)], &["SS"], "the recorded answers are used up"),
            ended(vec![metric("m")], &["SNNN"], "somebody cancelled it"),
            hanging,
        ],
        &expect![[r#"
            hold: Nobody can tell: the run was ended at 10:15:00Z before success-rate had its measurement: what was asked at 10:15:00Z had no answer (needs `score >= 80`).
            hold: Nobody can tell: the run was ended at 10:05:00Z because the recorded answers are used up, before m had its 5 measurements: 2 good so far (last 97, needs `score >= 80`), and what was asked at 10:02:00Z had no answer.
            hold: Nobody can tell: the run was ended at 10:05:00Z because somebody cancelled it, before m had its evidence: 1 good and 3 without data so far (last 97, needs `score >= 80`, then the query returned nothing), and what was asked at 10:01:30Z had no answer.
            hold: Nobody can tell: the run was ended at 10:10:00Z because its maxDuration of 10m was over, before success-rate had its 5 measurements: 1 good so far (last 97, needs `score >= 80`), and what was asked at 10:01:00Z had no answer.
        "#]],
    );
}

#[test]
fn by_the_rules_of_argo() {
    let tolerant = Limits { failure: Some(3), ..Limits::default() };
    let late = MetricPlan { initial_delay: seconds(900), ..once("success-rate") };
    let mut terminated = World::start(plan(Mode::Argo, vec![late]));
    terminated.terminate("");
    check(
        &[
            values(Mode::Argo, &success_rate(2), &[0.99, 0.98]),
            values(Mode::Argo, &success_rate(2), &[0.81]),
            values(Mode::Argo, &success_rate(2), &[0.493_150_684_931_506_9]),
            values(Mode::Argo, &success_rate(2), &[0.949_999_999]),
            values(Mode::Argo, &error_rate(1), &[f64::NAN]),
            played(Mode::Argo, &[with(counted("m", 3), tolerant)], &["FFF"]),
            played(Mode::Argo, &[once("m")], &["EEEEE"]),
            terminated,
        ],
        &expect![[r#"
            promote: Every metric was good: success-rate in 2 of 2 measurements (last 0.98, needs `result[0] >= 0.95`).
            abort: success-rate was 0.81 at 10:00:00Z, below what `result[0] >= 0.95` asks: the only measurement failed and none may.
            abort: success-rate was 0.49315 at 10:00:00Z, below what `result[0] >= 0.95` asks: the only measurement failed and none may.
            abort: success-rate was 0.949999999 at 10:00:00Z, below what `result[0] >= 0.95` asks: the only measurement failed and none may.
            promote: By the rules of Argo Rollouts every metric was good, but see 1 warning: error-rate in its only measurement (last NaN, bad is `result[0] > 0.05`).
            promote: By the rules of Argo Rollouts this is Successful, but without evidence: m was 12 at 10:02:00Z, which does not meet `score >= 60`: none of 3 measurements was good (3 bad), and one is needed.
            hold: Nobody can tell: the source of m went blind, 5 measurements in a row failed (last: 127.0.0.1:9090 refused the connection); it was never judged (needs `score >= 80`).
            promote: By the rules of Argo Rollouts this is Successful, but without evidence: the run was ended at 10:00:00Z before success-rate had its measurement: it was never measured (needs `score >= 80`).
        "#]],
    );
}

#[test]
fn dry_runs() {
    let dry = |name: &str| MetricPlan { dry_run: true, ..once(name) };
    check(
        &[strict(&[dry("a"), dry("b")], &["F", "S"]), strict(&[once("m"), dry("d")], &["S", "F"])],
        &expect![[r#"
            promote: Nothing spoke against it, for every metric is a dry run without a say: a came out Failed and b came out Successful.
            promote: Every metric was good: m in its only measurement (last 97, needs `score >= 80`).
        "#]],
    );
}

/// A health query of five targets.
fn health(success: &str) -> MetricPlan {
    let target = |number| HealthTarget {
        name: format!("shop-{number}"),
        url: Resolved::plain(format!("http://10.0.0.{number}/healthz")),
    };
    let condition =
        (!success.is_empty()).then(|| Condition::compile(success, Kind::Object).unwrap());
    let criterion = Criterion::Conditions { success: condition, failure: None };
    let query = HealthQuery {
        targets: (1..=5).map(target).collect(),
        method: Method::Get,
        headers: Vec::new(),
        expect: HealthExpectation {
            statuses: vec![200..=299],
            body: None,
            body_contains: None,
            json: None,
            latency_max: None,
        },
        probes: 1,
        timeout: seconds(5),
        insecure: false,
        authentication: Authentication::None,
        tls: Tls::default(),
    };
    MetricPlan { criterion, query: Query::Health(query), ..once("shop-health") }
}

#[test]
fn health_names_the_failing_backends() {
    let failed = |success: &str, targets: u32| {
        let mut world = World::start(plan(Mode::Strict, vec![health(success)]));
        let failures = (1..=targets)
            .map(|number| ProbeFailure {
                target: format!("shop-{number}"),
                why: String::from("answered 503"),
            })
            .collect();
        let reading = Health { passed: 5 - targets, failures, latencies_seconds: vec![0.01] };
        world.answer(0, Ok(Answer::of(Reading::Health(reading))));
        world
    };
    check(
        &[failed("", 1), failed("result.successRatio >= 0.8", 2), failed("", 0)],
        &expect![[r#"
            abort: In shop-health 1 of 5 probes failed at 10:00:00Z (shop-1 answered 503): the only measurement failed and none may.
            abort: In shop-health 2 of 5 probes failed at 10:00:00Z (shop-1 answered 503, shop-2 answered 503), which does not meet `result.successRatio >= 0.8`: the only measurement failed and none may.
            promote: Every metric was good: shop-health in its only measurement (last all 5 probes passed).
        "#]],
    );
}

#[test]
fn a_job_has_no_value() {
    let job = MetricPlan { criterion: Criterion::Told, ..once("smoke-test") };
    let mut world = World::start(plan(Mode::Strict, vec![job]));
    world.now = at(30);
    world.answer(0, Ok(Answer::of(Reading::Finished(false))));
    check(
        &[world],
        &expect![[r#"
        abort: smoke-test failed at 10:00:30Z: the only measurement failed and none may.
    "#]],
    );
}

#[test]
fn secrets_are_masked_wherever_they_come_from() {
    let secret = "s3cr3t-token";
    let mut plan = plan(Mode::Strict, vec![once(&format!("m-{secret}"))]);
    plan.secrets.add(secret);
    let mut world = World::start(plan);
    let why = format!("the token {secret} was refused");
    let ticket = Ticket { metric: 0, number: 0 };
    let reading = Reading::Nothing { why: why.clone() };
    world.tell(Event::Measured { at: at(1), ticket, answer: Ok(Answer::of(reading)) });
    world.terminate(&why);
    assert!(!format!("{:?}", world.state).contains(secret), "{:?}", world.state);
    check(
        &[world],
        &expect![[r#"
            hold: Nobody can tell: the run was ended at 10:00:01Z because the token *** was refused, before m-*** had its measurement: 1 without data so far (needs `score >= 80`, then the token *** was refused).
        "#]],
    );
}
