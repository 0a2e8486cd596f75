//! Bad input through the binary: each ends in an exit code and a named problem, or in a phase; never
//! in a panic (101) or a signal (-1).

use assay_tests::binary::{Printed, assay, run};
use assay_tests::folder::Folder;

const TEMPLATE: &str =
    "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: x}\n";

/// A template of one metric with these `fields`, one to a line.
fn metric(fields: &str) -> String {
    let fields = fields.replace('\n', "\n      ");
    format!(
        "{TEMPLATE}spec:\n  metrics:\n    - name: m\n      {fields}\n      provider: {{prometheus: \
         {{address: 'http://p:9090', query: up}}}}\n"
    )
}

fn judged(fields: &str) -> String {
    metric(&format!("successCondition: result[0] >= 0.95\n{fields}"))
}

/// Checks `text` and expects a refusal in which `said` stands.
fn refused(text: impl AsRef<[u8]>, said: &str) {
    let printed = checked(text);
    assert_eq!(printed.code, 2, "{}", start(&printed));
    assert!(shown(&printed).contains(said), "{said} in {}", start(&printed));
    // However long its lines are, a person can read what is wrong with a file.
    assert!(shown(&printed).len() < 100_000, "{} bytes", shown(&printed).len());
}

fn accepted(text: impl AsRef<[u8]>) {
    let printed = checked(text);
    assert_eq!(printed.code, 0, "{}", start(&printed));
}

fn checked(text: impl AsRef<[u8]>) -> Printed {
    let folder = Folder::new();
    let path = folder.write("input.yaml", text);
    run(assay(&["check"]).arg(path))
}

fn shown(printed: &Printed) -> String {
    format!("{}{}", printed.stdout, printed.stderr)
}

fn start(printed: &Printed) -> String {
    format!("{}: {}", printed.code, shown(printed).chars().take(2000).collect::<String>())
}

#[test]
fn b01_to_b04_aliases_and_nesting() {
    let list = |letter: char| vec![format!("*{letter}"); 9].join(",");
    let laughs = |letter: char| {
        let before = char::from_u32(u32::from(letter) - 1).expect("a letter");
        format!("{letter}: &{letter} [{}]\n", list(before))
    };
    let laughs = String::from("a: &a [lol]\n") + &('b'..='j').map(laughs).collect::<String>();
    refused(laughs, "assay::template::too_many_values");
    let link = |n: usize| format!("a{n}: &a{n} [*a{}]\n", n - 1);
    let chain = String::from("a0: &a0 [x]\n") + &(1..50_000).map(link).collect::<String>();
    refused(chain, "the text has");
    for open in ["[", "{a: ", "- ", "? "] {
        refused(open.repeat(20_000), "assay::template::nested_too_deep");
    }
    refused("a: &a\n  <<: *a\n", "assay::template::anchor_inside_itself");
}

#[test]
fn b05_to_b10_keys_encodings_and_sizes() {
    refused("a: 1\na: 2\n", "assay::template::duplicate_key");
    refused(metric("succesCondition: result[0] > 1"), "assay::template::unknown_field");
    refused("spec:\n\tmetrics: []\n", "assay::template::yaml_tab");
    let utf16: Vec<u8> =
        "\u{feff}kind: x".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    refused(utf16, "UTF-16");
    refused(b"kind: \xc3\x28", "is not UTF-8");
    refused("kind: a\0b", "assay::template::nul_byte");
    accepted(String::from("\u{feff}") + &judged(""));
    refused("", "assay::template::no_document");
    refused("# nothing\n", "assay::template::no_document");
    let service = "---\n{apiVersion: v1, kind: Service}\n";
    accepted(service.repeat(1_000));
    refused(service.repeat(1_001), "assay::template::too_many_documents");
    refused(vec![b'#'; 100_000_000], "the text has");
}

