//! The plan document. Keys that a reader may miss are not required; further ones may come.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::io::plan_document::detail_codes;

/// The whole document.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["version", "cluster", "region", "status", "catalogue", "cost", "capacityProviders",
            "services", "instances", "fargateTasks", "unplaced", "changes", "assumptions"],
        "properties": {
            "version": {"const": 1},
            "cluster": {"type": "string"},
            "region": {"type": "string"},
            "status": {"enum": ["optimal", "feasible", "infeasible"]},
            "snapshot": object(&["takenAt", "fingerprint"], &json!({
                "takenAt": {"type": "string"},
                "fingerprint": {"type": "string"},
            })),
            "catalogue": object(&["source", "asOf"], &json!({
                "source": {"enum": ["embedded", "file", "aws"]},
                "asOf": object(&[], &json!({
                    "onDemand": {"type": ["string", "null"]},
                    "spot": {"type": ["string", "null"]},
                    "fargate": {"type": ["string", "null"]},
                })),
            })),
            "cost": cost(),
            "capacityProviders": list("provider"),
            "services": list("service"),
            "instances": list("instances"),
            "fargateTasks": list("fargateTasks"),
            "otherGroupCounts": {"type": "array", "items": object(&["groups", "usdPerHour"],
                &json!({"groups": count(), "usdPerHour": usd()}))},
            "moves": object(&["restarts", "boundRestarts"], &json!({
                "restarts": count(),
                "boundRestarts": {"anyOf": [count(), {"type": "null"}]},
                "drained": texts(),
                "frontier": {"type": "array", "items": object(&["restarts", "usdPerHour", "boundUsdPerHour"],
                    &json!({"restarts": count(), "usdPerHour": usd(), "boundUsdPerHour": usd_or_null()}))},
                "waves": {"type": "array", "items": wave()},
                "notDrained": {"type": "array", "items": object(&["instance", "serviceName", "why"],
                    &json!({"instance": {"type": "string"}, "serviceName": {"type": "string"},
                        "why": {"enum": ["no-place", "no-surge"]}}))},
            })),
            "commitment": commitment(),
            "managedHours": {"type": "array", "items": object(&["hours", "instances"],
                &json!({"hours": {"type": "string"}, "instances": list("instances")}))},
            "unplaced": {"type": "array", "items": object(&["serviceName", "count", "reasons"],
                &json!({"serviceName": {"type": "string"}, "count": count(), "reasons": texts()}))},
            "changes": texts(),
            "recommendation": {"type": "string"},
            "assumptions": texts(),
            "warnings": texts(),
            "details": details(),
        },
        "$defs": {
            "provider": provider(),
            "service": service(),
            "instances": instances(),
            "fargateTasks": object(
                &["serviceName", "capacityProvider", "count", "cpu", "memoryMib", "usdPerHour"],
                &json!({
                    "serviceName": {"type": "string"},
                    "capacityProvider": {"type": "string"},
                    "count": count(),
                    "cpu": count(),
                    "memoryMib": count(),
                    "usdPerHour": usd(),
                    "schedule": {"type": "array", "items": object(&["hours", "count"],
                        &json!({"hours": {"type": "string"}, "count": count()}))},
                }),
            ),
        },
    })
}

