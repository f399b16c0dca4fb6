//! Mutations of the plan with zones, Spot, Fargate and spare room, in the order of the codes. A change may
//! touch the cluster, the plan and the catalogue.

use rust_decimal::Decimal;

use super::fixture::{awsvpc, service, usd};
use super::zones_fixture::{self, away_from, beside, external_instance, planned, settle};
use super::{Rule, Violation, check};
use crate::catalogue::{Catalogue, CatalogueParts};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::instance_type::EbsLimit;
use crate::domain::interruption::InterruptionBand;
use crate::domain::placement::{Attributes, PlacementConstraint};
use crate::domain::plan::{Plan, PlanStatus, PlannedInstances, Unplaced};
use crate::domain::policy::{
    AcceleratorUse, DeploymentSurge, FargateUse, KeepInstances, ZoneSpread,
};
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};
use crate::domain::query::Expression;
use crate::domain::service::{
    DeploymentConfiguration, DeploymentStrategy, SchedulingStrategy, Service, TaskOwner,
};
use crate::domain::task::{HostPort, LaunchType, Protocol, TaskFeature};

/// What the plan, its cluster and its catalogue are changed through.
pub(super) struct Change {
    pub cluster: Cluster,
    pub plan: Plan,
    pub catalogue: CatalogueParts,
}

impl Change {
    fn service(&mut self, name: &str) -> &mut Service {
        let mut services = self.cluster.services.iter_mut();
        services
            .find(|service| service.name == name)
            .expect("a service of the fixture")
    }

    fn row(&mut self, index: usize) -> &mut PlannedInstances {
        &mut self.plan.instances[index]
    }

    fn set_tasks(&mut self, row: usize, service: &str, each: u64) {
        self.row(row).tasks.insert(service.to_owned(), each);
    }

    fn set_spare(&mut self, row: usize, service: &str, each: u64) {
        self.row(row).spare.insert(service.to_owned(), each);
    }

    /// A further service with tasks on a row of the provider.
    fn add(&mut self, service: Service, row: usize) {
        let (name, count) = (service.name.clone(), service.desired_count);
        self.set_tasks(row, &name, count);
        let provider = self.row(row).capacity_provider.clone();
        self.plan
            .services
            .push(planned(&name, count, &[(&provider, 1)]));
        self.cluster.services.push(service);
    }

    fn without_zone_loss(&mut self) {
        self.cluster.policy.survive_zone_loss = false;
        self.without_spare_room();
    }

    fn without_spare_room(&mut self) {
        self.plan
            .instances
            .iter_mut()
            .for_each(|row| row.spare.clear());
    }

    /// Keeps an r9.large of today with a daemon alone, in a zone as it and as the plan names it.
    fn keep_an_empty_instance(&mut self, its_zone: &str, zone: &str) {
        self.cluster.container_instances.push(ContainerInstance {
            reserved_ports: crate::domain::task::ReservedPorts::default(),
            instance_type: "r9.large".to_owned(),
            availability_zone: Some(its_zone.to_owned()),
            attributes: Attributes::default(),
            registered: RegisteredResources::default(),
            ..external_instance("i-1")
        });
        self.cluster.policy.keep_instances = KeepInstances::All;
        self.cluster.policy.max_instances = 5;
        let mut row = self.row(1).clone();
        row.existing = true;
        row.capacity_provider = String::new();
        row.availability_zone = Some(zone.to_owned());
        row.spare.clear();
        row.tasks.retain(|name, _| name == "agent");
        self.plan.instances.push(row);
    }

    fn offered_in_the_third_zone(&mut self) {
        for ids in self.catalogue.zone_ids.values_mut() {
            ids.push("use1-az3".to_owned());
        }
    }
}

pub(super) fn violations_after(change: impl FnOnce(&mut Change)) -> Vec<Violation> {
    let mut changed = Change {
        cluster: zones_fixture::cluster(),
        plan: zones_fixture::plan(),
        catalogue: zones_fixture::catalogue(),
    };
    change(&mut changed);
    let catalogue = Catalogue::from_parts(changed.catalogue);
    check(&changed.cluster, &catalogue, &changed.plan)
}

