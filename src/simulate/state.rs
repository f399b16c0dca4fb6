//! Which instances there are and which tasks run on them.
//!
//! Instances have dense ids in the order in which they were added; the ids of instances that are gone are
//! not given out again. Everything a search needs is kept up to date as tasks start and stop.

mod look;

use super::cursor::Cursor;
use super::sorted_blocks::{PackKey, SortedBlocks};
use super::strategy::Key;
use super::ties::tie_key;
use super::workload::{ClassId, Room};
use super::world::{CellId, HostId, PackOrder, World};

/// Dense id of an instance.
pub type InstanceId = u32;

/// A cell's cursors, and with them whole searches by level, pay only while cells are few.
const MOST_CELLS_FOR_CURSORS: usize = 256;

/// Above so many pairs of a service and an instance, services share their candidates: a list of its own for each would be
/// memory by the gigabyte.
const MOST_OWN_CANDIDATES: u64 = 2_000_000;
/// Tasks that an instance holds at least, where it is not known yet how many there will be.
const TASKS_AN_INSTANCE: u64 = 64;

/// One instance.
#[derive(Debug, Clone, Default)]
struct Instance {
    host: HostId,
    room: Room,
    /// Whether it takes new tasks.
    open: bool,
    /// Whether it is still there.
    present: bool,
    /// Tasks on it, daemons left out.
    tasks: u32,
    volumes: u32,
    interfaces: u32,
    ports: Vec<u32>,
    /// Tasks by group, daemons among them; few entries, no order.
    groups: Vec<(u32, u32)>,
    /// Tasks by service, daemons left out; few entries, no order.
    classes: Vec<(u32, u32)>,
}

/// The cluster while it runs.
#[derive(Debug, Clone)]
pub struct State<'w> {
    world: &'w World,
    seed: u64,
    instances: Vec<Instance>,
    /// Tie key of each instance.
    keys: Vec<u64>,
    /// Members of each cell in key order.
    members: Vec<Vec<(u64, InstanceId)>>,
    /// Tasks by group, spread attribute and value, laid out in that order.
    spread: Vec<u32>,
    /// Where each attribute's values begin in a group's part of `spread`; its last entry is the part's length.
    offsets: Vec<usize>,
    /// By pack order, then cell.
    packs: Vec<Vec<SortedBlocks>>,
    /// By cell, its open instances in key order, where services share their candidates; else empty.
    shared: Vec<SortedBlocks>,
    /// By service, then its eligible cells; empty until the service is first placed.
    cursors: Vec<Vec<Cursor>>,
    /// Grows when something frees room: cursors of earlier epochs are stale.
    epoch: u32,
    /// By group, where services share one: grows when another of them starts a task than the last time, whose cursors
    /// then have wrong levels.
    turns: Vec<u32>,
    /// By group, the service that started a task last.
    last_started: Vec<ClassId>,
    /// Instances that are present.
    present: u32,
}

impl<'w> State<'w> {
    /// The world's instances without any task but daemons.
    #[must_use]
    pub fn new(world: &'w World, seed: u64) -> Self {
        Self::with_candidates(world, seed, shares_candidates(world))
    }

    /// The same, whose services share their candidates or do not: memory and time depend on it, what is found does not.
    #[must_use]
    pub fn with_candidates(world: &'w World, seed: u64, shared: bool) -> Self {
        let mut offsets = vec![0];
        for values in &world.values {
            offsets.push(offsets[offsets.len() - 1] + values);
        }
        let part = offsets[offsets.len() - 1];
        let mut state = Self {
            world,
            seed,
            instances: Vec::new(),
            keys: Vec::new(),
            members: vec![Vec::new(); world.cells.len()],
            spread: vec![0; part * world.workload.groups],
            offsets,
            packs: vec![vec![SortedBlocks::default(); world.cells.len()]; world.pack_orders.len()],
            shared: if shared {
                vec![SortedBlocks::default(); world.cells.len()]
            } else {
                Vec::new()
            },
            cursors: vec![Vec::new(); world.workload.classes.len()],
            epoch: 1,
            turns: vec![0; world.workload.groups],
            last_started: vec![usize::MAX; world.workload.groups],
            present: 0,
        };
        state.reset(seed);
        state
    }

