//! Words of ECS with those of Kubernetes, and where a word begins and ends.

/// Words of ECS with those of Kubernetes, in the case of sentences.
const WORDS: [(&str, &str); 44] = [
    // Nothing of Kubernetes is planned on Fargate.
    (
        "One zone a row; Fargate tasks are spread by AWS",
        "One zone a row",
    ),
    (
        "One instance type a row, Fargate as one",
        "One instance type a row",
    ),
    (
        "identical instances, or tasks of one service on Fargate",
        "identical nodes",
    ),
    (
        "an Auto Scaling group that declares",
        "nodes of a pool that all have",
    ),
    // What the catalogue says of images is of ECS's; which types that leaves out holds all the same.
    (
        "no current ECS-optimised image",
        "an early type, or one of ARM64 with GPUs",
    ),
    ("under `attributes`", "among their labels"),
    ("placementConstraints", "rules of its pods"),
    ("memberOf", "labels and taints"),
    ("attribute", "label"),
    ("Auto Scaling group", "node pool"),
    ("ECS's own scheduler", "the scheduler of Kubernetes"),
    ("as it registers with ECS", "with what it offers to pods"),
    ("registered memory", "memory that a node's system sees"),
    ("containerInstances", "nodes of the file"),
    ("Auto Scaling groups", "node pools"),
    ("ECS services", "workloads"),
    ("ECS service", "workload"),
    ("container instances", "nodes"),
    ("container instance", "node"),
    ("capacity providers", "node pools"),
    ("capacity provider", "node pool"),
    ("Capacity providers", "Node pools"),
    ("Capacity provider", "Node pool"),
    ("network interfaces", "pods"),
    ("network interface", "pod"),
    ("CPU units", "thousandths of a vCPU"),
    ("CPU unit", "thousandth of a vCPU"),
    ("Instances", "Nodes"),
    ("instances", "nodes"),
    ("Instance", "Node"),
    ("instance", "node"),
    ("Tasks", "Pods"),
    ("tasks", "pods"),
    ("Task", "Pod"),
    ("task", "pod"),
    ("Services", "Workloads"),
    ("services", "workloads"),
    ("Service", "Workload"),
    ("service", "workload"),
    ("Providers", "Node pools"),
    ("providers", "node pools"),
    ("Provider", "Node pool"),
    ("provider", "node pool"),
    ("ENIs", "pods"),
];

/// What does not change: words of AWS for what it sells.
const KEPT: [&str; 7] = [
    "AWS service",
    "Provider name",
    "instance type",
    "Instance type",
    "instance types",
    "Instance types",
    "Spot Instance Advisor",
];

/// Headings of numbers, which end where their column does.
pub(super) const OF_NUMBERS: [&str; 2] = ["Instances", "Tasks"];

/// Headings that are more than their words.
const HEADINGS: [(&str, &str); 8] = [
    ("ECS service", "Workload"),
    ("Auto Scaling groups", "Node pools"),
    ("CPU units registered", "Millicores allocatable"),
    ("CPU units used", "Millicores requested"),
    ("CPU units reserved", "Millicores reserved"),
    ("CPU units a task", "Millicores a pod"),
    ("MiB registered", "MiB allocatable"),
    ("MiB used", "MiB requested"),
];

/// How much of a text is the phrase; a line that was broken between two of its words is a space too.
pub(super) fn matched(rest: &str, phrase: &str) -> Option<usize> {
    let mut left = rest;
    for (at, part) in phrase.split(' ').enumerate() {
        if at > 0 {
            let line = left.strip_prefix('\n').map(|it| it.trim_start_matches(' '));
            left = line.or_else(|| left.strip_prefix(' '))?;
        }
        left = left.strip_prefix(part)?;
    }
    // A full stop ends a sentence; within a name something follows it.
    let mut after = left.chars();
    let ends = match after.next() {
        Some('.') => after.next().is_none_or(char::is_whitespace),
        next => !next.is_some_and(is_of_word),
    };
    ends.then_some(rest.len() - left.len())
}

/// Whether a cell of a table, or an element of a page, begins here.
pub(super) fn begins_cell(read: &str) -> bool {
    read.is_empty() || ["\n", "  ", "| "].iter().any(|end| read.ends_with(end))
}

/// Whether it ends here.
pub(super) fn ends_cell(rest: &str) -> bool {
    rest.is_empty()
        || ["\n", "  ", " |"]
            .iter()
            .any(|start| rest.starts_with(start))
}

/// The word that begins here, by its length, and what is written for it.
pub(super) fn word(read: &str, rest: &str) -> Option<(usize, &'static str)> {
    if read.chars().next_back().is_some_and(is_of_word) {
        return None;
    }
    if !rest.starts_with(char::is_alphabetic) {
        return None;
    }
    // Before a bracket stands a place of the document, whose keys stay.
    let there = |word: &str| matched(rest, word).filter(|&len| !rest[len..].starts_with('['));
    if begins_cell(read) {
        let heading = HEADINGS.iter().find_map(|(own, other)| {
            let len = there(own).filter(|&len| ends_cell(&rest[len..]))?;
            Some((len, *other))
        });
        if heading.is_some() {
            return heading;
        }
    }
    if let Some(kept) = KEPT.iter().rev().find_map(|word| there(word)) {
        return Some((kept, ""));
    }
    WORDS
        .iter()
        .find_map(|(own, other)| Some((there(own)?, *other)))
}

/// Whether a character may stand in a name beside a word.
pub(super) fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/' | '.' | '@' | '=')
}
