//! What the replica of ECS sees of a plan: arrival orders, scenarios, losses of Spot capacity.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;

use crate::domain::plan::FleetPlan;
use crate::domain::schedule::Timing;
use crate::report::cost::findings::Replica;
use crate::report::simulation::document::{
    AvailabilityReport, ReplayReport, ScenarioReport, WeekReport,
};
use crate::report::simulation::notes::note;
use crate::report::simulation::{assumptions, events};
use crate::report::trace_picture;
use crate::report::wording;
use crate::simulate::availability::{AvailabilityOptions, Deployment, availability_until};
use crate::simulate::choices::Choices;
use crate::simulate::cut::Cut;
use crate::simulate::engine::{EngineOptions, IsOver, groups_of_plan};
use crate::simulate::note::{CutNote, Note};
use crate::simulate::replay::replay_many;
use crate::simulate::scenario::{
    Played, Scenario, ScenarioError, Subject, play_until, service_to_deploy,
};
use crate::simulate::setup::{SetupOptions, with_plan};
use crate::simulate::summary::Summary;
use crate::simulate::week::{self, NoWeekPlayed};

/// Tasks that are replayed over all orders.
const TASKS_REPLAYED: u64 = 1_000_000;
/// Orders at most.
const MOST_ORDERS: u64 = 100;
/// A larger cluster is replayed but its scenarios are left to `simulate`.
const MOST_TASKS_PLAYED: u64 = 20_000;
/// The losses of single instances place each task anew once an instance; beyond so many they are left to `simulate`.
const MOST_PLACED_BY_LOSSES: u64 = 500_000;
/// Monte-Carlo trials.
const TRIALS: u64 = 2_000;

/// Why a scenario is not played.
const OUT_OF_TIME: &str = "the time was over before its end";

/// Replays and plays a plan; one over a week in the hour that it shows, and its week.
///
/// # Errors
/// Where a plan over a week shows no hour of the cluster's.
pub fn watch(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    seed: u64,
    cut: Cut<'_>,
) -> Result<Replica, String> {
    if cluster.week.is_none() {
        return Ok(watch_hour(cluster, catalogue, plan, seed, cut));
    }
    let shown = week::shown_hour(cluster, plan)
        .ok_or("the plan shows no hour of this cluster's week: plan again")?;
    let mut replica = watch_hour(&cluster.at_hour(shown), catalogue, plan, seed, cut);
    match play_week(cluster, catalogue, plan, (seed, cut)) {
        Ok((report, picture)) => {
            replica.scenarios.insert(0, report);
            replica.pictures.push(picture);
        }
        Err(why) => {
            let line = format!("replica: the week is not played: {why}");
            replica.assumptions.push(line);
        }
    }
    Ok(replica)
}

