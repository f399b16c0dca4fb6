//! Text to tokens. Positions are counted in characters.

use super::expression::QueryError;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word: subject, operator, connective or value.
    Word(String),
    /// A value in quotes.
    Quoted(String),
    /// An operator, connective or bracket.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

impl Token {
    /// The token as an error message names it.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Quoted(_) => "a quoted value".to_owned(),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Symbols, longer ones before their beginnings.
const SYMBOLS: [&str; 17] = [
    "==", "!=", ">=", "<=", "=~", "!~", "&&", "||", "!", ">", "<", "(", ")", "[", "]", "{", "}",
];

/// Whether a character can be part of a bare word.
pub(super) fn is_word_character(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"()[]{},\"'=!<>&|~".contains(c)
}

/// Reads tokens one at a time, because a pattern follows rules of its own.
pub(super) struct Lexer {
    characters: Vec<char>,
    position: usize,
}

impl Lexer {
    pub(super) fn new(text: &str) -> Self {
        Self {
            characters: text.chars().collect(),
            position: 0,
        }
    }

    /// The position of the next token.
    pub(super) fn position(&mut self) -> usize {
        while self.current().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
        self.position
    }

    /// The next token.
    pub(super) fn next_token(&mut self) -> Result<Token, QueryError> {
        let start = self.position();
        let Some(first) = self.current() else {
            return Ok(Token::End);
        };
        if first == '"' || first == '\'' {
            return self.quoted(first).map(Token::Quoted);
        }
        if first == ',' {
            self.position += 1;
            return Ok(Token::Symbol(","));
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.starts_with(symbol)) {
            self.position += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        let word: String = self.characters[start..]
            .iter()
            .copied()
            .take_while(|&c| is_word_character(c))
            .collect();
        if word.is_empty() {
            return Err(QueryError {
                position: start,
                message: format!("unexpected character {first:?}"),
            });
        }
        self.position += word.chars().count();
        Ok(Token::Word(word))
    }

    /// The argument of `=~` and `!~`: quoted, or everything up to white space, `&&`, `||` or a bracket
    /// that it did not open itself.
    pub(super) fn next_pattern(&mut self) -> Result<String, QueryError> {
        let start = self.position();
        if let Some(quote @ ('"' | '\'')) = self.current() {
            return self.quoted(quote);
        }
        let mut open = 0_usize;
        while let Some(c) = self.current() {
            let closes = matches!(c, ')' | ']' | '}');
            let connective = self.starts_with("&&") || self.starts_with("||");
            if c.is_whitespace() || matches!(c, '"' | '\'') || (open == 0 && (closes || connective))
            {
                break;
            }
            if matches!(c, '(' | '[' | '{') {
                open += 1;
            } else if closes {
                open -= 1;
            }
            self.position += 1;
            // A backslash takes the next character with it, brackets included.
            if c == '\\' && self.current().is_some_and(|next| !next.is_whitespace()) {
                self.position += 1;
            }
        }
        if self.position == start {
            return Err(QueryError {
                position: start,
                message: "expected a pattern such as `t3.*`".to_owned(),
            });
        }
        Ok(self.characters[start..self.position].iter().collect())
    }

    fn current(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn starts_with(&self, symbol: &str) -> bool {
        let rest = &self.characters[self.position.min(self.characters.len())..];
        symbol.chars().count() <= rest.len() && symbol.chars().zip(rest).all(|(a, &b)| a == b)
    }

    /// A value in quotes. There are no escapes: a value with one kind of quote is written in the other.
    fn quoted(&mut self, quote: char) -> Result<String, QueryError> {
        let start = self.position;
        let rest = &self.characters[start + 1..];
        let Some(length) = rest.iter().position(|&c| c == quote) else {
            return Err(QueryError {
                position: start,
                message: format!("the quote {quote} is not closed"),
            });
        };
        let value = rest[..length].iter().collect();
        self.position = start + length + 2;
        Ok(value)
    }
}
