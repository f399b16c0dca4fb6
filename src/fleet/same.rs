//! Clusters that are in a fleet more than once: files of the same bytes, and files of one cluster. Each is counted in every sum, so whoever
//! lists or gathers them is told.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::domain::text::first_names;

static CLUSTER_ARN: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"arn:aws[a-z-]*:ecs:([a-z0-9-]+):([0-9]{12}):cluster/([A-Za-z0-9_-]+)")
});
static ANY_ARN: LazyLock<Regex> =
    LazyLock::new(|| expression(r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:([0-9]{12}):"));
static CLUSTER: LazyLock<Regex> =
    LazyLock::new(|| expression(r#"(?m)(?:^|[{,])\s*"?cluster"?\s*:\s*["']?([A-Za-z0-9_-]+)"#));
static REGION: LazyLock<Regex> =
    LazyLock::new(|| expression(r#"(?m)(?:^|[{,])\s*"?region"?\s*:\s*["']?([a-z0-9-]+)"#));

/// Groups that are said.
const MOST_GROUPS: usize = 10;

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("a fixed expression")
}

/// Which cluster a file is of, as far as it says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Its account, where ARNs name one.
    pub account: Option<String>,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub cluster: String,
}

impl Identity {
    /// Of a cluster file; none where it does not name Region and cluster.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let text = |found: &[u8]| String::from_utf8_lossy(found).into_owned();
        if let Some(found) = CLUSTER_ARN.captures(bytes) {
            return Some(Self {
                account: Some(text(&found[2])),
                region: text(&found[1]),
                cluster: text(&found[3]),
            });
        }
        Some(Self {
            account: ANY_ARN.captures(bytes).map(|found| text(&found[1])),
            region: text(&REGION.captures(bytes)?[1]),
            cluster: text(&CLUSTER.captures(bytes)?[1]),
        })
    }
}

/// Units by what they hold and whose cluster they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Same {
    bytes: BTreeMap<String, Vec<String>>,
    clusters: BTreeMap<Identity, Vec<(String, String)>>,
}

impl Same {
    /// Adds a unit: its id, the hash of its cluster file, and whose that is.
    pub fn add(&mut self, id: &str, sha256: &str, identity: Option<Identity>) {
        let of_bytes = self.bytes.entry(sha256.to_owned()).or_default();
        of_bytes.push(id.to_owned());
        if let Some(identity) = identity {
            let of_cluster = self.clusters.entry(identity).or_default();
            of_cluster.push((sha256.to_owned(), id.to_owned()));
        }
    }

    /// What is there more than once, a sentence a group.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let mut said: Vec<String> = (self.bytes.values().filter(|ids| ids.len() > 1))
            .map(|ids| format!("{} hold the same bytes", first_names(ids)))
            .collect();
        for (identity, units) in &self.clusters {
            // Files of the same bytes are said already.
            let mut hashes: Vec<&str> = units.iter().map(|(sha256, _)| sha256.as_str()).collect();
            hashes.sort_unstable();
            hashes.dedup();
            if hashes.len() < 2 {
                continue;
            }
            let ids: Vec<String> = units.iter().map(|(_, id)| id.clone()).collect();
            let of = (identity.account.as_ref()).map_or_else(
                || format!("{}, files without an account", identity.region),
                |account| format!("{}, account {account}", identity.region),
            );
            let cluster = &identity.cluster;
            said.push(format!(
                "{} are all of cluster {cluster} ({of})",
                first_names(&ids)
            ));
        }
        said.sort();
        let more = said.len().saturating_sub(MOST_GROUPS);
        said.truncate(MOST_GROUPS);
        if more > 0 {
            said.push(format!("{more} further groups of units are of one cluster"));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_known_by_its_arn_or_by_region_and_name() {
        let identity = |text: &str| {
            let found = Identity::of(text.as_bytes())?;
            Some((found.account, found.region, found.cluster))
        };
        let is = |account: Option<&str>| {
            let account = account.map(str::to_owned);
            Some((account, "eu-west-1".to_owned(), "shop".to_owned()))
        };
        let arn =
            r#"{"clusters":[{"clusterArn": "arn:aws:ecs:eu-west-1:111111111111:cluster/shop"}]}"#;
        assert_eq!(identity(arn), is(Some("111111111111")));
        assert_eq!(
            identity(r#"{"version":1,"cluster":"shop","region":"eu-west-1"}"#),
            is(None)
        );
        assert_eq!(identity("cluster: shop\nregion: 'eu-west-1'\n"), is(None));
        assert_eq!(identity("service,cpu\ncluster,1\n"), None);
    }

    #[test]
    fn units_of_one_cluster_are_said_once() {
        let shop = |account: &str| {
            Some(Identity {
                account: Some(account.to_owned()),
                region: "r".to_owned(),
                cluster: "shop".to_owned(),
            })
        };
        let mut same = Same::default();
        same.add("a", "1", shop("1"));
        same.add("b", "1", shop("1"));
        same.add("c", "2", shop("2"));
        assert_eq!(same.said(), ["a, b hold the same bytes"]);
        same.add("d", "3", shop("2"));
        assert_eq!(
            same.said(),
            [
                "a, b hold the same bytes",
                "c, d are all of cluster shop (r, account 2)"
            ]
        );
    }
}
