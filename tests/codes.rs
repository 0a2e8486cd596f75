//! Every code that can be shown has its page in `assay explain`, and no page is without its code.

use std::collections::BTreeSet;
use std::path::Path;

use assay_tests::binary::{assay, root, run};

#[test]
fn every_code_in_the_sources_is_explained() {
    let mut codes = BTreeSet::new();
    collect(&root().join("analyzer"), &mut codes);
    let listed = run(&mut assay(&["explain"])).stdout;
    let explained: BTreeSet<String> =
        listed.lines().filter(|line| line.contains("::")).map(str::to_owned).collect();
    let different: Vec<&String> = codes.symmetric_difference(&explained).collect();
    assert!(different.is_empty(), "without a page, or without a code: {different:?}");
    assert!(100 < codes.len(), "the search finds codes");
}

/// Adds every `assay::room::name` that the Rust files below `folder` give out as a code.
fn collect(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, codes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            for (opening, closing) in [("code(", ')'), ("=> \"", '"')] {
                let found =
                    text.split(opening).skip(1).filter_map(|rest| rest.split(closing).next());
                let found = found.map(str::trim).filter(|code| is_code(code));
                codes.extend(found.map(str::to_owned));
            }
        }
    }
}

fn is_code(text: &str) -> bool {
    let parts: Vec<&str> = text.split("::").collect();
    let word = |part: &&str| {
        !part.is_empty() && part.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9' | '_'))
    };
    parts.len() == 3 && parts[0] == "assay" && parts.iter().all(word)
}
