//! Live clusters of many accounts: JSON Lines, one cluster a line.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::domain::aws_names::shortened;
use crate::io::{Finding, Findings, did_you_mean};

use super::codes::{self, error};

/// Keys of a line.
const KEYS: [&str; 4] = ["account", "roleArn", "region", "cluster"];
/// Findings of one file that are said.
const MOST_FINDINGS: usize = 100;

static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| expression(r"^\d{12}$"));
static ROLE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^arn:aws[a-z-]*:iam::(?<account>\d{12}):role/[\w+=,.@/-]+$"));
static REGION: LazyLock<Regex> = LazyLock::new(|| expression(r"^[a-z]{2}(-[a-z]+)+-\d{1,2}$"));
// Source: Amazon ECS API Reference, `CreateCluster`, `clusterName`.
static CLUSTER: LazyLock<Regex> = LazyLock::new(|| expression(r"^[A-Za-z0-9_-]{1,255}$"));

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("a fixed expression")
}

/// A live cluster, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveCluster {
    /// Its account, 12 digits.
    pub account: String,
    /// The role that is assumed to read it; the credentials' own where there is none.
    pub role_arn: Option<String>,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub cluster: String,
}

/// Characters of a snapshot's name before its ending: ECS takes longer names of clusters than a file may have.
const LONGEST_STEM: usize = 200;

impl LiveCluster {
    /// Where its snapshot stands below a folder, and its unit's id.
    #[must_use]
    pub fn file(&self) -> String {
        let name = shortened(&self.cluster, LONGEST_STEM);
        format!("{}/{}/{name}.json", self.account, self.region)
    }
}

/// Reads the clusters, in the order of their units' ids. A line that is there twice counts once.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_accounts(text: &str, file: &str) -> Result<Vec<LiveCluster>, Findings> {
    let mut findings = Vec::new();
    let mut clusters = BTreeSet::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        match cluster(line, index + 1) {
            Ok(cluster) => {
                clusters.insert(cluster);
            }
            Err(wrong) => findings.extend(wrong),
        }
    }
    let clusters: Vec<LiveCluster> = clusters.into_iter().collect();
    for pair in clusters.chunk_by(|a, b| a.file() == b.file()) {
        if pair.len() > 1 {
            let cause = format!("{} is there with two roles", pair[0].file());
            findings.push(wrong("roleArn", None, cause));
        }
    }
    if clusters.is_empty() && findings.is_empty() {
        findings.push(wrong(
            "(the whole file)",
            None,
            "it has no cluster".to_owned(),
        ));
    }
    if findings.is_empty() {
        return Ok(clusters);
    }
    findings.truncate(MOST_FINDINGS);
    Err(Findings::new(file, findings))
}

fn wrong(place: &str, line: Option<usize>, cause: String) -> Finding {
    let remedy = "write {\"account\": \"12 digits\", \"roleArn\": \"arn:aws:iam::ACCOUNT:role/NAME\", \"region\", \"cluster\"} on a line of its own";
    error(codes::ACCOUNT, place, line, cause, remedy)
}

fn cluster(line: &str, number: usize) -> Result<LiveCluster, Vec<Finding>> {
    let wrong = |place: &str, cause: String| wrong(place, Some(number), cause);
    let document: Map<String, Value> = serde_json::from_str(line).map_err(|why| {
        let why = why.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        vec![wrong(
            "(the whole line)",
            format!("it is no JSON object: {why}"),
        )]
    })?;
    let mut findings = Vec::new();
    for key in document.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let key = crate::domain::text::visible_start(key, 100);
        let meant = did_you_mean(&key, KEYS.iter().copied());
        let cause = format!("`{key}` is no key of a cluster; {meant}");
        findings.push(wrong(&key, cause.trim_end_matches([' ', ';']).to_owned()));
    }
    let mut text = |key: &str, like: &Regex, what: &str| {
        let value = document.get(key);
        let text = value
            .and_then(Value::as_str)
            .filter(|text| like.is_match(text));
        if text.is_none() {
            let cause = if value.is_none() {
                "it is missing".to_owned()
            } else {
                format!("it is no {what}")
            };
            findings.push(wrong(key, cause));
        }
        text.unwrap_or_default().to_owned()
    };
    let account = text(
        "account",
        &ACCOUNT,
        "account number of 12 digits, as a text",
    );
    let region = text("region", &REGION, "Region, such as eu-west-1");
    let cluster = text(
        "cluster",
        &CLUSTER,
        "name of a cluster (letters, digits, `-`, `_`)",
    );
    let role_arn = match document.get("roleArn") {
        None | Some(Value::Null) => None,
        Some(_) => Some(text("roleArn", &ROLE, "ARN of a role")),
    };
    let of_role = role_arn.as_deref().and_then(|role| ROLE.captures(role));
    if of_role.is_some_and(|of_role| of_role["account"] != account) && ACCOUNT.is_match(&account) {
        let cause = format!("the role is of another account than {account}");
        findings.push(wrong("roleArn", cause));
    }
    if findings.is_empty() {
        Ok(LiveCluster {
            account,
            role_arn,
            region,
            cluster,
        })
    } else {
        Err(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE_ARN: &str = "arn:aws:iam::111111111111:role/team/reader";

    #[test]
    fn clusters_come_in_the_order_of_their_files_and_once() {
        let line = format!(
            r#"{{"account":"111111111111","roleArn":"{ROLE_ARN}","region":"eu-west-1","cluster":"shop"}}"#
        );
        let own = r#"{"account":"000000000001","region":"us-east-1","cluster":"own"}"#;
        let text = format!("{line}\n\n{own}\n{line}\n");
        let clusters = read_accounts(&text, "a").expect("clusters");
        let files: Vec<String> = clusters.iter().map(LiveCluster::file).collect();
        assert_eq!(
            files,
            [
                "000000000001/us-east-1/own.json",
                "111111111111/eu-west-1/shop.json"
            ]
        );
        assert_eq!(clusters[0].role_arn, None);
        assert_eq!(clusters[1].role_arn.as_deref(), Some(ROLE_ARN));
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_line() {
        let text = format!(
            "{{\"account\":111111111111,\"region\":\"eu\",\"cluster\":\"../x\",\"rolearn\":1}}\n[]\n\
             {{\"account\":\"222222222222\",\"roleArn\":\"{ROLE_ARN}\",\"region\":\"eu-west-1\",\"cluster\":\"x\"}}"
        );
        let findings = read_accounts(&text, "a").expect_err("findings").findings;
        let seen: Vec<(&str, Option<usize>, &str)> = (findings.iter())
            .map(|finding| (finding.code, finding.line, finding.place.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("F1006", Some(1), "rolearn"),
                ("F1006", Some(1), "account"),
                ("F1006", Some(1), "region"),
                ("F1006", Some(1), "cluster"),
                ("F1006", Some(2), "(the whole line)"),
                ("F1006", Some(3), "roleArn"),
            ]
        );
        let twice = "{\"account\":\"111111111111\",\"region\":\"eu-west-1\",\"cluster\":\"x\"}";
        let text = format!(
            "{twice}\n{}",
            twice.replacen('{', &format!("{{\"roleArn\":\"{ROLE_ARN}\","), 1)
        );
        assert!(read_accounts(&text, "a").is_err());
        assert!(read_accounts("\n", "a").is_err());
    }
}
