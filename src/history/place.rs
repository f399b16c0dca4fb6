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
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                // What is wrong with a URL is said without the URL, which may hold a password.
                postgres::Config::from_str(text)
                    .map(|_| Self::Postgres(text.to_owned()))
                    .map_err(|_| {
                        "this is no URL of PostgreSQL: write postgres://USER@HOST:PORT/DATABASE, with `?sslmode=…` where it is needed"
                            .to_owned()
                    })
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
        for wrong in [
            "sqlite:",
            "a.db",
            "mysql://x/y",
            "postgres:x",
            "postgres://h:port/x",
        ] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        let secret =
            place("postgres://me:s3cret@db.example:5433/sizes?password=s3cret2&sslmode=require");
        assert_eq!(
            secret.map(|place| place.to_string()),
            Ok("postgres://me@db.example:5433/sizes".to_owned())
        );
        let error = place("postgres://me:s3cret@h:port/x").expect_err("no port");
        assert!(!error.contains("s3cret"), "{error}");
        assert_eq!(
            place("postgres://db/x").map(|place| place.to_string()),
            Ok("postgres://db/x".to_owned())
        );
    }
}
