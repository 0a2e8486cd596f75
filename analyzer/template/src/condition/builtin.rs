//! The names of the language's own functions.

/// Declares the functions and their names once.
macro_rules! builtins {
    ($($variant:ident = $name:literal,)*) => {
        /// One of the language's own functions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Builtin {
            $(
                #[doc = $name]
                $variant,
            )*
        }

        impl Builtin {
            /// Every function, in the order of the language's own list.
            pub(super) const ALL: &[Builtin] = &[$(Builtin::$variant),*];

            /// The function called `name`.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Its name.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

builtins! {
    All = "all",
    None = "none",
    Any = "any",
    One = "one",
    Filter = "filter",
    Map = "map",
    Find = "find",
    FindIndex = "findIndex",
    FindLast = "findLast",
    FindLastIndex = "findLastIndex",
    Count = "count",
    Sum = "sum",
    GroupBy = "groupBy",
    SortBy = "sortBy",
    Reduce = "reduce",
    Len = "len",
    Type = "type",
    Abs = "abs",
    Ceil = "ceil",
    Floor = "floor",
    Round = "round",
    Int = "int",
    Float = "float",
    String = "string",
    Trim = "trim",
    TrimPrefix = "trimPrefix",
    TrimSuffix = "trimSuffix",
    Upper = "upper",
    Lower = "lower",
    Split = "split",
    SplitAfter = "splitAfter",
    Replace = "replace",
    Repeat = "repeat",
    Join = "join",
    IndexOf = "indexOf",
    LastIndexOf = "lastIndexOf",
    HasPrefix = "hasPrefix",
    HasSuffix = "hasSuffix",
    Max = "max",
    Min = "min",
    Mean = "mean",
    Median = "median",
    ToJson = "toJSON",
    FromJson = "fromJSON",
    ToBase64 = "toBase64",
    FromBase64 = "fromBase64",
    Now = "now",
    Duration = "duration",
    Date = "date",
    Timezone = "timezone",
    First = "first",
    Last = "last",
    Get = "get",
    Take = "take",
    Keys = "keys",
    Values = "values",
    ToPairs = "toPairs",
    FromPairs = "fromPairs",
    Reverse = "reverse",
    Uniq = "uniq",
    Concat = "concat",
    Flatten = "flatten",
    Sort = "sort",
    BitAnd = "bitand",
    BitOr = "bitor",
    BitXor = "bitxor",
    BitNand = "bitnand",
    BitShl = "bitshl",
    BitShr = "bitshr",
    BitUshr = "bitushr",
    BitNot = "bitnot",
}

/// What one place of a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An expression.
    Expression,
    /// Something asked of every element, with `#` for it.
    Predicate,
    /// A predicate that may be left out.
    OptionalPredicate,
    /// An expression that may be left out.
    OptionalExpression,
}

impl Builtin {
    /// The places of a function that walks over a list; none for every other function.
    pub(super) fn places(self) -> Option<&'static [Place]> {
        use Place::{Expression, OptionalExpression, OptionalPredicate, Predicate};
        if matches!(self, Self::Count | Self::Sum) {
            Some(&[Expression, OptionalPredicate])
        } else if matches!(self, Self::SortBy | Self::Reduce) {
            Some(&[Expression, Predicate, OptionalExpression])
        } else if self.walks() {
            Some(&[Expression, Predicate])
        } else {
            None
        }
    }

    /// Whether it walks over a list and asks something of every element.
    fn walks(self) -> bool {
        matches!(
            self,
            Self::All
                | Self::None
                | Self::Any
                | Self::One
                | Self::Filter
                | Self::Map
                | Self::Find
                | Self::FindIndex
                | Self::FindLast
                | Self::FindLastIndex
                | Self::GroupBy
        )
    }
}
