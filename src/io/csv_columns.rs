//! Columns of a flat CSV: ours, the usual other names of them, and the units that a heading says.

use super::codes;
use super::cursor::Log;
use super::findings::{Finding, Severity};
use super::suggest::did_you_mean;

/// Headings and the keys of a service that they stand for.
pub(super) const COLUMNS: [(&str, &str); 8] = [
    ("service", "serviceName"),
    ("cpu", "cpu"),
    ("memory_mib", "memory"),
    ("desired_count", "desiredCount"),
    ("gpu", "gpu"),
    ("network_mode", "networkMode"),
    ("host_ports", "hostPorts"),
    ("architectures", "architectures"),
];

/// How many of [`COLUMNS`] every file must have.
pub(super) const REQUIRED: usize = 4;

/// Other headings for them, in small letters and without anything but letters and digits.
const USUAL: [(&str, &str); 47] = [
    ("service", "service"),
    ("servicename", "service"),
    ("ecsservice", "service"),
    ("ecsservicename", "service"),
    ("name", "service"),
    ("app", "service"),
    ("application", "service"),
    ("workload", "service"),
    ("cpu", "cpu"),
    ("cpus", "cpu"),
    ("cpuunits", "cpu"),
    ("vcpu", "cpu"),
    ("vcpus", "cpu"),
    ("vcpuunits", "cpu"),
    ("taskcpu", "cpu"),
    ("cores", "cpu"),
    ("memory", "memory_mib"),
    ("mem", "memory_mib"),
    ("ram", "memory_mib"),
    ("memorymib", "memory_mib"),
    ("memorymb", "memory_mib"),
    ("memorygib", "memory_mib"),
    ("memorygb", "memory_mib"),
    ("taskmemory", "memory_mib"),
    ("ramgb", "memory_mib"),
    ("rammb", "memory_mib"),
    ("memgb", "memory_mib"),
    ("memmb", "memory_mib"),
    ("desiredcount", "desired_count"),
    ("desired", "desired_count"),
    ("desiredtasks", "desired_count"),
    ("desiredtaskcount", "desired_count"),
    ("count", "desired_count"),
    ("tasks", "desired_count"),
    ("taskcount", "desired_count"),
    ("replicas", "desired_count"),
    ("gpu", "gpu"),
    ("gpus", "gpu"),
    ("networkmode", "network_mode"),
    ("network", "network_mode"),
    ("hostports", "host_ports"),
    ("hostport", "host_ports"),
    ("architectures", "architectures"),
    ("architecture", "architectures"),
    ("arch", "architectures"),
    ("cpuarchitecture", "architectures"),
    ("platform", "architectures"),
];

/// What the numbers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// As a cluster file has them: CPU units, MiB.
    Plain,
    /// CPU units, since the heading says so.
    CpuUnits,
    /// The heading does not say: the numbers decide.
    Unsaid,
    /// vCPUs.
    Vcpu,
    /// GB of 1,024 MiB.
    Gb,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Our heading.
    pub name: &'static str,
    /// The key of a service.
    pub key: &'static str,
    /// Position in a row.
    pub at: usize,
    pub unit: Unit,
}

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// What is planned with.
    pub planned: Vec<Column>,
    /// Positions of all others, which are the services' tags.
    pub tags: Vec<usize>,
}

/// Small letters and digits alone.
pub(super) fn folded(heading: &str) -> String {
    (heading.chars().filter(|c| c.is_alphanumeric()))
        .flat_map(char::to_lowercase)
        .collect()
}

/// What stands for the number of tasks where nothing says it better.
const COUNTS: [&str; 5] = ["running", "copies", "instances", "quantity", "qty"];

/// Words before and after the usual headings that say nothing else: `Task CPU`, `CPU (vCPU)`, `Memory reservation`.
const BEFORE: [&str; 4] = ["task", "numberof", "noof", "running"];
const AFTER: [&str; 13] = [
    "reservation",
    "reserved",
    "requested",
    "requests",
    "request",
    "pertask",
    "units",
    "vcpus",
    "vcpu",
    "cores",
    "gib",
    "gb",
    "mib",
];

