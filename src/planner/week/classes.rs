//! Hours of the week in which every service runs the same number of tasks.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
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

/// Classes that lie together for the relaxation: at most `most` sets, of classes whose numbers of tasks follow each other.
/// What holds of the least numbers of a set holds of each of its hours.
pub(super) fn in_sets(classes: &[Class], most: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&class| (classes[class].tasks(), class));
    let each = order.len().div_ceil(most.max(1)).max(1);
    order.chunks(each).map(<[usize]>::to_vec).collect()
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
        assert_eq!(in_sets(&classes, 1), [[0, 1]]);
        assert_eq!(in_sets(&classes, 5), [[0], [1]]);
    }
}