/// The texts as data: each entry has its code and further keys.
fn details() -> Value {
    let codes = detail_codes();
    let list = |codes: &BTreeSet<&str>| {
        json!({"type": "array", "items": {"type": "object", "required": ["code"],
            "properties": {"code": {"enum": codes}}, "additionalProperties": {}}})
    };
    // What a day leaves running, of the codes that speak of it.
    let mut notes = list(&codes.notes);
    let left = &mut notes["items"]["properties"];
    left["mostMore"] = json!({"description": "Instances more than before the event, until the sizes are reset.", "type": "integer",
        "minimum": 0});
    left["usdPerHourMore"] = json!({"description": "What an hour of the fleet costs more until then, in USD.", "type": "number",
        "minimum": 0});
    left["reset"] = json!({"description": "What a scheduled reset of the desired capacities comes to after a loss.",
        "enum": ["not-played", "not-needed", "comes-back", "comes-back-lowered", "does-not-come-back"]});
    json!({
        "description": "The texts of changes; of unplaced[].reasons, in order; of assumptions, then warnings: as data.",
        "type": "object",
        "properties": {
            "bayplanVersion": {"type": "string"},
            "changes": list(&codes.changes),
            "reasons": list(&codes.reasons),
            "notes": notes,
        },
    })
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn list(item: &str) -> Value {
    json!({"type": "array", "items": {"$ref": format!("#/$defs/{item}")}})
}

fn texts() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn usd() -> Value {
    json!({"description": "USD per hour.", "type": "number"})
}

fn usd_or_null() -> Value {
    json!({"description": "USD per hour.", "type": ["number", "null"]})
}

/// Numbers by service name.
fn by_service() -> Value {
    json!({"type": "object", "additionalProperties": count()})
}

fn commitment() -> Value {
    let part = || json!({"description": "Fraction.", "type": ["number", "null"]});
    object(
        &["kind", "usdPerHour", "adjustmentUsdPerHour"],
        &json!({
            "kind": {"enum": ["compute", "ec2-instance", "reserved", "capacity-reservation", "capacity-block", "mixed", "none"]},
            "usdPerHour": usd(),
            "adjustmentUsdPerHour": usd(),
            "coverage": part(),
            "utilisation": part(),
            "savingUsdPerMonth": {"description": "USD, against list prices.", "type": "number"},
            "breakEvenUtilisation": part(),
            "parts": {"type": "array", "items": object(&["kind", "estimated", "proposed", "usdPerHour"], &json!({
                "kind": {"enum": ["compute", "ec2-instance", "reserved", "capacity-reservation", "capacity-block"]},
                "family": {"type": "string"},
                "instanceType": {"type": "string"},
                "termYears": count(),
                "payment": {"enum": ["no-upfront", "partial-upfront", "all-upfront"]},
                "estimated": {"type": "boolean"},
                "proposed": {"type": "boolean"},
                "usdPerHour": usd(),
                "utilisation": part(),
                "coveredUsdPerHour": usd(),
            }))},
            "demands": {"type": "array", "items": object(&["demand", "usdPerHour"], &json!({
                "demand": {"type": "number"},
                "usdPerHour": usd(),
                "withoutUsdPerHour": usd(),
                "bestUsdPerHour": usd(),
                "regretUsdPerHour": usd(),
            }))},
        }),
    )
}

fn cost() -> Value {
    let gap = json!({"description": "Fraction.", "type": ["number", "null"]});
    object(
        &["usdPerHour", "usdPerMonth"],
        &json!({
            "usdPerHour": usd(),
            "usdPerMonth": {"description": "730 hours.", "type": "number"},
            "boundUsdPerHour": usd_or_null(),
            "provenUsdPerHour": {"description": "The bound that the proof file of `--proof` carries.", "type": "number"},
            "gap": gap,
            "idealUsdPerHour": usd(),
            "idealGap": gap,
            "currentUsdPerHour": usd_or_null(),
            "periods": {"type": "array", "items": object(&["name", "hoursPerWeek", "usdPerHour"],
                &json!({"name": {"type": "string"}, "hoursPerWeek": count(), "usdPerHour": usd()}))},
        }),
    )
}

fn provider() -> Value {
    object(
        &["name", "kind"],
        &json!({
            "name": {"type": "string"},
            "kind": {"enum": ["AUTO_SCALING_GROUP", "FARGATE", "FARGATE_SPOT", "MANAGED_INSTANCES"]},
            "instanceTypes": texts(),
            "purchaseOption": {"enum": ["on-demand", "spot", null]},
            "availabilityZones": texts(),
            "minSize": count(),
            "desiredCapacity": count(),
            "maxSize": count(),
            "managedScaling": {"type": "object"},
            "usdPerHour": usd(),
            "certificate": object(&["tasksPerInstance"],
                &json!({"tasksPerInstance": by_service(), "tasks": by_service()})),
            "mode": {"enum": ["steady", "scheduled", "elastic"]},
            "schedule": {"type": "array", "items": object(&["hours", "desiredCapacity"],
                &json!({"hours": {"type": "string"}, "desiredCapacity": count()}))},
        }),
    )
}

fn wave() -> Value {
    let launch = object(
        &[
            "capacityProvider",
            "instanceType",
            "purchaseOption",
            "availabilityZone",
            "count",
        ],
        &json!({
            "capacityProvider": {"type": "string"},
            "instanceType": {"type": "string"},
            "purchaseOption": {"enum": ["on-demand", "spot"]},
            "availabilityZone": {"type": ["string", "null"]},
            "count": count(),
        }),
    );
    object(
        &[
            "launches",
            "drains",
            "restarts",
            "usdPerHour",
            "peakUsdPerHour",
            "waiting",
        ],
        &json!({
            "launches": {"type": "array", "items": launch},
            "drains": texts(),
            "restarts": count(),
            "usdPerHour": usd(),
            "peakUsdPerHour": usd(),
            "waiting": count(),
        }),
    )
}

fn service() -> Value {
    let item = object(
        &["capacityProvider", "base", "weight"],
        &json!({"capacityProvider": {"type": "string"}, "base": count(), "weight": count()}),
    );
    object(
        &["serviceName", "desiredCount"],
        &json!({
            "serviceName": {"type": "string"},
            "desiredCount": count(),
            "capacityProviderStrategy": {"type": "array", "items": item},
            "placementStrategy": {"type": "array", "items": {"type": "object"}},
            "usdPerHour": usd(),
            "marginalUsdPerTaskHour": usd_or_null(),
        }),
    )
}

fn instances() -> Value {
    object(
        &[
            "instanceType",
            "purchaseOption",
            "count",
            "usdPerHour",
            "registered",
            "tasks",
        ],
        &json!({
            "instanceType": {"type": "string"},
            "purchaseOption": {"enum": ["on-demand", "spot"]},
            "availabilityZone": {"type": ["string", "null"]},
            "capacityProvider": {"type": "string"},
            "count": count(),
            "usdPerHour": usd(),
            "registered": object(&["cpu", "memoryMib", "enis", "gpus"],
                &json!({"cpu": count(), "memoryMib": count(), "enis": count(), "gpus": count(), "pods": count()})),
            "tasks": by_service(),
            "spare": by_service(),
            "interruptionBand": {"type": "string"},
            "existing": {"type": "boolean"},
            "attributes": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        }),
    )
}
