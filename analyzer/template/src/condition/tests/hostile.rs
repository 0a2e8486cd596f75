//! Conditions made to hurt: each ends in an error, soon, without panic.

use super::super::*;
use super::now;

/// Compiles and evaluates on one double, and expects `message` in what fails.
fn check(text: &str, message: &str) {
    let values = [0.5];
    let outcome = Condition::parse(text).map_err(|problem| problem.message).and_then(|condition| {
        condition.holds(Subject::Floats(&values), now()).map_err(|problem| problem.message)
    });
    let shown: String = text.chars().take(40).collect();
    match outcome {
        Ok(holds) => panic!("{shown} is {holds}"),
        Err(said) => assert!(said.contains(message), "{shown}: {said}"),
    }
}

#[test]
fn deep_nesting_is_refused() {
    for open in
        ["(", "[", "-", "!", "not ", "{a:", "len(", "all(result,", "true?", "2**", "result["]
    {
        check(&open.repeat(10_000), "");
        check(&open.repeat(70), "nested more than 64 levels deep");
    }
    check(&format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000)), "nested");
    check(&format!("{}1{}", "[".repeat(65), "]".repeat(65)), "nested");
    check(&format!("result{}", ".a".repeat(70)), "nested");
    check(&format!("{}true", "let a = 1; ".repeat(70)), "nested");
    check(&format!("{}{{ true }}", "if true { true } else ".repeat(70)), "nested");
}

#[test]
fn long_texts_are_refused() {
    check(&"x".repeat(10_000_000), "condition is 10000000 bytes long, more than 65536");
    check(&format!("{}1 > 0", "1 + ".repeat(5_000)), "maximum allowed nodes");
    check(&format!("[{}]", "1,".repeat(10_000)), "maximum allowed nodes");
}

#[test]
fn long_chains_are_fine() {
    let condition = Condition::parse(&format!("{}1 > 0", "1 + ".repeat(4_900))).unwrap();
    assert_eq!(condition.holds(Subject::Scalar(1.0), now()), Ok(true));
    let condition = Condition::parse(&vec!["result > 0"; 2_400].join(" && ")).unwrap();
    assert_eq!(condition.holds(Subject::Scalar(1.0), now()), Ok(true));
    assert_eq!(condition.holds(Subject::Scalar(0.0), now()), Ok(false));
    assert_eq!(condition.to_string().len(), 2_399 * 14 + 10);
}

#[test]
fn budgets_end_an_evaluation() {
    check("len(1..10000000) > 1", "memory budget exceeded");
    check("len(repeat('a', 1000000)) > 1", "memory budget exceeded");
    check("len(reduce(1..100, #acc + #acc, 'xx')) > 1", "memory budget exceeded");
    check("len(reduce(1..100000, [#acc], 0)) == 1", "nested too deeply");
    check("let r = 1..9999; all(r, all(r, true))", "step budget exceeded");
    check("all(1..9999, string(#) not matches 'a+' + string(#))", "step budget exceeded");
    check(&format!("{} > 1", "(result[0] ?: ".repeat(30) + "1" + &")".repeat(30)), "");
    // A value used twice, used twice, used twice …
    check(&format!("(let x = true; x{}) == 1", " ?: true".repeat(40)), "");
}

#[test]
fn a_value_made_of_itself_has_a_budget_too() {
    // Sixty lists that are more than 10^18 elements when written out.
    let doubled = "reduce(1..60, [#acc, #acc], 1)";
    check(&format!("{doubled} == {doubled}"), "step budget exceeded");
    check(&format!("let x = {doubled}; x in [1, x]"), "step budget exceeded");
    check(&format!("let x = {doubled}; len(uniq([x, x])) == 1"), "step budget exceeded");
    check(&format!("string({doubled}) == ''"), "memory budget exceeded");
    check(&format!("toJSON({doubled}) == ''"), "memory budget exceeded");
    check(&format!("len(flatten({doubled})) > 1"), "budget exceeded");
}

#[test]
fn texts_are_searched_in_linear_time() {
    check("len(split(repeat('a,', 400000), ',')) > 1", "budget exceeded");
    let values = [1.0];
    for text in [
        "len(split(repeat('a', 400000), repeat('a', 200000) + 'b')) > 1",
        "replace(repeat('a', 200000), 'a', '') == 'b'",
        "lastIndexOf(repeat('a', 400000), repeat('a', 200000) + 'b') == 0",
    ] {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.holds(Subject::Floats(&values), now()), Ok(false), "{text}");
    }
}

#[test]
fn the_largest_answers_are_within_the_budget() {
    let values = vec![0.5; 250_000];
    for text in [
        "all(result, # < 1)",
        "all(result, 0 < # < 1)",
        "all(result, # >= 0 && !isNaN(#))",
        "count(result, # > 1) == 0",
        "sum(result) / len(result) < 1",
        "max(result) < 1 && median(result) < 1",
    ] {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.holds(Subject::Floats(&values), now()), Ok(true), "{text}");
    }
}

#[test]
fn numbers_wrap_and_never_panic() {
    let values = [1.0];
    let check = |text: &str, expected: bool| {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.holds(Subject::Floats(&values), now()), Ok(expected), "{text}");
    };
    check("9223372036854775807 + 1 < 0", true);
    check("-9223372036854775807 - 2 > 0", true);
    check("abs(-9223372036854775807 - 1) < 0", true);
    check("(-9223372036854775807 - 1) % -1 == 0", true);
    check("int(1e300) < 0", true);
    check("len(9223372036854775806..9223372036854775807) == 2", true);
    check("bitshl(1, 100) == 0", true);
    check("result[-1] == result[0]", true);
}

#[test]
fn patterns_do_not_backtrack() {
    let text = Json::Text("a".repeat(30_000));
    let condition =
        Condition::parse("result matches '^(a+)+$' and result not matches '^(a+)+b$'").unwrap();
    assert_eq!(condition.holds(Subject::Json(&text), now()), Ok(true));
}

#[test]
fn nothing_outside_is_within_reach() {
    for text in
        ["__proto__", "os.Getenv('HOME') == ''", "env.HOME == ''", "file('/etc/passwd') == ''"]
    {
        let problem = Condition::compile(text, Kind::Web).unwrap_err();
        assert!(problem.message.starts_with("unknown name"), "{text}: {problem}");
    }
}
