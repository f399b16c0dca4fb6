//! What differs between two plans, and why one costs more.
//!
//! With tasks n and cost c of each service, and instances q at price p of each offering (type, purchase option, zone),
//! before (0) and after (1), the difference of the bills is the sum of three causes:
//!
//! - *tasks*: Σ over services of (n₁ − n₀)·c₀/n₀, with c₁ for services that are new;
//! - *prices*: Σ over offerings of both plans of q₁·(p₁ − p₀);
//! - *fleet*: the rest: other instance types, other purchase options, a tighter or a looser packing.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::report::{wording, words};

use super::services::{Counts, counts};
use super::table::{Cell, Column, Kind, Table, column, integer, per_month, text};

const CAUSE_COLUMNS: &[Column] = &[
    text("x_Cause", "Cause"),
    column("x_CostChange", "Change, USD per month", Kind::Decimal(2)),
    column(
        "x_UsdPerHourChange",
        "Change, USD per hour",
        Kind::Decimal(4),
    ),
    text("x_Explanation", "What it is"),
];

const SERVICE_COLUMNS: &[Column] = &[
    text("x_EcsServiceName", "ECS service"),
    column("x_CostChange", "Change, USD per month", Kind::Decimal(2)),
    column("x_CostBefore", "Before, USD per month", Kind::Decimal(2)),
    column("x_CostAfter", "After, USD per month", Kind::Decimal(2)),
    integer("x_TasksBefore", "Tasks before"),
    integer("x_TasksAfter", "Tasks after"),
];

const OFFERING_COLUMNS: &[Column] = &[
    text("x_InstanceType", "Instance type"),
    text("x_PurchaseOption", "Purchase option"),
    text("AvailabilityZone", "Zone"),
    integer("x_CountBefore", "Before"),
    integer("x_CountAfter", "After"),
    column(
        "x_UsdPerHourEachBefore",
        "USD per hour each before",
        Kind::Decimal(4),
    ),
    column(
        "x_UsdPerHourEachAfter",
        "USD per hour each after",
        Kind::Decimal(4),
    ),
    column("x_CostChange", "Change, USD per month", Kind::Decimal(2)),
];

/// Two plans side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the plan before.
    pub before: String,
    /// Name of the plan after.
    pub after: String,
    /// Bill before.
    pub before_usd_per_hour: UsdPerHour,
    /// Bill after.
    pub after_usd_per_hour: UsdPerHour,
    /// Tasks without a place before, by service.
    pub before_unplaced: Vec<(String, u64)>,
    /// Tasks without a place after, by service.
    pub after_unplaced: Vec<(String, u64)>,
    /// The difference by cause; the rows add up to it.
    pub causes: Table,
    /// Services whose cost or count differs, the largest difference first.
    pub services: Table,
    /// Offerings whose count or price differs, the largest difference first.
    pub offerings: Table,
    /// What else differs, in words.
    pub notes: Vec<String>,
}

impl Comparison {
    /// How much dearer the plan after is, as a fraction of the one before; `None` unless both place every task and
    /// the one before costs something.
    #[must_use]
    pub fn increase(&self) -> Option<Decimal> {
        let comparable = self.before_unplaced.is_empty()
            && self.after_unplaced.is_empty()
            && self.before_usd_per_hour != UsdPerHour::ZERO;
        let more = self.after_usd_per_hour - self.before_usd_per_hour;
        comparable.then(|| more.amount() / self.before_usd_per_hour.amount())
    }
}

/// Compares two plans.
#[must_use]
pub fn compare(before: (&str, &FleetPlan), after: (&str, &FleetPlan)) -> Comparison {
    let (a, b) = (before.1, after.1);
    let service_changes = service_changes(a, b);
    let offering_changes = offering_changes(a, b);
    Comparison {
        before: before.0.to_owned(),
        after: after.0.to_owned(),
        before_usd_per_hour: a.cost.usd_per_hour,
        after_usd_per_hour: b.cost.usd_per_hour,
        before_unplaced: unplaced(a),
        after_unplaced: unplaced(b),
        causes: causes(a, b, &service_changes, &offering_changes),
        services: services_table(&service_changes),
        offerings: offerings_table(offering_changes),
        notes: notes(a, b),
    }
}

fn unplaced(plan: &FleetPlan) -> Vec<(String, u64)> {
    (plan.unplaced.iter())
        .map(|entry| (entry.service_name.clone(), entry.count))
        .collect()
}

