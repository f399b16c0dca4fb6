//! Names from outside, made visible: what the eye cannot see must not move what it sees.

use std::fmt::Write as _;

/// Characters of a name that a picture or a table for people shows.
pub const SHOWN: usize = 80;

/// The name with control characters and marks of writing direction spelled out, in at most `most` characters.
#[must_use]
pub fn visible(name: &str, most: usize) -> String {
    let mut shown = String::new();
    for (position, character) in name.chars().enumerate() {
        if position == most {
            shown.push('…');
            break;
        }
        if is_unseen(character) {
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a character has no picture of its own and may change that of others: controls, direction marks and
/// overrides, zero-width characters, interlinear and tag characters.
pub(in crate::report) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_direction_are_spelled_out() {
        assert_eq!(visible("a\u{202E}b\u{0}", 80), "a⟨U+202E⟩b⟨U+0000⟩");
        assert_eq!(visible("日本 é", 80), "日本 é");
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(visible(&"x".repeat(10_000), 5), "xxxxx…");
        assert_eq!(visible("xxxxx", 5), "xxxxx");
    }
}
