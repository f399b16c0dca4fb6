//! Candidates of one service in one cell, where only tie keys order those of equal rank.
//!
//! While tasks only start, an instance that has no room for a task of the service never has room for one
//! again, so it is struck off for good; `next` is a union-find forest over positions that skips struck ones
//! (Tarjan 1975, DOI 10.1145/321879.321884). Where the rank is the number of the group's tasks on the
//! instance, the candidates are the instances of the lowest level; one that gets a task waits for a later
//! level. Each instance is visited once a level and struck once, so all searches of a replay together cost
//! near O(instances + tasks) a service. What a stopped task or a new instance invalidates is built anew.

/// The candidates; see the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor {
    /// State of the cluster, and of the service's group, that this was built for; 0 is none.
    pub built_at: (u32, u32),
    /// Tasks of the group on each candidate.
    pub level: u32,
    /// Tie keys and instances of the level, in key order.
    order: Vec<(u64, u32)>,
    /// The first position at or after each that is not struck; the last entry is the end.
    next: Vec<u32>,
    /// Instances of later levels.
    later: Vec<(u32, u64, u32)>,
}

impl Cursor {
    /// Begins anew with instances in key order, as (level, key, instance).
    pub fn rebuild(&mut self, now: (u32, u32), instances: impl Iterator<Item = (u32, u64, u32)>) {
        self.built_at = now;
        self.order.clear();
        self.next.clear();
        self.later.clear();
        self.later.extend(instances);
        self.advance();
    }

    /// Goes to the lowest later level; `false` when there is none.
    fn advance(&mut self) -> bool {
        let Some(level) = self.later.iter().map(|(level, ..)| *level).min() else {
            return false;
        };
        self.level = level;
        self.order.clear();
        let order = &mut self.order;
        self.later.retain(|&(own, key, instance)| {
            if own == level {
                order.push((key, instance));
            }
            own != level
        });
        self.order.sort_unstable();
        self.next.clear();
        let end = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        self.next.extend(0..=end);
        true
    }

    /// Of the lowest level that has a usable instance, the first usable one at or after `place`, around the
    /// end: its position, key and instance. Unusable ones on the way are struck off.
    pub fn first(
        &mut self,
        place: u64,
        mut usable: impl FnMut(u32) -> bool,
    ) -> Option<(usize, u64, u32)> {
        loop {
            let mut position = self.find(self.order.partition_point(|(key, _)| *key < place));
            if position == self.order.len() {
                position = self.find(0);
            }
            if position == self.order.len() {
                if self.advance() {
                    continue;
                }
                return None;
            }
            let (key, instance) = self.order[position];
            if usable(instance) {
                return Some((position, key, instance));
            }
            self.strike(position);
        }
    }

    /// The instance at a position got a task: it goes up one level.
    pub fn raise(&mut self, position: usize) {
        let (key, instance) = self.order[position];
        self.later.push((self.level + 1, key, instance));
        self.strike(position);
    }

    fn strike(&mut self, position: usize) {
        self.next[position] = self.next[position + 1];
    }

    /// The first position at or after this one that is not struck; paths are halved on the way.
    fn find(&mut self, mut position: usize) -> usize {
        if self.next.is_empty() {
            return 0;
        }
        while self.next[position] as usize != position {
            let parent = self.next[position] as usize;
            self.next[position] = self.next[parent];
            position = self.next[position] as usize;
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(instances: &[(u32, u64, u32)]) -> Cursor {
        let mut cursor = Cursor::default();
        cursor.rebuild((1, 0), instances.iter().copied());
        cursor
    }

    #[test]
    fn the_first_at_or_after_the_place_is_found_around_the_end() {
        let mut cursor = cursor(&[(0, 10, 1), (0, 20, 2), (0, 30, 3)]);
        let mut at = |place| cursor.first(place, |_| true).map(|(_, _, id)| id);
        assert_eq!([at(0), at(20), at(21), at(31)], [1, 2, 3, 1].map(Some));
    }

    #[test]
    fn a_level_is_used_up_before_the_next_begins() {
        let mut cursor = cursor(&[(1, 10, 1), (0, 20, 2), (3, 30, 3)]);
        let mut taken = Vec::new();
        for _ in 0..6 {
            let (position, _, id) = cursor.first(0, |_| true).expect("one");
            taken.push((cursor.level, id));
            cursor.raise(position);
        }
        assert_eq!(taken, [(0, 2), (1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]);
    }

    #[test]
    fn what_is_not_usable_is_asked_once() {
        let mut cursor = cursor(&[(0, 10, 1), (0, 20, 2), (0, 30, 3)]);
        let mut asked = 0;
        for _ in 0..3 {
            let found = cursor.first(0, |id| {
                asked += u32::from(id != 3);
                id == 3
            });
            assert_eq!(found.map(|(_, _, id)| id), Some(3));
        }
        assert_eq!(asked, 2);
        assert!(cursor.first(0, |_| false).is_none());
        assert!(cursor.first(0, |_| true).is_none());
    }
}