struct ServiceChange<'a> {
    name: &'a str,
    before: Option<UsdPerHour>,
    after: Option<UsdPerHour>,
    tasks_before: u64,
    tasks_after: u64,
}

impl ServiceChange<'_> {
    fn change(&self) -> UsdPerHour {
        self.after.unwrap_or_default() - self.before.unwrap_or_default()
    }

    /// What the difference in tasks alone comes to.
    fn of_tasks(&self) -> Decimal {
        match (self.before, self.after) {
            (Some(before), Some(_)) if self.tasks_before > 0 => {
                let more = Decimal::from(self.tasks_after) - Decimal::from(self.tasks_before);
                more * before.amount() / Decimal::from(self.tasks_before)
            }
            _ => self.change().amount(),
        }
    }
}

fn service_changes<'a>(a: &'a FleetPlan, b: &'a FleetPlan) -> Vec<ServiceChange<'a>> {
    let (tasks_a, tasks_b) = (counts(a), counts(b));
    let count = |of: &IndexMap<&str, Counts>, name: &str| of.get(name).map_or(0, |c| c.tasks);
    let mut costs: IndexMap<&str, (Option<UsdPerHour>, Option<UsdPerHour>)> = IndexMap::new();
    for service in &a.services {
        costs.entry(&service.service_name).or_default().0 = Some(service.usd_per_hour);
    }
    for service in &b.services {
        costs.entry(&service.service_name).or_default().1 = Some(service.usd_per_hour);
    }
    let mut changes: Vec<ServiceChange<'_>> = (costs.into_iter())
        .map(|(name, (before, after))| ServiceChange {
            name,
            before,
            after,
            tasks_before: count(&tasks_a, name),
            tasks_after: count(&tasks_b, name),
        })
        .collect();
    changes.sort_by(|x, y| {
        (y.change().amount().abs().cmp(&x.change().amount().abs())).then_with(|| x.name.cmp(y.name))
    });
    changes
}

/// Instance type, purchase option, zone; a Fargate size is an offering too.
type Offering = (String, Capacity, Option<String>);

#[derive(Default)]
struct OfferingChange {
    before: u64,
    after: u64,
    cost_before: UsdPerHour,
    cost_after: UsdPerHour,
}

impl OfferingChange {
    fn change(&self) -> UsdPerHour {
        self.cost_after - self.cost_before
    }

    fn price_before(&self) -> Option<UsdPerHour> {
        mean(self.cost_before, self.before)
    }

    fn price_after(&self) -> Option<UsdPerHour> {
        mean(self.cost_after, self.after)
    }

    /// What the difference in price alone comes to.
    fn of_price(&self) -> Decimal {
        if self.before == 0 || self.after == 0 {
            return Decimal::ZERO;
        }
        let at_old_price = self.cost_before.amount() * Decimal::from(self.after);
        self.cost_after.amount() - at_old_price / Decimal::from(self.before)
    }
}

fn mean(total: UsdPerHour, count: u64) -> Option<UsdPerHour> {
    (count > 0).then(|| UsdPerHour::new(total.amount() / Decimal::from(count)).rounded())
}

fn offerings(plan: &FleetPlan) -> Vec<(Offering, u64, UsdPerHour)> {
    let instances = plan.instances.iter().map(|row| {
        let key = (
            row.instance_type.clone(),
            row.purchase_option,
            row.availability_zone.clone(),
        );
        (key, row.count, row.usd_per_hour * row.count)
    });
    let fargate = plan.fargate_tasks.iter().map(|row| {
        let name = format!(
            "{} {} CPU units {} MiB",
            row.capacity_provider, row.cpu, row.memory_mib
        );
        let bought = row.capacity().in_documents();
        (
            (name, bought, None),
            row.count,
            row.usd_per_hour * row.count,
        )
    });
    instances.chain(fargate).collect()
}

fn offering_changes(a: &FleetPlan, b: &FleetPlan) -> Vec<(Offering, OfferingChange)> {
    let mut changes: IndexMap<Offering, OfferingChange> = IndexMap::new();
    for (key, count, cost) in offerings(a) {
        let of = changes.entry(key).or_default();
        of.before += count;
        of.cost_before += cost;
    }
    for (key, count, cost) in offerings(b) {
        let of = changes.entry(key).or_default();
        of.after += count;
        of.cost_after += cost;
    }
    let mut changes: Vec<_> = changes.into_iter().collect();
    changes.sort_by(|(j, x), (k, y)| {
        (y.change().amount().abs().cmp(&x.change().amount().abs())).then_with(|| j.cmp(k))
    });
    changes
}

