//! Sets of scenarios that many clusters are asked about.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::catalogue::{Catalogue, EMBEDDED_REGIONS};
use crate::domain::cluster::{Cluster, Zone};
use crate::domain::instance_type::{CpuArchitecture, InstanceType};
use crate::domain::policy::{FargateUse, ManagedInstancesUse};
use crate::io::{Change, ClusterDocument, Scenario, SidecarMove, sidecar_change};

/// A built-in set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// All services on ARM64, or on whichever architecture is cheaper.
    Graviton,
    /// More and more of each service on Spot.
    Spot,
    /// Fargate where it is cheaper, everywhere, and on its spare capacity.
    Fargate,
    /// ECS Managed Instances where they are cheaper, for everything, and on Spot.
    Managed,
    /// Containers that several tasks carry as daemons, and daemons as a container of every task.
    Sidecar,
    /// Every Region with embedded prices.
    Regions,
    /// Only newer and newer generations of the C, M and R families.
    Generations,
    /// More and more room for growth.
    Headroom,
    /// Fewer and more zones, and what the loss of one costs.
    Zones,
    /// Fewer and more Auto Scaling groups and instance types.
    Groups,
}

/// The scenarios of a set for a cluster; of one of Kubernetes those that its policy can say.
#[must_use]
pub fn scenarios(
    preset: Preset,
    document: &ClusterDocument,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Vec<Scenario> {
    match preset {
        Preset::Graviton if cluster.is_kubernetes() => of_one_architecture(cluster, catalogue),
        Preset::Graviton => graviton(),
        Preset::Spot => spot(),
        Preset::Fargate => fargate(),
        Preset::Managed => managed(cluster),
        Preset::Sidecar => sidecars(document, cluster, &[]),
        Preset::Regions => regions(cluster),
        Preset::Generations => generations(cluster, catalogue),
        Preset::Headroom => [0, 10, 20, 30, 50]
            .map(|percent| {
                of_policy(
                    &format!("headroom {percent} %"),
                    &[("headroomPercent", json!(percent))],
                )
            })
            .to_vec(),
        Preset::Zones => zones(cluster, catalogue),
        Preset::Groups if cluster.is_kubernetes() => types(),
        Preset::Groups => groups().into_iter().chain(types()).collect(),
    }
}

fn of_policy(name: &str, keys: &[(&str, Value)]) -> Scenario {
    Scenario {
        name: name.to_owned(),
        changes: (keys.iter())
            .map(|(key, value)| Change::of_policy(key, value))
            .collect(),
    }
}

fn of_path(name: &str, path: &str, value: &str) -> Scenario {
    Scenario {
        name: name.to_owned(),
        changes: vec![Change::try_new(path, value).expect("a well-formed path")],
    }
}

fn graviton() -> Vec<Scenario> {
    let all = "services.*.architectures";
    vec![
        of_path("Graviton", all, "[ARM64]"),
        of_path("either architecture", all, "[X86_64, ARM64]"),
    ]
}

/// Nodes of one architecture alone: pods of Kubernetes that ask for none run on either already.
fn of_one_architecture(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Scenario> {
    let without = |name: &str, other: CpuArchitecture| {
        let types = (catalogue.instance_types().iter()).filter(|it| it.architecture == other);
        let families: BTreeSet<&str> = types.map(InstanceType::family).collect();
        let excluded: Vec<String> = (cluster.policy.excluded_instance_types.iter().cloned())
            .chain(families.into_iter().map(|family| format!("{family}.*")))
            .collect();
        of_policy(name, &[("excludedInstanceTypes", json!(excluded))])
    };
    vec![
        without("arm64 alone", CpuArchitecture::X86_64),
        without("amd64 alone", CpuArchitecture::Arm64),
    ]
}

fn spot() -> Vec<Scenario> {
    [("0.3", 30), ("0.5", 50), ("0.7", 70), ("1", 100)]
        .map(|(share, percent)| {
            of_policy(
                &format!("up to {percent} % Spot"),
                &[
                    ("purchaseOptions", json!(["on-demand", "spot"])),
                    (
                        "spotMaxShare",
                        serde_json::from_str(share).expect("a number"),
                    ),
                ],
            )
        })
        .to_vec()
}

fn fargate() -> Vec<Scenario> {
    let spot = ("purchaseOptions", json!(["on-demand", "spot"]));
    vec![
        of_policy("Fargate where cheaper", &[("fargate", json!("allowed"))]),
        of_policy("Fargate only", &[("fargate", json!("only"))]),
        of_policy(
            "Fargate only, Spot too",
            &[("fargate", json!("only")), spot],
        ),
    ]
}

fn managed(cluster: &Cluster) -> Vec<Scenario> {
    let spot = ("purchaseOptions", json!(["on-demand", "spot"]));
    let only = ("managedInstances", json!("only"));
    // What they are compared with, where the base is not that itself.
    let groups = (cluster.policy.managed_instances != ManagedInstancesUse::Forbidden).then(|| {
        of_policy(
            "Groups of your own",
            &[("managedInstances", json!("forbidden"))],
        )
    });
    let others = [
        of_policy(
            "Managed Instances where cheaper",
            &[("managedInstances", json!("allowed"))],
        ),
        of_policy("Managed Instances only", std::slice::from_ref(&only)),
        of_policy("Managed Instances only, Spot too", &[only, spot]),
    ];
    groups.into_iter().chain(others).collect()
}

/// A container or a daemon, and the size that it gets as a daemon: CPU units and MiB.
pub type Sidecar = (String, Option<(u64, u64)>);

/// Each of these moved; without a name, each container that stands beside others in at least two task definitions, and each
/// daemon. A name that is nobody's is an error of its scenario. Fargate, where no daemon runs, is left out of all of them.
#[must_use]
pub fn sidecars(document: &ClusterDocument, cluster: &Cluster, named: &[Sidecar]) -> Vec<Scenario> {
    let daemons = document.daemons();
    let given: Vec<Sidecar> = if named.is_empty() {
        (document.sidecars(2).into_iter())
            .chain(daemons.iter().cloned())
            .map(|name| (name, None))
            .collect()
    } else {
        named.to_vec()
    };
    let containers = document.sidecars(1);
    (given.into_iter())
        .map(|(name, size)| {
            let is_daemon = daemons.contains(&name) && !containers.contains(&name);
            let (to, what) = if is_daemon {
                (SidecarMove::Tasks, "in every task")
            } else {
                (SidecarMove::Daemon, "as a daemon")
            };
            let mut changes = vec![sidecar_change(&name, to, size)];
            if cluster.policy.fargate != FargateUse::Forbidden {
                changes.push(Change::of_policy("fargate", &json!("forbidden")));
            }
            Scenario {
                name: format!("{name} {what}"),
                changes,
            }
        })
        .collect()
}

fn regions(cluster: &Cluster) -> Vec<Scenario> {
    (EMBEDDED_REGIONS.iter())
        .filter(|region| **region != cluster.region)
        .map(|region| of_path(region, "region", region))
        .collect()
}

/// Families C, M and R before a generation are left out, beside what the policy leaves out already.
fn generations(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Scenario> {
    let families: BTreeSet<(u32, &str)> = (catalogue.instance_types().iter())
        .filter_map(|known| {
            let family = known.name.split('.').next()?;
            let after = family.strip_prefix(['c', 'm', 'r'])?;
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            Some((digits.parse().ok()?, family))
        })
        .collect();
    let numbers: BTreeSet<u32> = families.iter().map(|(number, _)| *number).collect();
    let newest: Vec<u32> = numbers.into_iter().rev().take(4).collect();
    let mut scenarios = vec![of_policy(
        "current generations",
        &[("currentGenerationOnly", json!(true))],
    )];
    for least in newest.into_iter().rev() {
        let mut excluded = cluster.policy.excluded_instance_types.clone();
        excluded.extend(
            (families.iter())
                .filter(|(number, _)| *number < least)
                .map(|(_, family)| format!("{family}.*")),
        );
        scenarios.push(of_policy(
            &format!("C, M, R from generation {least}"),
            &[("excludedInstanceTypes", json!(excluded))],
        ));
    }
    scenarios
}

/// One to three zones: the file's first, then others of the Region by id.
fn zones(cluster: &Cluster, catalogue: &Catalogue) -> Vec<Scenario> {
    let own: Vec<&str> = cluster.zones.iter().map(Zone::label).collect();
    let by_id = cluster.zones.iter().all(|zone| zone.id.is_some());
    let mut labels: Vec<String> = own.iter().map(|label| (*label).to_owned()).collect();
    if by_id {
        // Zones that the file only names cannot be told from those known by id: no others are added then.
        let used: Vec<&str> = cluster
            .zones
            .iter()
            .filter_map(|zone| zone.id.as_deref())
            .collect();
        let others = catalogue.all_zone_ids();
        labels.extend(others.into_iter().filter(|id| !used.contains(&id.as_str())));
    }
    let with = |count: usize| {
        let list = labels[..count].join(", ");
        Change::try_new("availabilityZones", &format!("[{list}]")).expect("a path of one key")
    };
    let mut scenarios = Vec::new();
    for count in 1..=labels.len().min(3) {
        let plural = if count == 1 { "" } else { "s" };
        scenarios.push(Scenario {
            name: format!("{count} zone{plural}"),
            changes: vec![
                with(count),
                Change::of_policy("surviveZoneLoss", &json!(false)),
            ],
        });
        if count > 1 {
            scenarios.push(Scenario {
                name: format!("{count} zones, one may be lost"),
                changes: vec![
                    with(count),
                    Change::of_policy("surviveZoneLoss", &json!(true)),
                ],
            });
        }
    }
    if !cluster.zones.is_empty() && !cluster.is_kubernetes() {
        // Workloads of Kubernetes say themselves how they are spread.
        scenarios.push(of_policy(
            "tasks in any zone",
            &[("zoneSpread", json!("any"))],
        ));
    }
    scenarios
}

fn groups() -> Vec<Scenario> {
    let groups = (1..=8).map(|most: u64| {
        let plural = if most == 1 { "" } else { "s" };
        of_policy(
            &format!("at most {most} group{plural}"),
            &[("maxCapacityProviders", json!(most))],
        )
    });
    groups.collect()
}

fn types() -> Vec<Scenario> {
    let types = (1..=4).map(|most: u64| {
        let plural = if most == 1 { "" } else { "s" };
        of_policy(
            &format!("at most {most} instance type{plural}"),
            &[("maxInstanceTypes", json!(most))],
        )
    });
    types.collect()
}