/// One test: the change and the rules it breaks.
macro_rules! mutation {
    ($name:ident, $change:expr, $($rule:ident),* $(,)?) => {
        #[test]
        fn $name() {
            let violations = violations_after($change);
            let mut rules: Vec<Rule> = violations.iter().map(|violation| violation.rule).collect();
            rules.dedup();
            let expected: &[Rule] = &[$(Rule::$rule),*];
            assert_eq!(rules, expected, "{violations:#?}");
        }
    };
}

mutation!(the_plan_holds, |_| (),);

// V03
mutation!(
    standalone_tasks_too_few,
    |it| {
        it.service("job").desired_count = 2;
        it.plan.services[6].desired_count = 2;
    },
    TaskCounts
);

// V05
mutation!(
    spot_that_the_policy_does_not_allow,
    |it| it.cluster.policy.purchase_options.spot = false,
    PurchaseOption,
    // FARGATE_SPOT is Spot as well.
    Fargate
);
mutation!(
    on_demand_that_the_policy_does_not_allow,
    |it| it.cluster.policy.purchase_options.on_demand = false,
    PurchaseOption,
    Fargate
);
mutation!(
    spot_of_a_type_that_is_not_sold_so,
    |it| it.catalogue.instance_types[0].spot_supported = false,
    PurchaseOption
);

mutation!(spot_of_the_band_that_may_be_bought, |it| {
    it.cluster.policy.max_interruption = Some(InterruptionBand::Below5);
},);
mutation!(
    spot_of_a_band_above_the_one_that_may_be_bought,
    |it| {
        it.cluster.policy.max_interruption = Some(InterruptionBand::From5To10);
        for saving in it.catalogue.spot_savings.values_mut() {
            saving.interruption_band = "10-15%".to_owned();
        }
        it.row(3).interruption_band = Some("10-15%".to_owned());
        it.row(4).interruption_band = Some("10-15%".to_owned());
    },
    PurchaseOption
);
mutation!(
    spot_without_a_band,
    |it| {
        it.cluster.policy.max_interruption = Some(InterruptionBand::Above20);
        it.catalogue.spot_savings.clear();
        it.row(3).interruption_band = None;
        it.row(4).interruption_band = None;
    },
    PurchaseOption
);

// V06
mutation!(
    a_zone_without_the_type,
    |it| {
        let ids = it.catalogue.zone_ids.get_mut("m9.large");
        ids.expect("m9.large has zones").pop();
    },
    Zone
);

// V09
mutation!(
    more_than_the_external_instance_has,
    |it| it.service("edge").task.memory = MemoryMib::new(4097),
    Capacity,
    DeploymentSurge
);

// V12
mutation!(
    a_service_that_is_not_external_on_an_external_instance,
    |it| it.service("edge").launch_type = None,
    LaunchType
);
mutation!(
    an_external_service_on_an_instance_of_ec2,
    |it| {
        it.add(service("zeta", 1, 64, 128), 2);
        it.without_zone_loss();
        it.service("zeta").task.requires_compatibilities = vec![LaunchType::External];
    },
    LaunchType
);
mutation!(
    a_network_interface_for_each_task_on_an_external_instance,
    |it| {
        let edge = it.service("edge");
        *edge = awsvpc(edge.clone());
    },
    Capacity,
    LaunchType,
    DeploymentSurge
);

// V13
mutation!(
    an_architecture_that_the_external_instance_does_not_have,
    |it| {
        let attributes = &mut it.cluster.container_instances[0].attributes;
        attributes.set("ecs.cpu-architecture", Some("arm64"));
        it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    },
    Architecture
);

