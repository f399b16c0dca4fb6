//! Groups of flags that several commands share, and how their values are read. Nothing here knows a command.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use clap::{Args, ValueEnum};

use crate::optimize::stop::{Deadline, Never, Stop};

use super::aws_args::AwsArgs;
use super::catalogue_files::CatalogueFileArgs;
use super::policy_args::PolicyArgs;

/// Largest bill that is taken: an hour of it is beyond any real one and inside the range of money.
const MOST_USD_PER_MONTH: u64 = 100_000_000_000;

/// How to read the cluster: what the file leaves open, the policy and the catalogue.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// AWS Region; without it the file's, or that of its ARNs, then `AWS_REGION`
    #[arg(long, value_name = "REGION", help_heading = "Input", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// A flat CSV's column by its heading there, such as `cpu="vCPU units"`; may be given several times
    #[arg(long, value_name = "COLUMN=HEADING", value_parser = column, help_heading = "Input")]
    pub column: Vec<(String, String)>,
    /// Availability Zones by name or id, for a CSV or in place of the file's
    #[arg(
        long,
        value_name = "ZONES",
        value_delimiter = ',',
        help_heading = "Input"
    )]
    pub availability_zones: Vec<String>,
    /// What today's fleet costs, in place of what the file's container instances do
    #[arg(long, value_name = "USD", value_parser = bill, help_heading = "Input")]
    pub today_usd_per_month: Option<Decimal>,
    /// Day against which the file's commitments end, YYYY-MM-DD [default: that of the snapshot, else of the prices]
    #[arg(long, value_name = "DAY", help_heading = "Input")]
    pub as_of: Option<String>,
    /// Counts.
    #[command(flatten)]
    pub count: CountArgs,
    /// Policy flags.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Catalogue files.
    #[command(flatten)]
    pub catalogue: CatalogueFileArgs,
    /// Connection to a live cluster.
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// Our name of a column and a heading.
pub(super) fn column(text: &str) -> Result<(String, String), String> {
    let (ours, theirs) = (text.split_once('='))
        .ok_or_else(|| "write it as COLUMN=HEADING, such as `cpu=vCPU`".to_owned())?;
    Ok((ours.trim().to_owned(), theirs.trim().to_owned()))
}

/// The flag that chooses counts.
#[derive(Debug, Args)]
pub struct CountArgs {
    /// Which of a service's counts to plan for
    #[arg(
        long,
        value_name = "COUNT",
        default_value = "desired",
        help_heading = "Input"
    )]
    pub at: CountArg,
}

/// Which of a service's counts to plan for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CountArg {
    /// `minCount` where given, else `desiredCount`
    Min,
    /// `desiredCount`
    Desired,
    /// `maxCount` where given, else `desiredCount`
    Max,
}

/// Whether services keep their numbers of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemandArg {
    /// They do: groups of a fixed size with tasks spread over all instances
    Steady,
    /// They do not: packed groups that managed scaling makes smaller and larger
    Moving,
}

impl CountArg {
    /// The word of the flag.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Desired => "desired",
            Self::Max => "max",
        }
    }
}

/// When to stop each of several plans.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct SearchArgs {
    /// Seconds for the whole command; the result then depends on the machine [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Counted work of each plan, about microseconds of one core [default: by size and number]
    #[arg(long, value_name = "UNITS")]
    pub work_limit: Option<u64>,
    /// Stop each plan once it is proven within this fraction of the cheapest possible, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value = "0", value_parser = fraction)]
    pub gap: f64,
    /// Compare the best packings, whether or not ECS's scheduler can fill them
    #[arg(long)]
    pub ideal: bool,
    /// Seed of everything random in the search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// The wall-clock limit, counted from the start of the command.
pub(super) fn time_limit(limit: Option<Duration>, started: Instant) -> Box<dyn Stop> {
    // A limit beyond what the clock can express never comes.
    match limit.and_then(|limit| started.checked_add(limit)) {
        Some(deadline) => Box::new(Deadline(deadline)),
        None => Box::new(Never),
    }
}

/// When to stop.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Seconds for the whole command; the result then depends on the machine [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Counted work of the whole run, about microseconds of one core [default: by the size of the problem]
    #[arg(long, value_name = "UNITS")]
    pub work_limit: Option<u64>,
    /// Stop once the plan is proven within this fraction of the cheapest possible, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value = "0", value_parser = fraction)]
    pub gap: f64,
    /// Plan the best packing, whether or not ECS's scheduler can fill it
    #[arg(long)]
    pub ideal: bool,
    /// Whether services keep their numbers of tasks: `moving` packs instances, so that empty ones can be taken away
    #[arg(long, value_name = "PATTERN", default_value = "steady")]
    pub demand: DemandArg,
    /// So little Spot that every service keeps its minimum of healthy tasks through a month with this probability:
    /// `0.99` or `99%`
    #[arg(long, value_name = "PROBABILITY", value_parser = saving, allow_negative_numbers = true)]
    pub min_availability: Option<Decimal>,
    /// Most changes of a group's size in a week, where demand moves over it: sizes are raised in some hours [default: the 125 that
    /// Auto Scaling takes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=125))]
    pub max_schedule_changes: Option<u64>,
    /// Begin with an earlier plan (JSON) of this cluster, or of one much like it: a fraction of the work
    #[arg(long, value_name = "PLAN")]
    pub warm_start: Option<PathBuf>,
    /// Seed of everything random in the search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// A time limit.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "not a number of seconds above 0".to_owned())
}

/// A budget.
pub(crate) fn usd(text: &str) -> Result<Decimal, String> {
    (text.parse().ok())
        .filter(|amount: &Decimal| *amount >= Decimal::ZERO)
        .ok_or_else(|| "not an amount in USD such as 5000".to_owned())
}

/// The bill of a month, in USD.
fn bill(text: &str) -> Result<Decimal, String> {
    let amount = usd(text)?;
    (amount <= Decimal::from(MOST_USD_PER_MONTH))
        .then_some(amount)
        .ok_or_else(|| format!("more than {MOST_USD_PER_MONTH} USD"))
}

/// A part of a cost, as a fraction or in percent.
pub(super) fn saving(text: &str) -> Result<Decimal, String> {
    let wrong =
        || "not a fraction from 0 to 1 such as 0.05, and not a percentage such as 5%".to_owned();
    let number = |text: &str| text.trim().parse::<Decimal>().map_err(|_| wrong());
    let fraction = match text.trim().strip_suffix('%') {
        Some(percent) => number(percent)? / Decimal::ONE_HUNDRED,
        None => number(text)?,
    };
    let range = Decimal::ZERO..=Decimal::ONE;
    range
        .contains(&fraction)
        .then_some(fraction)
        .ok_or_else(wrong)
}

/// A gap.
pub(super) fn fraction(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|fraction| (0.0..=1.0).contains(fraction))
        .ok_or_else(|| "not a fraction from 0 to 1, such as 0.005".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_outside_their_range_are_refused() {
        for text in ["0", "-1", "NaN", "inf", "1e300", "soon"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["-0.1", "1.01", "NaN", "half"] {
            assert!(fraction(text).is_err(), "{text}");
        }
        assert_eq!(fraction("0.005"), Ok(0.005));
    }
}
