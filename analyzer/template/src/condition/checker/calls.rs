//! The static types of calls: what is called, and with what.

use super::super::nature::{Kind, Nature};
use super::super::syntax::BinaryOperator::{Add, Multiply, Subtract};
use super::super::syntax::{Node, NodeId};
use super::{Checked, Checker};

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        id: NodeId,
        callee: NodeId,
        arguments: &[NodeId],
    ) -> Checked<Nature> {
        if matches!(self.tree.node(callee), Node::Name(name) if &**name == "$env") {
            return Err(self.problem(id, "map[string]interface {} is not callable"));
        }
        let nature = self.visit(callee)?;
        if nature.is_unknown() {
            // Whatever it turns out to be, its arguments are not looked at.
            return Ok(Nature::Unknown);
        }
        if let Nature::Function(function) = nature {
            self.arguments(id, function.name(), function.parameters(), arguments)?;
            Ok(function.gives())
        } else if let Nature::Method(method) = nature {
            self.arguments(id, method.name.text(), method.parameters(), arguments)?;
            Ok(method.gives())
        } else if let Nature::Builtin(builtin) = nature {
            self.function(id, builtin, arguments)
        } else if nature == Nature::Nil {
            Err(self.problem(id, "function is nil; cannot call nil as function"))
        } else {
            Err(self.problem(id, format!("{nature} is not callable")))
        }
    }

    /// Checks arguments against what is wanted, one by one.
    pub(super) fn arguments(
        &mut self,
        id: NodeId,
        name: &str,
        wanted: &[Nature],
        arguments: &[NodeId],
    ) -> Checked<()> {
        if wanted.len() != arguments.len() {
            for argument in arguments {
                self.visit(*argument)?;
            }
            let how = if wanted.len() < arguments.len() { "too many" } else { "not enough" };
            return Err(self.problem(id, format!("{how} arguments to call {name}")));
        }
        for (argument, wanted) in arguments.iter().zip(wanted) {
            self.argument(*argument, wanted, name)?;
        }
        Ok(())
    }

    fn argument(&mut self, argument: NodeId, wanted: &Nature, name: &str) -> Checked<()> {
        let given = self.visit(argument)?;
        if *wanted == Nature::Float && given.is_integer() {
            self.make_float(argument);
            return Ok(());
        }
        if wanted.is_integer() && given.is_integer() || given.is_unknown() {
            return Ok(());
        }
        if given == Nature::Nil {
            if matches!(wanted.kind(), Kind::Interface | Kind::Pointer) {
                return Ok(());
            }
            return Err(self.problem(
                argument,
                format!("cannot use nil as argument (type {wanted}) to call {name}"),
            ));
        }
        if given.assignable_to(wanted) {
            return Ok(());
        }
        Err(self.problem(
            argument,
            format!("cannot use {given} as argument (type {wanted}) to call {name} "),
        ))
    }

    /// Makes the whole literals of an argument doubles, where a double is wanted.
    fn make_float(&mut self, argument: NodeId) {
        let mut open = vec![argument];
        while let Some(id) = open.pop() {
            if let Node::Int(_) = self.tree.node(id) {
                let finding = &mut self.found.findings[id.index()];
                finding.float = true;
                finding.nature = Nature::Float;
            } else if let Node::Unary(_, operand) = self.tree.node(id) {
                open.push(*operand);
            } else if let Node::Binary(Add | Subtract | Multiply, left, right) = self.tree.node(id)
            {
                open.extend([*left, *right]);
            }
        }
    }
}