// V15
mutation!(
    an_external_daemon_missing_on_the_external_instance,
    |it| {
        it.add(service("watch", 0, 1, 1), 0);
        it.row(0).tasks.shift_remove("watch");
        let watch = it.service("watch");
        watch.launch_type = Some(LaunchType::External);
        watch.scheduling_strategy = SchedulingStrategy::Daemon;
        it.plan.services[8].capacity_provider_strategy.clear();
    },
    Daemons
);
mutation!(
    a_daemon_that_is_not_external_on_the_external_instance,
    |it| {
        it.set_tasks(0, "agent", 1);
        settle(&mut it.plan);
    },
    Daemons
);
mutation!(
    a_daemon_beside_the_group_that_it_keeps_away_from,
    |it| {
        let agent = it.service("agent");
        *agent = away_from(agent.clone(), &["family:job"]);
        // Room for them is kept in the other zone.
        it.without_zone_loss();
    },
    TaskGroup
);
mutation!(
    a_daemon_that_is_not_beside_the_group_that_it_keeps_away_from,
    |it| {
        let agent = it.service("agent");
        *agent = away_from(agent.clone(), &["family:job"]);
        it.row(1).tasks.shift_remove("agent");
        it.without_zone_loss();
        settle(&mut it.plan);
    },
);

// V16
mutation!(
    an_external_instance_left_out,
    |it| {
        let second = external_instance("mi-2");
        it.cluster.container_instances.push(second);
    },
    ExistingInstances
);
mutation!(an_external_instance_that_does_not_accept_tasks, |it| {
    let mut second = external_instance("mi-2");
    second.active = false;
    it.cluster.container_instances.push(second);
},);
mutation!(
    an_instance_of_ec2_left_out,
    |it| {
        let mut second = external_instance("i-1");
        second.attributes = Attributes::default();
        second.instance_type = "m9.large".to_owned();
        it.cluster.container_instances.push(second);
        it.cluster.policy.keep_instances = KeepInstances::All;
        // What it registers holds for new ones of its type.
        for row in [3, 4] {
            it.row(row).registered.memory_mib = 4096;
        }
    },
    ExistingInstances
);

// V17
mutation!(
    the_spot_price_of_another_zone,
    |it| {
        it.row(3).usd_per_hour = usd("0.03");
        settle(&mut it.plan);
    },
    RowPrice
);
mutation!(
    a_discount_on_spot,
    |it| it.cluster.policy.savings_plan_discount = Decimal::new(1, 1),
    // The On-Demand rows lack it.
    RowPrice
);
mutation!(the_mean_spot_price_where_the_zone_has_a_name_alone, |it| {
    it.cluster.zones.pop();
    it.cluster.zones.iter_mut().for_each(|zone| zone.id = None);
    for row in [3, 4] {
        it.row(row).usd_per_hour = usd("0.035");
    }
    settle(&mut it.plan);
},);
mutation!(
    no_interruption_band,
    |it| it.row(3).interruption_band = None,
    RowPrice
);
mutation!(
    an_interruption_band_on_demand,
    |it| it.row(1).interruption_band = Some("<5%".to_owned()),
    RowPrice
);
mutation!(
    an_external_instance_that_costs_something,
    |it| {
        it.row(0).usd_per_hour = usd("0.01");
        settle(&mut it.plan);
    },
    RowPrice
);
mutation!(
    fargate_tasks_at_the_price_of_the_other_architecture,
    |it| {
        it.plan.fargate_tasks[0].usd_per_hour = usd("0.015");
        settle(&mut it.plan);
    },
    RowPrice
);
mutation!(
    fargate_tasks_without_the_price_of_storage,
    |it| {
        it.plan.fargate_tasks[1].usd_per_hour = usd("0.0042");
        settle(&mut it.plan);
    },
    RowPrice
);

// V22
mutation!(
    an_external_instance_in_a_provider,
    |it| {
        it.row(0).capacity_provider = "od".to_owned();
        it.plan.services[5] = planned("edge", 1, &[("od", 1)]);
        settle(&mut it.plan);
    },
    CapacityProviders
);
mutation!(
    a_fargate_provider_with_a_size,
    |it| it.plan.capacity_providers[2].max_size = 2,
    CapacityProviders
);
mutation!(
    a_fargate_provider_of_the_other_market,
    |it| it.plan.capacity_providers[3].purchase_option = Some(Capacity::OnDemand),
    CapacityProviders
);
mutation!(
    fargate_tasks_of_an_unlisted_provider,
    |it| {
        it.plan.capacity_providers.remove(3);
    },
    CapacityProviders,
    Strategies
);
mutation!(
    fargate_tasks_of_a_group,
    |it| {
        it.plan.fargate_tasks[1].capacity_provider = "od".to_owned();
        it.plan.services[2] = planned("burst", 3, &[("FARGATE", 1)]);
        settle(&mut it.plan);
    },
    CapacityProviders,
    Strategies
);

