//! What units do: the same for all, and options of some. These are JSON Lines, an id and what is another there:
//!
//! ```text
//! {"id": "eu/shop.json", "args": {"workLimit": 200000, "ideal": null}}
//! ```
//!
//! A flag that is named takes the place of that of all units, `null` takes it away, and a further one is added. Another command has
//! nothing of theirs. What comes of it stands in the manifest, so runners know of no options.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::domain::text::visible_start;
use crate::io::{Finding, Findings, did_you_mean};

use super::args::{UnitArgs, flag_of};
use super::codes::{self, error};
use super::words::{is_flag, name_of, without};

/// Keys of a line.
const KEYS: [&str; 2] = ["id", "args"];
/// Findings of one file that are said.
const MOST_FINDINGS: usize = 100;

/// What is wrong with a command line; nothing where a unit can be it.
pub type WhyNot<'a> = &'a dyn Fn(&UnitArgs) -> Option<String>;

/// What each unit does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    all: UnitArgs,
    file: String,
    /// By id: the line that says so.
    own: BTreeMap<String, (usize, UnitArgs)>,
}

impl From<UnitArgs> for Asked {
    fn from(all: UnitArgs) -> Self {
        Self {
            all,
            ..Self::default()
        }
    }
}

impl Asked {
    /// All do the same, but for what a file of options says.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn with_options(
        all: UnitArgs,
        text: &str,
        file: &str,
        why_not: WhyNot<'_>,
    ) -> Result<Self, Findings> {
        let mut asked = Self::from(all);
        file.clone_into(&mut asked.file);
        let mut findings = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let number = index + 1;
            let read = asked.line(line, number, why_not);
            let added = read.and_then(|(id, args)| asked.add(id, number, args));
            findings.extend(added.err().into_iter().flatten());
        }
        asked.refuse(findings).map(|()| asked)
    }

    /// What a unit does.
    #[must_use]
    pub fn of(&self, id: &str) -> &UnitArgs {
        self.own.get(id).map_or(&self.all, |(_, args)| args)
    }

    /// Refuses options of units that are not there.
    ///
    /// # Errors
    /// Every id that none of the units has.
    pub fn for_units<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Result<(), Findings> {
        let ids: BTreeSet<&str> = ids.collect();
        let strange = self.own.iter().filter(|(id, _)| !ids.contains(id.as_str()));
        let findings = strange
            .map(|(id, (line, _))| {
                let meant = did_you_mean(id, ids.iter().copied());
                let cause = format!("no unit is called `{}`; {meant}", visible_start(id, 100));
                wrong("id", *line, cause.trim_end_matches([' ', ';']))
            })
            .collect();
        self.refuse(findings)
    }

    fn refuse(&self, mut findings: Vec<Finding>) -> Result<(), Findings> {
        if findings.is_empty() {
            return Ok(());
        }
        findings.sort_by_key(|finding| finding.line);
        findings.truncate(MOST_FINDINGS);
        Err(Findings::new(&self.file, findings))
    }

    fn add(&mut self, id: String, number: usize, args: UnitArgs) -> Result<(), Vec<Finding>> {
        match self.own.get(&id) {
            Some((first, known)) if *known != args => {
                let cause = format!("line {first} has other options of the same unit");
                Err(vec![wrong("id", number, &cause)])
            }
            Some(_) => Ok(()),
            None => {
                self.own.insert(id, (number, args));
                Ok(())
            }
        }
    }

    fn line(
        &self,
        line: &str,
        number: usize,
        why_not: WhyNot<'_>,
    ) -> Result<(String, UnitArgs), Vec<Finding>> {
        let document: Map<String, Value> = serde_json::from_str(line).map_err(|why| {
            let why = why.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            let cause = format!("it is no JSON object: {why}");
            vec![wrong("(the whole line)", number, &cause)]
        })?;
        let mut findings: Vec<Finding> = (document.keys())
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(|key| {
                let key = visible_start(key, 100);
                let meant = did_you_mean(&key, KEYS.iter().copied());
                let cause = format!("`{key}` is no key of options; {meant}");
                wrong(&key, number, cause.trim_end_matches([' ', ';']))
            })
            .collect();
        let id = document.get("id").and_then(Value::as_str);
        if id.is_none() {
            findings.push(wrong("id", number, "it is missing, or no text"));
        }
        let args = match document.get("args") {
            Some(value) => self.own_args(value, number, why_not),
            None => Err(vec![wrong("args", number, "it is missing")]),
        };
        match (id, args) {
            (Some(id), Ok(args)) if findings.is_empty() => Ok((id.to_owned(), args)),
            (_, args) => {
                findings.extend(args.err().into_iter().flatten());
                Err(findings)
            }
        }
    }

    /// What a unit with options does.
    fn own_args(
        &self,
        value: &Value,
        number: usize,
        why_not: WhyNot<'_>,
    ) -> Result<UnitArgs, Vec<Finding>> {
        let own = UnitArgs::parse(Some(value), number)?;
        let args = if names_command(value) && own.command != self.all.command {
            own
        } else {
            self.over(value, &own)
        };
        let refused = args.refused(number);
        if !refused.is_empty() {
            return Err(refused);
        }
        match why_not(&args) {
            None => Ok(args),
            Some(cause) => {
                let remedy = format!("`bayplan {} --help` lists the flags", args.command.word());
                Err(vec![error(
                    codes::ARGS,
                    "args",
                    Some(number),
                    cause,
                    &remedy,
                )])
            }
        }
    }

    fn over(&self, value: &Value, own: &UnitArgs) -> UnitArgs {
        let none = value.as_object().into_iter().flatten();
        let taken_away: Vec<String> = none
            .filter(|(_, value)| value.is_null())
            .map(|(key, _)| flag_of(key))
            .collect();
        let is_named = |flag: &str| {
            let mut flags = own.words.iter().filter(|word| is_flag(word));
            taken_away.iter().any(|name| name == flag) || flags.any(|word| name_of(word) == flag)
        };
        let mut words = without(&self.all.words, is_named);
        words.extend(own.words.iter().cloned());
        UnitArgs {
            command: self.all.command,
            words,
        }
    }
}

