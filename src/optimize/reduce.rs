//! Smaller problems with the same optimum.
//!
//! - Items with equal size, rule, admission and limits are one item with the sum of their demands; items of
//!   a group, and items that a bin type requires, stay as they are.
//! - Capacity beyond everything that could ever be put into a bin is clipped.
//! - A bin type is dropped when it can hold nothing, or when another type, under no limit that does not
//!   count the first as well, costs no more, has at least its capacity in every dimension, admits at
//!   least its items and requires no other.
//!
//! The reduction remembers how to translate a packing back.

use std::collections::HashMap;

use super::problem::{BinLimit, BinType, ItemType, Problem};
use super::side_rows::{BinFloor, CopyLimit, DemandGroup, SideRows};

mod dominance;
mod restore;

use dominance::{undominated, useful};

/// A reduced problem and the way back.
#[derive(Debug)]
pub struct Reduction {
    /// The reduced problem.
    pub problem: Problem,
    /// Original bin type of each reduced one.
    bins: Vec<usize>,
    /// The reduced bin type that stands for each original one, if any.
    stands_for: Vec<Option<usize>>,
    /// Original items merged into each reduced one, with their demands.
    members: Vec<Vec<(usize, u64)>>,
    /// Original limits on bins that are left, in their order.
    limits: Vec<usize>,
    /// Original copy limits that are left, in their order.
    copy_limits: Vec<usize>,
}

/// Reduces a problem.
pub fn reduce(original: &Problem) -> Reduction {
    reduce_with(original, true)
}

/// Reduces the bin types alone: every item with demand stays.
pub fn reduce_bins(original: &Problem) -> Reduction {
    reduce_with(original, false)
}

/// Merges items and drops those without demand; every bin type that can hold something stays. Quick.
pub fn reduce_items(original: &Problem) -> Reduction {
    reduce_as(original, true, false)
}

fn reduce_with(original: &Problem, merge: bool) -> Reduction {
    reduce_as(original, merge, true)
}

fn reduce_as(original: &Problem, merge: bool, dominance: bool) -> Reduction {
    let (items, members) = merge_items(original, merge);
    let mut merged_index: Vec<Option<usize>> = vec![None; original.items().len()];
    for (merged, list) in members.iter().enumerate() {
        for &(item, _) in list {
            merged_index[item] = Some(merged);
        }
    }
    let bins: Vec<BinType> = original
        .bins()
        .iter()
        .map(|bin| translate_bin(bin, &merged_index, &items))
        .collect();
    let (survivors, dominators) = if dominance {
        undominated(original, &bins, &items)
    } else {
        useful(original, &bins, &items)
    };
    let mut new_index: Vec<Option<usize>> = vec![None; bins.len()];
    for (new, &old) in survivors.iter().enumerate() {
        new_index[old] = Some(new);
    }
    let (kept_limits, limits) = (original.limits().iter().enumerate())
        .map(|(index, limit)| {
            let left = limit.bins.iter().filter_map(|&bin| new_index[bin]);
            let limit = BinLimit {
                bins: left.collect(),
                upper: limit.upper,
            };
            (index, limit)
        })
        .filter(|(_, limit)| !limit.bins.is_empty())
        .unzip();
    let kept = survivors.iter().map(|&bin| bins[bin].clone()).collect();
    let (rows, copy_limits) = translate_rows(original, &merged_index, &new_index);
    let problem = Problem::try_new(original.dimensions(), kept, items, limits)
        .and_then(|problem| problem.try_with_rows(rows))
        .expect("a reduction of a valid problem is valid");
    let stands_for = (dominators.iter())
        .map(|dominator| new_index[(*dominator)?])
        .collect();
    Reduction {
        problem,
        bins: survivors,
        stands_for,
        members,
        limits: kept_limits,
        copy_limits,
    }
}

