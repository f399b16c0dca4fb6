//! Parts of the script for the AWS CLI: steps, files that its calls read, words of the shell.

use super::ExportedFile;
use super::tree::{Tree, comment, json, pretty};
use crate::domain::aws_names;

/// Longest part of a file's name, with room for what stands around it.
const LONGEST_IN_PATH: usize = 180;

/// Begins a step of the script, with its reason.
pub(super) fn step(script: &mut String, title: &str, reason: &str) {
    script.push('\n');
    script.push_str(&comment(&format!("{title}. {reason}"), "#", 0));
}

/// A file that a call of the script reads.
pub(super) fn input(name: String, tree: &Tree) -> ExportedFile {
    ExportedFile::plain(name, pretty(&json(tree)))
}

/// A name as part of a file's name, of which file systems take 255 bytes; names of AWS's things have as many themselves.
pub(super) fn in_path(name: &str) -> String {
    aws_names::shortened(name, LONGEST_IN_PATH)
}

/// A word of the shell, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_fits_into_a_files_and_stays_apart() {
        let of = |end: char| in_path(&format!("{}{end}", "x".repeat(254)));
        assert_eq!((in_path("web").as_str(), of('a').len()), ("web", 180));
        assert_ne!(of('a'), of('b'));
    }
}
