//! What both kinds of proof files have in common: trees, lists one entry a line, and what is said of a file that is none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::proof::{Fraction, Tree};

use super::codes;
use super::findings::{Finding, Findings, Severity};

/// A place in the document and what is wrong there.
pub(super) type Wrong = (String, String);

/// A case distinction, which has the first four members, or a leaf, which has the last.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Node {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    item: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    at_most: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    yes: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    no: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    u: Option<IndexMap<String, String>>,
}

/// The document of a tree whose capacities have these words.
pub(super) fn node<'w, D: Copy>(tree: &Tree<D>, word: &impl Fn(D) -> &'w str) -> Node {
    match tree {
        Tree::Split {
            item,
            at_most,
            yes,
            no,
        } => Node {
            item: Some(*item),
            at_most: Some(*at_most),
            yes: Some(Box::new(node(yes, word))),
            no: Some(Box::new(node(no, word))),
            u: None,
        },
        Tree::Leaf(u) => {
            let named = (u.iter()).map(|(&d, worth)| (word(d).to_owned(), worth.to_string()));
            Node {
                u: Some(named.collect()),
                ..Node::default()
            }
        }
    }
}

/// The tree of a document, its capacities by these words; or what is wrong with it.
pub(super) fn tree<D: Ord>(
    node: Node,
    dimension: &impl Fn(&str) -> Result<D, String>,
) -> Result<Tree<D>, String> {
    let Node {
        item,
        at_most,
        yes,
        no,
        u,
    } = node;
    match (item, at_most, yes, no, u) {
        (Some(item), Some(at_most), Some(yes), Some(no), None) => Ok(Tree::Split {
            item,
            at_most,
            yes: Box::new(tree(*yes, dimension)?),
            no: Box::new(tree(*no, dimension)?),
        }),
        (None, None, None, None, Some(u)) => {
            let mut worths = BTreeMap::new();
            for (word, worth) in u {
                let worth: Fraction = worth.parse().map_err(|error| format!("u: {error}"))?;
                worths.insert(dimension(&word)?, worth);
            }
            Ok(Tree::Leaf(worths))
        }
        _ => Err("leaves: neither {item, atMost, yes, no} nor {u}".to_owned()),
    }
}

/// Appends a member that is a list, one entry a line.
pub(super) fn list(text: &mut String, key: &str, entries: impl Iterator<Item = String>) {
    let entries: Vec<String> = entries.collect();
    let _ = write!(text, ",\n\"{key}\":[\n{}\n]", entries.join(",\n"));
}

/// A value in one line.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and whole numbers")
}

/// The document, or where the text is none.
pub(super) fn parsed<T: DeserializeOwned>(
    text: &str,
    file_name: &str,
    writer: &str,
) -> Result<T, Findings> {
    serde_json::from_str(text).map_err(|error| {
        let wrong = ("(the whole file)".to_owned(), error.to_string());
        let at = Some((error.line(), error.column()));
        no_proof(file_name, wrong, at, writer)
    })
}

/// That a file is no proof, and which command writes one.
pub(super) fn no_proof(
    file_name: &str,
    (place, cause): Wrong,
    at: Option<(usize, usize)>,
    writer: &str,
) -> Findings {
    let finding = Finding {
        code: codes::PROOF_FILE,
        severity: Severity::Error,
        place,
        line: at.map(|(line, _)| line),
        column: at.map(|(_, column)| column),
        cause,
        remedy: format!("give a proof that `{writer}` wrote"),
    };
    Findings::new(file_name, vec![finding])
}
