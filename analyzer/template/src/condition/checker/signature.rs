//! What the built-in functions take and give.

use super::super::builtin::Builtin;
use super::super::nature::{Kind, Nature};

/// What one argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// Anything.
    Any,
    /// A string.
    Text,
    /// A whole number.
    Int,
    /// A list of anything.
    List,
    /// A list of doubles by type.
    Floats,
    /// A list of strings by type.
    Texts,
}

impl Parameter {
    /// As a nature.
    pub(super) fn nature(self) -> Nature {
        match self {
            Self::Any => Nature::Any,
            Self::Text => Nature::Text,
            Self::Int => Nature::Int,
            Self::List => Nature::list(),
            Self::Floats => Nature::Floats,
            Self::Texts => Nature::Texts,
        }
    }
}

/// The ways to call a function, each with what its arguments may be.
type Ways = &'static [&'static [Parameter]];

const ONE_TEXT: Ways = &[&[Parameter::Text]];
const TWO_TEXTS: Ways = &[&[Parameter::Text, Parameter::Text]];
const ONE_OR_TWO: Ways = &[&[Parameter::Text], &[Parameter::Text, Parameter::Text]];
const TWO_OR_ONE: Ways = &[&[Parameter::Text, Parameter::Text], &[Parameter::Text]];
const TWO_OR_COUNT: Ways =
    &[&[Parameter::Text, Parameter::Text], &[Parameter::Text, Parameter::Text, Parameter::Int]];
const REPLACE: Ways = &[
    &[Parameter::Text, Parameter::Text, Parameter::Text, Parameter::Int],
    &[Parameter::Text, Parameter::Text, Parameter::Text],
];
const JOIN: Ways = &[
    &[Parameter::Texts, Parameter::Text],
    &[Parameter::List, Parameter::Text],
    &[Parameter::List],
    &[Parameter::Texts],
];
const SORT: Ways = &[
    &[Parameter::List, Parameter::Text],
    &[Parameter::Floats, Parameter::Text],
    &[Parameter::Texts, Parameter::Text],
    &[Parameter::List],
    &[Parameter::Floats],
    &[Parameter::Texts],
];

/// The ways to call a function whose types are fixed; empty for those that look at their arguments.
pub(super) fn overloads(builtin: Builtin) -> (Ways, Nature) {
    use Builtin as B;
    use Parameter::{Any, Int, Text};
    match builtin {
        B::Type | B::String | B::ToJson => (&[&[Any]], Nature::Text),
        B::Trim => (ONE_OR_TWO, Nature::Text),
        B::TrimPrefix | B::TrimSuffix => (TWO_OR_ONE, Nature::Text),
        B::Upper | B::Lower | B::ToBase64 | B::FromBase64 => (ONE_TEXT, Nature::Text),
        B::Split | B::SplitAfter => (TWO_OR_COUNT, Nature::Texts),
        B::Replace => (REPLACE, Nature::Text),
        B::Repeat => (&[&[Text, Int]], Nature::Text),
        B::Join => (JOIN, Nature::Text),
        B::IndexOf | B::LastIndexOf => (TWO_TEXTS, Nature::Int),
        B::HasPrefix | B::HasSuffix => (TWO_TEXTS, Nature::Bool),
        B::FromJson => (ONE_TEXT, Nature::Any),
        B::Duration => (ONE_TEXT, Nature::Duration),
        B::Timezone => (ONE_TEXT, Nature::Location),
        B::Sort => (SORT, Nature::list()),
        B::BitAnd | B::BitOr | B::BitXor | B::BitNand | B::BitShl | B::BitShr | B::BitUshr => {
            (&[&[Int, Int]], Nature::Int)
        }
        B::BitNot => (&[&[Int]], Nature::Int),
        B::All
        | B::None
        | B::Any
        | B::One
        | B::Filter
        | B::Map
        | B::Find
        | B::FindIndex
        | B::FindLast
        | B::FindLastIndex
        | B::Count
        | B::Sum
        | B::GroupBy
        | B::SortBy
        | B::Reduce
        | B::Len
        | B::Abs
        | B::Ceil
        | B::Floor
        | B::Round
        | B::Int
        | B::Float
        | B::Max
        | B::Min
        | B::Mean
        | B::Median
        | B::Now
        | B::Date
        | B::First
        | B::Last
        | B::Get
        | B::Take
        | B::Keys
        | B::Values
        | B::ToPairs
        | B::FromPairs
        | B::Reverse
        | B::Uniq
        | B::Concat
        | B::Flatten => (&[], Nature::Unknown),
    }
}

