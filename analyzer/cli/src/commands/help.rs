//! Help that people expect: schema, completions, manual pages.

use clap::CommandFactory;

use crate::arguments::{Arguments, Schema, SchemaOf};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::{print, report};

/// Prints a JSON Schema.
pub(crate) fn schema(options: &Schema) -> anyhow::Result<Exit> {
    match options.of {
        SchemaOf::Templates => {
            let schema = assay_template::shape::json_schema();
            print(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
        }
        SchemaOf::Report => print(report::SCHEMA)?,
    }
    Ok(Exit::Done)
}

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "assay", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}

/// Prints a manual page.
pub(crate) fn man(command: Option<&str>) -> anyhow::Result<Exit> {
    let mut assay = Arguments::command();
    assay.build();
    let page = match command {
        None => assay,
        Some(name) => match assay.find_subcommand(name) {
            Some(found) => {
                let title = format!("assay-{name}");
                found.clone().name(title.clone()).display_name(title)
            }
            None => {
                let reason = "is none of its commands; `assay --help` lists them";
                return Err(InputError::wrong("man", name, &reason).into());
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    print(&String::from_utf8(text)?)?;
    Ok(Exit::Done)
}
