//! The `assay` binary as a user has it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the project")
}

/// The binary, built once a test program so that it is never an old one.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "assay-cli", "--message-format", "json"])
            .current_dir(root())
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo builds the binary");
        assert!(built.status.success(), "cargo build --package assay-cli failed");
        let messages = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
        messages.lines().find_map(executable).expect("cargo names the executable it built")
    })
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

/// `assay` with these arguments, in the root of the project, with nothing of our environment.
pub fn assay(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).current_dir(root()).env_clear().stdin(Stdio::null());
    if let Some(search_path) = std::env::var_os("PATH") {
        command.env("PATH", search_path);
    }
    command
}

/// What a finished command printed.
#[derive(Debug)]
pub struct Printed {
    /// Its exit code.
    pub code: i32,
    /// Its result.
    pub stdout: String,
    /// Its progress and problems.
    pub stderr: String,
}

/// Runs `command` to its end.
pub fn run(command: &mut Command) -> Printed {
    Printed::of(command.output().expect("the binary runs"))
}

/// Runs `command` until `wanted` lines of its progress contain `text`, lets `happen`, and goes on to
/// its end. The progress printed is what came after.
pub fn run_until(
    command: &mut Command,
    text: &str,
    wanted: usize,
    happen: impl FnOnce(),
) -> Printed {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut progress = BufReader::new(child.stderr.take().expect("its progress")).lines();
    let lines = progress.by_ref().map_while(Result::ok);
    let seen = lines.filter(|line| line.contains(text));
    assert_eq!(seen.take(wanted).count(), wanted);
    happen();
    // The pipe is read to its end, so that the run is never kept waiting.
    let rest: Vec<String> = progress.map_while(Result::ok).collect();
    let mut stdout = String::new();
    child.stdout.take().expect("its report").read_to_string(&mut stdout).expect("UTF-8");
    let code = child.wait().expect("it ends").code().expect("an exit code");
    Printed { code, stdout, stderr: rest.join("\n") }
}

impl Printed {
    /// What `output` says.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("assay prints UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("assay prints UTF-8"),
        }
    }

    /// The result as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\n{}", self.stdout, self.stderr))
    }
}
