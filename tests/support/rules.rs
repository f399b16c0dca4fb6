//! Which rules take part in a cluster, and what a cluster is without one of them.

use bayplan::catalogue::Catalogue;
use bayplan::domain::capacity::Capacity;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::placement::PlacementConstraint;
use bayplan::domain::policy::{DeploymentSurge, FargateUse, KeepInstances, Policy, ZoneSpread};
use bayplan::domain::service::Service;
use bayplan::domain::task::NetworkMode;
use rust_decimal::Decimal;

use super::exhaustive::{Answer, on_demand_minimum, planned};

/// A rule, whether it takes part in the optimum of a cluster, and, where there is such a thing, how to take
/// it out of the cluster.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Whether it takes part.
    pub takes_part: fn(&Case<'_>) -> bool,
    /// Takes it out.
    pub remove: Option<fn(&mut Cluster)>,
}

/// A cluster that can be planned in full, with its optimum.
#[derive(Debug)]
pub struct Case<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// What can be bought.
    pub catalogue: &'a Catalogue,
    /// The optimum.
    pub answer: &'a Answer,
}

impl Case<'_> {
    fn policy(&self) -> &Policy {
        &self.cluster.policy
    }

    fn on_ec2(&self, what: fn(&Service) -> bool) -> bool {
        (self.answer.fleet.iter())
            .flat_map(|filled| &filled.tasks)
            .any(|&(index, _)| what(&self.cluster.services[index]))
    }

    fn fargate(&self, option: Capacity) -> bool {
        (self.answer.fargate.iter())
            .flat_map(|service| &service.rows)
            .any(|row| row.0 == option)
    }

    fn new_spot(&self) -> bool {
        (self.answer.fleet.iter())
            .any(|f| !f.kind.existing && f.kind.purchase_option.may_be_reclaimed())
    }

    fn constraint(&self, what: fn(&PlacementConstraint) -> bool) -> bool {
        (self.cluster.services.iter()).any(|service| service.constraints().any(what))
    }

    fn reads(&self, attribute: &str) -> bool {
        (self.cluster.services.iter())
            .filter(|service| !service.is_daemon())
            .flat_map(Service::constraints)
            .any(|constraint| match constraint {
                PlacementConstraint::MemberOf(expression) => {
                    expression.attribute_names().contains(&attribute)
                }
                _ => false,
            })
    }
}

/// Takes one kind of constraint from all services.
fn without(cluster: &mut Cluster, what: fn(&PlacementConstraint) -> bool) {
    for service in &mut cluster.services {
        service
            .placement_constraints
            .retain(|constraint| !what(constraint));
    }
}

fn is_group(constraint: &PlacementConstraint, together: bool) -> bool {
    matches!(constraint, PlacementConstraint::TaskGroup(rule) if rule.together == together)
}

