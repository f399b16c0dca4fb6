//! `bayplan simulate CLUSTER [PLAN]`.

mod args;
mod strategies;
mod traces;

use std::time::Instant;

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::domain::schedule::Timing;
use crate::domain::text::visible;
use crate::optimize::stop::{Share, Stop};
use crate::report::simulation::assumptions::{Simulated, assumptions};
use crate::report::simulation::document::{
    AvailabilityReport, LeftOut, ReplayReport, ScenarioReport, SimulationReport, WeekReport,
};
use crate::report::simulation::notes::note;
use crate::report::simulation::{csv, markdown, text};
use crate::report::wording;
use crate::simulate::availability::{AvailabilityOptions, Deployment, availability_until};
use crate::simulate::choices::Choices;
use crate::simulate::cut::Cut;
use crate::simulate::engine::{
    EngineOptions, GroupPlan, IsOver, Unshown, groups_of_plan, groups_of_today,
};
use crate::simulate::note::{CutNote, Note};
use crate::simulate::replay::replay_many;
use crate::simulate::scenario::reset;
use crate::simulate::scenario::{Played, Scenario, ScenarioError, play_until, service_to_deploy};
use crate::simulate::setup::{
    Setup, SetupOptions, of_groups, of_today_only, on_fargate_today, with_plan,
};
use crate::simulate::summary::Summary;
use crate::simulate::week::{self, NoWeekPlayed, PlayedWeek};

use super::args::time_limit;
use super::checked::{ClusterDay, GivenPlan, OnFailure};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;
use strategies::NamedStrategy;

pub use args::{ScenarioArg, SimulateArgs, SimulateFormat};

/// Tasks that are replayed over all orders unless `--orders` says how many.
const TASKS_REPLAYED: u64 = 2_000_000;
/// Of the clock, this part at most goes to the orders of arrival; the rest is for the scenario.
const CLOCK_OF_REPLAYS: (u32, u32) = (1, 2);
/// Orders at most by default.
const MOST_ORDERS: u64 = 100;

/// Simulates and prints what came of it.
///
/// # Errors
/// When a file or a flag cannot be used.
pub fn run(
    args: &SimulateArgs,
    started: Instant,
    diagnostics: Diagnostics,
) -> Result<Exit, Failure> {
    let plan_file = args.plan.as_deref();
    if plan_file.is_some_and(|plan| input::is_stdin(plan) && input::is_stdin(&args.cluster)) {
        let message = "only one of CLUSTER and PLAN can be stdin";
        return Err(Failure::new(Exit::Usage, message));
    }
    traces::check(&args.trace)?;
    if args.reset && !args.scenario.is_some_and(ScenarioArg::may_be_reset) {
        let message = "--reset goes with --scenario deploy, growth, instance-loss, spot-reclaim and zone-loss";
        return Err(Failure::new(Exit::Usage, message));
    }
    if args.whole_pool && args.scenario != Some(ScenarioArg::SpotReclaim) {
        let message = "--whole-pool goes with --scenario spot-reclaim";
        return Err(Failure::new(Exit::Usage, message));
    }
    let strategies = strategies::parse(&args.strategy)?;
    let choices = choices(args)?;
    let (cluster, catalogue) = input::read_week(&args.cluster, &args.input, diagnostics)?;
    input::of_ecs(&cluster, "simulate")?;
    let given = plan_file.map(GivenPlan::read_week).transpose()?;
    if let Some(given) = &given {
        // What ECS does with a fleet that is too small is a question too.
        let how = (ClusterDay::OfThePlan, OnFailure::Warn);
        given.passes(&cluster, &catalogue, how, diagnostics)?;
    }
    let plan = given.as_ref().map(|given| &given.plan);
    // Whatever is not played over the week is played in the hour that the plan shows.
    let hour = plan
        .filter(|_| cluster.week.is_some())
        .map(|plan| {
            week::shown_hour(&cluster, plan).ok_or_else(|| {
                Failure::input("the plan shows no hour of this cluster's week: plan again")
            })
        })
        .transpose()?
        .map(|shown| cluster.at_hour(shown));
    // Today's groups have a week of their own, which begins on Monday.
    let of_today = plan.is_none()
        && cluster.week.is_some()
        && matches!(args.scenario, None | Some(ScenarioArg::Week));
    let hour = hour.or_else(|| of_today.then(|| cluster.at_hour(0)));
    if hour.is_none() {
        input::one_number(&cluster)?;
    }
    let simulation = Simulation {
        args,
        cluster: hour.as_ref().unwrap_or(&cluster),
        over_week: hour.is_some().then_some(&cluster),
        catalogue: &catalogue,
        plan,
        source: Source::of(&cluster, plan)?,
        choices,
    };
    let clock = time_limit(args.time_limit, started);
    let (report, played) = simulation.report(&strategies, clock.as_ref())?;
    if let Some(played) = &played {
        traces::write(&args.trace, &report, &played.run.trace)?;
    }
    let destination = Destination::from_option(args.output.as_ref());
    let result = match args.format {
        SimulateFormat::Text => text::render(&report, destination.emphasis()),
        SimulateFormat::Json => {
            let mut json = serde_json::to_string_pretty(&report).expect("texts and finite numbers");
            json.push('\n');
            json
        }
        SimulateFormat::Csv => csv::render(&report),
        SimulateFormat::Markdown => markdown::render(&report),
    };
    destination.write(result.as_bytes())?;
    Ok(Exit::Done)
}

