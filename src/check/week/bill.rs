//! The bill of a week: what each hour costs, the mean of them, and the periods.

use rust_decimal::Decimal;

use crate::check::money;
use crate::check::violation::Violation;
use crate::domain::money::UsdPerHour;
use crate::domain::week::{HOURS_PER_WEEK, hours_of_text};

use super::{Hours, month, violation};

impl Hours<'_> {
    /// What the fleet costs in an hour.
    pub(super) fn cost(&self, hour: usize) -> Option<UsdPerHour> {
        let groups = (self.groups.values())
            .map(|group| money::times(group.unit, group.sizes[hour] / group.zones));
        let managed = self
            .managed_rows(hour)
            .map(|row| money::times(row.usd_per_hour, row.count));
        let on_fargate = (self.on_fargate.values().flatten())
            .map(|counted| money::times(counted.unit, counted.counts[hour]));
        money::total(groups.chain(managed).chain(on_fargate))
    }

    /// That the mean, the month and the periods are the hours'.
    pub(super) fn bill(&self, violations: &mut Vec<Violation>) {
        let cost = &self.plan.cost;
        let hours: Option<Vec<UsdPerHour>> =
            (0..HOURS_PER_WEEK).map(|hour| self.cost(hour)).collect();
        let Some(hours) = hours else {
            violations.push(violation(
                "cost.usdPerHour",
                "amounts beyond decimals",
                "payable hours",
            ));
            return;
        };
        let commitment = self.plan.commitment.as_ref();
        let adjustment = commitment.map(|said| Some(said.adjustment_usd_per_hour));
        let mean = money::total([mean(&hours)].into_iter().chain(adjustment));
        if mean != Some(cost.usd_per_hour) {
            violations.push(violation(
                "cost.usdPerHour",
                money::words(Some(cost.usd_per_hour)),
                format!("{}, the mean of the week's hours", money::words(mean)),
            ));
        }
        let agrees = |usd: f64| (usd - cost.usd_per_month).abs() <= usd.abs() * 1e-13;
        if !month(cost.usd_per_hour).is_some_and(agrees) {
            violations.push(violation(
                "cost.usdPerMonth",
                cost.usd_per_month.to_string(),
                "730 hours of usdPerHour",
            ));
        }
        self.periods(&hours, violations);
    }

    fn periods(&self, hours: &[UsdPerHour], violations: &mut Vec<Violation>) {
        let named = self
            .cluster
            .week
            .as_ref()
            .map_or(&[][..], |week| &week.periods);
        let mut seen = [0_u32; HOURS_PER_WEEK];
        for period in &self.plan.cost.periods {
            let own: Option<Vec<usize>> = (named.iter())
                .find(|named| named.name == period.name)
                .map(|named| named.hours.clone().collect())
                .or_else(|| hours_of_text(&period.name).filter(|_| named.is_empty()));
            let place = format!("cost.periods[{}]", period.name);
            let Some(own) = own else {
                violations.push(violation(
                    place,
                    "an unknown name",
                    "a period of the cluster file, or hours of the week",
                ));
                continue;
            };
            for &hour in &own {
                seen[hour] += 1;
            }
            let costs: Vec<UsdPerHour> = own.iter().map(|&hour| hours[hour]).collect();
            let costs_so = mean(&costs) == Some(period.usd_per_hour);
            if own.len() as u64 != period.hours_per_week || !costs_so {
                violations.push(violation(
                    place,
                    format!(
                        "{} hours of {}",
                        period.hours_per_week,
                        money::words(Some(period.usd_per_hour))
                    ),
                    format!("{} hours with the mean of their bills", own.len()),
                ));
            }
        }
        if seen.iter().any(|&times| times != 1) {
            violations.push(violation(
                "cost.periods",
                "hours missing or named twice",
                "each of the 168 hours once",
            ));
        }
    }
}

/// The mean of amounts, rounded half-even; `None` beyond decimals, and of none.
fn mean(amounts: &[UsdPerHour]) -> Option<UsdPerHour> {
    let sum = money::total(amounts.iter().copied().map(Some))?;
    let count = Decimal::from(amounts.len());
    let mean = sum.amount().checked_div(count)?;
    Some(UsdPerHour::new(mean).rounded())
}
