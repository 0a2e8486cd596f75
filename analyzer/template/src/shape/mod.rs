//! What documents look like: one table of every object and field that assay reads.
//!
//! The table drives three things: the structural check of a document ([`check`](fn@check)), the JSON
//! Schema that editors use ([`json_schema`]), and the reference for people
//! ([`reference`](fn@reference)). What the table cannot say, such as that a duration has to parse or
//! that exactly one provider is wanted, is checked where a template is bound.

mod check;
mod reference;
mod scalar;
mod schema;
mod suggest;
pub mod tables;

#[cfg(test)]
mod tests;

pub use check::check;
pub use reference::reference;
pub use scalar::{Plain, boolean, integer, number, share};
pub use schema::json_schema;
pub use suggest::suggest;

/// The API groups whose documents assay reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// `argoproj.io/v1alpha1`: Argo Rollouts' own fields.
    Argo,
    /// `assay.dev/v1alpha1`: the same and more.
    Assay,
}

impl Api {
    /// The `apiVersion` that says so.
    pub fn version(self) -> &'static str {
        match self {
            Self::Argo => "argoproj.io/v1alpha1",
            Self::Assay => "assay.dev/v1alpha1",
        }
    }
}

/// A kind of document.
#[derive(Debug)]
pub struct Root {
    /// Its `kind`.
    pub kind: &'static str,
    /// The API groups that have it.
    pub apis: &'static [Api],
    /// Its fields besides `apiVersion` and `kind`.
    pub object: &'static Object,
}

/// A map with named fields.
#[derive(Debug)]
pub struct Object {
    /// Its name in the schema and in messages.
    pub name: &'static str,
    /// What it is for, as a sentence.
    pub about: &'static str,
    /// What may stand in it.
    pub fields: &'static [Field],
}

impl Object {
    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One field of an object.
#[derive(Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What its value is.
    pub shape: Shape,
    /// What it means, as sentences, with its default and unit.
    pub about: &'static str,
    /// A value for it, as YAML on one line.
    pub example: &'static str,
    /// Whether the object is nothing without it.
    pub required: bool,
    /// Fields of the object, or of one around it, any of which makes it dispensable all the same.
    pub unless: &'static [&'static str],
    /// Whether only `assay.dev/v1alpha1` has it.
    pub ours: bool,
}

/// What a value is.
#[derive(Debug)]
pub enum Shape {
    /// A text; numbers and bools have to be quoted, as the cluster demands.
    Text,
    /// A whole number in a range, both ends included.
    Integer(i64, i64),
    /// A whole number not below the given one, or a text in which arguments are filled in.
    IntegerOrText(i64),
    /// A Go duration.
    Duration,
    /// `true` or `false`.
    Bool,
    /// Any number, `.nan` and `.inf` included, also as `"NaN"` and `"+Inf"`.
    Number,
    /// A share, as a number or in percent: `0.05`, `5%`.
    Share,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list of values of one shape.
    List(&'static Shape),
    /// A map with named fields.
    Object(&'static Object),
    /// A map with any keys and texts as values.
    TextMap,
    /// Any of these; the kind of YAML value decides.
    Either(&'static [Shape]),
    /// Any JSON value, which is none of our business.
    Free,
}

impl Shape {
    /// What is expected, as in "expected a text".
    pub fn expected(&self) -> String {
        match self {
            Self::Text => String::from("a text"),
            Self::Integer(..) => String::from("a whole number"),
            Self::IntegerOrText(_) => String::from("a whole number or a text with `{{args.…}}`"),
            Self::Duration => String::from("a duration"),
            Self::Bool => String::from("`true` or `false`"),
            Self::Number => String::from("a number"),
            Self::Share => String::from("a number, or one in percent such as `5%`"),
            Self::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::List(_) => String::from("a list"),
            Self::Object(_) => String::from("a map"),
            Self::TextMap => String::from("a map of texts"),
            Self::Either(shapes) => {
                shapes.iter().map(Self::expected).collect::<Vec<_>>().join(" or ")
            }
            Self::Free => String::from("any value"),
        }
    }
}

const fn field(
    name: &'static str,
    shape: Shape,
    about: &'static str,
    example: &'static str,
) -> Field {
    Field { name, shape, about, example, required: false, unless: &[], ours: false }
}

impl Field {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Required where none of the fields `unless` is there.
    const fn required_without(mut self, unless: &'static [&'static str]) -> Self {
        self.required = true;
        self.unless = unless;
        self
    }

    const fn ours(mut self) -> Self {
        self.ours = true;
        self
    }
}