    /// Back to the start, under another seed; what was allocated is used again.
    pub fn reset(&mut self, seed: u64) {
        self.seed = seed;
        self.epoch = self.epoch.wrapping_add(1).max(1);
        self.spread.fill(0);
        self.present = 0;
        let mut id = 0;
        for host in 0..self.world.hosts.len() {
            for _ in 0..self.world.hosts[host].count {
                self.set_up(id, host);
                id += 1;
            }
        }
        self.instances.truncate(id as usize);
        self.keys.truncate(id as usize);
        for members in &mut self.members {
            members.clear();
        }
        for (id, instance) in (0..).zip(&self.instances) {
            let cell = self.world.hosts[instance.host].cell;
            self.members[cell].push((self.keys[id as usize], id));
        }
        for members in &mut self.members {
            members.sort_unstable();
        }
        for order in 0..self.packs.len() {
            for cell in 0..self.members.len() {
                let mut blocks = std::mem::take(&mut self.packs[order][cell]);
                let key = |id| self.pack_key(self.world.pack_orders[order], id);
                let entries = (self.members[cell].iter())
                    .map(|&(_, id)| (key(id), id, self.instances[id as usize].room));
                blocks.refill(entries);
                self.packs[order][cell] = blocks;
            }
        }
        for (blocks, members) in self.shared.iter_mut().zip(&self.members) {
            let room = |id: InstanceId| self.instances[id as usize].room;
            blocks.refill((members.iter()).map(|&(key, id)| (by_key(key), id, room(id))));
        }
    }

    /// Writes a new, empty instance of a host into the place of an id.
    fn set_up(&mut self, id: InstanceId, host: HostId) {
        let place = id as usize;
        if place == self.instances.len() {
            self.instances.push(Instance::default());
            self.keys.push(0);
        }
        self.keys[place] = tie_key(self.seed, id);
        let of = &self.world.hosts[host];
        let instance = &mut self.instances[place];
        instance.host = host;
        instance.room = of.room;
        instance.open = true;
        instance.present = true;
        instance.tasks = 0;
        (instance.volumes, instance.interfaces) = (0, 0);
        instance.ports.clone_from(&of.ports);
        instance.groups.clear();
        instance.classes.clear();
        for &daemon in &of.daemons {
            let group = self.world.workload.classes[daemon].group;
            self.count_in_group(id, group, true);
        }
        for &(class, count) in &of.running {
            for _ in 0..count {
                self.occupy(class, id);
            }
        }
        self.present += 1;
    }

    /// Takes a task's room on an instance.
    fn occupy(&mut self, class: ClassId, id: InstanceId) {
        let of = &self.world.workload.classes[class];
        let instance = &mut self.instances[id as usize];
        for (left, need) in instance.room.iter_mut().zip(of.need) {
            *left -= need;
        }
        instance.volumes += of.volumes;
        instance.interfaces += of.need[2];
        instance.ports.extend(&of.ports);
        instance.tasks += 1;
        change(&mut instance.classes, narrow(class), true);
        self.count_in_group(id, of.group, true);
    }

    /// Adds an empty instance that takes tasks.
    pub fn add_instance(&mut self, host: HostId) -> InstanceId {
        let id = u32::try_from(self.instances.len()).expect("fewer than 2^32 instances");
        self.set_up(id, host);
        let cell = self.world.hosts[host].cell;
        let member = (self.keys[id as usize], id);
        let at = self.members[cell].partition_point(|other| *other < member);
        self.members[cell].insert(at, member);
        self.add_to_packs(id);
        self.epoch += 1;
        id
    }

    /// Lets an instance take no more tasks (`DRAINING`); its tasks and daemons stay.
    pub fn close(&mut self, id: InstanceId) {
        self.remove_from_packs(id);
        self.instances[id as usize].open = false;
    }