/// How surely a heading is one of ours: by our own name, by a usual one, by one with further words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Own,
    Usual,
    Worded,
}

/// Our name of a heading, without regard to mappings.
pub(super) fn usual(heading: &str) -> Option<&'static str> {
    ranked(heading).map(|(name, _)| name)
}

fn ranked(heading: &str) -> Option<(&'static str, Rank)> {
    let folded_heading = folded(heading);
    let of = |words: &str| USUAL.iter().find(|(usual, _)| *usual == words);
    if let Some((_, name)) = of(&folded_heading) {
        let rank = if folded(name) == folded_heading {
            Rank::Own
        } else {
            Rank::Usual
        };
        return Some((name, rank));
    }
    if COUNTS.contains(&folded_heading.as_str()) {
        return Some(("desired_count", Rank::Worded));
    }
    let mut words = folded_heading.as_str();
    while let Some(fewer) = without_a_word(words) {
        if let Some((_, name)) = of(fewer) {
            return Some((name, Rank::Worded));
        }
        words = fewer;
    }
    None
}

fn without_a_word(words: &str) -> Option<&str> {
    let after = AFTER.iter().find_map(|word| words.strip_suffix(word));
    after.or_else(|| BEFORE.iter().find_map(|word| words.strip_prefix(word)))
}

/// Our name of each heading that is surest of its name; the others of that name are nothing to plan with.
fn surest(heading: &csv::StringRecord) -> Vec<Option<&'static str>> {
    let ranked: Vec<_> = heading.iter().map(ranked).collect();
    let best = |of: &str| {
        let ranks = ranked.iter().flatten();
        ranks
            .filter(|(name, _)| *name == of)
            .map(|(_, rank)| *rank)
            .min()
    };
    (ranked.iter())
        .map(|found| {
            found
                .filter(|(name, rank)| Some(*rank) == best(name))
                .map(|(name, _)| name)
        })
        .collect()
}

/// The columns of a heading; `mapped` are pairs of our name and the heading that stands for it. `None` when
/// they leave nothing to read.
pub(super) fn read(
    heading: &csv::StringRecord,
    mapped: &[(String, String)],
    log: &mut Log,
) -> Option<Columns> {
    let mut columns: Vec<Column> = Vec::new();
    let mut further = Vec::new();
    let mut good = check_mappings(heading, mapped, log);
    let surest = surest(heading);
    for (at, cell) in heading.iter().enumerate() {
        let by_flag = mapped.iter().find(|(_, theirs)| theirs.trim() == cell);
        let name = match by_flag {
            Some((ours, _)) => Some(ours.as_str()),
            // A name that a flag gives to another column is not this one's.
            None => surest[at].filter(|name| mapped.iter().all(|(ours, _)| ours != name)),
        };
        let known = COLUMNS.iter().find(|(ours, _)| Some(*ours) == name);
        let Some(&(name, key)) = known else {
            further.push((at, cell));
            continue;
        };
        if columns.iter().any(|column| column.name == name) {
            good = false;
            let cause = format!("`{cell}` is a second column of `{name}`");
            let remedy = format!("keep one of them, or say which by `--column {name}=HEADING`");
            report(log, Severity::Error, codes::CSV_HEADER, (cause, remedy));
            continue;
        }
        columns.push(Column {
            name,
            key,
            at,
            unit: unit(name, cell),
        });
    }
    let missing: Vec<&str> = (COLUMNS[..REQUIRED].iter().map(|(name, _)| *name))
        .filter(|name| columns.iter().all(|column| column.name != *name))
        .collect();
    report_further(&further, &missing, log);
    for name in &missing {
        let cause = format!("the column `{name}` is missing");
        let remedy = format!(
            "the first line must name at least service,cpu,memory_mib,desired_count; `--column {name}=HEADING` \
             says which column it is"
        );
        report(log, Severity::Error, codes::CSV_HEADER, (cause, remedy));
    }
    let tags = (further.into_iter())
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(at, _)| at)
        .collect();
    (good && missing.is_empty()).then_some(Columns {
        planned: columns,
        tags,
    })
}

