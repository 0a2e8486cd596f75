//! `assay explain`: the page about a code.

use assay_template::problem;

use crate::arguments::Explain;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::print;

/// What `assay explain` knows besides the codes of problems.
const EXIT_CODES: &str = "exit-codes";

/// Prints the page about a code, or the list of them.
pub(crate) fn explain(options: &Explain) -> anyhow::Result<Exit> {
    let Some(code) = &options.code else {
        let codes = problem::EXPLAINED.iter().map(|(code, _)| *code);
        let names: Vec<&str> = codes.chain([EXIT_CODES]).collect();
        print(&(names.join("\n") + "\n"))?;
        return Ok(Exit::Done);
    };
    if code == EXIT_CODES {
        let lines = Exit::ALL.map(|(exit, meaning)| format!("{:>2}  {meaning}\n", exit.code()));
        print(&lines.concat())?;
        return Ok(Exit::Done);
    }
    match problem::explain(code) {
        Some(page) => print(page)?,
        None => {
            let reason = match problem::nearest_code(code) {
                Some(name) => format!("is no code that assay has; did you mean `{name}`?"),
                None => String::from("is no code that assay has; `assay explain` lists them"),
            };
            return Err(InputError::wrong("code", code, &reason).into());
        }
    }
    Ok(Exit::Done)
}
