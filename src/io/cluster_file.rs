//! A cluster file (JSON, YAML or flat CSV) to the domain's [`Cluster`], with everything wrong in it.

use std::path::Path;

use serde_json::{Map, Value as JsonValue};

use super::api_fields;
use super::api_keys::UnknownKeys;
use super::codes;
use super::cursor::{Cursor, Log};
use super::described::{cluster_of_services, name_field, regions_of_arns, report_other_clusters};
use super::document::{DocumentError, Node, Value};
use super::findings::{Finding, Findings};
use super::known_fields::TOP_LEVEL;
use super::launch_templates::LaunchTemplates;
use super::other_documents::is_cluster_file;
use super::pasted::{has_section, is_top_of_answer, report_gaps, section, things};
use super::purchases::Purchases;
use super::services::Located;
use super::{
    account_settings, commitments, demand, deployed, flat_csv, groups, instances, json, kubernetes,
    names, policy, policy_checks, ports, remaining, scalable_targets, services, standalone_tasks,
    task_definitions, task_groups, tasks_beside, yaml, zones,
};
use crate::domain::cluster::Cluster;
use crate::domain::deployed::Deployed;
use crate::domain::kubernetes::Orchestrator;
use crate::domain::money::UsdPerHour;
use crate::domain::service::Service;

/// What the command line adds to a cluster file.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The Region; wins over the file's.
    pub region: Option<String>,
    /// Columns of a flat CSV: our name and the heading that stands for it.
    pub columns: Vec<(String, String)>,
    /// Availability Zones by name or id; they win over the file's.
    pub zones: Vec<String>,
    /// What today's fleet costs, in place of what the file's instances do.
    pub today: Option<UsdPerHour>,
    /// The day against which commitments end, as YYYY-MM-DD.
    pub as_of: Option<String>,
    /// Whether the file comes from somebody who may not see the files of this machine: none that it names is read.
    pub stands_alone: bool,
    /// Policy keys in camelCase, and `at`; they win over the file's.
    pub policy_overrides: Map<String, JsonValue>,
}

/// A cluster that can be planned.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The cluster.
    pub cluster: Cluster,
    /// What the reader should know, in the order of the document.
    pub warnings: Vec<Finding>,
}

/// Reads a cluster file. The format follows the file name's extension, else the text itself.
///
/// # Errors
/// Everything that is wrong with the file and the options, together.
pub fn read_cluster(
    text: &str,
    file_name: &str,
    options: &ImportOptions,
) -> Result<Imported, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let flags = flags(options);
    let mut log = Log::default();
    let stem = Path::new(file_name).file_stem().map_or_else(
        || file_name.to_owned(),
        |s| s.to_string_lossy().into_owned(),
    );
    let cluster = match Format::of(text, file_name) {
        Format::Csv => flat_csv::read(text, &options.columns, &mut log)
            .and_then(|rows| csv_cluster(&rows, stem, &flags, options, &mut log)),
        Format::Json => document_cluster(
            json::parse(text),
            (file_name, stem),
            &flags,
            options,
            &mut log,
        ),
        Format::Yaml => document_cluster(
            yaml::parse(text),
            (file_name, stem),
            &flags,
            options,
            &mut log,
        ),
    };
    imported(cluster, file_name, log).map_err(|findings| kubernetes::instead_of(text, findings))
}

/// The cluster of a document that is parsed already, with a last touch before findings are counted.
pub(super) fn read_document(
    root: Node,
    file_name: &str,
    stem: String,
    options: &ImportOptions,
    touch: impl FnOnce(&mut Cluster, &mut Log),
) -> Result<Imported, Findings> {
    let mut log = Log::default();
    let mut cluster = document_cluster(
        Ok(root),
        (file_name, stem),
        &flags(options),
        options,
        &mut log,
    );
    if let Some(cluster) = &mut cluster {
        touch(cluster, &mut log);
    }
    imported(cluster, file_name, log)
}

fn flags(options: &ImportOptions) -> Vec<(String, Node)> {
    (options.policy_overrides.iter())
        .map(|(key, value)| (key.clone(), Node::from_flag(value)))
        .collect()
}

