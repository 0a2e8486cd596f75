//! The static types of what built-in functions give.

use super::super::builtin::Builtin;
use super::super::nature::{Kind, Nature};
use super::super::syntax::{Node, NodeId};
use super::signature::{overloads, validate};
use super::{Checked, Checker, Walk};

impl Checker<'_> {
    pub(super) fn builtin(
        &mut self,
        id: NodeId,
        builtin: Builtin,
        arguments: &[NodeId],
    ) -> Checked<Nature> {
        match (builtin.places(), arguments) {
            (Some(_), [collection]) => {
                let collection = self.collection(builtin, *collection)?;
                Ok(if builtin != Builtin::Sum {
                    Nature::Int
                } else if collection.is_unknown() {
                    Nature::Unknown
                } else {
                    collection.element()
                })
            }
            (Some(_), [collection, predicate, rest @ ..]) => {
                self.walk(builtin, *collection, *predicate, rest)
            }
            (Some(_), []) => Err(self.problem(id, "not enough arguments")),
            (None, _) if builtin == Builtin::Get => self.get(id, arguments),
            (None, _) => self.function(id, builtin, arguments),
        }
    }

    fn collection(&mut self, builtin: Builtin, collection: NodeId) -> Checked<Nature> {
        let nature = self.visit(collection)?;
        if nature.is_list() || nature.is_unknown() {
            return Ok(nature);
        }
        Err(self.problem(
            collection,
            format!("builtin {} takes only array (got {nature})", builtin.name()),
        ))
    }

    /// A function that asks a predicate of every element.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is not named asks a question, and whatever asks one gives a truth value"
    )]
    fn walk(
        &mut self,
        builtin: Builtin,
        collection: NodeId,
        predicate: NodeId,
        rest: &[NodeId],
    ) -> Checked<Nature> {
        use Builtin as B;
        let list = self.collection(builtin, collection)?;
        self.walks.push(Walk {
            collection: list.clone(),
            index: matches!(builtin, B::Map | B::Reduce),
            accumulator: builtin == B::Reduce,
        });
        let gives = self.visit(predicate);
        self.walks.pop();
        let mut gives = gives?;
        if let Nature::Predicate(inside) = &gives {
            gives = Nature::clone(inside);
        }
        for argument in rest {
            let order = self.visit(*argument)?;
            if builtin == B::SortBy && order != Nature::Text && !order.is_unknown() {
                return Err(self.problem(
                    *argument,
                    format!("sortBy order argument must be a string (got {order})"),
                ));
            }
        }
        if gives == Nature::Nil {
            // A predicate that is nil gives nothing, by its type.
            return Err(
                self.problem(predicate, "predicate should has one input and one output param")
            );
        }
        let asks = !matches!(builtin, B::Map | B::Sum | B::GroupBy | B::SortBy | B::Reduce);
        if asks && gives != Nature::Bool && !gives.is_unknown() {
            return Err(
                self.problem(predicate, format!("predicate should return boolean (got {gives})"))
            );
        }
        let element = if list.is_unknown() { Nature::Unknown } else { list.element() };
        Ok(match builtin {
            B::Filter if list.is_unknown() => Nature::list(),
            B::Filter => Nature::list_of(element),
            B::Map => Nature::list_of(gives),
            B::Count | B::FindIndex | B::FindLastIndex => Nature::Int,
            B::Sum if gives.is_unknown() => Nature::Any,
            B::Sum if matches!(gives, Nature::List(_)) => Nature::list(),
            B::Sum => gives,
            B::Find | B::FindLast => element,
            B::GroupBy => Nature::Groups(Nature::list_of(element).into()),
            B::SortBy => list,
            B::Reduce => gives,
            _ => Nature::Bool,
        })
    }

    fn get(&mut self, id: NodeId, arguments: &[NodeId]) -> Checked<Nature> {
        let [from, key] = arguments else {
            return Err(self.problem(
                id,
                format!("invalid number of arguments (expected 2, got {})", arguments.len()),
            ));
        };
        let base = self.visit(*from)?;
        let index = self.visit(*key)?;
        if matches!(self.tree.node(*from), Node::Name(name) if &**name == "$env") {
            let Node::Text(name) = self.tree.node(*key) else { return Ok(Nature::Unknown) };
            return Ok(self.environment.get(name).unwrap_or(Nature::Unknown));
        }
        if base.is_unknown() {
            return Ok(Nature::Unknown);
        }
        match base.kind() {
            Kind::List if index.is_integer() || index.is_unknown() => Ok(base.element()),
            Kind::List => Err(self.problem(*key, format!("non-integer slice index {index}"))),
            Kind::Map if base != Nature::Map || index == Nature::Text || index.is_unknown() => {
                Ok(base.element())
            }
            Kind::Map => {
                Err(self.problem(*key, format!("cannot use {index} to get an element from {base}")))
            }
            Kind::Invalid
            | Kind::Interface
            | Kind::Bool
            | Kind::Int
            | Kind::Int64
            | Kind::Byte
            | Kind::Float
            | Kind::Text
            | Kind::Struct
            | Kind::Pointer
            | Kind::Function => {
                Err(self.problem(*from, format!("type {base} does not support indexing")))
            }
        }
    }

    /// A function without predicate.
    pub(super) fn function(
        &mut self,
        id: NodeId,
        builtin: Builtin,
        arguments: &[NodeId],
    ) -> Checked<Nature> {
        let (ways, gives) = overloads(builtin);
        if let ([], [argument]) = (ways, arguments) {
            let nature = self.visit(*argument)?;
            return validate(builtin, &[nature]).map_err(|message| self.problem(id, message));
        }
        if ways.is_empty() {
            let mut natures = Vec::with_capacity(arguments.len());
            for argument in arguments {
                natures.push(self.visit(*argument)?);
            }
            return validate(builtin, &natures).map_err(|message| self.problem(id, message));
        }
        // Looked at once, whatever the number of ways: calls inside calls would multiply otherwise.
        for argument in arguments {
            self.visit(*argument)?;
        }
        let mut last = None;
        for way in ways {
            let wanted: Vec<Nature> = way.iter().map(|parameter| parameter.nature()).collect();
            match self.arguments(id, builtin.name(), &wanted, arguments) {
                Ok(()) => return Ok(gives),
                Err(problem) => last = Some(problem),
            }
        }
        Err(last.unwrap_or_else(|| self.problem(id, "no matching overload")))
    }
}
