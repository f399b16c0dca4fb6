//! Cells and sentences that the text and the markdown report share.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::UsdPerHour;
use crate::report::words::{cents, count, counted, moment, percent_rounded_up};
use crate::rightsize::{
    Counts, Fleet, FrontierPoint, Guarantee, Jointly, Proposal, Reason, SelfTest,
};

use super::Sizes;

/// Headings of the table.
pub const HEADINGS: [&str; 9] = [
    "Service",
    "Tasks",
    "CPU units",
    "",
    "Memory MiB",
    "",
    "Flags",
    "Days",
    "Hours over, last week",
];
/// Services that a line names.
const NAMED: usize = 8;
/// Columns of numbers.
pub const NUMBERS: [usize; 4] = [1, 2, 4, 7];

/// Cells of a service.
pub fn cells(proposal: &Proposal) -> [String; 9] {
    let (today, size) = (proposal.today, proposal.size);
    [
        proposal.service.clone(),
        tasks(proposal),
        change(today.cpu.get(), size.cpu.get()),
        proposal.cpu.word().to_owned(),
        change(today.memory.get(), size.memory.get()),
        proposal.memory.word().to_owned(),
        flags(proposal),
        count(proposal.evidence.days),
        proposal
            .self_test
            .map_or_else(|| "not known".to_owned(), self_test),
    ]
}

/// The flags' words.
pub fn flags(proposal: &Proposal) -> String {
    let words: Vec<&str> = proposal.flags.iter().map(|flag| flag.word()).collect();
    words.join(", ")
}

fn tasks(proposal: &Proposal) -> String {
    let desired = count(proposal.desired_count);
    let by_hour = if proposal.profile.is_some() {
        ", by hour"
    } else {
        ""
    };
    match proposal.counts {
        Counts {
            least: Some(least),
            most: Some(most),
            is_changed: true,
        } => format!("{desired} ({least}–{most}{by_hour})"),
        _ if proposal.profile.is_some() => format!("{desired} (by hour)"),
        _ => desired,
    }
}

fn change(today: u64, size: u64) -> String {
    if today == size {
        count(today)
    } else {
        format!("{} → {}", count(today), count(size))
    }
}

fn self_test(test: SelfTest) -> String {
    format!(
        "{} of {} (today's {})",
        test.exceeded_proposed, test.hours, test.exceeded_today
    )
}

/// The first sentence.
pub fn headline(sizes: &Sizes) -> String {
    let changed = sizes
        .proposals
        .iter()
        .filter(|proposal| proposal.changes())
        .count() as u64;
    let all = sizes.proposals.len() as u64;
    let of = format!("{} of {} change", count(changed), counted(all, "service"));
    let (today, planned) = (&sizes.fleets.today, &sizes.fleets.planned);
    if changed == 0 {
        return format!("{of}; the fleet costs {}", bill(today.usd_per_hour));
    }
    if (today.unplaced, planned.unplaced) != (0, 0) {
        let without = |fleet: &Fleet| {
            let tasks = counted(fleet.unplaced, "task");
            format!("{} with {tasks} without a place", bill(fleet.usd_per_hour))
        };
        return format!(
            "{of}; the fleet planned anew costs {}, in place of {}: bills of other tasks, whose difference is no saving",
            without(planned),
            without(today)
        );
    }
    let saved = today.usd_per_hour.amount() - planned.usd_per_hour.amount();
    let share = share_of(saved, today.usd_per_hour.amount());
    let word = if saved < Decimal::ZERO {
        "more"
    } else {
        "less"
    };
    format!(
        "{of}; the fleet planned anew costs {} in place of {}: {share} {word}",
        bill(planned.usd_per_hour),
        bill(today.usd_per_hour),
    )
}

fn bill(cost: UsdPerHour) -> String {
    let month = cost.usd_per_month().to_f64().unwrap_or(f64::NAN);
    format!("{} USD per month", cents(month))
}

fn share_of(part: Decimal, whole: Decimal) -> String {
    let share = (part.abs().checked_div(whole))
        .and_then(|share| share.to_f64())
        .unwrap_or(0.0);
    format!("{:.1} %", 100.0 * share)
}

/// Why, a line a service.
pub fn reasons(sizes: &Sizes) -> Vec<String> {
    (sizes.proposals.iter())
        .map(|proposal| {
            let reasons: Vec<String> = proposal.reasons.iter().map(Reason::to_string).collect();
            format!("{}: {}", proposal.service, reasons.join("; "))
        })
        .collect()
}

/// How often CPU may exceed the size, a line a service that has a bound.
pub fn guarantees(sizes: &Sizes) -> Vec<String> {
    let mut lines: Vec<String> = (sizes.proposals.iter())
        .filter_map(|proposal| Some(guarantee(&proposal.service, proposal.guarantee?)))
        .collect();
    let shares: Vec<f64> = (sizes.proposals.iter())
        .filter_map(|proposal| proposal.guarantee.map(|of| of.hours))
        .collect();
    if shares.len() > 1 {
        lines.push(format!(
            "together: at most {:.2} services above their size in an hour, in the mean",
            (100.0 * shares.iter().sum::<f64>()).ceil() / 100.0
        ));
    }
    lines
}

