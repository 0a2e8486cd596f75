//! AnalysisTemplate text to a checked [`Template`](template::Template) to a [`Plan`](plan::Plan).
//!
//! Nothing here reads a clock, a file, the environment or a socket: text, arguments and times come
//! in as values, and every problem goes out with its place in the file.

pub mod condition;
pub mod duration;
pub mod json;
pub mod jsonpath;
pub mod number;
pub mod plan;
pub mod quote;
pub mod secret;
pub mod substitute;
pub mod yaml;
