//! Tokens to syntax tree, by recursive descent:
//!
//! ```text
//! or      = and { ("or" | "||") and }
//! and     = unary { ("and" | "&&") unary }
//! unary   = ("not" | "!") unary | "(" or ")" | subject test
//! test    = operator value | ("in" | "!in") list | ("=~" | "!~") pattern | "exists" | "!exists"
//! list    = "[" value { "," value } "]" | "{" value { "," value } "}"
//! ```

use super::expression::QueryError;
use super::lexer::{Lexer, Token};
use super::syntax::{Comparison, Condition, Operator, Pattern, Subject, Test};

/// Longest expression that ECS takes (API reference, `PlacementConstraint`).
const MAX_LENGTH: usize = 2000;

/// Deepest nesting of parentheses and negations; the parser recurses once a level.
const MAX_DEPTH: usize = 64;

/// Words that join tests and so cannot stand for a bare value.
pub(super) const CONNECTIVES: [&str; 3] = ["and", "or", "not"];

const SUBJECTS: &str = "a subject: `attribute:NAME`, `task:group`, `agentConnected`, `agentVersion`, \
                        `ec2InstanceId`, `registeredAt` or `runningTasksCount`";

const OPERATORS: &str = "an operator: `==`, `!=`, `>`, `>=`, `<`, `<=`, `in`, `!in`, `=~`, `!~`, \
                         `exists` or `!exists`";

