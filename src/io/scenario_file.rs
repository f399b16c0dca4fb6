//! Scenarios: named lists of changes, ranges of values, and all combinations of alternatives.
//!
//! ```yaml
//! version: 1
//! scenarios:
//!   - name: growth
//!     set: {api.desiredCount: 10..200 step 10}       # a scenario for each value
//!   - name: purchase
//!     each: {policy.spotMaxShare: [0.3, 0.5, 0.7]}   # the same with a list
//!     cross:                                         # and each of these beside each of those
//!       - - {name: x86, set: {"services.*.architectures": [X86_64]}}
//!         - {name: arm, set: {"services.*.architectures": [ARM64]}}
//! ```

use std::collections::BTreeSet;

use super::changes::{Change, Sweep, malformed};
use super::cluster_file::Format;
use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;
use super::findings::{Finding, Findings};
use super::{json, yaml};

/// Most scenarios of one file or one set of flags.
pub const MOST_SCENARIOS: usize = 10_000;
const TOO_MANY: &str = "the scenario has more than 10,000 combinations";
/// A choice among nothing would leave no scenario, silently.
const NOTHING: &str = "there is nothing to choose from";

/// A name and what is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// What it goes by in the table.
    pub name: String,
    /// Changes, in order.
    pub changes: Vec<Change>,
}

impl Scenario {
    /// The changes in one line.
    #[must_use]
    pub fn label(&self) -> String {
        let labels: Vec<String> = self.changes.iter().map(Change::label).collect();
        labels.join(", ")
    }
}

/// One of several things a scenario may do.
#[derive(Debug, Clone)]
struct Alternative {
    label: String,
    changes: Vec<Change>,
}

/// Independent choices; a scenario takes one alternative of each.
#[derive(Debug, Default)]
struct Draft {
    fixed: Vec<Change>,
    axes: Vec<Vec<Alternative>>,
}

impl Draft {
    /// Takes in a path with its value; a range becomes a choice.
    fn set(
        &mut self,
        path: &str,
        value: &str,
        change: Result<Change, Box<Finding>>,
    ) -> Result<(), Box<Finding>> {
        match Sweep::parse(path, value) {
            Some(sweep) => {
                let values = sweep?.0;
                let axis: Result<Vec<Alternative>, Box<Finding>> = (values.iter())
                    .map(|value| Ok(alternative(Change::try_new(path, value)?)))
                    .collect();
                self.axes.push(axis?);
            }
            None => self.fixed.push(change?),
        }
        Ok(())
    }

    fn count(&self) -> usize {
        (self.axes.iter()).fold(1, |count, axis| count.saturating_mul(axis.len()))
    }

    /// Every combination, the last choice changing fastest.
    fn scenarios(self, name: Option<&str>) -> Vec<Scenario> {
        let mut drafts: Vec<(Vec<String>, Vec<Change>)> = vec![(Vec::new(), self.fixed)];
        for axis in &self.axes {
            drafts = (drafts.iter())
                .flat_map(|(labels, changes)| {
                    axis.iter().map(move |chosen| {
                        let labels = [&labels[..], std::slice::from_ref(&chosen.label)].concat();
                        (labels, [&changes[..], &chosen.changes].concat())
                    })
                })
                .collect();
        }
        (drafts.into_iter())
            .map(|(labels, changes)| {
                let labels = labels.join(", ");
                let all: Vec<String> = changes.iter().map(Change::label).collect();
                let name = match name {
                    Some(name) if labels.is_empty() => name.to_owned(),
                    Some(name) => format!("{name}: {labels}"),
                    None => all.join(", "),
                };
                Scenario { name, changes }
            })
            .collect()
    }
}

fn alternative(change: Change) -> Alternative {
    Alternative {
        label: change.label(),
        changes: vec![change],
    }
}

/// The two sides of the first `=` that is not part of a name in quotes.
fn path_and_value(text: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let at = text.find(|letter| {
        is_quoted ^= letter == '"';
        letter == '=' && !is_quoted
    })?;
    Some((&text[..at], &text[at + 1..]))
}

/// Scenarios out of texts `PATH=VALUE` that go together, and further changes; ranges make several.
///
/// # Errors
/// Every text that is not a change.
pub fn expand(texts: &[String], further: &[Change]) -> Result<Vec<Scenario>, Findings> {
    let mut draft = Draft {
        fixed: further.to_vec(),
        axes: Vec::new(),
    };
    let mut findings = Vec::new();
    for text in texts {
        let done = match path_and_value(text) {
            Some((path, value)) => draft.set(path, value, Change::try_new(path, value)),
            None => Err(Box::new(malformed(text, "there is no `=` in it"))),
        };
        findings.extend(done.err().map(|finding| *finding));
    }
    if findings.is_empty() && draft.count() > MOST_SCENARIOS {
        let cause = format!(
            "the ranges make {} scenarios, more than {MOST_SCENARIOS}",
            draft.count()
        );
        findings.push(malformed(&texts.join(" "), cause));
    }
    if findings.is_empty() {
        Ok(draft.scenarios(None))
    } else {
        Err(Findings::new("(flags)", findings))
    }
}

