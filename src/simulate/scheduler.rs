//! Where ECS puts the next task of a service.
//!
//! 1. Only instances that take tasks and have the CPU, memory, network interface, GPUs, volumes and static
//!    ports are left; 2. of those the ones that satisfy the constraints; 3. of those the ones with the
//!    smallest rank ([`super::strategy`]); 4. of those one by seed ([`super::ties`]).
//!
//! Source: Amazon ECS developer guide, "How Amazon ECS places tasks on container instances".
//!
//! The instances are never scanned for a task. Cells with equal counts on the leading spread attributes are
//! searched together, those with fewer tasks first; inside a cell the candidates are found by a cursor
//! (ties, and spread over instances, alone or before one attribute) or by sorted blocks (binpack, and the same where services are so many that they
//! share their candidates). Ranks that mix keys in another order,
//! `task:group` affinities and more than 256 cells are found by looking at every
//! instance of the eligible cells.

use super::providers::ProviderStrategy;
use super::state::{InstanceId, State};
use super::strategy::{Key, MAX_STRATEGIES, Tail, ZONE_INDEX};
use super::ties::Draws;
use super::workload::{ClassId, TaskClass};
use super::world::{Cell, CellId};

/// Counts on the leading spread attributes; unused places are 0.
type Lead = [u32; MAX_STRATEGIES];

/// Where a task may go, by capacity provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Within {
    /// On any instance.
    #[default]
    Anywhere,
    /// On instances of one provider, by its position among the world's.
    Provider(usize),
    /// On instances of one zone, by its dense value; of one provider or of any.
    Zone(u32, Option<usize>),
}

impl Within {
    /// Where a service's next task goes: by its strategy, which counts it, on any instance without one; `None` on Fargate.
    pub fn of_next(strategy: Option<&ProviderStrategy>, assigned: &mut [u64]) -> Option<Self> {
        let Some(strategy) = strategy else {
            return Some(Self::Anywhere);
        };
        let next = strategy.next(assigned);
        assigned[next] += 1;
        let item = strategy.items()[next];
        (!item.kind.is_fargate()).then_some(Self::Provider(item.provider))
    }

    fn holds(self, cell: &Cell) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Provider(provider) => cell.provider == Some(provider),
            Self::Zone(zone, provider) => {
                cell.values[ZONE_INDEX] == zone && (provider.is_none() || cell.provider == provider)
            }
        }
    }
}

/// The best candidate of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// Rank after the leading attributes, then the distance from the drawn place.
    rank: (u32, u32, u64),
    instance: InstanceId,
    /// Position of the cell among the service's eligible ones, and in its cursor where it comes from that.
    eligible: usize,
    position: Option<usize>,
}

/// Finds places and starts tasks; its buffers serve every search.
#[derive(Debug, Clone, Default)]
pub struct Scheduler {
    cells: Vec<(Lead, usize)>,
}

impl Scheduler {
    /// Starts one task of a service, if there is a place: the instance.
    pub fn start(
        &mut self,
        state: &mut State<'_>,
        class: ClassId,
        within: Within,
        draws: &mut Draws,
    ) -> Option<InstanceId> {
        let world = state.world();
        let of = &world.workload.classes[class];
        let place = draws.place(state.keys());
        self.order_cells(state, class, of, within);
        let by_scan =
            of.has_affinity() || of.strategy.tail == Tail::Mixed || !state.keeps_cursors();
        let mut begin = 0;
        while begin < self.cells.len() {
            let lead = self.cells[begin].0;
            let end = begin + self.cells[begin..].partition_point(|(other, _)| *other == lead);
            let best = (self.cells[begin..end].iter())
                .filter_map(|&(_, eligible)| {
                    let cell = world.eligible[class][eligible];
                    if by_scan {
                        None
                    } else {
                        best_of_cell(state, class, of, eligible, cell, place)
                    }
                })
                .min();
            if by_scan {
                let eligible = self.cells[begin..end].iter().map(|(_, eligible)| *eligible);
                let cells = eligible.map(|position| world.eligible[class][position]);
                if let Some(instance) = scan(state, of, cells, place) {
                    state.start(class, instance);
                    return Some(instance);
                }
            } else if let Some(best) = best {
                settle(state, class, of, best);
                return Some(best.instance);
            }
            begin = end;
        }
        None
    }

