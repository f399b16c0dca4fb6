//! The fleet drawn: each instance as a bar of its tasks with what is left free, in CPU and in memory.
//!
//! Identical instances are one pair of bars with their number. Of a group with many different packings the most
//! frequent are drawn and the others summed up, so that a large fleet stays a page.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Serialize;

use crate::domain::money::UsdPerHour;
use crate::domain::text::visible_start;
use crate::report::cost::document::CostReport;
use crate::report::cost::fleet::{Amounts, Packing, packings};
use crate::report::words;

/// Services with a colour of their own.
const COLOURS: usize = 8;
/// Packings drawn of one group.
const MOST_OF_A_GROUP: usize = 12;
/// Packings drawn of the fleet.
const MOST: usize = 150;
/// Parts of a bar.
const MOST_PARTS: usize = 24;
/// Services that a bar's description names.
const NAMED: usize = 8;
/// Characters of a name in a bar.
const NAME: usize = 40;

/// The fleet.
#[derive(Serialize)]
pub(super) struct Fleet {
    legend: Vec<Legend>,
    groups: Vec<PackingGroup>,
    left_out: Option<String>,
    knows_sizes: bool,
}

#[derive(Serialize)]
struct Legend {
    class: String,
    name: String,
}

/// Instances of one type, bought in one way, in one capacity provider.
#[derive(Serialize)]
struct PackingGroup {
    title: String,
    provider: String,
    cost: String,
    drawn: Vec<Drawn>,
    more: Option<String>,
}

/// One packing.
#[derive(Serialize)]
struct Drawn {
    count: String,
    zone: Option<String>,
    tasks: String,
    bars: [Bar; 2],
}

#[derive(Serialize)]
struct Bar {
    resource: &'static str,
    about: String,
    free: String,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    class: String,
    percent: String,
    text: String,
}

/// Draws the fleet of the report's plan.
pub(super) fn fleet(report: &CostReport<'_>) -> Fleet {
    let policy = report.subject.cluster.map(|cluster| &cluster.policy);
    let packings = packings(report.plan, &report.sizes, policy);
    let colours = colours(report);
    let mut groups: IndexMap<_, Vec<&Packing<'_>>> = IndexMap::new();
    for packing in &packings {
        let row = packing.row;
        let key = (
            row.capacity_provider.as_str(),
            row.instance_type.as_str(),
            row.purchase_option,
            row.existing,
        );
        groups.entry(key).or_default().push(packing);
    }
    let mut groups: Vec<Vec<&Packing<'_>>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(total(group)));
    let mut left = MOST;
    let mut drawn = Vec::new();
    let mut left_out = 0;
    for group in &groups {
        if left == 0 {
            left_out += group.iter().map(|packing| packing.row.count).sum::<u64>();
            continue;
        }
        let most = left.min(MOST_OF_A_GROUP);
        left -= most.min(group.len());
        drawn.push(draw_group(report, group, most, &colours));
    }
    Fleet {
        legend: legend(report, &colours),
        groups: drawn,
        left_out: (left_out > 0).then(|| {
            let others = words::counted(left_out, "instance");
            format!("{others} of cheaper groups are not drawn; the table of instances has them.")
        }),
        knows_sizes: report.subject.cluster.is_some(),
    }
}

fn total(group: &[&Packing<'_>]) -> UsdPerHour {
    (group.iter())
        .map(|packing| packing.row.usd_per_hour * packing.row.count)
        .sum()
}

/// The dearest services have colours, by name.
fn colours<'a>(report: &CostReport<'a>) -> IndexMap<&'a str, usize> {
    let mut services: Vec<_> = report.plan.services.iter().collect();
    services.sort_by(|a, b| {
        (b.usd_per_hour.cmp(&a.usd_per_hour)).then_with(|| a.service_name.cmp(&b.service_name))
    });
    (services.into_iter().take(COLOURS).enumerate())
        .map(|(colour, service)| (service.service_name.as_str(), colour))
        .collect()
}

fn legend(report: &CostReport<'_>, colours: &IndexMap<&str, usize>) -> Vec<Legend> {
    let mut legend: Vec<Legend> = (colours.iter())
        .map(|(name, colour)| Legend {
            class: format!("c{colour}"),
            name: visible_start(name, NAME),
        })
        .collect();
    let mut add = |class: &str, name: &str| {
        legend.push(Legend {
            class: class.to_owned(),
            name: name.to_owned(),
        });
    };
    if report.plan.services.len() > COLOURS {
        add("other", "other services");
    }
    if report
        .plan
        .instances
        .iter()
        .any(|row| !row.spare.is_empty())
    {
        add("spare", "room kept for tasks of a lost zone");
    }
    let policy = report.subject.cluster.map(|cluster| &cluster.policy);
    if policy.is_some_and(|p| p.reserved_cpu.get() + p.reserved_memory.get() > 0) {
        add("reserved", "reserved by the policy");
    }
    add("free", "free");
    legend
}

