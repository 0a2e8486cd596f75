//! The fields of a metric, arguments filled in.

use std::collections::BTreeSet;
use std::ops::Range;

use assay_promql::Dialect;
use jiff::SignedDuration;
use miette::SourceSpan;

use crate::args::listed;
use crate::bind::findings::Findings;
use crate::duration::{self, InvalidDuration};
use crate::problem::{ArgsProblem, CompareProblem, Lint, MetricFault, MetricProblem, Problem};
use crate::secret::{Resolved, Secrets};
use crate::shape::{boolean, suggest};
use crate::substitute::{
    ArgValue, ArgValues, Insertion, Language, SubstituteProblem, arg_names, substitute,
};
use crate::yaml::{Node, Source, SourceId, Style, Value};

/// A field that may not be there, or that an argument without a value leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// It is not there.
    Absent,
    /// It is there, but what it says is not known: a hole, or a problem reported already.
    Unknown,
    /// It says this.
    Known(T),
}

impl<T> Field<T> {
    pub(crate) fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unknown => None,
        }
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Unknown => Field::Unknown,
            Self::Known(value) => Field::Known(f(value)),
        }
    }

    /// The value, with `default` for a field that is not there; none if it is not known.
    pub(crate) fn or(self, default: T) -> Option<T> {
        match self {
            Self::Absent => Some(default),
            Self::Unknown => None,
            Self::Known(value) => Some(value),
        }
    }
}

/// A text of a metric and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Text<'n> {
    pub(crate) resolved: Resolved,
    node: &'n Node,
    insertions: Vec<Insertion>,
}

impl Text<'_> {
    /// Whether a comment follows on the line the text ends on, and no quotes keep it out.
    pub(crate) fn is_cut_by_a_comment(&self, source: &Source) -> bool {
        let plain = self.node.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain);
        let end = self.node.span.offset() + self.node.span.len();
        let rest = source.text.get(end..).unwrap_or_default();
        plain && rest.lines().next().unwrap_or_default().trim_start().starts_with('#')
    }

    pub(crate) fn as_str(&self) -> &str {
        self.resolved.reveal()
    }

    pub(crate) fn span(&self) -> SourceSpan {
        self.node.span
    }

    /// The bytes of the file that `part` of this text was made from. A part of a value that was filled
    /// in is the tag it was filled in for.
    pub(crate) fn part(&self, part: Range<usize>, source: &Source) -> SourceSpan {
        let start = self.written(part.start, |tag| tag.start);
        let end = self.written(part.end, |tag| tag.end);
        self.node.part(start..end.max(start), source)
    }

    /// Where a byte of the text stands in the text as written.
    fn written(&self, offset: usize, within: impl Fn(&Range<usize>) -> usize) -> usize {
        let mut written = offset;
        for insertion in &self.insertions {
            if offset <= insertion.value.start {
                return written;
            }
            if offset < insertion.value.end {
                return within(&insertion.tag);
            }
            written = insertion.tag.end + (offset - insertion.value.end);
        }
        written
    }
}

/// Reads the fields of one metric and reports what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) id: SourceId,
    pub(crate) source: &'a Source,
    /// The metric's place in the run; none where the fields belong to `spec.compare`.
    pub(crate) index: Option<usize>,
    /// By the rules of which Prometheus queries are read.
    pub(crate) dialect: Dialect,
    /// The metric's name as written.
    pub(crate) metric: String,
    pub(crate) args: &'a ArgValues,
    /// The arguments met so far.
    pub(crate) used: &'a mut BTreeSet<String>,
    pub(crate) secrets: &'a mut Secrets,
    pub(crate) findings: &'a mut Findings,
}

