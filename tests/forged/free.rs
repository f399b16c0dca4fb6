//! Fields that may change freely, each with the reason why the check cannot tell.

/// Fields without their indices, and why a plan with another value passes.
pub const FIELDS: &[(&str, &str)] = &[
    (
        "capacityProviders[].certificate.tasksPerInstance.api",
        "another pattern may hold every order of arrival as well",
    ),
    (
        "capacityProviders[].maxSize",
        "how far a rollout needs a group to grow is found by replays; twice its size is the end",
    ),
    ("otherGroupCounts", SEARCHED),
    ("otherGroupCounts[]", SEARCHED),
    ("otherGroupCounts[].groups", SEARCHED),
    ("otherGroupCounts[].usdPerHour", SEARCHED),
    (
        "details",
        "plans of earlier versions have none, and then there is nothing to hold the texts against",
    ),
    (
        DETAILS,
        "a text says only what matters of its detail; what it says is held against it",
    ),
    (
        "services[].marginalUsdPerTaskHour",
        "the solver's value, which the check bounds; a plan may have none",
    ),
];

const SEARCHED: &str = "fleets of searches that are not in the plan; what they cost is bounded";
/// Any part of a detail.
pub const DETAILS: &str = "details.";

/// Why a field may change, if it may.
pub fn reason(field: &str) -> Option<&'static str> {
    (FIELDS.iter())
        .find(|(free, _)| covers(free, field))
        .map(|(_, reason)| *reason)
}

/// Whether an entry of the list is about a field.
pub fn covers(free: &str, field: &str) -> bool {
    free == field || (free == DETAILS && field.starts_with(DETAILS))
}