    /// Takes an instance away, closed before; the tasks that ran on it are returned by service.
    pub fn remove_instance(&mut self, id: InstanceId) -> Vec<(ClassId, u32)> {
        self.close(id);
        let host = self.instances[id as usize].host;
        let mut gone = Vec::new();
        while let Some(&(class, count)) = self.instances[id as usize].classes.last() {
            gone.push((class as usize, count));
            for _ in 0..count {
                self.stop(class as usize, id);
            }
        }
        gone.sort_unstable();
        for &daemon in &self.world.hosts[host].daemons {
            let group = self.world.workload.classes[daemon].group;
            self.count_in_group(id, group, false);
        }
        let cell = self.world.hosts[host].cell;
        let member = (self.keys[id as usize], id);
        let at = self.members[cell].partition_point(|other| *other < member);
        self.members[cell].remove(at);
        self.instances[id as usize].present = false;
        self.present -= 1;
        self.epoch += 1;
        gone
    }

    /// Starts a task of a service on an instance, which has room for it.
    pub fn start(&mut self, class: ClassId, id: InstanceId) {
        let of = &self.world.workload.classes[class];
        let group = of.group as usize;
        if of.shares_group && self.last_started[group] != class {
            self.last_started[group] = class;
            self.turns[group] += 1;
        }
        self.remove_from_packs(id);
        self.occupy(class, id);
        self.add_to_packs(id);
    }

    /// Stops a task of a service on an instance, which runs one.
    pub fn stop(&mut self, class: ClassId, id: InstanceId) {
        let of = &self.world.workload.classes[class];
        self.remove_from_packs(id);
        let instance = &mut self.instances[id as usize];
        for (left, need) in instance.room.iter_mut().zip(of.need) {
            *left += need;
        }
        instance.volumes -= of.volumes;
        instance.interfaces -= of.need[2];
        instance.ports.retain(|port| !of.ports.contains(port));
        instance.tasks -= 1;
        change(&mut instance.classes, narrow(class), false);
        self.add_to_packs(id);
        self.count_in_group(id, of.group, false);
        self.epoch += 1;
    }

    fn count_in_group(&mut self, id: InstanceId, group: u32, up: bool) {
        let instance = &mut self.instances[id as usize];
        change(&mut instance.groups, group, up);
        let cell = self.world.hosts[instance.host].cell;
        for (attribute, &value) in self.world.cells[cell].values.iter().enumerate() {
            let at = self.spread_at(group, attribute, value);
            let count = &mut self.spread[at];
            *count = if up { *count + 1 } else { *count - 1 };
        }
    }

    fn pack_key(&self, (first, second): PackOrder, id: InstanceId) -> PackKey {
        let room = self.instances[id as usize].room;
        let second = second.map_or(0, |resource| room[resource.index()]);
        (room[first.index()], second, self.keys[id as usize])
    }

    fn remove_from_packs(&mut self, id: InstanceId) {
        if !self.instances[id as usize].open {
            return;
        }
        let cell = self.cell(id);
        for order in 0..self.packs.len() {
            let key = self.pack_key(self.world.pack_orders[order], id);
            self.packs[order][cell].remove(key);
        }
        let key = self.keys[id as usize];
        if let Some(blocks) = self.shared.get_mut(cell) {
            blocks.remove(by_key(key));
        }
    }

    fn add_to_packs(&mut self, id: InstanceId) {
        if !self.instances[id as usize].open {
            return;
        }
        let cell = self.cell(id);
        let room = self.instances[id as usize].room;
        for order in 0..self.packs.len() {
            let key = self.pack_key(self.world.pack_orders[order], id);
            self.packs[order][cell].insert(key, id, room);
        }
        let key = self.keys[id as usize];
        if let Some(blocks) = self.shared.get_mut(cell) {
            blocks.insert(by_key(key), id, room);
        }
    }

    /// The cell's instances in the order of remaining resources.
    pub(super) fn pack(&self, order: PackOrder, cell: CellId) -> &SortedBlocks {
        let position = self.world.pack_orders.binary_search(&order);
        &self.packs[position.expect("an order that a service asks for")][cell]
    }

