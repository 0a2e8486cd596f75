//! A condition as a tree.
//!
//! All nodes live in one list and name each other by place, so that no depth of nesting costs stack
//! when a tree is dropped, and a node may be used twice: in `0 < x < 2` both comparisons share `x`.

use std::ops::Range;
use std::sync::Arc;

use super::budget::NODES_MAX;
use super::builtin::Builtin;
pub(super) use super::operator::{BinaryOperator, UnaryOperator};

/// How many nodes there is room for before a tree has to grow.
pub(super) const NODES_USUAL: usize = 16;

/// The place of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(u32);

/// A parsed condition.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<(Node, Span)>,
    root: NodeId,
    /// Whether a node may be used twice.
    shares: bool,
}

/// The bytes a node stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// What a predicate can ask of the walk it is part of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pointer {
    /// `#`, the element.
    Item,
    /// `#index`.
    Index,
    /// `#acc`.
    Accumulator,
    /// Any other name, which is a mistake that the checker tells.
    Unknown(Arc<str>),
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `nil`.
    Nil,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// A string.
    Text(Arc<str>),
    /// A byte string.
    Bytes(Arc<[u8]>),
    /// A name.
    Name(Arc<str>),
    /// An operator before its operand.
    Unary(UnaryOperator, NodeId),
    /// An operator between its operands.
    Binary(BinaryOperator, NodeId, NodeId),
    /// What `?.` leaves when it meets nil.
    Chain(NodeId),
    /// `base.name`, `base[property]`; optional: `?.`; method: it is called.
    Member {
        /// What it is taken from.
        base: NodeId,
        /// The name as a text, or the index.
        property: NodeId,
        /// Whether nil gives nil.
        optional: bool,
        /// Whether it is called.
        method: bool,
    },
    /// `base[from:to]`.
    Slice {
        /// What is cut.
        base: NodeId,
        /// First place; none: the beginning.
        from: Option<NodeId>,
        /// The place after the last; none: the end.
        to: Option<NodeId>,
    },
    /// A call of something that is not built in.
    Call {
        /// What is called.
        callee: NodeId,
        /// With what.
        arguments: Vec<NodeId>,
    },
    /// A call of a built-in function.
    Builtin(Builtin, Vec<NodeId>),
    /// What is asked of every element.
    Predicate(NodeId),
    /// `#` and its kin.
    Pointer(Pointer),
    /// `let name = value; body`.
    Let {
        /// The new name.
        name: Arc<str>,
        /// What it stands for.
        value: NodeId,
        /// Where it stands for it.
        body: NodeId,
    },
    /// `a; b; c`, whose value is the last one.
    Sequence(Vec<NodeId>),
    /// `condition ? then : otherwise`, or `if`.
    Conditional {
        /// What is asked.
        condition: NodeId,
        /// When it is true.
        then: NodeId,
        /// When it is false.
        otherwise: NodeId,
    },
    /// `[a, b]`.
    List(Vec<NodeId>),
    /// `{a: 1}`, keys first.
    Map(Vec<(NodeId, NodeId)>),
}

impl NodeId {
    /// The place as a number, for lists beside the tree.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        // Texts are limited to far less than 4 GiB before they are parsed.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(range.start), end: place(range.end) }
    }
}

impl Span {
    /// The bytes as a range.
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Tree {
    /// A tree without nodes, to be filled from the leaves up.
    pub(super) fn new() -> Self {
        Self { nodes: Vec::with_capacity(NODES_USUAL), root: NodeId(0), shares: false }
    }

    /// Adds a node whose parts were added before.
    pub(super) fn add(&mut self, node: Node, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push((node, span));
        id
    }

    /// Makes `root` the root.
    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// Notes that a node is used twice.
    pub(super) fn share(&mut self) {
        self.shares = true;
    }

    /// How often each node is used; empty when none is used twice.
    pub(super) fn uses(&self) -> Vec<u8> {
        if !self.shares {
            return Vec::new();
        }
        let mut uses = vec![0_u8; self.len()];
        for node in 0..self.len() {
            self.parts(self.id(node), &mut |part| {
                uses[part.index()] = uses[part.index()].saturating_add(1);
            });
        }
        uses
    }

    /// The node the others hang from.
    pub(super) fn root(&self) -> NodeId {
        self.root
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node at `id`.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()].0
    }

