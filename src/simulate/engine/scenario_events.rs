//! What a scenario lets happen, and Spot reclaims by chance.

use std::collections::BTreeMap;

use crate::simulate::deployment::{Rollout, RolloutRule};
use crate::simulate::losses::NOTICE_S;
use crate::simulate::random::{stream, successes};
use crate::simulate::trace::EventKind;
use crate::simulate::workload::ClassId;
use crate::simulate::world::{HostId, World};

use super::group::Member;
use super::recorder::Places;
use super::run::{Deploying, Engine};

/// Names the streams of forced shortages.
const SHORTAGE: u64 = 0x5368_6f72_7461;

/// Minutes from a Spot notice to the end.
const NOTICE_MINUTES: u64 = NOTICE_S / 60;

/// Something that a scenario lets happen.
#[derive(Debug, Clone)]
pub enum ScenarioEvent {
    /// A service's desired count changes.
    DesiredCount {
        /// Service.
        class: ClassId,
        /// New count.
        count: u64,
    },
    /// All instances of a zone are gone, and none can be launched there.
    ZoneLost {
        /// The zone's name.
        zone: String,
    },
    /// Instances can be launched in a lost zone again.
    ZoneBack {
        /// The zone's name.
        zone: String,
    },
    /// One instance is gone; its group may launch another.
    InstanceLost {
        /// Position among the instances of all groups, in the groups' order.
        number: usize,
    },
    /// The desired capacity of every group is set, as a scheduled action does.
    DesiredCapacities {
        /// One for each group, in the groups' order.
        of: Vec<u64>,
    },
    /// A scheduled action sets one group's desired capacity and its smallest size.
    ScheduledSize {
        /// Position of the group.
        group: usize,
        /// Both sizes.
        size: u64,
    },
    /// A pool of Spot instances (type and zone) runs short.
    Shortage {
        /// A host of the pool.
        host: HostId,
        /// The part of its instances that get notice.
        part: f64,
    },
    /// A service's tasks are replaced by those of a second revision.
    Deployment {
        /// The revision that runs.
        old: ClassId,
        /// The new one.
        new: ClassId,
        /// How.
        rule: RolloutRule,
    },
}

