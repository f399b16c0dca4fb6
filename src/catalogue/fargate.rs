//! Fargate: rates per vCPU and GB, and the task sizes it accepts.

use std::collections::BTreeSet;

use super::finding::{self, CatalogueFinding};
use super::price::{UNSTATED_BASIS, is_weak_basis};
use super::table::{Column, Source, Table, TableRow};
use crate::domain::capacity::Capacity;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// What Fargate charges in one Region for one architecture and market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FargateRate {
    /// CPU architecture.
    pub architecture: CpuArchitecture,
    /// Fargate or Fargate Spot.
    pub capacity: Capacity,
    /// USD per vCPU and hour.
    pub usd_per_vcpu_hour: UsdPerHour,
    /// USD per GB (1,024 MiB) and hour.
    pub usd_per_gb_hour: UsdPerHour,
    /// How it is known.
    pub basis: String,
}

impl FargateRate {
    /// Whether the basis is too weak to stand without a word ([`is_weak_basis`]).
    pub fn is_weak(&self) -> bool {
        is_weak_basis(&self.basis)
    }
}

/// A size that Fargate accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FargateSize {
    /// CPU units.
    pub cpu: CpuUnits,
    /// Memory.
    pub memory: MemoryMib,
}

/// Reads the rates of `region`.
pub(super) fn read_rates(
    source: Source<'_>,
    region: &str,
) -> (Vec<FargateRate>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let region_column = table.required("region");
    let architecture_column = table.required("arch");
    let market_column = table.required("market");
    let vcpu_column = table.required("usd_per_vcpu_hour");
    let gb_column = table.required("usd_per_gb_hour");
    let basis_column = table.optional("basis");
    let mut rates: Vec<FargateRate> = Vec::new();
    while let Some(mut row) = table.next_row() {
        if row.filled(region_column) != Some(region) {
            continue;
        }
        let architecture = row.parsed(architecture_column, "x86_64 or arm64");
        let capacity = market(&mut row, market_column);
        let vcpu = row.usd(vcpu_column);
        let gb = row.usd(gb_column);
        let (Some(architecture), Some(capacity), Some(vcpu), Some(gb)) =
            (architecture, capacity, vcpu, gb)
        else {
            continue;
        };
        let same =
            |rate: &FargateRate| rate.architecture == architecture && rate.capacity == capacity;
        if rates.iter().any(same) {
            row.duplicate(
                market_column,
                &format!("{architecture} {} in {region}", capacity.in_documents()),
            );
            continue;
        }
        let basis = match row.text(basis_column) {
            "" => UNSTATED_BASIS,
            basis => basis,
        };
        rates.push(FargateRate {
            architecture,
            capacity,
            usd_per_vcpu_hour: vcpu,
            usd_per_gb_hour: gb,
            basis: basis.to_owned(),
        });
    }
    (rates, table.into_findings())
}

fn market(row: &mut TableRow<'_>, column: Column) -> Option<Capacity> {
    match row.filled(column)? {
        "on_demand" | "on-demand" => Some(Capacity::Fargate),
        "spot" => Some(Capacity::FargateSpot),
        other => {
            let cause = format!("`{other}` is not a market");
            row.report(finding::VALUE, column, &cause, "write on_demand or spot");
            None
        }
    }
}

/// Reads the sizes, by CPU and then memory.
pub(super) fn read_sizes(source: Source<'_>) -> (Vec<FargateSize>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let cpu_column = table.required("cpu_units");
    let memory_column = table.required("memory_mib");
    let mut sizes = BTreeSet::new();
    while let Some(mut row) = table.next_row() {
        let cpu = row.count(cpu_column, 1);
        let memory = row.count(memory_column, 1);
        let (Some(cpu), Some(memory)) = (cpu, memory) else {
            continue;
        };
        let size = FargateSize {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(memory),
        };
        if !sizes.insert(size) {
            row.duplicate(memory_column, &format!("{cpu} CPU units with {memory} MiB"));
        }
    }
    (sizes.into_iter().collect(), table.into_findings())
}
