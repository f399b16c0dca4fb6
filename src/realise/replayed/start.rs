//! Candidates to begin with: the ideal packing, and a design that is known.

use crate::realise::Guide;
use crate::realise::groups::DesignedGroup;
use crate::realise::placement::Placement;

use super::candidate::{Candidate, CandidateGroup};
use super::kinds::Kinds;

impl Candidate {
    /// The ideal packing's instances and tasks, in as few groups as are allowed; `None` where they cannot be
    /// brought together.
    pub fn of_ideal(
        kinds: &Kinds,
        guide: &Guide<'_>,
        most_zones: usize,
        placement: Placement,
    ) -> Option<Self> {
        let mut candidate = Self {
            groups: Vec::new(),
            placement,
        };
        for row in guide.fleet {
            let Some(kind) = kinds.of_offering(row.offering, most_zones) else {
                continue;
            };
            let known = candidate.groups.iter().position(|group| group.kind == kind);
            let place = known.unwrap_or_else(|| {
                candidate.groups.push(CandidateGroup {
                    kind,
                    instances: 0,
                    first: 0,
                    tasks: vec![0; kinds.services.len()],
                });
                candidate.groups.len() - 1
            });
            let group = &mut candidate.groups[place];
            group.instances += row.count;
            for (&service, &tasks) in row.tasks {
                let item = kinds.services.iter().position(|known| *known == service);
                if let Some(item) = item {
                    group.tasks[item] += tasks * row.count;
                }
            }
        }
        candidate.tidy();
        candidate.merge_down_to_limits(kinds)
    }

    /// A design's groups, with as many tasks in each as its weights send there.
    pub fn of_groups(
        kinds: &Kinds,
        groups: &[DesignedGroup],
        placement: Placement,
    ) -> Option<Self> {
        let groups: Option<Vec<CandidateGroup>> = (groups.iter())
            .map(|group| {
                let kind = kinds
                    .offerings
                    .iter()
                    .position(|own| *own == group.offerings)?;
                Some(CandidateGroup {
                    kind,
                    instances: group.instances(),
                    first: 0,
                    tasks: (kinds.services.iter())
                        .map(|service| group.tasks.get(service).copied().unwrap_or(0))
                        .collect(),
                })
            })
            .collect();
        let mut candidate = Self {
            groups: groups?,
            placement,
        };
        candidate.tidy();
        (!candidate.groups.is_empty()).then_some(candidate)
    }

    /// Dissolves the cheapest groups until the limits hold.
    fn merge_down_to_limits(mut self, kinds: &Kinds) -> Option<Self> {
        while !self.is_allowed(kinds) {
            let spent = |place: &usize| {
                self.groups[*place].instances as f64 * kinds.cost(self.groups[*place].kind)
            };
            let mut order: Vec<usize> = (0..self.groups.len()).collect();
            order.sort_by(|a, b| spent(a).total_cmp(&spent(b)).then(a.cmp(b)));
            let merged = order.into_iter().find_map(|place| {
                let mut without = self.clone();
                without.dissolve(kinds, place).then_some(without)
            });
            self = merged?;
        }
        Some(self)
    }

    /// Gives the tasks of a group to others that can run them, with instances for them; whether all found one.
    pub fn dissolve(&mut self, kinds: &Kinds, place: usize) -> bool {
        let gone = self.groups.remove(place);
        let was_firm = kinds.few.kinds[gone.kind].firm;
        let mut wanted = vec![0.0; self.groups.len()];
        for (item, &tasks) in gone
            .tasks
            .iter()
            .enumerate()
            .filter(|(_, tasks)| **tasks > 0)
        {
            let price = |&place: &usize| {
                let kind = self.groups[place].kind;
                kinds.cost(kind) * kinds.shares[kind][item]
            };
            let to = (0..self.groups.len())
                .filter(|&place| {
                    let kind = &kinds.few.kinds[self.groups[place].kind];
                    kind.most[item] > 0 && (kind.firm || !was_firm)
                })
                .min_by(|a, b| price(a).total_cmp(&price(b)).then(a.cmp(b)));
            let Some(to) = to else { return false };
            wanted[to] += tasks as f64 * kinds.shares[self.groups[to].kind][item];
            self.groups[to].tasks[item] += tasks;
        }
        for (group, wanted) in self.groups.iter_mut().zip(wanted) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let more = f64::ceil(wanted) as u64;
            group.instances += more;
        }
        true
    }

    /// Gives a service a new group of its own, where one more is allowed.
    pub fn isolate(&mut self, kinds: &Kinds, item: usize) -> bool {
        let data = &kinds.few.items[item];
        let is_alone = |group: &CandidateGroup| {
            group.tasks[item] == 0 || group.tasks.iter().filter(|tasks| **tasks > 0).count() == 1
        };
        if self.groups.len() >= kinds.few.slots || self.groups.iter().all(is_alone) {
            return false;
        }
        let price = |kind: usize| kinds.cost(kind) * kinds.shares[kind][item];
        let zones = kinds.offerings.iter().map(Vec::len).max().unwrap_or(1);
        let cheapest = (0..kinds.few.kinds.len())
            .filter(|&kind| {
                let of = &kinds.few.kinds[kind];
                of.most[item] > 0
                    && (of.firm || data.firm == 0)
                    && kinds.offerings[kind].len() == zones
            })
            .min_by(|&a, &b| price(a).total_cmp(&price(b)).then(a.cmp(&b)));
        let Some(kind) = cheapest else { return false };
        for group in &mut self.groups {
            group.tasks[item] = 0;
        }
        let wanted = 1.2 * data.demand as f64 * kinds.shares[kind][item];
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let instances = (wanted.ceil() as u64).max(zones as u64);
        let mut tasks = vec![0; kinds.services.len()];
        tasks[item] = data.demand;
        self.groups.push(CandidateGroup {
            kind,
            instances,
            first: 0,
            tasks,
        });
        true
    }
}
