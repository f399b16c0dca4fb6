//! A call of a tool: its arguments, read against the tool's, as the words of a command.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::tools::{Argument, Kind, TIME_LIMIT, Tool};
use crate::domain::text::visible_start;

/// How much a call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Seconds of a search.
    pub seconds: u64,
    /// Bytes of the arguments.
    pub most_bytes: u64,
}

/// A call: the words of its command, and the folder of its documents, which lives as long.
pub(super) struct Call {
    words: Vec<String>,
    folder: TempDir,
}

impl Call {
    /// The command's words.
    pub(super) fn words(&self) -> Vec<String> {
        self.words.clone()
    }

    /// Where its documents are.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Reads the arguments of a tool; its documents go to a folder of their own in the server's.
    pub(super) fn of(
        tool: &Tool,
        given: &Map<String, Value>,
        bounds: Bounds,
        within: &Path,
    ) -> Result<Self, String> {
        bounds.hold(given)?;
        no_strangers(tool, given)?;
        let folder = tempfile::tempdir_in(within)
            .map_err(|error| format!("no folder for the call: {error}"))?;
        let mut words: Vec<String> = tool.words.iter().map(|&word| word.to_owned()).collect();
        let mut operands = Vec::new();
        for argument in tool.arguments() {
            match given.get(argument.name).filter(|value| !value.is_null()) {
                Some(value) => {
                    let read = read(argument, value, &folder, bounds)?;
                    words.extend(read.words);
                    operands.extend(read.operand);
                }
                None if argument.is_required => {
                    return Err(format!("`{}` is missing", argument.name));
                }
                None if argument.name == TIME_LIMIT.name => {
                    words.push(format!("--time-limit={}", bounds.seconds));
                }
                None => {}
            }
        }
        words.extend(["--format=json", "--"].map(str::to_owned));
        words.extend(operands);
        Ok(Self { words, folder })
    }
}

impl Bounds {
    fn hold(self, given: &Map<String, Value>) -> Result<(), String> {
        let bytes: u64 = (given.values())
            .map(|value| value.to_string().len() as u64)
            .sum();
        if bytes <= self.most_bytes {
            return Ok(());
        }
        Err(format!(
            "the arguments have {bytes} bytes, and a call may have {}: leave out what planning does not need, or start the server with --most-bytes",
            self.most_bytes
        ))
    }
}

fn no_strangers(tool: &Tool, given: &Map<String, Value>) -> Result<(), String> {
    let is_known = |name: &str| tool.arguments().any(|argument| argument.name == name);
    let Some(name) = given.keys().find(|name| !is_known(name)) else {
        return Ok(());
    };
    let names: Vec<&str> = tool.arguments().map(|argument| argument.name).collect();
    Err(format!(
        "`{}` is no argument of `{}`, which has {}",
        visible_start(name, 100),
        tool.name,
        names.join(", ")
    ))
}

/// What an argument adds to a command.
#[derive(Default)]
struct Read {
    words: Vec<String>,
    operand: Option<String>,
}

impl Read {
    fn word(word: String) -> Self {
        Self {
            words: vec![word],
            operand: None,
        }
    }

    const fn operand(operand: String) -> Self {
        Self {
            words: Vec::new(),
            operand: Some(operand),
        }
    }
}

fn read(
    argument: &Argument,
    value: &Value,
    folder: &TempDir,
    bounds: Bounds,
) -> Result<Read, String> {
    let written = || document(folder, argument.name, value);
    Ok(match (argument.kind, value) {
        (Kind::Document, _) => Read::operand(written()?),
        (Kind::FlagDocument(flag), _) => Read::word(format!("{flag}={}", written()?)),
        (Kind::Operand, Value::String(text)) => Read::operand(text.clone()),
        (Kind::Text(flag), Value::String(text)) => Read::word(format!("{flag}={text}")),
        (Kind::Number(flag), Value::Number(number)) if number.is_u64() => {
            let number = number.as_u64().unwrap_or_default();
            let is_limit = argument.name == TIME_LIMIT.name;
            let most = if is_limit { bounds.seconds } else { u64::MAX };
            Read::word(format!("{flag}={}", number.min(most)))
        }
        (Kind::Fraction(flag), Value::Number(number)) => Read::word(format!("{flag}={number}")),
        (Kind::Switch(flag), Value::Bool(true)) => Read::word(flag.to_owned()),
        (Kind::Switch(_), Value::Bool(false)) => Read::default(),
        (Kind::Texts(flag), Value::Array(list)) => Read {
            words: (list.iter())
                .map(|text| text.as_str().map(|text| format!("{flag}={text}")))
                .collect::<Option<_>>()
                .ok_or_else(|| format!("`{}` is no list of texts", argument.name))?,
            operand: None,
        },
        _ => {
            let wanted = Value::Object(argument.kind.schema());
            return Err(format!("`{}` is not {wanted}", argument.name));
        }
    })
}

