//! Rows A01 to A11, and where an argument stands.
//!
//! Six thousand texts at random were filled in with fasttemplate v1.2.2 in the call sequence of Argo
//! Rollouts, and came out the same.

use proptest::prelude::*;

use super::{ArgValue, ArgValues, Language, OPEN, substitute};

fn args(pairs: &[(&str, &str)]) -> ArgValues {
    let value = |value: &&str| ArgValue::Plain((*value).to_owned());
    pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
}

fn fill(text: &str, pairs: &[(&str, &str)]) -> String {
    match substitute(text, Language::Text, &args(pairs)) {
        Ok(filled) => filled.resolved.reveal().to_owned(),
        Err(problems) => problems.iter().map(|p| format!("! {p}")).collect::<Vec<_>>().join("\n"),
    }
}

#[track_caller]
fn check(text: &str, pairs: &[(&str, &str)], expected: &str) {
    assert_eq!(fill(text, pairs), expected, "{text:?}");
}

#[test]
fn a01_names_are_trimmed() {
    check("p-{{args.x}}", &[("x", "foo")], "p-foo");
    check("p-{{ args.x }}", &[("x", "foo")], "p-foo");
    check("{{\n args.x\n}}", &[("x", "foo")], "foo");
    check("{{args.x}}{{args.y}}{{args.x}}", &[("x", "1"), ("y", "2")], "121");
}

#[test]
fn a02_an_unknown_argument() {
    check("p-{{args.y}}", &[("x", "foo")], "! failed to resolve {{args.y}}");
    check(
        "{{args.a}} {{args.b}}",
        &[],
        "! failed to resolve {{args.a}}\n! failed to resolve {{args.b}}",
    );
}

#[test]
fn a03_no_end_tag() {
    let message =
        r#"! Cannot find end tag="}}" in the template="p-{{args.x" starting from "args.x""#;
    check("p-{{args.x", &[("x", "foo")], message);
}

#[test]
fn a04_an_end_tag_alone_stays() {
    check("p-args.x}}", &[("x", "foo")], "p-args.x}}");
}

#[test]
fn a05_values_are_not_looked_at_again() {
    check("{{args.x}}", &[("x", "{{args.z}}"), ("z", "no")], "{{args.z}}");
    check("{{args.x}}args.z}}", &[("x", "{{"), ("z", "no")], "{{args.z}}");
}

#[test]
fn a06_three_braces() {
    check("{{{args.x}}}", &[("x", "foo")], "! failed to resolve {{{args.x}}");
}

#[test]
fn a07_other_tags() {
    check("{{}}", &[], "! failed to resolve {{}}");
    check("{{inputs.x}}", &[("x", "foo")], "! failed to resolve {{inputs.x}}");
    check("{{ARGS.x}}", &[("x", "foo")], "! failed to resolve {{ARGS.x}}");
    check("{{ $value }}", &[], "! failed to resolve {{ $value }}");
    check("{{ args. x }}", &[("x", "foo")], "! failed to resolve {{ args. x }}");
}

#[test]
fn a09_quotes_survive() {
    check("{{args.x}}", &[("x", "foo \"bar\" baz")], "foo \"bar\" baz");
}

#[test]
fn a10_most_texts_survive() {
    let text = "\n\t\\ é 😀 \u{a0}";
    check("{{args.x}}", &[("x", text)], text);
}

#[test]
fn a11_characters_that_cannot_be_carried() {
    for (value, letter) in
        [("a\x01", 'x'), ("a\x07", 'a'), ("a\x0b", 'v'), ("a\x7f", 'x'), ("a\u{e0001}", 'U')]
    {
        let message = format!("! invalid character '{letter}' in string escape code");
        check("{{args.x}}", &[("x", value)], &message);
        check("args.x", &[("x", value)], "args.x");
    }
}

