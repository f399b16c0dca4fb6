//! `purchaseOption` of documents: how capacity is bought, as one of two words.
//!
//! An instance from outside AWS is known by its attributes and by the container instance that it is, and Fargate by its
//! provider: neither has a word of its own there. The word read back is therefore that of an EC2 instance.

use serde::{Deserialize, Deserializer, Serializer};

use crate::domain::capacity::Capacity;

/// Writes the word.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(capacity: &Capacity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&capacity.in_documents())
}

/// Reads the word.
///
/// # Errors
/// When it is neither of the two.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Capacity, D::Error> {
    Word::deserialize(deserializer).map(Capacity::from)
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    OnDemand,
    Spot,
}

impl From<Word> for Capacity {
    fn from(word: Word) -> Self {
        match word {
            Word::OnDemand => Self::OnDemand,
            Word::Spot => Self::Spot,
        }
    }
}

/// The same where there may be none.
pub mod optional {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Word;
    use crate::domain::capacity::Capacity;

    /// Writes the word, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        capacity: &Option<Capacity>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match capacity {
            Some(capacity) => super::serialize(capacity, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the word, or null.
    ///
    /// # Errors
    /// When it is neither of the two.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Capacity>, D::Error> {
        Ok(Option::<Word>::deserialize(deserializer)?.map(Capacity::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Serialize, Deserialize)]
    struct Row {
        #[serde(with = "super")]
        one: Capacity,
        #[serde(default, with = "super::optional")]
        perhaps: Option<Capacity>,
    }

    fn words(one: Capacity, perhaps: Option<Capacity>) -> String {
        serde_json::to_string(&Row { one, perhaps }).expect("serialises")
    }

    #[test]
    fn documents_have_two_words() {
        assert_eq!(
            words(Capacity::OnDemand, None),
            r#"{"one":"on-demand","perhaps":null}"#
        );
        assert_eq!(
            words(Capacity::External, Some(Capacity::Spot)),
            r#"{"one":"on-demand","perhaps":"spot"}"#
        );
    }

    #[test]
    fn they_are_read_back_and_no_others() {
        let read = serde_json::from_str::<Row>;
        let row = read(r#"{"one":"spot"}"#).expect("words");
        assert_eq!((row.one, row.perhaps), (Capacity::Spot, None));
        let unknown = read(r#"{"one":"fargate"}"#)
            .expect_err("no word")
            .to_string();
        assert!(
            unknown.contains("expected `on-demand` or `spot`"),
            "{unknown}"
        );
    }
}
