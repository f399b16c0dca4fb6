//! Fields that may change freely, each with the reason why the check cannot tell.

/// Fields without their indices, and why a plan with another value passes; one that ends with a point stands for every key there.
pub const FIELDS: &[(&str, &str)] = &[
    (
        "capacityProviders[].certificate.tasksPerInstance.",
        "another pattern may hold every order of arrival as well",
    ),
    (
        "capacityProviders[].maxSize",
        "how far a rollout needs a group to grow is found by replays; twice its size is the end",
    ),
    (
        "capacityProviders[].minSize",
        "what a group without a certificate, or with a schedule, needs at the least is bounded and not derived",
    ),
    ("otherGroupCounts", SEARCHED),
    ("otherGroupCounts[]", SEARCHED),
    ("otherGroupCounts[].groups", SEARCHED),
    ("otherGroupCounts[].usdPerHour", SEARCHED),
    (
        "services[].marginalUsdPerTaskHour",
        "the solver's value, which the check bounds; a plan may have none",
    ),
    ("moves.restarts", REHEARSED),
    (
        "moves.boundRestarts",
        "another proof's bound, or none, which says less; it is no higher than the restarts",
    ),
    ("moves.frontier", ASKED),
    ("moves.frontier[]", ASKED),
    ("moves.frontier[].restarts", SEARCHED),
    ("moves.frontier[].usdPerHour", SEARCHED),
    ("moves.frontier[].boundUsdPerHour", SEARCHED),
    ("moves.waves", ASKED),
    ("moves.waves[]", ASKED),
    ("moves.waves[].restarts", REHEARSED),
    ("details.notes[].tried.instances", TRIED),
    ("details.notes[].tried.usdPerHour", TRIED),
];

const SEARCHED: &str = "fleets of searches that are not in the plan; what they cost is bounded";
const REHEARSED: &str =
    "the way to the fleet is rehearsed by the replica, and again by `apply` before its first step";
const ASKED: &str = "a plan has it only where it was asked for or rehearsed";
const TRIED: &str =
    "the packing with trunks is not in the plan: within V54's limits its cost is believed";

/// Why a field may change, if it may.
pub fn reason(field: &str) -> Option<&'static str> {
    (FIELDS.iter())
        .find(|(free, _)| covers(free, field))
        .map(|(_, reason)| *reason)
}

/// Whether an entry of the list is about a field.
pub fn covers(free: &str, field: &str) -> bool {
    free == field || (free.ends_with('.') && field.starts_with(free))
}
