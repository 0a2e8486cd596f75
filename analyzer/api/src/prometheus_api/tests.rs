//! Each endpoint as a function: a form in, a status and JSON out.

use std::sync::Arc;

use assay_promql::{Dialect, SeriesBuilder, load};

use super::form::Form;
use super::reply::Reply;
use super::{Endpoint, MATCHERS_MAX, Served, query, reply, series};

fn served() -> Served {
    let mut builder = SeriesBuilder::new();
    for (series, values) in [
        (r#"http_requests_total{code="200",app="a"}"#, "0+60x10"),
        (r#"http_requests_total{code="500",app="a"}"#, "0+6x10"),
        ("up", "1x10"),
    ] {
        load(series, values, 0, 60_000, &mut builder).expect("notation");
    }
    let series = Arc::new(builder.finish());
    Served { series, dialect: Dialect::Prometheus3, default_ms: 600_000 }
}

fn check(endpoint: Endpoint, form: &str, status: u16, expected: &str) {
    let Reply { status: got, body } = endpoint(&served(), &Form::read(&[], Some(form)));
    let body = String::from_utf8(body).expect("UTF-8");
    assert_eq!((got, body.as_str()), (status, expected), "{form}");
}

#[test]
fn a_query_is_answered_at_its_time_or_at_the_one_given() {
    let data = |result: &str| {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#)
    };
    let at = |time: &str| data(&format!(r#"{{"metric":{{}},"value":[{time},"1.1"]}}"#));
    let rate = "query=sum(rate(http_requests_total[5m]))";
    check(query::query, rate, 200, &at("600"));
    check(query::query, &format!("{rate}&time=540.5&timeout=1s"), 200, &at("540.5"));
    check(query::query, &format!("{rate}&time=1970-01-01T00:09:00Z"), 200, &at("540"));
    check(query::query, "query=up&time=2e9", 200, &data(""));
}

#[test]
fn a_range_is_answered_step_by_step() {
    check(
        query::query_range,
        "query=up%2B1&start=0&end=120&step=1m",
        200,
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[0,"2"],[60,"2"],[120,"2"]]}]}}"#,
    );
}

#[test]
fn what_is_odd_about_an_answer_is_said() {
    check(
        query::query,
        "query=rate(upp[5m])",
        200,
        r#"{"status":"success","data":{"resultType":"vector","result":[]},"infos":["no series match `upp`, did you mean `up`?"]}"#,
    );
    check(
        query::query,
        "query=quantile(2,up)",
        200,
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[600,"+Inf"]}]},"warnings":["PromQL warning: quantile value should be between 0 and 1, got 2"]}"#,
    );
}

#[test]
fn refusals_are_those_of_prometheus() {
    let bad = |message: &str| {
        format!(r#"{{"status":"error","errorType":"bad_data","error":"{message}"}}"#)
    };
    let parameter =
        |name: &str, reason: &str| bad(&format!(r#"invalid parameter \"{name}\": {reason}"#));
    for (form, expected) in [
        (
            "",
            parameter(
                "query",
                "1:1: parse error: expected a selector, a function, a number or `(`, found the end of the query",
            ),
        ),
        ("query=up&time=now", parameter("time", r#"cannot parse \"now\" to a valid timestamp"#)),
    ] {
        check(query::query, form, 400, &expected);
    }
    for (form, expected) in [
        ("query=up", parameter("start", r#"cannot parse \"\" to a valid timestamp"#)),
        (
            "query=up&start=2&end=1&step=1",
            parameter("end", "end timestamp must not be before start time"),
        ),
        (
            "query=up&start=1&end=2&step=0",
            parameter(
                "step",
                "zero or negative query resolution step widths are not accepted. Try a positive integer",
            ),
        ),
        ("query=up&start=0&end=99999&step=1", bad("the query has more than 11000 steps")),
        (
            "query=up[5m]&start=0&end=9&step=1",
            bad("a range query needs a scalar or an instant vector at each step"),
        ),
    ] {
        check(query::query_range, form, 400, &expected);
    }
    let Reply { status, body } =
        query::query(&served(), &Form::read(b"query=up+*+on(job)+http_requests_total", None));
    let body = String::from_utf8(body).expect("UTF-8");
    assert_eq!(status, 422, "{body}");
    assert!(
        body.starts_with(r#"{"status":"error","errorType":"execution","error":"several"#),
        "{body}"
    );
}

#[test]
fn names_can_be_looked_up() {
    check(
        series::series,
        "match[]=up&match[]={code=\"500\"}&match[]=up&start=1",
        200,
        r#"{"status":"success","data":[{"__name__":"http_requests_total","app":"a","code":"500"},{"__name__":"up"}]}"#,
    );
    check(series::labels, "", 200, r#"{"status":"success","data":["__name__","app","code"]}"#);
    check(series::labels, "match[]=up", 200, r#"{"status":"success","data":["__name__"]}"#);
    check(series::label_values, "label=code", 200, r#"{"status":"success","data":["200","500"]}"#);
    check(
        series::label_values,
        "label=code&limit=1",
        200,
        r#"{"status":"success","data":["200"],"warnings":["results truncated due to limit"]}"#,
    );
    check(
        series::series,
        "",
        400,
        r#"{"status":"error","errorType":"bad_data","error":"no match[] parameter provided"}"#,
    );
    check(
        series::labels,
        "match[]=up%2B1",
        400,
        r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"match[]\": `up+1` is more than a selector"}"#,
    );
    let many = "match[]=up&".repeat(MATCHERS_MAX + 1);
    assert_eq!(series::labels(&served(), &Form::read(&[], Some(&many))).status, 400);
}

#[test]
fn the_version_names_whose_semantics_and_who_answers() {
    let body = reply::build_info(&served(), &Form::default()).body;
    let body = String::from_utf8(body).expect("UTF-8");
    let version = format!(r#""version":"3.0.0+assay-{}""#, env!("CARGO_PKG_VERSION"));
    assert!(body.contains(&version), "{body}");
}

#[test]
fn a_body_comes_before_the_address() {
    let form = Form::read(b"query=up&match[]=a", Some("query=down&match[]=b"));
    assert_eq!(form.get("query"), "up");
    assert_eq!(form.all("match[]").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(form.get("time"), "");
}