// V23
mutation!(
    the_smaller_weight_on_fargate_where_more_tasks_are,
    |it| it.plan.services[2] = planned("burst", 3, &[("FARGATE", 1), ("FARGATE_SPOT", 2)]),
    Strategies
);
mutation!(
    fargate_beside_a_group,
    |it| {
        it.plan.services[2] = planned(
            "burst",
            3,
            &[("FARGATE", 2), ("FARGATE_SPOT", 1), ("od", 0)],
        );
    },
    Strategies
);

// V24
mutation!(
    fewer_instances_than_asked_for,
    |it| {
        it.cluster.policy.max_instances = 5;
        it.cluster.policy.min_instances = 5;
    },
    FleetSize
);
mutation!(
    more_instances_than_allowed,
    |it| it.cluster.policy.max_instances = 3,
    FleetSize
);
mutation!(
    fewer_instances_than_asked_for_where_none_can_be_bought,
    |it| {
        it.cluster.policy.min_instances = 5;
        it.cluster.policy.allowed_instance_types = Some(vec!["z1.*".to_owned()]);
    },
    InstanceType
);

// V25
mutation!(
    room_for_no_task,
    |it| it.set_spare(3, "job", 0),
    PositiveCounts
);

// V26
mutation!(
    fargate_that_the_policy_forbids,
    |it| it.cluster.policy.fargate = FargateUse::Forbidden,
    Fargate
);
mutation!(
    instances_beside_fargate_alone,
    |it| it.cluster.policy.fargate = FargateUse::Only,
    Fargate
);
mutation!(
    tasks_with_gpus_on_fargate,
    |it| it.service("burst").task.gpus = GpuCount::new(1),
    Fargate
);
mutation!(
    a_service_with_constraints_on_fargate,
    |it| {
        let burst = it.service("burst");
        burst.placement_constraints = vec![PlacementConstraint::DistinctInstance];
    },
    Fargate
);
mutation!(
    a_definition_that_fargate_refuses,
    |it| {
        let features = &mut it.service("burst").task.fargate.features;
        features.insert(TaskFeature::Privileged);
    },
    Fargate
);
mutation!(
    a_definition_that_aws_found_not_compatible,
    |it| it.service("burst").task.fargate.compatibilities = vec![LaunchType::Ec2],
    Fargate
);
mutation!(
    a_hard_limit_above_the_size,
    |it| {
        let facts = &mut it.service("burst").task.fargate;
        facts.stated = Some((None, None));
        facts.hard_limit = MemoryMib::new(1_000_000);
    },
    Fargate
);
mutation!(
    tasks_bound_to_ec2_on_fargate,
    |it| it.service("burst").launch_type = Some(LaunchType::Ec2),
    Fargate
);
mutation!(
    storage_without_a_price_on_fargate,
    |it| it.catalogue.other_prices.clear(),
    Fargate
);
mutation!(
    a_larger_size_than_needed,
    |it| {
        let row = &mut it.plan.fargate_tasks[1];
        row.cpu = 512;
        row.usd_per_hour = usd("0.0082");
        settle(&mut it.plan);
    },
    Fargate
);
mutation!(
    a_size_that_does_not_hold_the_task,
    |it| {
        let row = &mut it.plan.fargate_tasks[1];
        row.memory_mib = 512;
        row.usd_per_hour = usd("0.0046");
        settle(&mut it.plan);
    },
    Fargate
);
mutation!(
    a_service_on_fargate_and_on_instances,
    |it| {
        it.service("burst").task.requires_compatibilities.clear();
        it.service("burst").desired_count = 4;
        it.set_tasks(2, "burst", 1);
        it.without_zone_loss();
        it.plan.services[2] = planned(
            "burst",
            4,
            &[("FARGATE", 2), ("FARGATE_SPOT", 1), ("od", 1)],
        );
    },
    Strategies,
    Fargate
);