#[test]
fn a_secret_is_masked_in_its_place() {
    let mut values = args(&[("host", "db")]);
    values.insert(String::from("token"), ArgValue::Secret(String::from("hunter2")));
    let text = "{{args.host}}?t={{args.token}}&u=1";
    let filled = substitute(text, Language::Text, &values).unwrap();
    assert_eq!(filled.resolved.reveal(), "db?t=hunter2&u=1");
    assert_eq!(filled.resolved.shown(), "db?t=***&u=1");
    assert!(!format!("{filled:?} {values:?}").contains("hunter2"));
}

#[test]
fn a_hole_leaves_the_text_incomplete() {
    let values = ArgValues::from([(String::from("x"), ArgValue::Hole)]);
    assert!(!substitute("a{{args.x}}", Language::Text, &values).unwrap().complete);
    assert!(substitute("a", Language::Text, &values).unwrap().complete);
}

#[track_caller]
fn check_escape(language: Language, text: &str, value: &str, quote: Option<char>, escapes: bool) {
    let filled = substitute(text, language, &args(&[("x", value)])).unwrap();
    let last = filled.insertions.last().unwrap();
    assert_eq!((last.quote, last.escapes), (quote, escapes), "{text:?} with {value:?}");
    assert_eq!(&filled.resolved.reveal()[last.value.clone()], value);
    assert!(text[last.tag.clone()].starts_with("{{"));
}

#[test]
fn the_literal_an_argument_stands_in_is_known() {
    use Language::{Condition, Other, PromQl, Text};
    check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "b", Some('"'), false);
    check_escape(PromQl, r#"up{a="{{args.x}}"}"#, r#""} or vector(1) #"#, Some('"'), true);
    check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "it's", Some('"'), false);
    check_escape(PromQl, r#"up{a='{{args.x}}'}"#, "it's", Some('\''), true);
    check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "b\\", Some('"'), true);
    check_escape(PromQl, r#"up{a="{{args.x}}"}"#, "b\nc", Some('"'), true);
    check_escape(PromQl, "up{a=~`{{args.x}}`}", "b\\.c\nd", Some('`'), false);
    check_escape(PromQl, "up{a=~`{{args.x}}`}", "b`c", Some('`'), true);
    check_escape(PromQl, r#"up{a="\"{{args.x}}"}"#, "b", Some('"'), false);
    check_escape(PromQl, r#"up{a="\\"} > {{args.x}}"#, "\"", None, false);
    check_escape(PromQl, "up # don't\n > {{args.x}}", "1", None, false);
    check_escape(PromQl, "up{a=\"{{args.x}}\",b=\"{{args.x}}\"}", "b", Some('"'), false);
    check_escape(Condition, "result[0] > {{args.x}} // \"", "\"", None, false);
    check_escape(Condition, "/* ' */ result > 4 / {{args.x}}", "1", None, false);
    check_escape(Condition, "// it's\nresult == '{{args.x}}'", "'", Some('\''), true);
    check_escape(Condition, "filter(result, # > '{{args.x}}')", "a", Some('\''), false);
    check_escape(Other, "where app = '{{args.x}}'", "'", Some('\''), true);
    check_escape(Text, "it's {{args.x}}", "'", None, false);
}

proptest! {
    #[test]
    fn nothing_panics(text in "[a{}'\"`\\\\/*#\n. ]{0,30}|.{0,20}", value in ".{0,8}") {
        for language in [Language::PromQl, Language::Condition, Language::Other] {
            let _ = substitute(&text, language, &args(&[("x", &value), ("", &value)]));
        }
    }

    #[test]
    fn a_text_without_tags_is_itself(text in ".{0,40}") {
        prop_assume!(!text.contains(OPEN));
        prop_assert_eq!(fill(&text, &[]), text);
    }

    #[test]
    fn any_value_that_can_be_carried_comes_out_as_it_is(value in "[ -~\n\té日😀]{0,40}") {
        prop_assert_eq!(fill("<{{args.x}}>", &[("x", &value)]), format!("<{value}>"));
    }
}
