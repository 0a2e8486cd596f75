//! The static types of a condition, for one kind of result.
//!
//! The language raises type errors before anything is evaluated, so `result == 5 || true` is an
//! error for a text whatever the text is. What a node may be depends on what `result` is: a
//! condition is checked once for each kind of result that its provider can give.

mod builtins;
mod calls;
mod operators;
mod signature;

use super::ConditionProblem;
use super::advice;
use super::builtin::Builtin;
use super::environment::Environment;
use super::method::{Method, Receiver};
use super::nature::Nature;
use super::syntax::{Node, NodeId, Pointer, Tree, UnaryOperator};

/// Room for operators in chains, so that the usual condition needs no more.
const CHAIN_USUAL: usize = 8;

type Checked<T> = Result<T, ConditionProblem>;

/// What the checker found out about every node.
#[derive(Debug)]
pub(super) struct Natures {
    /// By place of the node.
    findings: Vec<Finding>,
}

/// What the checker found out about one node.
#[derive(Clone, Debug)]
struct Finding {
    /// Unknown for a node that was never looked at.
    nature: Nature,
    /// Whether it is a whole literal that is a double because a function wants one there.
    float: bool,
    /// Whether it was looked at: a node that is used twice is looked at once.
    seen: bool,
}

impl Natures {
    /// The nature of a node.
    pub(super) fn of(&self, id: NodeId) -> &Nature {
        &self.findings[id.index()].nature
    }

    /// Whether the whole literal at `id` is a double.
    pub(super) fn is_float(&self, id: NodeId) -> bool {
        self.findings[id.index()].float
    }
}

/// Checks `tree` in `environment`.
///
/// # Errors
///
/// [`ConditionProblem`] at the first expression whose types do not fit or whose name is unknown.
pub(super) fn check(tree: &Tree, environment: &Environment) -> Checked<Natures> {
    let unseen = Finding { nature: Nature::Unknown, float: false, seen: false };
    let mut checker = Checker {
        tree,
        environment,
        found: Natures { findings: vec![unseen; tree.len()] },
        chain: Vec::with_capacity(CHAIN_USUAL),
        variables: Vec::new(),
        walks: Vec::new(),
    };
    checker.visit(tree.root())?;
    Ok(checker.found)
}

/// A list being walked by a predicate.
struct Walk {
    collection: Nature,
    /// Whether `#index` means something.
    index: bool,
    /// Whether `#acc` means something.
    accumulator: bool,
}

struct Checker<'c> {
    tree: &'c Tree,
    environment: &'c Environment,
    found: Natures,
    /// The operators of the chains being checked, the innermost chain last.
    chain: Vec<NodeId>,
    variables: Vec<(&'c str, Nature)>,
    walks: Vec<Walk>,
}

impl<'c> Checker<'c> {
    fn problem(&self, at: NodeId, message: impl Into<String>) -> ConditionProblem {
        ConditionProblem { message: message.into(), span: self.tree.span(at).range(), help: None }
    }

    fn visit(&mut self, id: NodeId) -> Checked<Nature> {
        if self.seen(id) {
            return Ok(self.found.of(id).clone());
        }
        let nature = self.nature(id)?;
        self.note(id, &nature);
        Ok(nature)
    }

    fn note(&mut self, id: NodeId, nature: &Nature) {
        let finding = &mut self.found.findings[id.index()];
        finding.nature = nature.clone();
        finding.seen = true;
    }

    fn seen(&self, id: NodeId) -> bool {
        self.found.findings[id.index()].seen
    }

