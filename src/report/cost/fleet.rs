//! What stands on each instance and what is left free, in CPU and memory.

use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::domain::policy::Policy;

use super::services::TaskSizes;
use super::table::{Cell, Column, Kind, Table, column, fraction, integer, text};

const INSTANCE_COLUMNS: &[Column] = &[
    integer("x_InstanceRow", "Row"),
    text("x_CapacityProvider", "Capacity provider"),
    text("x_InstanceType", "Instance type"),
    text("x_PurchaseOption", "Purchase option"),
    text("AvailabilityZone", "Zone"),
    integer("x_Instances", "Identical instances"),
    column("x_UsdPerHourEach", "USD per hour each", Kind::Decimal(4)),
    integer("x_TasksPerInstance", "Tasks on each"),
    integer("x_RegisteredCpuUnits", "CPU units registered"),
    integer("x_UsedCpuUnits", "CPU units used"),
    integer("x_ReservedCpuUnits", "CPU units reserved"),
    fraction("x_CpuUtilisation", "CPU used"),
    integer("x_RegisteredMemoryMib", "MiB registered"),
    integer("x_UsedMemoryMib", "MiB used"),
    integer("x_ReservedMemoryMib", "MiB reserved"),
    fraction("x_MemoryUtilisation", "Memory used"),
];

const PLACEMENT_COLUMNS: &[Column] = &[
    integer("x_InstanceRow", "Row"),
    text("x_InstanceType", "Instance type"),
    text("x_PurchaseOption", "Purchase option"),
    text("AvailabilityZone", "Zone"),
    integer("x_Instances", "Identical instances"),
    text("x_EcsServiceName", "ECS service"),
    integer("x_TasksPerInstance", "Tasks on each"),
    integer("x_TaskCpuUnits", "CPU units a task"),
    integer("x_TaskMemoryMib", "Memory a task, MiB"),
];

/// CPU and memory, or two other amounts of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU units.
    pub cpu: u64,
    /// MiB.
    pub memory_mib: u64,
}

impl Amounts {
    fn add(&mut self, other: Self, times: u64) {
        self.cpu += other.cpu * times;
        self.memory_mib += other.memory_mib * times;
    }
}

/// Tasks of one service on one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load<'a> {
    /// Its name.
    pub service: &'a str,
    /// How many.
    pub tasks: u64,
    /// What they take together.
    pub takes: Amounts,
}

/// A row of the plan, with the sizes of what stands on one of its instances.
#[derive(Debug, Clone, PartialEq)]
pub struct Packing<'a> {
    /// The row.
    pub row: &'a PlannedInstances,
    /// Tasks, the largest part of the instance first.
    pub loads: Vec<Load<'a>>,
    /// What tasks take.
    pub used: Amounts,
    /// What the policy keeps free on every instance.
    pub reserved: Amounts,
    /// What the instance registers.
    pub registered: Amounts,
}

/// Every row of the plan, in its order.
#[must_use]
pub fn packings<'a>(
    plan: &'a FleetPlan,
    sizes: &TaskSizes<'_>,
    policy: Option<&Policy>,
) -> Vec<Packing<'a>> {
    let reserved = policy.map_or_else(Amounts::default, |policy| Amounts {
        cpu: policy.reserved_cpu.get(),
        memory_mib: policy.reserved_memory.get(),
    });
    (plan.instances.iter())
        .map(|row| packing(row, sizes, reserved))
        .collect()
}

fn packing<'a>(row: &'a PlannedInstances, sizes: &TaskSizes<'_>, reserved: Amounts) -> Packing<'a> {
    let registered = Amounts {
        cpu: row.registered.cpu,
        memory_mib: row.registered.memory_mib,
    };
    let mut used = Amounts::default();
    let mut loads: Vec<Load<'_>> = (row.tasks.iter())
        .map(|(service, &tasks)| {
            let one = size(sizes, service);
            used.add(one, tasks);
            let mut takes = Amounts::default();
            takes.add(one, tasks);
            Load {
                service,
                tasks,
                takes,
            }
        })
        .collect();
    // Parts of CPU and memory in one unit, so that the order is that of the larger bar.
    let part = |load: &Load<'_>| {
        (load.takes.cpu * registered.memory_mib).max(load.takes.memory_mib * registered.cpu)
    };
    loads.sort_by(|a, b| part(b).cmp(&part(a)).then_with(|| a.service.cmp(b.service)));
    Packing {
        row,
        loads,
        used,
        reserved,
        registered,
    }
}

fn size(sizes: &TaskSizes<'_>, service: &str) -> Amounts {
    sizes
        .get(service)
        .map_or_else(Amounts::default, |task| Amounts {
            cpu: task.cpu.get(),
            memory_mib: task.memory.get(),
        })
}

/// One row of the plan a row: identical instances, and how full each is.
#[must_use]
pub fn instances_table(packings: &[Packing<'_>]) -> Table {
    let part = |used: u64, of: u64| (of > 0).then(|| used as f64 / of as f64);
    let rows = (1..)
        .zip(packings)
        .map(|(number, packing): (u64, _)| {
            let row = packing.row;
            vec![
                number.into(),
                row.capacity_provider.as_str().into(),
                row.instance_type.as_str().into(),
                row.purchase_option.to_string().into(),
                row.availability_zone.as_deref().into(),
                row.count.into(),
                row.usd_per_hour.into(),
                row.tasks.values().sum::<u64>().into(),
                packing.registered.cpu.into(),
                packing.used.cpu.into(),
                packing.reserved.cpu.into(),
                part(packing.used.cpu, packing.registered.cpu).into(),
                packing.registered.memory_mib.into(),
                packing.used.memory_mib.into(),
                packing.reserved.memory_mib.into(),
                part(packing.used.memory_mib, packing.registered.memory_mib).into(),
            ]
        })
        .collect();
    Table {
        name: "instances",
        title: "Instances",
        about: "Instances with the same tasks on them a row, and how full each is.",
        columns: INSTANCE_COLUMNS,
        rows,
    }
}

/// One service on one row of instances a row.
#[must_use]
pub fn placements_table(packings: &[Packing<'_>], sizes: &TaskSizes<'_>) -> Table {
    let mut rows = Vec::new();
    for (number, packing) in (1_u64..).zip(packings) {
        for load in &packing.loads {
            let known = sizes.get(load.service);
            rows.push(vec![
                number.into(),
                packing.row.instance_type.as_str().into(),
                packing.row.purchase_option.to_string().into(),
                packing.row.availability_zone.as_deref().into(),
                packing.row.count.into(),
                load.service.into(),
                load.tasks.into(),
                known.map(|task| task.cpu.get()).into(),
                known.map_or(Cell::Empty, |task| task.memory.get().into()),
            ]);
        }
    }
    Table {
        name: "placements",
        title: "Placements",
        about: "One service on one row of identical instances a row.",
        columns: PLACEMENT_COLUMNS,
        rows,
    }
}
