//! The tools: what each takes, and the command that it is.

use serde_json::{Map, Value, json};

/// What an argument becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it becomes.
    pub kind: Kind,
    /// Whether a call needs it.
    pub is_required: bool,
    about: &'static str,
}

/// A tool.
pub(super) struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The command.
    pub words: &'static [&'static str],
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
                "Built-in sets: graviton, spot, fargate, managed, sidecar, regions, generations, headroom, zones, groups",
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
    /// Its arguments.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'static Argument> {
        let limit = self.searches.then_some(&TIME_LIMIT);
        self.arguments.iter().chain(limit)
    }

    /// The JSON Schema of its arguments.
    pub(super) fn schema(&self) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut needed = Vec::new();
        for argument in self.arguments() {
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

/// The limit of a search.
pub(super) const TIME_LIMIT: Argument = optional(
    "timeLimitSeconds",
    Kind::Number("--time-limit"),
    "Seconds after which the search ends with the best it has; the server's own limit where it is shorter",
);

impl Kind {
    /// The JSON Schema of its values.
    pub(super) fn schema(self) -> Map<String, Value> {
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
