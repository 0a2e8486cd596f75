//! The `assay` binary: command line, files, environment and wiring. It decides nothing.

mod arguments;
mod commands;
mod exit;
mod fixtures;
mod inputs;
mod logging;
mod problems;
mod progress;
mod report;
mod signals;
mod workers;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are what was asked for; anything else is wrong usage (exit code 2).
        Err(error) => {
            drop(error.print());
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return ExitCode::from(exit.code());
        }
    };
    let started = logging::start(&arguments.log).map_err(anyhow::Error::from);
    let exit = match started.and_then(|()| dispatch(arguments.command)) {
        Ok(exit) => exit,
        Err(error) => {
            complain(&error);
            if error.is::<inputs::InputError>() { Exit::Usage } else { Exit::CouldNotJudge }
        }
    };
    ExitCode::from(exit.code())
}

fn dispatch(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::DryRun(options) => commands::dry_run::dry_run(&options),
        Command::Run(options) => commands::run::run(&options),
        Command::Test(options) => commands::test::test(&options),
        Command::Check(options) => commands::check::check(&options),
        Command::Condition(options) => commands::condition::condition(&options),
        Command::Judge(options) => commands::judge::judge(&options),
        Command::Plan(options) => commands::plan::plan(&options),
        Command::Simulate(options) => commands::simulate::simulate(&options),
        Command::Query(options) => commands::query::query(&options),
        Command::Explain(options) => commands::explain::explain(&options),
        Command::Schema(options) => commands::help::schema(&options),
        Command::Completions { shell } => commands::help::completions(shell),
        Command::Man { command } => commands::help::man(command.as_deref()),
    }
}

/// Writes an error and its causes, once each.
fn complain(error: &anyhow::Error) {
    let mut text = format!("error: {error}");
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if cause != said {
            text.push_str(": ");
            text.push_str(&cause);
            said = cause;
        }
    }
    say(&text);
}

/// Writes a line to stderr; a reader that has gone away is no fault of ours.
fn say(line: &str) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

/// Writes the result to stdout. A reader that has gone away (`| head`) is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("could not write the result"),
    }
}