    /// The service's cells with their counts on the leading attributes, fewest first.
    fn order_cells(&mut self, state: &State<'_>, class: ClassId, of: &TaskClass, within: Within) {
        let world = state.world();
        self.cells.clear();
        for (position, &cell) in world.eligible[class].iter().enumerate() {
            if !within.holds(&world.cells[cell]) {
                continue;
            }
            let mut lead = [0; MAX_STRATEGIES];
            for (place, attribute) in lead.iter_mut().zip(of.strategy.lead()) {
                *place = state.rank_of_cell(of, attribute, cell);
            }
            self.cells.push((lead, position));
        }
        self.cells.sort_unstable();
    }
}

/// The best instance of a cell.
fn best_of_cell(
    state: &mut State<'_>,
    class: ClassId,
    of: &TaskClass,
    eligible: usize,
    cell: CellId,
    place: u64,
) -> Option<Candidate> {
    match of.strategy.tail {
        Tail::Packed(first, second) => {
            let mut need = [0, 0];
            need[0] = of.need[first.index()];
            need[1] = second.map_or(0, |resource| of.need[resource.index()]);
            let blocks = state.pack((first, second), cell);
            let usable = |id| state.agrees_beside_room(of, id);
            let (lowest, instance) = blocks.first((need[0], 0, 0), of.need, usable)?;
            let later = blocks.first((lowest.0, lowest.1, place), of.need, usable);
            let equal = later.filter(|(key, _)| (key.0, key.1) == (lowest.0, lowest.1));
            let (key, instance) = equal.unwrap_or((lowest, instance));
            Some(Candidate {
                rank: (key.0, key.1, key.2.wrapping_sub(place)),
                instance,
                eligible,
                position: None,
            })
        }
        tail => {
            let by_level = matches!(tail, Tail::Instance | Tail::InstanceThen(_));
            // A cell is of one value of each attribute.
            let then = match tail {
                Tail::InstanceThen(attribute) => state.rank_of_cell(of, attribute, cell),
                _ => 0,
            };
            let shared = state.first_shared(class, eligible, by_level, place);
            if let Some((key, instance)) = shared {
                return Some(Candidate {
                    rank: (0, then, key.wrapping_sub(place)),
                    instance,
                    eligible,
                    position: None,
                });
            }
            if state.shares_candidates() && !by_level {
                return None;
            }
            let mut cursor = state.take_cursor(class, eligible, by_level);
            let found = cursor.first(place, |id| state.can_run(of, id));
            let level = cursor.level;
            state.put_back(class, eligible, cursor);
            found.map(|(position, key, instance)| Candidate {
                rank: (level, then, key.wrapping_sub(place)),
                instance,
                eligible,
                position: Some(position),
            })
        }
    }
}

/// Starts the task and keeps the cursor it was found by up to date.
fn settle(state: &mut State<'_>, class: ClassId, of: &TaskClass, best: Candidate) {
    let by_level = matches!(of.strategy.tail, Tail::Instance | Tail::InstanceThen(_));
    if let Some(position) = best.position.filter(|_| by_level) {
        let mut cursor = state.take_cursor(class, best.eligible, true);
        cursor.raise(position);
        state.put_back(class, best.eligible, cursor);
    }
    state.start(class, best.instance);
}

/// The best of all instances of the cells, which are equal on the leading attributes.
fn scan(
    state: &State<'_>,
    of: &TaskClass,
    cells: impl Iterator<Item = CellId>,
    place: u64,
) -> Option<InstanceId> {
    let keys: &[Key] = &of.strategy.keys[of.strategy.leading..];
    cells
        .flat_map(|cell| state.members(cell))
        .filter(|(_, id)| state.can_run(of, *id))
        .map(|&(key, id)| {
            let mut rank = [0; MAX_STRATEGIES];
            for (part, key) in rank.iter_mut().zip(keys) {
                *part = state.rank(of, *key, id);
            }
            (rank, key.wrapping_sub(place), id)
        })
        .min()
        .map(|(.., id)| id)
}