    /// The node number `index`.
    pub(super) fn id(&self, index: usize) -> NodeId {
        NodeId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Where the node at `id` stands.
    pub(super) fn span(&self, id: NodeId) -> Span {
        self.nodes[id.index()].1
    }

    /// Every node, in the order they were added: parts before what they are part of.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(|(node, _)| node)
    }

    /// The parts of a node, left to right.
    pub(super) fn parts(&self, id: NodeId, each: &mut impl FnMut(NodeId)) {
        match self.node(id) {
            Node::Nil
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Float(_)
            | Node::Text(_)
            | Node::Bytes(_)
            | Node::Name(_)
            | Node::Pointer(_) => {}
            Node::Unary(_, part) | Node::Chain(part) | Node::Predicate(part) => each(*part),
            Node::Binary(_, left, right) => {
                each(*left);
                each(*right);
            }
            Node::Member { base, property, .. } => {
                each(*base);
                each(*property);
            }
            Node::Slice { base, from, to } => {
                each(*base);
                from.iter().chain(to).copied().for_each(each);
            }
            Node::Call { callee, arguments } => {
                each(*callee);
                arguments.iter().copied().for_each(each);
            }
            Node::Builtin(_, parts) | Node::Sequence(parts) | Node::List(parts) => {
                parts.iter().copied().for_each(each);
            }
            Node::Let { value, body, .. } => {
                each(*value);
                each(*body);
            }
            Node::Conditional { condition, then, otherwise } => {
                each(*condition);
                each(*then);
                each(*otherwise);
            }
            Node::Map(pairs) => pairs.iter().for_each(|(key, value)| {
                each(*key);
                each(*value);
            }),
        }
    }

    /// Whether two nodes, of this tree and of `other`, say the same, wherever they stand.
    pub(super) fn says_same(&self, here: NodeId, other: &Self, there: NodeId) -> bool {
        let mut open = vec![(here, there)];
        // Nodes used twice inside nodes used twice would be compared for ever.
        let mut left = 4 * NODES_MAX;
        while let Some((here, there)) = open.pop() {
            left -= 1;
            if left == 0 {
                return false;
            }
            if !same_but_for_parts(self.node(here), other.node(there)) {
                return false;
            }
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            self.parts(here, &mut |part| ours.push(part));
            other.parts(there, &mut |part| theirs.push(part));
            if ours.len() != theirs.len() {
                return false;
            }
            open.extend(ours.into_iter().zip(theirs));
        }
        true
    }
}

fn same_but_for_parts(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Float(a), Node::Float(b)) => a.to_bits() == b.to_bits(),
        (Node::Unary(a, _), Node::Unary(b, _)) => a == b,
        (Node::Binary(a, ..), Node::Binary(b, ..)) => a == b,
        (Node::Builtin(a, _), Node::Builtin(b, _)) => a == b,
        (
            Node::Member { optional: a, method: c, .. },
            Node::Member { optional: b, method: d, .. },
        ) => a == b && c == d,
        (Node::Slice { from: a, to: c, .. }, Node::Slice { from: b, to: d, .. }) => {
            a.is_some() == b.is_some() && c.is_some() == d.is_some()
        }
        (Node::Let { name: a, .. }, Node::Let { name: b, .. }) => a == b,
        (Node::Chain(_), Node::Chain(_))
        | (Node::Call { .. }, Node::Call { .. })
        | (Node::Predicate(_), Node::Predicate(_))
        | (Node::Sequence(_), Node::Sequence(_))
        | (Node::Conditional { .. }, Node::Conditional { .. })
        | (Node::List(_), Node::List(_))
        | (Node::Map(_), Node::Map(_)) => true,
        // What is left has no parts.
        (a, b) => a == b,
    }
}
