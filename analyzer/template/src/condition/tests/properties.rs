//! What holds for every text and every value.

use proptest::prelude::*;

use super::super::*;
use super::corpus::expr_conditions;
use super::now;

/// Pieces that conditions are made of, to be put together at random.
const PIECES: &[&str] = &[
    "result",
    "result[0]",
    "#",
    "#acc",
    "#index",
    ".a",
    "?.a",
    "?.",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ";",
    ":",
    "?",
    "??",
    "|",
    "||",
    "&&",
    "and",
    "or",
    "not",
    "in",
    "matches",
    "contains",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "..",
    "let x =",
    "x",
    "if",
    "else",
    "nil",
    "true",
    "false",
    "1",
    "2.5",
    "1e3",
    "-1",
    "9223372036854775807",
    "'a'",
    "\"b\"",
    "`c`",
    "b'd'",
    "all(",
    "map(",
    "filter(",
    "sum(",
    "len(",
    "max(",
    "sort(",
    "reduce(",
    "groupBy(",
    "split(",
    "date(",
    "duration('1h')",
    "now()",
    "timezone('UTC')",
    "isNaN(",
    "default(",
    "$env",
    "asInt(",
    "string(",
    "toJSON(",
    "//",
    "/*",
    "*/",
    "é",
    "\u{0}",
];

/// Conditions of the kind that is answered without the evaluator.
fn comparison() -> impl Strategy<Value = String> {
    let number = prop::sample::select(
        &["result[0]", "result[2]", "result[-1]", "len(result)", "0", "1", "2.5", "0.0", "1e400"][..],
    );
    let sign = prop::sample::select(&["<", "<=", ">", ">=", "==", "!="][..]);
    let leaf = prop_oneof![
        4 => (number.clone(), sign, number).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        1 => prop::sample::select(&["isNaN(result[0])", "isInf(result[1])", "0 < result[0] < 1"][..])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let joined = prop::sample::select(&["&&", "||", "=="][..]);
        prop_oneof![
            4 => (inner.clone(), joined, inner.clone())
                .prop_map(|(a, sign, b)| format!("({a}) {sign} {b}")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<f64>().prop_map(Json::Number),
        ".{0,6}".prop_map(Json::Text),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            prop::collection::btree_map("[a-c]{1,2}", inner, 0..4).prop_map(Json::Map),
        ]
    })
}

/// Every way of using a condition, none of which may panic.
fn use_in_every_way(text: &str, json: &Json, floats: &[f64]) {
    for kind in [Kind::Prometheus, Kind::Web, Kind::Object] {
        if let Err(problem) = Condition::compile(text, kind) {
            assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
        }
    }
    if let Ok(condition) = Condition::parse(text) {
        let _ = condition.holds(Subject::Json(json), now());
        let _ = condition.holds(Subject::Floats(floats), now());
        let _ = condition.holds(Subject::Scalar(floats.first().copied().unwrap_or(0.0)), now());
        let _ = (condition.constant(), condition.fixed_places());
        check_direct(&condition, Subject::Json(json));
        check_direct(&condition, Subject::Floats(floats));
        check_direct(&condition, Subject::Scalar(floats.first().copied().unwrap_or(0.0)));
        check_printed(text);
    }
    if let Ok(time) = TimeExpression::compile(text) {
        let _ = time.evaluate(now());
    }
}

/// What is answered without the evaluator is what the evaluator answers.
fn check_direct(condition: &Condition, subject: Subject<'_>) -> bool {
    let value = subject.value();
    let Ok(program) = condition.program(Shape::of(&value)) else {
        return false;
    };
    let direct = program.direct(&value);
    if let Some(holds) = direct {
        let evaluated = evaluate(program, value, now());
        assert_eq!(Ok(holds), evaluated, "{condition} on {subject:?}");
    }
    direct.is_some()
}

/// What is printed reads back as the same condition.
fn check_printed(text: &str) {
    let Ok(tree) = parser::parse(text) else {
        return;
    };
    let printed = tree.to_string();
    match parser::parse(&printed) {
        Ok(again) => {
            assert!(tree.says_same(tree.root(), &again, again.root()), "{text}\n{printed}");
            assert_eq!(printed, again.to_string(), "{text}");
        }
        // Brackets may be needed where there were none, and they count as a level.
        Err(problem) => assert!(problem.message.contains("nested"), "{text}\n{printed}\n{problem}"),
    }
}

#[test]
fn every_condition_of_the_corpus_prints_and_reads_back() {
    for text in expr_conditions() {
        check_printed(text);
    }
}

#[test]
fn common_conditions_need_no_evaluator() {
    let check = |text: &str, expected: bool| {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(check_direct(&condition, Subject::Floats(&[0.97])), expected, "{text}");
    };
    check("result[0] >= 0.95", true);
    check("len(result) > 0 && result[0] >= 0.95", true);
    check("len(result) == 1 and not (result[0] < 0.95 or isNaN(result[0]))", true);
    check("0.95 <= result[0] <= 1", true);
    check("result[0] == 1", true);
    check("true", true);
    // An index that is out of range is an error, and those are for the evaluator to tell.
    check("result[1] >= 0.95", false);
    check("all(result, # >= 0.95)", false);
    check("result[0] * 2 > 1", false);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(
        text in "\\PC{0,60}",
        json in any_json(),
        floats in prop::collection::vec(any::<f64>(), 0..4),
    ) {
        use_in_every_way(&text, &json, &floats);
    }

    #[test]
    fn random_pieces_never_panic(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14),
        json in any_json(),
        floats in prop::collection::vec(any::<f64>(), 0..4),
    ) {
        use_in_every_way(&pieces.join(" "), &json, &floats);
        use_in_every_way(&pieces.concat(), &json, &floats);
    }

    #[test]
    fn comparisons_are_answered_alike(
        text in comparison(),
        floats in prop::collection::vec(
            prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(1.0), any::<f64>()],
            0..4,
        ),
    ) {
        if let Ok(condition) = Condition::parse(&text) {
            check_direct(&condition, Subject::Floats(&floats));
        }
    }

    #[test]
    fn known_conditions_never_panic_on_random_values(
        nth in any::<prop::sample::Index>(),
        json in any_json(),
        floats in prop::collection::vec(any::<f64>(), 0..4),
    ) {
        let conditions = expr_conditions();
        use_in_every_way(&conditions[nth.index(conditions.len())], &json, &floats);
    }
}
