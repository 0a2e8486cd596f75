//! Queries put together at random, the same for the same seed.

use crate::data::Random;

const SELECTORS: [&str; 12] = [
    "http_requests_total",
    "http_requests_total{role=\"canary\"}",
    "http_requests_total{role=\"stable\"}",
    "http_requests_total{code=~\"[25]..\"}",
    "http_requests_total{instance!=\"b:80\"}",
    "temperature_celsius",
    "temperature_kelvin",
    "temperature_kelvin{room!~\"[ah].*\"}",
    "ties",
    "ties{half=\"a\"}",
    "room_info",
    "latency_seconds_count",
];
const RANGES: [&str; 9] = ["15s", "30s", "1m", "90s", "2m", "5m", "7m13s", "10m", "20m"];
const OVER_RANGES: [&str; 19] = [
    "rate", "increase", "delta", "irate", "idelta", "deriv", "changes", "resets", "avg_over_time",
    "sum_over_time", "min_over_time", "max_over_time", "count_over_time", "last_over_time",
    "present_over_time", "stddev_over_time", "stdvar_over_time", "rate", "increase",
];
const PLAIN: [&str; 8] = ["abs", "ceil", "floor", "sgn", "sqrt", "round", "sort", "sort_desc"];
const AGGREGATIONS: [&str; 9] =
    ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "sum"];
const GROUPINGS: [&str; 8] = [
    "",
    " by (role)",
    " by (code, role)",
    " by (instance)",
    " by (room)",
    " by (half)",
    " without (instance)",
    " without (code, number, sensor)",
];
const OPERATORS: [&str; 13] =
    ["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">=", "> bool", "and", "or"];
const MATCHINGS: [&str; 7] = [
    "",
    "",
    " on(role, code, instance)",
    " ignoring(role)",
    " on(room, sensor)",
    " on(instance, code) group_left",
    " ignoring(code) group_right",
];
const NUMBERS: [&str; 8] = ["0", "1", "-1", "0.5", "2", "10", "1e6", "NaN"];

/// An instant vector with at most `depth` levels of functions and operators.
pub(crate) fn vector(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return format!("{}{}", random.pick(&SELECTORS), when(random));
    }
    match random.below(11) {
        0..=2 => {
            let function = random.pick(&OVER_RANGES);
            format!("{function}({})", range(random, depth))
        }
        3 => format!("quantile_over_time({}, {})", share(random), range(random, depth)),
        4 | 5 => {
            let inner = vector(random, depth - 1);
            format!("{}({inner}){}", random.pick(&AGGREGATIONS), random.pick(&GROUPINGS))
        }
        6 => {
            let inner = vector(random, depth - 1);
            let (operator, count) = (random.pick(&["topk", "bottomk"]), random.below(6));
            format!("{operator}({count}, {inner}){}", random.pick(&GROUPINGS))
        }
        7 => format!("{}({})", random.pick(&PLAIN), vector(random, depth - 1)),
        8 => {
            let (inner, operator) = (vector(random, depth - 1), random.pick(&OPERATORS[..11]));
            let number = random.pick(&NUMBERS);
            if random.once_in(2) {
                format!("({inner}) {operator} {number}")
            } else {
                format!("{number} {operator} ({inner})")
            }
        }
        _ => {
            let (left, right) = (vector(random, depth - 1), vector(random, depth - 1));
            let operator = random.pick(&OPERATORS);
            format!("({left}) {operator}{} ({right})", random.pick(&MATCHINGS))
        }
    }
}

fn range(random: &mut Random, depth: usize) -> String {
    let range = random.pick(&RANGES);
    if random.once_in(4) {
        let step = random.pick(&["", "10s", "15s", "37s", "1m"]);
        format!("({})[{range}:{step}]{}", vector(random, depth - 1), when(random))
    } else {
        format!("{}[{range}]{}", random.pick(&SELECTORS), when(random))
    }
}

fn share(random: &mut Random) -> String {
    format!("{:.2}", random.share() * 1.1 - 0.05)
}

fn when(random: &mut Random) -> &'static str {
    random.pick(&["", "", "", "", "", "", " offset 1m", " offset -90s", " @ 1767609000", " @ end()"])
}