/// The week, and its picture.
fn play_week(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    (seed, cut): (u64, Cut<'_>),
) -> Result<(ScenarioReport, (String, String)), String> {
    if plan.services.iter().map(|of| of.desired_count).sum::<u64>() > MOST_TASKS_PLAYED {
        return Err(format!(
            "it has more than {MOST_TASKS_PLAYED} tasks; bayplan simulate plays it"
        ));
    }
    if cut.is_due() {
        return Err(OUT_OF_TIME.to_owned());
    }
    let engine = EngineOptions {
        seed,
        minutes: Scenario::Week.minutes(),
        ..EngineOptions::default()
    };
    let timing = Timing::default();
    let is_over = || cut.is_due();
    let limits: (&EngineOptions, IsOver<'_>) = (&engine, &is_over);
    let played = week::play(cluster, catalogue, plan, timing, limits);
    let week = played.map_err(|why| match why {
        NoWeekPlayed::SettingsRefused(refused) => wording::refused_settings(&refused),
        NoWeekPlayed::NoWeek | NoWeekPlayed::NoHourShown => ScenarioError::NoWeek.to_string(),
    })?;
    if week.run.is_cut {
        return Err(OUT_OF_TIME.to_owned());
    }
    let report = WeekReport::new(&week, timing);
    let played: Played = week.into();
    let about = format!("minute by minute: {}", events::event(&played.event));
    let picture = trace_picture::render(&played.run.trace, "");
    let report = ScenarioReport {
        week: Some(report),
        ..ScenarioReport::new(Scenario::Week, &played)
    };
    Ok((report, (picture, about)))
}

fn watch_hour(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    seed: u64,
    cut: Cut<'_>,
) -> Replica {
    let mut replica = Replica::default();
    if plan.instances.is_empty() {
        return replica;
    }
    let setup = with_plan(cluster, catalogue, plan, &SetupOptions::default());
    let tasks = setup.world.workload.tasks();
    let orders = (TASKS_REPLAYED / tasks.max(1)).clamp(2, MOST_ORDERS);
    let choices = Choices::default();
    let outcomes = replay_many(&setup.world, choices.tie_break, seed, orders, cut);
    if (outcomes.len() as u64) < orders {
        replica
            .assumptions
            .push(cut_replays(outcomes.len(), orders));
    }
    if !outcomes.is_empty() {
        replica.replay = Some(ReplayReport {
            strategy: "own".to_owned(),
            summary: Summary::new(&setup.world, &outcomes),
        });
    }
    replica
        .assumptions
        .push(format!("replica: {}", assumptions::REPLAYS));
    if tasks > MOST_TASKS_PLAYED {
        replica.assumptions.push(format!(
            "replica: scenarios are not played here for more than {MOST_TASKS_PLAYED} tasks; bayplan simulate plays them"
        ));
    } else {
        play_scenarios(cluster, catalogue, plan, (seed, cut), &mut replica);
    }
    if uses_spot(plan) && cut.is_due() {
        let line = "replica: the time was over before interruptions of Spot were drawn";
        replica.assumptions.push(line.to_owned());
    } else if uses_spot(plan) {
        let options = AvailabilityOptions {
            trials: TRIALS,
            seed,
            ..AvailabilityOptions::default()
        };
        let deployment = Deployment::of_plan(
            cluster,
            &plan.instances,
            &plan.fargate_tasks,
            choices.band_reading,
        );
        let found = availability_until(&deployment, &options, cut);
        if found.trials < options.trials {
            let cut = CutNote::Trials {
                drawn: found.trials,
                of: options.trials,
            };
            let line = format!("replica: {}", note(&Note::Cut(cut)));
            replica.assumptions.push(line);
        }
        replica.availability = Some(AvailabilityReport::new(
            cluster,
            &deployment,
            &found,
            &options,
        ));
        let lines = assumptions::availability(&options);
        replica
            .assumptions
            .extend(lines.into_iter().map(|line| format!("replica: {line}")));
    }
    replica
}

/// That the time was over before all orders were replayed.
pub fn cut_replays(played: usize, orders: u64) -> String {
    format!("replica: the time was over after {played} of {orders} orders of arrival")
}

fn uses_spot(plan: &FleetPlan) -> bool {
    let of_instances = (plan.instances.iter()).any(|row| row.purchase_option.may_be_reclaimed());
    of_instances || (plan.fargate_tasks.iter()).any(|row| row.capacity().may_be_reclaimed())
}

/// Plays what the fleet has something for, the gravest last.
fn play_scenarios(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    (seed, cut): (u64, Cut<'_>),
    replica: &mut Replica,
) {
    for scenario in [
        Scenario::Deploy,
        Scenario::ScaleOut,
        Scenario::Growth,
        Scenario::InstanceLoss,
        Scenario::SpotReclaim,
        Scenario::ZoneLoss,
    ] {
        let played = if cut.is_due() {
            Err(OUT_OF_TIME.to_owned())
        } else {
            play_one(cluster, catalogue, plan, (seed, cut), scenario)
        };
        match played {
            Ok(Some(played)) => {
                replica
                    .scenarios
                    .push(ScenarioReport::new(scenario, &played));
                let about = format!(
                    "{}, minute by minute: {}",
                    scenario.name(),
                    events::event(&played.event)
                );
                replica
                    .pictures
                    .push((trace_picture::render(&played.run.trace, ""), about));
            }
            Ok(None) => {}
            Err(why) => replica
                .assumptions
                .push(format!("replica: {} is not played: {why}", scenario.name())),
        }
    }
}

/// `None` where the fleet has not what the scenario is about: no service to roll out, no group that scales, nothing
/// on Spot, a single zone.
///
/// # Errors
/// Why a scenario that the fleet has everything for cannot be played.
fn play_one(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    (seed, cut): (u64, Cut<'_>),
    scenario: Scenario,
) -> Result<Option<Played>, String> {
    let subject = Subject {
        lowered: plan.reset_percentages().to_vec(),
        resets: scenario == Scenario::Growth,
        ..Subject::default()
    };
    let revision_of = match scenario {
        Scenario::Deploy => match service_to_deploy(cluster, Some(plan), &subject) {
            Ok(service) => Some(service),
            Err(ScenarioError::NoService) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        },
        _ => None,
    };
    let options = SetupOptions {
        revision_of,
        ..SetupOptions::default()
    };
    let setup = with_plan(cluster, catalogue, plan, &options);
    let groups = groups_of_plan(&setup.world, plan, &options.choices)
        .map_err(|refused| wording::refused_settings(&refused))?;
    let scales = groups.iter().any(|group| group.scaling.is_some());
    if scenario == Scenario::ScaleOut && !scales {
        return Ok(None);
    }
    let world = &setup.world;
    let placed = world.instances().saturating_mul(world.workload.tasks());
    if scenario == Scenario::InstanceLoss && placed > MOST_PLACED_BY_LOSSES {
        return Err(format!(
            "its runs would place more than {MOST_PLACED_BY_LOSSES} tasks; bayplan simulate plays it"
        ));
    }
    let engine = EngineOptions {
        seed,
        minutes: scenario.minutes(),
        ..EngineOptions::default()
    };
    let played = play_until(
        cluster,
        catalogue,
        &setup,
        &groups,
        scenario,
        &subject,
        (&engine, &|| cut.is_due()),
    );
    match played {
        Ok(played) if played.is_cut() => Err(OUT_OF_TIME.to_owned()),
        Ok(played) => Ok(Some(played)),
        Err(error) if error.is_nothing_to_play() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
