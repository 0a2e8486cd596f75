//! Pages that services serve their metrics on: the Prometheus text format and OpenMetrics.
//!
//! A page is taken whole or not at all, as Prometheus does: a line that cannot be read may be the
//! one that matters. Every valid line is kept as it is.

use std::collections::HashMap;

use crate::cursor::{Cursor, Pairs, Quotes};
use crate::series::{Place, SeriesBuilder};
use crate::text::{TextProblem, TextProblemKind, parse_float};

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFormat {
    /// The Prometheus text format 0.0.4: times in milliseconds.
    Text,
    /// OpenMetrics 1.0: times in seconds, exemplars, and `# EOF` at the end.
    OpenMetrics,
}

/// A page that was read.
#[derive(Debug, Default)]
pub struct Page<'t> {
    series: Vec<Pairs<'t>>,
    samples: Vec<PageSample>,
    families: Vec<Family<'t>>,
    exemplars: usize,
}

#[derive(Clone, Copy, Debug)]
struct PageSample {
    series: usize,
    time_ms: Option<i64>,
    value: f64,
}

/// What a page says about a metric in a `# TYPE` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family<'t> {
    /// The metric's name.
    pub name: &'t str,
    /// Its type in the page's words: `counter`, `gauge`, `histogram`.
    pub kind: &'t str,
}

impl<'t> Page<'t> {
    /// Reads a page.
    ///
    /// # Errors
    ///
    /// The first [`TextProblem`], with its place in `text`.
    pub fn parse(text: &'t str, format: PageFormat) -> Result<Self, TextProblem> {
        let mut reader = Reader {
            cursor: Cursor::new(text, 0),
            format,
            page: Self::default(),
            known: HashMap::new(),
            texts: Vec::new(),
            last: 0,
        };
        reader.read()?;
        Ok(reader.page)
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// How many different series they belong to.
    pub fn series(&self) -> usize {
        self.series.len()
    }

    /// How many samples came with an exemplar, which is read and left aside.
    pub fn exemplars(&self) -> usize {
        self.exemplars
    }

    /// The types the page tells, in page order.
    pub fn families(&self) -> &[Family<'t>] {
        &self.families
    }

    /// Adds the samples that have a time of their own.
    pub fn load_timed(&self, builder: &mut SeriesBuilder) {
        self.load_where(builder, |sample| sample.time_ms);
    }

    /// Adds the samples without a time of their own, as taken at each of `times_ms`.
    pub fn load_untimed(&self, times_ms: &[i64], builder: &mut SeriesBuilder) {
        let untimed = || self.samples.iter().filter(|sample| sample.time_ms.is_none());
        // A page with times is long, and must not be gone through for each of `times_ms`.
        let mut places: Vec<Option<Place>> = vec![None; self.series.len()];
        for sample in untimed() {
            if places[sample.series].is_none() {
                places[sample.series] = Some(place(&self.series[sample.series], builder));
            }
        }
        let untimed: Vec<(Place, f64)> =
            untimed().filter_map(|sample| Some((places[sample.series]?, sample.value))).collect();
        for scraped_ms in times_ms {
            for (place, value) in &untimed {
                builder.append(*place, *scraped_ms, *value);
            }
        }
    }

    /// How many samples have no time of their own.
    pub fn untimed(&self) -> usize {
        self.samples.iter().filter(|sample| sample.time_ms.is_none()).count()
    }

    /// Adds all samples to `builder`; those without a time were taken at `scraped_ms`.
    pub fn load(&self, scraped_ms: i64, builder: &mut SeriesBuilder) {
        self.load_where(builder, |sample| Some(sample.time_ms.unwrap_or(scraped_ms)));
    }

    fn load_where(
        &self,
        builder: &mut SeriesBuilder,
        time_ms: impl Fn(&PageSample) -> Option<i64>,
    ) {
        let places: Vec<Place> = self.series.iter().map(|pairs| place(pairs, builder)).collect();
        for sample in &self.samples {
            if let Some(time_ms) = time_ms(sample) {
                builder.append(places[sample.series], time_ms, sample.value);
            }
        }
    }
}

fn place(pairs: &Pairs<'_>, builder: &mut SeriesBuilder) -> Place {
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    let labels = builder.intern(&pairs);
    builder.place(&labels)
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    format: PageFormat,
    page: Page<'t>,
    /// The series by the text they are written as; several texts may mean one series.
    known: HashMap<&'t str, usize>,
    /// The text each series was first written as, and the series that last came after it.
    texts: Vec<(&'t str, usize)>,
    /// The series of the line before: pages with times repeat it, or give all series in turn.
    last: usize,
}

impl<'t> Reader<'t> {
    fn read(&mut self) -> Result<(), TextProblem> {
        let mut ended = false;
        loop {
            self.cursor.skip_blanks();
            match self.cursor.peek() {
                None => break,
                Some(b'\n') => self.cursor.skip(1),
                Some(_) if ended => return Err(self.cursor.unexpected("nothing after `# EOF`")),
                Some(b'#') => ended = self.comment(),
                Some(_) => self.sample()?,
            }
        }
        match self.format {
            PageFormat::OpenMetrics if !ended => {
                Err(self.cursor.problem(self.cursor.at(), TextProblemKind::NoEnd))
            }
            PageFormat::OpenMetrics | PageFormat::Text => Ok(()),
        }
    }

    /// Reads a comment line; true if it is the end of an OpenMetrics page.
    fn comment(&mut self) -> bool {
        let line = self.cursor.take_while(|byte| byte != b'\n');
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("#"), Some("TYPE")) => {
                if let (Some(name), Some(kind)) = (words.next(), words.next()) {
                    self.page.families.push(Family { name, kind });
                }
                false
            }
            (Some("#"), Some("EOF")) => {
                self.format == PageFormat::OpenMetrics && words.next().is_none()
            }
            (_, _) => false,
        }
    }