/// The side rows over reduced items and bins, Groups keep their numbers.
fn translate_rows(
    original: &Problem,
    items: &[Option<usize>],
    bins: &[Option<usize>],
) -> (SideRows, Vec<usize>) {
    let translate = |indices: &[usize], map: &[Option<usize>]| {
        let mut translated: Vec<usize> = (indices.iter()).filter_map(|&index| map[index]).collect();
        translated.sort_unstable();
        translated.dedup();
        translated
    };
    let copy_limits = (original.copy_limits().iter())
        .map(|limit| CopyLimit {
            items: translate(&limit.items, items),
            bins: translate(&limit.bins, bins),
            upper: limit.upper,
        })
        .collect::<Vec<_>>();
    let kept: Vec<usize> = (0..copy_limits.len())
        .filter(|&row| !copy_limits[row].items.is_empty() && !copy_limits[row].bins.is_empty())
        .collect();
    let copy_limits = kept.iter().map(|&row| copy_limits[row].clone()).collect();
    let groups = (original.groups().iter())
        .map(|group| DemandGroup {
            items: translate(&group.items, items),
            ..*group
        })
        .collect();
    let floor = original.floor().map(|floor| BinFloor {
        bins: translate(&floor.bins, bins),
        lower: floor.lower,
    });
    let rows = SideRows {
        copy_limits,
        groups,
        floor,
        used: (original.used_bins().iter())
            .map(|used| BinFloor {
                bins: translate(&used.bins, bins),
                lower: used.lower,
            })
            .collect(),
    };
    (rows, kept)
}

/// What makes two items equal: size, itself where it must stay apart, the bin types that admit it and the
/// copy limits that count it.
type Signature = (Vec<u64>, Option<usize>, Vec<bool>, Vec<usize>);

fn merge_items(original: &Problem, merge: bool) -> (Vec<ItemType>, Vec<Vec<(usize, u64)>>) {
    let admission: Vec<Vec<bool>> = original
        .bins()
        .iter()
        .map(|bin| {
            let mut admitted = vec![bin.admits.is_none(); original.items().len()];
            for &item in bin.admits.iter().flatten() {
                admitted[item] = true;
            }
            admitted
        })
        .collect();
    let required: Vec<usize> = original
        .bins()
        .iter()
        .filter_map(|bin| bin.requires)
        .collect();
    let mut limits: Vec<Vec<usize>> = vec![Vec::new(); original.items().len()];
    for (row, limit) in original.copy_limits().iter().enumerate() {
        for &item in &limit.items {
            limits[item].push(row);
        }
    }
    let most = original.most_demands();
    let mut index: HashMap<Signature, usize> = HashMap::new();
    let mut items: Vec<ItemType> = Vec::new();
    let mut members: Vec<Vec<(usize, u64)>> = Vec::new();
    for (position, item) in original
        .items()
        .iter()
        .enumerate()
        .filter(|(position, _)| most[*position] > 0)
    {
        // A rule "at most m copies per bin" is about one service: two services with it stay apart.
        let apart = !merge
            || item.max_per_bin.is_some()
            || original.group_of(position).is_some()
            || required.contains(&position);
        let admitted = if apart {
            // Nothing is equal to it, whoever admits it.
            Vec::new()
        } else {
            admission.iter().map(|bin| bin[position]).collect()
        };
        let own = apart.then_some(position);
        let limited = limits[position].clone();
        let merged = *index
            .entry((item.size.clone(), own, admitted, limited))
            .or_insert_with(|| {
                items.push(ItemType {
                    demand: 0,
                    ..item.clone()
                });
                members.push(Vec::new());
                items.len() - 1
            });
        items[merged].demand += item.demand;
        members[merged].push((position, most[position]));
    }
    (items, members)
}

