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
    "rate",
    "increase",
    "delta",
    "irate",
    "idelta",
    "deriv",
    "changes",
    "resets",
    "avg_over_time",
    "sum_over_time",
    "min_over_time",
    "max_over_time",
    "count_over_time",
    "last_over_time",
    "present_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "rate",
    "increase",
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
const WHENS: [&str; 10] =
    ["", "", "", "", "", "", " offset 1m", " offset -90s", " @ 1767609000", " @ end()"];
const NUMBERS: [&str; 8] = ["0", "1", "-1", "0.5", "2", "10", "1e6", "NaN"];

/// Makes queries whose answers Prometheus gives alike each time it is asked.
///
/// It keeps the intermediate results of range queries and subqueries in no order, which shows in
/// the last digits of sums and in which of several equal elements stay. There, only what keeps the
/// order of the series may be aggregated.
pub(crate) struct Generator {
    pub(crate) random: Random,
    /// True for range queries and inside subqueries.
    pub(crate) is_stepped: bool,
}

impl Generator {
    /// An instant vector with at most `depth` levels of functions and operators.
    pub(crate) fn vector(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("{}{}", self.random.pick(&SELECTORS), self.when());
        }
        match self.random.below(11) {
            0..=2 => {
                let function = self.random.pick(&OVER_RANGES);
                format!("{function}({})", self.range(depth))
            }
            3 => format!("quantile_over_time({}, {})", share(&mut self.random), self.range(depth)),
            4 | 5 => {
                let inner = self.aggregated(depth - 1);
                let operator = self.random.pick(&AGGREGATIONS);
                format!("{operator}({inner}){}", self.random.pick(&GROUPINGS))
            }
            6 => {
                let inner = self.aggregated(depth - 1);
                let operator = self.random.pick(&["topk", "bottomk"]);
                let count = self.random.below(6);
                format!("{operator}({count}, {inner}){}", self.random.pick(&GROUPINGS))
            }
            7 => format!("{}({})", self.random.pick(&PLAIN), self.vector(depth - 1)),
            8 => {
                let inner = self.vector(depth - 1);
                let operator = self.random.pick(&OPERATORS[..11]);
                let number = self.random.pick(&NUMBERS);
                if self.random.once_in(2) {
                    format!("({inner}) {operator} {number}")
                } else {
                    format!("{number} {operator} ({inner})")
                }
            }
            _ => {
                let (left, right) = (self.vector(depth - 1), self.vector(depth - 1));
                let operator = self.random.pick(&OPERATORS);
                format!("({left}) {operator}{} ({right})", self.random.pick(&MATCHINGS))
            }
        }
    }

    /// What may be aggregated.
    fn aggregated(&mut self, depth: usize) -> String {
        let inner = self.vector(depth);
        if !self.is_stepped && !inner.contains(")[") {
            return inner;
        }
        let selector = self.random.pick(&SELECTORS);
        if self.random.once_in(3) {
            return format!("{selector}{}", self.when());
        }
        let (function, range) = (self.random.pick(&OVER_RANGES), self.random.pick(&RANGES));
        format!("{function}({selector}[{range}]{})", self.when())
    }

    fn range(&mut self, depth: usize) -> String {
        let range = self.random.pick(&RANGES);
        if self.random.once_in(4) {
            let step = self.random.pick(&["", "10s", "15s", "37s", "1m"]);
            let outside = std::mem::replace(&mut self.is_stepped, true);
            let inner = self.vector(depth - 1);
            self.is_stepped = outside;
            format!("({inner})[{range}:{step}]{}", self.when())
        } else {
            format!("{}[{range}]{}", self.random.pick(&SELECTORS), self.when())
        }
    }

    fn when(&mut self) -> &'static str {
        self.random.pick(&WHENS)
    }
}

fn share(random: &mut Random) -> String {
    format!("{:.2}", random.share() * 1.1 - 0.05)
}