/// Writes a document; its name.
fn document(folder: &TempDir, name: &str, value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => value.to_string(),
        _ => return Err(format!("`{name}` is neither an object nor a text")),
    };
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, text).map_err(|error| format!("`{name}` cannot be written: {error}"))?;
    Ok(path.display().to_string())
}

/// A text without the folder of the call's documents: the client knows its documents by their names alone.
pub(super) fn without(folder: &Path, text: &str) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

/// A document on one line, and whether it says why there is no result.
pub(super) fn compact(bytes: &[u8]) -> Option<(String, bool)> {
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    let is_error = document
        .as_object()
        .is_some_and(|document| document.len() == 1 && document.contains_key("errors"));
    let errors = document.get_mut("errors").and_then(Value::as_array_mut);
    if let Some(errors) = errors.filter(|_| is_error) {
        for error in errors {
            // The client knows its document, not the server's file of it.
            let file = error.get("file").and_then(Value::as_str);
            if let Some(file) = file.and_then(|file| file.rsplit('/').next()) {
                error["file"] = json!(file);
            } else if let Some(error) = error.as_object_mut() {
                error.remove("file");
            }
        }
    }
    Some((document.to_string(), is_error))
}

#[cfg(test)]
mod tests {
    use super::super::tools::ALL;
    use super::*;

    const BOUNDS: Bounds = Bounds {
        seconds: 60,
        most_bytes: 1_000,
    };

    fn call(name: &str, arguments: Value) -> Result<Vec<String>, String> {
        let tool = ALL.iter().find(|tool| tool.name == name).expect("a tool");
        let Value::Object(given) = arguments else {
            panic!("an object");
        };
        let folder = tempfile::tempdir().expect("a folder");
        Call::of(tool, &given, BOUNDS, folder.path()).map(|call| call.words())
    }

    #[test]
    fn arguments_become_flags_and_documents_operands() {
        let words = call(
            "explain",
            json!({"plan": {"version": 1}, "cluster": "version: 1", "whyNot": ["a", "b"], "timeLimitSeconds": 90}),
        )
        .expect("words");
        let fixed: Vec<&str> = words[..6].iter().map(String::as_str).collect();
        assert_eq!(
            fixed,
            [
                "explain",
                "--why-not=a",
                "--why-not=b",
                "--time-limit=60",
                "--format=json",
                "--"
            ]
        );
        assert!(words[6].ends_with("/cluster") && words[7].ends_with("/plan"));
    }

    #[test]
    fn what_a_tool_does_not_take_is_refused() {
        let cluster = json!({"version": 1});
        for (arguments, said) in [
            (json!({}), "`cluster` is missing"),
            (
                json!({"cluster": cluster, "output": "/etc/x"}),
                "`output` is no argument",
            ),
            (json!({"cluster": 7}), "neither an object nor a text"),
            (
                json!({"cluster": cluster, "ideal": "yes"}),
                "`ideal` is not",
            ),
            (
                json!({"cluster": cluster, "workLimit": -1}),
                "`workLimit` is not",
            ),
            (
                json!({"cluster": "x".repeat(2_000)}),
                "a call may have 1000",
            ),
        ] {
            let why = call("plan", arguments).expect_err("refused");
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_flag_stays_a_value() {
        let words = call(
            "catalogue",
            json!({"instanceType": "--output=/etc/x", "region": "--help"}),
        );
        assert_eq!(
            words,
            Ok([
                "catalogue",
                "show",
                "--region=--help",
                "--format=json",
                "--",
                "--output=/etc/x"
            ]
            .map(str::to_owned)
            .to_vec())
        );
    }

    #[test]
    fn the_servers_folder_is_in_no_answer() {
        let text = "cannot read /tmp/x/scenarios: no key `a` in /tmp/x/cluster";
        let said = without(Path::new("/tmp/x"), text);
        assert_eq!(said, "cannot read scenarios: no key `a` in cluster");
    }

    #[test]
    fn results_stand_on_one_line() {
        assert_eq!(
            compact(b"{\n \"a\": 1\n}\n"),
            Some(("{\"a\":1}".into(), false))
        );
        let errors =
            b"{\"errors\":[{\"file\":\"/tmp/x/cluster\",\"code\":\"E1104\"},{\"message\":\"m\"}]}";
        let expected =
            "{\"errors\":[{\"file\":\"cluster\",\"code\":\"E1104\"},{\"message\":\"m\"}]}";
        assert_eq!(compact(errors), Some((expected.into(), true)));
        assert_eq!(compact(b"text"), None);
    }
}
