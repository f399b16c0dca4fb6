//! What planning is given beside the cluster, and what comes of it: a plan, or why there is none.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::catalogue::offered::PriceError;
use crate::check::{CheckedPlan, Rejected};
use crate::commitment::pool::{CommitAsked, CommitmentError};
use crate::domain::plan::{FleetPlan, NotRealised};
use crate::domain::proof::Proof;
use crate::optimize::lp::LpError;
use crate::optimize::outcome::Ending;
use crate::optimize::problem::ProblemError;
use crate::proof::NotProven;

use super::columns::Columns;
use super::today::{NoToday, Today};

/// What a caller may choose.
#[derive(Debug, Clone, Copy)]
pub struct PlanOptions<'a> {
    /// Only the ideal packing, not the fleet that ECS's own scheduler can fill.
    pub ideal: bool,
    /// Whether the numbers of tasks stay or move.
    pub demand: DemandPattern,
    /// Probability with which every service is to keep its minimum of healthy tasks through a month.
    pub min_availability: Option<f64>,
    /// Stop when (ideal − bound) / ideal is proven to be at most this.
    pub gap: f64,
    /// Whether an ordinary day is played on the fleet and the tasks are replayed on the container instances of today:
    /// for whoever reads what a plan says, and not for a point of a sweep, of which only the cost is read.
    pub rehearses: bool,
    /// Counted work of the whole run; `None` = [`default_work`](super::default_work).
    pub work_limit: Option<u64>,
    /// Seed of the random choices.
    pub seed: u64,
    /// An earlier plan of this cluster, or of one much like it, to begin with.
    pub warm_start: Option<&'a FleetPlan>,
    /// Patterns of a related cluster's search, worth knowing and nothing more.
    pub columns: Option<&'a Columns>,
    /// Whether the bound is proven for a file, which takes time.
    pub proof: bool,
    /// What of today's fleet is to stay where it is; `None` for a plan that need not know it.
    pub moves: Option<MovesAsked>,
    /// Most changes of a group's size in a week, where demand moves over it; `None` for as many as AWS takes.
    pub max_schedule_changes: Option<u64>,
    /// Savings Plans that may be proposed with the fleet.
    pub commit: Option<CommitAsked>,
}

/// How much of today's fleet may move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MovesAsked {
    /// Most tasks restarted; `None` for as many as there are.
    pub most: Option<u64>,
    /// Whether cost against restarts is wanted for numbers between none and all.
    pub frontier: bool,
}

/// Whether services keep their numbers of tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DemandPattern {
    /// They do: groups of a fixed size, no instance ever empty.
    #[default]
    Steady,
    /// They do not: groups are packed, so that managed scaling finds empty instances to take away.
    Moving,
}

impl Default for PlanOptions<'_> {
    fn default() -> Self {
        Self {
            ideal: false,
            demand: DemandPattern::Steady,
            min_availability: None,
            gap: 0.0,
            rehearses: true,
            work_limit: None,
            seed: 0,
            warm_start: None,
            columns: None,
            proof: false,
            moves: None,
            max_schedule_changes: None,
            commit: None,
        }
    }
}

/// A plan that passed its own check, and what is known beside it.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: CheckedPlan,
    /// The container instances of today, or why there is nothing to compare with.
    pub today: Result<Today, NoToday>,
    /// The proof of its bound, where one was asked for, or why there is none.
    pub proof: Option<Result<Proof, NotProven>>,
    /// Why the optimizer ended.
    pub ending: Ending,
    /// What the search knew, to begin related ones with.
    pub columns: Columns,
    /// Units of counted work that the whole run has spent.
    pub work: u64,
    /// What the searches came upon.
    pub notes: Vec<SearchNote>,
}