/// The result of a function that looks at the types of its arguments itself.
///
/// # Errors
///
/// A message when they do not fit.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every function of fixed types is looked up in `overloads` and never comes here"
)]
pub(super) fn validate(builtin: Builtin, arguments: &[Nature]) -> Result<Nature, String> {
    use Builtin as B;
    let name = builtin.name();
    match builtin {
        B::Max | B::Min | B::Mean | B::Median => return aggregate(name, arguments),
        B::Concat => return concat(arguments),
        B::Now => return now(arguments),
        B::Date => return date(arguments),
        B::Take => return take(arguments),
        _ => {}
    }
    let [argument] = arguments else {
        return Err(format!("invalid number of arguments (expected 1, got {})", arguments.len()));
    };
    let kind = argument.kind();
    let unknown = argument.is_unknown();
    let list = unknown || kind == Kind::List;
    let map = unknown || kind == Kind::Map;
    let number = unknown || matches!(kind, Kind::Int | Kind::Int64 | Kind::Byte | Kind::Float);
    let (fits, gives, complaint) = match builtin {
        B::Len => (list || map || kind == Kind::Text, Nature::Int, "invalid argument for len"),
        B::Abs => (number, plain(argument), "invalid argument for abs"),
        B::Ceil | B::Floor | B::Round => (number, Nature::Float, "invalid argument for"),
        B::Int => (number || kind == Kind::Text, Nature::Int, "invalid argument for int"),
        B::Float => (number || kind == Kind::Text, Nature::Float, "invalid argument for float"),
        B::First => (list, plain_element(argument), "cannot get first element from"),
        B::Last => (list, plain_element(argument), "cannot get last element from"),
        B::Keys => (map, Nature::list(), "cannot get keys from"),
        B::Values => (map, Nature::list(), "cannot get values from"),
        B::ToPairs => (map, Nature::list(), "cannot transform to pairs"),
        B::FromPairs => (list, Nature::AnyMap, "cannot transform from pairs"),
        B::Reverse => (list, Nature::list(), "cannot reverse"),
        B::Uniq => (list, Nature::list(), "cannot uniq"),
        B::Flatten => (list, Nature::list(), "cannot flatten"),
        _ => return Err(format!("unknown builtin {name}")),
    };
    if fits {
        return Ok(gives);
    }
    Err(match builtin {
        B::Ceil | B::Floor | B::Round => format!("{complaint} {name} (type {argument})"),
        B::Len | B::Abs | B::Int | B::Float => format!("{complaint} (type {argument})"),
        _ => format!("{complaint} {argument}"),
    })
}

/// A type without what is known of its elements.
fn plain(nature: &Nature) -> Nature {
    if let Nature::List(_) = nature {
        Nature::list()
    } else if *nature == Nature::Unknown {
        Nature::Any
    } else {
        nature.clone()
    }
}

fn plain_element(nature: &Nature) -> Nature {
    if nature.is_unknown() { Nature::Any } else { plain(nature).element() }
}

fn aggregate(name: &str, arguments: &[Nature]) -> Result<Nature, String> {
    let Some(first) = arguments.first() else {
        return Err(format!("not enough arguments to call {name}"));
    };
    for argument in arguments {
        match argument.kind() {
            Kind::Interface | Kind::List => return Ok(Nature::Any),
            Kind::Invalid if argument.is_unknown() => return Ok(Nature::Any),
            Kind::Int | Kind::Int64 | Kind::Byte | Kind::Float => {}
            Kind::Invalid
            | Kind::Bool
            | Kind::Text
            | Kind::Map
            | Kind::Struct
            | Kind::Pointer
            | Kind::Function => {
                return Err(format!("invalid argument for {name} (type {argument})"));
            }
        }
    }
    Ok(first.clone())
}

fn concat(arguments: &[Nature]) -> Result<Nature, String> {
    if arguments.is_empty() {
        return Err(String::from("invalid number of arguments (expected at least 1, got 0)"));
    }
    match arguments.iter().find(|argument| !argument.is_unknown() && !argument.is_list()) {
        Some(argument) => Err(format!("cannot concat {argument}")),
        None => Ok(Nature::list()),
    }
}

fn take(arguments: &[Nature]) -> Result<Nature, String> {
    let [list, count] = arguments else {
        return Err(format!("invalid number of arguments (expected 2, got {})", arguments.len()));
    };
    if !list.is_unknown() && !list.is_list() {
        return Err(format!("cannot take from {list}"));
    }
    if !count.is_unknown() && !matches!(count.kind(), Kind::Int | Kind::Int64) {
        return Err(format!("cannot take {count} elements"));
    }
    Ok(plain(list))
}

fn now(arguments: &[Nature]) -> Result<Nature, String> {
    match arguments {
        [] | [Nature::Location] => Ok(Nature::Time),
        _ => Err(format!("invalid number of arguments (expected 0, got {})", arguments.len())),
    }
}

fn date(arguments: &[Nature]) -> Result<Nature, String> {
    let rest = match arguments {
        [] => {
            return Err(String::from("invalid number of arguments (expected at least 1, got 0)"));
        }
        [Nature::Location, rest @ ..] => rest,
        all => all,
    };
    if 3 < rest.len() {
        return Err(format!(
            "invalid number of arguments (expected at most 3, got {})",
            rest.len()
        ));
    }
    Ok(Nature::Time)
}
