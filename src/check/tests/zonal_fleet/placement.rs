//! Which tasks may run on which instance: external instances, volumes, task groups, shares.

use rust_decimal::Decimal;

use super::Change;
use super::fixture::{away_from, beside, settle};
use crate::check::tests::plain_fleet::fixture::{awsvpc, service};
use crate::domain::instance_type::EbsLimit;
use crate::domain::policy::{DeploymentSurge, ZoneSpread};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::{SchedulingStrategy, TaskOwner};
use crate::domain::task::LaunchType;

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

// V39
fn two_of_four_on_one(it: &mut Change) {
    it.without_zone_loss();
    it.cluster.policy.deployment_surge = DeploymentSurge::Off;
    it.set_tasks(1, "api", 2);
    it.row(3).tasks.shift_remove("api");
    it.send_api(3, 1);
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
    it.send_api(3, 1);
    it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
    it.cluster.policy.on_demand_zones = 1;
},);
