//! Parts of the script for the AWS CLI: steps, files that its calls read, words of the shell.

use super::ExportedFile;
use super::tree::{Tree, comment, json, pretty};

/// Begins a step of the script, with its reason.
pub(super) fn step(script: &mut String, title: &str, reason: &str) {
    script.push('\n');
    script.push_str(&comment(&format!("{title}. {reason}"), "#", 0));
}

/// A file that a call of the script reads.
pub(super) fn input(name: String, tree: &Tree) -> ExportedFile {
    ExportedFile::plain(name, pretty(&json(tree)))
}

/// A word of the shell, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
