//! How many tasks today's instances hold in every order of arrival.
//!
//! What ECS places on today's instances in one order finds no place there in another where they are nearly full, however
//! exactly the strategies send so many tasks to each group. As in groups that are designed ([`crate::realise`]), `T_s` tasks
//! of service `s` that are spread over the `n` instances of a group are at most `a_s = ⌈T_s / n⌉` on each, zone by zone where
//! ECS spreads over zones first, and while `Σ_s a_s v_s` fits each of the instances every order fits. Where it does not,
//! one service after the other has a copy less on each instance: that which gives back most of what is overfull for what its
//! tasks cost on new instances. The service's own strategies stay, so that nothing is certified: replays decide.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::formulate::model::{Model, PlanningInput};

use super::kept::TasksByProvider;

/// Tasks on the instances of one capacity provider, by position of the service.
type Tasks = BTreeMap<usize, u64>;

/// As many of the tasks that ECS `placed` on today's instances as they hold by patterns; a task of each service costs `worth`
/// on new instances. Those on instances outside every provider stay as they are.
pub(super) fn held(
    input: PlanningInput<'_>,
    model: &Model,
    (placed, worth): (&TasksByProvider, &[f64]),
) -> TasksByProvider {
    let mut of_provider: BTreeMap<&str, Tasks> = BTreeMap::new();
    for (&service, by_provider) in placed {
        for (provider, &tasks) in by_provider {
            (of_provider.entry(provider.as_str()).or_default()).insert(service, tasks);
        }
    }
    let mut held = TasksByProvider::new();
    for (provider, tasks) in of_provider {
        let tasks = if provider.is_empty() {
            tasks
        } else {
            Group::new(input, model, provider).held(tasks, worth)
        };
        for (service, tasks) in tasks.into_iter().filter(|&(_, tasks)| tasks > 0) {
            (held.entry(service).or_default()).insert(provider.to_owned(), tasks);
        }
    }
    held
}

/// The instances of a capacity provider.
struct Group<'a> {
    input: PlanningInput<'a>,
    model: &'a Model,
    offerings: Vec<usize>,
    /// How many there are in each zone that has some.
    in_zone: Vec<u64>,
}

impl<'a> Group<'a> {
    fn new(input: PlanningInput<'a>, model: &'a Model, provider: &str) -> Self {
        let usable = &input.offerings.usable;
        let mut offerings = Vec::new();
        let mut in_zone: BTreeMap<Option<usize>, u64> = BTreeMap::new();
        for (position, offering) in usable.iter().enumerate() {
            let own = (offering.existing.as_ref())
                .filter(|existing| existing.capacity_provider == provider);
            if let Some(existing) = own {
                offerings.push(position);
                *in_zone.entry(offering.zone).or_default() += existing.count;
            }
        }
        Self {
            input,
            model,
            offerings,
            in_zone: in_zone.into_values().collect(),
        }
    }

    fn held(&self, mut tasks: Tasks, worth: &[f64]) -> Tasks {
        loop {
            let pattern: Tasks = (tasks.iter())
                .map(|(&service, &tasks)| (service, self.on_each(tasks)))
                .filter(|&(_, each)| each > 0)
                .collect();
            let Some(&overfull) =
                (self.offerings.iter()).find(|&&offering| !self.fits(offering, &pattern))
            else {
                return tasks;
            };
            let choice = (pattern.iter())
                .map(|(&service, &each)| {
                    let fewer = self.most(tasks[&service], each - 1);
                    let cost = (tasks[&service] - fewer) as f64 * worth[service].max(1.0);
                    let relief = self.relief(overfull, &pattern, service);
                    (service, fewer, relief / cost, cost)
                })
                .max_by(|a, b| (a.2.total_cmp(&b.2)).then_with(|| dearer_first(a, b)));
            let Some((service, fewer, ..)) = choice else {
                return tasks;
            };
            tasks.insert(service, fewer);
        }
    }

    /// Most of so many tasks on one instance, as ECS spreads them over zones and then over instances.
    fn on_each(&self, tasks: u64) -> u64 {
        let zones = self.in_zone.len().max(1) as u64;
        let in_each = tasks.div_ceil(zones);
        (self.in_zone.iter())
            .map(|&instances| in_each.div_ceil(instances.max(1)))
            .max()
            .unwrap_or(0)
    }

    /// Most tasks, up to `tasks`, of which no instance has more than `each`.
    fn most(&self, tasks: u64, each: u64) -> u64 {
        let zones = self.in_zone.len().max(1) as u64;
        let fewest = self.in_zone.iter().copied().min().unwrap_or(0);
        tasks.min(zones.saturating_mul(fewest).saturating_mul(each))
    }

