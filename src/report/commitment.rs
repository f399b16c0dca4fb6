//! What a plan says of its commitments, in words.

use std::fmt::Write as _;

use crate::domain::commitment::{CommitmentKind, UpfrontPayment};
use crate::domain::plan::{CommitmentPart, FleetPlan, OtherDemand, PlannedCommitment};
use crate::domain::text::visible;

/// The commitments of a plan, one line each, the whole first; none where it has none.
#[must_use]
pub fn lines(plan: &FleetPlan) -> Vec<String> {
    let Some(said) = &plan.commitment else {
        return Vec::new();
    };
    let mut lines = vec![whole(said)];
    lines.extend(said.parts.iter().map(part));
    lines.extend(said.demands.iter().map(other_demand));
    lines
}

fn whole(said: &PlannedCommitment) -> String {
    if said.parts.is_empty() {
        return "none is bought, and none is worth buying".to_owned();
    }
    let mut text = format!("{:.4} USD/h in all", said.usd_per_hour);
    if let Some(used) = said.utilisation {
        let _ = write!(text, ", {} of it used", percent(used));
    }
    if let Some(covered) = said.coverage {
        let _ = write!(
            text,
            ", covering {} of what could be covered",
            percent(covered)
        );
    }
    let month = said.saving_usd_per_month;
    let _ = if month < 0.0 {
        write!(text, "; {:.2} USD a month dearer than list prices", -month)
    } else {
        write!(text, "; {month:.2} USD a month cheaper than list prices")
    };
    if let Some(least) = said.break_even_utilisation {
        let _ = write!(text, ", as cheap as these at {} use", percent(least));
    }
    text
}

fn part(part: &CommitmentPart) -> String {
    let what = match part.kind {
        CommitmentKind::Compute => "Compute Savings Plan".to_owned(),
        CommitmentKind::Ec2Instance => format!("EC2 Instance Savings Plan of {}", of(part)),
        CommitmentKind::Reserved => format!("Reserved Instances of {}", of(part)),
        CommitmentKind::CapacityReservation => {
            format!("Capacity Reservation of {} in whichever zone", of(part))
        }
        CommitmentKind::CapacityBlock => {
            format!("Capacity Block of {} in whichever zone", of(part))
        }
    };
    let verb = if part.proposed { "propose" } else { "bought" };
    let mut text = format!("{verb}: {what}, {:.4} USD/h", part.usd_per_hour);
    if let Some(terms) = part.terms {
        let years = if terms.years == 1 { "year" } else { "years" };
        let _ = write!(
            text,
            ", {} {years}, {}",
            terms.years,
            payment(terms.payment)
        );
    }
    if part.estimated {
        text += ", rates estimated";
    }
    if let Some(used) = part.utilisation {
        let _ = write!(text, ", {} used", percent(used));
    }
    text
}

fn of(part: &CommitmentPart) -> String {
    let name = part.instance_type.as_deref().or(part.family.as_deref());
    visible(name.unwrap_or("?"))
}

const fn payment(payment: UpfrontPayment) -> &'static str {
    match payment {
        UpfrontPayment::None => "nothing upfront",
        UpfrontPayment::Partial => "half upfront",
        UpfrontPayment::All => "all upfront",
    }
}

fn other_demand(other: &OtherDemand) -> String {
    let regret = other.usd_per_hour - other.best_usd_per_hour;
    let against = other.without_usd_per_hour - other.usd_per_hour;
    let verdict = if against.amount().is_sign_negative() {
        format!(
            "{:.4} dearer than without the proposal",
            other.usd_per_hour - other.without_usd_per_hour
        )
    } else {
        format!("{against:.4} cheaper than without the proposal")
    };
    format!(
        "at {} of the demand, the fleet in proportion: {:.4} USD/h, {verdict}, {regret:.4} more than with the best commitment for it",
        percent(other.demand),
        other.usd_per_hour,
    )
}

fn percent(fraction: f64) -> String {
    format!("{:.1} %", fraction * 100.0)
}