/// Something that a plan's searches came upon.
#[derive(Debug)]
#[non_exhaustive]
pub enum SearchNote {
    /// Instance types without a price.
    Unpriced {
        /// AWS Region.
        region: String,
        /// The types.
        instance_types: Vec<String>,
    },
    /// What there was to choose from.
    Offerings {
        /// Offerings that may be used.
        usable: usize,
        /// Instance types that policy or price leave out.
        excluded: usize,
    },
    /// The size of the last search's problem, and what it did.
    Problem {
        /// Kinds of tasks.
        items: usize,
        /// Offerings.
        bins: usize,
        /// Columns generated.
        columns: usize,
        /// Rounds of column generation.
        rounds: u64,
    },
    /// Counted work by part.
    Work {
        /// Units of searches.
        searches: u64,
        /// Units of replays.
        replays: u64,
        /// Units of rehearsals.
        rehearsals: u64,
    },
    /// How the search for the packing ended.
    Ended(Ending),
    /// Why there was no second packing without the default of `maxShareOnInstance`.
    NoSecondPacking(PlanError),
    /// Why there was no second plan with what the first left of the work limit.
    NoSecondPlan(PlanError),
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Something that stays or is allowed has no price.
    #[error("{}", list(.0))]
    Unpriced(Vec<PriceError>),
    /// A number beyond what the optimizer represents.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// No plan around today's instances.
    #[error(transparent)]
    Moves(#[from] NoMoves),
    /// Something that needs the scheduler of ECS is asked for of a cluster of Kubernetes.
    #[error(
        "{0} need the scheduler of ECS, which does not place pods: leave them out for documents of Kubernetes"
    )]
    OfEcs(&'static str),
    /// Something is asked for that is not planned with Managed Instances.
    #[error(
        "not built yet with managedInstances: {}; leave it out, or managedInstances", .0.join(", ")
    )]
    ManagedInstances(Vec<&'static str>),
    /// Commitments that cannot be worked with.
    #[error(transparent)]
    Commitment(#[from] CommitmentError),
    /// No plan over the week.
    #[error(transparent)]
    Week(#[from] NoWeek),
    /// Stopped before every task had a place.
    #[error("the limit was reached before a plan was found; raise --time-limit or --work-limit")]
    LimitWithoutPlan,
    /// The plan does not pass its own check, which is a bug: it would mislead.
    #[error("this is a bug: the plan does not pass its own check and is withheld\n{0}")]
    Withheld(#[from] Box<Rejected>),
    /// The LP solver failed.
    #[error(transparent)]
    Solver(#[from] LpError),
}

/// Why there is no plan around today's instances.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoMoves {
    /// The file shows none that take tasks.
    #[error(
        "the file shows no active container instances, of which some could stay; add `containerInstances` as \
         `aws ecs describe-container-instances` prints them, or leave --max-moves and --moves out"
    )]
    NoInstances,
    /// The file does not show what runs on them.
    #[error(
        "the file does not show which tasks run on which instance; add `tasks` as `aws ecs describe-tasks` prints them \
         (`bayplan snapshot` writes both), or leave --max-moves and --moves out"
    )]
    TasksNotShown,
    /// Some tasks have no place under the policy, whatever moves.
    #[error(
        "some tasks have no place under the policy, whatever is moved; plan without --max-moves and --moves to see which and why"
    )]
    Unplaced,
    /// No plan that restarts so few was found.
    #[error(
        "no plan was found that restarts so few tasks{}",
        least.map_or_else(String::new, |least| format!("; the fewest found are {least}"))
    )]
    None {
        /// Fewest restarts of a plan that was found.
        least: Option<u64>,
    },
    /// Beside the instances that stay, some tasks have no place under the policy's limits.
    #[error(
        "beside the instances that stay some tasks were given no place: limits such as maxInstances, or a search cut short; \
         allow more restarts, or raise the limit that binds"
    )]
    NoRoom,
    /// What stays breaks a rule of the policy.
    #[error("the tasks that stay where they run break a rule of the policy; allow more restarts")]
    BreaksRule,
}

/// Why there is no plan over a week.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NoWeek {
    /// Something is asked for that is not planned over a week.
    #[error(
        "not built yet for demand over a week: {}; leave it out, or plan one number of tasks (`--at max`)", .0.join(", ")
    )]
    NotBuilt(Vec<&'static str>),
    /// No groups within the policy's limits.
    #[error(
        "no groups were found for all hours of the week within the policy's limits; raise maxCapacityProviders or maxInstances, \
         or --time-limit where there is one"
    )]
    NoGroups,
    /// Some tasks have no place in some hour.
    #[error(
        "some tasks have no place in some hour of the week; plan their largest numbers as desiredCount, without profiles, to see \
         which and why"
    )]
    Unplaced,
    /// The groups of the dearest hour were not filled.
    #[error(
        "the groups of the week's dearest hour were found and not filled under every rule; raise --work-limit or --time-limit, or plan the largest numbers as desiredCount"
    )]
    NotFilled(NotRealised),
    /// No packed groups for services whose demand is not known by the hour.
    #[error(
        "no packed groups were found for the services with minCount or maxCount and one number of tasks (--demand moving); raise \
         --work-limit or --time-limit, or leave --demand out"
    )]
    NotPacked(NotRealised),
}

fn list(errors: &[PriceError]) -> String {
    let mut lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    // What no type has a price of is said once.
    let mut said = BTreeSet::new();
    lines.retain(|line| said.insert(line.clone()));
    let stays = |error: &PriceError| matches!(error, PriceError::Staying { .. });
    let mut remedies = Vec::new();
    if errors.iter().any(stays) {
        remedies.push(
            "correct the type of what stays (`ecs.instance-type` among its attributes), give its price with \
             --on-demand-prices, or let today's instances go (keepInstances none)",
        );
    }
    if !errors.iter().all(stays) {
        remedies.push(
            "give the prices with --on-demand-prices or --other-prices, or set rootVolumeGib to 0",
        );
    }
    format!("{}\nremedy: {}", lines.join("\n"), remedies.join("; "))
}
