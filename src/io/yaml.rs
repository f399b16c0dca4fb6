//! YAML 1.2 (core schema) to a tree with positions.
//!
//! Reads the parser's events instead of deserialising: numbers keep their text, quoted and plain scalars
//! stay apart, every value keeps its line, and what anchors may expand to is bounded here.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use super::codes;
use super::document::{DocumentError, Entry, MAX_DEPTH, Node, Position, Value};

/// Most values that aliases may copy: far above any real file, far below a denial of service.
const MAX_ALIAS_NODES: usize = 200_000;

/// Parses a file that holds one document, or several of Kubernetes, which become one list of theirs.
pub(super) fn parse(text: &str) -> Result<Node, DocumentError> {
    let mut builder = Builder::default();
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| DocumentError {
            code: codes::SYNTAX,
            position: Position {
                line: error.marker().line().max(1),
                column: error.marker().col() + 1,
            },
            // The parser's own words may quote the text, which may be a secret.
            cause: "this is not YAML".to_owned(),
            remedy: "look at the indentation, quotes and brackets here; what follows was not read"
                .to_owned(),
        })?;
        builder.event(event, position_of(&span))?;
    }
    builder.check_documents()?;
    let first = Position { line: 1, column: 1 };
    let mut roots = builder.roots;
    if roots.len() > 1 {
        return Ok(list_of(roots, Some(first)));
    }
    Ok(roots.pop().unwrap_or(Node {
        position: Some(first),
        value: Value::Null,
    }))
}

/// Documents of Kubernetes as one of kind `List`.
pub(super) fn list_of(documents: Vec<Node>, position: Option<Position>) -> Node {
    let entry = |key: &str, value: Value| Entry {
        key: key.to_owned(),
        shown: None,
        position,
        node: Node { position, value },
    };
    Node {
        position,
        value: Value::Object(vec![
            entry("kind", Value::Text("List".to_owned())),
            entry("items", Value::List(documents)),
        ]),
    }
}

/// Whether a document is of Kubernetes: an object with a kind.
pub(super) fn has_kind(document: &Node) -> bool {
    let Value::Object(entries) = &document.value else {
        return false;
    };
    entries.iter().any(|entry| entry.key == "kind")
}

fn position_of(span: &Span) -> Position {
    Position {
        line: span.start.line().max(1),
        column: span.start.col() + 1,
    }
}

