//! Instance types from their table.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::finding::{self, CatalogueFinding};
use super::table::{Column, Source, Table, TableRow};
use crate::domain::instance_type::{CpuArchitecture, EbsLimit, Hypervisor, InstanceType};
use crate::domain::quantity::{GpuCount, MemoryMib};

struct Columns {
    name: Column,
    vcpus: Column,
    memory: Column,
    architecture: Column,
    max_enis: Column,
    branch_enis: Column,
    gpus: Column,
    gpu_name: Column,
    current_generation: Column,
    burstable: Column,
    bare_metal: Column,
    hypervisor: Column,
    spot_supported: Column,
    ecs_image: Column,
    ebs_attachments: Column,
    ebs_limit: Column,
}

impl Columns {
    /// What ECS packs by must be there; for the rest the most ordinary type is assumed: Nitro, current
    /// generation, no trunking, no GPU, an image that runs, volume limit unknown.
    fn of(table: &mut Table<'_>) -> Self {
        Self {
            name: table.required("instance_type"),
            vcpus: table.required("vcpu"),
            memory: table.required("memory_mib"),
            architecture: table.required("arch"),
            max_enis: table.required("max_enis"),
            branch_enis: table.optional("branch_enis"),
            gpus: table.optional("gpu_count"),
            gpu_name: table.optional("gpu_name"),
            current_generation: table.optional("current_generation"),
            burstable: table.optional("burstable"),
            bare_metal: table.optional("bare_metal"),
            hypervisor: table.optional("hypervisor"),
            spot_supported: table.optional("spot_supported"),
            ecs_image: table.optional("ecs_image"),
            ebs_attachments: table.optional("ebs_attachments"),
            ebs_limit: table.optional("ebs_limit"),
        }
    }
}

/// Reads instance types, sorted by name.
pub(super) fn read(source: Source<'_>) -> (Vec<InstanceType>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let columns = Columns::of(&mut table);
    let mut types = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        let Some(instance_type) = read_one(&mut row, &columns) else {
            continue;
        };
        match types.entry(instance_type.name.clone()) {
            Entry::Occupied(known) => row.duplicate(columns.name, &format!("`{}`", known.key())),
            Entry::Vacant(place) => {
                place.insert(instance_type);
            }
        }
    }
    (types.into_values().collect(), table.into_findings())
}

/// Every cell is looked at before the row is given up, so that all its faults are reported.
fn read_one(row: &mut TableRow<'_>, columns: &Columns) -> Option<InstanceType> {
    let name = name(row, columns.name);
    let vcpus = row.count(columns.vcpus, 1);
    let memory = row.count(columns.memory, 1);
    let architecture: Option<CpuArchitecture> = row.parsed(columns.architecture, "x86_64 or arm64");
    let max_enis = row.count(columns.max_enis, 1);
    let branch_enis = row.count_or(columns.branch_enis, 0);
    let gpus = row.count_or(columns.gpus, 0);
    let current_generation = row.flag_or(columns.current_generation, true);
    let burstable = row.flag_or(columns.burstable, false);
    let bare_metal = row.flag_or(columns.bare_metal, false);
    let hypervisor = hypervisor(row, columns.hypervisor);
    let spot_supported = row.flag_or(columns.spot_supported, true);
    let (ebs_attachments, ebs_limit) = ebs(row, columns)?;
    // No ECS-optimised image has both an ARM64 kernel and NVIDIA's driver.
    let is_arm_with_gpu = architecture == Some(CpuArchitecture::Arm64) && gpus > Some(0);
    Some(InstanceType {
        name: name?.to_owned(),
        vcpus: vcpus?,
        memory: MemoryMib::new(memory?),
        architecture: architecture?,
        max_enis: max_enis?,
        branch_enis: branch_enis?,
        gpus: GpuCount::new(gpus?),
        gpu_name: row.text(columns.gpu_name).to_owned(),
        current_generation: current_generation?,
        burstable: burstable?,
        bare_metal: bare_metal?,
        hypervisor: hypervisor?,
        spot_supported: spot_supported?,
        ecs_image: row.text(columns.ecs_image) != "none" && !is_arm_with_gpu,
        ebs_attachments,
        ebs_limit,
    })
}

/// A name made of letters, digits, `.`, `-` and `_`: it goes into globs, tables, CSV and templates.
fn name<'t>(row: &mut TableRow<'t>, column: Column) -> Option<&'t str> {
    let text = row.filled(column)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(fits) {
        return Some(text);
    }
    let cause = format!("`{text}` is not the name of an instance type");
    let remedy = "use letters, digits, `.`, `-` and `_` as in m7g.large";
    row.report(finding::VALUE, column, &cause, remedy);
    None
}

fn hypervisor(row: &mut TableRow<'_>, column: Column) -> Option<Hypervisor> {
    match row.text(column) {
        "" | "nitro" => Some(Hypervisor::Nitro),
        "xen" => Some(Hypervisor::Xen),
        "none" => Some(Hypervisor::None),
        other => {
            let cause = format!("`{other}` is not a hypervisor");
            row.report(finding::VALUE, column, &cause, "write nitro, xen or none");
            None
        }
    }
}

/// Attachments and what shares them; `None` when a cell is wrong.
fn ebs(row: &mut TableRow<'_>, columns: &Columns) -> Option<(Option<u64>, Option<EbsLimit>)> {
    let attachments = match row.text(columns.ebs_attachments) {
        "" => None,
        _ => Some(row.count(columns.ebs_attachments, 0)?),
    };
    let limit = match row.text(columns.ebs_limit) {
        "" => None,
        "shared" => Some(EbsLimit::Shared),
        "dedicated" => Some(EbsLimit::Dedicated),
        other => {
            let cause = format!("`{other}` is not a kind of limit");
            row.report(
                finding::VALUE,
                columns.ebs_limit,
                &cause,
                "write shared or dedicated",
            );
            return None;
        }
    };
    Some((attachments, limit))
}
