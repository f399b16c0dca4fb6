//! A model under construction: services become items, offerings become bins.

use crate::domain::capacity::Capacity;
use crate::domain::resources::Resource;
use crate::formulate::demand::Demand;
use crate::formulate::hosts::{Place, Unplaceable};
use crate::formulate::offering::Offering;
use crate::formulate::rules::fargate::FargatePlan;
use crate::formulate::rules::task_group::{self, Variant};
use crate::formulate::rules::{
    accelerators, distinct_instance, host_ports, share_on_instance, zones,
};
use crate::optimize::problem::{BinType, ItemType, Problem, ProblemError};
use crate::optimize::side_rows::DemandGroup;
use std::collections::{BTreeMap, HashMap};

use super::shape::Shape;
use super::{Bin, Item, Model, PlanningInput, Scope};

/// A model under construction.
pub(super) struct Draft<'a> {
    pub(super) input: PlanningInput<'a>,
    pub(super) demand: &'a Demand,
    pub(super) scope: Scope,
    pub(super) items: Vec<Item>,
    pub(super) demands: Vec<u64>,
    pub(super) groups: Vec<(usize, Option<FargatePlan>)>,
    pub(super) group_rows: Vec<DemandGroup>,
    pub(super) on_fargate: Vec<(usize, FargatePlan)>,
    pub(super) unplaceable: Vec<(usize, Unplaceable)>,
    pub(super) bins: Vec<Bin>,
    pub(super) complete: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(input: PlanningInput<'a>, demand: &'a Demand, scope: Scope) -> Self {
        Self {
            input,
            demand,
            scope,
            items: Vec::new(),
            demands: Vec::new(),
            groups: Vec::new(),
            group_rows: Vec::new(),
            on_fargate: Vec::new(),
            unplaceable: Vec::new(),
            bins: Vec::new(),
            complete: true,
        }
    }

    pub(super) fn place_services(&mut self) {
        let PlanningInput {
            cluster,
            catalogue,
            hosts,
            ..
        } = self.input;
        for position in 0..cluster.services.len() {
            let count = self.demand.tasks[position];
            if count == 0 {
                continue;
            }
            match hosts.place(cluster, catalogue, position, count) {
                Place::Instances { fargate } => self.add_items(position, fargate),
                Place::Fargate(plan) => self.on_fargate.push((position, plan)),
                Place::Nowhere(why) => self.unplaceable.push((position, why)),
            }
        }
    }

    /// The items of a service, and their group where it needs one.
    fn add_items(&mut self, position: usize, fargate: Option<FargatePlan>) {
        let PlanningInput { cluster, hosts, .. } = self.input;
        let places = match self.scope {
            Scope::Full => self.demand.places(cluster, hosts, position),
            // A bound must not ask for more room than a plan needs.
            Scope::Merged => self.demand.tasks[position] + self.demand.room[position],
        };
        let by_zone =
            self.scope == Scope::Full && zones::by_zone(cluster, &cluster.services[position]);
        let own_zones: Vec<Option<usize>> = if by_zone {
            hosts.zones[position].iter().copied().map(Some).collect()
        } else {
            vec![None]
        };
        let (base, extra) = zones::spread(places, own_zones.len() as u64);
        let first = self.items.len();
        for zone in own_zones {
            self.items.push(Item {
                service: position,
                zone,
            });
            self.demands.push(base);
        }
        let outside = fargate
            .as_ref()
            .map(|plan| plan.usd_per_hour().grid_units());
        if extra > 0 || outside.is_some() {
            self.groups.push((position, fargate));
            self.group_rows.push(DemandGroup {
                items: (first..self.items.len()).collect(),
                extra,
                outside,
            });
        }
    }

    pub(super) fn place_offerings(&mut self) {
        let usable = &self.input.offerings.usable;
        if self.scope == Scope::Merged {
            let there = self.services_by_offering();
            for offerings in merged(usable) {
                let mut anywhere: Vec<usize> = (offerings.iter())
                    .flat_map(|&offering| there[offering].iter().copied())
                    .collect();
                anywhere.sort_unstable();
                anywhere.dedup();
                let offering = &usable[offerings[0]];
                let required = (offering.accelerated)
                    .then(|| accelerators::required(self.input.cluster, &anywhere));
                for variant in requiring(required) {
                    self.bins.push(Bin {
                        offerings: offerings.clone(),
                        variant,
                    });
                }
            }
            return;
        }
        let rules = task_group::any(self.input.cluster);
        let there = self.services_by_offering();
        for (index, offering) in usable.iter().enumerate() {
            let required = (offering.accelerated)
                .then(|| accelerators::required(self.input.cluster, &there[index]));
            let variants = if rules {
                let required = required.as_deref();
                let (listed, complete) = task_group::variants(
                    self.input.cluster,
                    &offering.daemons,
                    &there[index],
                    required,
                );
                self.complete &= complete;
                listed.into_iter().map(Some).collect()
            } else {
                requiring(required)
            };
            self.bins.extend(variants.into_iter().map(|variant| Bin {
                offerings: vec![index],
                variant,
            }));
        }
    }

    /// Services that are items and fit each offering.
    fn services_by_offering(&self) -> Vec<Vec<usize>> {
        let mut there = vec![Vec::new(); self.input.offerings.usable.len()];
        let mut services: Vec<usize> = self.items.iter().map(|item| item.service).collect();
        services.dedup();
        for service in services {
            for &offering in &self.input.hosts.offerings[service] {
                there[offering].push(service);
            }
        }
        there
    }

    pub(super) fn finish(self) -> Result<Model, ProblemError> {
        let services = || {
            let mut services: Vec<usize> = self.items.iter().map(|item| item.service).collect();
            services.dedup();
            services
                .into_iter()
                .map(|service| &self.input.cluster.services[service])
        };
        let attachments = services().any(|service| service.task.ebs_volumes > 0);
        let contested = host_ports::contested(services());
        let shares = self.shares();
        let usable = &self.input.offerings.usable;
        let is_kept = |offering: &Offering| {
            offering.existing.is_some() && !offering.purchase_option.is_external()
        };
        // Instances that stay are free of it: then it is a dimension that only new bins are short of.
        let beside_kept = usable.iter().any(is_kept);
        let shape = Shape {
            attachments,
            port_quota: host_ports::quota_binds(
                services(),
                usable.iter().map(|offering| &offering.ports),
            ),
            contested,
            shares: if beside_kept {
                shares
                    .iter()
                    .map(|(&service, &most)| (service, most))
                    .collect()
            } else {
                Vec::new()
            },
            loads: usable.iter().any(|offering| offering.most_load.is_some()),
        };
        let most_per_bin = |service: usize| {
            let apart = distinct_instance::most_per_instance(&self.input.cluster.services[service]);
            let share = shares.get(&service).filter(|_| !beside_kept).copied();
            apart.into_iter().chain(share).min()
        };
        let items = (self.items.iter().zip(&self.demands))
            .map(|(item, &demand)| ItemType {
                size: shape.item(item.service, &self.input.cluster.services[item.service]),
                demand,
                max_per_bin: most_per_bin(item.service),
            })
            .collect();
        let admissions = self.admissions();
        let bin_types: Vec<BinType> = (self.bins.iter().zip(&admissions))
            .map(|(bin, admits)| self.bin_type(bin, admits, &shape))
            .collect();
        let limits = self.limits(&bin_types);
        let (rows, copy_rows) = self.rows(&admissions);
        let problem =
            Problem::try_new(shape.dimensions(), bin_types, items, limits)?.try_with_rows(rows)?;
        Ok(Model {
            problem,
            items: self.items,
            bins: self.bins,
            groups: self.groups,
            on_fargate: self.on_fargate,
            unplaceable: self.unplaceable,
            zones: (self.input.offerings.usable.iter())
                .map(|offering| offering.zone)
                .collect(),
            copy_rows,
            complete: self.complete,
        })
    }

    /// Most tasks of each service on one new instance, where a share says so and some instance could hold more.
    fn shares(&self) -> BTreeMap<usize, u64> {
        let PlanningInput {
            cluster,
            offerings,
            hosts,
            ..
        } = self.input;
        let mut shares = BTreeMap::new();
        for item in &self.items {
            let service = &cluster.services[item.service];
            let Some(most) = share_on_instance::most_tasks(cluster, service) else {
                continue;
            };
            // The rule is about tasks. A relaxation must not deny room for a rollout or a lost zone to an instance.
            let has_room = cluster.policy.survive_zone_loss || self.demand.room[item.service] > 0;
            if self.scope == Scope::Merged && has_room {
                continue;
            }
            let needed = service.task.resources();
            let holds_more = |&offering: &usize| {
                let offered = offerings.usable[offering].allocatable.unwrap_or_default();
                let fits = |resource: &Resource| {
                    let each = u128::from(needed.get(*resource));
                    each * (u128::from(most) + 1) <= u128::from(offered.get(*resource))
                };
                Resource::ALL.iter().all(fits)
            };
            if hosts.offerings[item.service].iter().any(holds_more) {
                shares.insert(item.service, most);
            }
        }
        shares
    }

    /// Items that each bin admits, ascending.
    fn admissions(&self) -> Vec<Vec<usize>> {
        let usable = &self.input.offerings.usable;
        let mut by_offering: Vec<Vec<usize>> = vec![Vec::new(); usable.len()];
        for (index, item) in self.items.iter().enumerate() {
            for &offering in &self.input.hosts.offerings[item.service] {
                if item.zone.is_none() || item.zone == usable[offering].zone {
                    by_offering[offering].push(index);
                }
            }
        }
        (self.bins.iter())
            .map(|bin| {
                let mut admits: Vec<usize> = (bin.offerings.iter())
                    .flat_map(|&offering| by_offering[offering].iter().copied())
                    .filter(|&item| {
                        let left_out = bin.variant.as_ref().map(|variant| &variant.without);
                        left_out.is_none_or(|out| !out.contains(&self.items[item].service))
                    })
                    .collect();
                admits.sort_unstable();
                admits.dedup();
                admits
            })
            .collect()
    }

    fn bin_type(&self, bin: &Bin, admits: &[usize], shape: &Shape) -> BinType {
        let offerings = || {
            bin.offerings
                .iter()
                .map(|&index| &self.input.offerings.usable[index])
        };
        let mut capacity = vec![0; shape.dimensions()];
        for offering in offerings() {
            for (most, own) in capacity.iter_mut().zip(shape.bin(offering)) {
                *most = own.max(*most);
            }
        }
        let cost = |offering: &Offering| match offering.existing {
            Some(_) => 0,
            None => offering.usd_per_hour.grid_units(),
        };
        let required = bin.variant.as_ref().and_then(|variant| variant.requires);
        BinType {
            capacity,
            cost: offerings().map(cost).min().unwrap_or(0),
            requires: required
                .and_then(|service| admits.iter().find(|&&i| self.items[i].service == service))
                .copied(),
            admits: Some(admits.to_vec()),
        }
    }
}

/// One variant for each service of which one must be there, or the only one where none must.
fn requiring(required: Option<Vec<usize>>) -> Vec<Option<Variant>> {
    let Some(services) = required else {
        return vec![None];
    };
    (services.into_iter())
        .map(|service| Some(Variant::requiring(service)))
        .collect()
}

/// Offerings that differ in nothing but zone and price, together.
fn merged(usable: &[Offering]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut index: HashMap<(&str, Capacity, &Option<String>, usize), usize> = HashMap::new();
    for (position, offering) in usable.iter().enumerate() {
        if offering.existing.is_some() {
            groups.push(vec![position]);
            continue;
        }
        let key = (
            offering.instance_type.as_str(),
            offering.purchase_option,
            &offering.group,
            offering.level,
        );
        let group = *index.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(position);
    }
    groups
}