fn draw_group(
    report: &CostReport<'_>,
    group: &[&Packing<'_>],
    most: usize,
    colours: &IndexMap<&str, usize>,
) -> PackingGroup {
    let mut group = group.to_vec();
    group.sort_by(|a, b| {
        (b.row.count.cmp(&a.row.count))
            .then_with(|| a.row.availability_zone.cmp(&b.row.availability_zone))
    });
    let row = group[0].row;
    let count: u64 = group.iter().map(|packing| packing.row.count).sum();
    let mut title = format!(
        "{} × {} {}",
        words::count(count),
        row.instance_type,
        words::purchase_option(row.purchase_option)
    );
    if row.existing {
        title.push_str(", kept");
    }
    let rest = group.get(most..).unwrap_or_default();
    PackingGroup {
        title: visible_start(&title, 2 * NAME),
        provider: visible_start(&row.capacity_provider, NAME),
        cost: format!("{:.4}", total(&group)),
        drawn: (group.iter().take(most))
            .map(|packing| draw(report, packing, colours))
            .collect(),
        more: (!rest.is_empty()).then(|| more(rest)),
    }
}

/// Packings that are not drawn, in one line.
fn more(rest: &[&Packing<'_>]) -> String {
    let instances: u64 = rest.iter().map(|packing| packing.row.count).sum();
    let sum = |of: fn(&Packing<'_>) -> u64| -> f64 {
        rest.iter().map(|p| (of(p) * p.row.count) as f64).sum()
    };
    let cpu = sum(|p| p.used.cpu) / sum(|p| p.registered.cpu).max(1.0);
    let memory = sum(|p| p.used.memory_mib) / sum(|p| p.registered.memory_mib).max(1.0);
    format!(
        "and {} in {}: on average {:.0} % of CPU and {:.0} % of memory used",
        words::counted(instances, "more instance"),
        words::counted(rest.len() as u64, "other packing"),
        cpu * 100.0,
        memory * 100.0
    )
}

fn draw(report: &CostReport<'_>, packing: &Packing<'_>, colours: &IndexMap<&str, usize>) -> Drawn {
    let tasks: Vec<(&str, u64)> = (packing.loads.iter())
        .map(|load| (load.service, load.tasks))
        .collect();
    let named: Vec<String> = (tasks.iter().take(NAMED))
        .map(|(service, count)| format!("{count} × {}", visible_start(service, NAME)))
        .collect();
    let mut listed = named.join(", ");
    if tasks.len() > NAMED {
        let _ = write!(listed, " and {} more services", tasks.len() - NAMED);
    }
    if listed.is_empty() {
        listed.push_str("no task");
    }
    let bar = |resource: &'static str, of: fn(&Amounts) -> u64| {
        draw_bar(report, packing, colours, resource, of, &listed)
    };
    Drawn {
        count: words::count(packing.row.count),
        zone: (packing.row.availability_zone.as_deref()).map(|zone| visible_start(zone, NAME)),
        bars: [
            bar("CPU", |amounts| amounts.cpu),
            bar("Memory", |amounts| amounts.memory_mib),
        ],
        tasks: listed,
    }
}

fn draw_bar(
    report: &CostReport<'_>,
    packing: &Packing<'_>,
    colours: &IndexMap<&str, usize>,
    resource: &'static str,
    of: fn(&Amounts) -> u64,
    listed: &str,
) -> Bar {
    let whole = of(&packing.registered).max(1);
    let percent = |amount: u64| amount as f64 / whole as f64 * 100.0;
    let mut parts = Vec::new();
    let mut add = |class: String, amount: u64, text: String| {
        if amount > 0 {
            parts.push(Part {
                class,
                percent: format!("{:.3}", percent(amount).min(100.0)),
                text,
            });
        }
    };
    for load in packing.loads.iter().take(MOST_PARTS) {
        let class = (colours.get(load.service))
            .map_or_else(|| "other".to_owned(), |colour| format!("c{colour}"));
        let text = format!("{} {}", load.tasks, visible_start(load.service, NAME));
        add(class, of(&load.takes), text);
    }
    let others = packing.loads.iter().skip(MOST_PARTS);
    let rest = others.map(|load| of(&load.takes)).sum();
    add("other".to_owned(), rest, "other services".to_owned());
    let spare: u64 = (packing.row.spare.iter())
        .filter_map(|(service, count)| {
            let task = report.sizes.get(service.as_str())?;
            let one = Amounts {
                cpu: task.cpu.get(),
                memory_mib: task.memory.get(),
            };
            Some(of(&one) * count)
        })
        .sum();
    add("spare".to_owned(), spare, "kept".to_owned());
    let reserved = of(&packing.reserved);
    add("reserved".to_owned(), reserved, "reserved".to_owned());
    let taken = of(&packing.used) + spare + reserved;
    let free = format!("{:.0} %", percent(whole.saturating_sub(taken)));
    Bar {
        resource,
        about: format!("{resource}: {free} free; {listed}"),
        free,
        parts,
    }
}