#[test]
fn b11_to_b14_and_b18_scalars_and_keys() {
    let arg = |value: &str| {
        judged("")
            .replace("  metrics:", &format!("  args: [{{name: a, value: {value}}}]\n  metrics:"))
    };
    for value in ["NO", "1e3", "0x10", "010"] {
        refused(arg(value), "assay::template::unquoted_text");
    }
    accepted(judged("interval: 1m\ncount: \"5\""));
    for (count, code) in [
        ("5.0", "not_a_whole_number"),
        ("-1", "number_out_of_range"),
        ("2147483648", "number_out_of_range"),
        ("9223372036854775808", "number_out_of_range"),
        (&"9".repeat(10_000), "number_out_of_range"),
    ] {
        refused(judged(&format!("interval: 1m\ncount: {count}")), code);
    }
    refused("? [x, y]\n: 1\n", "assay::template::complex_key");
    let keys: Vec<String> = (0..110_000).map(|n| format!("\"{n:x}\":1")).collect();
    refused(format!("{{{}}}", keys.join(",")), "assay::template::too_many_values");
}

#[test]
fn b19_to_b22_durations() {
    for (interval, code) in [
        ("'0s'", "duration_too_short"),
        ("-5s", "duration_too_short"),
        ("1ns", "duration_too_short"),
        ("1e9h", "invalid_interval"),
        ("'5'", "invalid_interval"),
        ("5 m", "invalid_interval"),
        ("٣s", "invalid_interval"),
    ] {
        refused(judged(&format!("interval: {interval}\ncount: 2")), code);
    }
    accepted(judged("interval: 1h1h\ncount: 2"));
    let ends = |fields: &str| {
        judged(fields)
            .replace("argoproj.io", "assay.dev")
            .replace("  metrics:", "  maxDuration: 10m\n  metrics:")
    };
    refused(ends("interval: 11m\ncount: 2"), "assay::template::past_max_duration");
    refused(ends("initialDelay: 10m"), "assay::template::past_max_duration");
}

#[test]
fn b23_to_b33_templates() {
    let many = |number: usize| {
        let metric = |n| format!("{{name: m{n}, provider: {{web: {{url: 'http://a'}}}}}}");
        let metrics: Vec<String> = (0..number).map(metric).collect();
        format!("{TEMPLATE}spec: {{metrics: [{}]}}\n", metrics.join(","))
    };
    refused(many(0), "assay::template::no_metrics");
    refused(many(6_000), "assay::template::too_many_metrics");
    refused(many(10_000), "assay::template::too_many_metrics");
    let named = |name: &str| judged("").replace("name: m", &format!("name: {name}"));
    refused(named("\"a\\nb\""), "assay::template::invalid_metric_name");
    refused(named(&"n".repeat(65_536)), "assay::template::invalid_metric_name");
    accepted(named("../../etc/passwd"));
    let provided = |provider: &str| {
        judged("").replace("{prometheus: {address: 'http://p:9090', query: up}}", provider)
    };
    refused(provided("{}"), "assay::template::no_provider");
    refused(provided("{web: {url: u}, job: {spec: {}}}"), "assay::template::multiple_providers");
    refused(provided("{nothing: {}}"), "assay::template::unknown_field");
    refused(metric(""), "assay::template::no_condition");
    refused(judged("count: 5"), "assay::template::count_without_interval");
    let link = |n: usize, to: usize| {
        format!("---\n{TEMPLATE}spec: {{templates: [{{templateName: t{to}}}]}}\n")
            .replace("{name: x}", &format!("{{name: t{n}}}"))
    };
    refused(link(0, 1) + &link(1, 2) + &link(2, 0), "assay::template::template_cycle");
    let deep: String = (0..900).map(|n| link(n, n + 1)).collect();
    let last = format!("---\n{}", judged("").replace("{name: x}", "{name: t900}"));
    refused(deep + &last, "assay::template::templates_too_deep");
    let rule = judged("").replace("  metrics:", "  dryRun: [{metricName: other}]\n  metrics:");
    refused(rule, "assay::template::rule_matches_nothing");
    let printed = checked(judged("interval: 1m\ncount: 3\nfailureLimit: 3"));
    assert!(printed.stdout.contains("assay::trap::always_passes"), "{}", start(&printed));
}

