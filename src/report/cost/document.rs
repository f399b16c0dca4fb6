//! The whole analysis, put together once for all forms.

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::report::kubernetes::Words;
use crate::report::{wording, words};

use super::comparison::{Comparison, compare};
use super::findings::{Replica, curves_table};
use super::fleet::{instances_table, packings, placements_table};
use super::services::{TaskSizes, task_sizes};
use super::sizes::{self as of_tasks, SizesFound};
use super::steps::Migration;
use super::table::Table;
use super::{billed, breakdown, charges, commitments, plans, services, tags, week};
use crate::billed::Comparison as BilledComparison;
use crate::sweep::trade_offs::Curve;

/// What a report is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Plans with their names.
    pub plans: &'a [(&'a str, &'a FleetPlan)],
    /// Position of the plan that is reported.
    pub reported: usize,
    /// Positions of plans to compare: before and after.
    pub pairs: &'a [(usize, usize)],
    /// The cluster, where it is known: sizes of tasks and the policy.
    pub cluster: Option<&'a Cluster>,
    /// What the replica of ECS saw.
    pub replica: &'a Replica,
    /// Trade-offs.
    pub curves: &'a [Curve],
    /// Most that the reported plan may cost, in USD per month.
    pub budget: Option<Decimal>,
    /// Tags by which the bill is split as well.
    pub group_by: &'a [String],
    /// The steps of `bayplan apply` to the plan, where it was made from a snapshot.
    pub steps: Option<&'a Migration>,
    /// What was billed, against the model.
    pub billed: Option<&'a BilledComparison>,
    /// Sizes of tasks against what they used.
    pub sizes: Option<SizesFound<'a>>,
    /// What the reader has to know of how the report was made.
    pub notes: &'a [String],
}

/// A report.
#[derive(Debug)]
pub struct CostReport<'a> {
    /// What it is about.
    pub subject: Subject<'a>,
    /// The plan that is reported.
    pub plan: &'a FleetPlan,
    /// Sizes of tasks.
    pub sizes: TaskSizes<'a>,
    /// Every number, by what it is about.
    pub tables: Vec<Table>,
    /// Plans side by side.
    pub comparisons: Vec<Comparison>,
    /// What the figures rest on.
    pub assumptions: Vec<String>,
}

impl<'a> CostReport<'a> {
    /// Puts a report together.
    ///
    /// # Panics
    /// When a position names no plan.
    #[must_use]
    pub fn new(subject: Subject<'a>) -> Self {
        let (_, plan) = subject.plans[subject.reported];
        let sizes = task_sizes(subject.cluster);
        let policy = subject.cluster.map(|cluster| &cluster.policy);
        let discounted = policy.is_some_and(|policy| policy.savings_plan_discount > Decimal::ZERO);
        let packings = packings(plan, &sizes, policy);
        let mut tables = vec![plans::table(subject.plans), services::table(plan, &sizes)];
        tables.extend(breakdown::tables(plan));
        if !subject.group_by.is_empty() {
            tables.push(tags::table(plan, subject.cluster, subject.group_by));
        }
        tables.extend(week::table(plan));
        tables.push(charges::table(plan, discounted));
        tables.extend(plan.commitment.as_ref().map(commitments::table));
        tables.extend(subject.billed.map(billed::table));
        tables.extend(subject.sizes.map(of_tasks::table));
        tables.push(instances_table(&packings));
        tables.push(placements_table(&packings, &sizes));
        if !subject.curves.is_empty() {
            tables.push(curves_table(subject.curves));
        }
        tables.extend(subject.steps.map(|steps| steps.table.clone()));
        tables.extend(subject.replica.tables());
        let comparisons: Vec<Comparison> = (subject.pairs.iter())
            .map(|&(before, after)| compare(subject.plans[before], subject.plans[after]))
            .collect();
        let mut assumptions = vec![words::catalogue(plan)];
        assumptions.extend(wording::assumptions(plan));
        assumptions.extend(subject.replica.assumptions.iter().cloned());
        Self {
            subject,
            plan,
            sizes,
            tables,
            comparisons,
            assumptions,
        }
    }

    /// The words of Kubernetes for it, beside what the user wrote.
    #[must_use]
    pub fn words(&self) -> Words {
        let plans = self.subject.plans.iter();
        let of_plans = plans
            .map(|(name, plan)| Words::of_plan(plan).and_names(std::iter::once(*name)))
            .fold(Words::default(), Words::and);
        (self.subject.cluster).map_or_else(
            || of_plans.clone(),
            |it| Words::of_cluster(it).and(of_plans.clone()),
        )
    }

    /// A table by its name in data files.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.all_tables().find(|table| table.name == name)
    }

    /// Every table, those of the first comparison included.
    pub fn all_tables(&self) -> impl Iterator<Item = &Table> {
        let compared = self.comparisons.iter().take(1).flat_map(|comparison| {
            [
                &comparison.causes,
                &comparison.services,
                &comparison.offerings,
            ]
        });
        self.tables.iter().chain(compared)
    }

    /// What the plan costs over its budget, in USD per month; `None` within it or without one.
    #[must_use]
    pub fn over_budget(&self) -> Option<Decimal> {
        over_budget(self.plan, self.subject.budget)
    }

    /// The verdict on the budget in words, where there is one.
    #[must_use]
    pub fn budget(&self) -> Option<String> {
        self.subject
            .budget
            .map(|budget| budget_words(self.plan, budget))
    }
}

/// What a plan costs over a budget, both in USD per month.
#[must_use]
pub fn over_budget(plan: &FleetPlan, budget: Option<Decimal>) -> Option<Decimal> {
    let over = plan.cost.usd_per_hour.usd_per_month() - budget?;
    (over > Decimal::ZERO).then_some(over)
}

/// The verdict on a budget in words.
#[must_use]
pub fn budget_words(plan: &FleetPlan, budget: Decimal) -> String {
    let money = |amount: Decimal| words::grouped(&format!("{:.2}", amount.round_dp(2)));
    let planned = plan.cost.usd_per_hour.usd_per_month();
    let Some(over) = over_budget(plan, Some(budget)) else {
        return format!(
            "within the budget of {} USD per month, {} below it",
            money(budget),
            money(budget - planned)
        );
    };
    let bound = plan.cost.bound_usd_per_hour;
    let proven = bound.is_some_and(|bound| bound.usd_per_month() > budget);
    let whether = if proven {
        "; no plan under this policy can keep it"
    } else {
        ""
    };
    format!(
        "{} USD per month over the budget of {}{whether}",
        money(over),
        money(budget)
    )
}