fn imported(cluster: Option<Cluster>, file_name: &str, log: Log) -> Result<Imported, Findings> {
    let failed = log.has_errors();
    let findings = Findings::new(file_name, log.findings);
    match cluster {
        Some(cluster) if !failed => Ok(Imported {
            cluster,
            warnings: findings.findings,
        }),
        _ => Err(findings),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Yaml,
    Csv,
}

impl Format {
    pub(super) fn of(text: &str, file_name: &str) -> Self {
        let extension = Path::new(file_name).extension().and_then(|e| e.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            Some("csv") => Self::Csv,
            _ => Self::sniffed(text),
        }
    }

    fn sniffed(text: &str) -> Self {
        let text = text.trim_start();
        if text.starts_with(['{', '[']) {
            Self::Json
        } else if flat_csv::is_heading(flat_csv::first_line(text)) {
            Self::Csv
        } else {
            Self::Yaml
        }
    }
}

type Flags = [(String, Node)];

fn csv_cluster(
    rows: &Node,
    name: String,
    flags: &Flags,
    options: &ImportOptions,
    log: &mut Log,
) -> Option<Cluster> {
    let policy = policy::read(None, flags, log);
    let region = region(&Cursor::new(rows, ""), options, log);
    let items = flat_csv::rows(rows, log);
    let services = services::read_all(&items, &[], log);
    names::check_rows(&items, log);
    let zones = Node::from_flag(&JsonValue::from(options.zones.clone()));
    let zone_items = Cursor::new(&zones, "availabilityZones").items(log);
    let zones = zones::read_all(&zone_items, &[], region.as_deref(), log);
    policy_checks::check(&policy, zone_items.len(), &services, log);
    Some(Cluster {
        name,
        region: region?,
        orchestrator: Orchestrator::Ecs,
        zones,
        services: by_name(services),
        container_instances: Vec::new(),
        deployed: Deployed {
            bill: options.today,
            ..Deployed::default()
        },
        week: None,
        commitments: commitments::read(&Cursor::new(rows, ""), options.as_of.as_deref(), log),
        policy: policy.policy,
        passed_over: Vec::new(),
    })
}

fn document_cluster(
    document: Result<Node, DocumentError>,
    (file_name, stem): (&str, String),
    flags: &Flags,
    options: &ImportOptions,
    log: &mut Log,
) -> Option<Cluster> {
    let node = match document {
        Ok(node) => node,
        Err(error) => {
            log.push(Finding::from(error));
            return None;
        }
    };
    node.report_duplicate_keys("", log);
    let root = Cursor::new(&node, "");
    if kubernetes::is_document(&root) {
        let asked = kubernetes::Asked {
            region: options.region.as_deref(),
            zones: &options.zones,
            has_columns: !options.columns.is_empty(),
            today: options.today,
        };
        return kubernetes::read(&root, stem, flags, asked, log);
    }
    if !is_cluster_file(&root, log) {
        return None;
    }
    report_unknown_keys(&root, log);
    report_gaps(&root, log);
    version(&root, log);
    let region = region(&root, options, log);
    let instance_items = section(&root, "containerInstances", log);
    let group_items = section(&root, "autoScalingGroups", log);
    let flag = Node::from_flag(&JsonValue::from(options.zones.clone()));
    let zone_items = if options.zones.is_empty() {
        zone_items(&root, log)
    } else {
        Cursor::new(&flag, "availabilityZones").items(log)
    };
    if !options.columns.is_empty() {
        root.error(
            log,
            codes::CSV_HEADER,
            "`--column` is given, and the file is no CSV",
            "leave the flag out",
        );
    }
    let described = section(&root, "AvailabilityZones", log);
    let zones = if zone_items.is_empty() && described.is_empty() {
        let subnets = section(&root, "subnets", log);
        zones::of_pasted(
            &group_items,
            &instance_items,
            &subnets,
            region.as_deref(),
            log,
        )
    } else {
        zones::read_all(&zone_items, &described, region.as_deref(), log)
    };
    log.freed_ports = ports::freed(&instance_items);
    let definition_items = section(&root, "taskDefinitions", log);
    let definitions = task_definitions::read_all(&definition_items, log);
    if !has_section(&root, "services") {
        root.require(
            log,
            "services",
            "list the services, or write `\"services\": []`",
        );
    }
    let service_items = services::without_deleted(section(&root, "services", log), log);
    let name = cluster_name(&root, &service_items, stem, log);
    report_other_clusters(&service_items, &name, log);
    let mut services = services::read_all(&service_items, &definitions, log);
    let targets = section(&root, "scalableTargets", log);
    scalable_targets::apply(&targets, &name, &mut services, log);
    let standalone = section(&root, "standaloneTasks", log);
    services.extend(standalone_tasks::read_all(
        &standalone,
        &definitions,
        &services,
        log,
    ));
    task_groups::warn_unknown(&services, log);
    let task_items = section(&root, "tasks", log);
    for item in &task_items {
        item.entries(log);
    }
    let template_items = section(&root, "launchTemplates", log);
    let configuration_items = section(&root, "launchConfigurations", log);
    for item in template_items.iter().chain(&configuration_items) {
        item.entries(log);
    }
    let templates = LaunchTemplates::new(template_items.clone(), configuration_items.clone());
    let groups = groups::read_groups(&group_items, &templates, log);
    let providers = section(&root, "capacityProviders", log);
    let mut deployed = deployed::read(&root, groups, log);
    deployed.bill = options.today;
    tasks_beside::report(&task_items, &services, &deployed, log);
    let purchases = Purchases::read(&group_items, &templates, &providers, log);
    let container_instances = instances::read_container_instances(&instance_items, &purchases, log);
    remaining::report_foreign_tasks(&instance_items, &container_instances, &services, log);
    let mut policy = policy::read(root.get("policy").as_ref(), flags, log);
    let setting_items = section(&root, "settings", log);
    if !policy.places.contains_key("eniTrunking") {
        policy.policy.eni_trunking = account_settings::has_trunking(&setting_items, log);
    }
    policy_checks::check(&policy, zones.len().max(zone_items.len()), &services, log);
    let basis = policy.policy.count_basis;
    let beside = (!options.stands_alone).then_some(file_name);
    let week = demand::read(&root, beside, &mut services, basis, log);
    let commitments = commitments::read(&root, options.as_of.as_deref(), log);
    commitments::not_with_discount(&root, policy.policy.savings_plan_discount, log);
    let mut unknown = UnknownKeys::default();
    for (items, shape) in [
        (&definition_items, &api_fields::TASK_DEFINITION),
        (&group_items, &api_fields::GROUP),
        (&providers, &api_fields::CAPACITY_PROVIDER),
        (&instance_items, &api_fields::CONTAINER_INSTANCE),
        (&template_items, &api_fields::LAUNCH_TEMPLATE),
        (&configuration_items, &api_fields::LAUNCH_CONFIGURATION),
        (&targets, &api_fields::SCALABLE_TARGET),
        (&described, &api_fields::ZONE),
        (&setting_items, &api_fields::ACCOUNT_SETTING),
    ] {
        for item in items {
            unknown.look(item, shape, log);
        }
    }
    for item in &service_items {
        unknown.look_at_service(item, log);
    }
    unknown.report(log);
    names::check_all(&root, &service_items, &definition_items, &providers, log);
    Some(Cluster {
        name,
        region: region?,
        orchestrator: Orchestrator::Ecs,
        zones,
        services: by_name(services),
        container_instances,
        deployed,
        week,
        commitments,
        policy: policy.policy,
        passed_over: Vec::new(),
    })
}

fn by_name(located: Vec<Located<'_>>) -> Vec<Service> {
    let mut services: Vec<_> = located.into_iter().map(|found| found.service).collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

fn version(root: &Cursor<'_>, log: &mut Log) {
    let remedy = "write `version: 1` (in JSON `\"version\": 1`)";
    match root.get("version") {
        None => root.error(log, codes::VERSION, "`version` is missing", remedy),
        Some(field) => {
            let is_one = matches!(&field.node.value, Value::Number(text) if text == "1");
            if !is_one {
                field.error(
                    log,
                    codes::VERSION,
                    "this version of the cluster file is not known; 1 is",
                    remedy,
                );
            }
        }
    }
}

/// Keys at the top: ours, and those of AWS's answers.
fn report_unknown_keys(root: &Cursor<'_>, log: &mut Log) {
    let Value::Object(entries) = &root.node.value else {
        return;
    };
    for entry in entries {
        if !TOP_LEVEL.contains(&entry.key.as_str())
            && !is_top_of_answer(&entry.key, &entry.node.value)
        {
            root.report_unknown_key(log, entry, &TOP_LEVEL, "a cluster file");
        }
    }
}

/// The zones that the file names to be used: a list, or an answer of EC2 in its place.
fn zone_items<'a>(root: &Cursor<'a>, log: &mut Log) -> Vec<Cursor<'a>> {
    let Some(field) = root.get("availabilityZones") else {
        return Vec::new();
    };
    things(&field, "AvailabilityZones", log)
}

