//! What the sources send, held against the list of actions: `data/iam` is compared with that list, so that no policy lacks a call
//! that is made, and none allows one that is not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::aws::actions::Action;

/// A call in the sources: IAM's name of it, and the actions that the function around it names.
struct Site {
    name: String,
    named: Vec<String>,
}

#[test]
fn every_call_that_the_sources_send_is_an_action_and_every_action_is_sent() {
    let mut sent = BTreeSet::new();
    for site in sources("src/aws/sdk").iter().flat_map(|file| sites(file)) {
        for named in &site.named {
            let operation = site.name.split(':').nth(1);
            assert_eq!(Some(named.as_str()), operation, "an error names another");
        }
        sent.insert(site.name);
    }
    let actions: BTreeSet<String> = (Action::ALL.iter())
        .map(|action| action.name().to_owned())
        .collect();
    assert_eq!(sent, actions);
}

#[test]
fn nothing_is_sent_from_anywhere_else() {
    for file in sources("src") {
        let text = fs::read_to_string(&file).expect("a source");
        let is_own = ["src/aws/sdk", "src/aws/tests"].iter();
        let mut is_own = is_own.map(|folder| file.starts_with(root().join(folder)));
        if !is_own.any(|own| own) {
            assert!(!text.contains(".send()"), "{}", file.display());
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sites(file: &Path) -> Vec<Site> {
    let text = fs::read_to_string(file).expect("a source");
    let of_file = client_of(text.split("fn ").next().unwrap_or_default());
    let functions = text.split("fn ").skip(1);
    functions
        .filter_map(|function| {
            let sends = function.matches(".send()").count() + function.matches("send!(").count();
            if sends == 0 {
                return None;
            }
            let operations = operations(function);
            assert_eq!(
                sends,
                operations.len(),
                "{}: calls that the test cannot follow:\n{function}",
                file.display()
            );
            let operation = permission(operations.into_iter().next()?);
            let service = client_of(function).or_else(|| of_file.clone());
            let service = service.expect("a client of a service");
            let named = function.split("Action::").skip(1);
            Some(Site {
                name: format!("{service}:{operation}"),
                named: named.map(|rest| word(rest).to_owned()).collect(),
            })
        })
        .collect()
}

/// The prefix that IAM has for the service of the first client that a text names.
fn client_of(text: &str) -> Option<String> {
    let mut crates = text.split("aws_sdk_").skip(1);
    let name = crates.find_map(|rest| {
        let name = word(rest);
        rest[name.len()..].starts_with("::Client").then_some(name)
    })?;
    Some(match name {
        "applicationautoscaling" => "application-autoscaling".to_owned(),
        same => same.to_owned(),
    })
}

/// IAM's word for an operation, where it is another. Source: Service Authorization Reference, "Actions defined by Amazon S3".
fn permission(operation: String) -> String {
    if operation == "ListObjectsV2" {
        "ListBucket".to_owned()
    } else {
        operation
    }
}

/// The operations that a function asks of `client`, as the API writes them.
fn operations(function: &str) -> Vec<String> {
    let after = function.split("client").skip(1);
    after
        .filter_map(|rest| {
            let method = word(rest.trim_start().strip_prefix('.')?);
            Some(method.split('_').map(capital).collect())
        })
        .collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}
