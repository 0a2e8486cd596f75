//! Programs the tests need, from Debian's packages.

use std::process::Command;
use std::sync::Once;

/// Installs the package that `program` is named after where that can be done without asking, or says
/// in one line what to do.
pub fn need(program: &str) {
    static UPDATE: Once = Once::new();
    let is_there = || {
        let version = Command::new(program).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    if is_there() {
        return;
    }
    UPDATE.call_once(|| as_root("apt-get update -qq"));
    as_root(&format!("apt-get install -y -qq --no-install-recommends {program}"));
    assert!(
        is_there(),
        "these tests need {program}: sudo apt-get install --no-install-recommends {program}"
    );
}

fn as_root(script: &str) {
    let script = format!("[ \"$(id -u)\" -eq 0 ] && {script}");
    let mut shell = Command::new("sh");
    drop(shell.args(["-c", &script]).env("DEBIAN_FRONTEND", "noninteractive").output());
}