/// All of them.
pub const RULES: &[Rule] = &[
    Rule {
        name: "zoneSpread even",
        takes_part: |c| c.cluster.zones.len() > 1 && c.cluster.zone_spread() == ZoneSpread::Even,
        remove: Some(|c| c.policy.zone_spread = Some(ZoneSpread::Any)),
    },
    Rule {
        name: "zoneSpread any",
        takes_part: |c| c.cluster.zones.len() > 1 && c.cluster.zone_spread() == ZoneSpread::Any,
        remove: Some(|c| c.policy.zone_spread = None),
    },
    Rule {
        name: "zones with ids",
        takes_part: |c| c.cluster.zones.iter().any(|zone| zone.id.is_some()),
        remove: None,
    },
    Rule {
        name: "bare zone names",
        takes_part: |c| c.cluster.zones.iter().any(|zone| zone.id.is_none()),
        remove: None,
    },
    Rule {
        name: "Spot instances",
        takes_part: |c| c.new_spot(),
        remove: Some(|c| c.policy.purchase_options.spot = false),
    },
    Rule {
        name: "On-Demand minimum",
        takes_part: |c| {
            c.policy().purchase_options.spot
                && (0..c.cluster.services.len()).any(|index| {
                    let count = planned(c.cluster, index);
                    (1..count).contains(&on_demand_minimum(c.cluster, index, count))
                })
        },
        remove: Some(|c| {
            c.policy.on_demand_base = 0;
            c.policy.spot_max_share = Decimal::ONE;
            for service in &mut c.services {
                service.policy.on_demand_base = None;
                service.policy.spot_max_share = None;
            }
        }),
    },
    Rule {
        name: "spotMaxSharePerPool",
        takes_part: |c| c.policy().spot_max_share_per_pool < Decimal::ONE,
        remove: Some(|c| c.policy.spot_max_share_per_pool = Decimal::ONE),
    },
    Rule {
        name: "fargate allowed",
        takes_part: |c| c.policy().fargate == FargateUse::Allowed && !c.answer.fargate.is_empty(),
        remove: Some(|c| c.policy.fargate = FargateUse::Forbidden),
    },
    Rule {
        name: "fargate only",
        takes_part: |c| c.policy().fargate == FargateUse::Only,
        remove: Some(|c| c.policy.fargate = FargateUse::Allowed),
    },
    Rule {
        name: "FARGATE_SPOT",
        takes_part: |c| c.fargate(Capacity::FargateSpot),
        remove: None,
    },
    Rule {
        name: "ephemeral storage",
        takes_part: |c| {
            (c.answer.fargate.iter()).any(|f| {
                c.cluster.services[f.service]
                    .task
                    .ephemeral_storage_gib
                    .is_some()
            })
        },
        remove: Some(|c| {
            for service in &mut c.services {
                service.task.ephemeral_storage_gib = None;
            }
        }),
    },
    Rule {
        name: "headroomPercent",
        takes_part: |c| c.policy().headroom_percent > Decimal::ZERO,
        remove: Some(|c| c.policy.headroom_percent = Decimal::ZERO),
    },
    Rule {
        name: "deploymentSurge",
        takes_part: |c| c.policy().keeps_room_for_rollouts(),
        remove: Some(|c| c.policy.deployment_surge = DeploymentSurge::Off),
    },
    Rule {
        name: "surviveZoneLoss",
        takes_part: |c| c.policy().survive_zone_loss,
        remove: Some(|c| c.policy.survive_zone_loss = false),
    },
    Rule {
        name: "minInstances",
        takes_part: |c| c.policy().min_instances > 0,
        remove: Some(|c| c.policy.min_instances = 0),
    },
    Rule {
        name: "maxInstances",
        takes_part: |c| c.policy().max_instances < 10,
        remove: Some(|c| c.policy.max_instances = 5000),
    },
    Rule {
        name: "maxInstanceTypes",
        takes_part: |c| c.policy().max_instance_types.is_some(),
        remove: Some(|c| c.policy.max_instance_types = None),
    },
    Rule {
        name: "savingsPlanDiscount",
        takes_part: |c| c.policy().savings_plan_discount > Decimal::ZERO,
        remove: Some(|c| c.policy.savings_plan_discount = Decimal::ZERO),
    },
    Rule {
        name: "instanceUsdPerHour",
        takes_part: |c| c.policy().instance_usd_per_hour.amount() > Decimal::ZERO,
        remove: Some(|c| c.policy.instance_usd_per_hour = Policy::default().instance_usd_per_hour),
    },
    Rule {
        name: "rootVolumeGib",
        takes_part: |c| c.policy().root_volume_gib > 0,
        remove: Some(|c| c.policy.root_volume_gib = 0),
    },
    Rule {
        name: "reserved amounts",
        takes_part: |c| c.policy().reserved_cpu.get() + c.policy().reserved_memory.get() > 0,
        remove: Some(|c| {
            c.policy.reserved_cpu = Policy::default().reserved_cpu;
            c.policy.reserved_memory = Policy::default().reserved_memory;
        }),
    },
    Rule {
        name: "eniTrunking",
        takes_part: |c| {
            c.policy().eni_trunking && c.on_ec2(|s| s.task.network_mode == NetworkMode::Awsvpc)
        },
        remove: Some(|c| c.policy.eni_trunking = false),
    },
    Rule {
        name: "awsvpc on instances",
        takes_part: |c| c.on_ec2(|s| s.task.network_mode == NetworkMode::Awsvpc),
        remove: Some(|c| {
            for service in &mut c.services {
                service.task.network_mode = NetworkMode::None;
            }
        }),
    },
    Rule {
        name: "EBS volumes",
        takes_part: |c| c.on_ec2(|s| s.task.ebs_volumes > 0),
        remove: Some(|c| {
            for service in &mut c.services {
                service.task.ebs_volumes = 0;
            }
        }),
    },
    Rule {
        name: "affinity",
        takes_part: |c| c.constraint(|constraint| is_group(constraint, true)),
        remove: Some(|c| without(c, |constraint| is_group(constraint, true))),
    },
    Rule {
        name: "beside a daemon",
        takes_part: |c| {
            let daemons = c.cluster.services.iter().filter(|s| s.is_daemon());
            let daemons: Vec<String> = daemons.map(Service::task_group).collect();
            (c.cluster.services.iter())
                .flat_map(Service::constraints)
                .any(|constraint| match constraint {
                    PlacementConstraint::TaskGroup(rule) => {
                        daemons.iter().any(|daemon| rule.groups.contains(daemon))
                    }
                    _ => false,
                })
        },
        remove: None,
    },
    Rule {
        name: "conflict",
        takes_part: |c| c.constraint(|constraint| is_group(constraint, false)),
        remove: Some(|c| without(c, |constraint| is_group(constraint, false))),
    },
    Rule {
        name: "standalone tasks",
        takes_part: |c| c.cluster.services.iter().any(Service::is_standalone),
        remove: Some(|c| c.services.retain(|service| !service.is_standalone())),
    },
    Rule {
        name: "EXTERNAL",
        takes_part: |c| c.on_ec2(Service::is_external),
        remove: None,
    },
    Rule {
        name: "keepInstances all",
        takes_part: |c| (c.answer.fleet.iter()).any(|f| f.kind.existing && !f.kind.external),
        remove: Some(|c| c.policy.keep_instances = KeepInstances::None),
    },
    Rule {
        name: "kept Spot instances",
        takes_part: |c| {
            (c.answer.fleet.iter())
                .any(|f| f.kind.existing && f.kind.purchase_option.may_be_reclaimed())
        },
        remove: Some(|c| {
            for instance in &mut c.container_instances {
                instance.purchase_option = Capacity::OnDemand;
            }
        }),
    },
    Rule {
        name: "host ports",
        takes_part: |c| c.on_ec2(|s| !s.task.host_ports.is_empty()),
        remove: Some(|c| {
            for service in &mut c.services {
                service.task.host_ports.clear();
            }
        }),
    },
    Rule {
        name: "distinctInstance",
        takes_part: |c| c.on_ec2(|s| s.is_distinct_instance() && s.desired_count > 1),
        remove: Some(|c| {
            without(c, |constraint| {
                matches!(constraint, PlacementConstraint::DistinctInstance)
            });
        }),
    },
    Rule {
        name: "memberOf a zone",
        takes_part: |c| c.reads("ecs.availability-zone"),
        remove: Some(|c| {
            without(c, |constraint| {
                matches!(constraint, PlacementConstraint::MemberOf(_))
            });
        }),
    },
    Rule {
        name: "memberOf a type",
        takes_part: |c| c.reads("ecs.instance-type"),
        remove: Some(|c| {
            without(c, |constraint| {
                matches!(constraint, PlacementConstraint::MemberOf(_))
            });
        }),
    },
    Rule {
        name: "custom attributes",
        takes_part: |c| c.answer.fleet.iter().any(|f| !f.kind.custom.is_empty()),
        remove: None,
    },
    Rule {
        name: "GPUs",
        takes_part: |c| c.on_ec2(|s| s.task.gpus.get() > 0),
        remove: None,
    },
    Rule {
        name: "ARM64",
        takes_part: |c| {
            (c.answer.fleet.iter()).any(|f| {
                f.kind.attributes.get("ecs.cpu-architecture") == Some(Some("arm64"))
                    && !f.tasks.is_empty()
            })
        },
        remove: None,
    },
    Rule {
        name: "daemons",
        takes_part: |c| c.answer.fleet.iter().any(|f| !f.kind.daemons.is_empty()),
        remove: Some(|c| c.services.retain(|service| !service.is_daemon())),
    },
    Rule {
        name: "types missing in a zone",
        takes_part: |c| {
            c.cluster.zones.len() > 1
                && (c.catalogue.instance_types().iter()).any(|t| {
                    let ids = c.catalogue.zone_ids(&t.name).unwrap_or_default();
                    ids.len() < c.cluster.zones.len()
                })
        },
        remove: None,
    },
];
