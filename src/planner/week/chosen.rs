//! What is chosen for a week: the way of each service, groups for those on groups, which of them are on Fargate instead, and Managed
//! Instances of each class of hours.

use std::collections::BTreeSet;

use crate::domain::cluster::Cluster;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::managed_instances::Way;
use crate::planner::fleet::FleetRow;
use crate::planner::managed::Choice;

use super::classes::Class;
use super::design::{WeeklyFleet, WeeklyGroup};
use super::on_fargate::WeeklyFargate;

/// Groups for the services that are on groups, those on Fargate, and Managed Instances of each class of hours.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub groups: Vec<WeeklyGroup>,
    /// Services on Fargate, all week.
    pub on_fargate: Vec<WeeklyFargate>,
    /// By class of hours.
    pub managed: Vec<Vec<FleetRow>>,
    /// The way of each service; empty where Managed Instances are not looked at.
    pub ways: Choice,
    /// Units of counted work.
    pub work: u64,
}

impl Chosen {
    /// Groups and services on Fargate alone.
    pub fn of_fleet(fleet: WeeklyFleet, classes: &[Class], work: u64) -> Self {
        Self {
            groups: fleet.groups,
            on_fargate: fleet.on_fargate,
            managed: vec![Vec::new(); classes.len()],
            ways: Vec::new(),
            work,
        }
    }

    /// Whether the service is on Managed Instances.
    pub fn is_managed(&self, service: usize) -> bool {
        let way = self.ways.get(service).copied().flatten();
        way.is_some_and(|way| way != Way::Own)
    }

    /// What an hour of the class costs, on the cost grid.
    pub fn cost(&self, input: PlanningInput<'_>, class: usize, hour: usize) -> i128 {
        let groups: i128 = (self.groups.iter())
            .map(|group| group.cost(input, hour))
            .sum();
        let on_fargate: i128 = self.on_fargate.iter().map(|own| own.cost(hour)).sum();
        groups + on_fargate + cost_of(input, &self.managed[class])
    }

    /// Instances in an hour of the class.
    pub fn instances(&self, class: usize, hour: usize) -> u64 {
        let groups = self.groups.iter().map(|group| group.instances(hour));
        let managed = self.managed[class].iter().map(|row| row.count);
        groups.chain(managed).fold(0, u64::saturating_add)
    }

    /// Positions of the services on Fargate.
    pub fn services_on_fargate(&self) -> BTreeSet<usize> {
        self.on_fargate.iter().map(|own| own.service).collect()
    }

    /// The hosts that leave every service its way.
    pub fn hosts(&self, hour: &Cluster, input: PlanningInput<'_>) -> Hosts {
        if self.ways.is_empty() {
            return Hosts::new(hour, input.offerings);
        }
        hosts_of(hour, input, &self.ways)
    }

    /// The cluster without the tasks that are on Managed Instances.
    pub fn without_managed(&self, mut hour: Cluster) -> Cluster {
        for (position, service) in hour.services.iter_mut().enumerate() {
            if self.is_managed(position) {
                service.desired_count = 0;
                (service.min_count, service.max_count) = (None, None);
            }
        }
        hour
    }
}

/// What rows cost in an hour, on the cost grid.
pub(super) fn cost_of(input: PlanningInput<'_>, rows: &[FleetRow]) -> i128 {
    (rows.iter())
        .map(|row| {
            let each = input.offerings.usable[row.offering]
                .usd_per_hour
                .grid_units();
            i128::from(each) * i128::from(row.count)
        })
        .sum()
}

/// The hosts of each service in its way.
pub(super) fn hosts_of(hour: &Cluster, input: PlanningInput<'_>, ways: &[Option<Way>]) -> Hosts {
    let usable = &input.offerings.usable;
    let may = |service: usize, offering: usize| {
        ways[service].is_none_or(|way| way == Way::of(usable[offering].purchase_option))
    };
    Hosts::among(hour, input.offerings, &may)
}
