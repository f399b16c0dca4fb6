//! Why a unit has no plan, as data: the findings that a command says as text, taken apart again.
//!
//! Every finding has one form, `FILE:LINE:COLUMN: error[CODE] PLACE` with lines of cause and remedy, whichever room found it. What is in no
//! such form is a message.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(?<file>.*?)(?::(?<line>\d+)(?::(?<column>\d+))?)?: )?error\[(?<code>[A-Z]\d{4})\] (?<place>.*)$",
    )
    .expect("a fixed expression")
});
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?<code>[A-Z]\d{4}) ").expect("a fixed expression"));

/// The findings of a failure's text; a single message where it has another form.
#[must_use]
pub fn errors_of(text: &str) -> Vec<Value> {
    let mut errors: Vec<Map<String, Value>> = Vec::new();
    let mut key = "place";
    for line in text.lines() {
        if let Some(head) = HEAD.captures(line) {
            let mut error = Map::new();
            error.insert("code".into(), head["code"].into());
            if let Some(file) = head.name("file") {
                error.insert("file".into(), file.as_str().into());
            }
            for name in ["line", "column"] {
                if let Some(number) = head
                    .name(name)
                    .and_then(|at| at.as_str().parse::<u64>().ok())
                {
                    error.insert(name.into(), number.into());
                }
            }
            error.insert("place".into(), head["place"].into());
            errors.push(error);
            key = "place";
            continue;
        }
        let Some(error) = errors.last_mut() else {
            return vec![message(text)];
        };
        let begun = ["cause", "remedy"].into_iter().find_map(|key| {
            let rest = line.strip_prefix("  ")?.strip_prefix(key)?;
            Some((key, rest.strip_prefix(": ")?))
        });
        if let Some((begun, rest)) = begun {
            key = begun;
            error.insert(key.into(), rest.into());
        } else if let Some(Value::String(text)) = error.get_mut(key) {
            // A cause of several lines.
            text.push('\n');
            text.push_str(line);
        }
    }
    if errors.is_empty() {
        return vec![message(text)];
    }
    errors.into_iter().map(Value::Object).collect()
}

fn message(text: &str) -> Value {
    let text = text.trim_end();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    match CODE.captures(text) {
        Some(found) => json!({"code": &found["code"], "message": text}),
        None => json!({"message": text}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Finding, Findings, Severity};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn findings_come_back_as_they_were(
            file in "[a-z/. ]{1,12}[a-z]",
            all in prop::collection::vec(
                ("[a-z\\[\\]0-9. -]{0,12}[a-z]", prop::option::of(1_usize..99), "[ -~]{1,30}", "[ -~]{1,30}"), 1..4,
            ),
        ) {
            let findings: Vec<Finding> = all.iter().map(|(place, line, cause, remedy)| Finding {
                code: "E1104",
                severity: Severity::Error,
                place: place.clone(),
                line: *line,
                column: *line,
                cause: cause.clone(),
                remedy: remedy.clone(),
            }).collect();
            let findings = Findings::new(&file, findings);
            let errors = errors_of(&findings.to_string());
            prop_assert_eq!(errors.len(), findings.findings.len());
            for (error, finding) in errors.iter().zip(&findings.findings) {
                prop_assert_eq!(&error["place"], &json!(finding.place));
                prop_assert_eq!(&error["cause"], &json!(finding.cause));
                prop_assert_eq!(&error["remedy"], &json!(finding.remedy));
                prop_assert_eq!(error["line"].as_u64(), finding.line.map(|line| line as u64));
            }
        }
    }

    #[test]
    fn a_file_whose_name_has_a_line_feed_keeps_code_and_place() {
        let finding = Finding {
            code: "E1104",
            severity: Severity::Error,
            place: "services".to_owned(),
            line: Some(4),
            column: Some(7),
            cause: "c".to_owned(),
            remedy: "r".to_owned(),
        };
        let findings = Findings::new("in/a\nb.yaml", vec![finding]);
        let errors = errors_of(&findings.to_string());
        assert_eq!(errors.len(), 1, "{errors:?}");
        let seen = [&errors[0]["code"], &errors[0]["place"], &errors[0]["line"]];
        assert_eq!(seen, [&json!("E1104"), &json!("services"), &json!(4)]);
    }

    #[test]
    fn other_texts_are_messages() {
        assert_eq!(
            errors_of("cannot read a.json: no such file\n"),
            [json!({"message": "cannot read a.json: no such file"})]
        );
        assert_eq!(
            errors_of("C1001 x.csv: not there; name another"),
            [json!({"code": "C1001", "message": "C1001 x.csv: not there; name another"})]
        );
    }
}