    fn sample(&mut self) -> Result<(), TextProblem> {
        let series = self.series()?;
        self.cursor.skip_blanks();
        let value = self.value()?;
        self.cursor.skip_blanks();
        let mut time_ms = None;
        if !matches!(self.cursor.peek(), None | Some(b'\n' | b'#')) {
            time_ms = Some(self.time_ms()?);
            self.cursor.skip_blanks();
        }
        if self.format == PageFormat::OpenMetrics && self.cursor.accept(b'#') {
            self.exemplar()?;
        }
        if !matches!(self.cursor.peek(), None | Some(b'\n')) {
            return Err(self.cursor.unexpected("the end of the line"));
        }
        self.page.samples.push(PageSample { series, time_ms, value });
        Ok(())
    }

    /// Reads the name and labels; gives the index of the series.
    fn series(&mut self) -> Result<usize, TextProblem> {
        let start = self.cursor.at();
        let rest = self.cursor.rest();
        if let Some(&(last, after)) = self.texts.get(self.last) {
            let next = self.texts.get(after).map_or("", |&(next, _)| next);
            for (text, index) in [(last, self.last), (next, after)] {
                if rest.starts_with(text) && ends_series(rest, text.len()) {
                    self.cursor.skip(text.len());
                    self.last = index;
                    return Ok(index);
                }
            }
        }
        let text = &rest[..series_length(rest)];
        let index = match self.known.get(text) {
            Some(&index) => {
                self.cursor.skip(text.len());
                index
            }
            None => {
                let pairs = self.cursor.series(Quotes::Page)?;
                self.page.series.push(pairs);
                let text = self.cursor.since(start);
                self.texts.push((text, 0));
                self.known.insert(text, self.texts.len() - 1);
                self.texts.len() - 1
            }
        };
        if let Some((_, after)) = self.texts.get_mut(self.last) {
            *after = index;
        }
        self.last = index;
        Ok(index)
    }

    fn value(&mut self) -> Result<f64, TextProblem> {
        let start = self.cursor.at();
        let text = self.cursor.take_while(is_word_byte);
        if text.is_empty() {
            return Err(self.cursor.unexpected("a value"));
        }
        let bad = || TextProblemKind::BadNumber { text: text.to_owned() };
        parse_float(text).ok_or_else(|| self.cursor.problem(start, bad()))
    }

    fn time_ms(&mut self) -> Result<i64, TextProblem> {
        let start = self.cursor.at();
        let text = self.cursor.take_while(is_word_byte);
        let time_ms = match self.format {
            PageFormat::Text => text.parse().ok(),
            PageFormat::OpenMetrics => parse_float(text).and_then(milliseconds),
        };
        let bad = || TextProblemKind::BadTime { text: text.to_owned() };
        time_ms.ok_or_else(|| self.cursor.problem(start, bad()))
    }

    /// Reads what follows the `#`: labels, a value, and perhaps a time.
    fn exemplar(&mut self) -> Result<(), TextProblem> {
        self.cursor.skip_blanks();
        if self.cursor.peek() != Some(b'{') {
            return Err(self.cursor.unexpected("the labels of an exemplar"));
        }
        self.cursor.series(Quotes::Page)?;
        self.cursor.skip_blanks();
        self.value()?;
        self.cursor.skip_blanks();
        if !matches!(self.cursor.peek(), None | Some(b'\n')) {
            self.time_ms()?;
            self.cursor.skip_blanks();
        }
        self.page.exemplars += 1;
        Ok(())
    }
}