// V27
mutation!(
    fewer_on_demand_tasks_than_the_service_asks_for,
    |it| it.service("api").policy.on_demand_base = Some(3),
    OnDemandMinimum
);
mutation!(
    fewer_on_demand_tasks_than_the_policy_asks_for,
    |it| it.cluster.policy.on_demand_base = 2,
    OnDemandMinimum
);
mutation!(
    a_larger_share_on_spot_than_the_policy_allows,
    |it| it.cluster.policy.spot_max_share = Decimal::new(49, 2),
    OnDemandMinimum
);
mutation!(
    a_larger_share_on_fargate_spot_than_the_service_allows,
    |it| it.service("burst").policy.spot_max_share = Some(Decimal::new(3, 1)),
    OnDemandMinimum
);
mutation!(no_more_on_demand_than_there_are_tasks, |it| it
    .service("db")
    .policy
    .on_demand_base =
    Some(100),);
mutation!(unplaced_tasks_need_not_be_on_demand, |it| {
    it.service("burst").desired_count = 5;
    it.plan.services[2].desired_count = 5;
    it.plan.status = PlanStatus::Infeasible;
    it.plan.unplaced.push(Unplaced {
        service_name: "burst".to_owned(),
        count: 2,
        reasons: Vec::new(),
    });
},);

// V28
mutation!(
    more_tasks_in_a_pool_than_the_policy_allows,
    |it| it.cluster.policy.spot_max_share_per_pool = Decimal::new(14, 2),
    PoolCap
);
mutation!(exactly_the_share_of_a_pool, |it| it
    .cluster
    .policy
    .spot_max_share_per_pool =
    Decimal::new(143, 3),);

// V29
mutation!(
    no_task_in_a_zone_that_could_hold_some,
    Change::offered_in_the_third_zone,
    ZoneSpread
);
mutation!(no_task_in_a_zone_where_the_policy_does_not_care, |it| {
    it.offered_in_the_third_zone();
    it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
},);
mutation!(
    both_tasks_in_one_zone,
    |it| {
        it.add(service("zeta", 2, 64, 128), 2);
        it.without_zone_loss();
        it.cluster.policy.on_demand_zones = 1;
    },
    ZoneSpread
);
mutation!(both_standalone_tasks_in_one_zone, |it| {
    it.add(service("zeta", 2, 64, 128), 2);
    it.service("zeta").owner = TaskOwner::Standalone {
        group: "family:zeta".to_owned(),
    };
    it.without_zone_loss();
},);
mutation!(both_tasks_in_the_only_zone_they_may_use, |it| {
    let mut zeta = service("zeta", 2, 64, 128);
    let expression = Expression::parse("attribute:ecs.availability-zone == us-east-1b");
    let expression = expression.expect("an expression");
    zeta.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
    it.add(zeta, 2);
    it.without_zone_loss();
},);
mutation!(
    both_tasks_in_the_only_zone_that_their_partner_may_use,
    |it| {
        let mut first = service("first", 1, 64, 128);
        let expression = Expression::parse("attribute:ecs.availability-zone == us-east-1b");
        let expression = expression.expect("an expression");
        first.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
        it.add(first, 2);
        it.add(beside(service("second", 2, 64, 128), &["service:first"]), 2);
        it.without_zone_loss();
        it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    },
);
mutation!(
    both_tasks_in_the_only_zone_where_a_daemon_leaves_the_port,
    |it| {
        let port = HostPort {
            port: 9100,
            protocol: Protocol::Tcp,
        };
        let mut exporter = service("exporter", 1, 1, 1);
        exporter.task.host_ports = vec![port];
        exporter.scheduling_strategy = SchedulingStrategy::Daemon;
        let expression = Expression::parse("attribute:ecs.availability-zone == us-east-1a");
        let expression = expression.expect("an expression");
        exporter.placement_constraints = vec![PlacementConstraint::MemberOf(expression)];
        it.add(exporter, 1);
        it.set_tasks(3, "exporter", 1);
        it.plan.services[8] = planned("exporter", 2, &[]);
        let mut zeta = service("zeta", 2, 64, 128);
        zeta.task.host_ports = vec![port];
        it.add(zeta, 2);
        it.set_tasks(2, "zeta", 1);
        it.set_tasks(4, "zeta", 1);
        it.plan.services[9] = planned("zeta", 2, &[("od", 1), ("spot", 1)]);
        it.cluster.policy.spot_max_share_per_pool = Decimal::ONE;
        it.without_zone_loss();
        it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    },
);
mutation!(
    a_kept_instance_makes_its_zone_usable,
    |it| {
        it.keep_an_empty_instance("use1-az3", "us-east-1c");
        settle(&mut it.plan);
    },
    ZoneSpread
);
mutation!(
    a_kept_instance_outside_the_zones_of_the_file_does_not_count,
    |it| {
        it.keep_an_empty_instance("us-east-1f", "us-east-1f");
        it.add(service("zeta", 3, 64, 128), 5);
        it.plan.services[8] = planned("zeta", 3, &[]);
        settle(&mut it.plan);
    },
);
mutation!(
    a_group_with_more_instances_in_one_zone,
    |it| {
        let mut empty = it.row(1).clone();
        empty.count = 2;
        empty.tasks.retain(|name, _| name == "agent");
        empty.spare.clear();
        it.plan.instances.push(empty);
        it.cluster.policy.max_instances = 6;
        settle(&mut it.plan);
    },
    ZoneSpread
);

