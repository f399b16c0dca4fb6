//! Lists of instance types as text, JSON, CSV and Markdown.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::CatalogueFormat;
use super::row::{CatalogueRow, or_dash, or_nothing};
use crate::catalogue::{Catalogue, CatalogueKind, exclusions, is_weak_basis};
use crate::domain::instance_type::InstanceType;
use crate::domain::policy::Policy;
use crate::io::plan_document::CatalogueDocument;
use crate::report::wording;

/// Headings of the table for people; the first two columns and the basis hold words, the rest numbers.
const HEADINGS: [&str; 12] = [
    "instance type",
    "arch",
    "vCPU",
    "MiB",
    "registered",
    "task ENIs",
    "trunked",
    "GPUs",
    "USD/h",
    "basis",
    "Spot saving",
    "interrupted",
];
const WORD_COLUMNS: [usize; 3] = [0, 1, 9];

/// Instance types to write, in this order.
pub(super) struct Listing<'a> {
    pub catalogue: &'a Catalogue,
    pub rows: Vec<CatalogueRow>,
}

/// The JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: u32,
    region: &'a str,
    catalogue: CatalogueDocument,
    instance_types: &'a [CatalogueRow],
}

impl Listing<'_> {
    pub fn write(&self, format: CatalogueFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            CatalogueFormat::Text => self.write_text(out),
            CatalogueFormat::Json => self.write_json(out),
            CatalogueFormat::Csv => self.write_csv(out),
            CatalogueFormat::Markdown => self.write_markdown(out),
        }
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for line in self.table(presets::NOTHING, cells).lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        let count = self.rows.len();
        let types = if count == 1 { "type" } else { "types" };
        writeln!(out, "\n{count} {types} in {}", provenance(self.catalogue))
    }

    fn write_markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        // A bar in a cell would end it.
        let escaped = |row: &CatalogueRow| cells(row).map(|cell| cell.replace('|', "\\|"));
        for line in self.table(presets::ASCII_MARKDOWN, escaped).lines() {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "\n{}", provenance(self.catalogue))
    }

    fn table(&self, preset: &str, cells: impl Fn(&CatalogueRow) -> [String; 12]) -> Table {
        let mut table = Table::new();
        table.load_preset(preset).set_header(HEADINGS);
        for row in &self.rows {
            table.add_row(cells(row));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            if index == 0 {
                column.set_padding((0, 1));
            }
            if !WORD_COLUMNS.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let document = Document {
            version: 1,
            region: self.catalogue.region(),
            catalogue: self.catalogue.provenance().into(),
            instance_types: &self.rows,
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }

    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record([
            "instance_type",
            "arch",
            "vcpu",
            "memory_mib",
            "registered_memory_mib",
            "max_enis",
            "task_enis",
            "task_enis_with_trunking",
            "gpu_count",
            "gpu_name",
            "current_generation",
            "burstable",
            "bare_metal",
            "on_demand_usd_per_hour",
            "basis",
            "savings_pct",
            "interruption_band",
            "spot_usd_per_hour",
            "az_ids",
        ])?;
        for row in &self.rows {
            writer.write_record([
                row.instance_type.clone(),
                row.architecture.to_lowercase(),
                row.vcpus.to_string(),
                row.memory_mib.to_string(),
                row.registered_memory_mib.to_string(),
                row.max_enis.to_string(),
                row.task_enis.to_string(),
                row.task_enis_with_trunking.to_string(),
                row.gpus.to_string(),
                or_nothing(row.gpu_name.as_ref()),
                row.current_generation.to_string(),
                row.burstable.to_string(),
                row.bare_metal.to_string(),
                or_nothing(row.on_demand_usd_per_hour.as_ref()),
                or_nothing(row.on_demand_basis.as_ref()),
                or_nothing(row.spot_saving_percent.as_ref()),
                or_nothing(row.interruption_band.as_ref()),
                or_nothing(row.spot_usd_per_hour.as_ref()),
                row.zone_ids
                    .as_ref()
                    .map(|ids| ids.join(";"))
                    .unwrap_or_default(),
            ])?;
        }
        writer.flush()
    }
}

fn cells(row: &CatalogueRow) -> [String; 12] {
    [
        row.instance_type.clone(),
        row.architecture.to_lowercase(),
        row.vcpus.to_string(),
        row.memory_mib.to_string(),
        row.registered_memory_mib.to_string(),
        row.task_enis.to_string(),
        row.task_enis_with_trunking.to_string(),
        row.gpus.to_string(),
        or_dash(row.on_demand_usd_per_hour.as_ref()),
        or_dash(row.on_demand_basis.as_ref()),
        saving(row),
        or_dash(row.interruption_band.as_ref()),
    ]
}

