//! JSON (RFC 8259) to a tree with positions.
//!
//! A parser of our own, because findings name lines, numbers must keep their text and duplicate keys must
//! be seen; the JSON crates give up at least one of these.

use std::iter::Peekable;
use std::str::Chars;

use super::codes;
use super::document::{DocumentError, Entry, MAX_DEPTH, Node, Position, Value};
use super::yaml;

/// Parses a whole document.
pub(super) fn parse(text: &str) -> Result<Node, DocumentError> {
    let mut reader = Reader {
        rest: text.chars().peekable(),
        position: Position { line: 1, column: 1 },
    };
    reader.skip_white_space();
    let node = reader.value(0)?;
    reader.skip_white_space();
    match reader.rest.peek() {
        None => Ok(node),
        Some('{') if yaml::has_kind(&node) => reader.documents_after(node),
        Some('{' | '[') => Err(reader.another_document()),
        Some(_) => Err(reader.expected("the end of the file")),
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    position: Position,
}

impl Reader<'_> {
    fn advance(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.position.line += 1;
            self.position.column = 1;
        } else {
            self.position.column += 1;
        }
        Some(c)
    }

    fn skip_white_space(&mut self) {
        while matches!(self.rest.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.advance();
        }
    }

    /// What was found is not quoted: it may be part of a secret.
    fn expected(&self, what: &str) -> DocumentError {
        DocumentError {
            code: codes::SYNTAX,
            position: self.position,
            cause: format!("this is not JSON: expected {what}"),
            remedy: "correct the syntax here; what follows was not read".to_owned(),
        }
    }

    /// Documents of Kubernetes one after another, as several calls of `kubectl` write them into one file.
    fn documents_after(&mut self, first: Node) -> Result<Node, DocumentError> {
        let position = first.position;
        let mut documents = vec![first];
        while self.rest.peek().is_some() {
            documents.push(self.value(0)?);
            self.skip_white_space();
        }
        Ok(yaml::list_of(documents, position))
    }

    /// Answers that were written one after another into one file.
    fn another_document(&self) -> DocumentError {
        DocumentError {
            cause: "another JSON document follows the first".to_owned(),
            remedy: "put the answers into one object: `version`, and each list under the name that it has in its answer"
                .to_owned(),
            ..self.expected("the end of the file")
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, DocumentError> {
        let position = self.position;
        if depth > MAX_DEPTH {
            return Err(DocumentError::too_deep(position));
        }
        let value = match self.rest.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::Text(self.string()?),
            Some('-' | '0'..='9') => Value::Number(self.number()?),
            Some('a'..='z') => self.word()?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Node {
            position: Some(position),
            value,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let mut entries = Vec::new();
        self.advance();
        self.skip_white_space();
        if self.rest.next_if_eq(&'}').is_some() {
            self.position.column += 1;
            return Ok(Value::Object(entries));
        }
        loop {
            let position = self.position;
            if self.rest.peek() != Some(&'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_white_space();
            if self.rest.peek() != Some(&':') {
                return Err(self.expected("`:` after the key"));
            }
            self.advance();
            self.skip_white_space();
            entries.push(Entry {
                key,
                shown: None,
                position: Some(position),
                node: self.value(depth + 1)?,
            });
            if !self.another('}', "`,` or `}`")? {
                return Ok(Value::Object(entries));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let mut items = Vec::new();
        self.advance();
        self.skip_white_space();
        if self.rest.next_if_eq(&']').is_some() {
            self.position.column += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.another(']', "`,` or `]`")? {
                return Ok(Value::List(items));
            }
        }
    }

    /// After an item: whether a comma announces another one.
    fn another(&mut self, close: char, expected: &str) -> Result<bool, DocumentError> {
        self.skip_white_space();
        let found = self.rest.peek().copied();
        if found != Some(',') && found != Some(close) {
            return Err(self.expected(expected));
        }
        self.advance();
        self.skip_white_space();
        Ok(found == Some(','))
    }

    fn word(&mut self) -> Result<Value, DocumentError> {
        let error = self.expected("a value (text stands in double quotes)");
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_alphanumeric) {
            self.position.column += 1;
            word.push(c);
        }
        match word.as_str() {
            "null" => Ok(Value::Null),
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(error),
        }
    }

    fn number(&mut self) -> Result<String, DocumentError> {
        let error = self.expected("a number such as `12` or `0.5`");
        let mut text = String::new();
        while let Some(c) = self
            .rest
            .next_if(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'))
        {
            self.position.column += 1;
            text.push(c);
        }
        if is_json_number(&text) {
            Ok(text)
        } else {
            Err(error)
        }
    }

    fn string(&mut self) -> Result<String, DocumentError> {
        self.advance();
        let mut text = String::new();
        loop {
            let error = self.expected("the closing `\"` of the text");
            match self.advance() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if c >= ' ' => text.push(c),
                _ => return Err(error),
            }
        }
    }

    fn escape(&mut self) -> Result<char, DocumentError> {
        let error = self.expected("an escape such as `\\n` or `\\u00e9`");
        Ok(match self.advance() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode_escape(),
            _ => return Err(error),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, DocumentError> {
        let error = self.expected("four hexadecimal digits that make a character");
        let first = self.hexadecimal()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or(error);
        }
        if self.advance() != Some('\\') || self.advance() != Some('u') {
            return Err(error);
        }
        let second = self.hexadecimal()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(error);
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(error)
    }

    fn hexadecimal(&mut self) -> Result<u32, DocumentError> {
        let error = self.expected("four hexadecimal digits");
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.advance().and_then(|c| c.to_digit(16));
            value = value * 16 + digit.ok_or_else(|| error.clone())?;
        }
        Ok(value)
    }
}

/// The grammar of RFC 8259: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text_and_values_their_positions() {
        let node = parse("{\n  \"a\": [0.10, \"\\u00e9\\ud83d\\ude00\"]\n}").expect("JSON");
        let Value::Object(entries) = node.value else {
            panic!("an object")
        };
        let Value::List(items) = &entries[0].node.value else {
            panic!("a list")
        };
        assert_eq!(items[0].value, Value::Number("0.10".to_owned()));
        assert_eq!(items[1].value, Value::Text("é😀".to_owned()));
        assert_eq!(
            items[1].position,
            Some(Position {
                line: 2,
                column: 15
            })
        );
    }

    #[test]
    fn texts_that_are_not_json_are_errors_with_a_position() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{\"a\": 1,}", 1, 9),
            ("{\"a\" 1}", 1, 6),
            ("[1 2]", 1, 4),
            ("[01]", 1, 2),
            ("[1.]", 1, 2),
            ("[nul]", 1, 2),
            ("\"a\n\"", 1, 3),
            ("\"\\ud800x\"", 1, 4),
            ("{}\n{}", 2, 1),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.position, Position { line, column }, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let error = parse(&"[".repeat(1_000_000)).expect_err("too deep");
        assert_eq!(error.code, codes::TOO_DEEP);
    }
}
