//! The cluster query language of Amazon ECS: `subject operator [argument]`, combined with `and`, `or`,
//! `not` and parentheses.
//!
//! Source: Amazon ECS developer guide, "Create expressions to define container instances for Amazon ECS
//! tasks". Where the guide is silent this module decides, and says so at the place:
//! precedence ([`Condition`]), attributes that are missing ([`Expression::evaluate`]), ordering
//! ([`Operator::GreaterThan`]).

mod evaluate;
mod expression;
mod lexer;
mod parser;
mod print;
mod split;
mod syntax;

pub use expression::{Expression, QueryError};
pub use split::Conjunct;
pub use syntax::{Comparison, Condition, Operator, Pattern, Subject, Test};
