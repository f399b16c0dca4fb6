//! Where a history is: `sqlite:FILE` or `postgres://USER@HOST/DATABASE`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a history is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A `SQLite` file.
    Sqlite(PathBuf),
    /// A `PostgreSQL` server, by the URL that its own programs take.
    Postgres(String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(PathBuf::from(file))),
            // Whoever shows a value that it refuses shows its password: what is wrong with a URL is said where it is opened.
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => Err("write it as sqlite:FILE or postgres://USER@HOST/DATABASE".to_owned()),
        }
    }
}

impl fmt::Display for Place {
    /// Without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "{}", file.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let rest = rest.split(['?', '#']).next().unwrap_or_default();
                let (who, where_to) = rest.rsplit_once('@').unwrap_or(("", rest));
                let who = who.split(':').next().unwrap_or_default();
                let at = if who.is_empty() { "" } else { "@" };
                write!(f, "postgres://{who}{at}{where_to}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_shown_without_their_passwords() {
        let place = |text: &str| text.parse::<Place>();
        assert_eq!(place("sqlite:a/b.db"), Ok(Place::Sqlite("a/b.db".into())));
        for wrong in ["sqlite:", "a.db", "mysql://x/y", "postgres:x"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        let shown = |text: &str| place(text).map(|place| place.to_string());
        assert_eq!(
            shown("postgres://me:s3cret@db.example:5433/sizes?password=s3cret2&sslmode=require"),
            Ok("postgres://me@db.example:5433/sizes".to_owned())
        );
        assert_eq!(shown("postgres://db/x"), Ok("postgres://db/x".to_owned()));
        assert_eq!(
            shown("postgres://me:s3cret@h:port/x"),
            Ok("postgres://me@h:port/x".to_owned())
        );
    }
}
