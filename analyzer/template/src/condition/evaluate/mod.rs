//! Running a program on one value.
//!
//! Nothing of the measured value is copied, and a comparison of numbers makes nothing on the heap.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation takes values of one or two types; every other type is one and the same mistake"
)]

mod access;
mod calls;
mod functions;
mod lists;
mod operators;
mod texts;
mod times;
mod walk;

pub(super) use operators::{ordered, power};

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::budget::{BYTES_MAX, ELEMENTS_MAX, STEPS_MAX};
use super::builtin::Builtin;
use super::code::{Code, CodeId, ConstantSet, Program};
use super::environment::Environment;
use super::value::{ItemsKind, List, Map, Text, Value};

/// Levels of lists and maps that an evaluation may make inside each other.
const MADE_DEPTH_MAX: u16 = 200;

/// Why an instruction gave no value.
#[derive(Debug)]
pub(super) enum Exit {
    /// `?.` met nil: the chain around it is nil.
    Nil,
    /// The evaluation failed, with this message.
    Fault(Box<str>),
}

pub(super) type Step<T> = Result<T, Exit>;

/// A failure with `message`.
fn fault<T>(message: impl Into<Box<str>>) -> Step<T> {
    Err(Exit::Fault(message.into()))
}

/// The walk that `#` belongs to.
struct Walking<'v> {
    item: Value<'v>,
    index: i64,
    accumulator: Value<'v>,
}

/// One evaluation of one program.
pub(super) struct Evaluation<'v> {
    program: &'v Program,
    environment: &'v Environment,
    subject: Value<'v>,
    now: Timestamp,
    variables: Vec<Value<'v>>,
    walking: Walking<'v>,
    steps: u64,
    elements: u64,
    bytes: u64,
}

impl<'v> Evaluation<'v> {
    /// A fresh evaluation of `program` for `subject` at `now`.
    pub(super) fn new(
        program: &'v Program,
        environment: &'v Environment,
        subject: Value<'v>,
        now: Timestamp,
    ) -> Self {
        let variables =
            if program.variables == 0 { Vec::new() } else { vec![Value::Nil; program.variables] };
        Self {
            program,
            environment,
            subject,
            now,
            variables,
            walking: Walking { item: Value::Nil, index: 0, accumulator: Value::Nil },
            steps: 0,
            elements: 0,
            bytes: 0,
        }
    }

