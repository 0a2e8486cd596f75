//! AnalysisTemplate text to a checked [`Template`](template::Template) to a [`Plan`](plan::Plan).
//!
//! Nothing here reads a clock, a file, the environment or a socket: text, arguments and times come
//! in as values, and every problem goes out with its place in the file.

pub mod args;
pub mod bind;
pub mod condition;
pub mod document;
pub mod duration;
pub mod json;
pub mod jsonpath;
mod lint;
pub mod number;
pub mod plan;
pub mod problem;
pub mod quote;
pub mod rollout;
pub mod secret;
pub mod sensitive;
pub mod shape;
pub mod substitute;
pub mod suite;
pub mod template;
pub mod yaml;
