//! A disk that is full or read-only: an error that says so, nothing lost, and it goes on by itself.

use std::path::Path;
use std::process::{Command, Stdio};

use assay_store::error::{OpenError, StoreError};
use assay_store::lease::Token;
use assay_store::store::Store;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::backends::{Folder, sqlite};
use crate::words::*;

/// Names the folder to the child.
const FOLDER: &str = "ASSAY_STORE_DISK_FOLDER";

/// This program again, with only `test` to do in `folder`. A file that grows too long is an error to
/// it, not a signal.
fn child(test: &str, folder: &Path, before: &str) -> Command {
    let itself = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("trap '' XFSZ; {before} exec \"$0\" --exact {test} --nocapture"));
    command.arg(itself).env(FOLDER, folder).stdin(Stdio::null());
    command
}

fn passes(mut command: Command) {
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

/// Appends until the store cannot; answers how many events were acknowledged, and the error.
async fn fill(store: &dyn Store, token: Token, mut next: u32) -> (u32, StoreError) {
    loop {
        let events: Vec<_> = (next..next + 20).map(measured).collect();
        let batch = batch(1, token, u64::from(next), &events);
        match store.append(vec![batch]).await {
            Ok(_) => next += 20,
            Err(error) => return (next, error),
        }
    }
}

/// Fills the store, looks at what it says, makes room, and goes on.
async fn fill_and_go_on(
    store: &dyn Store,
    says: fn(&StoreError) -> bool,
    make_room: impl FnOnce(),
) -> u32 {
    let token = create(store, 1).await;
    let (acknowledged, error) = fill(store, token, 0).await;
    assert!(says(&error) && error.is_uncertain(), "{error:?}");
    // Nothing more is taken, but what there is can be read.
    store.create(new_run(2), None).await.expect_err("no room");
    store.probe().await.expect_err("no room");
    assert!(store.run(id(1)).await.expect("an answer").is_some());
    make_room();
    store.probe().await.expect("there is room again");
    let found = store.events(id(1), 0, 10_000).await.expect("events");
    let total = u32::try_from(found.total).expect("few events");
    assert!(acknowledged <= total, "{total} of {acknowledged} events");
    // The run goes on under the same token.
    let events: Vec<_> = (total..total + 20).map(measured).collect();
    append(store, batch(1, token, found.total, &events)).await.expect("appended");
    store.create(new_run(2), None).await.expect("a run");
    total + 20
}

fn check(folder: &Folder, total: u32) {
    let store = sqlite(folder);
    let found = block_on(store.events(id(1), 0, 10_000)).expect("events");
    let expected: Vec<_> = (0..total).map(measured).collect();
    assert!(found.events == expected, "{} of {total} events", found.total);
    assert!(block_on(store.run(id(2))).expect("an answer").is_some());
}

#[test]
fn a_file_that_may_not_grow() {
    let folder = Folder::new();
    passes(child("disk::limited_child", &folder.0, ""));
}

#[test]
fn limited_child() {
    let Some(path) = std::env::var_os(FOLDER) else { return };
    let folder = Folder(path.into());
    let (soft, hard) = getrlimit(Resource::RLIMIT_FSIZE).expect("the limit");
    let limit = |soft| setrlimit(Resource::RLIMIT_FSIZE, soft, hard).expect("a limit");
    let store = sqlite(&folder);
    limit(400_000);
    let says =
        |error: &StoreError| matches!(error, StoreError::Failed { .. } | StoreError::Full { .. });
    let total = block_on(fill_and_go_on(&*store, says, || limit(soft)));
    drop(store);
    check(&folder, total);
}

#[test]
fn a_full_and_a_read_only_file_system() {
    let folder = Folder::new();
    let mount = "mount -t tmpfs -o size=1m none \"$ASSAY_STORE_DISK_FOLDER\" &&";
    let inside = |before: &str, rest: &str| {
        let child = child(rest, &folder.0, before);
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount"]).arg(child.get_program());
        command.args(child.get_args()).env(FOLDER, &folder.0).stdin(Stdio::null());
        command
    };
    let may_mount = inside(mount, "nothing").output().is_ok_and(|it| it.status.success());
    if !may_mount {
        println!("this kernel lets nobody mount: `a_file_that_may_not_grow` has to do");
        return;
    }
    passes(inside(mount, "disk::mounted_child"));
}

#[test]
fn mounted_child() {
    let Some(path) = std::env::var_os(FOLDER) else { return };
    let folder = Folder(path.into());
    let ballast = folder.0.join("ballast");
    let store = sqlite(&folder);
    std::fs::write(&ballast, vec![7; 300_000]).expect("room");
    let make_room = || std::fs::remove_file(&ballast).expect("removed");
    let says = |error: &StoreError| matches!(error, StoreError::Full { .. });
    let total = block_on(fill_and_go_on(&*store, says, make_room));
    drop(store);
    check(&folder, total);
    let remount = |how: &str| {
        let status = Command::new("mount").args(["-o", how]).arg(&folder.0).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot remount");
    };
    remount("remount,ro");
    let refused = assay_store::sqlite::open(&folder.file()).err().expect("a refusal");
    let OpenError::Failed { source, .. } = &refused else { panic!("{refused:?}") };
    assert!(matches!(source, StoreError::ReadOnly { .. }), "{source:?}");
    assert!(source.to_string().contains("read-only"), "{source}");
    remount("remount,rw");
    check(&folder, total);
}