    /// The value of the whole program.
    ///
    /// # Errors
    ///
    /// The message of what failed, a budget used up included.
    pub(super) fn run(mut self) -> Result<Value<'v>, Box<str>> {
        match self.value(self.program.root) {
            Ok(value) => Ok(value),
            // A chain outside of any chain is not made by the parser.
            Err(Exit::Nil) => Ok(Value::Nil),
            Err(Exit::Fault(message)) => Err(message),
        }
    }

    /// Counts `steps` of work.
    fn work(&mut self, steps: usize) -> Step<()> {
        self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if STEPS_MAX < self.steps { fault("step budget exceeded") } else { Ok(()) }
    }

    /// Counts elements made, the way the language counts them.
    fn grow(&mut self, elements: u64) -> Step<()> {
        self.elements = self.elements.saturating_add(elements);
        if ELEMENTS_MAX <= self.elements { fault("memory budget exceeded") } else { Ok(()) }
    }

    /// Counts bytes made.
    fn hold(&mut self, bytes: usize) -> Step<()> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if BYTES_MAX < self.bytes { fault("memory budget exceeded") } else { Ok(()) }
    }

    /// A text made by the evaluation.
    fn text(&mut self, text: impl AsRef<[u8]>) -> Step<Value<'v>> {
        self.hold(text.as_ref().len())?;
        Ok(Value::text(text))
    }

    /// A list made by the evaluation.
    fn list(&mut self, kind: ItemsKind, items: Vec<Value<'v>>) -> Step<Value<'v>> {
        self.hold(items.len().saturating_mul(size_of::<Value<'_>>()))?;
        let list = Value::List(List::made(kind, items));
        self.shallow(list)
    }

    /// The value, unless it is too deep to be walked and dropped safely.
    fn shallow(&self, value: Value<'v>) -> Step<Value<'v>> {
        if MADE_DEPTH_MAX < value.depth() {
            return fault("memory budget exceeded: lists nested too deeply");
        }
        Ok(value)
    }

    /// The value of one instruction.
    fn value(&mut self, id: CodeId) -> Step<Value<'v>> {
        self.steps += 1;
        if STEPS_MAX < self.steps {
            return fault("step budget exceeded");
        }
        let program = self.program;
        match program.code(id) {
            Code::Constant(value) => Ok(value.clone()),
            Code::Subject => Ok(self.subject.clone()),
            Code::Element(place) => self.element(*place),
            Code::Item => Ok(self.walking.item.clone()),
            Code::Index => Ok(Value::Int(self.walking.index)),
            Code::Accumulator => Ok(self.walking.accumulator.clone()),
            Code::Variable(variable) => {
                Ok(self.variables.get(*variable).cloned().unwrap_or(Value::Nil))
            }
            Code::Threshold { left, comparison, limit, constant } => {
                self.threshold(*left, *comparison, *limit, *constant)
            }
            Code::Operations { first, rest } => self.operations(*first, rest),
            Code::Not(operand) => {
                let value = self.truth(*operand)?;
                Ok(Value::Bool(!value))
            }
            Code::Conditional { condition, then, otherwise } => {
                let branch = if self.truth(*condition)? { then } else { otherwise };
                self.value(*branch)
            }
            Code::Walk(walk) => self.walk(walk),
            Code::Builtin { builtin: Builtin::Len, arguments } if arguments.len() == 1 => {
                let value = self.value(arguments[0])?;
                self.len(&value)
            }
            Code::CallFunction { function, arguments } if arguments.len() == 1 => {
                let value = self.value(arguments[0])?;
                self.call_function(*function, std::slice::from_ref(&value))
            }
            other => self.rarer(other),
        }
    }

    /// The instructions that are not worth a place in the hot function.
    fn rarer(&mut self, code: &'v Code) -> Step<Value<'v>> {
        match code {
            Code::Environment => Ok(self.environment_map()),
            Code::Negate(operand) => {
                let value = self.value(*operand)?;
                operators::negate(&value)
            }
            Code::SumRight(parts) => self.sum_right(parts),
            Code::Matches { text, pattern } => {
                let text = self.value(*text)?;
                self.matches(&text, pattern)
            }
            Code::InSet { needle, set } => {
                let needle = self.value(*needle)?;
                in_set(&needle, set)
            }
            Code::Member { base, property, optional } => self.member(*base, *property, *optional),
            Code::Chain(inside) => match self.value(*inside) {
                Err(Exit::Nil) => Ok(Value::Nil),
                // What is nil of some type is plain nil after a chain.
                Ok(value) if value.is_nil() => Ok(Value::Nil),
                other => other,
            },
            Code::Slice { base, from, to } => self.slice(*base, *from, *to),
            Code::CallFunction { function, arguments } => {
                let arguments = self.values(arguments)?;
                self.call_function(*function, &arguments)
            }
            Code::Call { callee, arguments } => self.call(*callee, arguments),
            Code::Builtin { builtin, arguments } => {
                let arguments = self.values(arguments)?;
                self.builtin(*builtin, arguments)
            }
            Code::Let { variable, value, body } => {
                let value = self.value(*value)?;
                if let Some(place) = self.variables.get_mut(*variable) {
                    *place = value;
                }
                self.value(*body)
            }
            Code::Sequence(parts) => {
                let mut last = Value::Nil;
                for part in parts {
                    last = self.value(*part)?;
                }
                Ok(last)
            }
            Code::List(parts) => {
                let items = self.values(parts)?;
                self.grow(items.len() as u64)?;
                self.list(ItemsKind::Any, items)
            }
            Code::Map(pairs) => self.map(pairs),
            Code::Constant(_)
            | Code::Subject
            | Code::Element(_)
            | Code::Item
            | Code::Index
            | Code::Accumulator
            | Code::Variable(_)
            | Code::Threshold { .. }
            | Code::Operations { .. }
            | Code::Not(_)
            | Code::Conditional { .. }
            | Code::Walk(_) => fault("instruction out of place"),
        }
    }

    fn values(&mut self, ids: &[CodeId]) -> Step<Vec<Value<'v>>> {
        let mut values = Vec::with_capacity(ids.len());
        for id in ids {
            values.push(self.value(*id)?);
        }
        Ok(values)
    }

    /// The value as a truth value.
    fn truth(&mut self, id: CodeId) -> Step<bool> {
        let value = self.value(id)?;
        truth(&value)
    }

    /// `{key: value, …}`; of two equal keys the first one wins, as in the language.
    fn map(&mut self, pairs: &[(CodeId, CodeId)]) -> Step<Value<'v>> {
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let key = self.value(*key)?;
            entries.push((key, self.value(*value)?));
        }
        self.grow(entries.len() as u64)?;
        self.hold(entries.len().saturating_mul(2 * size_of::<Value<'_>>()))?;
        let mut map: BTreeMap<Text<'v>, Value<'v>> = BTreeMap::new();
        for (key, value) in entries.into_iter().rev() {
            match key {
                Value::Text(key) => map.insert(key, value),
                other => return conversion(&other, "string"),
            };
        }
        let map = Value::Map(Map::made(map));
        self.shallow(map)
    }
}

/// The value as a truth value.
fn truth(value: &Value<'_>) -> Step<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        other => conversion(other, "bool"),
    }
}

/// Fails as Go does when a value is not of the type it is used as.
fn conversion<T>(value: &Value<'_>, wanted: &str) -> Step<T> {
    let name = match value {
        Value::Nil => "nil",
        other => other.type_name(),
    };
    fault(format!("interface conversion: interface {{}} is {name}, not {wanted}"))
}

fn in_set<'v>(needle: &Value<'v>, set: &ConstantSet) -> Step<Value<'v>> {
    let (found, wanted) = match (set, needle) {
        (ConstantSet::Ints(ints), Value::Int(needle)) => (Some(ints.contains(needle)), "int"),
        (ConstantSet::Ints(ints), Value::Nil) => (Some(ints.contains(&0)), "int"),
        (ConstantSet::Ints(_), _) => (None, "int"),
        (ConstantSet::Texts(texts), Value::Text(needle)) => {
            (Some(texts.iter().any(|text| **text == *needle.bytes())), "string")
        }
        (ConstantSet::Texts(texts), Value::Nil) => {
            (Some(texts.iter().any(|text| text.is_empty())), "string")
        }
        (ConstantSet::Texts(_), _) => (None, "string"),
    };
    match found {
        Some(found) => Ok(Value::Bool(found)),
        None => fault(format!(
            "reflect.Value.MapIndex: value of type {} is not assignable to type {wanted}",
            needle.type_name()
        )),
    }
}
