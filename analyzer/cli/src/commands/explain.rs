//! `assay explain`: the page about a code.

use assay_template::problem;

use crate::arguments::Explain;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::print;

/// Prints the page about a code, or the list of them.
pub fn explain(options: &Explain) -> anyhow::Result<Exit> {
    let Some(code) = &options.code else {
        let names: Vec<&str> = problem::EXPLAINED.iter().map(|(name, _)| *name).collect();
        print(&(names.join("\n") + "\n"))?;
        return Ok(Exit::Done);
    };
    match problem::explain(code) {
        Some(page) => print(page)?,
        None => {
            let reason = match problem::nearest_code(code) {
                Some(name) => format!("there is no such code; did you mean `{name}`?"),
                None => String::from("there is no such code; `assay explain` lists them"),
            };
            return Err(InputError::wrong("code", code, &reason).into());
        }
    }
    Ok(Exit::Done)
}
