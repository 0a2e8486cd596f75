//! Bad documents, one named test each: what is said of every file in `fixtures/bad`, and of texts
//! too large to keep there.

use expect_test::{expect, expect_file};
use proptest::prelude::*;

use super::{Documents, Kind, read};
use crate::problem::{Problem, render};
use crate::yaml::{Source, SourceId, read_text};

fn source(text: &str) -> Source {
    Source { name: String::from("t.yaml"), text: text.to_owned() }
}

/// What a person sees of a text: its problems, then one line for each document.
fn show(source: &Source) -> String {
    let Documents { documents, problems } = read(SourceId(0), source);
    let problems: Vec<Problem> = problems.into_iter().map(|found| found.problem).collect();
    let mut shown = render(source, &problems);
    for document in documents {
        let sound = if document.sound { "sound" } else { "not sound" };
        shown.push_str(&format!("{} `{}`: {sound}\n", document.kind.name(), document.name));
    }
    shown
}

/// Checks `fixtures/bad/NAME.bad.yaml` against `NAME.bad.txt` beside it.
fn check_file(name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/bad");
    let text = std::fs::read_to_string(format!("{folder}/{name}.bad.yaml")).unwrap();
    let shown = show(&Source { name: format!("{name}.bad.yaml"), text });
    assert!(shown.contains("assay::"), "{name}.bad.yaml is not bad");
    expect_file![format!("{folder}/{name}.bad.txt")].assert_eq(&shown);
}

/// Checks the codes of a text too large to keep.
fn check_codes(text: &str, expected: &[&str]) {
    let found = read(SourceId(0), &source(text));
    let codes: Vec<String> = found.problems.iter().map(|found| found.problem.code()).collect();
    assert_eq!(codes, expected);
    // The page stays readable however long the lines are.
    let problems: Vec<Problem> = found.problems.into_iter().map(|found| found.problem).collect();
    let shown = render(&source(text), &problems);
    assert!(shown.len() <= 4096 * expected.len().max(1), "{} bytes are shown", shown.len());
}

#[test]
fn b01_billion_laughs() {
    check_file("billion-laughs");
    // A few long texts, repeated: many bytes of few nodes.
    let long = "x".repeat(100_000);
    let text = format!("a: &a {long}\nb: [{}]", "*a, ".repeat(50));
    check_codes(&text, &["assay::template::aliases_too_large"]);
}

#[test]
fn b02_alias_chain_50_000_long() {
    let chain = |links: usize| {
        let link = |n: usize| format!("a{n}: &a{n} [*a{}]\n", n - 1);
        String::from("a0: &a0 [x]\n") + &(1..links).map(link).collect::<String>()
    };
    check_codes(&chain(64), &["assay::template::nested_too_deep"]);
    check_codes(&chain(20_000), &["assay::template::nested_too_deep"]);
    check_codes(&chain(40_000), &["assay::template::too_many_values"]);
    check_codes(&chain(50_000), &["assay::template::file_too_large"]);
}

#[test]
fn b03_20_000_nested_brackets() {
    check_codes(&"[".repeat(20_000), &["assay::template::nested_too_deep"]);
    check_codes(&"{a: ".repeat(20_000), &["assay::template::nested_too_deep"]);
    check_codes(&"- ".repeat(20_000), &["assay::template::nested_too_deep"]);
    check_codes(&"? ".repeat(20_000), &["assay::template::nested_too_deep"]);
    check_codes(&("[".repeat(20_000) + &"]".repeat(20_000)), &["assay::template::nested_too_deep"]);
}

#[test]
fn b04_merge_key_cycles() {
    check_file("merge-key-cycle");
    check_file("unknown-anchor");
}

#[test]
fn b05_duplicate_keys() {
    check_file("duplicate-keys");
    check_many(&"a: 1\n".repeat(1000));
}

/// Checks that of very many problems only the first hundred are told.
fn check_many(text: &str) {
    let problems = read(SourceId(0), &source(text)).problems;
    assert_eq!(problems.len(), 101);
    assert_eq!(problems[100].problem.code(), "assay::template::too_many_problems");
}

#[test]
fn b06_unknown_keys() {
    check_file("unknown-keys");
    let keys: String = (0..30_000).map(|n| format!("metrisc{n:x}: 1\n")).collect();
    check_many(&format!("apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\n{keys}"));
    let document = "---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\n";
    check_many(&document.repeat(1000));
}

#[test]
fn b07_tabs() {
    check_file("tabs");
}

#[test]
fn b08_encodings() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(Problem::from(read_text(bytes).unwrap_err()).code(), expected);
    };
    let utf16: Vec<u8> = "\u{feff}kind: x".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&utf16, "assay::template::not_utf8");
    check(&utf16[2..], "assay::template::not_utf8");
    check(b"kind: \xc3\x28", "assay::template::not_utf8");
    assert_eq!(read_text(b"\xef\xbb\xbfkind: x").unwrap(), "kind: x");
    check_codes("kind: a\0b", &["assay::template::nul_byte"]);
    check_codes("kind: a\u{1}b", &["assay::template::yaml_syntax"]);
}

#[test]
fn b09_many_documents_or_none() {
    check_file("empty");
    check_file("only-comments");
    let one = "---\n{apiVersion: v1, kind: Service}\n";
    let found = read(SourceId(0), &source(&one.repeat(1000)));
    assert_eq!((found.documents.len(), found.problems.len()), (1000, 0));
    check_codes(&one.repeat(1001), &["assay::template::too_many_documents"]);
}