/// A bin over merged items, with capacity clipped to what all its items together could use.
fn translate_bin(bin: &BinType, merged_index: &[Option<usize>], items: &[ItemType]) -> BinType {
    let admits = bin.admits.as_ref().map(|list| {
        let mut merged: Vec<usize> = (list.iter())
            .filter_map(|&item| merged_index[item])
            .collect();
        merged.sort_unstable();
        merged.dedup();
        merged
    });
    let clipped = |(d, &capacity): (usize, &u64)| match &admits {
        Some(list) => clip(capacity, d, list.iter().map(|&item| &items[item])),
        None => clip(capacity, d, items.iter()),
    };
    let capacity = bin.capacity.iter().enumerate().map(clipped).collect();
    BinType {
        capacity,
        cost: bin.cost,
        admits,
        requires: (bin.requires).and_then(|item| merged_index[item]),
    }
}

/// The capacity in a dimension, or what all the items together could use of it where that is less.
fn clip<'a>(capacity: u64, dimension: usize, items: impl Iterator<Item = &'a ItemType>) -> u64 {
    let mut used = 0_u128;
    for item in items {
        // One more than the demand: a group may ask for it.
        let most = item.demand.saturating_add(1);
        let copies = most.min(item.max_per_bin.unwrap_or(u64::MAX));
        used += u128::from(item.size[dimension]) * u128::from(copies);
        if used >= u128::from(capacity) {
            return capacity;
        }
    }
    u64::try_from(used).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::pattern::{Packing, Pattern};

    fn item(size: &[u64], demand: u64) -> ItemType {
        ItemType {
            size: size.to_vec(),
            demand,
            max_per_bin: None,
        }
    }

    fn bin(capacity: &[u64], cost: i64) -> BinType {
        BinType {
            capacity: capacity.to_vec(),
            cost,
            admits: None,
            requires: None,
        }
    }

    #[test]
    fn equal_items_merge_and_come_back_apart() {
        let items = vec![item(&[2], 3), item(&[2], 4), item(&[5], 1)];
        let original = Problem::try_new(1, vec![bin(&[6], 1)], items, vec![]).expect("valid");
        let reduction = reduce(&original);
        assert_eq!(reduction.problem.items().len(), 2);
        let mut packing = Packing::default();
        packing.push(
            Pattern {
                bin: 0,
                content: vec![(0, 3)],
            },
            2,
        );
        packing.push(
            Pattern {
                bin: 0,
                content: vec![(0, 1)],
            },
            1,
        );
        packing.push(
            Pattern {
                bin: 0,
                content: vec![(1, 1)],
            },
            1,
        );
        let restored = reduction.restore(&packing);
        assert_eq!(restored.packed(&original), vec![3, 4, 1]);
        assert_eq!(restored.cost(&original), 4);
    }

    #[test]
    fn items_with_a_rule_per_bin_never_merge() {
        let mut distinct = item(&[1], 2);
        distinct.max_per_bin = Some(1);
        let original = Problem::try_new(
            1,
            vec![bin(&[6], 1)],
            vec![distinct.clone(), distinct],
            vec![],
        )
        .expect("valid");
        assert_eq!(reduce(&original).problem.items().len(), 2);
    }

    #[test]
    fn dominated_types_go_unless_the_dominator_is_limited() {
        let bins = vec![bin(&[6], 5), bin(&[8], 5), bin(&[8], 4)];
        let limit = BinLimit {
            bins: vec![2],
            upper: 1,
        };
        let original =
            Problem::try_new(1, bins, vec![item(&[3], 100)], vec![limit]).expect("valid");
        let reduction = reduce(&original);
        assert_eq!(reduction.bins, vec![1, 2]);
    }

    #[test]
    fn capacity_nobody_can_use_does_not_protect_a_dear_type() {
        let bins = vec![bin(&[6, 900], 5), bin(&[6, 100], 4)];
        let original = Problem::try_new(2, bins, vec![item(&[3, 1], 9)], vec![]).expect("valid");
        assert_eq!(reduce(&original).bins, vec![1]);
    }
}