fn is_word_byte(byte: u8) -> bool {
    !matches!(byte, b' ' | b'\t' | b'\n')
}

/// True if a series written in the first `length` bytes of `line` ends there.
fn ends_series(line: &str, length: usize) -> bool {
    let bytes = line.as_bytes();
    let is_closed = length.checked_sub(1).and_then(|last| bytes.get(last)) == Some(&b'}');
    let mut rest = bytes[length..].iter().skip_while(|byte| matches!(byte, b' ' | b'\t'));
    let is_parted = matches!(bytes.get(length), Some(b' ' | b'\t'));
    is_closed || (is_parted && rest.next() != Some(&b'{'))
}

/// How many bytes at the start of `line` are the name and labels, if the line is valid.
fn series_length(line: &str) -> usize {
    let bytes = line.as_bytes();
    let is_name = |byte: &u8| is_word_byte(*byte) && *byte != b'{';
    let name = bytes.iter().position(|byte| !is_name(byte)).unwrap_or(bytes.len());
    let blanks = bytes[name..].iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    let Some(open) = blanks.map(|blanks| name + blanks).filter(|&open| bytes[open] == b'{') else {
        return name;
    };
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, &byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'}' if !is_quoted => return at + 1,
            b'\n' => return name,
            _ => {}
        }
    }
    name
}

