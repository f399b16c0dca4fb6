//! Expressions of TypeScript. Every text is in double quotes and in ASCII.

use std::fmt::Write as _;

use super::super::tree::{Entry, Tree, comment};
use super::names::Names;

/// A part of a template, with the template's functions as the library's.
pub(super) fn expression(tree: &Tree, names: &Names, indent: usize) -> String {
    spelled(tree, names, indent, property)
}

/// How keys are written.
type Spelling = fn(&str) -> String;

fn spelled(tree: &Tree, names: &Names, indent: usize, spelling: Spelling) -> String {
    match tree {
        Tree::Text(text) => quoted(text),
        Tree::Number(number) => number.to_string(),
        Tree::Flag(flag) => flag.to_string(),
        Tree::List(items) => list(items, names, indent, spelling),
        Tree::Map(entries) => match entries.as_slice() {
            [entry] if entry.key == "Ref" => names.reference(&text_of(&entry.value)),
            [entry] if entry.key.starts_with("Fn::") => function(entry, names, indent),
            entries => object(entries, names, indent, spelling),
        },
    }
}

fn text_of(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => text.clone(),
        _ => String::new(),
    }
}

fn function(entry: &Entry, names: &Names, indent: usize) -> String {
    match (entry.key.as_str(), &entry.value) {
        ("Fn::GetAtt", Tree::List(parts)) => {
            let parts: Vec<String> = parts.iter().map(text_of).collect();
            format!("{}.attr{}", variable(&parts[0]), parts[1])
        }
        ("Fn::Join", Tree::List(parts)) => match parts.as_slice() {
            [Tree::Text(mark), Tree::List(pieces)] if mark.is_empty() => {
                let pieces: Vec<String> = (pieces.iter())
                    .map(|piece| expression(piece, names, indent))
                    .collect();
                pieces.join(" + ")
            }
            [mark, pieces] => {
                let pieces = expression(pieces, names, indent);
                format!("{pieces}.join({})", expression(mark, names, indent))
            }
            _ => String::new(),
        },
        // The only condition of a template: whether the services still move.
        ("Fn::If", Tree::List(parts)) => match parts.as_slice() {
            [_, at_first, then] => format!(
                "moves ? {} : {}",
                expression(at_first, names, indent),
                expression(then, names, indent)
            ),
            _ => String::new(),
        },
        ("Fn::Base64", inner) => format!("cdk.Fn.base64({})", expression(inner, names, indent)),
        _ => String::new(),
    }
}

/// Properties that the library takes as they are, with IAM's own keys.
const VERBATIM: [&str; 2] = ["AssumeRolePolicyDocument", "PolicyDocument"];

fn object(entries: &[Entry], names: &Names, indent: usize, spelling: Spelling) -> String {
    let mut text = "{\n".to_owned();
    for entry in entries {
        if let Some(reason) = &entry.reason {
            text.push_str(&comment(reason, "//", indent + 2));
        }
        let inner = if VERBATIM.contains(&entry.key.as_str()) {
            str::to_owned
        } else {
            spelling
        };
        let value = spelled(&entry.value, names, indent + 2, inner);
        let _ = writeln!(
            text,
            "{:pad$}{}: {value},",
            "",
            spelling(&entry.key),
            pad = indent + 2
        );
    }
    let _ = write!(text, "{:indent$}}}", "");
    text
}

fn list(items: &[Tree], names: &Names, indent: usize, spelling: Spelling) -> String {
    let parts: Vec<String> = (items.iter())
        .map(|item| spelled(item, names, indent + 2, spelling))
        .collect();
    let on_one_line = parts.iter().map(|part| part.len() + 2).sum::<usize>() + indent < 80;
    if on_one_line && !parts.iter().any(|part| part.contains('\n')) {
        return format!("[{}]", parts.join(", "));
    }
    let lines = parts.iter().fold(String::new(), |mut lines, part| {
        let _ = writeln!(lines, "{:pad$}{part},", "", pad = indent + 2);
        lines
    });
    format!("[\n{lines}{:indent$}]", "")
}

/// A property as the library spells it: `VPCZoneIdentifier` as `vpcZoneIdentifier`.
fn property(key: &str) -> String {
    let capitals = key.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = if capitals > 1 && capitals < key.len() {
        capitals - 1
    } else {
        capitals
    };
    key[..lowered].to_ascii_lowercase() + &key[lowered..]
}

/// A logical id as the name of a constant.
pub(super) fn variable(id: &str) -> String {
    let (first, rest) = id.split_at(id.len().min(1));
    first.to_ascii_lowercase() + rest
}

/// A documentation comment that ends where it should.
pub(super) fn doc(text: &str, indent: usize) -> String {
    let lines = comment(&text.replace("*/", "* /"), " *", indent);
    match lines.trim_end().strip_prefix(&format!("{:indent$} * ", "")) {
        Some(line) if !line.contains('\n') => format!("{:indent$}/** {line} */\n", ""),
        _ => format!("{:indent$}/**\n{lines}{:indent$} */\n", "", ""),
    }
}

/// A string literal. Source: ECMA-262, string literals.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn properties_are_spelled_as_the_library_does() {
        for (key, spelled) in [
            ("VPCZoneIdentifier", "vpcZoneIdentifier"),
            ("AutoScalingGroupName", "autoScalingGroupName"),
            ("Ebs", "ebs"),
        ] {
            assert_eq!(property(key), spelled);
        }
    }

    #[test]
    fn a_documentation_comment_ends_where_it_should() {
        let text = doc("a */ process.exit() /* \n b", 2);
        assert_eq!(text.matches("*/").count(), 1);
        assert_eq!(text.lines().count(), 1);
        assert_eq!(doc(&"word ".repeat(60), 2).matches("*/").count(), 1);
    }

    proptest! {
        /// Its literals are JSON's as well.
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let literal = quoted(&text);
            prop_assert!(literal.is_ascii());
            prop_assert_eq!(serde_json::from_str::<String>(&literal).ok(), Some(text));
        }
    }
}
