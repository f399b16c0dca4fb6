//! Faults: a few at a time, in the document where the text is one, else in the text.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

type Random = Xoshiro256PlusPlus;

/// Pieces that mean something to one of the readers.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0000",
    "\\ud800",
    "\n",
    "\t",
    ";",
    "&x ",
    "*x",
    "<<: ",
    "!!str ",
    "---\n",
    "-",
    "1e999",
    "0x1F",
    "\u{feff}",
    "\u{202e}",
    "=cmd|' /C calc'!A0",
    "💥",
];

/// A text with faults.
pub fn odd(text: &str, random: &mut Random) -> Vec<u8> {
    let faults = random.random_range(1..=3);
    if random.random_bool(0.75)
        && let Ok(mut document) = serde_json::from_str::<Value>(text)
    {
        for _ in 0..faults {
            in_document(&mut document, random);
        }
        return document.to_string().into_bytes();
    }
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..faults {
        in_text(&mut bytes, random);
    }
    bytes
}

/// Values that are right somewhere, and odd here.
fn value(random: &mut Random) -> Value {
    let values = [
        Value::Null,
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(1e308),
        json!(1_000_000),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("*"),
        json!("1e9999"),
        json!("NaN"),
        json!("99999999999999999999 vCPU"),
        json!("<script>alert(1)</script>"),
        json!("${jndi:ldap://x}"),
        json!("../../etc/passwd"),
        json!("a\u{0}b\u{1b}[2J\u{202e}c"),
        json!("arn:aws:ecs:us-east-1:123456789012:service/shop/web"),
        json!("y".repeat(5_000)),
        json!([]),
        json!({}),
        json!([[[[{}]]]]),
        json!(["m7i.large", "m7i.large"]),
    ];
    values.choose(random).expect("some").clone()
}

fn in_document(document: &mut Value, random: &mut Random) {
    let pointers = pointers(document);
    let pointer = pointers.choose(random).expect("the root at least").clone();
    let other = pointers.choose(random).expect("the root at least");
    let other = document.pointer(other).expect("it was there").clone();
    let node = document.pointer_mut(&pointer).expect("it was there");
    match (random.random_range(0..7), &mut *node) {
        (0, Value::Object(object)) if !object.is_empty() => {
            let at = random.random_range(0..object.len());
            let key = object.keys().nth(at).expect("within").clone();
            object.shift_remove(&key);
        }
        (1, Value::Object(object)) if !object.is_empty() => {
            let at = random.random_range(0..object.len());
            let key = object.keys().nth(at).expect("within").clone();
            let value = object.shift_remove(&key).expect("it was there");
            object.insert(renamed(&key, random), value);
        }
        (0 | 1, Value::Array(list)) if !list.is_empty() => {
            let at = random.random_range(0..list.len());
            list.remove(at);
        }
        (2, Value::Array(list)) if !list.is_empty() => {
            let at = random.random_range(0..list.len());
            let twice = list[at].clone();
            list.insert(at, twice);
        }
        (3, node) => *node = json!([node.clone()]),
        // No larger than it is: documents within documents would grow without end.
        (4, node) if other.to_string().len() < 2_000 => *node = other,
        (_, node) => *node = value(random),
    }
}

/// Every place of a document, as JSON pointers.
fn pointers(document: &Value) -> Vec<String> {
    fn walk(node: &Value, here: &str, found: &mut Vec<String>) {
        found.push(here.to_owned());
        match node {
            Value::Object(object) => {
                for (key, value) in object {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    walk(value, &format!("{here}/{key}"), found);
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    walk(value, &format!("{here}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

fn renamed(key: &str, random: &mut Random) -> String {
    match random.random_range(0..4) {
        0 => key.to_uppercase(),
        1 => key.to_lowercase(),
        2 => format!("{key}s"),
        _ => value(random).as_str().unwrap_or("unknown").to_owned(),
    }
}

fn in_text(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.random_range(0..=bytes.len());
    match random.random_range(0..7) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => {
            bytes.remove(at);
        }
        2 if at < bytes.len() => bytes[at] = random.random(),
        3 => {
            let until = (at + random.random_range(1..200)).min(bytes.len());
            let again = bytes[at..until].to_vec();
            bytes.splice(at..at, again);
        }
        4 => {
            let wide: Vec<u8> = (String::from_utf8_lossy(bytes).encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
            *bytes = [vec![0xff, 0xfe], wide].concat();
        }
        _ => {
            let piece = PIECES.choose(random).expect("some").as_bytes();
            bytes.splice(at..at, piece.iter().copied());
        }
    }
}
