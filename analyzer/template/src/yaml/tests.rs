//! What each piece of YAML becomes, and what is said of the pieces that become nothing.

use expect_test::{Expect, expect};

use super::{Node, Source, Style, Value, read, read_text};
use crate::problem::{Problem, render};

fn source(text: &str) -> Source {
    Source { name: String::from("t.yaml"), text: text.to_owned() }
}

/// A tree on one line: plain scalars bare, others in quotes.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => String::from("null"),
        Value::Scalar(scalar) => match scalar.style {
            Style::Plain => scalar.text.clone(),
            Style::Quoted | Style::Block => format!("{:?}", scalar.text),
        },
        Value::List(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let entries =
                entries.iter().map(|entry| format!("{}: {}", entry.key, show(&entry.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Checks what `text` becomes, its documents one after the other.
fn check(text: &str, expected: &[&str]) {
    let parsed = read(&source(text));
    assert_eq!(parsed.problems, [], "{text:?}");
    assert_eq!(parsed.documents.iter().map(show).collect::<Vec<_>>(), expected, "{text:?}");
}

/// Checks what is said of `text`, and what is read of it nevertheless.
fn check_fails(text: &str, expected: &Expect) {
    let source = source(text);
    let parsed = read(&source);
    let mut shown = render(&source, &parsed.problems);
    for document in &parsed.documents {
        shown.push_str(&format!("read: {}\n", show(document)));
    }
    expected.assert_eq(&shown);
}

/// Checks the code of the one problem of a text too large to show.
fn check_code(text: &str, code: &str) {
    let parsed = read(&source(text));
    assert_eq!(parsed.problems.iter().map(Problem::code).collect::<Vec<_>>(), [code]);
}

#[test]
fn scalars_stay_as_written() {
    check(
        "[NO, 010, 1e3, 0x10, true, 5.0, '5', \"a\\tb\"]",
        &[r#"[NO, 010, 1e3, 0x10, true, 5.0, "5", "a\tb"]"#],
    );
    check(
        "a: ~\nb: null\nc:\nd: ''\ne: NULL\nf: nULL",
        &[r#"{a: null, b: null, c: null, d: "", e: null, f: nULL}"#],
    );
    check("a: |\n  x\n  y\nb: >-\n  x\n  y\n", &[r#"{a: "x\ny\n", b: "x y"}"#]);
    check("a: result[0] > 0.95 && {x}\n", &["{a: result[0] > 0.95 && {x}}"]);
    check(
        "a: !!str 5\nb: ! 5\nc: !!int 5\nd: !!map {}\ne: !!null null\n",
        &[r#"{a: "5", b: "5", c: 5, d: {}, e: null}"#],
    );
    check(
        r#"{"a": [1, true, null, "😀 \ud83d\ude00 \/"]}"#,
        &[r#"{a: [1, true, null, "😀 😀 /"]}"#],
    );
}

#[test]
fn documents_are_read_one_by_one() {
    check("", &[]);
    check("# nothing\n\n# but comments\n", &[]);
    check("---\n", &["null"]);
    check("---\na: 1\n---\n# empty\n---\nb: 2\n...\n", &["{a: 1}", "null", "{b: 2}"]);
    check("a: 1\r\nb: 2\r\n", &["{a: 1, b: 2}"]);
    check("\u{feff}a: 1\n", &["{a: 1}"]);
    check(&"---\na: 1\n".repeat(1000), &["{a: 1}"; 1000]);
    check_code(&"---\na: 1\n".repeat(1001), "assay::template::too_many_documents");
}

#[test]
fn aliases_and_merge_keys_are_filled_in() {
    check("a: &x {k: 1}\nb: *x\nc: [*x, *x]\n", &["{a: {k: 1}, b: {k: 1}, c: [{k: 1}, {k: 1}]}"]);
    check("a: &x 1\nb: &x 2\nc: *x\n", &["{a: 1, b: 2, c: 2}"]);
    check("&k a: 1\nb: {*k : 2}\n", &["{a: 1, b: {a: 2}}"]);
    check("a: &k key\n*k : 2\n", &["{a: key, key: 2}"]);
    check("b: &b {x: 1, y: 2}\nm:\n  y: 3\n  <<: *b\n", &["{b: {x: 1, y: 2}, m: {y: 3, x: 1}}"]);
    check(
        "- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b], z: 3}\n- <<: {q: 1}\n",
        &["[{x: 1}, {x: 2, y: 2}, {z: 3, x: 1, y: 2}, {q: 1}]"],
    );
    check("'<<': 1\n", &["{<<: 1}"]);
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    check_fails(
        "a: [1\n---\nb: 2\n---\nc: 'x\n",
        &expect![[r#"
        assay::template::yaml_syntax

          × `[` is not closed
           ╭─[t.yaml:1:4]
         1 │ a: [1
           ·    ┬
           ·    ╰── here
         2 │ ---
           ╰────
          help: add the closing bracket; a text that begins with a bracket needs quotes

        assay::template::yaml_syntax

          × a quoted text is not closed
           ╭─[t.yaml:5:5]
         4 │ ---
         5 │ c: 'x
           ·     ┬
           ·     ╰── here
           ╰────
          help: add the closing quote; a quoted text of several lines has to stay indented

        read: {b: 2}
    "#]],
    );
}

#[test]
fn places_are_bytes_of_the_file() {
    let source = source(
        "a: \"sum(x) > 1\"\nb:\n  - |\n    sum(\n      nope\n    )\n  - x: 1\n    y: 2\n\n# end\n",
    );
    let node = &super::parse(&source).unwrap()[0];
    let text = |span: miette::SourceSpan| &source.text[span.offset()..span.offset() + span.len()];
    assert_eq!(text(node.get("a").unwrap().span), "\"sum(x) > 1\"");
    assert_eq!(text(node.get("a").unwrap().part(4..5, &source)), "x");
    let items = node.get("b").unwrap().items();
    let place = items[0].as_text().unwrap().find("nope").unwrap();
    assert_eq!(text(items[0].part(place..place + 4, &source)), "nope");
    assert_eq!(
        items[0].part(place..place + 4, &source).offset(),
        source.text.find("nope").unwrap()
    );
    assert_eq!(text(items[1].span), "x: 1\n    y: 2");
    assert_eq!(text(node.entry("b").unwrap().key_span), "b");
    assert_eq!(text(node.span), source.text.split("\n\n#").next().unwrap());
}

#[test]
fn bytes_that_are_no_text() {
    let check = |bytes: &[u8], expected: &str| {
        let shown = read_text(bytes).unwrap_or_else(|problem| problem.to_string());
        assert_eq!(shown, expected);
    };
    check(b"\xef\xbb\xbfa: 1", "a: 1");
    check(b"a: 1\nb: \xff", "byte 8 (0xff, on line 2) is not UTF-8");
    check(b"\xff\xfea\0", "the text is encoded as UTF-16, and a template has to be UTF-8");
    check(b"\0a\0:", "the text is encoded as UTF-16, and a template has to be UTF-8");
    check(&vec![b'a'; 1024 * 1024], &"a".repeat(1024 * 1024));
    check(
        &vec![b'a'; 100_000_000],
        "the text has 100000000 bytes, and a template may have at most 1048576",
    );
}