impl Engine<'_> {
    pub(super) fn apply_event(&mut self, event: ScenarioEvent) {
        match event {
            ScenarioEvent::DesiredCount { class, count } => {
                self.services.desired[class] = count;
                let note = EventKind::DesiredCountChanged;
                self.recorder
                    .note(note, count, |event| event.of_service(class));
            }
            ScenarioEvent::ZoneLost { zone } => {
                let zones = &self.places.names.zones;
                if let Some(zone) = zones.iter().position(|name| *name == zone) {
                    self.lose_zone(zone);
                }
            }
            ScenarioEvent::ZoneBack { zone } => {
                let names = &self.places.names.zones;
                self.lost_zones.retain(|&lost| names[lost] != zone);
            }
            ScenarioEvent::DesiredCapacities { of } => {
                for (at, desired) in of.into_iter().enumerate().take(self.groups.len()) {
                    let group = &mut self.groups[at];
                    group.desired = group.limits.clamp(desired);
                    if group.provider.is_some() {
                        self.terminate_surplus(at);
                    }
                }
            }
            ScenarioEvent::ScheduledSize { group: at, size } => {
                let group = &mut self.groups[at];
                group.limits.min_size = size.min(group.limits.max_size);
                group.desired = group.limits.clamp(size);
                self.terminate_surplus(at);
            }
            ScenarioEvent::InstanceLost { number } => self.lose_instance(number),
            ScenarioEvent::Shortage { host, part } => self.shortage(host, part),
            ScenarioEvent::Deployment { old, new, rule } => {
                let desired = self.services.desired[old];
                let rollout = Rollout::new(rule, desired);
                let kind = EventKind::DeploymentStarted;
                self.recorder
                    .note(kind, desired, |event| event.of_service(old));
                self.rollouts.push(Deploying {
                    old,
                    new,
                    rollout,
                    done: false,
                    running: (desired, 0),
                    stalled_at: None,
                });
            }
        }
    }

    pub(super) fn lose_zone(&mut self, zone: usize) {
        self.lost_zones.push(zone);
        let places = self.places;
        let mut gone: Vec<Member> = Vec::new();
        for group in &mut self.groups {
            let members = std::mem::take(&mut group.members);
            let (lost, stay): (Vec<Member>, Vec<Member>) =
                (members.into_iter()).partition(|member| places.zone_of[member.host] == zone);
            group.members = stay;
            gone.extend(lost);
        }
        let kind = EventKind::ZoneLost;
        let count = gone.len() as u64;
        self.recorder.note(kind, count, |event| event.in_zone(zone));
        for member in gone {
            self.remove(&member);
        }
    }

    fn lose_instance(&mut self, number: usize) {
        let mut before = 0;
        for group in &mut self.groups {
            if number < before + group.members.len() {
                let member = group.members.remove(number - before);
                let (kind, zone) = (
                    self.places.type_of[member.host],
                    self.places.zone_of[member.host],
                );
                let note = EventKind::InstanceLost;
                self.recorder
                    .note(note, 1, |event| event.of_type(kind).in_zone(zone));
                self.remove(&member);
                return;
            }
            before += group.members.len();
        }
    }

    /// The instance is gone, and its tasks with it.
    pub(super) fn remove(&mut self, member: &Member) {
        let Some(id) = member.id else { return };
        let tasks: Vec<(u32, u32)> = self.state.classes_on(id).to_vec();
        for &(class, count) in &tasks {
            let class = class as ClassId;
            self.services
                .lost(self.world, &self.state, id, class, count.into());
        }
        self.state.remove_instance(id);
        for (class, count) in tasks {
            let kind = EventKind::TasksKilled;
            self.recorder
                .note(kind, count.into(), |event| event.of_service(class as usize));
        }
    }

    pub(super) fn shortage(&mut self, host: HostId, part: f64) {
        let pool = self.pool_of(host);
        let members = self.live_members(&pool);
        let mut random = stream(self.options.seed, &[SHORTAGE, self.minute]);
        let hit = successes(&mut random, members.len() as u64, part);
        self.give_notice(hit.iter().map(|&at| members[index(at)]).collect(), host);
    }

    pub(super) fn reclaim_by_chance(&mut self) {
        let Some((mut reclaims, pools)) = self.reclaims.take() else {
            return;
        };
        let live: Vec<Vec<(usize, usize)>> =
            pools.iter().map(|pool| self.live_members(pool)).collect();
        let counts: Vec<u64> = live.iter().map(|members| members.len() as u64).collect();
        for reclaim in reclaims.step(&counts, 60) {
            let member = live[reclaim.pool][index(reclaim.instance)];
            self.give_notice(vec![member], pools[reclaim.pool][0]);
        }
        self.reclaims = Some((reclaims, pools));
    }

    pub(super) fn pool_of(&self, host: HostId) -> Vec<HostId> {
        let pools = spot_pools(self.world, self.places);
        pools
            .into_iter()
            .find(|pool| pool.contains(&host))
            .unwrap_or_default()
    }

    /// Instances of the hosts that no notice has reached yet, as positions of group and member.
    pub(super) fn live_members(&self, pool: &[HostId]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (position, group) in self.groups.iter().enumerate() {
            for (at, member) in group.members.iter().enumerate() {
                if pool.contains(&member.host) && member.reclaimed_at.is_none() {
                    found.push((position, at));
                }
            }
        }
        found
    }

    pub(super) fn give_notice(&mut self, members: Vec<(usize, usize)>, host: HostId) {
        let (kind, zone) = (self.places.type_of[host], self.places.zone_of[host]);
        let mut count = 0;
        for (group, at) in members {
            let member = &mut self.groups[group].members[at];
            if member.reclaimed_at.is_some() {
                continue;
            }
            member.reclaimed_at = Some(self.minute + NOTICE_MINUTES);
            count += 1;
            if let Some(id) = member.id {
                self.close(id);
            }
        }
        let note = EventKind::SpotNotice;
        self.recorder
            .note(note, count, |event| event.of_type(kind).in_zone(zone));
    }
}

/// Spot hosts by pool: instance type and zone.
pub(super) fn spot_pools(world: &World, places: &Places) -> Vec<Vec<HostId>> {
    let mut pools: BTreeMap<(usize, usize), Vec<HostId>> = BTreeMap::new();
    for (host, of) in world.hosts.iter().enumerate() {
        if of.host.purchase_option.may_be_reclaimed() {
            let pool = (places.type_of[host], places.zone_of[host]);
            pools.entry(pool).or_default().push(host);
        }
    }
    pools.into_values().collect()
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("a position in memory")
}