impl Reader<'_> {
    /// Reports a problem of the metric.
    pub(crate) fn fault(&mut self, fault: impl Into<MetricFault>) {
        let problem = self.problem(fault.into());
        self.findings.add(self.id, problem);
    }

    /// Reports a problem that Argo Rollouts lets pass.
    pub(crate) fn strict_fault(&mut self, fault: impl Into<MetricFault>) {
        let problem = self.problem(fault.into());
        self.findings.add_strict(self.id, problem);
    }

    pub(crate) fn lint(&mut self, lint: Lint) {
        self.findings.add(self.id, lint);
    }

    fn problem(&self, fault: MetricFault) -> Problem {
        match self.index {
            Some(index) => MetricProblem { index, metric: self.metric.clone(), fault }.into(),
            None => CompareProblem(fault).into(),
        }
    }

    /// Reports every tag of the metric that cannot be filled in, wherever it stands, and arguments that
    /// are empty. The other methods do not report these again.
    pub(crate) fn check_tags(&mut self, node: &Node) {
        match &node.value {
            Value::Null => {}
            Value::Scalar(scalar) => self.check_text(&scalar.text, node),
            Value::List(items) => items.iter().for_each(|item| self.check_tags(item)),
            Value::Map(entries) => {
                for entry in entries {
                    let key = Node { span: entry.key_span, value: Value::Null };
                    self.check_text(&entry.key, &key);
                    self.check_tags(&entry.node);
                }
            }
        }
    }

    fn check_text(&mut self, text: &str, node: &Node) {
        self.used.extend(arg_names(text).map(str::to_owned));
        match substitute(text, Language::Text, self.args) {
            Ok(filled) => {
                for insertion in filled.insertions {
                    let empty = match self.args.get(&insertion.arg) {
                        Some(ArgValue::Plain(text) | ArgValue::Secret(text)) => text.is_empty(),
                        Some(ArgValue::Hole) | None => false,
                    };
                    if empty {
                        let at = node.part(insertion.tag, self.source);
                        self.findings
                            .add_strict(self.id, ArgsProblem::Empty { arg: insertion.arg, at });
                    }
                }
            }
            Err(problems) => {
                for problem in problems {
                    let at = node.part(problem.at(), self.source);
                    let problem = tag_problem(problem, at, self.args);
                    self.findings.add(self.id, problem);
                }
            }
        }
    }

    /// A text with its arguments; none if it is no text, or not known.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, language: Language) -> Option<Text<'n>> {
        let filled = substitute(node.as_text()?, language, self.args).ok()?;
        for insertion in filled.insertions.iter().filter(|insertion| insertion.escapes) {
            let (arg, quote) = (insertion.arg.clone(), insertion.quote.unwrap_or('"'));
            let at = node.part(insertion.tag.clone(), self.source);
            self.findings.add_strict(self.id, ArgsProblem::EscapesString { arg, quote, at });
        }
        filled.complete.then_some(Text {
            resolved: filled.resolved,
            node,
            insertions: filled.insertions,
        })
    }

    /// The text of a field.
    pub(crate) fn field<'n>(&mut self, parent: &'n Node, key: &str) -> Field<Text<'n>> {
        self.field_in(parent, key, Language::Text)
    }

    /// The text of a field, in a language.
    pub(crate) fn field_in<'n>(
        &mut self,
        parent: &'n Node,
        key: &str,
        language: Language,
    ) -> Field<Text<'n>> {
        match present(parent, key) {
            None => Field::Absent,
            Some(node) => self.text(node, language).map_or(Field::Unknown, Field::Known),
        }
    }

    /// A text that is shown to people and decides something, so that no secret may be in it.
    pub(crate) fn open_text<'n>(
        &mut self,
        parent: &'n Node,
        key: &str,
        language: Language,
        what: &'static str,
    ) -> Field<Text<'n>> {
        let Field::Known(text) = self.field_in(parent, key, language) else {
            return match present(parent, key) {
                None => Field::Absent,
                Some(_) => Field::Unknown,
            };
        };
        let is_secret = |insertion: &&Insertion| {
            matches!(self.args.get(&insertion.arg), Some(ArgValue::Secret(_)))
        };
        let Some(insertion) = text.insertions.iter().find(is_secret) else {
            return Field::Known(text);
        };
        let at = text.node.part(insertion.tag.clone(), self.source);
        let arg = insertion.arg.clone();
        self.findings.add(self.id, ArgsProblem::SecretInTheOpen { arg, what, at });
        Field::Unknown
    }

    /// One word out of a few, or another text that is shown to people.
    pub(crate) fn word<'n>(&mut self, parent: &'n Node, key: &str) -> Field<Text<'n>> {
        self.open_text(parent, key, Language::Text, "a setting")
    }

    /// Reports a secret anywhere in `node`; whether there was one.
    pub(crate) fn refuse_secrets(&mut self, node: &Node, what: &'static str) -> bool {
        let secret = |text: &str| {
            let mut names = arg_names(text);
            names
                .find(|name| matches!(self.args.get(*name), Some(ArgValue::Secret(_))))
                .map(str::to_owned)
        };
        let found = match &node.value {
            Value::Null => None,
            Value::Scalar(scalar) => secret(&scalar.text),
            Value::List(items) => return items.iter().any(|item| self.refuse_secrets(item, what)),
            Value::Map(entries) => match entries.iter().find_map(|entry| secret(&entry.key)) {
                Some(arg) => Some(arg),
                None => {
                    return entries.iter().any(|entry| self.refuse_secrets(&entry.node, what));
                }
            },
        };
        let Some(arg) = found else { return false };
        self.findings.add(self.id, ArgsProblem::SecretInTheOpen { arg, what, at: node.span });
        true
    }

    /// A whole number, or a text that holds one.
    ///
    /// A text that holds none counts as 0 in Argo Rollouts.
    pub(crate) fn integer(&mut self, parent: &Node, key: &'static str) -> Field<i64> {
        let text = match self.open_text(parent, key, Language::Text, "a number") {
            Field::Known(text) => text,
            Field::Absent => return Field::Absent,
            Field::Unknown => return Field::Unknown,
        };
        match go_integer(text.as_str()) {
            Some(value) => Field::Known(value),
            None => {
                let (field, written) = (key.to_owned(), text.as_str().to_owned());
                let fault = MetricFault::NotANumber { field, text: written, at: text.span() };
                self.strict_fault(fault);
                Field::Known(0)
            }
        }
    }

    /// A duration, negative ones included; `fault` makes a problem of an invalid one.
    pub(crate) fn duration<F: Into<MetricFault>>(
        &mut self,
        parent: &Node,
        key: &str,
        fault: impl FnOnce(InvalidDuration, SourceSpan) -> F,
    ) -> Field<SignedDuration> {
        match self.open_text(parent, key, Language::Text, "a duration") {
            Field::Absent => Field::Absent,
            Field::Unknown => Field::Unknown,
            // An empty text is the same as none in Argo Rollouts.
            Field::Known(text) if text.as_str().is_empty() => Field::Absent,
            Field::Known(text) => match duration::parse(text.as_str()) {
                Ok(value) => Field::Known(value),
                Err(reason) => {
                    let fault = fault(reason, text.span());
                    self.fault(fault);
                    Field::Unknown
                }
            },
        }
    }

    /// `true` or `false`, false if it is not there.
    pub(crate) fn flag(&mut self, parent: &Node, key: &str) -> bool {
        match self.word(parent, key) {
            Field::Absent | Field::Unknown => false,
            Field::Known(text) => boolean(text.as_str()).unwrap_or_else(|| {
                let (field, text, at) = (key.to_owned(), text.as_str().to_owned(), text.span());
                let allowed = "`true`, `false`";
                self.fault(MetricFault::UnknownWord { field, text, allowed, at });
                false
            }),
        }
    }

    /// The bytes of a field's value, or of the whole map if it is not there.
    pub(crate) fn span_of(parent: &Node, key: &str) -> SourceSpan {
        present(parent, key).map_or(parent.span, |node| node.span)
    }
}

