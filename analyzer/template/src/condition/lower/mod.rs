//! A checked tree to a program.
//!
//! The language rewrites an expression before it runs it, and some of that can be seen: `x && false`
//! is false without looking at `x`, `1 % 0` is an error even where it is never reached,
//! `filter(list, p)[0]` stops at the first hit. What can be seen is done here too.

mod fold;
mod membership;
mod walks;

use std::sync::Arc;

use super::ConditionProblem;
use super::builtin::Builtin;
use super::checker::Natures;
use super::code::{Code, CodeId, Comparison, Exactly, Operation, Program};
use super::direct::exact;
use super::environment::Environment;
use super::nature::Nature;
use super::pattern;
use super::syntax::{BinaryOperator, Node, NodeId, Pointer, Tree, UnaryOperator};
use super::value::{Text, Value};

/// Room for operators in chains, so that the usual condition needs no more.
const CHAIN_USUAL: usize = 8;

type Lowered<T> = Result<T, ConditionProblem>;

/// Makes a program of a tree whose natures are known.
///
/// # Errors
///
/// [`ConditionProblem`] for a pattern that is no regular expression and a constant remainder by 0.
pub(super) fn lower(tree: &Tree, natures: &Natures, environment: &Environment) -> Lowered<Program> {
    let mut lowerer = Lowerer {
        tree,
        natures,
        environment,
        codes: Vec::with_capacity(tree.len()),
        chain: Vec::with_capacity(CHAIN_USUAL),
        scopes: Vec::new(),
        variables: 0,
        uses: tree.uses(),
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
    /// The operators of the chains being lowered, the innermost chain last.
    chain: Vec<NodeId>,
    /// Variables in scope and their numbers.
    scopes: Vec<(&'l str, usize)>,
    variables: usize,
    /// How often each node is used, if any is used twice; a shared one is made once.
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
        if self.uses.get(id.index()).is_none_or(|uses| *uses < 2) {
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
        let below = self.chain.len();
        let mut first = id;
        while let Node::Binary(_, left, _) = self.tree.node(first) {
            self.chain.push(first);
            first = *left;
        }
        let mut code = self.node(first)?;
        while below < self.chain.len()
            && let Some(id) = self.chain.pop()
        {
            let Node::Binary(operator, left, right) = *self.tree.node(id) else { continue };
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
            B::Less => return Ok(self.comparison(Comparison::Less, left, right)),
            B::More => return Ok(self.comparison(Comparison::More, left, right)),
            B::LessOrEqual => return Ok(self.comparison(Comparison::LessOrEqual, left, right)),
            B::MoreOrEqual => return Ok(self.comparison(Comparison::MoreOrEqual, left, right)),
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
        if let Code::Operations { first, mut rest } = left {
            rest.push((operation, right));
            return Code::Operations { first, rest };
        }
        let first = self.place(left);
        Code::Operations { first, rest: vec![(operation, right)] }
    }

    fn comparison(&mut self, comparison: Comparison, left: Code, right: Code) -> Code {
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
        let callee = self.node(callee)?;
        Ok(if let Code::Constant(Value::Function(function)) = callee {
            Code::CallFunction { function, arguments }
        } else {
            Code::Call { callee: self.place(callee), arguments }
        })
    }

    fn builtin(&mut self, builtin: Builtin, arguments: &[NodeId]) -> Lowered<Code> {
        if builtin.places().is_some() {
            return self.walk(builtin, arguments);
        }
        let [argument] = arguments else {
            return Ok(Code::Builtin { builtin, arguments: self.place_nodes(arguments)? });
        };
        let argument = self.node(*argument)?;
        if let Some(walk) = walks::over_filter(builtin, &argument) {
            return Ok(walk);
        }
        Ok(Code::Builtin { builtin, arguments: vec![self.place(argument)] })
    }

    fn list(&mut self, nodes: &[NodeId]) -> Lowered<Code> {
        let codes = nodes.iter().map(|id| self.node(*id)).collect::<Lowered<Vec<_>>>()?;
        Ok(match fold::constant_list(&codes) {
            Some(constant) => constant,
            None => Code::List(codes.into_iter().map(|code| self.place(code)).collect()),
        })
    }
}

/// The constant on the right as a double, if comparing doubles with it is exact even for whole
/// numbers on the left.
fn exact_limit(right: &Code) -> Option<f64> {
    if let Code::Constant(Value::Float(limit)) = right {
        Some(*limit)
    } else if let Code::Constant(Value::Int(limit)) = right {
        exact(*limit)
    } else {
        None
    }
}