    fn fits(&self, offering: usize, pattern: &Tasks) -> bool {
        let zone = self.input.offerings.usable[offering].zone;
        let mut content: Vec<(usize, u64)> = (pattern.iter())
            .filter_map(|(&service, &each)| Some((self.model.item(service, zone)?, each)))
            .collect();
        content.sort_unstable();
        self.model.bin_for(offering, &content).is_some()
    }

    /// What a copy less of a service gives back of what a pattern has too much of, over the capacity; 0 where it is no size that
    /// does not fit.
    fn relief(&self, offering: usize, pattern: &Tasks, service: usize) -> f64 {
        let zone = self.input.offerings.usable[offering].zone;
        let bin = (self.model.bins.iter()).position(|bin| bin.offerings[0] == offering);
        let size = |service: usize| {
            let item = self.model.item(service, zone)?;
            Some(self.model.problem.items()[item].size.as_slice())
        };
        let (Some(bin), Some(own)) = (bin, size(service)) else {
            return 0.0;
        };
        let capacity = &self.model.problem.bins()[bin].capacity;
        (own.iter().zip(capacity).enumerate())
            .filter(|&(d, (_, &capacity))| {
                let load: u64 = (pattern.iter())
                    .filter_map(|(&service, each)| Some(size(service)?[d] * each))
                    .sum();
                load > capacity
            })
            .map(|(_, (&own, &capacity))| own as f64 / capacity.max(1) as f64)
            .sum()
    }
}

/// Of choices that give back as much for their cost, the cheaper is the greater, and of equal ones the earlier service.
fn dearer_first(a: &(usize, u64, f64, f64), b: &(usize, u64, f64, f64)) -> Ordering {
    b.3.total_cmp(&a.3).then_with(|| b.0.cmp(&a.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::formulate::demand::Demand;
    use crate::formulate::hosts::Hosts;
    use crate::formulate::model::Scope;
    use crate::formulate::offering::Offerings;
    use crate::io::{ImportOptions, read_cluster};

    /// Two instances of 2 vCPUs and 8,192 MiB in a group.
    const TODAY: &str = r#"{"version": 1, "region": "us-east-1",
        "services": [{"serviceName": "a", "desiredCount": 3, "cpu": 256, "memory": 3000},
                     {"serviceName": "b", "desiredCount": 3, "cpu": 256, "memory": 2000}],
        "capacityProviders": [{"name": "old", "autoScalingGroupProvider": {"autoScalingGroupArn": "g"}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "g"}],
        "containerInstances": [
            {"containerInstanceArn": "i1", "status": "ACTIVE", "capacityProviderName": "old",
             "registeredResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 2048}, {"name": "MEMORY", "type": "INTEGER", "integerValue": 8192}],
             "attributes": [{"name": "ecs.instance-type", "value": "m5.large"}]},
            {"containerInstanceArn": "i2", "status": "ACTIVE", "capacityProviderName": "old",
             "registeredResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 2048}, {"name": "MEMORY", "type": "INTEGER", "integerValue": 8192}],
             "attributes": [{"name": "ecs.instance-type", "value": "m5.large"}]}],
        "policy": {"keepInstances": "all"}}"#;

    #[test]
    fn what_fits_by_its_pattern_stays_and_of_the_rest_the_cheaper_gives_way() {
        let imported = read_cluster(TODAY, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let offerings = Offerings::new(&cluster, &catalogue).expect("prices");
        let hosts = Hosts::new(&cluster, &offerings);
        let input = PlanningInput {
            cluster: &cluster,
            catalogue: &catalogue,
            offerings: &offerings,
            hosts: &hosts,
        };
        let model = Model::try_new(input, &Demand::planned(&cluster), Scope::Full).expect("small");
        let stays = |placed: &TasksByProvider, worth: [f64; 2]| {
            held(input, &model, (placed, worth.as_slice()))
        };
        let old = |tasks: u64| BTreeMap::from([("old".to_owned(), tasks)]);
        // On each instance 3,000 + 2 × 2,000 MiB: all fits.
        let placed = BTreeMap::from([(0, old(2)), (1, old(3))]);
        assert_eq!(stays(&placed, [1.0, 1.0]), placed);
        // 2 × 3,000 + 2 × 2,000 MiB does not, without a task of `a` or of `b` it does.
        let placed = BTreeMap::from([(0, old(3)), (1, old(3))]);
        let of_a = BTreeMap::from([(0, old(2)), (1, old(3))]);
        assert_eq!(stays(&placed, [1.0, 9.0]), of_a);
        let of_b = BTreeMap::from([(0, old(3)), (1, old(2))]);
        assert_eq!(stays(&placed, [9.0, 1.0]), of_b);
        // Tasks on instances outside every provider are left alone.
        let outside = BTreeMap::from([(0, BTreeMap::from([(String::new(), 40)]))]);
        assert_eq!(stays(&outside, [1.0, 1.0]), outside);
    }
}
