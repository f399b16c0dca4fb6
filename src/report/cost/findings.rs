//! What re-planning and the replica of ECS found out beside the plan itself.

use crate::report::simulation::document::{AvailabilityReport, ReplayReport, ScenarioReport};
use crate::report::wording::{curve_name, no_point, solver_failed};
use crate::sweep::trade_offs::{Curve, CurvePoint};

use super::table::{
    Cell, Column, EFFECTIVE_COST, Kind, Table, USD_PER_HOUR, column, fraction, integer, per_month,
    text,
};

/// What the replica of ECS saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replica {
    /// Arrival orders of all tasks, replayed.
    pub replay: Option<ReplayReport>,
    /// Scenarios that were played.
    pub scenarios: Vec<ScenarioReport>,
    /// Their pictures, as SVG, and what each shows; the one that a page opens with last.
    pub pictures: Vec<(String, String)>,
    /// Monte-Carlo availability.
    pub availability: Option<AvailabilityReport>,
    /// What the figures rest on.
    pub assumptions: Vec<String>,
}

const CURVE_COLUMNS: &[Column] = &[
    text("x_Curve", "Curve"),
    column("x_Setting", "Setting", Kind::Number(2)),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    column(
        "x_BoundUsdPerMonth",
        "Proven bound, USD per month",
        Kind::Decimal(2),
    ),
    integer("x_Instances", "Instances"),
    fraction("x_SpotShare", "Tasks on Spot"),
    fraction("x_AllKeptProbability", "All services keep their minimum"),
    column(
        "x_MinutesBelowMinimum",
        "Minutes below minimum a month",
        Kind::Number(1),
    ),
    column("x_LostInstances", "Instances lost a month", Kind::Number(1)),
    text("x_Note", "Note"),
];

const REPLAY_COLUMNS: &[Column] = &[
    text("x_Arrival", "Arrival"),
    integer("x_Orders", "Orders"),
    integer("x_CompleteOrders", "Every task placed"),
    fraction("x_CompleteFraction", "As a share"),
    integer("x_WorstPending", "Worst waiting"),
    column("x_MeanPending", "Mean waiting", Kind::Number(1)),
];

const SCENARIO_COLUMNS: &[Column] = &[
    text("x_Scenario", "Scenario"),
    text("x_Event", "What happened"),
    integer("x_MinutesToSettle", "Minutes to settle"),
    integer("x_MostMissingTasks", "Most tasks missing"),
    integer("x_MissingTasks", "Missing at the end"),
    integer("x_MostInstances", "Most instances"),
];

const AVAILABILITY_COLUMNS: &[Column] = &[
    text("x_EcsServiceName", "ECS service"),
    integer("x_MinimumHealthy", "Minimum of healthy tasks"),
    fraction("x_KeptProbability", "Kept through a month"),
    fraction("x_KeptLower", "Lower end"),
    fraction("x_KeptUpper", "Upper end"),
    column(
        "x_MinutesBelowMinimum",
        "Minutes below it a month",
        Kind::Number(1),
    ),
    integer("x_FewestHealthy", "Fewest healthy in any trial"),
];

/// One point of a curve a row.
#[must_use]
pub fn curves_table(curves: &[Curve]) -> Table {
    let rows = (curves.iter())
        .flat_map(|curve| curve.points.iter().map(|point| curve_row(curve, point)))
        .collect();
    Table {
        name: "curves",
        title: "Trade-offs",
        about: "The cluster planned again under one setting a row.",
        columns: CURVE_COLUMNS,
        rows,
    }
}

fn curve_row(curve: &Curve, point: &CurvePoint) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![curve_name(curve.varied).into(), point.setting.into()];
    match &point.outcome {
        Ok(found) => {
            let robust = found.robustness;
            row.extend([
                per_month(found.usd_per_hour),
                found.usd_per_hour.into(),
                found.bound_usd_per_hour.map_or(Cell::Empty, per_month),
                found.instances.into(),
                found.spot_share.into(),
                robust.map(|of| of.all_kept).into(),
                robust.map(|of| of.mean_minutes_below).into(),
                robust.map(|of| of.mean_lost_instances).into(),
                found.solver_failed.as_ref().map(solver_failed).into(),
            ]);
        }
        Err(why) => {
            row.extend(vec![Cell::Empty; 8]);
            row.push(no_point(why).into());
        }
    }
    row
}

impl Replica {
    /// What was replayed, as tables.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        if let Some(replay) = &self.replay {
            tables.push(replays_table(replay));
        }
        if !self.scenarios.is_empty() {
            tables.push(scenarios_table(&self.scenarios));
        }
        if let Some(availability) = &self.availability {
            tables.push(availability_table(availability));
        }
        tables
    }
}

fn replays_table(replay: &ReplayReport) -> Table {
    let summary = &replay.summary;
    let kinds = [
        ("all", &summary.all),
        ("service by service", &summary.service_by_service),
        ("shuffled", &summary.shuffled),
    ];
    let rows = (kinds.into_iter())
        .filter(|(_, tally)| tally.orders > 0)
        .map(|(arrival, tally)| {
            vec![
                arrival.into(),
                tally.orders.into(),
                tally.complete_orders.into(),
                tally.complete_fraction.map_or(Cell::Empty, Cell::from),
                tally.worst_pending.into(),
                tally.mean_pending.into(),
            ]
        })
        .collect();
    Table {
        name: "replays",
        title: "Arrival orders replayed",
        about: "Tasks arriving in many orders at the empty fleet; waiting tasks found no place.",
        columns: REPLAY_COLUMNS,
        rows,
    }
}

fn scenarios_table(scenarios: &[ScenarioReport]) -> Table {
    let rows = (scenarios.iter())
        .map(|scenario| {
            vec![
                scenario.name.into(),
                scenario.event.as_str().into(),
                scenario.minutes_to_settle.into(),
                scenario.most_missing_tasks.into(),
                scenario.missing_tasks.into(),
                scenario.most_instances.into(),
            ]
        })
        .collect();
    Table {
        name: "scenarios",
        title: "Scenarios played",
        about: "One scenario a row, minute by minute; no minutes to settle where the fleet did not.",
        columns: SCENARIO_COLUMNS,
        rows,
    }
}

fn availability_table(report: &AvailabilityReport) -> Table {
    let rows = (report.services.iter())
        .map(|service| {
            vec![
                service.service_name.as_str().into(),
                service.minimum_healthy.into(),
                service.kept.estimate.into(),
                service.kept.lower.into(),
                service.kept.upper.into(),
                (service.mean_seconds_below / 60.0).into(),
                service.fewest_healthy.into(),
            ]
        })
        .collect();
    Table {
        name: "availability",
        title: "Availability under Spot reclaims",
        about: "How often a service keeps its minimum of healthy tasks through a month.",
        columns: AVAILABILITY_COLUMNS,
        rows,
    }
}
