//! Arguments of `simulate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::args::{InputArgs, seconds};
use crate::domain::plan::FleetPlan;
use crate::domain::schedule::Timing;
use crate::simulate::scenario::{Scenario, Subject};

const EXAMPLES: &str = "\
Examples:
  bayplan simulate cluster.yaml plan.json
  bayplan simulate cluster.yaml plan.json --strategy own,binpack-memory,spread-zone+binpack-memory
  bayplan simulate cluster.yaml plan.json --scenario zone-loss --trace loss.jsonl --trace loss.svg

Strategies: `own` (each service's), `default` (what ECS does without one), `random`, `binpack-cpu`,
`binpack-memory`, `spread-zone`, `spread-instance`, `spread:ATTRIBUTE`; several in order are joined by `+`.";

/// Arguments of `simulate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct SimulateArgs {
    /// Cluster file; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Plan as `bayplan plan --format json` prints it; without it the file's container instances, and without
    /// those a scale-out of its Auto Scaling groups
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// Arrival orders to replay, half of them service by service [default: as many as 2,000,000 tasks make, 2 to 100]
    #[arg(long, value_name = "N", help_heading = "Replay", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub orders: Option<u64>,
    /// Placement strategies of all services, to compare; see below [default: own]
    #[arg(
        long,
        value_name = "STRATEGIES",
        value_delimiter = ',',
        help_heading = "Replay"
    )]
    pub strategy: Vec<String>,
    /// Leave capacity provider strategies out: every task may use any instance
    #[arg(long, help_heading = "Replay")]
    pub any_provider: bool,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Replay")]
    pub seed: u64,
    /// What ECS does where AWS documents no rule, as KEY=VALUE; the keys are among the assumptions printed
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, help_heading = "Replay")]
    pub choice: Vec<(String, String)>,
    /// What happens, minute by minute [default: week for a plan over a week, else scale-out where a provider scales]
    #[arg(long, value_name = "SCENARIO", help_heading = "Scenario")]
    pub scenario: Option<ScenarioArg>,
    /// Service that `deploy` deploys [default: the one with the most tasks], or that alone grows in `growth` [default: all]
    #[arg(long, value_name = "NAME", help_heading = "Scenario")]
    pub service: Option<String>,
    /// Zone that `zone-loss` loses [default: the one with the most instances]
    #[arg(long, value_name = "ZONE", help_heading = "Scenario")]
    pub zone: Option<String>,
    /// Percent of its tasks that `scale-in` leaves each service
    #[arg(long, value_name = "PERCENT", default_value_t = 50, help_heading = "Scenario", value_parser = clap::value_parser!(u64).range(0..=100))]
    pub keep_percent: u64,
    /// Set the sizes of the start again, as a plan's scheduled action does: is the fleet as large as before? After `deploy` (three hours), `instance-loss`, `spot-reclaim` (one), `zone-loss` (two; the zone is there again after one), and after `growth` of today's fleet (a plan's has it anyway)
    #[arg(long, help_heading = "Scenario")]
    pub reset: bool,
    /// In `spot-reclaim` every instance of the pool that runs short gets notice, as on a plan's first screen, and not each with its probability
    #[arg(long, help_heading = "Scenario")]
    pub whole_pool: bool,
    /// Minutes to replay at most [default: 180 for scale-out and deploy, which end when settled; 300 for deploy, 240 for zone-loss and 180 for instance-loss and spot-reclaim with --reset; 245 for growth; 10080 for week; 60]
    #[arg(long, value_name = "N", help_heading = "Scenario", value_parser = clap::value_parser!(u64).range(1..=10_080))]
    pub minutes: Option<u64>,
    /// Minutes from an instance's launch until it registers [default: 2]
    #[arg(long, value_name = "N", help_heading = "Scenario", value_parser = clap::value_parser!(u64).range(0..=120))]
    pub launch_minutes: Option<u64>,
    /// Minutes before an hour at which groups of a plan over a week grow for it
    #[arg(long, value_name = "N", default_value_t = Timing::default().warm_up_minutes, help_heading = "Scenario", value_parser = clap::value_parser!(u64).range(0..=29))]
    pub warm_up_minutes: u64,
    /// Minutes after an hour's begin at which they shrink for it
    #[arg(long, value_name = "N", default_value_t = Timing::default().drain_minutes, help_heading = "Scenario", value_parser = clap::value_parser!(u64).range(0..=29))]
    pub drain_minutes: u64,
    /// Managed termination protection: scale-in takes empty instances only
    #[arg(long, help_heading = "Scenario")]
    pub termination_protection: bool,
    /// Services rebalance their tasks over zones
    #[arg(long, help_heading = "Scenario")]
    pub zone_rebalancing: bool,
    /// Monte-Carlo trials of `spot-reclaim`
    #[arg(long, value_name = "N", default_value_t = 10_000, help_heading = "Scenario", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub trials: u64,
    /// Seconds for the whole command: what is cut by then is said [default: none]
    #[arg(long, value_name = "SECONDS", help_heading = "Limits", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Write the scenario's trace: JSON Lines (.jsonl), a table (.csv) or a picture (.svg); may be given again
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub trace: Vec<PathBuf>,
    /// Form of the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: SimulateFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

impl SimulateArgs {
    /// What the scenario is about, on a plan's fleet or on today's.
    pub fn subject(&self, plan: Option<&FleetPlan>) -> Subject {
        Subject {
            whole_pool: self.whole_pool,
            // A plan's groups have a scheduled action for it; of today's the file shows none.
            resets: self.reset || plan.is_some() && self.scenario == Some(ScenarioArg::Growth),
            lowered: plan.map_or_else(Vec::new, |plan| plan.reset_percentages().to_vec()),
            service: self.service.clone(),
            zone: self.zone.clone(),
            keep_percent: self.keep_percent,
        }
    }
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScenarioArg {
    /// A service is deployed anew
    Deploy,
    /// A zone is lost
    ZoneLoss,
    /// Each instance is lost once; the worst is shown
    InstanceLoss,
    /// A pool of Spot instances runs short; with the probability that services keep their minimum
    SpotReclaim,
    /// All tasks ask for a place and no instance is there
    ScaleOut,
    /// The desired count of every service falls
    ScaleIn,
    /// Desired counts rise to maxCount and fall back two hours later; a plan's reset to the planned sizes follows
    Growth,
    /// A week of a plan over a week: counts by the hour, groups by their schedules; its default there
    Week,
}

impl ScenarioArg {
    /// Whether the sizes may be set again afterwards.
    pub const fn may_be_reset(self) -> bool {
        matches!(
            self,
            Self::Deploy | Self::Growth | Self::InstanceLoss | Self::SpotReclaim | Self::ZoneLoss
        )
    }
}

impl From<ScenarioArg> for Scenario {
    fn from(scenario: ScenarioArg) -> Self {
        match scenario {
            ScenarioArg::Deploy => Self::Deploy,
            ScenarioArg::ZoneLoss => Self::ZoneLoss,
            ScenarioArg::InstanceLoss => Self::InstanceLoss,
            ScenarioArg::SpotReclaim => Self::SpotReclaim,
            ScenarioArg::ScaleOut => Self::ScaleOut,
            ScenarioArg::ScaleIn => Self::ScaleIn,
            ScenarioArg::Growth => Self::Growth,
            ScenarioArg::Week => Self::Week,
        }
    }
}

/// Forms of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulateFormat {
    /// For a terminal
    Text,
    /// A document, version 1
    Json,
    /// The replays as rows
    Csv,
    /// For a pull request
    Markdown,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .ok_or_else(|| "not KEY=VALUE, as in combine=sum".to_owned())
}
