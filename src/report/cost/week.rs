//! A plan over a week by its hours: what each costs, and who pays.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedProvider};
use crate::domain::week::HOURS_PER_DAY;

use super::table::{Column, SHARE_OF_BILL, Table, USD_PER_HOUR, integer, share, text};

/// Names of the days, from Monday.
pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// The hours of a day, UTC, that are called its night.
const NIGHT: [std::ops::Range<usize>; 2] = [0..8, 20..24];
/// The first hour of the weekend.
const WEEKEND: usize = 5 * HOURS_PER_DAY;

const COLUMNS: &[Column] = &[
    integer("x_HourOfWeek", "Hour of the week"),
    text("x_Day", "Day"),
    integer("x_HourOfDay", "Hour, UTC"),
    integer("x_Instances", "Instances"),
    USD_PER_HOUR,
    SHARE_OF_BILL,
];

/// One hour of the week a row; `None` for a plan of one number of tasks.
#[must_use]
pub fn table(plan: &FleetPlan) -> Option<Table> {
    if plan.cost.periods.is_empty() {
        return None;
    }
    let hours = plan.usd_by_hour();
    let whole: UsdPerHour = hours.iter().copied().sum();
    let sizes: Vec<Vec<u64>> = plan.groups().map(PlannedProvider::sizes_by_hour).collect();
    let managed = plan.managed_by_hour();
    let rows = (hours.iter().enumerate())
        .map(|(hour, &usd)| {
            vec![
                (hour as u64).into(),
                DAYS[hour / HOURS_PER_DAY].into(),
                ((hour % HOURS_PER_DAY) as u64).into(),
                (sizes.iter().map(|sizes| sizes[hour]).sum::<u64>() + managed[hour].0).into(),
                usd.into(),
                share(usd, whole),
            ]
        })
        .collect();
    Some(Table {
        name: "hours",
        title: "Hours of the week",
        about: "One hour a row, from Monday 00:00 UTC.",
        columns: COLUMNS,
        rows,
    })
}

/// What the week's hours say together, each a sentence; nothing for a plan of one number of tasks.
#[must_use]
pub fn facts(plan: &FleetPlan) -> Vec<String> {
    if plan.cost.periods.is_empty() {
        return Vec::new();
    }
    let hours = plan.usd_by_hour();
    let (Some(least), Some(most)) = (hours.iter().min(), hours.iter().max()) else {
        return Vec::new();
    };
    let part = |holds: fn(usize) -> bool| -> Option<(f64, f64)> {
        let own = (hours.iter().enumerate()).filter(|(hour, _)| holds(*hour));
        let paid: UsdPerHour = own.clone().map(|(_, usd)| *usd).sum();
        let whole: UsdPerHour = hours.iter().copied().sum();
        if whole == UsdPerHour::ZERO {
            return None;
        }
        let paid = (paid.amount() / whole.amount()).to_f64()?;
        Some((paid, own.count() as f64 / hours.len() as f64))
    };
    let mut facts = vec![format!(
        "an hour costs {:.4} to {:.4} USD, {:.4} in the mean",
        least, most, plan.cost.usd_per_hour
    )];
    let night = part(|hour| {
        let of_day = hour % HOURS_PER_DAY;
        NIGHT.iter().any(|hours| hours.contains(&of_day))
    });
    let weekend = part(|hour| hour >= WEEKEND);
    if let (Some((night, of_night)), Some((weekend, of_weekend))) = (night, weekend) {
        facts.push(format!(
            "nights (20:00 to 08:00 UTC, {:.0} % of the hours) pay {:.0} % of the week's bill, weekends ({:.0} %) {:.0} %",
            of_night * 100.0,
            night * 100.0,
            of_weekend * 100.0,
            weekend * 100.0
        ));
    }
    let saves = |steady: UsdPerHour| {
        let saved = (steady - plan.cost.usd_per_hour).amount() / steady.amount();
        (saved * Decimal::ONE_HUNDRED).round_dp(1).normalize()
    };
    let managed: Vec<UsdPerHour> = (plan.managed_by_hour().into_iter())
        .map(|(_, usd)| usd)
        .collect();
    let steady = plan.usd_at_largest();
    if plan.groups().next().is_some() && steady > plan.cost.usd_per_hour {
        facts.push(format!(
            "with every group at its largest size all week it would cost {:.4} USD per hour: the schedules save {} %",
            steady,
            saves(steady)
        ));
    }
    let (least, most) = (managed.iter().min(), managed.iter().max());
    if let (Some(least), Some(most)) = (least, most.filter(|most| **most > UsdPerHour::ZERO)) {
        facts.push(format!(
            "Managed Instances follow the hours by themselves: {:.4} to {:.4} USD an hour, {:.4} in the mean",
            least,
            most,
            plan.managed_usd_of_week()
        ));
    }
    facts.push(
        "instances, capacity providers and what they cost are those of one of the dearest hours; the bill and the services' shares of it \
         are means of the week"
            .to_owned(),
    );
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{PeriodCost, ScheduledSize};
    use crate::domain::week::HOURS_PER_WEEK;
    use crate::report::sample::{self, usd};

    /// One group: four instances by day, one by night, at 0.1 USD each.
    fn week() -> FleetPlan {
        let mut plan = sample::whole_plan();
        plan.capacity_providers
            .retain(|provider| provider.kind.is_group());
        plan.capacity_providers.truncate(1);
        let (day, night): (Vec<usize>, Vec<usize>) =
            (0..HOURS_PER_WEEK).partition(|hour| (8..20).contains(&(hour % HOURS_PER_DAY)));
        let group = &mut plan.capacity_providers[0];
        group.desired_capacity = 4;
        group.usd_per_hour = usd("0.4");
        group.schedule = [(night, 1), (day, 4)]
            .map(|(hours, desired_capacity)| ScheduledSize {
                hours,
                desired_capacity,
            })
            .to_vec();
        plan.cost.usd_per_hour = usd("0.25");
        plan.fargate_tasks.clear();
        plan.cost.periods = vec![PeriodCost {
            name: "0-167".to_owned(),
            hours_per_week: 168,
            usd_per_hour: usd("0.25"),
        }];
        plan
    }

    #[test]
    fn hours_add_up_to_the_week_and_nights_pay_their_part() {
        let plan = week();
        let table = table(&plan).expect("a week");
        assert_eq!(table.rows.len(), HOURS_PER_WEEK);
        let said = facts(&plan).join("\n");
        for part in [
            "an hour costs 0.1000 to 0.4000 USD, 0.2500 in the mean",
            "(20:00 to 08:00 UTC, 50 % of the hours) pay 20 % of the week's bill, weekends (29 %) 29 %",
            "would cost 0.4000 USD per hour: the schedules save 37.5 %",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn amounts_are_rounded_and_not_cut_off() {
        let mut plan = week();
        plan.cost.usd_per_hour = usd("0.25008");
        let said = facts(&plan).join("\n");
        assert!(said.contains("0.2501 in the mean"), "{said}");
    }

    #[test]
    fn a_plan_of_one_number_has_no_hours() {
        let mut plan = week();
        plan.cost.periods.clear();
        assert_eq!((table(&plan), facts(&plan)), (None, Vec::new()));
    }
}
