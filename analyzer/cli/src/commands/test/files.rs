//! Which files hold tests.

use std::path::{Path, PathBuf};

use assay_template::yaml::Source;

use crate::commands::check::below;
use crate::inputs::{InputError, read_file};

/// A file that was named, or that has a TemplateTest in it.
pub(crate) struct TestFile {
    /// The folder that the paths in it are relative to.
    pub(crate) folder: PathBuf,
    /// Its text.
    pub(crate) source: Source,
}

/// The files among `paths`, and those with tests in the folders among them and below.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<TestFile>, InputError> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(TestFile::read(path)?);
            continue;
        }
        let mut files = Vec::new();
        below(path, &mut files)?;
        for file in files {
            // A folder holds other files too, and not every one of them is for us.
            let read = TestFile::read(&file);
            found.extend(read.ok().filter(|file| file.source.text.contains("kind: TemplateTest")));
        }
    }
    Ok(found)
}

impl TestFile {
    fn read(path: &Path) -> Result<Self, InputError> {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { folder, source: read_file(path)? })
    }
}
