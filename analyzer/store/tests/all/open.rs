//! What a start refuses, and what it takes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use assay_run::verdict::Decision;
use assay_store::error::{OpenError, StoreError};
use assay_store::lease::Token;
use assay_store::store::Store;
use rusqlite::Connection;

use crate::backends::{Folder, sqlite};
use crate::words::*;

fn refused(folder: &Folder) -> OpenError {
    assay_store::sqlite::open(&folder.file()).err().expect("a refusal")
}

/// An error with its causes, the folder left out.
fn told(folder: &Folder, error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text.replace(&folder.0.display().to_string(), "")
}

fn change(folder: &Folder, sql: &str) {
    let connection = Connection::open(folder.file()).expect("the file");
    connection.execute_batch(sql).expect("changed");
}

/// A store with a live run of 100 events, some of them in the journal only.
async fn fill(store: &dyn Store) -> Token {
    let token = create(store, 1).await;
    for number in 0..100u32 {
        let first = u64::from(number);
        append(store, batch(1, token, first, &[measured(number)])).await.expect("appended");
    }
    token
}

#[tokio::test]
async fn one_process_at_a_time() {
    let folder = Folder::new();
    let store = sqlite(&folder);
    let says = "/assay.db is in use by another process; one at a time can have it";
    assert_eq!(told(&folder, &refused(&folder)), says);
    drop(store);
    drop(sqlite(&folder));
}

#[tokio::test]
async fn nobody_else_may_read_it() {
    let folder = Folder::new();
    let store = sqlite(&folder);
    create(&*store, 1).await;
    for entry in fs::read_dir(&folder.0).expect("the folder") {
        let entry = entry.expect("a file");
        let mode = entry.metadata().expect("a mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_newer_schema_is_not_touched() {
    let folder = Folder::new();
    drop(sqlite(&folder));
    change(&folder, "INSERT INTO assay_migrations (version) VALUES (7)");
    let says = "/assay.db was written by a newer assay: its schema is version 7, this assay knows up \
                to 1; start the newer one, or restore a copy made before the upgrade";
    assert_eq!(told(&folder, &refused(&folder)), says);
}

#[tokio::test]
async fn a_file_of_another_program_is_not_touched() {
    let folder = Folder::new();
    change(&folder, "CREATE TABLE songs (title TEXT)");
    let says = "/assay.db cannot be trusted: start-up stops here rather than go on without a part of \
                it: the file in the store cannot be read: it is a database of another program";
    assert_eq!(told(&folder, &refused(&folder)), says);
    fs::write(folder.file(), "x".repeat(5_000)).expect("written");
    let refused = refused(&folder);
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_journal_stops_the_start() {
    let folder = Folder::new();
    let store = sqlite(&folder);
    fill(&*store).await;
    drop(store);
    let newest = "WHERE position = (SELECT max(position) FROM journal)";
    for (damage, why) in [
        ("x'02' || substr(frame, 2)", "it was torn or damaged"),
        ("substr(frame, 1, length(frame) - 1)", "it was torn or damaged"),
        ("x''", "it is cut off"),
    ] {
        let copy = folder.0.join("copy.db");
        fs::copy(folder.file(), &copy).expect("a copy");
        change(&folder, &format!("UPDATE journal SET frame = CAST({damage} AS BLOB) {newest}"));
        let refused = refused(&folder);
        assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
        let text = told(&folder, &refused);
        assert!(text.contains("commit 100 of the journal") && text.contains(why), "{text}");
        fs::copy(&copy, folder.file()).expect("restored");
    }
    // One commit in the middle is gone.
    change(&folder, "DELETE FROM journal WHERE position = 98");
    let text = told(&folder, &refused(&folder));
    assert!(text.contains("event 97 of a run is missing: the journal goes on with 98"), "{text}");
}

#[tokio::test]
async fn a_damaged_segment_is_told_by_its_run() {
    let folder = Folder::new();
    let store = sqlite(&folder);
    let token = fill(&*store).await;
    store.conclude(conclusion(1, token, 100, Decision::Promote)).await.expect("a verdict");
    create(&*store, 2).await;
    drop(store);
    change(&folder, "UPDATE segments SET bytes = CAST(x'01' || bytes AS BLOB)");
    // Finished runs are read when somebody asks; the start does not go through all of them.
    let store = sqlite(&folder);
    let damaged = store.events(id(1), 0, 10).await.expect_err("an error");
    assert!(matches!(damaged, StoreError::Unreadable { .. }), "{damaged:?}");
    assert!(damaged.to_string().contains(&id(1).to_string()), "{damaged}");
    // The others are none the worse for it.
    let claimed = store.claim(lease("b", 0), 10).await.expect("runs");
    append(&*store, batch(2, claimed[0].token, 0, &[started()])).await.expect("appended");
}

/// Copies the store as a crash leaves it, its log cut to `length` bytes.
fn torn(folder: &Folder, length: u64) -> Folder {
    let copy = Folder::new();
    let beside = |folder: &Folder| PathBuf::from(format!("{}-wal", folder.file().display()));
    fs::copy(folder.file(), copy.file()).expect("a copy");
    fs::copy(beside(folder), beside(&copy)).expect("a copy");
    let log = fs::OpenOptions::new().write(true).open(beside(&copy)).expect("the log");
    log.set_len(length).expect("cut");
    copy
}

#[tokio::test]
async fn a_torn_tail_is_cut_at_a_commit() {
    let folder = Folder::new();
    let store = sqlite(&folder);
    let token = fill(&*store).await;
    let log = PathBuf::from(format!("{}-wal", folder.file().display()));
    let whole = fs::metadata(&log).expect("the log").len();
    let (first, end) = (100, 160);
    let events: Vec<_> = (100..160).map(measured).collect();
    append(&*store, batch(1, token, first, &events)).await.expect("appended");
    let longer = fs::metadata(&log).expect("the log").len();
    assert!(whole < longer);
    let mut totals = Vec::new();
    for cut in (whole..=longer).rev().step_by(411).chain([longer, whole]) {
        let copy = torn(&folder, cut);
        let torn = sqlite(&copy);
        let found = torn.events(id(1), 0, 1_000).await.expect("events");
        let total = u32::try_from(found.total).expect("few events");
        assert!(found.events == (0..total).map(measured).collect::<Vec<_>>(), "cut at {cut}");
        // All of the commit or nothing, and everything before it.
        assert!(total == 100 || total == end, "{total} events of a log cut at {cut}");
        totals.push(total);
        // It goes on from there.
        let claimed = torn.claim(lease("b", 0), 10).await.expect("runs");
        let next = batch(1, claimed[0].token, found.total, &[measured(total)]);
        append(&*torn, next).await.expect("appended");
    }
    assert!(totals.contains(&100) && totals.contains(&end));
}

#[tokio::test]
async fn tokens_grow_over_starts() {
    let folder = Folder::new();
    let mut before = create(&*sqlite(&folder), 1).await;
    for _ in 0..3 {
        let store = sqlite(&folder);
        // Whoever held it is gone with the process.
        let claimed = store.claim(lease("b", 0), 10).await.expect("runs");
        assert!(before < claimed[0].token);
        before = claimed[0].token;
    }
}