/// Reads a scenario file (JSON or YAML).
///
/// # Errors
/// Everything that is wrong with it, together.
pub fn read_scenarios(text: &str, file_name: &str) -> Result<Vec<Scenario>, Findings> {
    let mut log = Log::default();
    let parsed = match Format::of(text, file_name) {
        Format::Json => json::parse(text),
        Format::Yaml | Format::Csv => yaml::parse(text),
    };
    let mut scenarios = Vec::new();
    match parsed {
        Ok(node) => {
            node.report_duplicate_keys("", &mut log);
            let root = Cursor::new(&node, "");
            if !root.is_object() {
                wrong(&root, &mut log, "a scenario file is an object");
            }
            root.report_unknown_keys(&mut log, &[&["version", "scenarios"]], "a scenario file");
            version(&root, &mut log);
            let items = root
                .require(&mut log, "scenarios", "list the scenarios")
                .map(|list| list.items(&mut log))
                .unwrap_or_default();
            let mut known = BTreeSet::new();
            for item in &items {
                let before = log.findings.len();
                let made = scenario(item, &mut log);
                let is_read = log.findings.len() == before;
                let twice = (made.iter()).find(|made| !known.insert(made.name.clone()));
                if let Some(twice) = twice.filter(|_| is_read) {
                    let cause = format!("two scenarios are called `{}`", twice.name);
                    wrong(item, &mut log, &cause);
                }
                scenarios.extend(made);
                if scenarios.len() > MOST_SCENARIOS {
                    wrong(&root, &mut log, "there are more than 10,000 scenarios");
                    break;
                }
            }
        }
        Err(error) => log.push(error.finding()),
    }
    if log.has_errors() {
        Err(Findings::new(file_name, log.findings))
    } else {
        Ok(scenarios)
    }
}

/// `version` may be left out; any other than 1 is from a time after this.
fn version(root: &Cursor<'_>, log: &mut Log) {
    if let Some(field) = root.get("version")
        && !matches!(&field.node.value, Value::Number(text) if text == "1")
    {
        wrong(&field, log, "this version is not known; 1 is");
    }
}

fn wrong(at: &Cursor<'_>, log: &mut Log, cause: &str) {
    at.error(
        log,
        codes::SCENARIO_FILE,
        cause,
        "docs/what-if.md describes scenario files",
    );
}

fn scenario(item: &Cursor<'_>, log: &mut Log) -> Vec<Scenario> {
    if item.entries(log).is_none() {
        return Vec::new();
    }
    item.report_unknown_keys(log, &[&["name", "set", "each", "cross"]], "a scenario");
    let name = item.get("name").and_then(|name| name.name(log));
    let mut draft = Draft::default();
    if let Some(changes) = item.get("set") {
        set(&changes, &mut draft, log);
    }
    if let Some(lists) = item.get("each") {
        each(&lists, &mut draft, log);
    }
    for axis in item.list(log, "cross") {
        let before = log.findings.len();
        let mut alternatives = Vec::new();
        for item in axis.items(log) {
            alternatives.extend(crossed(&item, log));
            if alternatives.len() > MOST_SCENARIOS {
                wrong(&item, log, TOO_MANY);
                break;
            }
        }
        if alternatives.is_empty() && log.findings.len() == before {
            wrong(&axis, log, NOTHING);
        }
        draft.axes.push(alternatives);
    }
    if draft.fixed.is_empty() && draft.axes.is_empty() {
        wrong(item, log, "the scenario changes nothing");
    }
    if draft.count() > MOST_SCENARIOS {
        wrong(item, log, TOO_MANY);
        return Vec::new();
    }
    draft.scenarios(name)
}

/// Changes as `{PATH: VALUE}` or as a list of `PATH=VALUE`.
fn set(changes: &Cursor<'_>, draft: &mut Draft, log: &mut Log) {
    if let Value::Object(entries) = &changes.node.value {
        for entry in entries {
            let value = match &entry.node.value {
                Value::Text(text) => text.as_str(),
                _ => "",
            };
            let change = Change::of_node(&entry.key, &entry.node);
            let at = Cursor::new(
                &entry.node,
                super::document::joined(&changes.path, &entry.key),
            );
            report(&at, draft.set(&entry.key, value, change), log);
        }
        return;
    }
    for item in changes.items(log) {
        let Some(text) = item.text(log) else {
            continue;
        };
        let done = match path_and_value(text) {
            Some((path, value)) => draft.set(path, value, Change::try_new(path, value)),
            None => Err(Box::new(malformed(text, "there is no `=` in it"))),
        };
        report(&item, done, log);
    }
}