/// A week that was played, with what the file leaves open of its groups.
fn staged_week(week: PlayedWeek, timing: Timing, notes: Vec<Note>) -> Staged {
    let report = WeekReport::new(&week, timing);
    let played = week.into();
    Staged {
        report: Some(ScenarioReport {
            week: Some(report),
            ..ScenarioReport::new(Scenario::Week, &played)
        }),
        played: Some(played),
        notes,
    }
}

/// What the end of the time cut of a scenario.
fn what_was_cut(played: &Played) -> Option<CutNote> {
    if played.run.is_cut {
        let minutes = played.run.trace.minutes.len() as u64;
        return Some(CutNote::Scenario { minutes });
    }
    (played.left_out > 0).then_some(CutNote::Losses {
        instances: played.left_out,
    })
}

fn choices(args: &SimulateArgs) -> Result<Choices, Failure> {
    let mut choices = Choices::default();
    for (key, value) in &args.choice {
        (choices.set(key, value))
            .map_err(|error| Failure::new(Exit::Usage, format!("--choice: {error}")))?;
    }
    Ok(choices)
}

/// Where the fleet comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Plan,
    Today,
    Groups,
}

impl Source {
    fn of(cluster: &Cluster, plan: Option<&FleetPlan>) -> Result<Self, Failure> {
        if plan.is_some() {
            Ok(Self::Plan)
        } else if cluster
            .container_instances
            .iter()
            .any(|instance| instance.active)
        {
            Ok(Self::Today)
        } else if cluster
            .deployed
            .groups
            .iter()
            .any(|group| !group.instance_types.is_empty())
        {
            Ok(Self::Groups)
        } else {
            Err(Failure::input(
                "there is nothing to place tasks on: give a PLAN, or a cluster file with `containerInstances` or \
                 with `autoScalingGroups` that name instance types",
            ))
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Today => "containerInstances",
            Self::Groups => "autoScalingGroups",
        }
    }
}

/// A scenario that was played, or nothing.
#[derive(Default)]
struct Staged {
    report: Option<ScenarioReport>,
    played: Option<Played>,
    /// What the file leaves open of the groups that took part.
    notes: Vec<Note>,
}

struct Simulation<'a> {
    args: &'a SimulateArgs,
    cluster: &'a Cluster,
    /// The cluster over its week, where the plan is over one.
    over_week: Option<&'a Cluster>,
    catalogue: &'a Catalogue,
    plan: Option<&'a FleetPlan>,
    source: Source,
    choices: Choices,
}

