//! Holds "How to add" of `docs/architecture.md` to the code: files that it names exist, and files that name a way of
//! buying or a kind of provider are named there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{is_test_file, production_code, read_text, rust_files};

/// The text of one recipe, or of what stands before the first.
fn recipes() -> Vec<String> {
    let document = read_text("docs/architecture.md");
    let (_, section) = (document.split_once("\n## How to add\n")).expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    section.split("\n**").map(str::to_owned).collect()
}

fn recipe(of: &str) -> String {
    let mut named = recipes().into_iter().filter(|text| text.starts_with(of));
    let found = named.next().expect(of);
    assert!(named.next().is_none(), "{of} stands there twice");
    found
}

/// What stands in backticks and is a path: a file of the repository, or one that is new (`NAME`).
fn paths(text: &str) -> BTreeSet<&str> {
    (text.split('`').skip(1).step_by(2))
        .filter(|word| !word.contains([' ', '(']))
        .filter(|word| {
            word.contains('/')
                || [".rs", ".md", ".json"]
                    .iter()
                    .any(|end| word.ends_with(end))
        })
        .collect()
}

/// Whether a path leads to a file, or a path of something new to a folder.
fn leads_somewhere(path: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match path.rsplit_once('/') {
        Some((folder, file)) if file.contains("NAME") => root.join(folder).is_dir(),
        _ => root.join(path).is_file(),
    }
}

#[test]
fn every_file_that_a_recipe_names_exists() {
    let all = recipes();
    let wrong: Vec<&str> = (all.iter())
        .flat_map(|text| paths(text))
        .filter(|path| !leads_somewhere(path))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    for of in [
        "A rule of ECS.",
        "A policy key.",
        "A way of buying.",
        "An export format.",
        "A kind of capacity provider.",
    ] {
        assert!(paths(&recipe(of)).len() > 3, "{of}");
    }
}

#[test]
fn paths_that_lead_nowhere_are_seen() {
    for path in [
        "src/formulate/price.rs",
        "rules/fit.rs",
        "src/nowhere/NAME.rs",
        "src/check/rules",
        "missing.md",
    ] {
        assert_eq!(
            paths(&format!("in `{path}` and `Policy`")).len(),
            usize::from(path.contains(['/', '.']))
        );
        assert!(!leads_somewhere(path), "{path}");
    }
    assert!(leads_somewhere("src/check/rules/NAME.rs") && leads_somewhere("CHANGELOG.md"));
}

/// Production files that name a variant of an enum, apart from the one it stands in.
fn files_that_name(of: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeSet::new();
    for file in rust_files(&root.join("src")) {
        let path = file.strip_prefix(root).expect("a file of the repository");
        let is_sample = path.file_name().is_some_and(|name| name == "sample.rs");
        if is_test_file(path) || is_sample || path.ends_with("domain/capacity.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("source files are UTF-8");
        if (production_code(&text).lines()).any(|line| names_a_variant(line, of)) {
            files.insert(path.to_string_lossy().into_owned());
        }
    }
    files
}

/// Whether code names `of::Variant`; methods and lists (`of::ALL`) are no variants.
fn names_a_variant(line: &str, of: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    let before_is_no_name =
        |before: &str| !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    code.match_indices(&format!("{of}::")).any(|(at, found)| {
        let mut after = code[at + found.len()..].chars();
        before_is_no_name(&code[..at])
            && after.next().is_some_and(|c| c.is_ascii_uppercase())
            && after.next().is_some_and(|c| c.is_ascii_lowercase())
    })
}

#[test]
fn every_file_that_names_a_way_of_buying_or_a_kind_of_provider_stands_in_its_recipe() {
    for (of, title) in [
        ("Capacity", "A way of buying."),
        ("ProviderKind", "A kind of capacity provider."),
    ] {
        let recipe = recipe(title);
        let named = paths(&recipe);
        let lacking: Vec<String> = (files_that_name(of).into_iter())
            .filter(|file| !named.contains(file.as_str()))
            .collect();
        assert!(
            lacking.is_empty(),
            "docs/architecture.md, \"{title}\", does not name {lacking:?}"
        );
    }
}

#[test]
fn variants_are_told_from_methods_and_lists() {
    for line in [
        "Capacity::Spot => 1,",
        "let a = crate::x::Capacity::OnDemand;",
    ] {
        assert!(names_a_variant(line, "Capacity"), "{line}");
    }
    for line in [
        "Capacity::OF_FARGATE",
        "Capacity::may_be_reclaimed",
        "MaxCapacity::Spot",
        "// Capacity::Spot",
    ] {
        assert!(!names_a_variant(line, "Capacity"), "{line}");
    }
}
