//! A checked tree to a program.
//!
//! The language rewrites an expression before it runs it, and some of that can be seen: `x && false`
//! is false without looking at `x`, `1 % 0` is an error even where it is never reached,
//! `filter(list, p)[0]` stops at the first hit. What can be seen is done here too.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rewriting looks for one form; every other form, also a new one, stays as it is"
)]

mod fold;
mod walks;

use std::sync::Arc;

use super::ConditionProblem;
use super::builtin::Builtin;
use super::checker::Natures;
use super::code::{Code, CodeId, Comparison, ConstantSet, Exactly, Operation, Program};
use super::environment::Environment;
use super::nature::{Kind, Nature};
use super::pattern;
use super::syntax::{BinaryOperator, Node, NodeId, Pointer, Tree, UnaryOperator};
use super::value::{Text, Value};

type Lowered<T> = Result<T, ConditionProblem>;

/// Makes a program of a tree whose natures are known.
///
/// # Errors
///
/// [`ConditionProblem`] for a pattern that is no regular expression and a constant remainder by 0.
pub(super) fn lower(tree: &Tree, natures: &Natures, environment: &Environment) -> Lowered<Program> {
    let mut uses = vec![0_u8; tree.len()];
    for node in 0..tree.len() {
        tree.parts(tree.id(node), &mut |part| {
            uses[part.index()] = uses[part.index()].saturating_add(1);
        });
    }
    let mut lowerer = Lowerer {
        tree,
        natures,
        environment,
        codes: Vec::with_capacity(tree.len()),
        scopes: Vec::new(),
        variables: 0,
        uses,
        done: Vec::new(),
    };
    let root = lowerer.place_node(tree.root())?;
    Ok(Program { codes: lowerer.codes, root, variables: lowerer.variables })
}

struct Lowerer<'l> {
    tree: &'l Tree,
    natures: &'l Natures,
    environment: &'l Environment,
    codes: Vec<Code>,
    /// Variables in scope and their numbers.
    scopes: Vec<(&'l str, usize)>,
    variables: usize,
    /// How often each node is used; a shared one is made once.
    uses: Vec<u8>,
    done: Vec<(NodeId, CodeId)>,
}

impl<'l> Lowerer<'l> {
    fn problem(&self, at: NodeId, message: impl Into<String>) -> ConditionProblem {
        ConditionProblem { message: message.into(), span: self.tree.span(at).range(), help: None }
    }

    fn place(&mut self, code: Code) -> CodeId {
        self.codes.push(code);
        CodeId::new(self.codes.len() - 1)
    }

    fn code(&self, id: CodeId) -> &Code {
        &self.codes[id.index()]
    }

    fn place_node(&mut self, id: NodeId) -> Lowered<CodeId> {
        let code = self.node(id)?;
        Ok(self.place(code))
    }

    fn place_nodes(&mut self, ids: &[NodeId]) -> Lowered<Vec<CodeId>> {
        ids.iter().map(|id| self.place_node(*id)).collect()
    }

    /// The instruction of a node, its parts placed.
    fn node(&mut self, id: NodeId) -> Lowered<Code> {
        if self.uses[id.index()] < 2 {
            return self.fresh(id);
        }
        if let Some((_, code)) = self.done.iter().find(|(done, _)| *done == id) {
            return Ok(self.code(*code).clone());
        }
        let code = self.fresh(id)?;
        let place = self.place(code.clone());
        self.done.push((id, place));
        Ok(code)
    }

