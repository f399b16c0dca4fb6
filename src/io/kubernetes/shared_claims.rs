//! Claims that several pods name, by how many of these may use them: of a `ReadWriteOncePod` one runs and the others stay pending; a
//! `ReadWriteOnce` volume of EBS is attached to one node at a time.
//!
//! The first are held at one pod. Which workload's pod has the claim where several name it, the running pods say, or the order of the file.
//! That pods share a node is not looked at, and said. Source: Kubernetes documentation, "Persistent Volumes", "Access Modes".

use std::collections::BTreeMap;

use crate::domain::policy::Policy;
use crate::io::cursor::{Cursor, Log};

use super::notes::{Notes, Today};
use super::objects::Objects;
use super::storage;
use super::volumes::claims;
use super::workload::Workload;

const OF_ONE_POD: &str = "ReadWriteOncePod";
const OF_ONE_NODE: &str = "ReadWriteOnce";
const OF_MANY_NODES: [&str; 2] = ["ReadWriteMany", "ReadOnlyMany"];

/// Who may use a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Users {
    OnePod,
    OneNode,
}

/// Holds pods of claims that one pod may use at one, and says what is not looked at.
pub(super) fn hold(
    workloads: &mut [Workload<'_>],
    objects: &Objects<'_>,
    policy: &Policy,
    notes: &mut Notes,
) {
    let mut by_claim: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (place, workload) in workloads.iter().enumerate() {
        for claim in claims(&workload.spec) {
            let key = (workload.namespace.clone(), claim.to_owned());
            let places = by_claim.entry(key).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    for ((namespace, claim), places) in by_claim {
        let Some(claim) = objects.find("PersistentVolumeClaim", Some(&namespace), &claim) else {
            continue;
        };
        match users(&claim.at, objects) {
            Some(Users::OnePod) => hold_at_one_pod(workloads, &places, policy, notes),
            Some(Users::OneNode) => tell_of_one_node(workloads, &places, policy, notes),
            None => {}
        }
    }
}

/// `None` where several nodes may use it, or nothing is said.
fn users(claim: &Cursor<'_>, objects: &Objects<'_>) -> Option<Users> {
    let modes = claim.get("spec")?.list(&mut Log::default(), "accessModes");
    let has = |mode: &str| modes.iter().any(|it| it.node.value.as_text() == Some(mode));
    if has(OF_ONE_POD) {
        return Some(Users::OnePod);
    }
    let is_of_one_node = has(OF_ONE_NODE) && !OF_MANY_NODES.iter().any(|mode| has(mode));
    (is_of_one_node && storage::may_be_of_ebs(claim, objects)).then_some(Users::OneNode)
}

fn hold_at_one_pod(
    workloads: &mut [Workload<'_>],
    places: &[usize],
    policy: &Policy,
    notes: &mut Notes,
) {
    let count = |place: usize| workloads[place].count_at(policy.count_basis);
    let replicas = || (places.iter().copied()).filter(|&place| !workloads[place].is_daemon);
    let runs = |place: &usize| {
        let workload = &workloads[*place];
        workload.elsewhere > 0 || !workload.is_template || !workload.pods.is_empty()
    };
    let holder = replicas()
        .find(runs)
        .or_else(|| replicas().find(|&place| count(place) > 0));
    for &place in places {
        let workload = &mut workloads[place];
        if workload.is_daemon {
            let what = "a claim that one pod alone may use (ReadWriteOncePod), of a DaemonSet";
            notes.not_modelled(&workload.name, what);
            continue;
        }
        // One that runs elsewhere has it there.
        let most = u64::from(holder == Some(place) && workload.elsewhere == 0);
        let pending = (workload.count_at(policy.count_basis)).saturating_sub(most);
        workload.count = workload.count.min(most);
        workload.min_count = workload.min_count.map(|it| it.min(most));
        workload.max_count = workload.max_count.map(|it| it.min(most));
        let with_headroom = workload.planned(policy);
        workload.one_alone = true;
        let of_headroom = with_headroom - workload.planned(policy);
        if of_headroom > 0 {
            let why = format!(
                "{} of headroom, since one alone may use their claim (ReadWriteOncePod)",
                pods(of_headroom)
            );
            notes.left_out(&workload.name, &why, Today::IsTheSame);
        }
        if pending > 0 {
            let why = format!(
                "{}, pending since another pod has a claim that one alone may use (ReadWriteOncePod)",
                pods(pending)
            );
            notes.left_out(&workload.name, &why, Today::IsTheSame);
        }
    }
}

fn pods(number: u64) -> String {
    let pods = if number == 1 { "pod" } else { "pods" };
    format!("{number} {pods}")
}

fn tell_of_one_node(
    workloads: &[Workload<'_>],
    places: &[usize],
    policy: &Policy,
    notes: &mut Notes,
) {
    let pods = |&place: &usize| match &workloads[place] {
        // On two nodes or more.
        it if it.is_daemon => 2,
        it => it.planned(policy),
    };
    let all = (places.iter().map(pods)).fold(0, u64::saturating_add);
    if all < 2 {
        return;
    }
    for &place in places {
        let what = "one node for all pods that share a volume of EBS (ReadWriteOnce)";
        notes.not_modelled(&workloads[place].name, what);
    }
}
