//! Snapshots of recorded answers, and of answers that fail.

mod answers;
mod call_sites;
mod failing;
mod recorded;
mod secrets;
mod snapshots;

use std::time::Duration;

use super::call::Api;
use super::pace::{Clock, Pace};
use super::reader::Reader;
use super::snapshot::{Snapshot, SnapshotError, SnapshotOptions, snapshot};

/// Nobody waits in tests.
#[derive(Debug, Default, Clone, Copy)]
struct NoWait;

impl Clock for NoWait {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {
        // Others have their turn, as they have while one waits.
        tokio::task::yield_now().await;
    }
}

fn options() -> SnapshotOptions {
    SnapshotOptions {
        cluster: "prod".to_owned(),
        region: "us-east-1".to_owned(),
        taken_at: "2026-11-29T00:00:00Z".to_owned(),
        redact_arns: false,
    }
}

fn take(api: impl Api) -> Result<Snapshot, SnapshotError> {
    take_as(api, &options())
}

fn take_as(api: impl Api, options: &SnapshotOptions) -> Result<Snapshot, SnapshotError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let reader = Reader::new(api, Pace::new(NoWait));
    runtime
        .expect("a runtime")
        .block_on(snapshot(&reader, options))
}