/// Mappings must name a column of ours, and a heading of the file.
fn check_mappings(heading: &csv::StringRecord, mapped: &[(String, String)], log: &mut Log) -> bool {
    let mut good = true;
    for (ours, theirs) in mapped {
        let cause = if COLUMNS.iter().all(|(name, _)| name != ours) {
            format!("`--column`: `{ours}` is not a column of a flat CSV")
        } else if heading.iter().all(|cell| cell != theirs.trim()) {
            format!("`--column {ours}={theirs}`: the file has no column `{theirs}`")
        } else {
            continue;
        };
        good = false;
        let names = COLUMNS.map(|(name, _)| name).join(", ");
        let remedy = format!("map one of {names} to a heading of the file");
        report(log, Severity::Error, codes::CSV_HEADER, (cause, remedy));
    }
    good
}

/// Columns beyond ours are tags; one that is like a missing one is taken for misspelt.
fn report_further(further: &[(usize, &str)], missing: &[&str], log: &mut Log) {
    let mut tags = Vec::new();
    // One of our own names is left over where another heading was to stand for it.
    let is_ours = |cell: &str| COLUMNS.iter().any(|(name, _)| *name == cell);
    for (_, cell) in further {
        let suggestion = did_you_mean(cell, missing.iter().copied());
        let optional = COLUMNS[REQUIRED..].iter().map(|(name, _)| *name);
        let like_optional = did_you_mean(cell, optional);
        if is_ours(cell) || suggestion.is_empty() && like_optional.is_empty() {
            tags.extend((!cell.is_empty()).then(|| format!("`{cell}`")));
        } else {
            let cause = format!("`{cell}` is not a column of a flat CSV");
            let remedy =
                format!("{suggestion}{like_optional}correct the heading, or remove the column");
            report(log, Severity::Error, codes::CSV_HEADER, (cause, remedy));
        }
    }
    if !tags.is_empty() {
        let (columns, are, them) = if tags.len() == 1 {
            ("column", "is", "it")
        } else {
            ("columns", "are", "them")
        };
        let cause = format!(
            "the {columns} {} {are} not planned with, and kept as the services' tags",
            tags.join(", ")
        );
        let names = COLUMNS.map(|(name, _)| name).join(", ");
        let remedy = format!(
            "otherwise nothing: `bayplan report --group-by` adds up costs by {them}; the columns that are planned with \
             are {names}"
        );
        report(log, Severity::Warning, codes::PASSED_OVER, (cause, remedy));
    }
}

/// What a heading says of its numbers.
fn unit(name: &str, heading: &str) -> Unit {
    let words = folded(heading);
    match name {
        "cpu" if heading == "cpu" => Unit::Plain,
        "cpu" if words == "cpuunits" => Unit::CpuUnits,
        "cpu" if words.contains("unit") => Unit::Unsaid,
        "cpu" if words.contains("vcpu") || words.contains("cores") => Unit::Vcpu,
        "memory_mib" if words.ends_with("gb") || words.ends_with("gib") => Unit::Gb,
        "memory_mib" if words.ends_with("mb") || words.ends_with("mib") => Unit::Plain,
        "cpu" | "memory_mib" => Unit::Unsaid,
        _ => Unit::Plain,
    }
}

fn report(
    log: &mut Log,
    severity: Severity,
    code: &'static str,
    (cause, remedy): (String, String),
) {
    log.push(Finding {
        code,
        severity,
        place: "(heading)".to_owned(),
        line: Some(1),
        column: None,
        cause,
        remedy,
    });
}