    /// Whether cursors are kept at all.
    pub(super) fn keeps_cursors(&self) -> bool {
        self.world.cells.len() <= MOST_CELLS_FOR_CURSORS
    }

    /// Whether services share their candidates, and a service's cursors stand only for cells where each instance with
    /// room has a task of its group.
    pub(super) fn shares_candidates(&self) -> bool {
        !self.shared.is_empty()
    }

    /// Of the instances that can run a task of a service, and in a search by level have none of its group, the first at
    /// or after `place`, around the end: its key and itself. Once a search by level finds none, the service's cursor of
    /// the cell takes over until something frees room.
    pub(super) fn first_shared(
        &self,
        class: ClassId,
        eligible: usize,
        by_level: bool,
        place: u64,
    ) -> Option<(u64, InstanceId)> {
        let of = &self.world.workload.classes[class];
        if by_level && self.has_current_cursor(class, eligible) {
            return None;
        }
        let blocks = self.shared.get(self.world.eligible[class][eligible])?;
        let usable = |id| {
            self.agrees_beside_room(of, id) && !(by_level && self.rank(of, Key::Instance, id) > 0)
        };
        let from = |place| blocks.first(by_key(place), of.need, usable);
        let ((.., key), instance) = from(place).or_else(|| from(0))?;
        Some((key, instance))
    }

    fn has_current_cursor(&self, class: ClassId, eligible: usize) -> bool {
        let group = self.world.workload.classes[class].group;
        let now = (self.epoch, self.turns[group as usize]);
        (self.cursors[class].get(eligible)).is_some_and(|cursor| cursor.built_at == now)
    }

    /// The cursor of a service over one of its eligible cells, up to date; given back by [`Self::put_back`].
    pub(super) fn take_cursor(
        &mut self,
        class: ClassId,
        eligible: usize,
        by_level: bool,
    ) -> Cursor {
        let cells = self.world.eligible[class].len();
        if self.cursors[class].len() != cells {
            self.cursors[class].resize_with(cells, Cursor::default);
        }
        let mut cursor = std::mem::take(&mut self.cursors[class][eligible]);
        let of = &self.world.workload.classes[class];
        let now = (self.epoch, self.turns[of.group as usize]);
        if cursor.built_at != now {
            let cell = self.world.eligible[class][eligible];
            let candidates = (self.members[cell].iter())
                .filter(|(_, id)| self.can_run(of, *id))
                .map(|&(key, id)| {
                    let level = if by_level {
                        self.rank(of, Key::Instance, id)
                    } else {
                        0
                    };
                    (level, key, id)
                });
            cursor.rebuild(now, candidates);
        }
        cursor
    }

    /// Gives a cursor back.
    pub(super) fn put_back(&mut self, class: ClassId, eligible: usize, cursor: Cursor) {
        self.cursors[class][eligible] = cursor;
    }
}

/// The order of keys alone.
const fn by_key(key: u64) -> PackKey {
    (0, 0, key)
}

/// Whether cursors of all services over all instances would be too many candidates.
fn shares_candidates(world: &World) -> bool {
    let instances = world.hosts.iter().map(|host| host.count).sum();
    let later = world.workload.tasks() / TASKS_AN_INSTANCE;
    let services = world.workload.classes.len() as u64;
    services.saturating_mul(later.max(instances)) > MOST_OWN_CANDIDATES
}

fn count(counts: &[(u32, u32)], of: u32) -> u32 {
    let found = counts.iter().find(|(id, _)| *id == of);
    found.map_or(0, |(_, count)| *count)
}

/// One more or one less; what comes to 0 is left out.
fn change(counts: &mut Vec<(u32, u32)>, of: u32, up: bool) {
    match counts.iter().position(|(id, _)| *id == of) {
        Some(at) if up => counts[at].1 += 1,
        Some(at) if counts[at].1 > 1 => counts[at].1 -= 1,
        Some(at) => {
            counts.swap_remove(at);
        }
        None => {
            debug_assert!(up, "only what is there can stop");
            counts.push((of, 1));
        }
    }
}

fn narrow(id: usize) -> u32 {
    u32::try_from(id).expect("fewer than 2^32 services")
}