    fn nature(&mut self, id: NodeId) -> Checked<Nature> {
        let tree = self.tree;
        Ok(match tree.node(id) {
            Node::Nil => Nature::Nil,
            Node::Bool(_) => Nature::Bool,
            Node::Int(_) => Nature::Int,
            Node::Float(_) => Nature::Float,
            Node::Text(_) => Nature::Text,
            Node::Bytes(_) => Nature::Bytes,
            Node::Name(name) => self.name(id, name)?,
            Node::Unary(operator, operand) => self.unary(id, *operator, *operand)?,
            Node::Binary(..) => self.binary_chain(id)?,
            Node::Chain(inside) => self.visit(*inside)?,
            Node::Member { base, property, optional, method } => {
                self.member(id, *base, *property, *optional, *method)?
            }
            Node::Slice { base, from, to } => self.slice(*base, *from, *to)?,
            Node::Call { callee, arguments } => self.call(id, *callee, arguments)?,
            Node::Builtin(builtin, arguments) => self.builtin(id, *builtin, arguments)?,
            Node::Predicate(body) => Nature::Predicate(self.visit(*body)?.into()),
            Node::Pointer(pointer) => self.pointer(id, pointer)?,
            Node::Let { name, value, body } => self.declaration(id, name, *value, *body)?,
            Node::Sequence(nodes) => {
                let mut last = Nature::Unknown;
                for node in nodes {
                    last = self.visit(*node)?;
                }
                last
            }
            Node::Conditional { condition, then, otherwise } => {
                self.conditional(*condition, *then, *otherwise)?
            }
            Node::List(nodes) => self.list(nodes)?,
            Node::Map(pairs) => {
                for (key, value) in pairs {
                    self.visit(*key)?;
                    self.visit(*value)?;
                }
                Nature::Map
            }
        })
    }

    fn name(&self, id: NodeId, name: &str) -> Checked<Nature> {
        if let Some((_, nature)) = self.variables.iter().rev().find(|(known, _)| *known == name) {
            return Ok(nature.clone());
        }
        if name == "$env" {
            return Ok(Nature::Unknown);
        }
        if let Some(nature) = self.environment.get(name) {
            return Ok(nature);
        }
        match Builtin::named(name) {
            Some(builtin) => Ok(Nature::Builtin(builtin)),
            None => Err(self.unknown_name(id, name)),
        }
    }

    fn unknown_name(&self, id: NodeId, name: &str) -> ConditionProblem {
        let mut known: Vec<&str> = self.environment.names().collect();
        known.extend(Builtin::ALL.iter().map(|builtin| builtin.name()));
        known.extend(self.variables.iter().map(|(name, _)| *name));
        ConditionProblem {
            help: advice::for_name(name, known.into_iter()),
            ..self.problem(id, format!("unknown name {name}"))
        }
    }

    fn unary(&mut self, id: NodeId, operator: UnaryOperator, operand: NodeId) -> Checked<Nature> {
        let nature = self.visit(operand)?;
        match operator {
            UnaryOperator::Not if nature == Nature::Bool || nature.is_unknown() => Ok(Nature::Bool),
            UnaryOperator::Minus | UnaryOperator::Plus if nature.is_number() => Ok(nature),
            UnaryOperator::Minus | UnaryOperator::Plus if nature.is_unknown() => {
                Ok(Nature::Unknown)
            }
            UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus => Err(self.problem(
                id,
                format!("invalid operation: {} (mismatched type {nature})", operator.text()),
            )),
        }
    }

    fn member(
        &mut self,
        id: NodeId,
        base: NodeId,
        property: NodeId,
        optional: bool,
        method: bool,
    ) -> Checked<Nature> {
        let tree = self.tree;
        let name = if let Node::Text(name) = tree.node(property) { Some(&**name) } else { None };
        if matches!(tree.node(base), Node::Name(name) if &**name == "$env") {
            return match name.map(|name| (name, self.environment.get(name))) {
                Some((_, Some(nature))) => Ok(nature),
                Some((name, None)) if !optional => Err(self.unknown_name(id, name)),
                Some((_, None)) | None => Ok(Nature::Unknown),
            };
        }
        let base = self.visit(base)?;
        let index = self.visit(property)?;
        if base.is_unknown() {
            return Ok(Nature::Unknown);
        }
        if let Some(name) = name {
            if base == Nature::Nil {
                return Err(self.problem(id, format!("type nil has no field {name}")));
            }
            if let Some(method) = Receiver::of(&base).and_then(|of| Method::of(of, name)) {
                return Ok(Nature::Method(method));
            }
        }
        if base.is_map() {
            let key_fits = base != Nature::Map || index == Nature::Text;
            if key_fits || index.is_unknown() {
                return Ok(base.element());
            }
            return Err(
                self.problem(property, format!("cannot use {index} to get an element from {base}"))
            );
        }
        if base.is_list() {
            if index.is_integer() || index.is_unknown() {
                return Ok(base.element());
            }
            return Err(self.problem(
                property,
                format!("array elements can only be selected using an integer (got {index})"),
            ));
        }
        Err(match name {
            Some(name) => {
                let what = if method { "method" } else { "field" };
                self.problem(id, format!("type {base} has no {what} {name}"))
            }
            None => self.problem(id, format!("type {base}[{index}] is undefined")),
        })
    }

