//! Documents that stand in a manifest: in place of the name of a file that every worker would have to see, `args` has what it holds, as
//! `{"warmStart": {"version": 1, …}}`. It is a part of the flag's word, so it is in the key, and a file for as long as the unit runs.

use std::ffi::OsString;
use std::fs;
use std::io;

use tempfile::TempDir;

use super::words::{is_flag, name_of};

/// Flags whose file may be a document.
const FLAGS: [&str; 3] = ["--warm-start", "--scenarios", "--mapping"];

/// Whether the file of a flag may be a document.
pub(super) fn may_be_document(flag: &str) -> bool {
    FLAGS.contains(&flag)
}

/// The document of a word, where it holds one: no file has such a name.
pub(super) fn document_of(word: &str) -> Option<&str> {
    let (flag, text) = word.split_once('=')?;
    (is_flag(word) && may_be_document(flag) && text.starts_with('{')).then_some(text)
}

/// A unit's words with files in place of documents, which are taken away with this.
pub(super) struct Spooled {
    /// The words.
    pub words: Vec<OsString>,
    folder: Option<TempDir>,
}

impl Spooled {
    /// Writes the documents.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn of(words: &[String]) -> io::Result<Self> {
        let mut spooled = Self {
            words: Vec::new(),
            folder: None,
        };
        for (nth, word) in words.iter().enumerate() {
            let word = match document_of(word) {
                Some(text) => spooled.write(name_of(word), nth, text)?,
                None => word.into(),
            };
            spooled.words.push(word);
        }
        Ok(spooled)
    }

    fn write(&mut self, flag: &str, nth: usize, text: &str) -> io::Result<OsString> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => tempfile::Builder::new().prefix("bayplan-unit-").tempdir()?,
        };
        let path = folder.path().join(format!("args-{nth}{flag}.json"));
        fs::write(&path, text)?;
        self.folder = Some(folder);
        let mut word = OsString::from(format!("{flag}="));
        word.push(path);
        Ok(word)
    }

    /// Takes the folder out of what the unit says: a result is the same wherever it was made.
    pub(super) fn clean(&self, result: &mut Vec<u8>, said: &mut String) {
        let Some(folder) = &self.folder else {
            return;
        };
        let before = format!("{}/", folder.path().display());
        *said = said.replace(&before, "");
        if let Ok(text) = std::str::from_utf8(result)
            && text.contains(&before)
        {
            *result = text.replace(&before, "").into_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_a_file_while_the_unit_runs_and_its_folder_is_in_no_result() {
        let words = ["--ideal", "--warm-start={\"version\":1}", "--set=a={}"].map(str::to_owned);
        let spooled = Spooled::of(&words).expect("written");
        assert_eq!(spooled.words[0], "--ideal");
        assert_eq!(spooled.words[2], "--set=a={}");
        let word = spooled.words[1].to_string_lossy().into_owned();
        let path = word
            .strip_prefix("--warm-start=")
            .expect("a file")
            .to_owned();
        assert_eq!(fs::read_to_string(&path).expect("read"), "{\"version\":1}");
        let mut result = format!("{{\"file\":\"{path}\"}}").into_bytes();
        let mut said = path.clone();
        spooled.clean(&mut result, &mut said);
        assert_eq!(said, "args-1--warm-start.json");
        assert_eq!(result, b"{\"file\":\"args-1--warm-start.json\"}");
        drop(spooled);
        assert!(!std::path::Path::new(&path).exists());
    }
}
