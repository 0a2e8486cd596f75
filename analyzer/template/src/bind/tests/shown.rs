//! What a person sees: the page for problems of each part.

use expect_test::{Expect, expect};

use super::{argo, given, metric, ours, page};

#[track_caller]
fn check(text: &str, args: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&page(text, &given(args)));
}

#[test]
fn numbers_and_durations() {
    check(
        &metric("count: 5\nfailureLimit: 7\ninterval: 60s-typo"),
        &[],
        &expect![[r#"
        assay::template::invalid_interval

          × metric `success-rate`: invalid interval string: time: unknown unit "s-typo" in duration "60s-
          │ typo"
            ╭─[t.yaml:10:15]
          9 │     failureLimit: 7
         10 │     interval: 60s-typo
            ·               ────┬───
            ·                   ╰── not a duration
         11 │     successCondition: result[0] >= 0.95
            ╰────
          help: write a number with a unit (`ms`, `s`, `m`, `h`), for example `30s` or `1m30s`

        assay::template::count_below_failure_limit

          × metric `success-rate`: count (5) must be >= failureLimit + consecutiveSuccessLimit (7 + 0) if
          │ both >= 0
           ╭─[t.yaml:8:12]
         7 │   - name: success-rate
         8 │     count: 5
           ·            ┬
           ·            ╰── 5 measurements
         9 │     failureLimit: 7
           ╰────
          help: raise `count` to at least 7, or lower the limits: with so few measurements they can never
                be exceeded

    "#]],
    );
    check(
        &metric("count: 5"),
        &[],
        &expect![[r#"
        assay::template::count_without_interval

          × metric `success-rate`: interval must be specified when count > 1
           ╭─[t.yaml:8:12]
         7 │   - name: success-rate
         8 │     count: 5
           ·            ┬
           ·            ╰── 5 measurements, how far apart?
         9 │     successCondition: result[0] >= 0.95
           ╰────
          help: add for example `interval: 30s`, or drop `count` to measure once

    "#]],
    );
}

#[test]
fn arguments() {
    let text = argo(
        "  args:\n    - name: service-name\n  metrics:\n    - name: errors\n      successCondition: result[0] < {{args.treshold}}\n      provider:\n        prometheus:\n          query: |\n            sum(rate(errors_total{\n              service=\"{{ args.service-name }}\"\n            }[5m])) / {{ $labels.x }}\n",
    );
    check(
        &text,
        &[("service-name", "a\"} or vector(0) #"), ("treshold", "1")],
        &expect![[r#"
            assay::args::unknown_argument

              × no template declares an argument `treshold`, and the command line gives one
               ╭─[t.yaml:4:9]
             3 │ metadata:
             4 │   name: t
               ·         ┬
               ·         ╰── the arguments of this template
             5 │ spec:
               ╰────
              help: it declares `service-name`

            assay::args::unresolved_tag

              × failed to resolve {{args.treshold}}
                ╭─[t.yaml:10:37]
              9 │     - name: errors
             10 │       successCondition: result[0] < {{args.treshold}}
                ·                                     ────────┬────────
                ·                                             ╰── no such argument
             11 │       provider:
                ╰────
              help: declare `treshold` under `args`; this template declares `service-name`

            assay::args::unresolved_tag

              × failed to resolve {{ $labels.x }}
                ╭─[t.yaml:16:23]
             15 │               service="{{ args.service-name }}"
             16 │             }[5m])) / {{ $labels.x }}
                ·                       ───────┬───────
                ·                              ╰── no such argument
                ╰────
              help: only `{{args.<name>}}` is filled in; a literal `{{` cannot be written in a template

        "#]],
    );
}

#[test]
fn providers() {
    let text = ours(
        "  metrics:\n    - name: page\n      provider:\n        health:\n          targets: [checkout:8080, http://b]\n          expect: {status: fine, json: {path: '{$.a[}', equals: ok}}\n          headers: [{key: Host, value: other}]\n",
    );
    check(
        &text,
        &[],
        &expect![[r#"
            assay::template::invalid_url

              × metric `page`: the target cannot be asked: a URL begins with `http://` or `https://`
                ╭─[t.yaml:10:21]
              9 │         health:
             10 │           targets: [checkout:8080, http://b]
                ·                     ──────┬──────
                ·                           ╰── this URL
             11 │           expect: {status: fine, json: {path: '{$.a[}', equals: ok}}
                ╰────
              help: write an absolute URL, for example `https://host.example/path`

            assay::template::invalid_header

              × metric `page`: header "Host" cannot be set by a template
                ╭─[t.yaml:12:27]
             11 │           expect: {status: fine, json: {path: '{$.a[}', equals: ok}}
             12 │           headers: [{key: Host, value: other}]
                ·                           ──┬─
                ·                             ╰── this header
                ╰────
              help: drop it: the connection decides this

            assay::template::invalid_status

              × metric `page`: "fine" is no HTTP status
                ╭─[t.yaml:11:28]
             10 │           targets: [checkout:8080, http://b]
             11 │           expect: {status: fine, json: {path: '{$.a[}', equals: ok}}
                ·                            ──┬─
                ·                              ╰── not a status
             12 │           headers: [{key: Host, value: other}]
                ╰────
              help: write a status such as `200`, a range such as `200-299`, a class such as `2xx`, or a list
                    of them

            assay::template::invalid_json_path

              × metric `page`: unterminated array
                ╭─[t.yaml:11:52]
             10 │           targets: [checkout:8080, http://b]
             11 │           expect: {status: fine, json: {path: '{$.a[}', equals: ok}}
                ·                                                    ▲
                ·                                                    ╰── here
             12 │           headers: [{key: Host, value: other}]
                ╰────
              help: write the path in braces, for example `{$.data.ok}`

        "#]],
    );
}

#[test]
fn templates() {
    let text = argo(
        "  templates:\n    - templateName: u\n    - templateName: t\n      clusterScope: false\n  dryRun:\n    - metricName: '*'\n  metrics:\n    - name: up\n      successCondition: result[0] == 1\n      provider:\n        prometheus: {query: up}\n",
    );
    check(
        &text,
        &[],
        &expect![[r#"
        assay::template::unknown_template

          × AnalysisTemplate `u` not found
           ╭─[t.yaml:7:21]
         6 │   templates:
         7 │     - templateName: u
           ·                     ┬
           ·                     ╰── referred to here
         8 │     - templateName: t
           ╰────
          help: hand over the file it is in as well; did you mean `t`?

        assay::template::template_cycle

          × the templates go round in a circle: t -> t
           ╭─[t.yaml:8:21]
         7 │     - templateName: u
         8 │     - templateName: t
           ·                     ┬
           ·                     ╰── leads back to the start
         9 │       clusterScope: false
           ╰────
          help: drop one of the references; Argo Rollouts would never come back from this

        assay::template::rule_matches_nothing

          × Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)
            ╭─[t.yaml:11:19]
         10 │   dryRun:
         11 │     - metricName: '*'
            ·                   ─┬─
            ·                    ╰── matches no metric
         12 │   metrics:
            ╰────
          help: a rule is a regular expression: write `.*` for all metrics

    "#]],
    );
}

#[test]
fn conditions_and_paths() {
    let text = argo(
        "  args:\n    - name: least\n  metrics:\n    - name: a\n      successCondition: \"result[0] >= {{args.least}} AND true\"\n      failureCondition: >-\n        resul[0] < 0.5\n      provider:\n        prometheus:\n          query: up\n          rangeQuery: {start: 'now() - duratio(\"1h\")', step: 1m}\n    - name: b\n      successCondition: 'result == ''up'' && '\n      provider:\n        web: {url: https://a, jsonPath: '{$.items[?(@.a>]}'}\n",
    );
    check(
        &text,
        &[("least", "0.95")],
        &expect![[r#"
        assay::template::invalid_range_time

          × metric `a`: failed to parse rangeQuery.start as time: unknown name duratio
            ╭─[t.yaml:16:40]
         15 │           query: up
         16 │           rangeQuery: {start: 'now() - duratio("1h")', step: 1m}
            ·                                        ───┬───
            ·                                           ╰── here
         17 │     - name: b
            ╰────
          help: did you mean `duration`?

        assay::template::bad_condition

          × metric `a`: unexpected token Identifier("AND")
            ╭─[t.yaml:10:54]
          9 │     - name: a
         10 │       successCondition: "result[0] >= {{args.least}} AND true"
            ·                                                      ─┬─
            ·                                                       ╰── here
         11 │       failureCondition: >-
            ╰────
          help: write `and` or `&&`

        assay::template::bad_condition

          × metric `a`: unknown name resul
            ╭─[t.yaml:12:9]
         11 │       failureCondition: >-
         12 │         resul[0] < 0.5
            ·         ──┬──
            ·           ╰── here
         13 │       provider:
            ╰────
          help: did you mean `result`?

        assay::template::invalid_json_path

          × metric `b`: unterminated filter
            ╭─[t.yaml:20:50]
         19 │       provider:
         20 │         web: {url: https://a, jsonPath: '{$.items[?(@.a>]}'}
            ·                                                  ▲
            ·                                                  ╰── here
            ╰────
          help: write the path in braces, for example `{$.data.ok}`

        assay::template::bad_condition

          × metric `b`: unexpected token EOF
            ╭─[t.yaml:18:25]
         17 │     - name: b
         18 │       successCondition: 'result == ''up'' && '
            ·                         ───────────┬──────────
            ·                                    ╰── here
         19 │       provider:
            ╰────
          help: the condition ends too early

    "#]],
    );
}
