//! A live cluster as a cluster file that [`crate::io`] reads.

mod document;
mod fingerprint;
mod free_text;
mod left_out;
mod live;
mod order;
mod redact;
mod templates;

use serde_json::Value;
use thiserror::Error;

use super::accounts;
use super::call::Api;
use super::errors::CallError;
use super::pace::Clock;
use super::reader::Reader;
use crate::domain::text::visible;
use crate::io::Findings;

/// What to read, and how to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotOptions {
    /// The cluster's name or ARN.
    pub cluster: String,
    /// Its Region.
    pub region: String,
    /// The moment that the file names, as RFC 3339.
    pub taken_at: String,
    /// Whether ARNs are cut down to the names at their ends.
    pub redact_arns: bool,
}

/// A cluster file, and what its reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The file.
    pub text: String,
    /// What is left out and why, and what was not allowed to be read; the file has them too.
    pub notes: Vec<String>,
    /// Attempts of calls that it took.
    pub calls: u64,
}

/// Why there is no snapshot.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SnapshotError {
    /// A call failed.
    #[error("{0}")]
    Call(#[from] CallError),
    /// There is no such cluster.
    #[error(
        "there is no cluster `{}` in {}\nlook at `aws ecs list-clusters`, or give another --region or --profile",
        visible(&accounts::hidden(name)), visible(region)
    )]
    NoCluster {
        /// The name asked for.
        name: String,
        /// The Region asked.
        region: String,
    },
    /// What AWS answered makes no file that can be read.
    #[error("what AWS answered makes no cluster file that can be read:\n{0}")]
    Unreadable(Findings),
}

/// Reads a cluster.
///
/// # Errors
/// When a call fails that is needed, there is no such cluster, or nothing readable comes of the answers.
pub async fn snapshot<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &SnapshotOptions,
) -> Result<Snapshot, SnapshotError> {
    let live = live::read(reader, options).await?;
    let mut document = document::of(live, options);
    free_text::trim(&mut document.sections);
    for name in redact::accounts(&mut document.sections) {
        document.notes.push(format!(
            "the name `{name}` stands with zeros in place of the account's number: nothing in AWS has it, and the plan cannot be applied"
        ));
    }
    left_out::unreadable(&mut document, options)?;
    // Of the cluster, not of how the file shows it: a file with ARNs and one without are of the same state.
    let fingerprint = fingerprint::of(&document.sections);
    if options.redact_arns {
        redact::arns(&mut document.sections);
    }
    for note in &mut document.notes {
        *note = accounts::hidden(note);
        if options.redact_arns {
            *note = redact::arns_in(note);
        }
    }
    document.notes.sort();
    document.notes.dedup();
    let text = document.text(&options.taken_at, &fingerprint);
    Ok(Snapshot {
        text,
        notes: document.notes,
        calls: reader.attempts(),
    })
}

/// The text of a key, empty where there is none.
fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap_or_default()
}

/// The items of a list, none where there is none.
fn list<'a>(item: &'a Value, key: &str) -> &'a [Value] {
    item[key].as_array().map_or(&[], Vec::as_slice)
}
