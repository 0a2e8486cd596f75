//! Series with everything in them that queries stumble over, the same every time.

use assay_promql::{SeriesBuilder, SeriesSet, stale};

/// The time of the first samples: 2026-01-05T10:00:00Z.
pub(crate) const START_MS: i64 = 1_767_607_200_000;
/// How long there are samples.
pub(crate) const LENGTH_MS: i64 = 3_600_000;

/// A generator of numbers that look random (SplitMix64), the same for the same seed everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 to below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() % end as u64).expect("it is below a usize")
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A number from 0 to below 1.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).expect("32 bits")) / f64::from(u32::MAX)
    }
}

/// Makes the series.
pub(crate) fn series() -> SeriesSet {
    let mut builder = SeriesBuilder::new();
    let mut random = Random(1);
    counters(&mut builder, &mut random);
    gauges(&mut builder, &mut random);
    histograms(&mut builder, &mut random);
    oddities(&mut builder);
    builder.finish()
}

/// Requests by role and code: they start anew, have gaps, stop and come back.
fn counters(builder: &mut SeriesBuilder, random: &mut Random) {
    for (number, instance) in ["a:80", "b:80", "c:80"].into_iter().enumerate() {
        for role in ["canary", "stable"] {
            for code in ["200", "404", "500"] {
                let labels = builder.intern(&[
                    ("__name__", "http_requests_total"),
                    ("instance", instance),
                    ("role", role),
                    ("code", code),
                ]);
                let mut value = f64::from(u32::try_from(random.below(1000)).expect("small"));
                let jitter_ms = if number == 2 { 1000 } else { 1 };
                for step in 0..LENGTH_MS / 15_000 {
                    let jitter = i64::try_from(random.below(jitter_ms)).expect("small");
                    let time_ms = START_MS + step * 15_000 + jitter;
                    if random.once_in(60) {
                        value = 0.0;
                    }
                    value += random.share() * 40.0;
                    let is_gap = number == 1 && (70..110).contains(&step);
                    let is_end = number == 0 && role == "canary" && step == 150;
                    let is_gone = number == 0 && role == "canary" && (150..180).contains(&step);
                    if is_end {
                        builder.push(&labels, time_ms, stale());
                    } else if !is_gap && !is_gone && !random.once_in(30) {
                        builder.push(&labels, time_ms, (value * 8.0).floor() / 8.0);
                    }
                }
            }
        }
    }
}

/// Temperatures below and above zero, some not a number, some infinite, and when they were taken.
fn gauges(builder: &mut SeriesBuilder, random: &mut Random) {
    for (index, room) in ["kitchen", "attic", "cellar", "hall"].into_iter().enumerate() {
        for (sensor, unit) in [("1", "celsius"), ("2", "kelvin")] {
            let name = format!("temperature_{unit}");
            let labels = builder.intern(&[("__name__", &name), ("room", room), ("sensor", sensor)]);
            let mut value = 10.0 * random.share() - 5.0;
            for step in 0..LENGTH_MS / 20_000 {
                value += random.share() - 0.5;
                let shown = match random.below(40) {
                    0 if index == 1 => f64::NAN,
                    1 if index == 2 => f64::INFINITY,
                    2 if index == 2 => f64::NEG_INFINITY,
                    3 => stale(),
                    _ => value,
                };
                builder.push(&labels, START_MS + 5_000 + step * 20_000, shown);
            }
        }
        let labels = builder.intern(&[
            ("__name__", "room_info"),
            ("room", room),
            ("floor", if index == 1 { "2" } else { "1" }),
        ]);
        for step in 0..LENGTH_MS / 60_000 {
            builder.push(&labels, START_MS + step * 60_000, 1.0);
        }
    }
}

/// Latencies as classic histograms, one of them with counts that fall from bucket to bucket.
fn histograms(builder: &mut SeriesBuilder, random: &mut Random) {
    for (index, path) in ["/", "/cart", "/broken"].into_iter().enumerate() {
        let mut counts = [0.0; 5];
        for step in 0..LENGTH_MS / 15_000 {
            let time_ms = START_MS + step * 15_000;
            let mut total = 0.0;
            for (bucket, bound) in ["0.1", "0.5", "1", "2.5", "+Inf"].into_iter().enumerate() {
                counts[bucket] += (random.share() * 6.0).floor();
                total += counts[bucket];
                let shown = if index == 2 && bucket == 3 { total / 2.0 } else { total };
                let labels = builder.intern(&[
                    ("__name__", "latency_seconds_bucket"),
                    ("path", path),
                    ("le", bound),
                ]);
                builder.push(&labels, time_ms, shown);
            }
            for (name, value) in
                [("latency_seconds_count", total), ("latency_seconds_sum", total / 3.0)]
            {
                let labels = builder.intern(&[("__name__", name), ("path", path)]);
                builder.push(&labels, time_ms, value);
            }
        }
    }
}

/// Single series for single traps.
fn oddities(builder: &mut SeriesBuilder) {
    let at = |seconds: i64| START_MS + seconds * 1000;
    let mut add = |pairs: &[(&str, &str)], samples: &[(i64, f64)]| {
        let labels = builder.intern(pairs);
        for &(time_ms, value) in samples {
            builder.push(&labels, time_ms, value);
        }
    };
    add(&[("__name__", "once")], &[(at(600), 42.0)]);
    add(&[("__name__", "twice")], &[(at(600), 1.0), (at(900), 2.0)]);
    add(&[("__name__", "job:requests:rate5m"), ("job", "x")], &[(at(1200), 0.125)]);
    add(&[("__name__", "bare_metric")], &[(at(1780), -0.0), (at(1790), 0.0)]);
    add(
        &[("__name__", "odd_labels"), ("text", "a \"quoted\" \\ line\nnext é 😀")],
        &[(at(1750), 1.5)],
    );
    add(&[("__name__", "odd_labels"), ("text", "a.b"), ("le", "word")], &[(at(1750), 2.5)]);
    add(&[("__name__", "odd_labels"), ("text", "axb")], &[(at(1750), 3.5)]);
    for (index, name) in ["big", "tiny", "same"].into_iter().enumerate() {
        let scale = [1e300, 1e-300, 1.0][index];
        let samples: Vec<(i64, f64)> = (0_i32..240)
            .map(|step| {
                (
                    at(i64::from(step) * 15),
                    scale * f64::from(7 + step % (3 - 2 * (i32::from(index == 2)))),
                )
            })
            .collect();
        add(&[("__name__", "scaled"), ("size", name)], &samples);
    }
    for number in 0_u32..20 {
        let samples: Vec<(i64, f64)> = (0_u32..120)
            .map(|step| (at(i64::from(step) * 30), f64::from((number * 7 + step) % 5)))
            .collect();
        add(
            &[
                ("__name__", "ties"),
                ("number", &format!("{number:02}")),
                ("half", if number < 10 { "a" } else { "b" }),
            ],
            &samples,
        );
    }
}
