//! Hours of the week in which every service runs the same number of tasks.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::policy::CountBasis;
use crate::domain::week::HOURS_PER_WEEK;

/// Hours with the same numbers of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    /// The hours, ascending.
    pub hours: Vec<usize>,
    /// Tasks to plan for, by position of the service, headroom included.
    pub counts: Vec<u64>,
}

impl Class {
    /// How many hours.
    pub fn weight(&self) -> u64 {
        self.hours.len() as u64
    }

    /// All tasks.
    pub fn tasks(&self) -> u64 {
        self.counts.iter().copied().fold(0, u64::saturating_add)
    }
}

/// The classes, in the order of their first hours. Merging equal hours loses nothing.
pub(super) fn classes(cluster: &Cluster) -> Vec<Class> {
    let mut known: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    let mut classes: Vec<Class> = Vec::new();
    for hour in 0..HOURS_PER_WEEK {
        let counts: Vec<u64> = (cluster.services.iter())
            .map(|service| {
                let own = (cluster.week.as_ref()).and_then(|week| week.counts.get(&service.name));
                match own {
                    Some(counts) if !service.is_daemon() => {
                        cluster.policy.planned_count(counts.at(hour))
                    }
                    _ => cluster.planned_count(service),
                }
            })
            .collect();
        let next = classes.len();
        let place = *known.entry(counts.clone()).or_insert(next);
        if place == next {
            let hours = Vec::new();
            classes.push(Class { hours, counts });
        }
        classes[place].hours.push(hour);
    }
    classes
}

/// The position of each hour's class.
pub(super) fn class_of(classes: &[Class]) -> Vec<usize> {
    let mut class_of = vec![0; HOURS_PER_WEEK];
    for (position, class) in classes.iter().enumerate() {
        for &hour in &class.hours {
            class_of[hour] = position;
        }
    }
    class_of
}

/// The cluster with these planned numbers of tasks, headroom included.
pub(super) fn with_planned(cluster: &Cluster, counts: &[u64]) -> Cluster {
    let mut hour = cluster.at_peaks();
    hour.policy.headroom_percent = Decimal::ZERO;
    hour.policy.count_basis = CountBasis::Desired;
    for (service, &count) in hour.services.iter_mut().zip(counts) {
        if !service.is_daemon() {
            service.desired_count = count;
        }
    }
    hour
}

/// Classes that are packed together for the relaxation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClassSet {
    /// Their positions, ascending.
    pub classes: Vec<usize>,
    /// Least tasks of each service: what holds of them holds of every hour.
    pub least: Vec<u64>,
    /// Most tasks of each service.
    pub most: Vec<u64>,
    hours: u64,
}

impl ClassSet {
    fn with(&self, other: &Self) -> Self {
        let pick = |a: &[u64], b: &[u64], of: fn(u64, u64) -> u64| {
            a.iter().zip(b).map(|(&a, &b)| of(a, b)).collect()
        };
        let mut classes = [&self.classes[..], &other.classes].concat();
        classes.sort_unstable();
        Self {
            classes,
            least: pick(&self.least, &other.least, u64::min),
            most: pick(&self.most, &other.most, u64::max),
            hours: self.hours + other.hours,
        }
    }

    /// How far apart least and most are, by size and hours.
    fn width(&self, sizes: &[u64]) -> u128 {
        let wide: u128 = (self.least.iter().zip(&self.most).zip(sizes))
            .map(|((least, most), &size)| u128::from(most - least) * u128::from(size))
            .sum();
        wide.saturating_mul(self.hours.into())
    }

    /// How much wider both are together.
    fn apart(&self, other: &Self, sizes: &[u64]) -> u128 {
        let own = self.width(sizes) + other.width(sizes);
        self.with(other).width(sizes).saturating_sub(own)
    }
}

/// The classes in at most so many sets, those together whose least and largest numbers of tasks are nearest; `sizes` are of the
/// services' tasks, in any unit. The two sets that lie nearest are joined first (complete linkage).
pub(super) fn in_sets(classes: &[Class], most: usize, sizes: &[u64]) -> Vec<ClassSet> {
    let mut sets: Vec<ClassSet> = (classes.iter().enumerate())
        .map(|(position, class)| ClassSet {
            classes: vec![position],
            least: class.counts.clone(),
            most: class.counts.clone(),
            hours: class.weight(),
        })
        .collect();
    let mut apart: Vec<Vec<u128>> = (0..sets.len())
        .map(|a| (0..a).map(|b| sets[a].apart(&sets[b], sizes)).collect())
        .collect();
    while sets.len() > most.max(1) {
        let nearest = (apart.iter().enumerate())
            .flat_map(|(a, row)| row.iter().enumerate().map(move |(b, &apart)| (apart, b, a)))
            .min();
        let Some((_, b, a)) = nearest else { break };
        let gone = sets.remove(a);
        sets[b] = sets[b].with(&gone);
        apart.remove(a);
        for row in &mut apart[a..] {
            row.remove(a);
        }
        for other in 0..sets.len() {
            if other != b {
                let (row, column) = (other.max(b), other.min(b));
                apart[row][column] = sets[row].apart(&sets[column], sizes);
            }
        }
    }
    sets.sort_by_key(|set| (set.most.iter().sum::<u64>(), set.classes[0]));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};

    #[test]
    fn equal_hours_are_one_class_and_headroom_is_in_the_counts() {
        let mut day = [2_u64; 24];
        day[8..20].fill(6);
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{"headroomPercent": 50}}, "services": [
                {{"serviceName": "a", "desiredCount": 4, "cpu": 256, "memory": 512, "profile": {day:?}}},
                {{"serviceName": "b", "desiredCount": 4, "cpu": 256, "memory": 512}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let classes = classes(&imported.expect("a cluster").cluster);
        let counts: Vec<&[u64]> = classes.iter().map(|class| &class.counts[..]).collect();
        assert_eq!(counts, [[3, 6], [9, 6]]);
        assert_eq!((classes[0].weight(), classes[1].weight()), (84, 84));
        let of = |most: usize| -> Vec<Vec<usize>> {
            let sets = in_sets(&classes, most, &[1, 1]);
            sets.into_iter().map(|set| set.classes).collect()
        };
        assert_eq!(of(1), [vec![0, 1]]);
        assert_eq!(of(5), [vec![0], vec![1]]);
    }

    #[test]
    fn hours_with_like_tasks_lie_together_and_not_those_with_as_many() {
        let class = |hour: usize, counts: [u64; 2]| Class {
            hours: vec![hour],
            counts: counts.to_vec(),
        };
        // By night a batch, by day a shop: as many tasks, and nothing in common.
        let classes = [
            class(0, [10, 0]),
            class(1, [0, 10]),
            class(2, [11, 0]),
            class(3, [0, 11]),
        ];
        let sets = in_sets(&classes, 2, &[100, 100]);
        let found: Vec<&[usize]> = sets.iter().map(|set| &set.classes[..]).collect();
        assert_eq!(found, [[0, 2], [1, 3]]);
        assert_eq!(
            (&sets[0].least[..], &sets[0].most[..]),
            (&[10, 0][..], &[11, 0][..])
        );
    }
}