#[test]
fn b29_to_b31_arguments() {
    let template = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: x}\n\
        spec:\n  args: [{name: x}]\n  metrics:\n    - name: m\n      successCondition: result[0] > 0\n\
        \x20     provider: {prometheus: {address: 'http://p:9090', query: 'up{a=\"{{args.x}}\"}'}}\n";
    let folder = Folder::new();
    let template = folder.write("template.yaml", template);
    let fixture = folder.write("fixture.yaml", fixture("{value: 1}"));
    for (value, code, said) in [
        ("x={{args.x}}", 0, "up{a=\"{{args.x}}\"}"),
        ("x=", 2, "assay::args::empty_argument"),
        ("x=\"} or vector(1) #", 2, "assay::args::escapes_string"),
        ("y=1", 2, "assay::args::unknown_argument"),
        ("=1", 2, "--arg number 1 is not NAME=VALUE"),
        ("x", 2, "--arg number 1 is not NAME=VALUE"),
    ] {
        let mut command = assay(&["dry-run", "--arg", value, "--fixture"]);
        let printed = run(command.arg(&fixture).arg(&template));
        assert_eq!(printed.code, code, "{value}: {}", start(&printed));
        assert!(shown(&printed).contains(said), "{value}: {}", start(&printed));
    }
}

/// Judges 1 by `expression` and expects an error with `message`.
fn fails(expression: &str, message: &str) {
    let printed = run(&mut assay(&[
        "condition",
        "--kind=scalar",
        "--result=1",
        &format!("--success={expression}"),
        "-o=json",
    ]));
    assert_eq!(printed.code, 0, "{}", start(&printed));
    let judged = printed.json();
    let said = judged["message"].as_str().expect("a message");
    assert_eq!(judged["phase"], "Error", "{expression}: {judged}");
    assert!(said.contains(message), "{expression}: {said}");
}

#[test]
fn b34_long_conditions() {
    let terms = vec!["result > 0"; 6_000].join(" && ");
    fails(&terms, "condition is");
    let text = metric(&format!("successCondition: {}", "x".repeat(900_000)));
    refused(text, "assay::template::bad_condition");
}

#[test]
fn b35_deep_conditions() {
    for open in ["(", "[", "-", "!", "not ", "{a:", "len(", "true?", "2**", "result["] {
        fails(&open.repeat(5_000), "nested more than 64 levels deep");
    }
}

#[test]
fn b36_b37_arithmetic_and_results_that_are_no_answer() {
    fails("asInt('x') > 1", "invalid syntax");
    fails("1 % 0 == 1", "integer divide by zero");
    fails("1..9223372036854775807 == []", "memory budget exceeded");
    fails("bitshl(1, -1) == 1", "negative shift count");
    fails("result", "expected bool, but got float64");
}

#[test]
fn b38_b39_patterns_and_growth() {
    fails("'a' matches '(((a{100}){100}){100})'", "invalid or too large");
    fails("len(repeat('a', 1000000000)) > 1", "memory budget exceeded");
    fails("len(reduce(1..100, #acc + #acc, 'xx')) > 1", "memory budget exceeded");
    fails("let r = 1..9999; all(r, all(r, true))", "step budget exceeded");
    let doubled = "reduce(1..60, [#acc, #acc], 1)";
    fails(&format!("{doubled} == {doubled}"), "step budget exceeded");
    fails(&format!("string({doubled}) == ''"), "memory budget exceeded");
}

#[test]
fn b40_nothing_outside_is_within_reach() {
    fails("__proto__.x == 1", "unknown name __proto__");
    fails("env.HOME == ''", "unknown name env");
    fails("$env['HOME'] == ''", "unknown name HOME");
    fails("file('/etc/passwd') == ''", "unknown name file");
}

