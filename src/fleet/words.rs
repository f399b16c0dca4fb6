//! A unit's flags as words of a command line: which of them are flags, and which are values of the flag before.
//!
//! A unit has no arguments besides its cluster file, so every word that is no flag is a value.

/// Whether a word is a flag; a number below 0 is a value.
pub(super) fn is_flag(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next() == Some('-') && letters.next().is_some_and(|next| !next.is_ascii_digit())
}

/// The flag of a word that may hold its value too.
pub(super) fn name_of(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}

/// The values of a flag, wherever it stands.
pub(super) fn values<'w>(words: &'w [String], flag: &str) -> Vec<&'w str> {
    let mut values = Vec::new();
    let mut is_of_flag = false;
    for word in words {
        if is_flag(word) {
            is_of_flag = name_of(word) == flag;
            let joined = word.split_once('=').filter(|_| is_of_flag);
            values.extend(joined.map(|(_, value)| value));
        } else if is_of_flag {
            values.push(word);
        }
    }
    values
}

/// The words without some flags and their values.
pub(super) fn without(words: &[String], is_left_out: impl Fn(&str) -> bool) -> Vec<String> {
    let mut left = Vec::new();
    let mut stays = true;
    for word in words {
        if is_flag(word) {
            stays = !is_left_out(name_of(word));
        }
        if stays {
            left.push(word.clone());
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn values_stand_behind_their_flag_or_in_its_word() {
        let words = words("--metrics a.csv b.csv --ideal --set=a=1 --min-saving -0.1 --set b=2");
        assert_eq!(values(&words, "--metrics"), ["a.csv", "b.csv"]);
        assert_eq!(values(&words, "--set"), ["a=1", "b=2"]);
        assert_eq!(values(&words, "--min-saving"), ["-0.1"]);
        assert!(values(&words, "--ideal").is_empty());
        let left = without(&words, |flag| flag == "--metrics" || flag == "--set");
        assert_eq!(left.join(" "), "--ideal --min-saving -0.1");
    }
}
