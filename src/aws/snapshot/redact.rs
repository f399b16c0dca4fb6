//! Account numbers, and with `--redact-arns` whole ARNs, go.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::aws::accounts::{DIGITS, NO_ACCOUNT};

/// Puts zeros in place of every account number that an ARN of the document names, wherever it stands. The names that are
/// no ARNs and are changed by it, as they stand then.
pub(super) fn accounts(sections: &mut Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for value in sections.values() {
        each_text(value, &mut |text| {
            found.extend(account(text).map(str::to_owned));
        });
    }
    let names = RefCell::new(BTreeSet::new());
    for value in sections.values_mut() {
        change_texts(value, &|text| {
            let changed = without(text, &found)?;
            if !changed.starts_with("arn:") {
                names.borrow_mut().insert(changed.clone());
            }
            Some(changed)
        });
    }
    names.into_inner()
}

/// Cuts ARNs down to the names at their ends.
pub(super) fn arns(sections: &mut Map<String, Value>) {
    for value in sections.values_mut() {
        change_texts(value, &|text| name_at_end(text).map(str::to_owned));
    }
}

/// The name at the end of an ARN; none of another text.
fn name_at_end(text: &str) -> Option<&str> {
    let is_arn = text.starts_with("arn:");
    let name = text.rsplit(['/', ':']).next().filter(|_| is_arn)?;
    // Task definitions end in `family:revision`.
    Some(text.rsplit_once('/').map_or(name, |(_, end)| end))
}

/// The sentence with its ARNs cut down to the names at their ends.
pub(super) fn arns_in(sentence: &str) -> String {
    let mut cut = String::with_capacity(sentence.len());
    // A word of an ARN ends where none of its characters go on.
    let is_end = |c: char| c.is_whitespace() || "`'\"(),;<>".contains(c);
    for word in sentence.split_inclusive(is_end) {
        let (arn, end) = match word.char_indices().next_back() {
            Some((at, last)) if is_end(last) => word.split_at(at),
            _ => (word, ""),
        };
        cut.push_str(name_at_end(arn).unwrap_or(arn));
        cut.push_str(end);
    }
    cut
}

/// The account of an ARN: its fifth part.
fn account(text: &str) -> Option<&str> {
    let account = text.strip_prefix("arn:")?.split(':').nth(3)?;
    let is_number = account.len() == DIGITS && account.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(account)
}

/// The text with zeros in place of the accounts, where it has any; longer numbers are none.
fn without(text: &str, accounts: &BTreeSet<String>) -> Option<String> {
    let mut changed = None;
    for account in accounts {
        let own = changed.as_deref().unwrap_or(text).to_owned();
        let mut parts = own.match_indices(account.as_str()).filter(|(at, _)| {
            let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
            let before = at.checked_sub(1).and_then(|at| own.as_bytes().get(at));
            !digit(before) && !digit(own.as_bytes().get(at + DIGITS))
        });
        let mut text = String::new();
        let mut end = 0;
        for (at, _) in parts.by_ref() {
            text.push_str(&own[end..at]);
            text.push_str(NO_ACCOUNT);
            end = at + DIGITS;
        }
        if end > 0 {
            text.push_str(&own[end..]);
            changed = Some(text);
        }
    }
    changed
}

fn each_text(value: &Value, look: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, look)),
        Value::Object(object) => object.values().for_each(|value| each_text(value, look)),
        _ => {}
    }
}

fn change_texts(value: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change_texts(item, change)),
        Value::Object(object) => object
            .values_mut()
            .for_each(|value| change_texts(value, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn account_numbers_go_wherever_they_stand_and_references_still_meet() {
        let mut document = map(
            &json!({"a": ["arn:aws:ecs:us-east-1:123456789012:service/prod/api"],
            "b": {"c": "bucket-123456789012-logs", "d": "1234567890123", "e": "arn:aws:s3:::x"}}),
        );
        let names = accounts(&mut document);
        assert_eq!(Vec::from_iter(names), ["bucket-000000000000-logs"]);
        assert_eq!(
            Value::Object(document),
            json!({"a": ["arn:aws:ecs:us-east-1:000000000000:service/prod/api"],
                "b": {"c": "bucket-000000000000-logs", "d": "1234567890123", "e": "arn:aws:s3:::x"}})
        );
    }

    #[test]
    fn arns_in_sentences_are_cut_down_too() {
        let said = "AWS could not describe one of the tasks: arn:aws:ecs:us-east-1:1:task/prod/abc (ACCESS_DENIED), \
                    `arn:aws-cn:ecs:cn-north-1:1:task-definition/api:7`: no; arn, arndale";
        assert_eq!(
            arns_in(said),
            "AWS could not describe one of the tasks: abc (ACCESS_DENIED), `api:7`: no; arn, arndale"
        );
    }

    #[test]
    fn arns_are_cut_down_to_names() {
        let mut document = map(
            &json!({"a": "arn:aws:ecs:us-east-1:1:task-definition/api:7",
            "b": "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:uuid:autoScalingGroupName/web",
            "c": "arn:aws:ecs:us-east-1:1:container-instance/prod/abc", "d": "plain/text"}),
        );
        arns(&mut document);
        assert_eq!(
            Value::Object(document),
            json!({"a": "api:7", "b": "web", "c": "abc", "d": "plain/text"})
        );
    }
}