/// The value of a field that is there and not null.
pub(crate) fn present<'n>(parent: &'n Node, key: &str) -> Option<&'n Node> {
    parent.get(key).filter(|node| !node.is_null())
}

/// A whole number in base 10 as Go's `strconv.Atoi` reads it; too large ones are the largest there is.
fn go_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let overflow = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(overflow))
}

fn tag_problem(problem: SubstituteProblem, at: SourceSpan, args: &ArgValues) -> Problem {
    let message = problem.to_string();
    match problem {
        SubstituteProblem::Unclosed { .. } => ArgsProblem::UnclosedTag { message, at }.into(),
        SubstituteProblem::Unencodable { arg, character, letter, .. } => {
            ArgsProblem::Unencodable { arg, character, letter, at }.into()
        }
        SubstituteProblem::Unknown { tag, .. } => {
            let names: Vec<&str> = args.keys().map(String::as_str).collect();
            let wanted = tag.trim();
            let help = match wanted.strip_prefix("args.") {
                None => format!(
                    "only `{{{{args.<name>}}}}` is filled in; a literal `{{{{` cannot be written in a template{}",
                    if wanted.to_lowercase().starts_with("args.") {
                        ", and `args` is in small letters"
                    } else {
                        ""
                    }
                ),
                Some(name) => match suggest(name, names.iter().copied()) {
                    Some(meant) => format!("did you mean `{{{{args.{meant}}}}}`?"),
                    None => format!(
                        "declare `{name}` under `args`; this template declares {}",
                        listed(&names)
                    ),
                },
            };
            ArgsProblem::UnresolvedTag { tag, help, at }.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::go_integer;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let rows = [
            ("5", Some(5)),
            ("-1", Some(-1)),
            ("+7", Some(7)),
            ("010", Some(10)),
            ("", None),
            ("abc", None),
            ("5.0", None),
            (" 5", None),
            ("1e3", None),
            ("0x10", None),
            ("٣", None),
            ("9223372036854775808", Some(i64::MAX)),
            ("-99999999999999999999", Some(i64::MIN)),
        ];
        for (text, number) in rows {
            assert_eq!(go_integer(text), number, "{text:?}");
        }
    }
}