impl Simulation<'_> {
    fn report(
        &self,
        strategies: &[NamedStrategy],
        stop: &dyn Stop,
    ) -> Result<(SimulationReport, Option<Played>), Failure> {
        let setups: Vec<Setup> = (strategies.iter())
            .map(|strategy| self.setup(strategy, self.args.any_provider, None, false))
            .collect::<Result<_, _>>()?;
        let first = &setups[0];
        let tasks = first.world.workload.tasks();
        let orders = self
            .args
            .orders
            .unwrap_or_else(|| (TASKS_REPLAYED / tasks.max(1)).clamp(2, MOST_ORDERS));
        let (part, of) = CLOCK_OF_REPLAYS;
        let clock = Share::new(stop, part, of);
        let is_due = || clock.should_stop();
        let cut = Cut::once(&is_due);
        let replays: Vec<ReplayReport> = match self.source {
            Source::Groups => Vec::new(),
            Source::Plan | Source::Today => (strategies.par_iter().zip(&setups))
                .map(|(strategy, setup)| self.replay(strategy, setup, orders, cut))
                .collect(),
        };
        let mut cuts: Vec<CutNote> = (replays.iter())
            .filter(|replay| replay.summary.all.orders < orders)
            .map(|replay| CutNote::Orders {
                played: replay.summary.all.orders,
                of: orders,
                strategy: replay.strategy.clone(),
            })
            .collect();
        let usual = if self.over_week.is_some() {
            Scenario::Week
        } else {
            Scenario::ScaleOut
        };
        let scenario = self.args.scenario.map_or(usual, Scenario::from);
        let Staged {
            report: scenario_report,
            played,
            notes: of_groups,
        } = self.scenario(&strategies[0], scenario, stop)?;
        cuts.extend(played.as_ref().and_then(what_was_cut));
        let availability = self.availability(scenario, stop);
        cuts.extend(availability.as_ref().and_then(|found| {
            (found.trials < self.args.trials).then_some(CutNote::Trials {
                drawn: found.trials,
                of: self.args.trials,
            })
        }));
        let (options, trials) = (self.engine_options(scenario), self.availability_options());
        let report = SimulationReport {
            version: 1,
            cluster: self.cluster.name.clone(),
            region: self.cluster.region.clone(),
            fleet: self.source.name(),
            instances: first.world.instances(),
            tasks,
            fargate_tasks: first.fargate_tasks,
            unplaced_tasks: first.unplaced,
            unplaced: (self.plan.iter().flat_map(|plan| &plan.unplaced))
                .map(|left| LeftOut {
                    service_name: left.service_name.clone(),
                    count: left.count,
                })
                .collect(),
            usd_per_hour: first.usd_per_hour,
            seed: self.args.seed,
            replays,
            scenario: scenario_report,
            availability,
            notes: (first.notes.iter())
                .chain(&of_groups)
                .chain(&cuts.into_iter().map(Note::Cut).collect::<Vec<_>>())
                .map(note)
                .collect(),
            assumptions: assumptions(Simulated {
                any_provider: self.args.any_provider,
                played: played.is_some().then_some((scenario, &options)),
                resets: self.args.reset,
                drawn: (scenario == Scenario::SpotReclaim).then_some(&trials),
                choices: &self.choices,
            }),
        };
        Ok((report, played))
    }

    fn setup(
        &self,
        strategy: &NamedStrategy,
        any_provider: bool,
        revision: Option<usize>,
        launchable: bool,
    ) -> Result<Setup, Failure> {
        let options = SetupOptions {
            strategy: strategy.strategies.clone(),
            any_provider,
            revision_of: revision,
            launchable,
            choices: self.choices,
        };
        match (self.source, self.plan) {
            (Source::Plan, Some(plan)) => {
                Ok(with_plan(self.cluster, self.catalogue, plan, &options))
            }
            (Source::Groups, _) => Ok(of_groups(self.cluster, self.catalogue, &options)),
            _ => of_today_only(self.cluster, self.catalogue, &options).map_err(|errors| {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                Failure::input(errors.join("\n"))
            }),
        }
    }

    fn replay(
        &self,
        strategy: &NamedStrategy,
        setup: &Setup,
        orders: u64,
        cut: Cut<'_>,
    ) -> ReplayReport {
        let world = &setup.world;
        let rule = self.choices.tie_break;
        let outcomes = replay_many(world, rule, self.args.seed, orders, cut);
        ReplayReport {
            strategy: strategy.name.clone(),
            summary: Summary::new(world, &outcomes),
        }
    }

    /// Plays the scenario; without one asked for, scaling out, where some provider scales. With what the file
    /// leaves open of the groups that take part.
    fn scenario(
        &self,
        strategy: &NamedStrategy,
        scenario: Scenario,
        stop: &dyn Stop,
    ) -> Result<Staged, Failure> {
        if let (Scenario::Week, Some(cluster)) = (scenario, self.over_week) {
            return match self.plan {
                Some(plan) => self.week(cluster, plan, stop),
                None => self.week_of_today(cluster, strategy, stop),
            };
        }
        let subject = self.args.subject(self.plan);
        let invalid = |error: &dyn std::fmt::Display| {
            Failure::input(format!("--scenario {}: {error}", scenario.name()))
        };
        if self.source == Source::Groups && scenario != Scenario::ScaleOut {
            return Err(invalid(
                &"there is no fleet yet; only scale-out can be played",
            ));
        }
        let revision = (scenario == Scenario::Deploy)
            .then(|| service_to_deploy(self.cluster, self.plan, &subject))
            .transpose()
            .map_err(|error| invalid(&error))?;
        // Managed scaling knows only tasks with a capacity provider strategy.
        let setup = self.setup(strategy, false, revision, true)?;
        let (groups, notes) = self.groups(&setup)?;
        let scales = groups.iter().any(|group| group.scaling.is_some());
        if self.args.scenario.is_none() && self.args.trace.is_empty() && !scales {
            return Ok(Staged::default());
        }
        let options = self.engine_options(scenario);
        let is_due = || stop.should_stop();
        let played = play_until(
            self.cluster,
            self.catalogue,
            &setup,
            &groups,
            scenario,
            &subject,
            (&options, &is_due),
        )
        .map_err(|error| invalid(&error))?;
        Ok(Staged {
            report: Some(ScenarioReport::new(scenario, &played)),
            played: Some(played),
            notes,
        })
    }

    /// Plays the plan's week.
    fn week(
        &self,
        cluster: &Cluster,
        plan: &FleetPlan,
        stop: &dyn Stop,
    ) -> Result<Staged, Failure> {
        let timing = self.timing();
        let options = self.engine_options(Scenario::Week);
        let is_due = || stop.should_stop();
        let limits: (&EngineOptions, IsOver<'_>) = (&options, &is_due);
        let week =
            week::play(cluster, self.catalogue, plan, timing, limits).map_err(|why| match why {
                NoWeekPlayed::SettingsRefused(errors) => Failure::input(format!(
                    "capacityProviders: {}",
                    wording::refused_settings(&errors)
                )),
                NoWeekPlayed::NoWeek | NoWeekPlayed::NoHourShown => {
                    Failure::input(format!("--scenario week: {}", ScenarioError::NoWeek))
                }
            })?;
        Ok(staged_week(week, timing, Vec::new()))
    }

    /// Plays a week of today's groups, or of groups that have no instance yet.
    fn week_of_today(
        &self,
        cluster: &Cluster,
        strategy: &NamedStrategy,
        stop: &dyn Stop,
    ) -> Result<Staged, Failure> {
        let by_hour = |name: &&str| {
            let week = cluster.week.as_ref();
            week.is_some_and(|week| week.counts.contains_key(*name))
        };
        let on_fargate: Vec<String> = (on_fargate_today(cluster).into_iter().filter(by_hour))
            .map(visible)
            .collect();
        if !on_fargate.is_empty() {
            return Err(Failure::input(format!(
                "--scenario week: {} run on Fargate today with numbers by the hour, and their bill is not played: leave them out of the file",
                on_fargate.join(", ")
            )));
        }
        let setup = self.setup(strategy, false, None, true)?;
        let (groups, notes) = self.groups(&setup)?;
        let options = self.engine_options(Scenario::Week);
        let is_due = || stop.should_stop();
        let begins_full = self.source == Source::Today;
        let limits: (&EngineOptions, IsOver<'_>) = (&options, &is_due);
        let timing = self.timing();
        let week = week::play_today(cluster, &setup, &groups, begins_full, timing, limits);
        Ok(staged_week(week, timing, notes))
    }

    const fn timing(&self) -> Timing {
        Timing {
            warm_up_minutes: self.args.warm_up_minutes,
            drain_minutes: self.args.drain_minutes,
        }
    }

    fn groups(&self, setup: &Setup) -> Result<(Vec<GroupPlan>, Vec<Note>), Failure> {
        if let Some(plan) = self.plan {
            let groups = groups_of_plan(&setup.world, plan, &self.choices).map_err(|errors| {
                Failure::input(format!(
                    "capacityProviders: {}",
                    wording::refused_settings(&errors)
                ))
            })?;
            return Ok((groups, Vec::new()));
        }
        let unshown = match self.source {
            Source::Groups => Unshown::UpTo(self.cluster.policy.max_instances),
            Source::Plan | Source::Today => Unshown::AsLargeAsNow,
        };
        Ok(groups_of_today(
            &setup.world,
            self.cluster,
            &self.choices,
            unshown,
        ))
    }

    fn engine_options(&self, scenario: Scenario) -> EngineOptions {
        let mut options = EngineOptions {
            seed: self.args.seed,
            choices: self.choices,
            zone_rebalancing: self.args.zone_rebalancing,
            ..EngineOptions::default()
        };
        let usual = if self.args.reset {
            reset::minutes_with(scenario)
        } else {
            scenario.minutes()
        };
        options.minutes = self.args.minutes.unwrap_or(usual);
        options.launch_minutes = self.args.launch_minutes.unwrap_or(options.launch_minutes);
        options.termination.protection = self.args.termination_protection;
        options
    }

    fn availability_options(&self) -> AvailabilityOptions {
        AvailabilityOptions {
            trials: self.args.trials,
            seed: self.args.seed,
            ..AvailabilityOptions::default()
        }
    }

    /// Monte-Carlo trials of a plan's own rows.
    fn availability(&self, scenario: Scenario, stop: &dyn Stop) -> Option<AvailabilityReport> {
        let plan = self.plan.filter(|_| scenario == Scenario::SpotReclaim)?;
        let reading = self.choices.band_reading;
        let deployment =
            Deployment::of_plan(self.cluster, &plan.instances, &plan.fargate_tasks, reading);
        let options = self.availability_options();
        let is_due = || stop.should_stop();
        let found = availability_until(&deployment, &options, Cut::once(&is_due));
        Some(AvailabilityReport::new(
            self.cluster,
            &deployment,
            &found,
            &options,
        ))
    }
}
