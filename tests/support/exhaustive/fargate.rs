//! Fargate: who may run there, the size it rounds up to, and the price.

use bayplan::catalogue::Catalogue;
use bayplan::domain::capacity::Capacity;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::policy::FargateUse;
use bayplan::domain::service::Service;
use bayplan::domain::task::{LaunchType, NetworkMode};
use rust_decimal::Decimal;

use super::kinds::on_grid;

/// All tasks of a service on Fargate.
#[derive(Debug, Clone)]
pub struct OnFargate {
    /// Index of the service.
    pub service: usize,
    /// Provider, number of tasks, CPU units, MiB, cost of one in 10⁻⁸ USD per hour.
    pub rows: Vec<(Capacity, u64, u64, u64, i64)>,
}

impl OnFargate {
    /// Cost of all of it.
    pub fn cost(&self) -> i64 {
        (self.rows.iter())
            .map(|&(_, count, _, _, each)| each * i64::try_from(count).expect("a tiny count"))
            .sum()
    }
}

/// The cheapest way to run `count` tasks of the service on Fargate, at least `on_demand` of them not Spot.
pub fn on_fargate(
    cluster: &Cluster,
    catalogue: &Catalogue,
    index: usize,
    count: u64,
    on_demand: u64,
) -> Option<OnFargate> {
    let service = &cluster.services[index];
    if cluster.policy.fargate == FargateUse::Forbidden || !is_eligible(service) {
        return None;
    }
    let [fixed, spot] = [Capacity::Fargate, Capacity::FargateSpot].map(|option| {
        (cluster.policy.purchase_options.allows(option))
            .then(|| one_task(service, catalogue, option))
            .flatten()
    });
    let spot_tasks = match (fixed, spot) {
        (_, None) => 0,
        (Some((.., fixed)), Some((.., spot))) if spot >= fixed => 0,
        _ => count - on_demand,
    };
    let mut rows = Vec::new();
    for (option, tasks, row) in [
        (Capacity::Fargate, count - spot_tasks, fixed),
        (Capacity::FargateSpot, spot_tasks, spot),
    ] {
        if tasks > 0 {
            let (cpu, memory, each) = row?;
            rows.push((option, tasks, cpu, memory, each));
        }
    }
    Some(OnFargate {
        service: index,
        rows,
    })
}

fn is_eligible(service: &Service) -> bool {
    !service.is_daemon()
        && !service.is_external()
        && service.task.fargate.features.is_empty()
        && (service.task.fargate.compatibilities.is_empty()
            || service
                .task
                .fargate
                .compatibilities
                .contains(&LaunchType::Fargate))
        && service.task.network_mode == NetworkMode::Awsvpc
        && service.task.gpus.get() == 0
        && service.constraints().next().is_none()
        && service.may_run_on(LaunchType::Fargate)
}

/// CPU units, MiB and cost of the cheapest size that holds a task.
fn one_task(service: &Service, catalogue: &Catalogue, option: Capacity) -> Option<(u64, u64, i64)> {
    let task = &service.task;
    let extra_gib = task.ephemeral_storage_gib.unwrap_or(20).saturating_sub(20);
    let storage = if extra_gib > 0 {
        catalogue.other_price("fargate_ephemeral_storage")?.usd * Decimal::from(extra_gib)
    } else {
        Decimal::ZERO
    };
    let mut best: Option<(Decimal, u64, u64)> = None;
    for &architecture in &task.architectures {
        let Some(rate) = catalogue.fargate_rate(architecture, option) else {
            continue;
        };
        for size in catalogue.fargate_sizes() {
            if size.cpu < task.cpu || size.memory < task.memory_on_fargate() {
                continue;
            }
            let thousand = Decimal::from(1024);
            let usd = Decimal::from(size.cpu.get()) / thousand * rate.usd_per_vcpu_hour.amount()
                + Decimal::from(size.memory.get()) / thousand * rate.usd_per_gb_hour.amount()
                + storage;
            let candidate = (usd, size.cpu.get(), size.memory.get());
            if best.is_none_or(|best| candidate < best) {
                best = Some(candidate);
            }
        }
    }
    best.map(|(usd, cpu, memory)| (cpu, memory, on_grid(usd)))
}
