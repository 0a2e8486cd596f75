//! What is known of a value before there is one.

use std::fmt;
use std::rc::Rc;

use super::builtin::Builtin;
use super::environment::Function;
use super::method::Method;

/// The static type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Nature {
    /// Nothing is known.
    Unknown,
    /// Any value at all, by declaration: the elements of decoded JSON.
    Any,
    /// `nil`.
    Nil,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// What `asInt` gives: a whole number of another name.
    Int64,
    /// A byte of a byte string.
    Byte,
    /// A double.
    Float,
    /// A string.
    Text,
    /// A byte string.
    Bytes,
    /// The doubles of a Prometheus answer.
    Floats,
    /// Strings, as `split` gives them.
    Texts,
    /// Any other list, and what its elements are.
    List(Rc<Nature>),
    /// A map with strings as keys.
    Map,
    /// What `fromPairs` gives: a map with any keys.
    AnyMap,
    /// What `groupBy` gives: lists by any key.
    Groups(Rc<Nature>),
    /// A time.
    Time,
    /// A duration.
    Duration,
    /// A month.
    Month,
    /// A day of the week.
    Weekday,
    /// A time zone.
    Location,
    /// A predicate, with what it gives.
    Predicate(Rc<Nature>),
    /// A function of the environment.
    Function(Function),
    /// A built-in function that is not called.
    Builtin(Builtin),
    /// A method that is not called.
    Method(Method),
}

/// The kind of Go type behind a nature, which is what some checks look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No type.
    Invalid,
    /// An interface.
    Interface,
    /// A truth value.
    Bool,
    /// Whole numbers of the first size, months and weekdays included.
    Int,
    /// Whole numbers of the second size, durations included.
    Int64,
    /// Bytes.
    Byte,
    /// Doubles.
    Float,
    /// Strings.
    Text,
    /// Lists.
    List,
    /// Maps.
    Map,
    /// Times.
    Struct,
    /// Time zones.
    Pointer,
    /// Functions.
    Function,
}

impl Nature {
    /// A list of `element`.
    pub(super) fn list_of(element: Nature) -> Self {
        Self::List(Rc::new(element))
    }

    /// A list of anything.
    pub(super) fn list() -> Self {
        Self::list_of(Self::Any)
    }

    /// The kind of its type.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Unknown | Self::Nil => Kind::Invalid,
            Self::Any => Kind::Interface,
            Self::Bool => Kind::Bool,
            Self::Int | Self::Month | Self::Weekday => Kind::Int,
            Self::Int64 | Self::Duration => Kind::Int64,
            Self::Byte => Kind::Byte,
            Self::Float => Kind::Float,
            Self::Text => Kind::Text,
            Self::Bytes | Self::Floats | Self::Texts | Self::List(_) => Kind::List,
            Self::Map | Self::AnyMap | Self::Groups(_) => Kind::Map,
            Self::Time => Kind::Struct,
            Self::Location => Kind::Pointer,
            Self::Predicate(_) | Self::Function(_) | Self::Builtin(_) | Self::Method(_) => {
                Kind::Function
            }
        }
    }

    /// Whether it may turn out to be anything.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Any)
    }

    /// Whether it is a whole number that counts as one.
    pub(super) fn is_integer(&self) -> bool {
        matches!(self, Self::Int | Self::Int64 | Self::Byte)
    }

    /// Whether it is a number.
    pub(super) fn is_number(&self) -> bool {
        self.is_integer() || *self == Self::Float
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        self.kind() == Kind::List
    }

    /// Whether it is a map.
    pub(super) fn is_map(&self) -> bool {
        self.kind() == Kind::Map
    }

    /// The elements of a list, the values of a map.
    pub(super) fn element(&self) -> Nature {
        match self {
            Self::Bytes => Self::Byte,
            Self::Floats => Self::Float,
            Self::Texts => Self::Text,
            Self::List(element) => Nature::clone(element),
            Self::Map | Self::AnyMap => Self::Any,
            Self::Groups(_) => Self::list(),
            Self::Unknown
            | Self::Any
            | Self::Nil
            | Self::Bool
            | Self::Int
            | Self::Int64
            | Self::Byte
            | Self::Float
            | Self::Text
            | Self::Time
            | Self::Duration
            | Self::Month
            | Self::Weekday
            | Self::Location
            | Self::Predicate(_)
            | Self::Function(_)
            | Self::Builtin(_)
            | Self::Method(_) => Self::Unknown,
        }
    }

    /// Whether both have one and the same type, whatever is known of their elements.
    pub(super) fn same_type(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown | Self::Nil, _) | (_, Self::Unknown | Self::Nil) => false,
            (Self::List(_), Self::List(_)) | (Self::Groups(_), Self::Groups(_)) => true,
            (a, b) => a == b,
        }
    }

    /// Whether a value of it can be given where `other` is wanted.
    pub(super) fn assignable_to(&self, other: &Self) -> bool {
        if *self == Self::Nil {
            return matches!(
                other.kind(),
                Kind::Interface | Kind::Map | Kind::List | Kind::Pointer | Kind::Function
            );
        }
        *self != Self::Unknown && (*other == Self::Any || self.same_type(other))
    }

    /// Whether `==` makes sense between them.
    pub(super) fn comparable_to(&self, other: &Self) -> bool {
        self.is_unknown()
            || other.is_unknown()
            || *self == Self::Nil
            || *other == Self::Nil
            || self.is_number() && other.is_number()
            || self.is_list() && other.is_list()
            || self.assignable_to(other)
    }

    /// Whether one is unknown and the other unknown too or one of `wanted`.
    pub(super) fn maybe(&self, other: &Self, wanted: &[fn(&Self) -> bool]) -> bool {
        let fits = |nature: &Self| wanted.iter().any(|wanted| wanted(nature));
        match (self.is_unknown(), other.is_unknown()) {
            (true, true) => true,
            (true, false) => fits(other),
            (false, true) => fits(self),
            (false, false) => false,
        }
    }

    /// What a sum of two numbers is.
    pub(super) fn promoted(&self, other: &Self) -> Self {
        if *self == Self::Float || *other == Self::Float { Self::Float } else { Self::Int }
    }
}

impl fmt::Display for Nature {
    /// The name of its Go type, which is what Argo's messages say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown | Self::Nil => "unknown",
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Byte => "uint8",
            Self::Float => "float64",
            Self::Text => "string",
            Self::Bytes => "[]uint8",
            Self::Floats => "[]float64",
            Self::Texts => "[]string",
            Self::List(_) => "[]interface {}",
            Self::Map => "map[string]interface {}",
            Self::AnyMap => "map[interface {}]interface {}",
            Self::Groups(_) => "map[interface {}][]interface {}",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
            Self::Month => "time.Month",
            Self::Weekday => "time.Weekday",
            Self::Location => "*time.Location",
            Self::Predicate(result) => return write!(f, "func(interface {{}}) {result}"),
            Self::Function(function) => function.signature(),
            Self::Builtin(_) => "func(...interface {}) (interface {}, error)",
            Self::Method(_) => "func",
        })
    }
}