fn saving(row: &CatalogueRow) -> String {
    row.spot_saving_percent
        .map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

/// Region, source and dates in words.
fn provenance(catalogue: &Catalogue) -> String {
    let dates = catalogue.as_of();
    let source = match catalogue.source() {
        "embedded" => "embedded catalogue".to_owned(),
        "aws" => "catalogue from AWS".to_owned(),
        source => format!("catalogue from {source}"),
    };
    let mut parts = vec![format!("{} ({source}", catalogue.region())];
    if let Some(date) = &dates.on_demand {
        parts.push(format!("On-Demand prices of {date}"));
    }
    if let Some(date) = &dates.spot {
        let has_prices =
            (catalogue.figures_used().iter()).any(|used| used.kind == CatalogueKind::SpotPrices);
        let what = if has_prices { "prices" } else { "savings" };
        parts.push(format!("Spot {what} of {date}"));
    }
    parts.join(", ") + ")"
}

/// One type, one fact a line.
pub(super) fn write_details(
    row: &CatalogueRow,
    instance_type: &InstanceType,
    catalogue: &Catalogue,
    out: &mut dyn Write,
) -> io::Result<()> {
    let basis = row.on_demand_basis.as_deref().unwrap_or_default();
    let weak = if is_weak_basis(basis) { ", weak" } else { "" };
    let on_demand = match &row.on_demand_usd_per_hour {
        Some(usd) => format!("{usd} USD/h ({basis}{weak})"),
        None => format!("- (no price in {})", catalogue.region()),
    };
    let spot = match (&row.spot_usd_per_hour, &row.interruption_band) {
        (None, _) => "-".to_owned(),
        (Some(usd), None) => format!("{usd} USD/h"),
        (Some(usd), Some(band)) => {
            format!(
                "{usd} USD/h (saving {}, interrupted {band} a month)",
                saving(row)
            )
        }
    };
    let gpus = match &row.gpu_name {
        Some(name) => format!("{} × {name}", row.gpus),
        None => row.gpus.to_string(),
    };
    let zones = row
        .zone_ids
        .as_ref()
        .map_or_else(|| "unknown".to_owned(), |ids| ids.join(", "));
    let facts = [
        ("architecture", row.architecture.clone()),
        ("vCPUs", row.vcpus.to_string()),
        ("memory", format!("{} MiB nominal", row.memory_mib)),
        (
            "registered",
            format!("{} MiB with ECS", row.registered_memory_mib),
        ),
        ("ENIs", enis(row)),
        ("GPUs", gpus),
        ("class", class(row)),
        ("On-Demand", on_demand),
        ("Spot", spot),
        ("zones", zones),
        ("default policy", default_policy(instance_type, catalogue)),
    ];
    writeln!(out, "{} in {}", row.instance_type, provenance(catalogue))?;
    for (name, value) in facts {
        writeln!(out, "  {name:<14}  {value}")?;
    }
    for (name, value) in agreements(&instance_type.name, catalogue) {
        writeln!(out, "  {name:<14}  {value}")?;
    }
    Ok(())
}

/// The fee of Managed Instances and the Savings Plans rates, where a catalogue directory has them.
fn agreements(name: &str, catalogue: &Catalogue) -> Vec<(&'static str, String)> {
    let fee = (catalogue.managed_instances_fee(name)).map(|fee| {
        (
            "managed fee",
            format!("{} USD/h ({})", fee.usd_per_hour, fee.basis),
        )
    });
    let rates = (catalogue.savings_plan_rates().iter())
        .filter(|rate| rate.instance_type == name)
        .map(|rate| {
            let years = rate.term_years;
            let (kind, payment) = (rate.kind.word(), rate.payment.word());
            let usd = rate.usd_per_hour;
            (
                "Savings Plan",
                format!("{usd} USD/h ({kind}, {years} a, {payment})"),
            )
        });
    fee.into_iter().chain(rates).collect()
}

fn enis(row: &CatalogueRow) -> String {
    format!(
        "{}, for {} awsvpc tasks ({} with trunking)",
        row.max_enis, row.task_enis, row.task_enis_with_trunking
    )
}

fn class(row: &CatalogueRow) -> String {
    let generation = if row.current_generation {
        "current generation"
    } else {
        "previous generation"
    };
    let mut words = vec![generation];
    if row.burstable {
        words.push("burstable");
    }
    if row.bare_metal {
        words.push("bare metal");
    }
    words.join(", ")
}

fn default_policy(instance_type: &InstanceType, catalogue: &Catalogue) -> String {
    let reasons: Vec<String> = exclusions(instance_type, &Policy::default(), catalogue)
        .iter()
        .map(wording::exclusion)
        .collect();
    if reasons.is_empty() {
        "may be used".to_owned()
    } else {
        format!("left out: {}", reasons.join("; "))
    }
}
