//! Pages read from servers that serve them well, badly or not at all, and queries over them.

use std::time::Duration;

use assay_promql::{Dialect, Query};
use assay_run::reading::{Answer, Fault};
use assay_template::plan::{
    self as plan, Authentication, MetricPlan, Mode, Plan, ScrapeQuery, ScrapeTarget, Tls,
};
use assay_template::secret::{Resolved, Secret, Secrets};
use jiff::{SignedDuration, Timestamp};

use super::server::{Act, Server, answer, ok};
use super::{asked, describe, metric};
use crate::limits::Limits;
use crate::scrape::Pages;
use crate::sources::{Question, SourceSettings, Sources};

fn query(targets: &[(&str, String)], text: &str) -> ScrapeQuery {
    let target = |(instance, url): &(&str, String)| ScrapeTarget {
        instance: (*instance).to_owned(),
        url: Resolved::plain(url),
    };
    ScrapeQuery {
        targets: targets.iter().map(target).collect(),
        every: Duration::from_secs(15),
        query: Resolved::plain(text),
        promql: promql(text, Dialect::Prometheus3),
        timeout: Duration::from_secs(5),
        headers: vec![],
        authentication: Authentication::None,
        tls: Tls::default(),
        insecure: false,
    }
}

fn promql(text: &str, dialect: Dialect) -> Secret<Query> {
    Secret::new(Query::parse(text, dialect).unwrap())
}

/// A run of its own time, with one metric for each query, named by its place.
struct Run {
    sources: Sources,
    pages: Pages,
    metrics: Vec<MetricPlan>,
}

impl Run {
    fn new(queries: Vec<ScrapeQuery>) -> Self {
        Self::limited(queries, Limits::default())
    }

    fn limited(queries: Vec<ScrapeQuery>, limits: Limits) -> Self {
        let metrics: Vec<MetricPlan> = queries
            .into_iter()
            .enumerate()
            .map(|(place, query)| MetricPlan {
                name: place.to_string(),
                ..metric(plan::Query::Scrape(query))
            })
            .collect();
        let plan = Plan {
            name: "p".to_owned(),
            mode: Mode::Strict,
            metrics: metrics.clone(),
            sequential: None,
            max_duration: None,
            terminate: false,
            warnings: vec![],
            secrets: Secrets::default(),
        };
        let settings = SourceSettings { limits, ..SourceSettings::default() };
        let sources = Sources::new(settings).unwrap();
        let pages = sources.pages(&plan);
        Self { sources, pages, metrics }
    }

    /// Reads all pages so many seconds after the start, one after the other.
    async fn read(&self, seconds: i64) {
        for number in 0..self.pages.len() {
            self.sources.read_page(&self.pages, number, at(seconds)).await;
        }
    }

    async fn ask(&self, metric: usize, seconds: i64) -> Result<Answer, Fault> {
        let (pages, metric) = (&self.pages, &self.metrics[metric]);
        let question = Question { metric, asked: at(seconds), back: None };
        self.sources.measure_in(pages, question, &Secrets::default()).await
    }

    async fn check(&self, metric: usize, seconds: i64, server: &Server, expected: &str) {
        let outcome = self.ask(metric, seconds).await;
        assert_eq!(describe(&outcome, Some(server)), expected, "{metric} at {seconds}");
    }
}

fn at(seconds: i64) -> Timestamp {
    asked() + SignedDuration::from_secs(seconds)
}

/// A server whose page is each of these in turn; the last one stays.
async fn pages(texts: &[&str]) -> Server {
    Server::start(texts.iter().map(ok).collect()).await
}

/// The outcome of one read of a server that acts so, and `x` asked for.
async fn check_one(act: Act, expected: &str) {
    let server = Server::start(vec![act]).await;
    let run = Run::new(vec![query(&[("a", server.url("/metrics"))], "x")]);
    run.read(0).await;
    run.check(0, 0, &server, expected).await;
}

#[tokio::test]
async fn a_page_is_read_as_what_it_is() {
    check_one(ok("x 1\nx{z=\"b\"} 2\n"), "Vector([1.0, 2.0])").await;
    let open = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    check_one(answer("200 OK", open, "x 3\n# EOF\n"), "Vector([3.0])").await;
    let cut = "Unreadable: HOST answered with a page that cannot be read: the page does not end \
               with `# EOF`, so part of it may be missing (line 2, column 1)";
    check_one(answer("200 OK", open, "x 3\n"), cut).await;
    let plain = "Content-Type: text/plain; version=0.0.4\r\n";
    check_one(answer("200 OK", plain, "x 3\n# EOF\n"), "Vector([3.0])").await;
}

