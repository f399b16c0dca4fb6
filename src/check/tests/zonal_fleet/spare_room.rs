//! Room for the loss of a zone or an instance and for rollouts.

use super::Change;
use super::fixture::beside;
use crate::domain::policy::DeploymentSurge;
use crate::domain::quantity::CpuUnits;
use crate::domain::service::{DeploymentConfiguration, DeploymentStrategy, TaskOwner};

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
