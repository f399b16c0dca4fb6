//! Mutations of a plan whose groups are certified: each breaks V36 and nothing else, since the rows stay as they are.

use self::fixture::over;
use super::{Rule, Violation, check, is_of_its_own};
use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::placement::PlacementConstraint;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{Certificate, FleetPlan, GroupMode, PlannedService};
use crate::domain::policy::ZoneSpread;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::task::{HostPort, Protocol};
use rust_decimal::Decimal;

mod day;
mod derived;
mod fixture;
mod further;

/// What the plan and its cluster are changed through.
struct Change {
    cluster: Cluster,
    plan: FleetPlan,
}

impl Change {
    fn certificate(&mut self, group: &str) -> &mut Certificate {
        let mut groups = self.plan.capacity_providers.iter_mut();
        let group = groups.find(|provider| provider.name == group);
        let group = group.expect("a group of the fixture");
        group.certificate.as_mut().expect("a certified group")
    }

    /// What a group's certificate says of a service: tasks on each instance, and in all.
    fn certify(&mut self, group: &str, service: &str, each: u64, tasks: u64) {
        let certificate = self.certificate(group);
        let name = service.to_owned();
        certificate.tasks_per_instance.insert(name.clone(), each);
        certificate.tasks.insert(name, tasks);
    }

    fn api(&mut self) -> &mut PlannedService {
        &mut self.plan.services[1]
    }

    fn weights(&mut self, weights: [u64; 3]) {
        let items = self.api().capacity_provider_strategy.iter_mut();
        for (item, weight) in items.zip(weights) {
            item.weight = weight;
        }
    }

    /// Four of the six tasks on Spot by certificate: 1 and 1 beside them, 3 in each zone.
    fn mostly_on_spot(&mut self) {
        self.certify("od-a", "api", 1, 1);
        self.certify("od-b", "api", 1, 1);
        self.certify("spot", "api", 2, 4);
        self.weights([1, 1, 4]);
    }
}

/// Violations of V36 and of the rules that figures of their own have.
fn violations_after(change: impl FnOnce(&mut Change)) -> Vec<Violation> {
    let mut violations = all_violations_after(change);
    violations.retain(is_of_its_own);
    violations
}

fn all_violations_after(change: impl FnOnce(&mut Change)) -> Vec<Violation> {
    let mut changed = Change {
        cluster: fixture::cluster(),
        plan: fixture::plan(),
    };
    change(&mut changed);
    let catalogue = Catalogue::from_parts(super::zonal_fleet::fixture::catalogue());
    check(&changed.cluster, &catalogue, &changed.plan)
}

/// Changes that V36 refuses, by what is found.
macro_rules! refused {
    ($name:ident, $change:expr, $found:literal) => {
        #[test]
        fn $name() {
            let violations = violations_after($change);
            assert!(!violations.is_empty());
            for violation in &violations {
                assert_eq!(violation.rule, Rule::Certificate, "{violations:#?}");
            }
            let is_said = |violation: &Violation| violation.found.contains($found);
            assert!(violations.iter().any(is_said), "{violations:#?}");
        }
    };
}

/// Changes that leave a valid plan.
macro_rules! accepted {
    ($name:ident, $change:expr) => {
        #[test]
        fn $name() {
            assert_eq!(violations_after($change), []);
        }
    };
}

accepted!(the_certified_plan_holds, |_| ());

// A group of its own.
refused!(
    a_steady_group_without_a_certificate,
    |it| it.plan.capacity_providers[0].certificate = None,
    "none for a steady group"
);
refused!(
    a_group_without_a_mode_beside_others,
    |it| {
        it.plan.capacity_providers[0].certificate = None;
        it.plan.capacity_providers[0].mode = None;
    },
    "none"
);
refused!(
    a_certificate_of_a_group_that_is_not_steady,
    |it| it.plan.capacity_providers[0].mode = Some(GroupMode::Elastic),
    "one for a group that is not steady"
);
accepted!(an_elastic_group_needs_no_certificate, |it| {
    it.plan.capacity_providers[0].certificate = None;
    it.plan.capacity_providers[0].mode = Some(GroupMode::Elastic);
});
refused!(
    a_pattern_beyond_the_cpu_of_an_instance,
    |it| it.certify("od-a", "api", 4, 2),
    "CPU"
);
refused!(
    a_pattern_that_fits_without_the_daemon_alone,
    |it| {
        // 3 × 512 + 256 + 2 × 128 is all there is, and the daemon takes more than that.
        it.certify("od-a", "api", 3, 2);
        it.cluster.services[0].task.cpu = CpuUnits::new(257);
    },
    "CPU"
);
accepted!(a_pattern_that_fills_an_instance, |it| {
    it.certify("od-a", "api", 3, 2);
    it.cluster.services[0].task.cpu = CpuUnits::new(256);
});
refused!(
    a_pattern_beyond_the_memory_of_an_instance,
    |it| {
        it.certify("od-a", "web", 2, 2);
        it.cluster.services[2].task.memory = MemoryMib::new(8_000);
    },
    "of memory"
);
refused!(
    a_pattern_with_two_tasks_of_a_distinct_service,
    |it| {
        it.certify("od-a", "api", 2, 2);
        it.cluster.services[1].placement_constraints = vec![PlacementConstraint::DistinctInstance];
    },
    "2 tasks"
);
refused!(
    a_pattern_that_takes_a_host_port_twice,
    |it| {
        it.certify("od-a", "api", 2, 2);
        it.cluster.services[1].task.host_ports = vec![HostPort {
            port: 8080,
            protocol: Protocol::Tcp,
        }];
    },
    "8080"
);
refused!(
    more_certified_tasks_than_the_instances_hold,
    |it| it.certify("od-a", "api", 0, 2),
    "2 tasks of api on 2 instances of 0 each"
);
refused!(
    a_certified_service_that_does_not_use_the_group,
    |it| it.certify("spot", "web", 1, 0),
    "tasks of web"
);
refused!(
    placement_that_packs,
    |it| {
        let packs = PlacementStrategy::Binpack("memory".to_owned());
        it.api().placement_strategy = vec![packs];
    },
    "another placement strategy of api"
);
refused!(
    no_placement_strategy,
    |it| it.api().placement_strategy.clear(),
    "another placement strategy of api"
);
refused!(
    spread_over_zones_first_in_a_group_over_several,
    |it| {
        it.api().placement_strategy =
            vec![over("attribute:ecs.availability-zone"), over("instanceId")];
    },
    "another placement strategy of api"
);
accepted!(
    spread_over_zones_first_where_every_group_has_one_zone,
    |it| {
        it.plan.services[2].placement_strategy =
            vec![over("attribute:ecs.availability-zone"), over("instanceId")];
    }
);
accepted!(
    spread_over_zones_first_beside_a_group_over_several_that_has_no_certificate,
    |it| {
        let spot = &mut it.plan.capacity_providers[2];
        (spot.certificate, spot.mode) = (None, Some(GroupMode::Elastic));
        it.api().placement_strategy =
            vec![over("attribute:ecs.availability-zone"), over("instanceId")];
    }
);
refused!(
    spread_over_zones_alone,
    |it| {
        it.plan.services[2].placement_strategy = vec![over("attribute:ecs.availability-zone")];
    },
    "another placement strategy of web"
);

