//! Published documents that are made from the code say what the code says.
//!
//! With `UPDATE_PUBLISHED=1` in the environment the files are written instead of compared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bayplan::domain::policy_keys::POLICY_KEYS;
use bayplan::io::{SchemaOf, json_schema};

/// Compares a file of the repository with what the code says, or writes it.
fn published(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        fs::create_dir_all(path.parent().expect("a directory")).expect("created");
        fs::write(&path, made).expect("written");
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stands == made,
        "{file} differs from what the code says; run this test with UPDATE_PUBLISHED=1"
    );
}

#[test]
fn the_schemas_are_those_that_the_command_prints() {
    published("docs/schema/cluster.json", &json_schema(SchemaOf::Cluster));
    published("docs/schema/plan.json", &json_schema(SchemaOf::Plan));
    published(
        "docs/schema/scenarios.json",
        &json_schema(SchemaOf::Scenarios),
    );
}

#[test]
fn the_page_of_policy_keys_is_the_table() {
    let mut page = "# Keys of the policy\n\n\
        Every key is optional. A flag of the same name in kebab case (`--headroom-percent` for `headroomPercent`) \
        replaces\nthe file's key. Keys marked \"also per service\" may stand in a service, too; the stricter of the \
        two holds.\n\n\
        | Key | Takes | Default | Meaning |\n|---|---|---|---|\n"
        .to_owned();
    for key in POLICY_KEYS {
        let mut meaning = format!("{}.", key.help);
        if !key.more.is_empty() {
            write!(meaning, " {}", key.more).expect("a string");
        }
        if key.per_service.is_some() {
            meaning.push_str(" Also per service.");
        }
        let takes = key.value.takes();
        writeln!(
            page,
            "| `{}` | {takes} | {} | {meaning} |",
            key.name, key.default
        )
        .expect("a string");
    }
    published("docs/policy.md", &page);
}