fn guarantee(service: &str, of: Guarantee) -> String {
    format!(
        "{service}: at most {} of hours and {} of days, if coming weeks are like the {} measured",
        percent_rounded_up(of.hours),
        percent_rounded_up(of.days),
        counted(of.measured_days, "day"),
    )
}

/// How sizes were chosen with the fleet, and what fewer changes bring; nothing where neither was asked for.
pub fn choices(sizes: &Sizes) -> Vec<String> {
    let mut lines: Vec<String> = sizes
        .joint
        .iter()
        .map(|joint| chosen(sizes, joint))
        .collect();
    let today = &sizes.fleets.today;
    let points = sizes.frontier.iter().flatten();
    lines.extend(points.map(|point| of_few(point, today)));
    lines
}

fn chosen(sizes: &Sizes, joint: &Jointly) -> String {
    let bound = joint.bound_usd_per_hour.map_or_else(
        || "no bound is proven".to_owned(),
        |bound| format!("no choice of them costs less than {}", bill(bound)),
    );
    format!(
        "sizes chosen with the fleet: {} with the rules' own sizes, {} with {} tight of {} that may be; {bound}; at most {:.2} of these \
         services above their CPU in an hour, in the mean, {:.2} with the rules' own",
        bill(joint.alone_usd_per_hour),
        bill(sizes.fleets.planned.usd_per_hour),
        count(joint.tight),
        counted(joint.choices, "service"),
        (100.0 * joint.risk).ceil() / 100.0,
        (100.0 * joint.risk_allowed).ceil() / 100.0,
    )
}

fn of_few(point: &FrontierPoint, today: &Fleet) -> String {
    let number = point.services.len() as u64;
    let now = today.usd_per_hour.amount();
    let saved = now - point.usd_per_hour.amount();
    let word = if saved < Decimal::ZERO {
        "more"
    } else {
        "less"
    };
    let share = if today.unplaced == 0 {
        format!(", {} {word}", share_of(saved, now))
    } else {
        String::new()
    };
    let mut names: Vec<&str> = (point.services.iter().take(NAMED))
        .map(String::as_str)
        .collect();
    if point.services.len() > NAMED {
        names.push("…");
    }
    let names = if names.is_empty() {
        String::new()
    } else {
        format!(" ({})", names.join(", "))
    };
    let bound = point.bound_usd_per_hour.map_or_else(String::new, |bound| {
        format!("; no fleet with so many costs less than {}", bill(bound))
    });
    format!(
        "{}: {}{share}{names}{bound}",
        counted(number, "cut"),
        bill(point.usd_per_hour),
    )
}

/// What the figures rest on.
pub fn caveats(sizes: &Sizes) -> Vec<String> {
    let mut lines = vec![
        "costs are those of the fleets that ECS's own scheduler can fill, planned with today's sizes and with the proposed ones, not of \
         what runs today"
            .to_owned(),
        "hours over: hours of the last week in which a task took more CPU or memory than the size that the same rules propose without that \
         week"
            .to_owned(),
    ];
    if let Some(at) = sizes.measured_until {
        lines.push(format!("use was measured until {}", moment(at)));
    }
    if (sizes.proposals.iter()).any(|proposal| proposal.profile.is_some()) {
        lines.push(
            "tasks by hour of the week: the fleet of today is planned for desiredCount around the clock, so that a part of what such a service \
             saves is what its own scaling saves already"
                .to_owned(),
        );
    }
    match sizes.fleets.last {
        Some(last) if last.stays => lines.push(format!(
            "the fleet of run {} stays: another would save next to nothing",
            last.run
        )),
        Some(last) => lines.push(format!(
            "another fleet than that of run {}: {} started, {} stopped",
            last.run,
            counted(last.started, "instance"),
            counted(last.stopped, "instance")
        )),
        None => {}
    }
    if let Some(last) = sizes.fleets.last
        && let Some(drift) = last.drift
        && (drift.missing, drift.unplanned) != (0, 0)
    {
        lines.push(format!(
            "what runs is not the fleet of run {}: {} of it missing, {} not planned (by type and zone)",
            last.run,
            counted(drift.missing, "instance"),
            counted(drift.unplanned, "instance")
        ));
    }
    let unplaced = sizes.fleets.today.unplaced;
    if unplaced > 0 {
        lines.push(format!(
            "{} of today's sizes have no place in the fleet planned for them: its bill is without them",
            counted(unplaced, "task")
        ));
    }
    let unplaced = sizes.fleets.planned.unplaced;
    if unplaced > 0 {
        let tasks = counted(unplaced, "task");
        lines.push(format!(
            "{tasks} of the proposed sizes have no place: `bayplan plan` of the written file says why"
        ));
    }
    lines
}
