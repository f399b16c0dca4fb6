//! The tools: what each takes, and the command that it is.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// How much a call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Seconds of a search.
    pub seconds: u64,
    /// Bytes of the arguments.
    pub most_bytes: u64,
}

/// What an argument becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A document, as an object or a text, in a file of its own: the command's next operand.
    Document,
    /// The same, as the value of a flag.
    FlagDocument(&'static str),
    /// The value of a flag, text.
    Text(&'static str),
    /// A whole number.
    Number(&'static str),
    /// A part of one.
    Fraction(&'static str),
    /// A switch.
    Switch(&'static str),
    /// A flag for each text of a list.
    Texts(&'static str),
    /// The command's next operand.
    Operand,
}

/// An argument of a tool.
struct Argument {
    name: &'static str,
    kind: Kind,
    is_required: bool,
    about: &'static str,
}

/// A tool.
pub(super) struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The command.
    words: &'static [&'static str],
    arguments: &'static [Argument],
    /// Whether a time limit is given to its search.
    searches: bool,
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Argument {
    Argument {
        name,
        kind,
        is_required: true,
        about,
    }
}

const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Argument {
    Argument {
        name,
        kind,
        is_required: false,
        about,
    }
}

const CLUSTER: Argument = required(
    "cluster",
    Kind::Document,
    "Cluster file, version 1: {\"version\": 1, \"cluster\", \"region\", \"services\": [{\"serviceName\", \"desiredCount\", \"cpu\", \"memory\"}], \"policy\": {}}, as an object or as JSON or YAML text; sections of `aws ecs describe-*` answers can be pasted in",
);
const REGION: Argument = optional(
    "region",
    Kind::Text("--region"),
    "AWS Region, in place of the file's",
);
const WORK_LIMIT: Argument = optional(
    "workLimit",
    Kind::Number("--work-limit"),
    "Counted work, about microseconds of one core: the same limit gives the same result",
);
const IDEAL: Argument = optional(
    "ideal",
    Kind::Switch("--ideal"),
    "The best packing, whether or not ECS's own scheduler can fill it: much faster",
);
const GAP: Argument = optional(
    "gap",
    Kind::Fraction("--gap"),
    "Stop once proven within this fraction of the cheapest possible, 0 to 1",
);

/// All tools.
pub(super) const ALL: &[Tool] = &[
    Tool {
        name: "plan",
        about: "Find the cheapest fleet for a cluster's services, with a proven bound of its cost. Returns the plan document.",
        words: &["plan"],
        arguments: &[CLUSTER, REGION, IDEAL, GAP, WORK_LIMIT],
        searches: true,
    },
    Tool {
        name: "what-if",
        about: "Plan a cluster as it is and with something changed, side by side. Returns the comparison.",
        words: &["what-if"],
        arguments: &[
            CLUSTER,
            optional(
                "set",
                Kind::Texts("--set"),
                "Changes of one scenario, such as `api.desiredCount=40`; a range `10..200 step 10` makes several scenarios",
            ),
            optional(
                "policy",
                Kind::Texts("--policy"),
                "Changes of its policy, such as `spotMaxShare=0.5`",
            ),
            optional(
                "presets",
                Kind::Texts("--preset"),
                "Built-in sets: graviton, spot, fargate, regions, generations, headroom, zones, groups",
            ),
            optional(
                "scenarios",
                Kind::FlagDocument("--scenarios"),
                "A scenario file (docs/what-if.md), as an object or as text",
            ),
            IDEAL,
            GAP,
            WORK_LIMIT,
        ],
        searches: true,
    },
    Tool {
        name: "explain",
        about: "Say why a plan is as it is: who pays, what is full, why instance types are used or not. Returns the explanation.",
        words: &["explain"],
        arguments: &[
            CLUSTER,
            required(
                "plan",
                Kind::Document,
                "Plan document, as the tool `plan` returns it",
            ),
            optional(
                "why",
                Kind::Texts("--why"),
                "Instance types of the plan: why they are used",
            ),
            optional(
                "whyNot",
                Kind::Texts("--why-not"),
                "Instance types: why they are not used",
            ),
            REGION,
            WORK_LIMIT,
        ],
        searches: true,
    },
    Tool {
        name: "check",
        about: "Derive a plan's feasibility and cost again from the cluster and the catalogue alone. Returns the violations, none where it passes.",
        words: &["check"],
        arguments: &[
            CLUSTER,
            required("plan", Kind::Document, "Plan document"),
            REGION,
        ],
        searches: false,
    },
    Tool {
        name: "catalogue",
        about: "All that is known of one EC2 instance type: size, prices, zones, registered memory.",
        words: &["catalogue", "show"],
        arguments: &[
            required(
                "instanceType",
                Kind::Operand,
                "Instance type such as m7g.large",
            ),
            REGION,
        ],
        searches: false,
    },
];

impl Tool {
    /// The JSON Schema of its arguments.
    pub(super) fn schema(&self) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut needed = Vec::new();
        let limit = time_limit();
        let arguments = self.arguments.iter().chain(self.searches.then_some(&limit));
        for argument in arguments {
            let mut property = argument.kind.schema();
            property.insert("description".into(), argument.about.into());
            properties.insert(argument.name.into(), property.into());
            if argument.is_required {
                needed.push(argument.name);
            }
        }
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": needed,
            "additionalProperties": false,
        });
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}

const fn time_limit() -> Argument {
    optional(
        "timeLimitSeconds",
        Kind::Number("--time-limit"),
        "Seconds after which the search ends with the best it has; the server's own limit where it is shorter",
    )
}

impl Kind {
    fn schema(self) -> Map<String, Value> {
        let schema = match self {
            Self::Document | Self::FlagDocument(_) => json!({"type": ["object", "string"]}),
            Self::Text(_) | Self::Operand => json!({"type": "string"}),
            Self::Number(_) => json!({"type": "integer", "minimum": 1}),
            Self::Fraction(_) => json!({"type": "number", "minimum": 0, "maximum": 1}),
            Self::Switch(_) => json!({"type": "boolean"}),
            Self::Texts(_) => json!({"type": "array", "items": {"type": "string"}}),
        };
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}

/// A call: the words of its command, and the folder of its documents, which lives as long.
pub(super) struct Call {
    words: Vec<String>,
    _folder: TempDir,
}

impl Call {
    /// The command's words.
    pub(super) fn words(&self) -> Vec<String> {
        self.words.clone()
    }

    /// Reads the arguments of a tool.
    pub(super) fn of(
        tool: &Tool,
        given: &Map<String, Value>,
        bounds: Bounds,
    ) -> Result<Self, String> {
        let bytes: u64 = given
            .values()
            .map(|value| value.to_string().len() as u64)
            .sum();
        if bytes > bounds.most_bytes {
            return Err(format!(
                "the arguments have {bytes} bytes, and a call may have {}: leave out what planning does not need, or start the server with --most-bytes",
                bounds.most_bytes
            ));
        }
        let limit = time_limit();
        let known: Vec<&Argument> = (tool.arguments.iter())
            .chain(tool.searches.then_some(&limit))
            .collect();
        let stranger =
            (given.keys()).find(|name| known.iter().all(|argument| argument.name != name.as_str()));
        if let Some(name) = stranger {
            let names: Vec<&str> = known.iter().map(|argument| argument.name).collect();
            return Err(format!(
                "`{}` is no argument of `{}`, which has {}",
                crate::domain::text::visible_start(name, 100),
                tool.name,
                names.join(", ")
            ));
        }
        let folder =
            tempfile::tempdir().map_err(|error| format!("no folder for the call: {error}"))?;
        let mut words: Vec<String> = tool.words.iter().map(|&word| word.to_owned()).collect();
        let mut operands = Vec::new();
        for argument in known {
            let value = given.get(argument.name).filter(|value| !value.is_null());
            let Some(value) = value else {
                if argument.is_required {
                    return Err(format!("`{}` is missing", argument.name));
                }
                if argument.name == limit.name {
                    words.push(format!("--time-limit={}", bounds.seconds));
                }
                continue;
            };
            let mut write = |value: &Value| document(&folder, argument.name, value);
            match (argument.kind, value) {
                (Kind::Document, _) => operands.push(write(value)?),
                (Kind::FlagDocument(flag), _) => words.push(format!("{flag}={}", write(value)?)),
                (Kind::Operand, Value::String(text)) => operands.push(text.clone()),
                (Kind::Text(flag), Value::String(text)) => words.push(format!("{flag}={text}")),
                (Kind::Number(flag), Value::Number(number)) if number.is_u64() => {
                    let number = number.as_u64().unwrap_or_default();
                    let number = if argument.name == limit.name {
                        number.min(bounds.seconds)
                    } else {
                        number
                    };
                    words.push(format!("{flag}={number}"));
                }
                (Kind::Fraction(flag), Value::Number(number)) => {
                    words.push(format!("{flag}={number}"))
                }
                (Kind::Switch(flag), Value::Bool(is_on)) => {
                    words.extend(is_on.then(|| flag.to_owned()))
                }
                (Kind::Texts(flag), Value::Array(list)) => {
                    for text in list {
                        let text = text
                            .as_str()
                            .ok_or_else(|| format!("`{}` is no list of texts", argument.name))?;
                        words.push(format!("{flag}={text}"));
                    }
                }
                _ => {
                    let wanted = Value::Object(argument.kind.schema());
                    return Err(format!("`{}` is not {wanted}", argument.name));
                }
            }
        }
        words.extend(["--format=json", "--"].map(str::to_owned));
        words.extend(operands);
        Ok(Self {
            words,
            _folder: folder,
        })
    }
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

/// A document on one line, and whether it says why there is no result.
pub(super) fn compact(bytes: &[u8]) -> Option<(String, bool)> {
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    let is_error = document
        .as_object()
        .is_some_and(|document| document.len() == 1 && document.contains_key("errors"));
    if let Some(errors) = document["errors"].as_array_mut().filter(|_| is_error) {
        for error in errors {
            // The client knows its document, not the server's file of it.
            if let Some(file) = error["file"]
                .as_str()
                .and_then(|file| file.rsplit('/').next())
            {
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
        Call::of(tool, &given, BOUNDS).map(|call| call.words())
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
