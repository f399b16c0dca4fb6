//! What the reader passes over, gathered: one finding a sentence, with the workloads that it is about.

use std::collections::BTreeMap;

use crate::io::codes;
use crate::io::cursor::{Cursor, Log};

/// Most names that a finding lists.
const MOST_NAMES: usize = 5;

/// Notes by code, sentence and remedy.
#[derive(Debug, Default)]
pub(super) struct Notes {
    by_sentence: BTreeMap<(&'static str, String), Vec<String>>,
}

impl Notes {
    /// Something is not planned: its pods are missing in every cost.
    pub(super) fn left_out(&mut self, name: &str, why: &str) {
        self.add(codes::LEFT_OUT_OF_KUBERNETES, name, why);
    }

    /// A rule is not looked at: the bound is weaker, and the packing may break the rule.
    pub(super) fn not_modelled(&mut self, name: &str, what: &str) {
        self.add(codes::RULE_NOT_MODELLED, name, what);
    }

    /// Amounts are those of the running pods, and not those of their template.
    pub(super) fn as_running(&mut self, name: &str, they_differ: bool) {
        let what = if they_differ {
            "running pods ask for other amounts than their template, and than each other, of which the packing counts the most and the bound the least"
        } else {
            "running pods ask for other amounts than their template"
        };
        self.add(codes::TAKEN_FROM_WHAT_RUNS, name, what);
    }

    /// A node does not say how it was bought.
    pub(super) fn as_on_demand(&mut self, name: &str) {
        let what = "nodes without a label of their capacity type";
        self.add(codes::CAPACITY_TYPE_ASSUMED, name, what);
    }

    /// A node is to be kept and takes no new pod.
    pub(super) fn takes_no_pods(&mut self, name: &str) {
        let what = "nodes that are cordoned or not ready take no pods, and are no room here though `keepInstances` is all";
        self.add(codes::NO_ROOM_ON_INSTANCE, name, what);
    }

    /// A wish of the scheduler, which binds nobody.
    pub(super) fn preferred(&mut self, name: &str, rules: usize) {
        for _ in 0..rules {
            self.add(codes::PREFERRED_RULE, name, "");
        }
    }

    /// Whether a rule that is not looked at may keep a pod of it from a node. Every node has room for files.
    pub(super) fn may_keep_from_nodes(&self, name: &str) -> bool {
        (self.by_sentence.iter())
            .filter(|((code, sentence), _)| {
                *code == codes::RULE_NOT_MODELLED && sentence != "room for ephemeral-storage"
            })
            .any(|(_, names)| names.iter().any(|it| it == name))
    }

    fn add(&mut self, code: &'static str, name: &str, sentence: &str) {
        let names = self
            .by_sentence
            .entry((code, sentence.to_owned()))
            .or_default();
        names.push(name.to_owned());
    }

    /// Writes them down.
    pub(super) fn report(self, root: &Cursor<'_>, log: &mut Log) {
        for ((code, sentence), names) in self.by_sentence {
            let all = names.len();
            let mut distinct = names;
            distinct.dedup();
            let shown = listed(&distinct);
            let (cause, remedy) = if code == codes::PREFERRED_RULE {
                let rules = if all == 1 { "rule is" } else { "rules are" };
                (
                    format!("{all} preferred {rules} not looked at, of {shown}"),
                    "nothing: a preference binds no scheduler, and no bound rests on one",
                )
            } else if code == codes::TAKEN_FROM_WHAT_RUNS {
                (
                    format!("{sentence}: planned as they run are {shown}"),
                    "nothing, or leave the pods out of the file to plan their templates",
                )
            } else if code == codes::CAPACITY_TYPE_ASSUMED {
                (
                    format!("{sentence}: today's cost has them at On-Demand prices: {shown}"),
                    "give Spot nodes the label `karpenter.sh/capacity-type: spot`, or read today's cost as the most that it can be",
                )
            } else if code == codes::NO_ROOM_ON_INSTANCE {
                (
                    format!("{sentence}: {shown}"),
                    "read the plan as one without them: today's cost counts them, its own cost does not",
                )
            } else if code == codes::RULE_NOT_MODELLED {
                (
                    format!("{sentence}: not looked at for {shown}"),
                    "read the bound as weaker than it could be; the ideal packing may break the rule",
                )
            } else {
                (
                    format!("{sentence}: left out are {shown}"),
                    "read costs and bound as those of all the others",
                )
            };
            root.warning(log, code, cause, remedy);
        }
    }
}

/// A few names and the number of others.
fn listed(names: &[String]) -> String {
    let first: Vec<String> = (names.iter().take(MOST_NAMES))
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