// Tasks that a strategy sends.
refused!(
    fewer_certified_tasks_than_have_a_place,
    |it| it.certify("od-a", "api", 1, 1),
    "certificates for 5 tasks"
);
refused!(
    more_certified_tasks_than_have_a_place,
    |it| it.certify("od-a", "api", 2, 3),
    "certificates for 7 tasks"
);
refused!(
    a_service_that_a_certificate_leaves_out,
    |it| {
        let certificate = it.certificate("od-a");
        certificate.tasks.shift_remove("web");
        certificate.tasks_per_instance.shift_remove("web");
    },
    "certificates for 2 tasks"
);
refused!(
    weights_that_are_not_in_lowest_terms,
    |it| it.weights([2, 2, 2]),
    "weights that do not send [2, 2, 2]"
);
refused!(
    weights_in_another_proportion_than_the_certified_tasks,
    |it| it.weights([2, 2, 1]),
    "weights that do not send [2, 2, 2]"
);
refused!(
    a_base_that_changes_the_proportion,
    |it| it.api().capacity_provider_strategy[0].base = 1,
    "weights that do not send [2, 2, 2]"
);
accepted!(a_base_of_all_the_tasks_of_a_group, |it| {
    let item = &mut it.api().capacity_provider_strategy[0];
    (item.base, item.weight) = (2, 0);
});

// Zones.
refused!(
    certified_tasks_that_are_not_even_over_zones,
    |it| {
        it.certify("od-a", "api", 2, 3);
        it.certify("od-b", "api", 1, 1);
        it.weights([3, 1, 2]);
    },
    "tasks by zone: [4, 2]"
);
accepted!(
    certified_tasks_that_are_not_even_where_the_policy_does_not_care,
    |it| {
        it.certify("od-a", "api", 2, 3);
        it.certify("od-b", "api", 1, 1);
        it.weights([3, 1, 2]);
        it.cluster.policy.zone_spread = Some(ZoneSpread::Any);
    }
);
refused!(
    a_group_over_several_zones_with_room_to_spare_beside_one_of_a_single_zone,
    |it| it.certify("spot", "api", 2, 2),
    "group spot over several zones, not filled exactly"
);

// Ways of buying.
accepted!(most_of_the_certified_tasks_on_spot, Change::mostly_on_spot);
refused!(
    fewer_certified_tasks_on_demand_than_asked_for,
    |it| {
        it.mostly_on_spot();
        it.cluster.policy.on_demand_base = 3;
    },
    "2 tasks On-Demand"
);
refused!(
    a_larger_certified_share_on_spot_than_allowed,
    |it| {
        it.mostly_on_spot();
        it.cluster.services[1].policy.spot_max_share = Some(Decimal::new(5, 1));
    },
    "2 tasks On-Demand"
);
refused!(
    more_certified_tasks_in_a_spot_pool_than_allowed,
    |it| {
        it.mostly_on_spot();
        it.cluster.policy.spot_max_share_per_pool = Decimal::new(1, 1);
    },
    "2 tasks on Spot instances of type m9.large in us-east-1a"
);

/// What V40 finds when the fleet must keep room for the loss of an instance.
fn without_room(change: impl FnOnce(&mut Change)) -> Vec<Violation> {
    let mut violations = violations_after(|it| {
        it.cluster.policy.survive_instance_loss = true;
        change(it);
    });
    violations.retain(|violation| violation.rule == Rule::InstanceLoss);
    violations
}

#[test]
fn a_certified_group_holds_its_tasks_without_any_one_instance() {
    // Each group is full: free places elsewhere are none that ECS sends a lost task to.
    let full = without_room(|_| ());
    assert_eq!(full.len(), 3, "{full:#?}");
    assert!(
        full[0].found.contains("1 instances hold 1"),
        "{:?}",
        full[0]
    );
    let roomy = without_room(|it| {
        it.certify("od-a", "api", 2, 2);
        it.certify("od-a", "web", 2, 2);
        it.certify("od-b", "api", 2, 2);
        it.certify("od-b", "web", 2, 2);
        it.certify("spot", "api", 2, 2);
    });
    assert_eq!(roomy, []);
}
