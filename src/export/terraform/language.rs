//! Terraform's language: blocks with attributes.
//!
//! Only [`Value::Code`] and [`Value::Name`] are written as they are, and they never hold text of a plan.

/// An attribute's value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    /// An expression such as `var.subnets`.
    Code(String),
    /// What the JSON form writes as plain text: an attribute's name, a type, a resource's address.
    Name(String),
    List(Vec<Value>),
    /// A list, and what is in it besides while the variable `stage` is `move`.
    Staged(Vec<Value>, Vec<Value>),
    /// An object such as a module's input.
    Map(Vec<Item>),
}

/// A part of a block.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Attribute {
        name: String,
        value: Value,
        reason: Option<String>,
    },
    Block(Block),
    /// An empty line.
    Gap,
}

/// A block such as `resource "aws_autoscaling_group" "web" { … }`.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub kind: &'static str,
    pub labels: Vec<String>,
    pub reason: Option<String>,
    pub items: Vec<Item>,
}

impl Block {
    pub(super) fn new<const N: usize>(
        kind: &'static str,
        labels: [&str; N],
        items: Vec<Item>,
    ) -> Self {
        Self {
            kind,
            labels: labels.map(str::to_owned).into(),
            reason: None,
            items,
        }
    }

    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl From<Block> for Item {
    fn from(block: Block) -> Self {
        Self::Block(block)
    }
}

impl Item {
    /// With the reason, where the format has comments.
    pub(super) fn because(self, why: impl Into<String>) -> Self {
        match self {
            Self::Attribute { name, value, .. } => Self::Attribute {
                name,
                value,
                reason: Some(why.into()),
            },
            Self::Block(block) => Self::Block(block.because(why)),
            Self::Gap => Self::Gap,
        }
    }
}

/// An attribute.
pub(super) fn set(name: &str, value: impl Into<Value>) -> Item {
    Item::Attribute {
        name: name.to_owned(),
        value: value.into(),
        reason: None,
    }
}

/// An expression.
pub(super) fn code(text: impl Into<String>) -> Value {
    Value::Code(text.into())
}

/// A name.
pub(super) fn name(text: impl Into<String>) -> Value {
    Value::Name(text.into())
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<Item>> for Value {
    fn from(items: Vec<Item>) -> Self {
        Self::Map(items)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// A number of its own while the variable `stage` is `move`.
pub(super) fn staged(at_first: u64, then: u64) -> Value {
    if at_first == then {
        return Value::from(then);
    }
    code(format!("var.stage == \"move\" ? {at_first} : {then}"))
}

/// Whether Terraform would read a template in the text.
pub(super) fn has_template(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}
