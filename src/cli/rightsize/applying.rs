//! `bayplan rightsize --apply`: the proposed sizes as steps for the live cluster, and with `--yes` done under the guards of `bayplan apply`.

use clap::Args;
use serde_json::Value;

use crate::apply::sizes::size_steps;
use crate::apply::step::Step;
use crate::apply::steps::{Bills, Refusal};
use crate::cli::exit::{Exit, Failure};
use crate::report::apply::{Steps, document, refusal, text};
use crate::report::rightsize::{SizeSteps, Sizes};

#[cfg(feature = "aws")]
use crate::apply::{budget::Budget, quotas::Needs};
#[cfg(feature = "aws")]
use crate::cli::{acting, diagnostics::Diagnostics};

/// Putting the sizes into a live cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "Acting")]
pub struct ApplyingArgs {
    /// Show the steps that give the services of a live cluster, or of its snapshot, the proposed sizes; counts and fleet stay
    #[arg(long)]
    pub apply: bool,
    /// Do them; without this flag nothing in AWS is changed
    #[cfg(feature = "aws")]
    #[arg(long, requires = "apply")]
    pub yes: bool,
    /// How they are done.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub how: acting::HowArgs,
}

/// The steps from a snapshot to its proposals.
pub(super) struct Applying {
    steps: Vec<Step>,
}

/// The fingerprint of a snapshot; none of another file.
fn fingerprint(snapshot: &str) -> Option<String> {
    let document: Value = serde_json::from_str(snapshot).ok()?;
    document["snapshot"]["fingerprint"]
        .as_str()
        .map(str::to_owned)
}

impl Applying {
    /// Finds them.
    ///
    /// # Errors
    /// When the cluster file is no snapshot, or something stands against a step.
    pub(super) fn of(snapshot: &str, proposed: &str) -> Result<Self, Failure> {
        if fingerprint(snapshot).is_none() {
            return Err(Failure::input(
                "--apply needs to know what runs: give a live cluster (`ecs:NAME`), or the file of `bayplan snapshot`".to_owned(),
            ));
        }
        let (steps, refusals) = size_steps(snapshot, proposed)
            .map_err(|error| Failure::input(format!("the snapshot is no JSON: {error}")))?;
        if !refusals.is_empty() {
            return Err(refused(&refusals));
        }
        Ok(Self { steps })
    }

    /// As they are shown beside the sizes.
    pub(super) fn shown(&self, sizes: &Sizes) -> SizeSteps {
        let fleets = &sizes.fleets;
        let steps = Steps {
            cluster: &sizes.cluster,
            region: &sizes.region,
            steps: &self.steps,
            not_allowed: 0,
            bills: Bills {
                today: fleets.running,
                planned: fleets.planned.usd_per_hour,
            },
            policy: None,
            not_drained: &[],
            not_offered: None,
            leaves_alone: false,
            at_a_time: 1,
            resets: 0,
        };
        SizeSteps {
            text: text(&steps),
            document: document(&steps),
        }
    }

    /// Does them.
    ///
    /// # Errors
    /// When they are refused before the first.
    #[cfg(feature = "aws")]
    pub(super) fn act(
        &self,
        args: &super::RightsizeArgs,
        (snapshot, proposed, sizes): (&str, &str, &Sizes),
        diagnostics: Diagnostics,
    ) -> Result<Exit, Failure> {
        let budget = Budget::new(0, None, None);
        let work = acting::Work {
            cluster: &sizes.cluster,
            region: &sizes.region,
            plan: proposed.as_bytes(),
            snapshot,
            flags: None,
            fingerprint: &fingerprint(snapshot).unwrap_or_default(),
            steps: &self.steps,
            excess: &[],
            budget: (budget, sizes.fleets.running),
            not_allowed: 0,
            leaves_alone: false,
            max_steps: None,
            detailed_exitcode: false,
            needs: &Needs::of(&self.steps, &[]),
            aws: &args.input.aws,
        };
        acting::act(&args.applying.how, &work, diagnostics)
    }
}

fn refused(refusals: &[Refusal]) -> Failure {
    let mut lines: Vec<String> = refusals.iter().map(refusal).collect();
    lines.dedup();
    let is_input = |refusal: &Refusal| matches!(refusal, Refusal::NotInSnapshot(_));
    let exit = if refusals.iter().all(is_input) {
        Exit::InvalidInput
    } else {
        Exit::Refused
    };
    Failure::new(exit, format!("nothing was done\n  {}", lines.join("\n  ")))
}