fn causes(
    a: &FleetPlan,
    b: &FleetPlan,
    services: &[ServiceChange<'_>],
    offerings: &[(Offering, OfferingChange)],
) -> Table {
    let total = b.cost.usd_per_hour - a.cost.usd_per_hour;
    let rounded = |amount: Decimal| UsdPerHour::new(amount).rounded();
    let tasks = rounded(services.iter().map(ServiceChange::of_tasks).sum());
    let prices = rounded(offerings.iter().map(|(_, change)| change.of_price()).sum());
    let fleet = total - tasks - prices;
    let row = |cause: &str, change: UsdPerHour, what: &str| {
        vec![
            cause.into(),
            per_month(change),
            change.into(),
            Cell::from(what),
        ]
    };
    Table {
        name: "cost_change",
        title: "Why the cost differs",
        about: "One cause a row; the rows add up to the difference of the bills.",
        columns: CAUSE_COLUMNS,
        rows: vec![
            row(
                "tasks",
                tasks,
                "services that came, went, or run more or fewer tasks, at what a task cost before",
            ),
            row(
                "prices",
                prices,
                "other prices of offerings that both plans use",
            ),
            row(
                "fleet",
                fleet,
                "other instance types and purchase options, a tighter or a looser packing",
            ),
        ],
    }
}

fn services_table(changes: &[ServiceChange<'_>]) -> Table {
    let differs = |change: &ServiceChange<'_>| {
        change.before != change.after || change.tasks_before != change.tasks_after
    };
    let month = |rate: Option<UsdPerHour>| rate.map_or(Cell::Empty, per_month);
    let rows = (changes.iter().filter(|change| differs(change)))
        .map(|change| {
            vec![
                change.name.into(),
                per_month(change.change()),
                month(change.before),
                month(change.after),
                change.tasks_before.into(),
                change.tasks_after.into(),
            ]
        })
        .collect();
    Table {
        name: "changes_by_service",
        title: "Changes by ECS service",
        about: "One service a row whose cost or number of tasks differs, the largest difference first.",
        columns: SERVICE_COLUMNS,
        rows,
    }
}

fn offerings_table(changes: Vec<(Offering, OfferingChange)>) -> Table {
    let differs = |change: &OfferingChange| {
        change.before != change.after || change.change() != UsdPerHour::ZERO
    };
    let rows = (changes.into_iter().filter(|(_, change)| differs(change)))
        .map(|((name, bought, zone), change)| {
            vec![
                name.into(),
                words::purchase_option(bought).into(),
                zone.into(),
                change.before.into(),
                change.after.into(),
                change.price_before().into(),
                change.price_after().into(),
                per_month(change.change()),
            ]
        })
        .collect();
    Table {
        name: "changes_by_offering",
        title: "Changes of the fleet",
        about: "One way to buy capacity a row of which the plans have other numbers or prices.",
        columns: OFFERING_COLUMNS,
        rows,
    }
}

/// Differences that are not numbers of the bill.
fn notes(a: &FleetPlan, b: &FleetPlan) -> Vec<String> {
    let mut notes = Vec::new();
    if (&a.cluster, &a.region) != (&b.cluster, &b.region) {
        notes.push(format!(
            "the plans are for {} in {} and for {} in {}",
            a.cluster, a.region, b.cluster, b.region
        ));
    }
    for (when, plan) in [("before", a), ("after", b)] {
        let missing: u64 = plan.unplaced.iter().map(|entry| entry.count).sum();
        if missing > 0 {
            let tasks = words::counted(missing, "task");
            notes.push(format!(
                "{when}, {tasks} without a place are not in the bill"
            ));
        }
    }
    if a.catalogue != b.catalogue {
        notes.push(format!("before: {}", words::catalogue(a)));
        notes.push(format!("after: {}", words::catalogue(b)));
    }
    for (when, these, those) in [("before", a, b), ("after", b, a)] {
        let only = (these.assumptions.iter()).filter(|it| !those.assumptions.contains(it));
        notes.extend(only.map(|it| format!("only {when}: {}", wording::assumption(it))));
    }
    notes
}
