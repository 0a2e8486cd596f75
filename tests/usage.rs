//! Odd usage: files that are not there, a pipe that closes, signals, commands that fail.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;

use assay_tests::binary::{Printed, assay, run};
use assay_tests::folder::Folder;
use assay_tests::http::Server;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const JUDGED: [&str; 4] = [
    "dry-run",
    "-aservice-name=x",
    "-ffixtures/success-rate/healthy.yaml",
    "templates/success-rate.yaml",
];

/// Runs a command that is refused, and expects `said` on stderr.
fn refused(arguments: &[&str], said: &str) {
    let printed = run(&mut assay(arguments));
    assert_eq!(printed.code, 2, "{arguments:?}: {printed:?}");
    assert!(printed.stderr.contains(said), "{arguments:?}: {printed:?}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = Folder::new();
    let empty = folder.path("").display().to_string();
    refused(&["check", "no-such.yaml"], "could not read no-such.yaml");
    refused(&["dry-run", "templates", "-f", "x"], "could not read templates: Is a directory");
    refused(&["check", &empty], "has no .yaml, .yml or .json file for assay");
    refused(&["dry-run", "-", "-", "-f", "x"], "`-` is named twice");
    refused(&["explain", "unknown_feild"], "did you mean `unknown_field`?");
    refused(&["condition", "--kind=web", "--result=5"], "give --body");
    refused(&["condition", "--kind=scalar", &format!("--result={}x", "9".repeat(9_999))], "9…`");
    let run = ["run", "templates/success-rate.yaml", "-aservice-name=x", "--for", "1m"];
    for (option, said) in [
        ("--prometheus=nowhere", "--prometheus: the address `nowhere` is no URL"),
        ("--prometheus-override=ftp://x", "unsupported protocol scheme"),
        ("--timeout=-1s", "write a duration above zero"),
    ] {
        refused(&[&run[..], &[option]].concat(), said);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is() {
    let mut child = assay(&JUDGED).stdout(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = assay(&JUDGED).stdout(full).stderr(Stdio::piped()).output().expect("it runs");
    let printed = Printed::of(output);
    assert_eq!(printed.code, 1, "{printed:?}");
    assert!(printed.stderr.contains("could not write the result"), "{printed:?}");
}

/// A server that always answers 1.
fn good() -> Server {
    Server::start(|_| (200, String::from("1")))
}

/// A template that asks `server` and is not done for hours.
fn endless(folder: &Folder, server: &Server) -> PathBuf {
    let metric = "    - name: m\n      interval: 100ms\n      count: 100000\n      \
                  successCondition: result >= 1\n";
    let url = server.url("/");
    folder.write(
        "template.yaml",
        format!(
            "apiVersion: assay.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: x}}\n\
             spec:\n  metrics:\n{metric}      provider: {{web: {{url: '{url}'}}}}\n"
        ),
    )
}

#[test]
fn sigterm_ends_a_run_as_ctrl_c_does() {
    for (signal, why) in [(Signal::SIGTERM, "SIGTERM"), (Signal::SIGINT, "keyboard")] {
        let (folder, server) = (Folder::new(), good());
        let mut child = assay(&["run", "--on-hold=echo acted"])
            .arg(endless(&folder, &server))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut progress = BufReader::new(child.stderr.take().expect("its progress"));
        let mut line = String::new();
        progress.read_line(&mut line).expect("a line of progress");
        assert!(line.contains("Successful"), "{line}");
        let id = i32::try_from(child.id()).expect("a process");
        kill(Pid::from_raw(id), signal).expect("it is there");
        let mut rest = String::new();
        progress.read_to_string(&mut rest).expect("UTF-8");
        let mut report = String::new();
        child.stdout.take().expect("its report").read_to_string(&mut report).expect("UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(11), "{report}{rest}");
        assert!(report.contains(why), "{report}");
        assert!(rest.contains("acted"), "{rest}");
    }
}

#[test]
fn a_report_that_cannot_be_written_keeps_no_command_from_running() {
    let (folder, server) = (Folder::new(), good());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = assay(&["run", "-q", "--for=300ms", "--on-hold=echo acted"])
        .arg(endless(&folder, &server))
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it runs");
    let printed = Printed::of(output);
    assert_eq!(printed.code, 1, "{printed:?}");
    assert!(printed.stderr.contains("acted"), "{printed:?}");
}
