//! The same test over every backend.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use assay_store::store::Store;

/// A folder that goes away with its owner.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("assay-store-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("assay.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Runs the test over each backend, empty at first.
pub(crate) async fn on_each(test: impl AsyncFn(&dyn Store)) {
    let memory = assay_store::memory::open();
    test(&*memory).await;
    let folder = Folder::new();
    let sqlite = assay_store::sqlite::open(&folder.file()).expect("a store in a file");
    test(&*sqlite).await;
    let address = crate::server::database();
    let postgres = assay_store::postgres::open(&address).await.expect("a store in Postgres");
    test(&*postgres).await;
}

/// A store in a file.
pub(crate) fn sqlite(folder: &Folder) -> Arc<dyn Store> {
    assay_store::sqlite::open(&folder.file()).expect("a store in a file")
}
