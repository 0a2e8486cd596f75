//! What people read when a condition is wrong, and what else a condition says of itself.

use expect_test::{Expect, expect};

use super::super::*;
use super::now;

/// Expects the problem of `text`, its place marked, and its help.
fn check_refused(text: &str, kind: Kind, expected: &Expect) {
    let problem = Condition::compile(text, kind).unwrap_err();
    let width = problem.span.len().max(1);
    let help = problem.help.map_or(String::new(), |help| format!("help: {help}\n"));
    let mark = " ".repeat(problem.span.start) + &"^".repeat(width);
    expected.assert_eq(&format!("{}\n{text}\n{mark}\n{help}", problem.message));
}

#[test]
fn mistakes_are_shown_with_their_place_and_a_way_out() {
    let check = |text: &str, expected: Expect| check_refused(text, Kind::Prometheus, &expected);
    check(
        "result = 1",
        expect![[r#"
        unexpected token Operator("=")
        result = 1
               ^
        help: write `==` to compare
    "#]],
    );
    check(
        "result > 0 AND true",
        expect![[r#"
        unexpected token Identifier("AND")
        result > 0 AND true
                   ^^^
        help: write `and` or `&&`
    "#]],
    );
    check(
        "result == 1 # c",
        expect![[r##"
        unexpected token Operator("#")
        result == 1 # c
                    ^
        help: a comment begins with `//`; `#` is an element and needs a predicate around it, as in `all(result, # > 0)`
    "##]],
    );
    check(
        "reslt[0] > 1",
        expect![[r#"
        unknown name reslt
        reslt[0] > 1
        ^^^^^
        help: did you mean `result`?
    "#]],
    );
    check(
        "result >",
        expect![[r#"
        unexpected token EOF
        result >
                ^
        help: the condition ends too early
    "#]],
    );
}

#[test]
fn mistaken_types_are_shown_the_same_way() {
    let check = |text: &str, expected: Expect| check_refused(text, Kind::Prometheus, &expected);
    check(
        "result == true",
        expect![[r#"
        invalid operation: == (mismatched types []float64 and bool)
        result == true
        ^^^^^^^^^^^^^^
    "#]],
    );
    check(
        "all(result, # > 'a')",
        expect![[r#"
        invalid operation: > (mismatched types float64 and string)
        all(result, # > 'a')
                    ^^^^^^^
        help: write the number without quotes
    "#]],
    );
    check(
        "isNaN('a')",
        expect![[r#"
        cannot use string as argument (type float64) to call isNaN 
        isNaN('a')
              ^^^
    "#]],
    );
}

#[test]
fn a_condition_is_refused_only_when_no_value_could_fit() {
    let accepted = |text: &str, kind: Kind| Condition::compile(text, kind).is_ok();
    assert!(accepted("result >= 0.95", Kind::Prometheus));
    assert!(accepted("result[0] >= 0.95", Kind::Prometheus));
    assert!(!accepted("result >= 0.95", Kind::Object));
    assert!(accepted("result.successRatio >= 0.95", Kind::Object));
    assert!(accepted("result matches 'ok'", Kind::Web));
    assert!(!accepted("result matches '('", Kind::Web));
    assert!(!accepted("result == 1 and 'a' > 1", Kind::Web));
    // Neither a vector's element nor a scalar is ever true or false.
    assert!(!accepted("result[0]", Kind::Prometheus));
    assert!(accepted("result", Kind::Web));
    assert!(accepted("result.ok", Kind::Web));
    assert!(accepted("isNaN(result[0])", Kind::Prometheus));
}

#[test]
fn each_kind_of_answer_has_its_own_problem() {
    let help = |problem: Option<ConditionProblem>| problem.and_then(|problem| problem.help);
    let condition = Condition::compile("result >= 0.95", Kind::Prometheus).unwrap();
    assert_eq!(condition.problem_for_scalar(), None);
    expect![[r#"a Prometheus vector is a list: write `result[0] >= …`, or `all(result, # >= …)` for every series"#]]
        .assert_eq(&help(condition.problem_for_vector()).unwrap());
    let condition = Condition::compile("result[0] >= 0.95", Kind::Prometheus).unwrap();
    assert_eq!(condition.problem_for_vector(), None);
    assert!(condition.problem_for_scalar().is_some());
}

#[test]
fn fixed_places_leave_other_series_out() {
    let check = |text: &str, expected: Option<usize>| {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.fixed_places(), expected, "{text}");
    };
    check("result[0] >= 0.95", Some(1));
    check("result[-1] > 0 and result[0] < 1", Some(1));
    check("isNaN(result[0])", Some(1));
    check("result[0] > 1 && result[1] > 2", Some(2));
    check("result[0] < result[-3]", Some(3));
    check("result[+1] > 0 or 0 < result[-0] < 1", Some(2));
    check("result[9223372036854775807] > 0", Some(usize::MAX / 2 + 1));
    check("result[0:1] == [1.0]", None);
    check("len(result) > 0 && result[0] >= 0.95", None);
    check("all(result, # > 0)", None);
    check("result >= 0.95", None);
    check("result[len(result) - 1] > 0", None);
    check("$env.result[0] > 0", None);
    check("isNil(1) or result[0] > 0", None);
    check("true", None);
}

#[test]
fn constants_are_recognised() {
    let check = |text: &str, expected: Option<bool>| {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.constant(), expected, "{text}");
    };
    check("true", Some(true));
    check("1 > 2", Some(false));
    check("len([1, 2]) == 2", Some(true));
    check("result[0] > 1 || true", Some(true));
    check("result[0] > 1", None);
    check("now().Year() > 2000", None);
    check("isNil(1)", None);
    check("1 + 1", None);
}

/// Where the original mixes up its operands; see the module's list of differences.
#[test]
fn the_last_hit_may_be_on_the_right() {
    let check = |text: &str| {
        let condition = Condition::compile(text, Kind::Prometheus).unwrap();
        assert_eq!(condition.holds(Subject::Floats(&[0.5, 2.0, 3.0]), now()), Ok(true), "{text}");
    };
    check("3 == findLast(result, # > 1)");
    check("2 == findLastIndex(result, # > 1)");
    check("1 + last(filter(result, # > 1)) == 4");
    check("3 == filter(result, # > 1)[-1]");
}

#[test]
fn nothing_measured_is_told_as_argo_tells_it() {
    let check = |text: &str, subject: Subject<'_>| {
        let condition = Condition::parse(text).unwrap();
        let said = condition.holds(subject, now()).unwrap_err().message;
        assert!(said.starts_with("metric result is nil or empty"), "{text}: {said}");
    };
    check("result[0] >= 0.95", Subject::Floats(&[]));
    check("max(result) < 1", Subject::Floats(&[]));
    check("result.foo == 1", Subject::Json(&Json::Null));
}

#[test]
fn times_are_computed_from_now() {
    let check = |text: &str, expected: &str| {
        let time = TimeExpression::compile(text).unwrap().evaluate(now());
        let said = match time {
            Ok(time) => time.to_string(),
            Err(problem) => problem.message,
        };
        assert_eq!(said, expected, "{text}");
    };
    check("now()", "2026-01-05T10:00:00Z");
    check("now() - duration(\"1h\")", "2026-01-05T09:00:00Z");
    check("now() - duration('1h') * 2", "2026-01-05T08:00:00Z");
    check("date('2026-01-01').Add(duration('90m'))", "2026-01-01T01:30:00Z");
    check("now().Truncate(duration('24h'))", "2026-01-05T00:00:00Z");
    check("date('2026-01-01', '2006-01-02', 'Europe/Berlin')", "2025-12-31T23:00:00Z");
    check("now() - duration(\"??\")", "time: invalid duration \"??\"");
}

#[test]
fn what_is_no_time_is_refused() {
    let check = |text: &str, expected: &str| {
        assert_eq!(TimeExpression::compile(text).unwrap_err().message, expected, "{text}");
    };
    check("1", "expected time.Time, but got int");
    check("duration('1h')", "expected time.Time, but got time.Duration");
    check("result", "unknown name result");
    check("now() -", "unexpected token EOF");
    check("asInt(now())", "unknown name asInt");
}

#[test]
fn conditions_can_be_shared_between_threads() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug>() {}
    check::<Condition>();
    check::<TimeExpression>();
}
