//! What an expression is made of: the syntax tree.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// What a test looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// `attribute:NAME`, an attribute of the container instance.
    Attribute(String),
    /// `task:group`, the groups of the tasks that run on the instance.
    TaskGroup,
    /// `agentConnected`.
    AgentConnected,
    /// `agentVersion`.
    AgentVersion,
    /// `ec2InstanceId`.
    Ec2InstanceId,
    /// `registeredAt`.
    RegisteredAt,
    /// `runningTasksCount`.
    RunningTasksCount,
}

impl Subject {
    /// Every subject that is a plain word, with that word.
    pub(super) const WORDS: [(&'static str, Self); 6] = [
        ("task:group", Self::TaskGroup),
        ("agentConnected", Self::AgentConnected),
        ("agentVersion", Self::AgentVersion),
        ("ec2InstanceId", Self::Ec2InstanceId),
        ("registeredAt", Self::RegisteredAt),
        ("runningTasksCount", Self::RunningTasksCount),
    ];
}

/// An operator that compares the subject with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`, `equals`.
    Equals,
    /// `!=`, `not_equals`.
    NotEquals,
    /// `>`, `greater_than`. Two numbers compare as numbers, anything else character by character.
    GreaterThan,
    /// `>=`, `greater_than_equal`.
    GreaterThanEqual,
    /// `<`, `less_than`.
    LessThan,
    /// `<=`, `less_than_equal`.
    LessThanEqual,
}

/// A regular expression that must match the whole value.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// Bytes a compiled pattern may take; far above any list of instance types, far below a denial of service.
const PATTERN_SIZE_LIMIT: usize = 1 << 20;

impl Pattern {
    /// Compiles a pattern. ECS documents Java's syntax; look-around and back-references, which Java has
    /// and linear-time matching has not, are refused.
    ///
    /// # Errors
    /// The reason in words when the pattern is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let compile = |text: &str| {
            RegexBuilder::new(text)
                .size_limit(PATTERN_SIZE_LIMIT)
                .build()
                .map_err(|error| last_line(&error.to_string()))
        };
        // Alone first: `a)|(b` would become valid inside the anchoring group.
        if text.contains(')') {
            compile(text)?;
        }
        Ok(Self {
            text: text.to_owned(),
            regex: compile(&format!(r"\A(?:{text})\z"))?,
        })
    }

    /// The pattern as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `value` matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}

/// The regex crate draws the pattern over several lines; the reason stands on the last.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or("").trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// What a test asks of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// `exists`.
    Exists,
    /// `!exists`, `not_exists`.
    NotExists,
    /// One of the six comparisons with a value.
    Value(Operator, String),
    /// `in`; the list is never empty.
    In(Vec<String>),
    /// `!in`, `not_in`; the list is never empty.
    NotIn(Vec<String>),
    /// `=~`, `matches`.
    Matches(Pattern),
    /// `!~`, `not_matches`.
    NotMatches(Pattern),
}

/// `subject operator [argument]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What is looked at.
    pub subject: Subject,
    /// What is asked of it.
    pub comparison: Comparison,
}

/// A node of the syntax tree. `not` binds tighter than `and`, `and` tighter than `or`; the guide only
/// says that parentheses set precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All of two or more.
    And(Vec<Condition>),
    /// Any of two or more.
    Or(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// A single test.
    Test(Test),
}

impl Condition {
    /// Calls `visit` for every test, in the order of the text.
    pub(super) fn for_each_test<'a>(&'a self, visit: &mut impl FnMut(&'a Test)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.for_each_test(visit);
                }
            }
            Self::Not(inner) => inner.for_each_test(visit),
            Self::Test(test) => visit(test),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "attribute:{name}"),
            other => {
                let word = Self::WORDS.iter().find(|(_, subject)| subject == other);
                f.write_str(word.map_or("", |(word, _)| word))
            }
        }
    }
}