fn names_command(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.get("command").is_some_and(Value::is_string),
        Value::Array(words) => (words.first().and_then(Value::as_str))
            .is_some_and(|word| super::UnitCommand::of_word(word).is_some()),
        _ => false,
    }
}

fn wrong(place: &str, line: usize, cause: &str) -> Finding {
    let remedy = "write {\"id\": \"eu/shop.json\", \"args\": {\"workLimit\": 200000}}, with the id that `bayplan fleet list` gives the unit";
    error(codes::OPTIONS, place, Some(line), cause, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> UnitArgs {
        UnitArgs::of_words(text.split(' ').map(str::to_owned).collect())
    }

    fn asked(text: &str) -> Result<Asked, Findings> {
        let why_not = |args: &UnitArgs| {
            let is_wrong = args.words.iter().any(|word| word.contains("wrong"));
            is_wrong.then(|| "unexpected argument".to_owned())
        };
        Asked::with_options(all("plan --ideal --work-limit 20"), text, "o", &why_not)
    }

    #[test]
    fn options_take_the_place_of_those_of_all_go_and_are_added() {
        let text = r#"{"id": "a", "args": {"workLimit": 90, "at": "max"}}
            {"id": "b", "args": {"ideal": null}}
            {"id": "c", "args": ["what-if", "--preset", "graviton"]}
            {"id": "d", "args": {"warmStart": {"version": 1}}}
            {"id": "b", "args": {"ideal": null}}"#;
        let asked = asked(text).expect("options");
        assert_eq!(asked.of("a"), &all("plan --ideal --at=max --work-limit=90"));
        assert_eq!(asked.of("b"), &all("plan --work-limit 20"));
        assert_eq!(asked.of("c"), &all("what-if --preset graviton"));
        let with = "plan --ideal --work-limit 20 --warm-start={\"version\":1}";
        assert_eq!(asked.of("d"), &all(with));
        assert_eq!(asked.of("e"), &all("plan --ideal --work-limit 20"));
        let again = UnitArgs::parse(Some(&asked.of("d").to_json()), 1);
        assert_eq!(again.as_ref(), Ok(asked.of("d")));
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_line() {
        let text = r#"{"id": "a", "args": {"timeLimit": 3}}
            {"id": "a", "arg": {}}
            {"args": {"wrong": true}}
            []
            {"id": "b", "args": {}}
            {"id": "b", "args": {"ideal": null}}
            {"id": "c", "args": {"set": {"a": 1}}}"#;
        let seen = |findings: Findings| -> Vec<(&'static str, usize, String)> {
            (findings.findings.into_iter())
                .map(|finding| (finding.code, finding.line.unwrap_or(0), finding.place))
                .collect()
        };
        let expected = [
            ("F1004", 1, "args"),
            ("F1007", 2, "arg"),
            ("F1007", 2, "args"),
            ("F1007", 3, "id"),
            ("F1003", 3, "args"),
            ("F1007", 4, "(the whole line)"),
            ("F1007", 6, "id"),
            ("F1003", 7, "args"),
        ];
        let expected: Vec<_> = (expected.into_iter())
            .map(|(code, line, place)| (code, line, place.to_owned()))
            .collect();
        assert_eq!(seen(asked(text).expect_err("findings")), expected);
        let asked = asked("{\"id\": \"shop.jsn\", \"args\": {}}").expect("options");
        assert!(asked.for_units(["shop.jsn"].into_iter()).is_ok());
        let findings = asked
            .for_units(["shop.json"].into_iter())
            .expect_err("findings");
        assert!(findings.to_string().contains("shop.json"), "{findings}");
    }
}
