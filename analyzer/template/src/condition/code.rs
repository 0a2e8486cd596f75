//! A condition made ready for one kind of result: what is evaluated again and again.

use std::sync::Arc;

use regex::bytes::Regex;

use super::builtin::Builtin;
use super::environment::Function;
use super::syntax::NodeId;
use super::value::Value;

/// The place of an instruction in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeId(u32);

/// A condition ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) codes: Vec<Code>,
    pub(super) root: CodeId,
    /// How many variables there are.
    pub(super) variables: usize,
}

/// How two ordered values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `<`.
    Less,
    /// `>`.
    More,
    /// `<=`.
    LessOrEqual,
    /// `>=`.
    MoreOrEqual,
}

/// What happens to a value on the left and an instruction on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// The right side counts only when the left is false.
    Or,
    /// The right side counts only when the left is true.
    And,
    /// The right side counts only when the left is nil.
    Coalesce,
    /// Equal, or not.
    Equal {
        /// Both must be whole numbers or texts at run time as well; see [`Exactly`].
        exactly: Exactly,
        /// `!=`.
        negated: bool,
    },
    /// Ordered.
    Compare(Comparison),
    /// `in`.
    In,
    /// `matches`, with a pattern that is not constant.
    Matches,
    /// `contains`.
    Contains,
    /// `startsWith`.
    StartsWith,
    /// `endsWith`.
    EndsWith,
    /// `..`.
    Range,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Modulo,
    /// `**`.
    Power,
}

/// The language compares whole numbers and texts faster when it believes to know the types, and
/// fails when a value turns out to be something else, as in `max(1, 2.5) == 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exactly {
    /// Whatever they are.
    No,
    /// Both must be whole numbers.
    Ints,
    /// Both must be texts.
    Texts,
}

/// A function that walks over a list.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub(super) builtin: Builtin,
    pub(super) list: CodeId,
    /// The node of the list, to see whether two walks go over the same one.
    pub(super) source: NodeId,
    /// What is asked of every element.
    pub(super) body: Option<CodeId>,
    /// The order of `sortBy`, the first value of `reduce`.
    pub(super) extra: Option<CodeId>,
    /// What becomes of the elements found.
    pub(super) mapped: Option<CodeId>,
    /// `count` may stop here, because more would not change the answer.
    pub(super) enough: Option<i64>,
    /// Finding nothing is an error, as in `filter(…)[0]`.
    pub(super) throws: bool,
    /// Whether it was `count(…) > 0` before, which is not joined with its neighbours.
    pub(super) was_count: bool,
}

/// One instruction.
#[derive(Clone, Debug)]
pub(super) enum Code {
    /// A value known before.
    Constant(Value<'static>),
    /// `result`.
    Subject,
    /// `result[place]`.
    Element(i64),
    /// `$env`.
    Environment,
    /// A variable.
    Variable(usize),
    /// `#`.
    Item,
    /// `#index`.
    Index,
    /// `#acc`.
    Accumulator,
    /// `!`.
    Not(CodeId),
    /// `-`.
    Negate(CodeId),
    /// A comparison with a constant number.
    Threshold {
        left: CodeId,
        comparison: Comparison,
        limit: f64,
        /// The constant as it was written, for values that are no numbers.
        constant: CodeId,
    },
    /// `first op right op right …`, from left to right.
    Operations { first: CodeId, rest: Vec<(Operation, CodeId)> },
    /// `a + (b + (c + …))`.
    SumRight(Vec<CodeId>),
    /// `matches` with a constant pattern.
    Matches { text: CodeId, pattern: Arc<Regex> },
    /// `in` a constant list of texts or whole numbers.
    InSet { needle: CodeId, set: Arc<ConstantSet> },
    /// `base[property]`, `base.name`.
    Member { base: CodeId, property: CodeId, optional: bool },
    /// Where `?.` ends.
    Chain(CodeId),
    /// `base[from:to]`.
    Slice { base: CodeId, from: Option<CodeId>, to: Option<CodeId> },
    /// A call of a function of the environment.
    CallFunction { function: Function, arguments: Vec<CodeId> },
    /// A call of whatever the callee turns out to be.
    Call { callee: CodeId, arguments: Vec<CodeId> },
    /// A call of a built-in function.
    Builtin { builtin: Builtin, arguments: Vec<CodeId> },
    /// A walk over a list.
    Walk(Walk),
    /// `let`.
    Let { variable: usize, value: CodeId, body: CodeId },
    /// `a; b`.
    Sequence(Vec<CodeId>),
    /// `condition ? then : otherwise`.
    Conditional { condition: CodeId, then: CodeId, otherwise: CodeId },
    /// `[a, b]`.
    List(Vec<CodeId>),
    /// `{a: b}`.
    Map(Vec<(CodeId, CodeId)>),
}

/// A constant list that is only asked whether something is in it.
#[derive(Debug)]
pub(super) enum ConstantSet {
    /// Of whole numbers.
    Ints(Vec<i64>),
    /// Of texts.
    Texts(Vec<Arc<[u8]>>),
}

impl Program {
    /// The answer, if it was known before anything is evaluated.
    pub(super) fn constant(&self) -> Option<bool> {
        if let Code::Constant(Value::Bool(value)) = self.code(self.root) {
            Some(*value)
        } else {
            None
        }
    }

    /// The instruction at `id`.
    pub(super) fn code(&self, id: CodeId) -> &Code {
        &self.codes[id.0 as usize]
    }
}

impl CodeId {
    /// The place number `index`.
    pub(super) fn new(index: usize) -> Self {
        // Programs have at most a few times as many instructions as a tree may have nodes.
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The place as a number.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}