fn unsupported(position: Position, cause: &str, remedy: &str) -> DocumentError {
    DocumentError {
        code: codes::UNSUPPORTED_YAML,
        position,
        cause: cause.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// A list or object that is still open.
struct Open {
    position: Position,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Object {
        entries: Vec<Entry>,
        key: Option<(String, Position)>,
        merged: Vec<Entry>,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    copied: usize,
    roots: Vec<Node>,
    /// Where the second document begins.
    second: Option<Position>,
    documents: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, position: Position) -> Result<(), DocumentError> {
        match event {
            Event::DocumentStart(..) => {
                self.document(position);
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let as_text = match tag.as_ref().map(|tag| tag.core_suffix()) {
                    None => style != ScalarStyle::Plain,
                    Some(Some("str")) => true,
                    Some(Some("int" | "float" | "bool" | "null")) => false,
                    Some(_) => return Err(tag_error(position)),
                };
                if self.takes_key(&text, position) {
                    return Ok(());
                }
                let value = if as_text {
                    Value::Text(text.into_owned())
                } else {
                    plain(&text)
                };
                self.finish(
                    Node {
                        position: Some(position),
                        value,
                    },
                    anchor,
                    position,
                )
            }
            Event::SequenceStart(_, anchor, tag) => {
                if tag.is_some_and(|tag| tag.core_suffix() != Some("seq")) {
                    return Err(tag_error(position));
                }
                self.start(position, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                if tag.is_some_and(|tag| tag.core_suffix() != Some("map")) {
                    return Err(tag_error(position));
                }
                let content = Content::Object {
                    entries: Vec::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.start(position, anchor, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(position),
            Event::Alias(anchor) => {
                let copy = self.copy_of(anchor, position)?;
                self.finish(copy, 0, position)
            }
            _ => Ok(()),
        }
    }

    fn document(&mut self, position: Position) {
        self.documents += 1;
        if self.documents == 2 {
            self.second = Some(position);
        }
    }

    /// Several documents are read where some are of Kubernetes, and refused otherwise.
    fn check_documents(&self) -> Result<(), DocumentError> {
        match self.second {
            Some(position) if !self.roots.iter().any(has_kind) => Err(unsupported(
                position,
                "the file holds more than one YAML document",
                "keep one document a file; several are read only where they are objects of Kubernetes, with a `kind`",
            )),
            _ => Ok(()),
        }
    }

    /// Whether the scalar is the next key of the innermost object.
    fn takes_key(&mut self, text: &str, position: Position) -> bool {
        if let Some(Open {
            content: Content::Object {
                key: key @ None, ..
            },
            ..
        }) = self.open.last_mut()
        {
            *key = Some((text.to_owned(), position));
            return true;
        }
        false
    }

    fn start(
        &mut self,
        position: Position,
        anchor: usize,
        content: Content,
    ) -> Result<(), DocumentError> {
        if self.open.len() > MAX_DEPTH {
            return Err(DocumentError::too_deep(position));
        }
        self.open.push(Open {
            position,
            anchor,
            content,
        });
        Ok(())
    }

    fn end(&mut self, position: Position) -> Result<(), DocumentError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Object {
                mut entries,
                merged,
                ..
            } => {
                let mut known: BTreeSet<_> = entries.iter().map(|own| own.key.clone()).collect();
                entries.extend(merged.into_iter().filter(|e| known.insert(e.key.clone())));
                Value::Object(entries)
            }
        };
        let node = Node {
            position: Some(open.position),
            value,
        };
        self.finish(node, open.anchor, position)
    }

    /// Placer a complete value to the list or object it belongs to.
    fn finish(
        &mut self,
        node: Node,
        anchor: usize,
        position: Position,
    ) -> Result<(), DocumentError> {
        if anchor > 0 {
            self.count_copy(&node, position)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.roots.push(node);
            return Ok(());
        };
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Object {
                entries,
                key,
                merged,
            } => {
                let Some((key, at)) = key.take() else {
                    return Err(unsupported(
                        position,
                        "a key is a list, an object or an alias",
                        "write keys as plain text",
                    ));
                };
                if key == "<<" {
                    merged.extend(merged_entries(node, position)?);
                } else {
                    entries.push(Entry {
                        key,
                        shown: None,
                        position: Some(at),
                        node,
                    });
                }
            }
        }
        Ok(())
    }

    fn copy_of(&mut self, anchor: usize, position: Position) -> Result<Node, DocumentError> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(unsupported(
                position,
                "an alias stands inside the value it refers to",
                "write the value out",
            ));
        };
        self.count_copy(&node, position)?;
        Ok(Node {
            position: Some(position),
            ..node
        })
    }

    fn count_copy(&mut self, node: &Node, position: Position) -> Result<(), DocumentError> {
        self.copied += size(node);
        if self.copied > MAX_ALIAS_NODES {
            return Err(unsupported(
                position,
                "anchors and aliases expand to more than 200,000 values",
                "write the values out, or split the file",
            ));
        }
        Ok(())
    }
}

fn tag_error(position: Position) -> DocumentError {
    unsupported(
        position,
        "a tag such as `!Ref` stands before a value",
        "write the value itself; templates must be resolved before they are planned",
    )
}

/// The entries that a merge key `<<` brings in: of one object, or of a list of objects in order.
fn merged_entries(node: Node, position: Position) -> Result<Vec<Entry>, DocumentError> {
    match node.value {
        Value::Object(entries) => Ok(entries),
        Value::List(items) => {
            let mut all = Vec::new();
            for item in items {
                all.extend(merged_entries(item, position)?);
            }
            Ok(all)
        }
        _ => Err(unsupported(
            position,
            "the merge key `<<` holds neither an object nor a list of objects",
            "refer to an object, as in `<<: *defaults`",
        )),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Object(entries) => entries.iter().map(|entry| size(&entry.node)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => 0,
    }
}

/// A plain scalar by the core schema: `no` and `off` are text, as YAML 1.2 has it.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

/// Decimal integers and floats of the core schema; `0x1F`, `.inf` and `.nan` stay text.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['+', '-']).unwrap_or(e);
            !e.is_empty() && digits(e)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Value {
        let Value::Object(entries) = parse(text).expect("YAML").value else {
            panic!("an object")
        };
        entries.last().expect("a key").node.value.clone()
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        assert_eq!(field("a: 0.10"), Value::Number("0.10".to_owned()));
        assert_eq!(field("a: '512'"), Value::Text("512".to_owned()));
        assert_eq!(field("a: !!str 512"), Value::Text("512".to_owned()));
        assert_eq!(field("a: no"), Value::Text("no".to_owned()));
        assert_eq!(field("a: 1.2.3"), Value::Text("1.2.3".to_owned()));
        assert_eq!(field("a:"), Value::Null);
        assert_eq!(field("a: true # yes"), Value::Bool(true));
    }

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        let text = "base: &b {cpu: 1, memory: 2}\nuse: {<<: *b, cpu: 3}";
        let Value::Object(entries) = field(text) else {
            panic!("an object")
        };
        let values: Vec<_> = entries
            .iter()
            .map(|e| (e.key.as_str(), e.node.value.clone()))
            .collect();
        assert_eq!(
            values,
            [
                ("cpu", Value::Number("3".to_owned())),
                ("memory", Value::Number("2".to_owned()))
            ]
        );
    }

    #[test]
    fn what_is_not_supported_is_said() {
        let bomb = (1..12).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
            let alias = format!("*a{}", n - 1);
            text + &format!("a{n}: &a{n} [{}]\n", vec![alias; 10].join(","))
        });
        let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for (text, code) in [
            ("a: !Ref B", codes::UNSUPPORTED_YAML),
            ("a: 1\n---\nb: 2", codes::UNSUPPORTED_YAML),
            ("? [a]\n: 1", codes::UNSUPPORTED_YAML),
            ("a: &x [*x]", codes::UNSUPPORTED_YAML),
            ("a: [1", codes::SYNTAX),
            (bomb.as_str(), codes::UNSUPPORTED_YAML),
            (nested.as_str(), codes::TOO_DEEP),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.code, code, "{text}");
        }
    }
}