/// The cluster's name, from its name or ARN, or from its services' ARNs; the file's name when none gives one.
fn cluster_name(root: &Cursor<'_>, services: &[Cursor<'_>], stem: String, log: &mut Log) -> String {
    match name_field(root).map(|field| field.name(log)) {
        Some(Some(text)) => text.rsplit('/').next().unwrap_or(text).to_owned(),
        Some(None) => stem,
        None => cluster_of_services(services).unwrap_or(stem),
    }
}

fn region(root: &Cursor<'_>, options: &ImportOptions, log: &mut Log) -> Option<String> {
    let field = root.get("region");
    let own = field.as_ref().and_then(|field| field.name(log));
    let (Some(wanted), Some(own), Some(field)) = (&options.region, own, &field) else {
        let of_arns = regions_of_arns(root);
        let only = || of_arns.first().filter(|_| of_arns.len() == 1).cloned();
        let region = (options.region.clone())
            .or_else(|| own.map(str::to_owned))
            .or_else(|| only().filter(|_| field.is_none()));
        if region.is_none() && field.is_none() {
            let several: Vec<String> = of_arns.into_iter().collect();
            let cause = match several.as_slice() {
                [] => "no Region is given; prices depend on it".to_owned(),
                _ => format!(
                    "no Region is given, and the ARNs of the file are of several ({}); prices depend on it",
                    several.join(", ")
                ),
            };
            root.error(
                log,
                codes::NO_REGION,
                cause,
                "give `--region us-east-1`, or `region` in a JSON or YAML file",
            );
        }
        return region;
    };
    if wanted != own {
        field.warning(
            log,
            codes::REGION_OVERRIDDEN,
            format!("the file says `{own}`, `--region` says `{wanted}`"),
            "the plan is for the flag's Region; leave the flag out for the file's",
        );
    }
    Some(wanted.clone())
}
