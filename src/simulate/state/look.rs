//! What can be asked of the cluster.

use super::{InstanceId, State, count};
use crate::simulate::sorted_blocks::covers;
use crate::simulate::strategy::Key;
use crate::simulate::workload::{Room, TaskClass};
use crate::simulate::world::{CellId, HostId, World};

use super::Instance;

impl<'w> State<'w> {
    /// Whether a task of the service can run on the instance: room, volumes, ports, `distinctInstance` and
    /// `task:group`. Attributes, architecture and launch type are the cell's.
    #[must_use]
    pub fn can_run(&self, class: &TaskClass, id: InstanceId) -> bool {
        let instance = &self.instances[id as usize];
        instance.open && covers(instance.room, class.need) && self.agrees(class, instance)
    }

    /// The same without the countable resources.
    pub(in crate::simulate) fn agrees_beside_room(
        &self,
        class: &TaskClass,
        id: InstanceId,
    ) -> bool {
        self.agrees(class, &self.instances[id as usize])
    }

    fn agrees(&self, class: &TaskClass, instance: &Instance) -> bool {
        let count = |group: u32| count(&instance.groups, group);
        (class.volumes == 0 || self.volumes_fit(class, instance))
            && (class.ports.is_empty()
                || (!instance.ports.iter().any(|port| class.ports.contains(port))
                    && self.world.hosts[instance.host].ports_allow(class, instance.ports.len())))
            && (!class.distinct || count(class.group) == 0)
            && (class.rules.iter()).all(|rule| {
                let found = rule.groups.iter().any(|&group| count(group) > 0);
                found == rule.together
            })
    }

    fn volumes_fit(&self, class: &TaskClass, instance: &Instance) -> bool {
        let of = &self.world.hosts[instance.host];
        let volumes = u64::from(instance.volumes) + u64::from(class.volumes);
        let interfaces = u64::from(instance.interfaces) + u64::from(class.need[2]);
        volumes <= of.volumes.into()
            && (of.with_interfaces == u32::MAX || volumes + interfaces <= of.with_interfaces.into())
    }

    /// A part of the instance's rank for a service.
    #[must_use]
    pub fn rank(&self, class: &TaskClass, key: Key, id: InstanceId) -> u32 {
        match key {
            Key::Attribute(attribute) => {
                let cell = self.world.hosts[self.instances[id as usize].host].cell;
                self.rank_of_cell(class, attribute, cell)
            }
            Key::Instance => count(&self.instances[id as usize].groups, class.group),
            Key::Packed(resource) => self.instances[id as usize].room[resource.index()],
        }
    }

    /// Tasks of the service's group over the cell's value of a spread attribute.
    pub(in crate::simulate) fn rank_of_cell(
        &self,
        class: &TaskClass,
        attribute: usize,
        cell: CellId,
    ) -> u32 {
        let value = self.world.cells[cell].values[attribute];
        self.spread[self.spread_at(class.group, attribute, value)]
    }

    pub(in crate::simulate) fn spread_at(&self, group: u32, attribute: usize, value: u32) -> usize {
        let part = self.offsets[self.offsets.len() - 1];
        group as usize * part + self.offsets[attribute] + value as usize
    }

    /// The world.
    #[must_use]
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// Tie keys of all instances that were ever there.
    pub(in crate::simulate) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Tie key of an instance.
    #[must_use]
    pub fn key(&self, id: InstanceId) -> u64 {
        self.keys[id as usize]
    }

    /// Members of a cell in key order.
    pub(in crate::simulate) fn members(&self, cell: CellId) -> &[(u64, InstanceId)] {
        &self.members[cell]
    }

    /// The instance's cell.
    #[must_use]
    pub fn cell(&self, id: InstanceId) -> CellId {
        self.world.hosts[self.instances[id as usize].host].cell
    }

    /// What the instance is.
    #[must_use]
    pub fn host(&self, id: InstanceId) -> HostId {
        self.instances[id as usize].host
    }

    /// What remains on an instance.
    #[must_use]
    pub fn room(&self, id: InstanceId) -> Room {
        self.instances[id as usize].room
    }

    /// Tasks on an instance, daemons left out.
    #[must_use]
    pub fn tasks_on(&self, id: InstanceId) -> u32 {
        self.instances[id as usize].tasks
    }

    /// Tasks of each service on an instance, daemons left out; in no order.
    #[must_use]
    pub fn classes_on(&self, id: InstanceId) -> &[(u32, u32)] {
        &self.instances[id as usize].classes
    }

    /// Whether the instance takes new tasks.
    #[must_use]
    pub fn is_open(&self, id: InstanceId) -> bool {
        self.instances[id as usize].open
    }

    /// Instances that are there, by id.
    pub fn present(&self) -> impl Iterator<Item = InstanceId> + '_ {
        (0..)
            .zip(&self.instances)
            .filter(|(_, instance)| instance.present)
            .map(|(id, _)| id)
    }

    /// Number of instances that are there.
    #[must_use]
    pub fn present_count(&self) -> u32 {
        self.present
    }

    /// Number of instances with at least one task besides daemons.
    #[must_use]
    pub fn used_count(&self) -> usize {
        (self.instances.iter())
            .filter(|instance| instance.present && instance.tasks > 0)
            .count()
    }
}