/// Milliseconds of a time in seconds, cut off as Prometheus does; `None` if there is no such time.
fn milliseconds(seconds: f64) -> Option<i64> {
    let milliseconds = (seconds * 1000.0).trunc();
    // Both bounds are exact, and within them every value fits.
    let fits = -9.2e18 < milliseconds && milliseconds < 9.2e18;
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit, and a whole number")]
    fits.then_some(milliseconds as i64)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(format: PageFormat, text: &str, expected: &Expect) {
        let mut shown = String::new();
        match Page::parse(text, format) {
            Ok(page) => {
                let mut builder = SeriesBuilder::new();
                page.load(7, &mut builder);
                for series in builder.finish().series() {
                    for (time_ms, value) in series.points().iter() {
                        shown += &format!("{} {value} {time_ms}\n", series.labels());
                    }
                }
            }
            Err(problem) => {
                let (line, column) = problem.line_and_column(text);
                shown = format!("{line}:{column}: {problem}\n");
            }
        }
        expected.assert_eq(&shown);
    }

    const HARD: &str = r#"
# HELP a help with { and " and \n
# TYPE a counter
a{} 1
a {x="1" , y="2",} 2
a{x="comma, brace } equals = { quote \" slash \\ line\n tab\d"} 3
job:a:rate5m 4 1234
  b	5	-6
c{x="é #"}6
c NaN
d +Inf
e -0
f 1e-7
{"quoted.name", "l.b"="v"} 8
# just words
#nothing
"#;

    #[test]
    fn every_valid_line_of_a_text_page_is_kept() {
        check(
            PageFormat::Text,
            HARD,
            &expect![[r#"
                a 1 7
                a{x="1", y="2"} 2 7
                a{x="comma, brace } equals = { quote \" slash \\ line\n tab\\d"} 3 7
                b 5 -6
                c NaN 7
                c{x="é #"} 6 7
                d inf 7
                e -0 7
                f 0.0000001 7
                job:a:rate5m 4 1234
                quoted.name{l.b="v"} 8 7
            "#]],
        );
    }

    #[test]
    fn every_valid_line_of_an_openmetrics_page_is_kept() {
        let text = "# TYPE a counter\n# UNIT a seconds\na_total 1 # {trace=\"x} y\"} 0.5 1.25\n\
                    a_total 2 1.5\na_total{b=\"c\"} 3 2.9999 # {} 1\na_created 4\n# EOF\n";
        check(
            PageFormat::OpenMetrics,
            text,
            &expect![[r#"
                a_created 4 7
                a_total 1 7
                a_total 2 1500
                a_total{b="c"} 3 2999
            "#]],
        );
        let page = Page::parse(text, PageFormat::OpenMetrics).unwrap();
        assert_eq!((page.samples(), page.series(), page.exemplars()), (4, 3, 2));
        assert_eq!(page.families(), [Family { name: "a", kind: "counter" }]);
    }

    /// One line a row, all of them valid, that a well-known parser drops or changes without a word
    /// (decision 0009).
    #[test]
    fn lines_that_others_lose_are_kept() {
        let rows = [
            (r#"a{x="1,2"} 1"#, r#"a{x="1,2"} 1 7"#),
            (r#"a{x="1=2"} 1"#, r#"a{x="1=2"} 1 7"#),
            (r#"a{x="/u/{id}",y="2"} 1"#, r#"a{x="/u/{id}", y="2"} 1 7"#),
            (r#"a{x="1}"} 1"#, r#"a{x="1}"} 1 7"#),
            (r#"a{x="say \"hi\""} 1"#, r#"a{x="say \"hi\""} 1 7"#),
            (r#"a{x="1\n2"} 1"#, r#"a{x="1\n2"} 1 7"#),
            ("job:a:rate5m 1", "job:a:rate5m 1 7"),
            ("a{} 1", "a 1 7"),
            (r#"a { x = "1" , y = "2" } 1"#, r#"a{x="1", y="2"} 1 7"#),
            (r#"a{x="1"}1"#, r#"a{x="1"} 1 7"#),
            (r#"{"a.b",x="1"} 1"#, r#"a.b{x="1"} 1 7"#),
        ];
        for (line, expected) in rows {
            let page = format!("{line}\n");
            let page = Page::parse(&page, PageFormat::Text).unwrap();
            let mut builder = SeriesBuilder::new();
            page.load(7, &mut builder);
            let set = builder.finish();
            let series = set.series().iter();
            let shown: Vec<String> = series
                .flat_map(|one| {
                    let labels = one.labels();
                    one.points().iter().map(move |(time, value)| format!("{labels} {value} {time}"))
                })
                .collect();
            assert_eq!(shown, [expected], "{line}");
        }
    }

    #[test]
    fn one_invalid_line_refuses_the_page_with_its_place() {
        let text = |text: &str, expected: Expect| check(PageFormat::Text, text, &expected);
        text("a 1\nb\n", expect!["2:2: expected a value, found the end of the line\n"]);
        text("a 1x\n", expect!["1:3: `1x` is not a number a sample can have\n"]);
        text("a 1 2.5\n", expect!["1:5: `2.5` is not a timestamp\n"]);
        text("a 1 2 3\n", expect!["1:7: expected the end of the line, found `3`\n"]);
        text("a 1\r\n", expect!["1:3: `1\r` is not a number a sample can have\n"]);
        text("a 1 # {} 1\n", expect!["1:5: expected the end of the line, found `#`\n"]);
        text("a{b=\"c} 1\n", expect!["1:5: the quoted text has no end\n"]);
        text("a{b=c} 1\n", expect!["1:5: expected a quoted text, found `c`\n"]);
        text("a{b=\"c\"d=\"e\"} 1\n", expect!["1:8: expected `,` or `}`, found `d`\n"]);
        text("a{b=\"c\",b=\"d\"} 1\n", expect!["1:9: label `b` is given twice\n"]);
        text("é 1\n", expect!["1:1: expected the name of a metric or `{`, found `é`\n"]);
        text("a-b 1\n", expect!["1:2: `-b` is not a number a sample can have\n"]);
        let open = |text: &str, expected: Expect| check(PageFormat::OpenMetrics, text, &expected);
        open(
            "a 1\n",
            expect!["2:1: the page does not end with `# EOF`, so part of it may be missing\n"],
        );
        open("# EOF\na 1\n", expect!["2:1: expected nothing after `# EOF`, found `a`\n"]);
        open("a 1 1e400\n# EOF", expect!["1:5: `1e400` is not a timestamp\n"]);
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(text in "([a-z]{1,3}(\\{[a-z]=\".{0,5}\"\\})? ?[-0-9eN]{1,9}\n?){0,4}|.{0,40}") {
            drop(Page::parse(&text, PageFormat::Text));
            drop(Page::parse(&text, PageFormat::OpenMetrics));
        }

        #[test]
        fn any_label_value_survives(value in ".{0,20}", number in any::<f64>()) {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let number = if number.is_nan() { 1.0 } else { number };
            let text = format!("a{{b=\"{escaped}\",c=\"d\"}} {number:e}\n").replace("inf", "Inf");
            let page = Page::parse(&text, PageFormat::Text).unwrap();
            let mut builder = SeriesBuilder::new();
            page.load(0, &mut builder);
            let set = builder.finish();
            prop_assert_eq!(set.series()[0].labels().get("b"), value.as_str());
            prop_assert_eq!(set.series()[0].points().values[0].to_bits(), number.to_bits());
        }
    }
}
