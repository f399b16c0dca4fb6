//! Names in Markdown.

use std::fmt::Write as _;

use crate::domain::text::is_unseen;

/// Text that stays text: names come from files, and a comment must not gain cells, markup, links or mentions. GitHub looks
/// for mentions, references to issues and addresses in the rendered text too, where a character reference is a
/// character again; a space of no width breaks them.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;&#8203;"),
            '#' => escaped.push_str("&#35;&#8203;"),
            c if c.is_control() => escaped.push(' '),
            c if is_unseen(c) => {
                let _ = write!(escaped, "⟨U+{:04X}⟩", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
        .replace("://", ":&#8203;//")
        .replace("www.", "www&#8203;.")
}