    fn slice(&mut self, base: NodeId, from: Option<NodeId>, to: Option<NodeId>) -> Checked<Nature> {
        let nature = self.visit(base)?;
        if nature.is_unknown() {
            // The bounds are not looked at either: that is how the language does it.
            return Ok(Nature::Unknown);
        }
        if nature != Nature::Text && !nature.is_list() {
            return Err(self.problem(base, format!("cannot slice {nature}")));
        }
        for bound in from.into_iter().chain(to) {
            let index = self.visit(bound)?;
            if !index.is_integer() && !index.is_unknown() {
                return Err(self.problem(bound, format!("non-integer slice index {index}")));
            }
        }
        Ok(nature)
    }

    fn pointer(&self, id: NodeId, pointer: &Pointer) -> Checked<Nature> {
        let Some(walk) = self.walks.last() else {
            return Err(self.problem(id, "cannot use pointer accessor outside predicate"));
        };
        match pointer {
            Pointer::Item => Ok(match walk.collection.is_unknown() {
                true => Nature::Unknown,
                false => walk.collection.element(),
            }),
            Pointer::Index if walk.index => Ok(Nature::Int),
            Pointer::Accumulator if walk.accumulator => Ok(Nature::Unknown),
            Pointer::Index => Err(self.problem(id, "unknown pointer #index")),
            Pointer::Accumulator => Err(self.problem(id, "unknown pointer #acc")),
            Pointer::Unknown(name) => Err(self.problem(id, format!("unknown pointer #{name}"))),
        }
    }

    fn declaration(
        &mut self,
        id: NodeId,
        name: &'c str,
        value: NodeId,
        body: NodeId,
    ) -> Checked<Nature> {
        if self.environment.get(name).is_some() {
            return Err(self.problem(id, format!("cannot redeclare {name}")));
        }
        if Builtin::named(name).is_some() {
            return Err(self.problem(id, format!("cannot redeclare builtin {name}")));
        }
        if self.variables.iter().any(|(known, _)| *known == name) {
            return Err(self.problem(id, format!("cannot redeclare variable {name}")));
        }
        let nature = self.visit(value)?;
        self.variables.push((name, nature));
        let nature = self.visit(body)?;
        self.variables.pop();
        Ok(nature)
    }

    fn conditional(
        &mut self,
        condition: NodeId,
        then: NodeId,
        otherwise: NodeId,
    ) -> Checked<Nature> {
        let nature = self.visit(condition)?;
        if nature != Nature::Bool && !nature.is_unknown() {
            return Err(self.problem(
                condition,
                format!("non-bool expression (type {nature}) used as condition"),
            ));
        }
        let then = self.visit(then)?;
        let otherwise = self.visit(otherwise)?;
        if then == Nature::Nil {
            return Ok(otherwise);
        }
        if otherwise == Nature::Nil {
            return Ok(then);
        }
        if !then.assignable_to(&otherwise) {
            return Ok(Nature::Unknown);
        }
        if then.is_list() && otherwise.is_list() {
            let (a, b) = (then.element(), otherwise.element());
            if !a.assignable_to(&b) || !b.assignable_to(&a) {
                return Ok(Nature::list());
            }
        }
        Ok(then)
    }

    fn list(&mut self, nodes: &[NodeId]) -> Checked<Nature> {
        let mut element = Nature::Unknown;
        let mut alike = true;
        for (nth, node) in nodes.iter().enumerate() {
            let nature = self.visit(*node)?;
            alike &= nth == 0 || nature.kind() == element.kind();
            element = nature;
        }
        Ok(if alike { Nature::list_of(element) } else { Nature::list() })
    }
}
