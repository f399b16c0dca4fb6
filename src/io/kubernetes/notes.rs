//! What the reader passes over, gathered: one finding a sentence, with the workloads that it is about.
//!
//! Findings are for whoever reads the file. What bears on a plan's figures is handed on to the plan as well
//! ([`Warning`]), so that a plan which is read days later still says it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::plan::Warning;
use crate::domain::text::{first_names, visible};
use crate::io::codes;
use crate::io::cursor::{Cursor, Log};

/// Whether today's cost is for the same pods as the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Today {
    /// The nodes of today that are counted do not carry what is left out.
    IsTheSame,
    /// They may carry it, or are left out while pods on them are planned.
    Differs,
}

/// What is said, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    TakesNoPods,
    LeftOut(Today),
    NotModelled,
    MayBeTooHigh,
    Preferred,
    AsRunning { differ: bool },
    AsOnDemand { reserved: bool },
}

/// Names by what is said of them; a preferred rule is said once for each rule.
#[derive(Debug, Default)]
pub(super) struct Notes {
    by_sentence: BTreeMap<(Kind, String), Vec<String>>,
}

impl Notes {
    /// Something is not planned: its pods are missing in every cost.
    pub(super) fn left_out(&mut self, name: &str, why: &str, today: Today) {
        self.add(Kind::LeftOut(today), name, why);
    }

    /// A rule is not looked at: the bound is weaker, and the packing may break the rule.
    pub(super) fn not_modelled(&mut self, name: &str, what: &str) {
        self.add(Kind::NotModelled, name, what);
    }

    /// New nodes may have more room than is planned: the bound may be too high.
    pub(super) fn bound_may_be_too_high(&mut self, name: &str, what: &str) {
        self.add(Kind::MayBeTooHigh, name, what);
    }

    /// Amounts are those of the running pods, and not those of their template.
    pub(super) fn as_running(&mut self, name: &str, differ: bool) {
        self.add(Kind::AsRunning { differ }, name, "");
    }

    /// A node does not say how it was bought, or fills a capacity reservation.
    pub(super) fn as_on_demand(&mut self, name: &str, reserved: bool) {
        self.add(Kind::AsOnDemand { reserved }, name, "");
    }

    /// A node is to be kept and takes no new pod.
    pub(super) fn takes_no_pods(&mut self, name: &str) {
        self.add(Kind::TakesNoPods, name, "");
    }

    /// A wish of the scheduler, which binds nobody.
    pub(super) fn preferred(&mut self, name: &str, rules: usize) {
        for _ in 0..rules {
            self.add(Kind::Preferred, name, "");
        }
    }

    /// Whether a rule that is not looked at may keep a pod of it from a node. Every node has room for files.
    pub(super) fn may_keep_from_nodes(&self, name: &str) -> bool {
        (self.by_sentence.iter())
            .filter(|((kind, sentence), _)| {
                *kind == Kind::NotModelled && sentence != "room for ephemeral-storage"
            })
            .any(|(_, names)| names.iter().any(|it| it == name))
    }

    fn add(&mut self, kind: Kind, name: &str, sentence: &str) {
        let key = (kind, visible(sentence));
        self.by_sentence.entry(key).or_default().push(visible(name));
    }

    /// Writes them down, and gives what plans have to say; whether today has a cost that may differ is known by then.
    pub(super) fn report(self, has_today: bool, root: &Cursor<'_>, log: &mut Log) -> Vec<Warning> {
        let mut of_plans = Vec::new();
        for ((kind, sentence), all) in self.by_sentence {
            let rules = all.len() as u64;
            let names = distinct(all);
            let (code, cause, remedy) = finding(kind, &sentence, &listed(&names), rules);
            root.warning(log, code, cause, remedy);
            of_plans.extend(of_plan((kind, has_today), sentence, names, rules));
        }
        of_plans
    }
}

/// Code, cause and remedy.
fn finding(
    kind: Kind,
    sentence: &str,
    shown: &str,
    rules: u64,
) -> (&'static str, String, &'static str) {
    match kind {
        Kind::TakesNoPods => (
            codes::NO_ROOM_ON_INSTANCE,
            format!(
                "nodes that are cordoned or not ready take no pods, and are no room here though `keepInstances` is all: {shown}"
            ),
            "read the plan as one without them: today's cost counts them, its own cost does not",
        ),
        Kind::LeftOut(_) => (
            codes::LEFT_OUT_OF_KUBERNETES,
            format!("{sentence}: left out are {shown}"),
            "read costs and bound as those of all the others",
        ),
        Kind::NotModelled => (
            codes::RULE_NOT_MODELLED,
            format!("{sentence}: not looked at for {shown}"),
            "read the bound as weaker than it could be; the ideal packing may break the rule",
        ),
        Kind::MayBeTooHigh => (
            codes::RULE_NOT_MODELLED,
            format!("{sentence}: said by {shown}"),
            "state how new nodes are set up in the policy (`maxPods`, `prefixDelegation`), or read the bound as one that may be too high",
        ),
        Kind::Preferred => {
            let are = if rules == 1 { "rule is" } else { "rules are" };
            (
                codes::PREFERRED_RULE,
                format!("{rules} preferred {are} not looked at, of {shown}"),
                "nothing: a preference binds no scheduler, and no bound rests on one",
            )
        }
        Kind::AsRunning { differ } => {
            let each = if differ {
                ", and than each other, of which the packing counts the most and the bound the least"
            } else {
                ""
            };
            (
                codes::TAKEN_FROM_WHAT_RUNS,
                format!(
                    "running pods ask for other amounts than their template{each}: planned as they run are {shown}"
                ),
                "nothing, or leave the pods out of the file to plan their templates",
            )
        }
        Kind::AsOnDemand { reserved: true } => (
            codes::CAPACITY_TYPE_ASSUMED,
            format!(
                "nodes of capacity reservations (`karpenter.sh/capacity-type: reserved`): today's cost has them at On-Demand prices: {shown}"
            ),
            "nothing where they are On-Demand Capacity Reservations, which cost that; Capacity Blocks have prices of their own, which `--today-usd-per-month` can state",
        ),
        Kind::AsOnDemand { reserved: false } => (
            codes::CAPACITY_TYPE_ASSUMED,
            format!(
                "nodes without a label of their capacity type: today's cost has them at On-Demand prices: {shown}"
            ),
            "give Spot nodes the label `karpenter.sh/capacity-type: spot`, or read today's cost as the most that it can be",
        ),
    }
}

/// What a plan says of it; of nodes that take no pods it says how many there are by itself.
fn of_plan(
    (kind, has_today): (Kind, bool),
    what: String,
    names: Vec<String>,
    rules: u64,
) -> Option<Warning> {
    match kind {
        Kind::TakesNoPods => None,
        Kind::LeftOut(today) => Some(Warning::LeftOut {
            what,
            names,
            today_differs: has_today && today == Today::Differs,
        }),
        Kind::NotModelled => Some(Warning::RuleNotModelled {
            what,
            names,
            bound_may_be_too_high: false,
        }),
        Kind::MayBeTooHigh => Some(Warning::RuleNotModelled {
            what,
            names,
            bound_may_be_too_high: true,
        }),
        Kind::Preferred => Some(Warning::PreferredRules { rules, names }),
        Kind::AsRunning { differ } => Some(Warning::TakenFromWhatRuns { names, differ }),
        Kind::AsOnDemand { reserved } => Some(Warning::CapacityTypeAssumed { names, reserved }),
    }
}

/// Each once, in their order.
fn distinct(mut names: Vec<String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

/// A few names and the number of others.
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    first_names(&quoted)
}
