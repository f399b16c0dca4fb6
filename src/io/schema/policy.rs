//! The policy, out of the table of its keys.

use serde_json::{Map, Value, json};

use super::parts::{decimal, quantity, whole, words};
use crate::domain::policy_keys::{
    Choice, Kind, POLICY_KEYS, PolicyKey, keys_of_services, policy_key,
};
use crate::io::purchases::PURCHASE_OPTIONS;
use crate::io::quantities::MAX_QUANTITY;

/// The object `policy`.
pub(super) fn schema() -> Value {
    let keys: Map<String, Value> = (POLICY_KEYS.iter())
        .map(|key| (key.name.to_owned(), described(key, of_kind(&key.value))))
        .collect();
    json!({
        "description": "What may be bought and what must have room; every key is optional.",
        "type": ["object", "null"],
        "properties": keys,
        "additionalProperties": false,
    })
}

/// The keys that a service carries itself.
pub(super) fn of_services() -> Map<String, Value> {
    (keys_of_services())
        .filter_map(|(name, own)| {
            let key = policy_key(name)?;
            Some((name.to_owned(), described(key, of_kind(&own.value))))
        })
        .collect()
}

fn described(key: &PolicyKey, mut schema: Value) -> Value {
    let mut text = format!("{}.", key.help);
    if !key.more.is_empty() {
        text = format!("{text} {}", key.more);
    }
    schema["description"] = json!(format!("{text} Default: {}.", key.default));
    schema
}

fn of_kind<T>(kind: &Kind<T>) -> Value {
    match kind {
        Kind::Bool { others: [], .. } => json!({"type": ["boolean", "null"]}),
        Kind::Bool { others, .. } => {
            let words = others.iter().map(|choice| json!(choice.word));
            let plain = [json!(true), json!(false), Value::Null];
            json!({"enum": plain.into_iter().chain(words).collect::<Vec<_>>()})
        }
        Kind::Whole { least, most, .. } => whole(*least, *most),
        Kind::Decimal { most, .. } => decimal(*most),
        Kind::UsdPerHour { .. } => decimal(1_000_000),
        Kind::Choice(choices) => words(&names(choices)),
        Kind::Globs { may_be_empty, .. } => json!({
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": "^[A-Za-z0-9.*?-]+$"},
            "minItems": u8::from(!may_be_empty),
        }),
        Kind::Taints { .. } => json!({
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": "^[A-Za-z0-9._/-]+(=[A-Za-z0-9._/-]*)?:(NoSchedule|NoExecute)$"},
        }),
        Kind::PurchaseOptions { .. } => {
            let options = PURCHASE_OPTIONS.map(|(word, _)| word);
            json!({"type": ["array", "null"], "items": {"enum": options}, "minItems": 1})
        }
        Kind::Cpu { .. } | Kind::Memory { .. } => quantity(),
        Kind::MemoryOverhead { .. } => json!({
            "type": ["object", "null"],
            "properties": {
                "percent": decimal(100),
                "fixedMib": decimal(MAX_QUANTITY),
                "perVcpuMib": decimal(MAX_QUANTITY),
            },
            "additionalProperties": false,
        }),
    }
}

fn names<T>(choices: &[Choice<T>]) -> Vec<&'static str> {
    choices.iter().map(|choice| choice.word).collect()
}
