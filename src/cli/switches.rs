//! `--eni-trunking true` beside `--eni-trunking` and `--eni-trunking=true`.
//!
//! A switch whose value is optional must take it with `=`, or it would swallow the file that follows.
//! People and scripts write a space all the same; where the word after a switch is `true` or `false`, it
//! can only be meant as its value; so is `one` after `--deployment-surge`.

use std::ffi::OsString;

/// Policy switches that take an optional boolean.
const SWITCHES: [&str; 5] = [
    "--current-generation-only",
    "--eni-trunking",
    "--survive-zone-loss",
    "--survive-instance-loss",
    "--deployment-surge",
];

/// The arguments with each switch and its boolean joined by `=`.
pub fn with_values(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_boolean = argument == "true" || argument == "false";
        match joined.last_mut() {
            Some(last)
                if (is_boolean && SWITCHES.iter().any(|switch| last == switch))
                    || (argument == "one" && last == "--deployment-surge") =>
            {
                last.push("=");
                last.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(arguments: &[&str]) -> Vec<OsString> {
        with_values(arguments.iter().map(OsString::from))
    }

    #[test]
    fn a_boolean_after_a_switch_is_its_value() {
        assert_eq!(
            joined(&["plan", "--eni-trunking", "false", "x.json"]),
            ["plan", "--eni-trunking=false", "x.json"]
        );
    }

    #[test]
    fn a_file_after_a_switch_stays_a_file() {
        let arguments = ["plan", "--eni-trunking", "x.json", "true"];
        assert_eq!(joined(&arguments), arguments);
    }
}
