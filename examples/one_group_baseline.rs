//! What the usual fleet costs: one Auto Scaling group of one instance type with binpack placement, as many instances as
//! ECS needs to place every task in every order replayed. Of all types that hold a task of every service the one
//! with the cheapest such group counts.
//!
//! `cargo run --release --example one_group_baseline -- cluster.json`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use bayplan::catalogue::Catalogue;
use bayplan::domain::attributes::Attributes;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::placement::PlacementStrategy;
use bayplan::formulate::hosts::Hosts;
use bayplan::formulate::offering::{Offering, Offerings};
use bayplan::simulate::choices::TieBreak;
use bayplan::simulate::fleet::{Attachments, Fleet, Host};
use bayplan::simulate::replay::first_failing_order;
use bayplan::simulate::workload::Workload;
use bayplan::simulate::world::World;
use clap::Parser;

#[path = "../benches/cases/mod.rs"]
mod cases;

/// Type, number of instances and USD per hour of the cheapest group of one type, as CSV on stdout.
#[derive(Debug, Parser)]
struct Arguments {
    /// Cluster file; without zones.
    cluster: PathBuf,
    /// Arrival orders that must place every task.
    #[arg(long, default_value_t = 20)]
    orders: u64,
    /// Types looked at, those with the cheapest capacity first.
    #[arg(long, default_value_t = 12)]
    types: usize,
    /// Resource that is packed.
    #[arg(long, default_value = "memory", value_parser = ["cpu", "memory"])]
    binpack: String,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("one_group_baseline: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> std::io::Result<()> {
    let text = std::fs::read_to_string(&arguments.cluster)?;
    let cluster = cases::imported(&text);
    let catalogue = cases::catalogue(&cluster);
    let offerings = Offerings::new(&cluster, &catalogue)
        .map_err(|errors| std::io::Error::other(format!("{errors:?}")))?;
    let hosts = Hosts::new(&cluster, &offerings);
    let mut types: Vec<(UsdPerHour, u64, &Offering)> = (offerings.usable.iter().enumerate())
        .filter(|(index, _)| hosts.offerings.iter().all(|own| own.contains(index)))
        .map(|(_, offering)| {
            let least = fewest(&cluster, offering);
            (offering.usd_per_hour * least, least, offering)
        })
        .collect();
    types.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| a.2.instance_type.cmp(&b.2.instance_type))
    });
    let filled = |offering: &Offering, count: u64| {
        let world = world(&cluster, &catalogue, offering, count, &arguments.binpack);
        first_failing_order(&world, TieBreak::default(), 0, arguments.orders).is_none()
    };
    let mut best: Option<(UsdPerHour, u64, &Offering)> = None;
    for &(cost, least, offering) in types.iter().take(arguments.types) {
        if best.is_some_and(|(known, ..)| cost >= known) {
            continue;
        }
        let (mut fails, mut holds) = (least.saturating_sub(1), least);
        while !filled(offering, holds) {
            fails = holds;
            holds += holds.div_ceil(10);
        }
        while holds - fails > 1 {
            let middle = fails.midpoint(holds);
            if filled(offering, middle) {
                holds = middle;
            } else {
                fails = middle;
            }
        }
        let found = (offering.usd_per_hour * holds, holds, offering);
        if best.is_none_or(|(known, ..)| found.0 < known) {
            best = Some(found);
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "instance_type,instances,usd_per_hour")?;
    if let Some((cost, count, offering)) = best {
        writeln!(out, "{},{count},{}", offering.instance_type, cost.amount())?;
    }
    Ok(())
}

/// Instances without which the tasks' CPU or memory would not fit.
fn fewest(cluster: &Cluster, offering: &Offering) -> u64 {
    let room = offering.allocatable.unwrap_or_default();
    let (mut cpu, mut memory) = (0, 0);
    for service in &cluster.services {
        let (one, count) = (service.task.resources(), cluster.planned_count(service));
        cpu += one.cpu.get() * count;
        memory += one.memory.get() * count;
    }
    (cpu.div_ceil(room.cpu.get().max(1))).max(memory.div_ceil(room.memory.get().max(1)))
}

fn world(
    cluster: &Cluster,
    catalogue: &Catalogue,
    offering: &Offering,
    count: u64,
    resource: &str,
) -> World {
    let known = catalogue.instance_type(&offering.instance_type);
    let host = Host {
        instance_type: offering.instance_type.clone(),
        availability_zone: None,
        capacity_provider: Some("one".to_owned()),
        purchase_option: offering.purchase_option,
        attributes: known.map_or_else(Attributes::default, |known| {
            Attributes::built_in(known, None)
        }),
        registered: offering.registered,
        reserved_ports: offering.ports.reserved.clone(),
        attachments: Attachments::of(known, cluster.policy.eni_trunking),
        usd_per_hour: offering.usd_per_hour,
    };
    let strategy = [PlacementStrategy::Binpack(resource.to_owned())];
    let workload = Workload::new(cluster, Some(&strategy));
    World::new(cluster, &Fleet::new([(host, count)]), workload)
}