#[test]
fn b41_a_constant_condition_is_told() {
    let printed = checked(metric("successCondition: 1 < 2"));
    assert!(printed.stdout.contains("assay::trap::constant_condition"), "{}", start(&printed));
}

fn fixture(answer: &str) -> String {
    format!(
        "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {{name: f}}\nspec: {{recorded: \
         [{{metric: m, repeat: true, answers: [{answer}]}}]}}\n"
    )
}

/// Lets Prometheus answer with `body` and expects a verdict's exit code.
fn answered(body: &str, code: i32) {
    let folder = Folder::new();
    let template = folder.write("template.yaml", judged(""));
    let body = serde_json::Value::from(body).to_string();
    let answer = fixture(&format!("{{status: 200, body: {body}}}"));
    let fixture = folder.write("fixture.yaml", answer);
    let printed = run(assay(&["dry-run", "--fixture"]).arg(fixture).arg(template));
    assert_eq!(printed.code, code, "{body:.200}: {}", start(&printed));
    assert!(shown(&printed).len() < 10_000, "{} bytes", shown(&printed).len());
}

/// A vector of these series.
fn vector(series: &str) -> String {
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{series}]}}}}"
    )
}

#[test]
fn b42_to_b49_query_results_that_are_no_evidence() {
    for value in ["NaN", "+Inf", "-Inf", "abc", "", "0x1p-2"] {
        answered(&vector(&format!("{{\"metric\":{{}},\"value\":[0,\"{value}\"]}}")), 11);
    }
    let one = "{\"metric\":{},\"value\":[0,\"1\"]}";
    answered(&vector(""), 11);
    answered(&vector(&vec![one; 25_000].join(",")), 11);
    answered(&vector("{\"metric\":{},\"histogram\":[1,{\"count\":\"1\",\"sum\":\"1\"}]}"), 11);
    answered(&vector("{\"metric\":{},\"value\":[-3600,\"1\"]}"), 11);
    answered(&vector("{\"metric\":{},\"value\":[99999999999,\"1\"]}"), 11);
    answered(&vector("{\"metric\":{},\"value\":[0,1]}"), 11);
    for body in [
        "",
        "null",
        "<html>",
        "{\"status\":\"success\"}",
        "{\"status\":\"success\",\"warnings\":[\"w\"]}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,\"x\"]}}",
        &"[".repeat(200_000),
    ] {
        answered(body, 11);
    }
    let label = "x".repeat(900_000);
    answered(&vector(&format!("{{\"metric\":{{\"a\":\"{label}\"}},\"value\":[0,\"1\"]}}")), 11);
}

/// Looks for `path` in `body` and expects `phase`.
fn found(path: &str, body: &str, phase: &str) {
    let mut command = assay(&["condition", "--kind=web", "--success=true", "-o=json"]);
    let printed = run(command.args([format!("--json-path={path}"), format!("--body={body}")]));
    assert_eq!(printed.json()["phase"], phase, "{path}: {}", start(&printed));
    assert!(shown(&printed).len() < 2_000, "{path}: {} bytes", shown(&printed).len());
}

#[test]
fn b53_to_b56_paths() {
    let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
    found(&format!("{{{}a}}", ".".repeat(200)), &deep, "Error");
    found(&format!("{{${}}}", "..a".repeat(30)), &deep, "Error");
    found("{$[5]}", "[1]", "Error");
    found("{$[-5]}", "[1]", "Error");
    found("{$[99999999999999999999]}", "[1]", "Error");
    found("{$[5:1]}", "[1,2]", "Error");
    for nothing in ["{\"a\":{}}", "{\"a\":[]}", "{\"a\":null}"] {
        found("{$.a}", nothing, "Inconclusive");
    }
    let elements = vec!["{\"v\":1.5}"; 10_000].join(",");
    found("{$[?(@.v>5.0)]}", &format!("[{elements}]"), "Error");
}
