//! One module a command: from options to an exit code.

pub(crate) mod check;
pub(crate) mod condition;
pub(crate) mod dry_run;
pub(crate) mod explain;
pub(crate) mod help;
pub(crate) mod judge;
pub(crate) mod plan;
pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod simulate;
pub(crate) mod test;