/// One choice for each path, out of a list of values.
fn each(lists: &Cursor<'_>, draft: &mut Draft, log: &mut Log) {
    for entry in lists.entries(log).unwrap_or_default() {
        let at = Cursor::new(
            &entry.node,
            super::document::joined(&lists.path, &entry.key),
        );
        let mut axis = Vec::new();
        if matches!(&at.node.value, Value::List(items) if items.is_empty()) {
            wrong(&at, log, NOTHING);
        }
        for item in at.items(log) {
            match Change::of_node(&entry.key, item.node) {
                Ok(change) => axis.push(alternative(change)),
                Err(finding) => report(&item, Err(finding), log),
            }
        }
        draft.axes.push(axis);
    }
}

/// An alternative of a `cross`; ranges in it make several.
fn crossed(item: &Cursor<'_>, log: &mut Log) -> Vec<Alternative> {
    if item.entries(log).is_none() {
        return Vec::new();
    }
    item.report_unknown_keys(log, &[&["name", "set"]], "an alternative");
    let name = item.get("name").and_then(|name| name.name(log));
    let mut draft = Draft::default();
    if let Some(changes) = item.get("set") {
        set(&changes, &mut draft, log);
    }
    if draft.count() > MOST_SCENARIOS {
        wrong(item, log, TOO_MANY);
        return Vec::new();
    }
    (draft.scenarios(name).into_iter())
        .map(|scenario| Alternative {
            label: scenario.name,
            changes: scenario.changes,
        })
        .collect()
}

/// A finding of a change at its place in the file.
fn report(at: &Cursor<'_>, done: Result<(), Box<Finding>>, log: &mut Log) {
    if let Err(finding) = done {
        at.error(log, finding.code, finding.cause, finding.remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let scenarios = read_scenarios(text, "s.yaml").expect("scenarios");
        scenarios
            .into_iter()
            .map(|scenario| scenario.name)
            .collect()
    }

    #[test]
    fn ranges_and_crosses_make_every_combination() {
        let text = "version: 1\nscenarios:\n  - name: growth\n    set: {api.desiredCount: 10..20 step 5}\n    \
                    cross:\n      - - {name: x, set: {region: us-east-1}}\n        - {name: y, set: {region: us-west-2}}\n";
        assert_eq!(
            names(text),
            [
                "growth: api.desiredCount=10, x",
                "growth: api.desiredCount=10, y",
                "growth: api.desiredCount=15, x",
                "growth: api.desiredCount=15, y",
                "growth: api.desiredCount=20, x",
                "growth: api.desiredCount=20, y",
            ]
        );
    }

    #[test]
    fn a_name_in_quotes_may_hold_the_sign_that_ends_a_path() {
        let texts = ["\"a=b\".cpu=256".to_owned()];
        let scenarios = expand(&texts, &[]).expect("a change");
        assert_eq!(scenarios[0].name, "\"a=b\".cpu=256");
        assert!(expand(&["\"a=b".to_owned()], &[]).is_err());
    }

    #[test]
    fn a_list_of_changes_and_lists_of_values_are_read_too() {
        let text = r#"{"scenarios": [{"set": ["a.cpu=256", "policy.fargate=only"], "each": {"b.cpu": [1, 2]}}]}"#;
        assert_eq!(
            names(text),
            [
                "a.cpu=256, policy.fargate=only, b.cpu=1",
                "a.cpu=256, policy.fargate=only, b.cpu=2"
            ]
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_place() {
        let text = "scenarios:\n  - nmae: x\n    set: {a..b: 1}\n  - name: y\n    set: {a.desiredCount: 5..1}\n  - {}\n";
        let findings = read_scenarios(text, "s.yaml")
            .expect_err("wrong")
            .to_string();
        insta::assert_snapshot!(findings);
    }

    #[test]
    fn what_would_be_silently_nothing_or_not_told_apart_is_an_error() {
        let wrong = |text: &str| {
            let findings = read_scenarios(text, "s.yaml").expect_err(text);
            findings.findings[0].cause.clone()
        };
        assert_eq!(wrong("scenarios: [{each: {a.cpu: []}}]"), NOTHING);
        assert_eq!(wrong("scenarios: [{cross: [[]]}]"), NOTHING);
        assert_eq!(
            wrong("scenarios: [{name: x, set: {a.cpu: 1}}, {name: x, set: {a.cpu: 2}}]"),
            "two scenarios are called `x`"
        );
        let version = wrong("{version: 2, scenarios: [{set: {a.cpu: 1}}]}");
        assert!(version.contains("version"), "{version}");
    }

    #[test]
    fn combinations_inside_a_cross_are_counted_before_they_are_made() {
        let text = "scenarios: [{cross: [[{set: {a.cpu: 1..9000, b.cpu: 1..9000}}]]}]";
        let findings = read_scenarios(text, "s.yaml").expect_err("too many");
        assert_eq!(findings.findings[0].cause, TOO_MANY);
    }

    #[test]
    fn too_many_scenarios_are_refused_before_they_are_made() {
        let texts = ["a.cpu=1..10000".to_owned(), "b.cpu=1..10000".to_owned()];
        assert!(expand(&texts, &[]).is_err());
        assert!(expand(&["a.cpu=1..1000000".to_owned()], &[]).is_err());
    }
}
