//! Lists of mirrored types, and values that may be absent: serde's mirrors are for single values alone.

/// Lists of a mirrored type.
macro_rules! list_of {
    ($name:ident, $type:ty, $mirror:literal) => {
        pub(super) mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::*;

            #[derive(Serialize, Deserialize)]
            struct One(#[serde(with = $mirror)] $type);

            pub fn serialize<S: Serializer>(
                items: &[$type],
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(items.iter().map(|item| One(item.clone())))
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Vec<$type>, D::Error> {
                let items = Vec::<One>::deserialize(deserializer)?;
                Ok(items.into_iter().map(|One(item)| item).collect())
            }
        }
    };
}

/// Values of a mirrored type that may be absent.
macro_rules! option_of {
    ($name:ident, $type:ty, $mirror:literal) => {
        pub(super) mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::*;

            #[derive(Serialize, Deserialize)]
            struct One(#[serde(with = $mirror)] $type);

            #[expect(clippy::ref_option, reason = "serde hands over the field")]
            pub fn serialize<S: Serializer>(
                item: &Option<$type>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                item.clone().map(One).serialize(serializer)
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<$type>, D::Error> {
                Ok(Option::<One>::deserialize(deserializer)?.map(|One(item)| item))
            }
        }
    };
}

pub(super) use {list_of, option_of};

pub(super) mod strategy_items {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::plan::StrategyItem;
    use crate::io::plan_document::StrategyItemDocument;

    pub fn serialize<S: Serializer>(
        items: &[StrategyItem],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(items.iter().cloned().map(StrategyItemDocument::from))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<StrategyItem>, D::Error> {
        let items = Vec::<StrategyItemDocument>::deserialize(deserializer)?;
        Ok(items.into_iter().map(Into::into).collect())
    }
}
