//! `assay query`: the series of a fixture asked once, and served to others as a Prometheus would.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use assay_tests::binary::{Printed, assay, run};
use assay_tests::folder::Folder;
use expect_test::{Expect, expect};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const CHECKOUT: &str = "tests/query/checkout.yaml";

/// Asks the fixture, and compares the exit code and what is on stdout and stderr.
fn check(arguments: &[&str], expected: &Expect) {
    let Printed { code, stdout, stderr } =
        run(&mut assay(&[&["query", CHECKOUT], arguments].concat()));
    expected.assert_eq(&format!("exit {code}\n{stdout}{stderr}"));
}

#[test]
fn an_answer_is_a_table() {
    check(
        &["sum by (role) (rate(http_requests_total[5m]))"],
        &expect![[r#"
        exit 0
        {role="canary"}  0.09666666666666666 @ 2026-01-05T10:10:00Z
        {role="stable"}  1.5833333333333333 @ 2026-01-05T10:10:00Z
    "#]],
    );
    check(
        &["http_requests_total", "--at", "6m"],
        &expect![[r#"
        exit 0
        http_requests_total{code="200", role="canary"}  30 @ 2026-01-05T10:06:00Z
        http_requests_total{code="200", role="stable"}  570 @ 2026-01-05T10:06:00Z
        http_requests_total{code="500", role="canary"}  0 @ 2026-01-05T10:06:00Z
    "#]],
    );
    check(
        &["1 + 1", "--at", "2026-01-05T10:05:00.5Z"],
        &expect![[r#"
        exit 0
        2 @ 2026-01-05T10:05:00.5Z
    "#]],
    );
    check(
        &["http_requests_total > 1e9", "--at", "1767607200"],
        &expect![[r#"
        exit 0
        no elements @ 2026-01-05T10:00:00Z
    "#]],
    );
    check(
        &["rate(http_requests_total{role='canary'}[2m])", "--from=4m", "--to=8m", "--step=2m"],
        &expect![[r#"
            exit 0
            {code="200", role="canary"}
              0.08333333333333333 @ 2026-01-05T10:04:00Z
              0.08333333333333333 @ 2026-01-05T10:06:00Z
              0.08333333333333333 @ 2026-01-05T10:08:00Z
            {code="500", role="canary"}
              0 @ 2026-01-05T10:04:00Z
              0 @ 2026-01-05T10:06:00Z
              0.016666666666666666 @ 2026-01-05T10:08:00Z
        "#]],
    );
}

#[test]
fn an_answer_is_the_data_of_prometheus() {
    check(
        &["http_requests_total{code='500'}", "-ojson"],
        &expect![[r#"
        exit 0
        {"resultType":"vector","result":[{"metric":{"__name__":"http_requests_total","code":"500","role":"canary"},"value":[1767607800,"4"]}]}
    "#]],
    );
    check(
        &["sum(http_requests_total)", "-ojson", "--from=0s", "--to=1500ms", "--step=750ms"],
        &expect![[r#"
            exit 0
            {"resultType":"matrix","result":[{"metric":{},"values":[[1767607200,"0"],[1767607200.75,"0"],[1767607201.5,"0"]]}]}
        "#]],
    );
    check(
        &["http_requests_total{code='500'}[2m]", "-ojson"],
        &expect![[r#"
        exit 0
        {"resultType":"matrix","result":[{"metric":{"__name__":"http_requests_total","code":"500","role":"canary"},"values":[[1767607740,"3"],[1767607800,"4"]]}]}
    "#]],
    );
}

#[test]
fn the_edge_of_a_window_is_that_of_the_version() {
    let query = "count_over_time(http_requests_total{code='500'}[2m])";
    check(
        &[query],
        &expect![[r#"
        exit 0
        {code="500", role="canary"}  2 @ 2026-01-05T10:10:00Z
    "#]],
    );
    check(
        &[query, "--promql=2"],
        &expect![[r#"
        exit 0
        {code="500", role="canary"}  3 @ 2026-01-05T10:10:00Z
    "#]],
    );
}

#[test]
fn what_is_odd_is_said_and_no_error() {
    check(
        &["http_request_total"],
        &expect![[r#"
        exit 0
        no elements @ 2026-01-05T10:10:00Z
        warning: no series match `http_request_total`, did you mean `http_requests_total`?
    "#]],
    );
    check(
        &["quantile(2, http_requests_total{role='stabel'})"],
        &expect![[r#"
        exit 0
        no elements @ 2026-01-05T10:10:00Z
        warning: no series match: `role` is `stable`, `canary`, never `stabel`: `http_requests_total{role='stabel'}`
        warning: quantile value should be between 0 and 1, got 2
    "#]],
    );
    check(
        &["rate(http_requests_total{code='500'}[30s])"],
        &expect![[r#"
        exit 0
        no elements @ 2026-01-05T10:10:00Z
    "#]],
    );
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_place() {
    check(
        &["sum by (role) rate(http_requests_total[5m])"],
        &expect![[r#"
        exit 2
        assay::template::bad_query

          × the query is not PromQL: expected `(` and arguments, found `rate`
           ╭────
         1 │ sum by (role) rate(http_requests_total[5m])
           ·               ──┬─
           ·                 ╰── here
           ╰────
    "#]],
    );
    check(
        &["rate(http_requests_total)"],
        &expect![[r#"
        exit 2
        assay::template::bad_query

          × the query is not PromQL: `rate` takes a range vector, got an instant vector
           ╭────
         1 │ rate(http_requests_total)
           ·      ─────────┬─────────
           ·               ╰── here
           ╰────
    "#]],
    );
    check(
        &["http_requests_total + on (role) http_requests_total"],
        &expect![[r#"
        exit 2
        error: the query has no answer: several elements on the right side match {role="canary"}: http_requests_total{code="200", role="canary"} and http_requests_total{code="500", role="canary"}; matching needs one, or `group_left` or `group_right` if the other side has several
    "#]],
    );
    check(
        &["1", "--from=5m", "--to=1m", "--step=1m"],
        &expect![[r#"
        exit 2
        error: the query has no answer: a range needs an end that is not before its start and a step of at least 1ms
    "#]],
    );
    check(
        &["1", "--at=soon"],
        &expect![[r#"
        exit 2
        error: --at: `soon` is no time: write `2026-01-05T10:05:00Z`, seconds since 1970, or how long after the start of the fixture, such as `5m`
    "#]],
    );
    for wrong in [&["1", "--from=1m"][..], &["1", "--at=1m", "--from=1m"], &[], &["--serve=x"]] {
        let printed = run(&mut assay(&[&["query", CHECKOUT], wrong].concat()));
        assert_eq!(printed.code, 2, "{wrong:?}: {printed:?}");
    }
}

#[test]
fn the_example_of_prometheus_has_the_answer_that_is_documented() {
    for file in ["tests/query/promtool.yaml", "fixtures/promtool/test.yml"] {
        let printed = run(&mut assay(&["query", file, "go_goroutines > 5", "--at", "4m"]));
        expect![[r#"
            go_goroutines{instance="localhost:9090", job="prometheus"}     50 @ 1970-01-01T00:04:00Z
            go_goroutines{instance="localhost:9100", job="node_exporter"}  50 @ 1970-01-01T00:04:00Z
        "#]]
        .assert_eq(&printed.stdout);
    }
}

#[test]
fn one_of_several_tests_of_promtool_is_named() {
    let folder = Folder::new();
    let text = "rule_files: [a.yml]\nevaluation_interval: 1d\ntests:\n  - name: quiet\n    \
                interval: 15s\n    input_series: [{series: up, values: 1x4}]\n  - input_series: \
                [{series: up, values: 2x4}]\n  - {name: alone}\n";
    let file = folder.write("several.yml", text).display().to_string();
    let asked = |which: &str, more: &[&str]| {
        let printed = run(assay(&["query", &format!("{file}{which}"), "up"]).args(more));
        printed.stdout + &printed.stderr.replace(&format!("{}/", folder.path("").display()), "")
    };
    let answers = [
        asked("#quiet", &[]),
        asked("#2", &["--at", "48h"]),
        asked("#3", &[]),
        asked("", &[]),
        asked("#4", &[]),
    ];
    expect![[r#"
        up  1 @ 1970-01-01T00:01:00Z
        up  2 @ 1970-01-03T00:00:00Z
        no elements @ 1970-01-01T00:00:00Z
        warning: no series match: there is no metric `up`
        error: several.yml has 3 fixtures: write after the file which one is meant, `#quiet`, `#2` or `#alone`
        error: several.yml has no fixture `#4`, but `#quiet`, `#2` or `#alone`
    "#]]
        .assert_eq(&answers.concat().replace(&folder.path("").display().to_string(), ""));
    let misspelt = folder.write("misspelt.yml", text.replace("interval: 15s", "intervall: 15s"));
    let printed = run(&mut assay(&["query", &misspelt.display().to_string(), "up"]));
    assert_eq!(printed.code, 2);
    assert!(printed.stderr.contains("did you mean `interval`?"), "{}", printed.stderr);
}

/// `assay query --serve` until it is told to end.
struct Served {
    child: Child,
    progress: BufReader<std::process::ChildStderr>,
    url: String,
}

impl Served {
    fn start(fixture: &str) -> Self {
        let mut child = assay(&["query", fixture, "--serve", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut progress = BufReader::new(child.stderr.take().expect("its progress"));
        let mut line = String::new();
        progress.read_line(&mut line).expect("a line of progress");
        let url = line.split(' ').find(|word| word.starts_with("http://")).expect("an address");
        let url = url.trim_end_matches(':').to_owned();
        Self { child, progress, url }
    }

    /// What curl gets, and its status.
    fn curl(&self, arguments: &[&str], path: &str) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--globoff", "--write-out", " %{http_code}"])
            .args(arguments)
            .arg(format!("{}{path}", self.url))
            .output()
            .expect("curl runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Tells it to end, and gives its exit code and its last words.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        let id = i32::try_from(self.child.id()).expect("a process");
        kill(Pid::from_raw(id), signal).expect("it is there");
        let mut rest = String::new();
        self.progress.read_to_string(&mut rest).expect("UTF-8");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

/// A failed test leaves nothing running.
impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn curl_asks_it_as_a_prometheus() {
    let served = Served::start(CHECKOUT);
    let asked = [
        (
            &["--get", "--data-urlencode", "query=http_requests_total{code=\"500\"}"][..],
            "/api/v1/query",
        ),
        (&["-dquery=vector(1)", "-dtime=1767607200.5"], "/api/v1/query"),
        (&["-dquery=up", "-dstart=0", "-dend=60", "-dstep=60"], "/api/v1/query_range"),
        (&["-dmatch[]={code=\"500\"}"], "/api/v1/series"),
        (&[], "/api/v1/labels"),
        (&[], "/api/v1/label/role/values"),
        (&[], "/api/v1/metadata"),
        (&[], "/-/healthy"),
        (&[], "/-/ready"),
        (&[], "/api/v1/query?query=sum("),
        (&[], "/api/v1/query?query=http_requests_total%2Bon(role)http_requests_total"),
        (&[], "/api/v1/targets"),
    ];
    let answers = asked.map(|(arguments, path)| served.curl(arguments, path) + "\n");
    expect![[r#"
        {"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"http_requests_total","code":"500","role":"canary"},"value":[1767607800,"4"]}]}} 200
        {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1767607200.5,"1"]}]}} 200
        {"status":"success","data":{"resultType":"matrix","result":[]},"infos":["no series match: there is no metric `up`"]} 200
        {"status":"success","data":[{"__name__":"http_requests_total","code":"500","role":"canary"}]} 200
        {"status":"success","data":["__name__","code","role"]} 200
        {"status":"success","data":["canary","stable"]} 200
        {"status":"success","data":{}} 200
        assay is healthy.
         200
        assay is ready.
         200
        {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: expected a selector, a function, a number or `(`, found the end of the query"} 400
        {"status":"error","errorType":"execution","error":"several elements on the right side match {role=\"canary\"}: http_requests_total{code=\"200\", role=\"canary\"} and http_requests_total{code=\"500\", role=\"canary\"}; matching needs one, or `group_left` or `group_right` if the other side has several"} 422
        {"status":"error","errorType":"not_found","error":"series in memory have no such endpoint"} 404
    "#]].assert_eq(&answers.concat());
    let info = served.curl(&[], "/api/v1/status/buildinfo");
    assert!(info.contains("\"version\":\"3.0.0+assay-"), "{info}");
    let long = format!("query={}", "1".repeat(2 << 20));
    assert!(served.curl(&["--data", &long[..100_000]], "/api/v1/query").ends_with(" 400"));
    let folder = Folder::new();
    let body = folder.write("body", &long).display().to_string();
    assert!(served.curl(&["--data", &format!("@{body}")], "/api/v1/query").ends_with(" 413"));
    let (code, words) = served.end(Signal::SIGINT);
    assert_eq!(
        (code, words.trim_end()),
        (Some(0), "stopped: it was interrupted from the keyboard")
    );
}

/// What the Prometheus data source of Grafana asks: its "save & test", its query editor, its panels.
#[test]
fn grafana_is_answered() {
    let served = Served::start(CHECKOUT);
    let form = |fields: &[&'static str], path: &str| {
        let fields: Vec<String> = fields.iter().map(|field| format!("-d{field}")).collect();
        served.curl(&fields.iter().map(String::as_str).collect::<Vec<_>>(), path) + "\n"
    };
    let (start, end) = ("start=1767607200", "end=1767607800");
    let answers = [
        form(&["query=1%2B1", "time=1767607800.123"], "/api/v1/query"),
        served.curl(&[], "/api/v1/metadata?limit=40000") + "\n",
        served.curl(&[], "/api/v1/rules") + "\n",
        form(&[start, end, "match[]={role=\"canary\"}", "limit=40000"], "/api/v1/labels"),
        form(&[start, end, "match[]={role=\"canary\"", "limit=40000"], "/api/v1/labels"),
        form(&[start, end, "match[]=http_requests_total{code=\"500\"}"], "/api/v1/series"),
        served.curl(
            &["--get", "-dlimit=40000", "--data-urlencode", "match[]={code=\"500\"}"],
            "/api/v1/label/__name__/values",
        ) + "\n",
        form(
            &["query=sum(rate(http_requests_total[5m0s]))%20by%20(role)", start, end, "step=300"],
            "/api/v1/query_range",
        ),
        form(&["query=http_requests_total", start, end], "/api/v1/query_exemplars"),
        form(&["query=up", start, end, "step=0.01"], "/api/v1/query_range"),
    ];
    expect![[r#"
        {"status":"success","data":{"resultType":"scalar","result":[1767607800.123,"2"]}} 200
        {"status":"success","data":{}} 200
        {"status":"success","data":{"groups":[]}} 200
        {"status":"success","data":["__name__","code","role"]} 200
        {"status":"error","errorType":"bad_data","error":"invalid parameter \"match[]\": 1:15: parse error: expected `,` or `}`, found the end of the query"} 400
        {"status":"success","data":[{"__name__":"http_requests_total","code":"500","role":"canary"}]} 200
        {"status":"success","data":["http_requests_total"]} 200
        {"status":"success","data":{"resultType":"matrix","result":[{"metric":{"role":"canary"},"values":[[1767607500,"0.08333333333333333"],[1767607800,"0.09666666666666666"]]},{"metric":{"role":"stable"},"values":[[1767607500,"1.5833333333333333"],[1767607800,"1.5833333333333333"]]}]}} 200
        {"status":"success","data":[]} 200
        {"status":"error","errorType":"bad_data","error":"the query has more than 11000 steps"} 400
    "#]].assert_eq(&answers.concat());
}

#[test]
fn a_live_run_can_ask_it() {
    for (failed, code, verdict) in [(1, 0, "promote"), (50, 10, "abort")] {
        let folder = Folder::new();
        let fixture = folder.write("fixture.yaml", around_now(failed));
        let served = Served::start(&fixture.display().to_string());
        let printed = run(&mut assay(&[
            "run",
            "tests/live/success-rate.yaml",
            "-qojson",
            "-acount=4",
            "--prometheus",
            &served.url,
        ]));
        assert_eq!(printed.code, code, "{printed:?}");
        assert_eq!(printed.json()["verdict"], verdict);
        assert_eq!(served.end(Signal::SIGTERM).0, Some(0));
    }
}

/// A fixture whose series last from a minute ago for an hour, as a live run asks as of now: 100
/// requests a second, `failed` of which fail.
fn around_now(failed: u32) -> String {
    #[expect(clippy::disallowed_methods, reason = "the run that asks has a real clock")]
    let now = jiff::Timestamp::now();
    let good = 100 - failed;
    format!(
        "apiVersion: assay.dev/v1alpha1\nkind: Fixture\nmetadata: {{name: now}}\nspec:\n  \
         start: {now}\n  series:\n    interval: 1s\n    from: -1m\n    input:\n      \
         - {{series: 'http_requests_total{{code=\"200\"}}', values: '0+{good}x3600'}}\n      \
         - {{series: 'http_requests_total{{code=\"500\"}}', values: '0+{failed}x3600'}}\n"
    )
}
