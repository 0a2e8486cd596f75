//! The names that Argo adds to the language.

use super::nature::Nature;

/// A function of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Function {
    /// `asFloat`: a number or its text to a double.
    AsFloat,
    /// `asInt`: a number, cut, or its text to a whole number.
    AsInt,
    /// `default`: the result if there is one, else the second argument. The first one is ignored.
    Default,
    /// `isInf`: whether a double is infinite.
    IsInf,
    /// `isNaN`: whether a double is not a number.
    IsNan,
    /// `isNil`: whether the result is nil. The argument is ignored.
    IsNil,
}

/// Which names there are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Environment {
    /// Of a condition, with what `result` is.
    Condition(Nature),
    /// Of the start or end of a range query.
    Time,
}

impl Function {
    /// All of them, by name.
    pub(super) const ALL: [Self; 6] =
        [Self::AsFloat, Self::AsInt, Self::Default, Self::IsInf, Self::IsNan, Self::IsNil];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AsFloat => "asFloat",
            Self::AsInt => "asInt",
            Self::Default => "default",
            Self::IsInf => "isInf",
            Self::IsNan => "isNaN",
            Self::IsNil => "isNil",
        }
    }

    /// What it takes.
    pub(super) fn parameters(self) -> &'static [Nature] {
        match self {
            Self::AsFloat | Self::AsInt | Self::IsNil => &[Nature::Any],
            Self::Default => &[Nature::Any, Nature::Any],
            Self::IsInf | Self::IsNan => &[Nature::Float],
        }
    }

    /// What it gives.
    pub(super) fn gives(self) -> Nature {
        match self {
            Self::AsFloat => Nature::Float,
            Self::AsInt => Nature::Int64,
            Self::Default => Nature::Any,
            Self::IsInf | Self::IsNan | Self::IsNil => Nature::Bool,
        }
    }

    /// Its Go type.
    pub(super) fn signature(self) -> &'static str {
        match self {
            Self::AsFloat => "func(interface {}) float64",
            Self::AsInt => "func(interface {}) int64",
            Self::Default => "func(interface {}, interface {}) interface {}",
            Self::IsInf | Self::IsNan => "func(float64) bool",
            Self::IsNil => "func(interface {}) bool",
        }
    }
}

impl Environment {
    /// What `name` is, if there is such a name.
    pub(super) fn get(&self, name: &str) -> Option<Nature> {
        match self {
            Self::Condition(result) if name == "result" => Some(result.clone()),
            Self::Condition(_) | Self::Time => self.function(name).map(Nature::Function),
        }
    }

    /// The function called `name`, if there is one.
    pub(super) fn function(&self, name: &str) -> Option<Function> {
        self.functions().iter().copied().find(|function| function.name() == name)
    }

    /// The functions there are, by name.
    pub(super) fn functions(&self) -> &'static [Function] {
        match self {
            Self::Condition(_) => &Function::ALL,
            Self::Time => &[Function::IsInf, Function::IsNan],
        }
    }

    /// Every name, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let result = match self {
            Self::Condition(_) => Some("result"),
            Self::Time => None,
        };
        result.into_iter().chain(self.functions().iter().map(|function| function.name()))
    }
}