// V30
mutation!(
    more_instance_types_than_allowed,
    |it| it.cluster.policy.max_instance_types = Some(1),
    InstanceTypeCount
);

// V31
mutation!(
    more_volumes_than_can_be_attached,
    |it| it.catalogue.instance_types[1].ebs_attachments = Some(1),
    EbsAttachments
);
mutation!(
    volumes_where_nobody_knows_how_many_can_be_attached,
    |it| it.catalogue.instance_types[1].ebs_attachments = None,
    EbsAttachments
);
mutation!(
    interfaces_that_share_the_limit,
    |it| {
        it.catalogue.instance_types[0].ebs_limit = Some(EbsLimit::Dedicated);
        it.catalogue.instance_types[1].ebs_limit = Some(EbsLimit::Shared);
        let api = it.service("api");
        *api = awsvpc(api.clone());
        it.row(2).spare["api"] = 2;
    },
    EbsAttachments
);
mutation!(
    a_trunk_that_shares_the_limit,
    |it| {
        it.cluster.policy.eni_trunking = true;
        it.catalogue.instance_types[1].ebs_limit = Some(EbsLimit::Shared);
        it.catalogue.instance_types[1].branch_enis = 10;
        for row in [1, 2] {
            it.row(row).registered.enis = 10;
        }
    },
    EbsAttachments
);

// V32
mutation!(
    no_task_of_the_group_beside_it,
    |it| {
        let cache = it.service("cache");
        *cache = beside(cache.clone(), &["service:db"]);
    },
    TaskGroup
);
mutation!(a_daemon_is_a_partner, |it| {
    let api = it.service("api");
    *api = beside(api.clone(), &["service:agent"]);
},);
mutation!(
    a_task_of_a_group_it_keeps_away_from,
    |it| {
        it.without_zone_loss();
        let job = it.service("job");
        *job = away_from(job.clone(), &["service:db"]);
    },
    TaskGroup
);
mutation!(
    another_entry_of_its_own_group,
    |it| {
        it.without_zone_loss();
        let job = it.service("job");
        *job = away_from(job.clone(), &["family:job"]);
    },
    TaskGroup
);
mutation!(
    two_tasks_of_a_service_that_keeps_away_from_itself,
    |it| {
        it.without_zone_loss();
        it.add(away_from(service("zeta", 2, 64, 128), &["service:zeta"]), 2);
        it.service("zeta").owner = TaskOwner::Standalone {
            group: "service:zeta".to_owned(),
        };
    },
    TaskGroup
);

