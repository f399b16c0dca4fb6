//! An Auto Scaling group: how many instances it keeps, where it launches them, which it gives up.
//!
//! Documented (EC2 Auto Scaling user guide): zones are balanced by count, launches go to the zone with the
//! fewest instances and terminations to the one with the most that may lose one; the desired capacity stays
//! within minimum and maximum size; with `n` instances, base `b` and `p` % above it, `min(n, b + p(n − b)/100)`
//! are On-Demand; scale-in first keeps the ways of buying in that proportion.
//!
//! Assumed: ties between zones, and the default termination policy inside a zone, go by the seed; the
//! percentage is rounded as [`mix::Mix::rounding`] says; a launch for which no candidate exists anywhere does
//! not happen, and a zone without candidates is passed over. Which type a launch brings is [`draw`]'s.
//!
//! Not replayed: rebalancing of zones without a change of capacity, weights, warm pools, instance refresh.

pub mod draw;
pub mod mix;
#[cfg(test)]
mod tests;

use crate::domain::capacity::Capacity;

use rand::RngExt;

use self::draw::{Candidate, Market};
use self::mix::{Census, Mix};
use super::random::Random;

/// Sizes between which the desired capacity stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `MinSize`.
    pub min_size: u64,
    /// `MaxSize`.
    pub max_size: u64,
}

impl Limits {
    /// A desired capacity within them. Managed scaling never alters them.
    #[must_use]
    pub fn clamp(&self, desired: u64) -> u64 {
        desired.min(self.max_size).max(self.min_size)
    }
}

/// An instance that a group launches: the position of its candidate.
pub type Launch = usize;

/// Launches up to `count` instances: fewer when nothing can be had any more. Answers positions in
/// `candidates`, in launch order, and counts them in `census`.
///
/// `candidates` are in the order of the group's overrides (its priorities); candidates of a zone that is
/// down are left out by the caller.
pub fn launch(
    mix: &Mix,
    candidates: &[Candidate],
    census: &mut Census,
    count: u64,
    market: &Market,
    random: &mut Random,
) -> Vec<Launch> {
    let mut launches = Vec::new();
    for _ in 0..count {
        let option = mix.next_purchase(census);
        let Some(zone) = emptiest_zone(candidates, census, option, random) else {
            break;
        };
        let rule = if option.may_be_reclaimed() {
            mix.spot_draw
        } else {
            mix.on_demand_draw
        };
        let Some(chosen) = draw::draw(rule, candidates, zone, option, market) else {
            break;
        };
        census.add(zone, option);
        launches.push(chosen);
    }
    launches
}

/// The zone with the fewest instances among those that have a candidate; ties by the seed.
fn emptiest_zone(
    candidates: &[Candidate],
    census: &Census,
    option: Capacity,
    random: &mut Random,
) -> Option<usize> {
    let mut open = vec![false; census.by_zone.len()];
    for candidate in candidates.iter().filter(|c| c.purchase_option == option) {
        open[candidate.zone] = true;
    }
    let fewest = (0..open.len())
        .filter(|&zone| open[zone])
        .map(|zone| census.by_zone[zone])
        .min()?;
    let tied = (0..open.len()).filter(|&zone| open[zone] && census.by_zone[zone] == fewest);
    one_of(&tied.collect::<Vec<_>>(), random)
}

fn one_of(positions: &[usize], random: &mut Random) -> Option<usize> {
    match positions {
        [] => None,
        [only] => Some(*only),
        several => Some(several[random.random_range(0..several.len())]),
    }
}

/// An instance of a group as scale-in sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Dense zone index.
    pub zone: usize,
    /// How it was bought.
    pub purchase_option: Capacity,
    /// When it was launched, in seconds.
    pub launched_s: u64,
    /// Whether scale-in may take it: not protected, and not on its way out already.
    pub may_leave: bool,
}

/// Which instance of a zone goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TerminationPolicy {
    /// The default policy: any, by the seed (launch templates are all the same here).
    #[default]
    Default,
    /// `OldestInstance`.
    OldestInstance,
    /// `NewestInstance`.
    NewestInstance,
}

/// Chooses up to `count` members to terminate: fewer when no more may leave. Answers positions in
/// `members`, in the order of choice.
pub fn terminate(
    mix: &Mix,
    members: &[Member],
    zones: usize,
    count: u64,
    policy: TerminationPolicy,
    random: &mut Random,
) -> Vec<usize> {
    let mut census = Census::of(members, zones);
    let mut leavers = Leavers::of(members, zones, policy, random);
    let mut chosen = Vec::new();
    for _ in 0..count {
        let Some(zone) = fullest_zone(&census, &leavers, random) else {
            break;
        };
        let Some(position) = leavers.take(zone, mix.surplus(&census)) else {
            break;
        };
        census.remove(zone, members[position].purchase_option);
        chosen.push(position);
    }
    chosen
}

fn fullest_zone(census: &Census, leavers: &Leavers, random: &mut Random) -> Option<usize> {
    let zones = 0..census.by_zone.len();
    let open: Vec<usize> = zones.filter(|&zone| leavers.any(zone)).collect();
    let most = open.iter().map(|&zone| census.by_zone[zone]).max()?;
    let tied: Vec<usize> = open
        .into_iter()
        .filter(|&zone| census.by_zone[zone] == most)
        .collect();
    one_of(&tied, random)
}

/// Members that may leave, by zone and way of buying, the first to go last.
struct Leavers {
    by_zone: Vec<[Vec<usize>; 2]>,
}

impl Leavers {
    fn of(
        members: &[Member],
        zones: usize,
        policy: TerminationPolicy,
        random: &mut Random,
    ) -> Self {
        let mut order: Vec<usize> = (0..members.len())
            .filter(|&m| members[m].may_leave)
            .collect();
        match policy {
            TerminationPolicy::Default => shuffle(&mut order, random),
            TerminationPolicy::OldestInstance => {
                order.sort_by_key(|&m| std::cmp::Reverse(members[m].launched_s));
            }
            TerminationPolicy::NewestInstance => order.sort_by_key(|&m| members[m].launched_s),
        }
        let mut by_zone = vec![[Vec::new(), Vec::new()]; zones];
        for position in order {
            let member = &members[position];
            by_zone[member.zone][slot(member.purchase_option)].push(position);
        }
        Self { by_zone }
    }

    fn any(&self, zone: usize) -> bool {
        self.by_zone[zone].iter().any(|list| !list.is_empty())
    }

    /// The next of a zone, of the way of buying that has a surplus if there is one.
    fn take(&mut self, zone: usize, surplus: Capacity) -> Option<usize> {
        let first = slot(surplus);
        let lists = &mut self.by_zone[zone];
        lists[first].pop().or_else(|| lists[1 - first].pop())
    }
}

const fn slot(option: Capacity) -> usize {
    if option.may_be_reclaimed() { 1 } else { 0 }
}

/// Fisher and Yates's shuffle.
fn shuffle(positions: &mut [usize], random: &mut Random) {
    for last in (1..positions.len()).rev() {
        positions.swap(last, random.random_range(0..=last));
    }
}
