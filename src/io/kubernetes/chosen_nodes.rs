//! The nodes that pods choose by labels, where some labels are not those of a whole node pool.
//!
//! New nodes have what all nodes of a pool have today. A label that only some of them have, or with another value, may be on a
//! new one or not: the bound does not count a rule that asks for it. The packing obeys it where all nodes of some pool satisfy
//! the rules, and else does not look at it either, since nobody can tell which pool it is of. Labels that only nodes of one provider have
//! make the bound weaker as well, where a rule asks for their absence or a daemon for their presence.

use crate::domain::attributes::Attributes;
use crate::domain::node_labels::is_of_provider;
use crate::domain::query::Expression;
use crate::io::cursor::Log;

use super::affinity::{self, Chooser};
use super::decided;
use super::notes::Notes;
use super::selector::Unsure;
use super::taints::Untolerated;
use super::workload::{Surroundings, Workload};

/// The rules of a workload on labels of nodes: for packing and bound, and those for the packing alone.
pub(super) fn read(
    workload: &Workload<'_>,
    taints: &Untolerated,
    around: Surroundings<'_, '_>,
    notes: &mut Notes,
    log: &mut Log,
) -> (Vec<Expression>, Vec<Expression>) {
    let selector = workload.node_selector();
    let none = Unsure::new();
    let all = Chooser {
        spec: &workload.spec,
        selector: &selector,
        name: &workload.name,
        is_daemon: workload.is_daemon,
        unsure: &none,
        packing: Some(around.policy.purchase_options),
    };
    if workload.is_daemon {
        // It takes room: the packing has it where it is on all nodes of a pool, the bound nowhere.
        let rules = affinity::expressions(all, notes, log);
        tell_of_daemon(&workload.name, &rules, around.unsure, notes);
        return (rules, Vec::new());
    }
    let told = Chooser {
        unsure: around.unsure,
        packing: None,
        ..all
    };
    let everywhere = affinity::expressions(told, notes, log);
    // What is wrong in them, or not looked at, is said already.
    let in_packing = |chooser: Chooser<'_, '_>| {
        let mut rules = affinity::expressions(chooser, &mut Notes::default(), &mut Log::default());
        rules.retain(|rule| !everywhere.contains(rule));
        rules
    };
    let mut others = in_packing(all);
    if !some_pool_satisfies(&[&everywhere, &others], taints, around) {
        others = in_packing(Chooser {
            unsure: around.unsure,
            ..all
        });
    }
    (everywhere, others)
}

fn some_pool_satisfies(
    rules: &[&[Expression]],
    taints: &Untolerated,
    around: Surroundings<'_, '_>,
) -> bool {
    let taints = taints.everywhere.iter().chain(&taints.in_packing);
    let all: Vec<&Expression> = rules.iter().copied().flatten().chain(taints).collect();
    let without_pool = Attributes::default();
    let pools = around.pools.iter().map(|pool| &pool.attributes);
    (pools.chain([&without_pool])).any(|pool| decided::may_hold_in_pool(&all, pool))
}

fn tell_of_daemon(name: &str, rules: &[Expression], unsure: &Unsure, notes: &mut Notes) {
    let read = rules.iter().flat_map(Expression::attribute_names);
    for key in read.filter(|key| unsure.contains_key(*key)) {
        affinity::tell_of_unsure(key, name, notes);
    }
    let read = rules.iter().flat_map(Expression::attribute_names);
    for key in read.filter(|key| is_of_provider(key)) {
        affinity::tell_of_provider(key, name, notes);
    }
}
