//! Names of pattern groups: by role, so that a group keeps its name when a later plan changes its type or its size.
//!
//! `bayplan-ROLE-LETTER` on On-Demand instances and `bayplan-ROLE-spot-LETTER` on Spot ones; the role is that of the
//! type's family, and what a plan says of a group's type, zones and price stands beside its name and not in it. Letters
//! go by size, the largest first, then by the tasks that the group is for. A group whose instances have attributes of a
//! group of today carries that group's name as well, since tasks ask for it.
//!
//! Before letters are given out a group takes the name of one of today's where it is cheaper to change that than to put
//! another beside it ([`of_today`]); no other takes the name of a group that the file shows.

mod of_today;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::formulate::model::PlanningInput;
use crate::realise::groups::DesignedGroup;

/// What a family of instance types is for, as EC2 sorts its families.
fn role(instance_type: &str) -> &'static str {
    let family: String = (instance_type.chars())
        .take_while(char::is_ascii_alphabetic)
        .collect();
    match family.as_str() {
        "c" | "hpc" => "compute",
        "r" | "x" | "z" | "u" => "memory",
        "d" | "h" | "i" | "im" | "is" => "storage",
        "g" | "gr" | "p" => "gpu",
        "dl" | "f" | "inf" | "trn" | "vt" => "accelerated",
        _ => "general",
    }
}

/// One name for each group, none of them taken.
pub(super) fn names(
    input: PlanningInput<'_>,
    groups: &[DesignedGroup],
    taken: &BTreeSet<&str>,
) -> Vec<String> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| {
        let of = &groups[group];
        (Reverse(of.instances()), &of.tasks, group)
    });
    let bases: Vec<String> = groups.iter().map(|group| base(input, group)).collect();
    let mut names = of_today::names(input, (groups, &bases), &order, taken);
    let mut given: BTreeSet<String> = names.iter().cloned().collect();
    let shown = of_today::shown(&input.cluster.deployed);
    given.extend(shown.map(|today| today.name.to_owned()));
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for group in order {
        if !names[group].is_empty() {
            continue;
        }
        let base = &bases[group];
        let number = known.entry(base).or_default();
        names[group] = loop {
            let name = format!("{base}-{}", letters(*number));
            *number += 1;
            if !taken.contains(name.as_str()) && given.insert(name.clone()) {
                break name;
            }
        };
    }
    names
}

/// a, b, …, z, aa, ab, …
fn letters(mut number: usize) -> String {
    let mut reversed = Vec::new();
    loop {
        let letter = u8::try_from(number % 26).expect("below 26");
        reversed.push(char::from(b'a' + letter));
        if number < 26 {
            return reversed.iter().rev().collect();
        }
        number = number / 26 - 1;
    }
}

fn base(input: PlanningInput<'_>, group: &DesignedGroup) -> String {
    let first = &input.offerings.usable[group.offerings[0]];
    let role = role(&first.instance_type);
    let mut name = format!("bayplan-{role}");
    if first.purchase_option.may_be_reclaimed() {
        name.push_str("-spot");
    }
    if let Some(of) = &first.group {
        name = format!("{name}-{of}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_the_role_that_ec2_sorts_them_under() {
        let roles = [
            ("m7i.large", "general"),
            ("t4g.small", "general"),
            ("mac2.metal", "general"),
            ("c7gd.xlarge", "compute"),
            ("r5a.2xlarge", "memory"),
            ("x2idn.16xlarge", "memory"),
            ("u-6tb1.metal", "memory"),
            ("i4i.large", "storage"),
            ("im4gn.large", "storage"),
            ("g4dn.2xlarge", "gpu"),
            ("inf2.xlarge", "accelerated"),
        ];
        for (instance_type, expected) in roles {
            assert_eq!(role(instance_type), expected, "{instance_type}");
        }
    }

    #[test]
    fn letters_never_repeat() {
        let some: Vec<String> = [0, 1, 25, 26, 27, 51, 52, 701, 702]
            .into_iter()
            .map(letters)
            .collect();
        assert_eq!(some, ["a", "b", "z", "aa", "ab", "az", "ba", "zz", "aaa"]);
    }
}
