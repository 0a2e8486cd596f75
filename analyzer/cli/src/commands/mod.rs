//! One module a command: from options to an exit code.

pub mod check;
pub mod condition;
pub mod dry_run;
pub mod explain;
pub mod help;
pub mod run;
