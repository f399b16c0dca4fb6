//! Sentences in a JSON document; its keys, and values of one word, are for programs and stay.

use super::Words;

impl Words {
    /// The document with the words of Kubernetes in its sentences.
    #[must_use]
    pub fn sentences(&self, document: &str) -> String {
        let mut said = String::with_capacity(document.len());
        let mut rest = document;
        while let Some(start) = rest.find('"') {
            said.push_str(&rest[..start]);
            rest = &rest[start..];
            let literal = &rest[..end_of_literal(rest)];
            rest = &rest[literal.len()..];
            let is_key = rest.starts_with(':');
            let sentence = serde_json::from_str::<String>(literal)
                .ok()
                .filter(|text| !is_key && text.contains(' '))
                .and_then(|text| serde_json::to_string(&self.text(&text)).ok());
            said.push_str(sentence.as_deref().unwrap_or(literal));
        }
        said + rest
    }
}

/// Where the text ends that begins with a quotation mark.
fn end_of_literal(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_change_and_keys_and_words_do_not() {
        let document = r#"{
  "tasks": 2,
  "a task": "x",
  "kind": "task",
  "notes": ["one task needs \"2\" CPU units\\", "é 2 tasks"]
}"#;
        assert_eq!(
            Words::default().sentences(document),
            r#"{
  "tasks": 2,
  "a task": "x",
  "kind": "task",
  "notes": ["one pod needs \"2\" thousandths of a vCPU\\", "é 2 pods"]
}"#
        );
    }
}