#[tokio::test]
async fn openmetrics_is_preferred() {
    let server = pages(&["x 1\n"]).await;
    let run = Run::new(vec![query(&[("a", server.url("/metrics"))], "x")]);
    run.read(0).await;
    let seen = server.seen().concat();
    assert!(seen.starts_with("GET /metrics HTTP/1.1\n"), "{seen}");
    assert!(seen.contains("accept: application/openmetrics-text;version=1.0.0;q=0.6,"), "{seen}");
    assert!(seen.contains("x-prometheus-scrape-timeout-seconds: 5\n"), "{seen}");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_whole_is_not_read() {
    check_one(answer("500 Oops", "", "x 1\n"), "Refused: HOST answered 500").await;
    let html = "Unreadable: HOST answered with a page in HTML or XML, not with metrics";
    check_one(ok("<html>log in</html>\n"), html).await;
    let html_type = "Content-Type: text/html\r\n";
    check_one(answer("200 OK", html_type, "log in\n"), html).await;
    let cut = "Unreadable: HOST answered with a page that does not end with a line feed, so part \
               of it may be missing";
    check_one(ok("x 1\nx{a=\"b\"} 12"), cut).await;
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx 1\n".to_vec();
    let closed = "Unreachable: HOST closed the connection before its answer was complete";
    check_one(Act::SendAndClose(half), closed).await;
    let bad = "Unreadable: HOST answered with a page that cannot be read: expected a value, found \
               the end of the line (line 2, column 2)";
    check_one(ok("x 1\ny\nz 3\n"), bad).await;
    let large = "TooLarge: HOST answered with more than 8388608 bytes";
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    check_one(Act::Endless(head, vec![b'x'; 0x10000]), large).await;
    check_one(
        ok([b'x', b' ', 0xff, b'\n']),
        "Unreadable: HOST answered with a page that is not UTF-8",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_hangs_fails_its_read() {
    check_one(Act::Hang, "TimedOut: HOST did not answer within 5s").await;
}

#[tokio::test]
async fn what_is_wrong_whoever_answers_is_told() {
    let run = Run::new(vec![query(&[("a", "http://127.0.0.1:1/".to_owned())], "x")]);
    let sources = Sources::new(SourceSettings::default()).unwrap();
    let outcome = sources.measure(&run.metrics[0], asked(), &Secrets::default()).await;
    let expected = "Misconfigured: pages are only read while a run lasts";
    assert_eq!(describe(&outcome, None), expected);

    let server = pages(&["x 1\nx{a=\"b\"} 2\n"]).await;
    let run = Run::new(vec![query(&[("a", server.url("/"))], "x / on() x")]);
    run.read(0).await;
    let outcome = describe(&run.ask(0, 0).await, None);
    assert!(outcome.starts_with("Refused: execution: several"), "{outcome}");
}

#[tokio::test]
async fn a_counter_that_resets_goes_on_counting() {
    let server = pages(&["x_total 10\n", "x_total 16\n", "x_total 2\n", "x_total 5\n"]).await;
    let targets = [("a", server.url("/"))];
    let queries = ["increase(x_total[1m])", "resets(x_total[1m])", "x_total"];
    let run = Run::new(queries.into_iter().map(|text| query(&targets, text)).collect());
    assert_eq!(run.pages.len(), 1, "one page for three metrics");
    for read in 0..4 {
        run.read(read * 15).await;
    }
    assert_eq!(server.seen().len(), 4);
    // 6 + 2 + 3 over 45 s, and 7.5 s more on each side, as Prometheus extrapolates.
    run.check(1, 45, &server, "Vector([1.0])").await;
    run.check(2, 45, &server, "Vector([5.0])").await;
    let Ok(Answer { reading, .. }) = run.ask(0, 45).await else { panic!() };
    let assay_run::reading::Reading::Vector(values) = reading else { panic!() };
    assert!(11.0 < values[0] && values[0] < 16.0, "{values:?}");
}

#[tokio::test]
async fn a_series_that_vanishes_is_gone_at_once() {
    let server = pages(&["x{a=\"1\"} 1\nx{a=\"2\"} 2\n", "x{a=\"1\"} 1\n"]).await;
    let targets = [("i", server.url("/"))];
    let queries = ["x", "count_over_time(x[1m])"].map(|text| query(&targets, text));
    let run = Run::new(queries.into());
    run.read(0).await;
    run.check(0, 0, &server, "Vector([1.0, 2.0])").await;
    run.read(15).await;
    run.check(0, 15, &server, "Vector([1.0])").await;
    // What it was is still in the window.
    run.check(1, 15, &server, "Vector([2.0, 1.0])").await;
}

#[tokio::test]
async fn a_target_that_fails_is_down_and_its_series_are_stale() {
    let good = pages(&["x 1\n"]).await;
    let bad = Server::start(vec![ok("x 2\n"), answer("500 Oops", "", "")]).await;
    let targets = [("good", good.url("/")), ("bad", bad.url("/"))];
    let queries = ["x", "up", "sum(up)", "count(scrape_duration_seconds)", "x{instance=\"good\"}"];
    let run = Run::new(queries.into_iter().map(|text| query(&targets, text)).collect());
    run.read(0).await;
    run.check(0, 0, &bad, "Vector([2.0, 1.0])").await;
    run.check(1, 0, &bad, "Vector([1.0, 1.0])").await;
    run.read(15).await;
    let warns = "warns [\"HOST answered 500\"]";
    run.check(0, 15, &bad, &format!("Vector([1.0]) {warns}")).await;
    run.check(2, 15, &bad, &format!("Vector([1.0]) {warns}")).await;
    run.check(3, 15, &bad, &format!("Vector([2.0]) {warns}")).await;
    run.check(4, 15, &bad, &format!("Vector([1.0]) {warns}")).await;
}

#[tokio::test]
async fn pages_that_all_failed_are_no_empty_answer() {
    let server = Server::start(vec![ok("x 2\n"), answer("500 Oops", "", ""), ok("x 3\n")]).await;
    let run = Run::new(vec![
        query(&[("a", server.url("/"))], "x"),
        query(&[("a", server.url("/"))], "rate(x[5m])"),
    ]);
    run.read(0).await;
    run.check(0, 0, &server, "Vector([2.0])").await;
    run.read(15).await;
    run.check(0, 20, &server, "Refused: HOST answered 500").await;
    // There are samples in its window, but who cannot see must not judge.
    run.check(1, 20, &server, "Refused: HOST answered 500").await;
    run.read(30).await;
    run.check(0, 30, &server, "Vector([3.0])").await;

    let both = [("a", server.url("/nowhere")), ("b", "http://127.0.0.1:1/".to_owned())];
    let server = Server::start(vec![answer("404 No", "", "")]).await;
    let both = [("a", server.url("/")), both[1].clone()];
    let run = Run::new(vec![query(&both, "x")]);
    run.read(0).await;
    let expected = "Refused: none of 2 pages could be read: HOST answered 404, 127.0.0.1:1 refused \
                    the connection";
    run.check(0, 0, &server, expected).await;
}

#[tokio::test]
async fn an_empty_answer_says_what_may_be_wrong() {
    let page = "http_requests_total{code=\"200\"} 1\nhttp_requests_total{code=\"500\"} 1\n";
    let server = pages(&[page]).await;
    let queries = [
        "http_request_total",
        "http_requests_total{code=\"503\"}",
        "rate(http_requests_total[1m])",
        "http_requests_total > 5",
    ];
    let targets = [("a", server.url("/"))];
    let run = Run::new(queries.into_iter().map(|text| query(&targets, text)).collect());
    run.read(0).await;
    let warns = |why: &str| format!("Vector([]) warns [{why:?}]");
    let near = "no series match `http_request_total`, did you mean `http_requests_total`?";
    run.check(0, 0, &server, &warns(near)).await;
    let label = "no series match: `code` is `500`, `200`, never `503`: \
                 `http_requests_total{code=\"503\"}`";
    run.check(1, 0, &server, &warns(label)).await;
    let once = "its pages were read once so far, and a rate needs two reads; they are read every \
                15s, so an `initialDelay` helps";
    run.check(2, 0, &server, &warns(once)).await;
    run.read(15).await;
    run.check(2, 15, &server, "Vector([0.0, 0.0])").await;
    run.check(3, 15, &server, "Vector([])").await;
}

#[tokio::test]
async fn labels_and_times_on_a_page_are_kept() {
    let ms = at(0).as_millisecond();
    let page = format!(
        "x{{instance=\"own\"}} 1\ny 2\nold 1 {}\nahead 1 {}\ngone 1 {}\n",
        ms - 60_000,
        ms + 11 * 60_000,
        ms - 10 * 60_000,
    );
    // On the second page `old` has not moved on and `y` is not there.
    let server = pages(&[&page, &format!("old 7 {}\n", ms - 60_000)]).await;
    let targets = [("given", server.url("/"))];
    let queries = [
        "x{instance=\"own\"}",
        "y{instance=\"given\"}",
        "timestamp(old) - time()",
        "old",
        "ahead or gone",
    ];
    let run = Run::new(queries.into_iter().map(|text| query(&targets, text)).collect());
    run.read(0).await;
    run.check(0, 0, &server, "Vector([1.0])").await;
    run.check(1, 0, &server, "Vector([2.0])").await;
    run.check(2, 0, &server, "Vector([-60.0])").await;
    let outcome = describe(&run.ask(4, 0).await, None);
    assert!(
        outcome.starts_with("Vector([]) warns [\"no series match: there is no metric `ahead`"),
        "{outcome}"
    );
    run.read(15).await;
    run.check(3, 15, &server, "Vector([1.0])").await;
    let outcome = describe(&run.ask(1, 15).await, None);
    assert!(outcome.starts_with("Vector([])"), "{outcome}");
    // A sample with a time of its own is not marked stale; it ages.
    let outcome = describe(&run.ask(3, 300).await, None);
    assert!(outcome.starts_with("Vector([])"), "{outcome}");
}

#[tokio::test]
async fn the_two_dialects_differ_at_the_edge_of_a_window() {
    let server = pages(&["x 1\n"]).await;
    let targets = [("a", server.url("/"))];
    let three = query(&targets, "count_over_time(x[15s])");
    let two =
        ScrapeQuery { promql: promql(three.query.reveal(), Dialect::Prometheus2), ..three.clone() };
    let run = Run::new(vec![two, three]);
    run.read(0).await;
    run.read(15).await;
    run.check(0, 15, &server, "Vector([2.0])").await;
    run.check(1, 15, &server, "Vector([1.0])").await;
}

#[tokio::test]
async fn windows_keep_what_queries_look_at_and_no_more() {
    let server = pages(&["x 1\n"]).await;
    let targets = [("a", server.url("/"))];
    let run = Run::new(vec![query(&targets, "count_over_time(x[10m])")]);
    for read in 0..100 {
        run.read(read * 15).await;
    }
    run.check(0, 99 * 15, &server, "Vector([40.0])").await;
    let all = Run::new(vec![query(&targets, "count_over_time(x[20m])")]);
    for read in 0..100 {
        all.read(read * 15).await;
    }
    all.check(0, 99 * 15, &server, "Vector([80.0])").await;
}

#[tokio::test]
async fn limits_have_names() {
    let server = pages(&["x{a=\"1\"} 1\nx{a=\"2\"} 1\nx{a=\"3\"} 1\n"]).await;
    let targets = [("a", server.url("/"))];
    let one = || vec![query(&targets, "x")];
    let run = Run::limited(one(), Limits { page_series_max: 2, ..Limits::default() });
    run.read(0).await;
    run.check(0, 0, &server, "TooLarge: HOST answered with more than 2 series").await;

    let run = Run::limited(one(), Limits { page_samples_kept_max: 5, ..Limits::default() });
    run.read(0).await;
    run.check(0, 0, &server, "Vector([1.0, 1.0, 1.0])").await;
    run.read(15).await;
    let outcome = describe(&run.ask(0, 15).await, Some(&server));
    let expected = "TooLarge: the pages of this run hold more than 5 samples";
    assert!(outcome.starts_with(expected), "{outcome}");
    // What is out of every window makes room again.
    run.read(400).await;
    run.read(415).await;
    run.check(0, 415, &server, "Vector([1.0, 1.0, 1.0])").await;

    let two = [("a", server.url("/")), ("b", server.url("/b"))];
    let run = Run::limited(vec![query(&two, "x")], Limits { pages_max: 1, ..Limits::default() });
    run.check(0, 0, &server, "TooLarge: the run would read more than 1 pages").await;
}

#[tokio::test]
async fn the_first_measurement_waits_for_the_first_read() {
    let server = pages(&["x 1\n"]).await;
    let run = Run::new(vec![query(&[("a", server.url("/"))], "x")]);
    let (outcome, ()) = tokio::join!(biased; run.ask(0, 0), run.read(2));
    // It looks at what it waited for, though that is later than what it asked for.
    assert_eq!(describe(&outcome, None), "Vector([1.0])");
}

#[tokio::test]
async fn a_target_that_does_not_answer_delays_only_itself() {
    let slow = Server::start(vec![Act::Hang]).await;
    let good = pages(&["x 1\n", "x 2\n", "x 3\n"]).await;
    let run = Run::new(vec![
        query(&[("slow", slow.url("/"))], "x"),
        query(&[("good", good.url("/"))], "x"),
    ]);
    let others = async {
        for (read, expected) in
            ["Vector([1.0])", "Vector([2.0])", "Vector([3.0])"].iter().enumerate()
        {
            let seconds = i64::try_from(read).unwrap() * 15;
            let _turn = run.pages.turn().await;
            run.sources.read_page(&run.pages, 1, at(seconds)).await;
            run.check(1, seconds, &good, expected).await;
        }
    };
    tokio::select! {
        biased;
        () = run.sources.read_page(&run.pages, 0, at(0)) => panic!("it answered"),
        // Who asks for the slow page waits, and nobody else.
        _ = run.ask(0, 0) => panic!("there is nothing to answer with"),
        () = others => {}
    }
}

#[tokio::test(start_paused = true)]
async fn reads_in_flight_are_capped() {
    let server = pages(&["x 1\n"]).await;
    let limits = Limits { page_reads_in_flight_max: 2, ..Limits::default() };
    let run = Run::limited(vec![query(&[("a", server.url("/"))], "x")], limits);
    let (_first, second) = (run.pages.turn().await, run.pages.turn().await);
    let wait = Duration::from_secs(3600);
    assert!(tokio::time::timeout(wait, run.pages.turn()).await.is_err());
    drop(second);
    assert!(tokio::time::timeout(wait, run.pages.turn()).await.is_ok());
}

#[tokio::test]
async fn a_value_of_the_query_itself_is_no_evidence() {
    let server = pages(&["requests_total 1\n"]).await;
    let targets = [("a", server.url("/"))];
    let run = Run::new(vec![query(&targets, "sum(request_total) or vector(0)")]);
    run.read(0).await;
    let answer = run.ask(0, 0).await.unwrap();
    let why = "the value comes from the query itself, not from a series: no series match \
               `request_total`, did you mean `requests_total`?";
    assert_eq!(answer.unfounded.as_deref(), Some(why));
    run.check(0, 0, &server, &format!("Vector([0.0]) warns [{why:?}]")).await;
}

#[tokio::test]
async fn pages_are_shared_only_by_those_who_ask_alike() {
    let server = pages(&["x 1\n"]).await;
    let plain = query(&[("a", server.url("/"))], "x");
    let named = ScrapeQuery { every: Duration::from_secs(1), ..plain.clone() };
    let token = Authentication::Bearer { token: Resolved::masked("t0ken", "***") };
    let with_login = ScrapeQuery { authentication: token, ..plain.clone() };
    let run = Run::new(vec![plain.clone(), named, with_login]);
    assert_eq!(run.pages.len(), 2);
    assert_eq!(run.pages.every(0), Some(Duration::from_secs(1)));
    assert_eq!(run.pages.every(1), Some(Duration::from_secs(15)));
}

#[tokio::test]
async fn an_echoed_secret_is_masked() {
    let server = Server::start(vec![Act::Echo("200 OK", "ECHO\n")]).await;
    let token = Authentication::Bearer { token: Resolved::masked("s3cr3t-t0ken", "***") };
    let plain = query(&[("a", server.url("/s3cr3t-t0ken"))], "x");
    let run = Run::new(vec![ScrapeQuery { authentication: token, ..plain }]);
    run.read(0).await;
    let outcome = describe(&run.ask(0, 0).await, None);
    assert!(outcome.starts_with("Unreadable: ") && !outcome.contains("s3cr3t"), "{outcome}");
}