// V33
mutation!(
    less_room_than_a_zone_holds_tasks,
    |it| {
        it.row(4).spare.shift_remove("db");
    },
    ZoneLoss
);
mutation!(
    room_in_the_same_zone,
    |it| {
        it.row(4).spare.shift_remove("job");
        it.set_spare(3, "job", 1);
    },
    ZoneLoss
);
mutation!(
    room_beyond_the_capacity,
    |it| it.set_spare(2, "api", 3),
    ZoneLoss
);
mutation!(
    room_against_a_conflict,
    |it| it.set_spare(2, "db", 1),
    ZoneLoss
);
mutation!(
    room_without_the_partner_it_needs,
    |it| {
        let job = it.service("job#2");
        *job = beside(job.clone(), &["family:job"]);
        it.row(4).spare.shift_remove("job");
        it.set_spare(2, "job", 1);
        it.service("job#2").owner = TaskOwner::Standalone {
            group: "family:other".to_owned(),
        };
    },
    ZoneLoss
);
mutation!(
    room_for_a_service_that_may_not_be_there,
    |it| it.set_spare(3, "edge", 1),
    ZoneLoss
);
mutation!(
    places_are_found_without_a_word_of_spare_room,
    Change::without_spare_room,
);
mutation!(
    no_places_to_be_found,
    |it| {
        it.without_spare_room();
        it.service("db").task.cpu = CpuUnits::new(700);
    },
    ZoneLoss
);

// V34
mutation!(
    no_room_for_a_rollout,
    |it| {
        it.service("db").deployment = Some(DeploymentConfiguration {
            minimum_healthy_percent: 100,
            maximum_percent: 300,
        });
    },
    DeploymentSurge
);
mutation!(
    no_room_for_the_rollout_of_an_external_service,
    |it| {
        it.service("edge").deployment = Some(DeploymentConfiguration {
            minimum_healthy_percent: 100,
            maximum_percent: 500,
        });
    },
    DeploymentSurge
);
mutation!(
    all_of_a_blue_green_deployment_beside_the_old,
    |it| {
        it.without_zone_loss();
        let api = it.service("api");
        api.deployment_strategy = DeploymentStrategy::BlueGreen;
        api.task.cpu = CpuUnits::new(900);
        it.service("db").task.cpu = CpuUnits::new(64);
        it.service("cache").task.cpu = CpuUnits::new(64);
    },
    DeploymentSurge
);
mutation!(no_rollout_beyond_the_desired_count, |it| {
    it.service("db").task.cpu = CpuUnits::new(700);
    it.service("db").deployment = Some(DeploymentConfiguration {
        minimum_healthy_percent: 0,
        maximum_percent: 100,
    });
    it.without_zone_loss();
},);

// V35
mutation!(
    room_that_nobody_asked_for,
    |it| it.cluster.policy.survive_zone_loss = false,
    Spare
);
mutation!(room_for_a_daemon, |it| it.set_spare(1, "agent", 1), Spare);
mutation!(
    room_for_an_unknown_service,
    |it| it.set_spare(1, "nobody", 1),
    Spare
);

// V37
fn give_gpus(it: &mut Change) {
    for known in &mut it.catalogue.instance_types {
        if known.name == "r9.large" {
            known.gpus = GpuCount::new(1);
        }
    }
    it.row(1).registered.gpus = 1;
    it.row(2).registered.gpus = 1;
}
mutation!(gpus_that_no_task_needs, give_gpus, Accelerators);
mutation!(gpus_that_a_task_needs, |it| {
    give_gpus(it);
    it.without_zone_loss();
    it.service("db").task.gpus = GpuCount::new(1);
    it.service("db").deployment = Some(DeploymentConfiguration {
        minimum_healthy_percent: 0,
        maximum_percent: 100,
    });
},);
mutation!(
    gpus_that_a_daemon_alone_needs,
    |it| {
        give_gpus(it);
        it.without_zone_loss();
        for known in &mut it.catalogue.instance_types {
            known.gpus = GpuCount::new(1);
        }
        it.row(3).registered.gpus = 1;
        it.row(4).registered.gpus = 1;
        it.service("agent").task.gpus = GpuCount::new(1);
    },
    Accelerators
);
mutation!(gpus_of_a_type_that_the_policy_names, |it| {
    give_gpus(it);
    it.cluster.policy.allowed_instance_types = Some(vec!["r9.*".to_owned(), "*".to_owned()]);
},);
mutation!(
    gpus_of_a_type_that_only_a_wildcard_matches,
    |it| {
        give_gpus(it);
        it.cluster.policy.allowed_instance_types = Some(vec!["*".to_owned()]);
    },
    Accelerators
);
mutation!(gpus_that_may_be_used_by_all, |it| {
    give_gpus(it);
    it.cluster.policy.accelerators = AcceleratorUse::Included;
},);

