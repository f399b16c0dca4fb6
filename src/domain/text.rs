//! Names from outside, made visible: what the eye cannot see must not move what it sees, and a terminal obeys escapes.
//!
//! Names of services, groups and types come from files that anybody may write. Wherever one reaches a terminal, a table, a
//! page or a comment, it goes through here.

use std::fmt::Write as _;

/// The text on one line, with control characters and marks of writing direction spelled out: `⟨U+202E⟩`.
#[must_use]
pub fn visible(text: &str) -> String {
    spelled_out(text.chars(), &is_unseen)
}

/// As [`visible`], line breaks left as they are.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    spelled_out(text.chars(), &|c| c != '\n' && is_unseen(c))
}

/// As [`visible`], in at most `most` characters of the text.
#[must_use]
pub fn visible_start(text: &str, most: usize) -> String {
    let mut shown = spelled_out(text.chars().take(most), &is_unseen);
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// Most names of a list that are written out.
const MOST_NAMES: usize = 5;

/// The first names of a list, and how many others there are.
#[must_use]
pub fn first_names(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    let first = first.join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn spelled_out(text: impl Iterator<Item = char>, is_hidden: &dyn Fn(char) -> bool) -> String {
    let mut shown = String::new();
    for character in text {
        if is_hidden(character) {
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a character has no picture of its own and may change that of others: controls, direction marks and
/// overrides, zero-width characters, interlinear and tag characters.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn controls_and_marks_of_direction_are_spelled_out() {
        assert_eq!(visible("a\u{202E}b\u{0}\n"), "a⟨U+202E⟩b⟨U+0000⟩⟨U+000A⟩");
        assert_eq!(visible("\u{2066}x\u{200D}y"), "⟨U+2066⟩x⟨U+200D⟩y");
        assert_eq!(visible("日本 é"), "日本 é");
    }

    #[test]
    fn lines_stay_lines_where_they_may() {
        assert_eq!(visible_lines("a\u{1b}[2J\nb"), "a⟨U+001B⟩[2J\nb");
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(visible_start(&"x".repeat(10_000), 5), "xxxxx…");
        assert_eq!(visible_start("xxxxx", 5), "xxxxx");
    }

    proptest! {
        #[test]
        fn nothing_unseen_is_left(text in "\\PC*|.*|[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{0}-\u{1f}a-z]*") {
            prop_assert!(!visible(&text).chars().any(is_unseen));
            prop_assert!(!visible_lines(&text).chars().any(|c| c != '\n' && is_unseen(c)));
            prop_assert_eq!(visible(&visible(&text)), visible(&text));
        }
    }
}
