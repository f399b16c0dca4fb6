//! Mutations of a plan with zones, Spot, Fargate and spare room, by what the rules are about and in the order of the
//! codes. A change may touch the cluster, the plan and the catalogue.

use self::fixture::{external_instance, planned};
use super::{Rule, Violation, check, is_of_its_own};
use crate::catalogue::{Catalogue, CatalogueParts};
use crate::domain::attributes::Attributes;
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::domain::policy::KeepInstances;
use crate::domain::service::Service;

/// One test: the change and the rules it breaks.
macro_rules! mutation {
    ($name:ident, $change:expr, $($rule:ident),* $(,)?) => {
        #[test]
        fn $name() {
            let violations = $crate::check::tests::zonal_fleet::violations_after($change);
            let broken = $crate::check::tests::zonal_fleet::rules_of(&violations);
            let expected: &[$crate::check::Rule] = &[$($crate::check::Rule::$rule),*];
            assert_eq!(broken, expected, "{violations:#?}");
        }
    };
}

mod document;
mod fargate;
pub(super) mod fixture;
mod offers;
mod placement;
mod providers;
mod spare_room;
mod spot_and_zones;
mod today;

/// What the plan, its cluster and its catalogue are changed through.
pub(super) struct Change {
    pub cluster: Cluster,
    pub plan: FleetPlan,
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

    /// The weights of the On-Demand and of the Spot group in `api`'s strategy.
    fn send_api(&mut self, on_demand: u64, spot: u64) {
        self.plan.services[1].capacity_provider_strategy[0].weight = on_demand;
        self.plan.services[1].capacity_provider_strategy[1].weight = spot;
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
        cluster: fixture::cluster(),
        plan: fixture::plan(),
        catalogue: fixture::catalogue(),
    };
    change(&mut changed);
    let catalogue = Catalogue::from_parts(changed.catalogue);
    check(&changed.cluster, &catalogue, &changed.plan)
}

/// The rules of violations, each once, in order of their codes.
fn rules_of(violations: &[Violation]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = (violations.iter())
        .filter(|violation| is_of_its_own(violation))
        .map(|violation| violation.rule)
        .collect();
    rules.dedup();
    rules
}

#[test]
fn the_plan_holds() {
    assert_eq!(violations_after(|_| ()), []);
}
