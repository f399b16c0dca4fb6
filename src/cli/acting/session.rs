//! A connection to the cluster that is changed, and who is told on the way.

use jiff::SignedDuration;

use crate::apply::live::Said;
use crate::aws::acting::{Acting, Caller, Lock, LockError};
use crate::aws::connection::{Connection, block_on};
use crate::aws::sdk::Sdk;
use crate::domain::text::visible;
use crate::optimize::stop::Interrupt;
use crate::report::apply as words;

use super::super::aws_args::AwsArgs;
use super::super::diagnostics::Diagnostics;
use super::super::exit::Failure;
use super::super::interrupt;
use super::super::snapshot::{no_connection, pace};
use super::HowArgs;
use super::alone::Alone;
use super::failures::no_queue;

/// A connection, and who is told.
pub(super) struct Session {
    sdk: Sdk,
    cluster: String,
    told: Told,
}

impl Session {
    pub(super) fn open(
        cluster: &str,
        region: &str,
        aws: &AwsArgs,
        diagnostics: Diagnostics,
    ) -> Result<Self, Failure> {
        let connection = block_on(Connection::open(&aws.options(Some(region))))
            .map_err(|error| no_queue(&error))?
            .map_err(|error| no_connection(&error))?;
        let interrupt = interrupt::install_saying(
            diagnostics,
            "interrupted: stopping after the present call; again to end at once",
        );
        Ok(Self {
            sdk: Sdk::new(&connection),
            cluster: cluster.to_owned(),
            told: Told {
                interrupt,
                diagnostics,
            },
        })
    }

    pub(super) fn live(&self, args: &HowArgs) -> Result<Acting<'_>, Failure> {
        let diagnostics = self.told.diagnostics;
        let paces = (pace(diagnostics), pace(diagnostics));
        let lease = SignedDuration::from_secs(args.lease.into());
        Acting::new(&self.sdk, &self.cluster, paces, lease, &self.told)
            .map_err(|error| no_queue(&error))
    }
}

struct Told {
    interrupt: &'static Interrupt,
    diagnostics: Diagnostics,
}

impl Caller for Told {
    fn is_interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }

    fn say(&self, what: Said<'_>) {
        match what {
            Said::Begins { number, of, work } => {
                let does = words::said(work);
                (self.diagnostics).finding(&format!("step {number} of {of}: {does}"));
            }
            Said::Done(number) => self.diagnostics.finding(&format!("step {number} is done")),
            Said::TakesBack { number, work } => {
                let did = words::said(work);
                (self.diagnostics).finding(&format!("takes back step {number}: {did}"));
            }
            Said::IsGone(target) => {
                (self.diagnostics).finding(&format!("{target} is gone: it needs nothing"));
            }
            Said::Waits(what) => self.diagnostics.note(&format!("waits: {}", visible(what))),
        }
    }
}

pub(super) fn release(live: &Acting<'_>, alone: &Alone, diagnostics: Diagnostics) {
    match Lock::release(live) {
        Ok(()) => alone.gave_back(),
        Err(LockError::Lost) => diagnostics.warning(
            "somebody else took the lock on the cluster before it was given back, and keeps it",
        ),
        Err(error) => diagnostics.warning(&format!(
            "the lock on the cluster stays until its lease ends: {error}"
        )),
    }
}