/// Parses a whole expression.
pub(super) fn parse(text: &str) -> Result<Condition, QueryError> {
    if text.chars().nth(MAX_LENGTH).is_some() {
        return Err(QueryError {
            position: MAX_LENGTH,
            message: format!("an expression has at most {MAX_LENGTH} characters; it goes on"),
        });
    }
    let mut parser = Parser::new(text)?;
    let condition = parser.or(0)?;
    match parser.token {
        Token::End => Ok(condition),
        _ => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser {
    lexer: Lexer,
    token: Token,
    position: usize,
}

impl Parser {
    fn new(text: &str) -> Result<Self, QueryError> {
        let mut lexer = Lexer::new(text);
        let position = lexer.position();
        let token = lexer.next_token()?;
        Ok(Self {
            lexer,
            token,
            position,
        })
    }

    fn advance(&mut self) -> Result<Token, QueryError> {
        self.position = self.lexer.position();
        let next = self.lexer.next_token()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn expected(&self, what: &str) -> QueryError {
        QueryError {
            position: self.position,
            message: format!("expected {what}, found {}", self.token.described()),
        }
    }

    fn at(&self, word: &str, symbol: &str) -> bool {
        match &self.token {
            Token::Word(found) => found == word,
            Token::Symbol(found) => *found == symbol,
            Token::Quoted(_) | Token::End => false,
        }
    }

    fn or(&mut self, depth: usize) -> Result<Condition, QueryError> {
        let first = self.and(depth)?;
        let mut parts = vec![first];
        while self.at("or", "||") {
            self.advance()?;
            parts.push(self.and(depth)?);
        }
        Ok(joined(parts, Condition::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Condition, QueryError> {
        let first = self.unary(depth)?;
        let mut parts = vec![first];
        while self.at("and", "&&") {
            self.advance()?;
            parts.push(self.unary(depth)?);
        }
        Ok(joined(parts, Condition::And))
    }

    fn unary(&mut self, depth: usize) -> Result<Condition, QueryError> {
        if depth > MAX_DEPTH {
            return Err(QueryError {
                position: self.position,
                message: format!("more than {MAX_DEPTH} levels of nesting"),
            });
        }
        if self.at("not", "!") {
            self.advance()?;
            // `not (…)` is one level, so that the printed form never nests deeper than the text.
            let inner = if self.token == Token::Symbol("(") {
                self.parenthesised(depth)?
            } else {
                self.unary(depth + 1)?
            };
            return Ok(Condition::Not(Box::new(inner)));
        }
        if self.token == Token::Symbol("(") {
            return self.parenthesised(depth);
        }
        self.test().map(Condition::Test)
    }

    fn parenthesised(&mut self, depth: usize) -> Result<Condition, QueryError> {
        self.advance()?;
        let inner = self.or(depth + 1)?;
        if self.token != Token::Symbol(")") {
            return Err(self.expected("`)`, `and` or `or`"));
        }
        self.advance()?;
        Ok(inner)
    }

    fn test(&mut self) -> Result<Test, QueryError> {
        let subject = self.subject()?;
        let comparison = self.comparison()?;
        Ok(Test {
            subject,
            comparison,
        })
    }

    fn subject(&mut self) -> Result<Subject, QueryError> {
        let Token::Word(word) = &self.token else {
            return Err(self.expected(SUBJECTS));
        };
        let subject = match word.strip_prefix("attribute:") {
            Some("") => return Err(self.expected("a name after `attribute:`")),
            Some(name) => Subject::Attribute(name.to_owned()),
            None => Subject::WORDS
                .into_iter()
                .find(|(name, _)| name == word)
                .map(|(_, subject)| subject)
                .ok_or_else(|| self.expected(SUBJECTS))?,
        };
        self.advance()?;
        Ok(subject)
    }

    fn comparison(&mut self) -> Result<Comparison, QueryError> {
        let operator = match &self.token {
            Token::Word(word) => word.clone(),
            Token::Symbol(symbol) => (*symbol).to_owned(),
            Token::Quoted(_) | Token::End => return Err(self.expected(OPERATORS)),
        };
        if matches!(operator.as_str(), "=~" | "matches" | "!~" | "not_matches") {
            return self.pattern(matches!(operator.as_str(), "=~" | "matches"));
        }
        if operator == "!" {
            self.advance()?;
            return self.negated_word();
        }
        let operator = match operator.as_str() {
            "==" | "equals" => Operator::Equals,
            "!=" | "not_equals" => Operator::NotEquals,
            ">" | "greater_than" => Operator::GreaterThan,
            ">=" | "greater_than_equal" => Operator::GreaterThanEqual,
            "<" | "less_than" => Operator::LessThan,
            "<=" | "less_than_equal" => Operator::LessThanEqual,
            "exists" => return self.advance().map(|_| Comparison::Exists),
            "not_exists" => return self.advance().map(|_| Comparison::NotExists),
            "in" => return self.list().map(Comparison::In),
            "not_in" => return self.list().map(Comparison::NotIn),
            _ => return Err(self.expected(OPERATORS)),
        };
        self.advance()?;
        Ok(Comparison::Value(operator, self.value()?))
    }

    /// What follows the `!` of `!exists` and `!in`.
    fn negated_word(&mut self) -> Result<Comparison, QueryError> {
        match &self.token {
            Token::Word(word) if word == "exists" => self.advance().map(|_| Comparison::NotExists),
            Token::Word(word) if word == "in" => self.list().map(Comparison::NotIn),
            _ => Err(self.expected("`exists` or `in` after `!`")),
        }
    }

    /// The argument of `=~` and `!~`; the current token is the operator.
    fn pattern(&mut self, positive: bool) -> Result<Comparison, QueryError> {
        let position = self.lexer.position();
        let text = self.lexer.next_pattern()?;
        let pattern = Pattern::parse(&text).map_err(|reason| QueryError {
            position,
            message: format!("`{text}` is not a pattern that can be used: {reason};"),
        })?;
        self.advance()?;
        Ok(if positive {
            Comparison::Matches(pattern)
        } else {
            Comparison::NotMatches(pattern)
        })
    }

    /// The argument of `in`; the current token is `in`.
    fn list(&mut self) -> Result<Vec<String>, QueryError> {
        self.advance()?;
        let close = match self.token {
            Token::Symbol("[") => "]",
            Token::Symbol("{") => "}",
            _ => return Err(self.expected("a list such as `[a, b]`")),
        };
        let mut values = Vec::new();
        loop {
            self.advance()?;
            values.push(self.value()?);
            if self.token == Token::Symbol(close) {
                self.advance()?;
                return Ok(values);
            }
            if self.token != Token::Symbol(",") {
                return Err(self.expected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn value(&mut self) -> Result<String, QueryError> {
        match &self.token {
            Token::Word(word) if CONNECTIVES.contains(&word.as_str()) => {
                Err(self.expected("a value (in quotes where it is a connective)"))
            }
            Token::Word(value) | Token::Quoted(value) => {
                let value = value.clone();
                self.advance()?;
                Ok(value)
            }
            Token::Symbol(_) | Token::End => Err(self.expected("a value")),
        }
    }
}

/// One part stands for itself; more are joined.
fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Expression;

    fn message(text: &str) -> String {
        Expression::parse(text)
            .expect_err("a wrong expression")
            .to_string()
    }

    #[test]
    fn the_documented_examples_parse() {
        for text in [
            "attribute:ecs.instance-type == t2.small",
            "attribute:ecs.availability-zone in [us-east-1c, us-east-1d]",
            "attribute:ecs.availability-zone in {us-east-1c,us-east-1d}",
            "attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d",
            "task:group == service:production",
            "not(task:group == database)",
            "runningTasksCount == 1",
            "agentVersion > 1.7.0",
            "registeredAt > 2018-06-18T22:28:28+00:00",
            "ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']",
            "agentConnected == false",
            "attribute:ecs.ami-id == ami-0123456789abcdef0",
            "(attribute:ecs.instance-type =~ t2.* or attribute:ecs.instance-type =~ m5.*) and attribute:stack exists",
            "attribute:stack !exists||attribute:stack not_equals prod&&!(attribute:stack not_in [a])",
            "attribute:ecs.instance-type matches (c|m)7g\\.(large|xlarge) and attribute:x !~ [a-c]{2,3}",
            r#"attribute:label == "two words""#,
        ] {
            if let Err(error) = Expression::parse(text) {
                panic!("{text}: {error}");
            }
        }
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        for (text, position, part) in [
            ("", 0, "a subject"),
            ("attribute: == a", 0, "a name after `attribute:`"),
            ("instance-type == a", 0, "found `instance-type`"),
            ("attribute:a", 11, "an operator"),
            ("attribute:a = b", 12, "unexpected character"),
            ("attribute:a ==", 14, "a value, found the end"),
            ("attribute:a == and", 15, "in quotes"),
            ("attribute:a == b attribute:c exists", 17, "`and`, `or`"),
            ("(attribute:a exists", 19, "`)`"),
            ("attribute:a in b", 15, "a list"),
            ("attribute:a in []", 16, "a value"),
            ("attribute:a in [b}", 17, "`,` or `]`"),
            ("attribute:a =~", 14, "a pattern"),
            ("attribute:a =~ *", 15, "not a pattern"),
            (r"attribute:a =~ (?<!x)y", 15, "look-around"),
            ("attribute:a == 'b", 15, "not closed"),
            ("attribute:a ! b", 14, "after `!`"),
        ] {
            let error = Expression::parse(text).expect_err(text);
            assert_eq!(error.position, position, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn deep_nesting_and_long_texts_are_errors_and_not_a_crash() {
        let deep = format!("{}attribute:a exists{}", "(".repeat(900), ")".repeat(900));
        assert!(message(&deep).contains("levels of nesting"));
        assert!(message(&"!".repeat(1500)).contains("levels of nesting"));
        assert!(message(&"(".repeat(100_000)).contains("at most 2000 characters"));
        let within = format!("{}attribute:a exists{}", "(".repeat(64), ")".repeat(64));
        assert!(Expression::parse(&within).is_ok());
    }

    #[test]
    fn the_subjects_that_are_read_can_be_asked_for() {
        let expression = Expression::parse(
            "attribute:b exists and (attribute:a == 1 or attribute:b == 2) and task:group == x",
        )
        .expect("an expression");
        assert_eq!(expression.attribute_names(), ["a", "b"]);
        assert!(expression.reads_task_group());
        assert_eq!(expression.other_subjects().len(), 1);
    }
}