    fn fresh(&mut self, id: NodeId) -> Lowered<Code> {
        let tree = self.tree;
        Ok(match tree.node(id) {
            Node::Nil => Code::Constant(Value::Nil),
            Node::Bool(value) => Code::Constant(Value::Bool(*value)),
            Node::Int(value) if self.natures.is_float(id) => {
                Code::Constant(Value::Float(super::value::Number::Int(*value).float()))
            }
            Node::Int(value) => Code::Constant(Value::Int(*value)),
            Node::Float(value) => Code::Constant(Value::Float(*value)),
            Node::Text(text) => {
                Code::Constant(Value::Text(Text::Shared(Arc::from(Arc::clone(text)))))
            }
            Node::Bytes(bytes) => {
                Code::Constant(Value::List(super::value::List::Bytes(Arc::clone(bytes))))
            }
            Node::Name(name) => self.name(name),
            Node::Unary(operator, operand) => self.unary(*operator, *operand)?,
            Node::Binary(..) => self.binary_chain(id)?,
            Node::Chain(inside) => Code::Chain(self.place_node(*inside)?),
            Node::Member { base, property, optional, .. } => {
                self.member(*base, *property, *optional)?
            }
            Node::Slice { base, from, to } => Code::Slice {
                base: self.place_node(*base)?,
                from: from.map(|from| self.place_node(from)).transpose()?,
                to: to.map(|to| self.place_node(to)).transpose()?,
            },
            Node::Call { callee, arguments } => self.call(*callee, arguments)?,
            Node::Builtin(builtin, arguments) => self.builtin(*builtin, arguments)?,
            Node::Predicate(body) => self.node(*body)?,
            Node::Pointer(Pointer::Index) => Code::Index,
            Node::Pointer(Pointer::Accumulator) => Code::Accumulator,
            Node::Pointer(Pointer::Item | Pointer::Unknown(_)) => Code::Item,
            Node::Let { name, value, body } => {
                let value = self.place_node(*value)?;
                let variable = self.variables;
                self.variables += 1;
                self.scopes.push((name, variable));
                let body = self.place_node(*body)?;
                self.scopes.pop();
                Code::Let { variable, value, body }
            }
            Node::Sequence(nodes) => Code::Sequence(self.place_nodes(nodes)?),
            Node::Conditional { condition, then, otherwise } => Code::Conditional {
                condition: self.place_node(*condition)?,
                then: self.place_node(*then)?,
                otherwise: self.place_node(*otherwise)?,
            },
            Node::List(nodes) => self.list(nodes)?,
            Node::Map(pairs) => {
                let mut placed = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    placed.push((self.place_node(*key)?, self.place_node(*value)?));
                }
                Code::Map(placed)
            }
        })
    }

    fn name(&self, name: &str) -> Code {
        if let Some((_, variable)) = self.scopes.iter().rev().find(|(known, _)| *known == name) {
            return Code::Variable(*variable);
        }
        match name {
            "$env" => Code::Environment,
            "result" if matches!(self.environment, Environment::Condition(_)) => Code::Subject,
            // A name of nothing, such as that of a built-in function, stands for nil.
            name => {
                Code::Constant(self.environment.function(name).map_or(Value::Nil, Value::Function))
            }
        }
    }

    fn unary(&mut self, operator: UnaryOperator, operand: NodeId) -> Lowered<Code> {
        let code = self.node(operand)?;
        Ok(match (operator, code) {
            (UnaryOperator::Plus, code) => code,
            (UnaryOperator::Minus, Code::Constant(Value::Int(value))) => {
                Code::Constant(Value::Int(value.wrapping_neg()))
            }
            (UnaryOperator::Minus, Code::Constant(Value::Float(value))) => {
                Code::Constant(Value::Float(-value))
            }
            (UnaryOperator::Not, Code::Constant(Value::Bool(value))) => {
                Code::Constant(Value::Bool(!value))
            }
            (UnaryOperator::Minus, code) => Code::Negate(self.place(code)),
            (UnaryOperator::Not, code) => Code::Not(self.place(code)),
        })
    }

    /// `a + b + c …`, which leans to the left, in a loop.
    fn binary_chain(&mut self, id: NodeId) -> Lowered<Code> {
        let mut chain = Vec::new();
        let mut first = id;
        while let Node::Binary(operator, left, right) = self.tree.node(first) {
            chain.push((first, *operator, *left, *right));
            first = *left;
        }
        let mut code = self.node(first)?;
        for (id, operator, left, right) in chain.into_iter().rev() {
            code = self.binary(id, operator, code, left, right)?;
        }
        Ok(code)
    }

    fn binary(
        &mut self,
        id: NodeId,
        operator: BinaryOperator,
        left: Code,
        left_node: NodeId,
        right_node: NodeId,
    ) -> Lowered<Code> {
        use BinaryOperator as B;
        if operator == B::In
            && let Some(set) = self.constant_set(left_node, right_node)
        {
            let needle = self.place(left);
            return Ok(Code::InSet { needle, set: Arc::new(set) });
        }
        let right = self.node(right_node)?;
        if let Some(constant) =
            fold::fold(operator, &left, &right).map_err(|message| self.problem(id, message))?
        {
            return Ok(constant);
        }
        match operator {
            B::Matches => {
                if let Code::Constant(Value::Text(pattern)) = &right {
                    let pattern = pattern::compile(&pattern.lossy())
                        .map_err(|message| self.problem(right_node, message))?;
                    let text = self.place(left);
                    return Ok(Code::Matches { text, pattern: Arc::new(pattern) });
                }
            }
            B::In => {
                if let Some((from, to)) = self.constant_range(left_node, &right) {
                    return Ok(self.between(left, from, to));
                }
            }
            B::Or | B::And => {
                if let Some(joined) = self.join_walks(operator, &left, &right) {
                    return Ok(joined);
                }
            }
            B::Less | B::More | B::LessOrEqual | B::MoreOrEqual => {
                return Ok(self.comparison(comparison(operator), left, right));
            }
            B::Equal
            | B::NotEqual
            | B::Contains
            | B::StartsWith
            | B::EndsWith
            | B::Range
            | B::Add
            | B::Subtract
            | B::Multiply
            | B::Divide
            | B::Modulo
            | B::Power
            | B::Coalesce => {}
        }
        let operation = self.operation(operator, left_node, right_node);
        Ok(self.operate(operation, left, right))
    }

    /// Appends to what is on the left, so that a chain stays flat.
    fn operate(&mut self, operation: Operation, left: Code, right: Code) -> Code {
        let right = self.place(right);
        match left {
            Code::Operations { first, mut rest } => {
                rest.push((operation, right));
                Code::Operations { first, rest }
            }
            left => {
                let first = self.place(left);
                Code::Operations { first, rest: vec![(operation, right)] }
            }
        }
    }

    fn comparison(&mut self, comparison: Option<Comparison>, left: Code, right: Code) -> Code {
        let comparison = comparison.unwrap_or(Comparison::Less);
        let (left, enough) = walks::stop_counting(comparison, left, &right);
        if enough {
            return left;
        }
        if let Some(limit) = exact_limit(&right) {
            let left = self.place(left);
            let constant = self.place(right);
            return Code::Threshold { left, comparison, limit, constant };
        }
        self.operate(Operation::Compare(comparison), left, right)
    }

    fn operation(&self, operator: BinaryOperator, left: NodeId, right: NodeId) -> Operation {
        use BinaryOperator as B;
        match operator {
            B::Or => Operation::Or,
            B::And => Operation::And,
            B::Equal | B::NotEqual => Operation::Equal {
                exactly: match (self.natures.of(left), self.natures.of(right)) {
                    (Nature::Int, Nature::Int) => Exactly::Ints,
                    (Nature::Text, Nature::Text) => Exactly::Texts,
                    _ => Exactly::No,
                },
                negated: operator == B::NotEqual,
            },
            B::Less => Operation::Compare(Comparison::Less),
            B::More => Operation::Compare(Comparison::More),
            B::LessOrEqual => Operation::Compare(Comparison::LessOrEqual),
            B::MoreOrEqual => Operation::Compare(Comparison::MoreOrEqual),
            B::In => Operation::In,
            B::Matches => Operation::Matches,
            B::Contains => Operation::Contains,
            B::StartsWith => Operation::StartsWith,
            B::EndsWith => Operation::EndsWith,
            B::Range => Operation::Range,
            B::Add => Operation::Add,
            B::Subtract => Operation::Subtract,
            B::Multiply => Operation::Multiply,
            B::Divide => Operation::Divide,
            B::Modulo => Operation::Modulo,
            B::Power => Operation::Power,
            B::Coalesce => Operation::Coalesce,
        }
    }

    /// The elements of a literal list of whole numbers or of texts that `in` looks into. Whole
    /// numbers only when the left side is one by type: texts whatever it is.
    fn constant_set(&self, left: NodeId, right: NodeId) -> Option<ConstantSet> {
        let Node::List(nodes) = self.tree.node(right) else {
            return None;
        };
        if nodes.is_empty() {
            return None;
        }
        if self.natures.of(left).kind() == Kind::Int {
            let ints = nodes.iter().map(|node| match self.tree.node(*node) {
                Node::Int(value) => Some(*value),
                _ => None,
            });
            if let Some(ints) = ints.collect() {
                return Some(ConstantSet::Ints(ints));
            }
        }
        let texts = nodes.iter().map(|node| match self.tree.node(*node) {
            Node::Text(text) => Some(Arc::from(Arc::clone(text))),
            _ => None,
        });
        texts.collect::<Option<Vec<_>>>().map(ConstantSet::Texts)
    }

    /// The ends of a constant range that a whole number is looked up in.
    fn constant_range(&self, left: NodeId, right: &Code) -> Option<(i64, i64)> {
        if self.natures.of(left).kind() != Kind::Int {
            return None;
        }
        self.range_ends(right)
    }

    fn range_ends(&self, range: &Code) -> Option<(i64, i64)> {
        let Code::Operations { first, rest } = range else {
            return None;
        };
        match (self.code(*first), rest.as_slice()) {
            (Code::Constant(Value::Int(from)), [(Operation::Range, to)]) => match self.code(*to) {
                Code::Constant(Value::Int(to)) => Some((*from, *to)),
                _ => None,
            },
            _ => None,
        }
    }

    fn between(&mut self, needle: Code, from: i64, to: i64) -> Code {
        let from = Code::Constant(Value::Int(from));
        let to = Code::Constant(Value::Int(to));
        let below = self.comparison(Some(Comparison::MoreOrEqual), needle.clone(), from);
        let above = self.comparison(Some(Comparison::LessOrEqual), needle, to);
        self.operate(Operation::And, below, above)
    }

    fn member(&mut self, base: NodeId, property: NodeId, optional: bool) -> Lowered<Code> {
        let base = self.node(base)?;
        let property = self.node(property)?;
        if !optional && let Code::Constant(Value::Int(place)) = property {
            if matches!(base, Code::Subject) {
                return Ok(Code::Element(place));
            }
            if let Some(found) = walks::first_of_filter(&base, place) {
                return Ok(found);
            }
        }
        let base = self.place(base);
        let property = self.place(property);
        Ok(Code::Member { base, property, optional })
    }

    fn call(&mut self, callee: NodeId, arguments: &[NodeId]) -> Lowered<Code> {
        let arguments = self.place_nodes(arguments)?;
        Ok(match self.node(callee)? {
            Code::Constant(Value::Function(function)) => Code::CallFunction { function, arguments },
            callee => Code::Call { callee: self.place(callee), arguments },
        })
    }

    fn builtin(&mut self, builtin: Builtin, arguments: &[NodeId]) -> Lowered<Code> {
        if builtin.places().is_some() {
            return self.walk(builtin, arguments);
        }
        let codes = arguments.iter().map(|id| self.node(*id)).collect::<Lowered<Vec<_>>>()?;
        if let [argument] = codes.as_slice()
            && let Some(walk) = walks::over_filter(builtin, argument)
        {
            return Ok(walk);
        }
        let arguments = codes.into_iter().map(|code| self.place(code)).collect();
        Ok(Code::Builtin { builtin, arguments })
    }

    fn list(&mut self, nodes: &[NodeId]) -> Lowered<Code> {
        let codes = nodes.iter().map(|id| self.node(*id)).collect::<Lowered<Vec<_>>>()?;
        Ok(match fold::constant_list(&codes) {
            Some(constant) => constant,
            None => Code::List(codes.into_iter().map(|code| self.place(code)).collect()),
        })
    }
}

fn comparison(operator: BinaryOperator) -> Option<Comparison> {
    match operator {
        BinaryOperator::Less => Some(Comparison::Less),
        BinaryOperator::More => Some(Comparison::More),
        BinaryOperator::LessOrEqual => Some(Comparison::LessOrEqual),
        BinaryOperator::MoreOrEqual => Some(Comparison::MoreOrEqual),
        _ => None,
    }
}

/// The constant on the right as a double, if comparing doubles with it is exact even for whole
/// numbers on the left.
fn exact_limit(right: &Code) -> Option<f64> {
    const EXACT_BELOW: i64 = 1 << 53;
    match right {
        Code::Constant(Value::Float(limit)) => Some(*limit),
        Code::Constant(Value::Int(limit)) if -EXACT_BELOW < *limit && *limit < EXACT_BELOW => {
            Some(super::value::Number::Int(*limit).float())
        }
        _ => None,
    }
}