#[test]
fn b10_100_mb() {
    let bytes = vec![b'#'; 100_000_000];
    let problem = Problem::from(read_text(&bytes).unwrap_err());
    assert_eq!(problem.code(), "assay::template::file_too_large");
}

#[test]
fn b11_numbers_where_a_text_is_meant() {
    check_file("unquoted-text");
}

#[test]
fn b12_counts() {
    check_file("counts");
}

#[test]
fn b13_numbers_of_10_000_digits() {
    let template = |count: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: x}}\n\
             spec: {{metrics: [{{name: x, count: {count}, provider: {{web: {{url: u}}}}}}]}}\n"
        )
    };
    let digits = "9".repeat(10_000);
    check_codes(&template(&digits), &["assay::template::number_out_of_range"]);
    check_codes(&template(&format!("0.{digits}")), &["assay::template::not_a_whole_number"]);
    check_codes(&template(&format!("1e{digits}")), &["assay::template::not_a_whole_number"]);
}

#[test]
fn b14_anchors_and_collections_in_keys() {
    check_file("complex-key");
    let keys = "&k apiVersion: v1\n&l kind: Service\nmetadata: {&m name: *k }\n";
    assert_eq!(show(&source(keys)), "Service `apiVersion`: sound\n");
}

#[test]
fn b18_as_many_keys_as_fit() {
    let entries: String = (0..120_000).map(|n| format!("\"{n:x}\":1,")).collect();
    let text = format!("{{{}}}", entries.trim_end_matches(','));
    assert!(text.len() > 1024 * 1024);
    check_codes(&text, &["assay::template::file_too_large"]);
    let entries: String = (0..60_000).map(|n| format!("\"{n:x}\":1,")).collect();
    check_codes(
        &format!("{{{}}}", entries.trim_end_matches(',')),
        &["assay::template::too_many_values"],
    );
}

#[test]
fn broken_syntax() {
    check_file("syntax");
}

#[test]
fn durations_without_unit() {
    check_file("durations");
}

#[test]
fn values_of_the_wrong_kind() {
    check_file("wrong-types");
}

#[test]
fn missing_fields() {
    check_file("missing-fields");
}

#[test]
fn fields_of_assay_in_a_document_of_argo() {
    check_file("assay-only");
}

#[test]
fn values_of_fields_of_assay() {
    check_file("assay-values");
    check_file("criterion-fields");
}

#[test]
fn kinds_and_versions() {
    check_file("kinds");
}

#[test]
fn fixtures() {
    check_file("fixture");
}

#[test]
fn no_message_repeats_a_secret() {
    let text = "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: x}\nspec:\n  \
                args:\n  - {name: api-token, value: 4711}\n  - {name: pin, secret: true, value: 4711}\n  \
                - {name: port, value: 9090}\n  - {name: door, secret: hunter2}\n";
    let found = read(SourceId(0), &source(text)).problems;
    let shown: Vec<String> = found.iter().map(|found| found.problem.to_string()).collect();
    expect![[r#"
        `spec.args[0].value` has to be a text, and `***` without quotes is read as a number
        `spec.args[1].value` has to be a text, and `***` without quotes is read as a number
        `spec.args[2].value` has to be a text, and `9090` without quotes is read as a number
        `spec.args[3].secret` has to be `true` or `false`, and this is `***`"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_list_holds_documents() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n\
                - {apiVersion: argoproj.io/v1alpha1, kind: AnalysisRun, metadata: {generateName: b-}, spec: {}}\n";
    assert_eq!(show(&source(text)), "Service `a`: sound\nAnalysisRun `b-`: sound\n");
    let found = read(SourceId(3), &source(text));
    assert_eq!(found.documents[1].kind, Kind::AnalysisRun);
    assert_eq!(found.documents[1].source, SourceId(3));
}

/// Pieces of YAML and of templates, so that random texts come further than the first letter.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "apiVersion: argoproj.io/v1alpha1\n",
        "apiVersion: assay.dev/v1alpha1\n",
        "kind: AnalysisTemplate\n",
        "kind: Fixture\n",
        "metadata: {name: x}\n",
        "spec:\n",
        "  metrics:\n",
        "  - name: x\n",
        "    count: ",
        "5",
        "\"{{args.n}}\"",
        "- ",
        "  ",
        "\n",
        "---\n",
        "...\n",
        "[",
        "]",
        "{",
        "}",
        ": ",
        ", ",
        "? ",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "|\n",
        ">-\n",
        "\"",
        "'",
        "\\",
        "#",
        "\t",
        "%YAML 1.2\n",
        "é",
        "\u{feff}",
        "\u{85}",
        "~",
    ];
    let piece =
        prop_oneof![proptest::sample::select(pieces.to_vec()).prop_map(String::from), ".{0,3}"];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_us_panic(text in soup()) {
        let source = source(&text);
        show(&source);
        // Every place is inside the text, so that whoever shows it may cut there.
        for found in read(SourceId(0), &source).problems {
            for label in miette::Diagnostic::labels(&found.problem).into_iter().flatten() {
                let (start, end) = (label.offset(), label.offset() + label.len());
                prop_assert!(source.text.get(start..end).is_some(), "{found:?}");
            }
        }
    }

    #[test]
    fn no_bytes_make_us_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = read_text(&bytes) {
            show(&source(&text));
        }
    }
}
