//! Lists.

use std::sync::Arc;

use super::Value;
use crate::json::Json;

/// A list.
#[derive(Clone, Debug)]
pub(in super::super) enum List<'a> {
    /// The doubles of a Prometheus answer.
    Floats(&'a [f64]),
    /// A list of the measured JSON value.
    Json(&'a [Json]),
    /// `from..to`, never written out.
    Range {
        /// The first number.
        from: i64,
        /// How many there are.
        length: u64,
    },
    /// A byte string.
    Bytes(Arc<[u8]>),
    /// Made by the evaluation, or constant.
    Made(Arc<Items<'a>>),
    /// A list that was never made: it is empty, and nil too.
    Absent,
}

/// What sort of list was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum ItemsKind {
    /// Of anything.
    Any,
    /// Of strings, from `split`.
    Texts,
    /// Of pairs, from `toPairs`.
    Pairs,
    /// One of those pairs.
    Pair,
}

/// The elements of a list that was made.
#[derive(Debug)]
pub(in super::super) struct Items<'a> {
    pub(in super::super) kind: ItemsKind,
    pub(in super::super) depth: u16,
    pub(in super::super) items: Box<[Value<'a>]>,
}

impl<'a> List<'a> {
    /// A list of `items`.
    pub(in super::super) fn made(kind: ItemsKind, items: Vec<Value<'a>>) -> Self {
        let depth = items.iter().map(Value::depth).max().unwrap_or(0).saturating_add(1);
        Self::Made(Arc::new(Items { kind, depth, items: items.into() }))
    }

    /// How many elements it has.
    pub(in super::super) fn len(&self) -> usize {
        match self {
            Self::Floats(items) => items.len(),
            Self::Json(items) => items.len(),
            Self::Range { length, .. } => usize::try_from(*length).unwrap_or(usize::MAX),
            Self::Bytes(bytes) => bytes.len(),
            Self::Made(made) => made.items.len(),
            Self::Absent => 0,
        }
    }

    /// The element at `place`, if there is one.
    pub(in super::super) fn get(&self, place: usize) -> Option<Value<'a>> {
        match self {
            Self::Floats(items) => items.get(place).map(|item| Value::Float(*item)),
            Self::Json(items) => items.get(place).map(Value::of),
            Self::Range { from, .. } => (place < self.len())
                .then(|| Value::Int(from.wrapping_add(i64::try_from(place).unwrap_or(i64::MAX)))),
            Self::Bytes(bytes) => bytes.get(place).map(|byte| Value::Byte(*byte)),
            Self::Made(made) => made.items.get(place).cloned(),
            Self::Absent => None,
        }
    }

    /// Every element.
    pub(in super::super) fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'a>> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// The elements from `from` up to `to`, both at most its length.
    pub(in super::super) fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Self::Floats(items) => Self::Floats(&items[from..to]),
            Self::Json(items) => Self::Json(&items[from..to]),
            Self::Range { from: first, .. } => Self::Range {
                from: first.wrapping_add(i64::try_from(from).unwrap_or(i64::MAX)),
                length: u64::try_from(to - from).unwrap_or(u64::MAX),
            },
            Self::Bytes(bytes) => Self::Bytes(Arc::from(&bytes[from..to])),
            Self::Made(made) => {
                let kind = made.kind;
                Self::made(kind, made.items[from..to].to_vec())
            }
            Self::Absent => Self::Absent,
        }
    }

    /// The name of its Go type.
    pub(in super::super) fn type_name(&self) -> &'static str {
        match self {
            Self::Floats(_) => "[]float64",
            Self::Range { .. } => "[]int",
            Self::Bytes(_) => "[]uint8",
            Self::Json(_) | Self::Absent => "[]interface {}",
            Self::Made(made) => match made.kind {
                ItemsKind::Any => "[]interface {}",
                ItemsKind::Texts => "[]string",
                ItemsKind::Pairs => "[][2]interface {}",
                ItemsKind::Pair => "[2]interface {}",
            },
        }
    }

    /// Whether its type is a list of anything.
    pub(in super::super) fn is_any(&self) -> bool {
        self.type_name() == "[]interface {}"
    }

    /// Levels of lists and maps made by the evaluation.
    pub(in super::super) fn depth(&self) -> u16 {
        match self {
            Self::Made(made) => made.depth,
            Self::Floats(_)
            | Self::Json(_)
            | Self::Range { .. }
            | Self::Bytes(_)
            | Self::Absent => 0,
        }
    }
}
