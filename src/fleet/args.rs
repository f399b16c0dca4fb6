//! What a unit does with its cluster file: a command and its flags.
//!
//! In a manifest `args` is an object with the command (`plan` where none is named), and the flags either as words (`"flags": ["--ideal"]`)
//! or by name (`"ideal": true`, `"workLimit": 20000`, `"region": "eu-west-1"`); or a list of words. All three come to the same words. A file
//! may stand there itself ([`super::documents`]).

use serde_json::{Map, Value, json};

use crate::io::Finding;

use super::codes::{self, error};
use super::documents::{document_of, may_be_document};
use super::words::values;

/// A command that a unit can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UnitCommand {
    /// `plan`.
    #[default]
    Plan,
    /// `what-if`.
    WhatIf,
    /// `rightsize`.
    Rightsize,
}

impl UnitCommand {
    /// The word of the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::WhatIf => "what-if",
            Self::Rightsize => "rightsize",
        }
    }

    /// The command of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Plan, Self::WhatIf, Self::Rightsize]
            .into_iter()
            .find(|command| command.word() == word)
    }
}

/// A command and its flags.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UnitArgs {
    /// The command.
    pub command: UnitCommand,
    /// Its flags, as the command line has them.
    pub words: Vec<String>,
}

impl UnitArgs {
    /// The command and flags of words, the command first where it is named.
    #[must_use]
    pub fn of_words(mut words: Vec<String>) -> Self {
        let command = words.first().and_then(|word| UnitCommand::of_word(word));
        if command.is_some() {
            words.remove(0);
        }
        Self {
            command: command.unwrap_or_default(),
            words,
        }
    }

    /// The value of a manifest's `args`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        if self.words.is_empty() {
            json!({"command": self.command.word()})
        } else {
            json!({"command": self.command.word(), "flags": self.words})
        }
    }

    /// Reads `args` of a unit.
    pub(super) fn read(value: Option<&Value>, line: usize) -> Result<Self, Vec<Finding>> {
        let args = Self::parse(value, line)?;
        let refused = args.refused(line);
        if refused.is_empty() {
            Ok(args)
        } else {
            Err(refused)
        }
    }

    /// The command and flags of `args`, whatever they are; nothing there is `plan`.
    pub(super) fn parse(value: Option<&Value>, line: usize) -> Result<Self, Vec<Finding>> {
        let read = match value {
            None | Some(Value::Null) => Ok(Self::default()),
            Some(Value::Array(list)) => words_of(list).map(Self::of_words),
            Some(Value::Object(object)) => of_object(object),
            Some(_) => Err("it is neither an object nor a list of words".to_owned()),
        };
        read.map_err(|cause| {
            let remedy = "write {\"command\": \"plan\", \"flags\": [\"--ideal\"]}";
            vec![error(codes::ARGS, "args", Some(line), cause, remedy)]
        })
    }

    /// Documents that stand in the flags in place of the names of files.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| document_of(word))
    }

    /// The values of a flag.
    #[must_use]
    pub fn values(&self, flag: &str) -> Vec<&str> {
        values(&self.words, flag)
    }

    /// Told how a live cluster was read where the unit reads from AWS too, which is CloudWatch for right-sizing; what its flags say stays.
    #[must_use]
    pub fn connected(mut self, region: &str, role_arn: Option<&str>) -> Self {
        if !self.asks_cloudwatch() {
            return self;
        }
        for (flag, value) in [("--region", Some(region)), ("--role-arn", role_arn)] {
            if let Some(value) = value.filter(|_| self.values(flag).is_empty()) {
                self.words.push(format!("{flag}={value}"));
            }
        }
        self
    }

    pub(super) fn asks_cloudwatch(&self) -> bool {
        self.command == UnitCommand::Rightsize && self.values("--metrics").contains(&"cloudwatch")
    }
}

fn words_of(list: &[Value]) -> Result<Vec<String>, String> {
    list.iter()
        .map(|word| match word {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err("a word of the list is neither text nor a number".to_owned()),
        })
        .collect()
}

fn of_object(object: &Map<String, Value>) -> Result<UnitArgs, String> {
    let command = match object.get("command") {
        None | Some(Value::Null) => UnitCommand::default(),
        Some(Value::String(word)) => UnitCommand::of_word(word)
            .ok_or_else(|| "`command` is none of plan, what-if and rightsize".to_owned())?,
        Some(_) => return Err("`command` is no text".to_owned()),
    };
    let mut words = match object.get("flags") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => words_of(list)?,
        Some(_) => return Err("`flags` is no list of words".to_owned()),
    };
    let mut named: Vec<(String, &Value)> = (object.iter())
        .filter(|(key, _)| !matches!(key.as_str(), "command" | "flags"))
        .map(|(key, value)| (flag_of(key), value))
        .collect();
    // The order of an object's keys says nothing.
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (flag, value) in named {
        push(&mut words, &flag, value)?;
    }
    Ok(UnitArgs { command, words })
}

/// `workLimit`, `work-limit` and `--work-limit` are one flag.
pub(super) fn flag_of(key: &str) -> String {
    let mut flag = "--".to_owned();
    for letter in key.trim_start_matches('-').chars() {
        if letter.is_ascii_uppercase() {
            flag.push('-');
            flag.push(letter.to_ascii_lowercase());
        } else if letter == '_' {
            flag.push('-');
        } else {
            flag.push(letter);
        }
    }
    flag
}

fn push(words: &mut Vec<String>, flag: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Null => {}
        Value::Bool(true) => words.push(flag.to_owned()),
        Value::Bool(false) => words.push(format!("{flag}=false")),
        Value::Number(number) => words.push(format!("{flag}={number}")),
        Value::String(text) => words.push(format!("{flag}={text}")),
        Value::Array(list) => {
            for value in list {
                if value.is_object() {
                    push(words, flag, value)?;
                } else {
                    let word = words_of(std::slice::from_ref(value))?;
                    words.push(format!("{flag}={}", word.concat()));
                }
            }
        }
        Value::Object(_) if may_be_document(flag) => words.push(format!("{flag}={value}")),
        Value::Object(_) => return Err(format!("the value of `{flag}` is an object")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> Result<UnitArgs, Vec<Finding>> {
        UnitArgs::read(Some(value), 1)
    }

    #[test]
    fn all_forms_come_to_the_same_words() {
        let words = vec!["--ideal".to_owned(), "--work-limit=20".to_owned()];
        for value in [
            json!({"command": "plan", "flags": ["--ideal", "--work-limit=20"]}),
            json!({"workLimit": 20, "ideal": true}),
            json!({"--work-limit": 20, "ideal": true, "command": null}),
            json!(["plan", "--ideal", "--work-limit=20"]),
            json!(["--ideal", "--work-limit=20"]),
        ] {
            let args = read(&value).expect("arguments");
            assert_eq!(args.command, UnitCommand::Plan);
            assert_eq!(args.words, words);
            assert_eq!(read(&args.to_json()), Ok(args));
        }
    }

    #[test]
    fn what_is_no_argument_says_so() {
        for value in [
            json!("--ideal"),
            json!({"command": "apply"}),
            json!({"flags": "--ideal"}),
            json!({"set": {"a": 1}}),
            json!([true]),
        ] {
            let findings = read(&value).expect_err("refused");
            assert_eq!(findings[0].code, codes::ARGS);
        }
    }
}
