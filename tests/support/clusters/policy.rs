//! The policy of a random cluster.

use serde_json::{Map, Value, json};

use super::Draft;

/// The policy that the picked rules make.
pub(super) fn policy(draft: &mut Draft<'_>) -> Value {
    let mut policy = Map::new();
    let mut set = |key: &str, value: Value| {
        policy.insert(key.to_owned(), value);
    };
    set(
        "memoryOverhead",
        json!({ "percent": 0, "fixedMib": 0, "perVcpuMib": 0 }),
    );
    set("rootVolumeGib", json!(0));
    if draft.picked.has("zones any") && !draft.picked.has("zones even") {
        set("zoneSpread", json!("any"));
    }
    if draft.picked.has("spot") {
        let needs_on_demand = ["on-demand base", "spot share"];
        let both = needs_on_demand.iter().any(|rule| draft.picked.has(rule)) || draft.chance(0.8);
        set(
            "purchaseOptions",
            if both {
                json!(["on-demand", "spot"])
            } else {
                json!(["spot"])
            },
        );
    }
    if draft.picked.has("on-demand base") && draft.chance(0.6) {
        set("onDemandBase", json!(draft.any(&[1, 1, 2])));
    }
    if draft.picked.has("spot share") && draft.chance(0.6) {
        set("spotMaxShare", json!(draft.any(&[0.25, 0.5, 0.7])));
    }
    if draft.picked.has("pool cap") {
        set("spotMaxSharePerPool", json!(draft.any(&[0.2, 0.34, 0.5])));
    }
    if draft.picked.has("fargate only") {
        set("fargate", json!("only"));
    } else if draft.picked.has("fargate allowed") {
        set("fargate", json!("allowed"));
    }
    if draft.picked.has("headroom") {
        set("headroomPercent", json!(draft.any(&[10, 25, 50])));
    }
    if draft.picked.has("surge") {
        set("deploymentSurge", json!(true));
    }
    if draft.picked.has("zone loss") {
        set("surviveZoneLoss", json!(true));
    }
    if draft.picked.has("surge") || draft.picked.has("zone loss") {
        let types = [
            json!(["wa.small", "wa.medium"]),
            json!(["wa.medium", "wa.large"]),
            json!(["wa.medium", "wg.medium"]),
            json!(["wa.*"]),
        ];
        set(
            "allowedInstanceTypes",
            types[draft.any(&[0, 1, 2, 3])].clone(),
        );
    }
    if draft.picked.has("min instances") {
        set("minInstances", json!(draft.any(&[2, 3, 4])));
    }
    if draft.picked.has("max instances") {
        set("maxInstances", json!(draft.any(&[1, 2, 2, 2, 3])));
    }
    if draft.picked.has("max types") {
        set("maxInstanceTypes", json!(draft.any(&[1, 1, 2])));
    }
    if draft.picked.has("savings plan") {
        set("savingsPlanDiscount", json!(draft.any(&[0.17, 0.28, 0.5])));
    }
    if draft.picked.has("fee") {
        set("instanceUsdPerHour", json!(draft.any(&[0.003, 0.01])));
    }
    if draft.picked.has("root volume") {
        set("rootVolumeGib", json!(draft.any(&[30, 100])));
    }
    if draft.picked.has("awsvpc") && draft.chance(0.6) {
        set("eniTrunking", json!(true));
    }
    if draft.picked.has("keep") {
        set("keepInstances", json!("all"));
    }
    if draft.picked.has("reserved") {
        set("reservedCpu", json!(draft.any(&[0, 64, 100])));
        set("reservedMemory", json!(draft.any(&[100, 256])));
    }
    // Last, so that the other rules of a seed stay what they were.
    let wishes = draft.picked.has("surge") || draft.picked.has("zone loss");
    let share = if wishes {
        json!(1)
    } else {
        draft.any(&[1.0, 1.0, 1.0, 0.5, 0.34]).into()
    };
    set("maxShareOnInstance", share);
    set("onDemandZones", json!(draft.any(&[1, 2, 2, 3])));
    set("accelerators", json!(draft.any(&["needed", "included"])));
    Value::Object(policy)
}