// V38
fn api_on_demand_in_one_zone(it: &mut Change) {
    // Two On-Demand tasks in zone a and two on Spot in zone b.
    it.without_zone_loss();
    it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    it.cluster.policy.spot_max_share_per_pool = Decimal::ONE;
    it.set_tasks(1, "api", 2);
    it.row(2).tasks.shift_remove("api");
    it.row(3).tasks.shift_remove("api");
    it.set_tasks(4, "api", 2);
}
mutation!(
    on_demand_tasks_in_one_zone,
    api_on_demand_in_one_zone,
    OnDemandZones
);
mutation!(on_demand_tasks_in_one_zone_as_the_policy_allows, |it| {
    api_on_demand_in_one_zone(it);
    it.cluster.policy.on_demand_zones = 1;
},);
mutation!(
    on_demand_tasks_in_one_zone_of_a_spread_that_is_not_even,
    |it| {
        api_on_demand_in_one_zone(it);
        it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
    },
);
mutation!(one_task_needs_no_second_zone, |it| {
    it.cluster.policy.on_demand_zones = 3;
},);

// V39
fn two_of_four_on_one(it: &mut Change) {
    it.without_zone_loss();
    it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    it.set_tasks(1, "api", 2);
    it.row(3).tasks.shift_remove("api");
}
mutation!(half_of_the_tasks_on_one_instance, |it| {
    two_of_four_on_one(it);
    it.cluster.policy.max_share_on_instance = Some(Decimal::new(5, 1));
},);
mutation!(
    more_than_the_policys_share_on_one_instance,
    |it| {
        two_of_four_on_one(it);
        it.cluster.policy.max_share_on_instance = Some(Decimal::new(25, 2));
    },
    ShareOnInstance
);
mutation!(
    more_than_the_services_share_on_one_instance,
    |it| {
        two_of_four_on_one(it);
        it.cluster.policy.max_share_on_instance = Some(Decimal::ONE);
        it.service("api").policy.max_share_on_instance = Some(Decimal::new(1, 1));
    },
    ShareOnInstance
);
mutation!(what_nobody_stated_breaks_no_rule, |it| {
    two_of_four_on_one(it);
    it.service("api").task.cpu = CpuUnits::new(400);
    it.set_tasks(1, "api", 3);
    it.row(2).tasks.shift_remove("api");
    it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
    it.cluster.policy.on_demand_zones = 1;
},);

// V40
fn survive_instance_loss(it: &mut Change) {
    it.without_zone_loss();
    it.cluster.policy.survive_instance_loss = true;
    it.cluster.policy.deployment_surge = DeploymentSurge::Off;
}
mutation!(
    no_room_for_a_lost_instance,
    |it| {
        survive_instance_loss(it);
        it.service("api").task.cpu = CpuUnits::new(1400);
        it.service("cache").task.cpu = CpuUnits::new(16);
        it.service("db").task.cpu = CpuUnits::new(16);
        it.service("agent").task.cpu = CpuUnits::new(16);
    },
    InstanceLoss
);
mutation!(room_for_a_lost_instance, |it| {
    survive_instance_loss(it);
    it.service("api").task.cpu = CpuUnits::new(64);
    it.service("db").task.ebs_volumes = 0;
    it.service("db").placement_constraints.clear();
},);
mutation!(a_lost_instance_that_nobody_asked_about, |it| {
    survive_instance_loss(it);
    it.cluster.policy.survive_instance_loss = false;
    it.service("api").task.cpu = CpuUnits::new(1400);
    it.service("cache").task.cpu = CpuUnits::new(16);
    it.service("db").task.cpu = CpuUnits::new(16);
    it.service("agent").task.cpu = CpuUnits::new(16);
},);
