//! The fleet as a whole: which types, how many instances, what each costs, and room beside the tasks.

use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small, small_and_large};

/// So many tasks that fill an m.small each.
fn web(count: u64) -> Value {
    json!([service("web", count, 1024, 2048)])
}

pub fn which_types() -> Vec<Case> {
    let one = |policy| file(&web(1), &policy);
    let two = |policy| file(&web(2), &policy);
    let both = small_and_large();
    vec![
        Case::new(&both, one(json!({})), "0.10").rows(&["1 x m.small: web=1"]),
        Case::new(
            &both,
            one(json!({ "allowedInstanceTypes": ["*.large"] })),
            "0.18",
        ),
        Case::new(
            &both,
            one(json!({ "excludedInstanceTypes": ["m.small"] })),
            "0.18",
        ),
        Case::new(&both, one(json!({ "minVcpus": 2 })), "0.18").rows(&["1 x m.large: web=1"]),
        Case::new(&both, two(json!({})), "0.18").rows(&["1 x m.large: web=2"]),
        Case::new(&both, two(json!({ "maxVcpus": 1 })), "0.20").rows(&["2 x m.small: web=1"]),
    ]
}

pub fn classes_of_types() -> Vec<Case> {
    let shop = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("x.small", 1, 2048, "0.08")]);
    let of = |policy| file(&web(1), &policy);
    let burstable = shop.clone().with("x.small", |t| t.burstable = true);
    let metal = shop.clone().with("x.small", |t| t.bare_metal = true);
    let old = shop
        .clone()
        .with("x.small", |t| t.current_generation = false);
    let dear_metal = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("x.small", 1, 2048, "0.50")])
        .with("x.small", |t| t.bare_metal = true);
    vec![
        Case::new(&burstable, of(json!({})), "0.10"),
        Case::new(&burstable, of(json!({ "burstable": "included" })), "0.08"),
        Case::new(&metal, of(json!({})), "0.10"),
        Case::new(&metal, of(json!({ "bareMetal": "included" })), "0.08"),
        Case::new(&dear_metal, of(json!({ "bareMetal": "required" })), "0.50"),
        Case::new(&old, of(json!({})), "0.08"),
        Case::new(&old, of(json!({ "currentGenerationOnly": true })), "0.10"),
    ]
}

pub fn headroom_rounds_every_count_up() -> Vec<Case> {
    let of = |count, percent: u64| file(&web(count), &json!({ "headroomPercent": percent }));
    vec![
        Case::new(&small(), of(4, 0), "0.40").rows(&["4 x m.small: web=1"]),
        // 4 x 1.25 = 5, and 3 x 1.1 = 3.3 is four.
        Case::new(&small(), of(4, 25), "0.50").rows(&["5 x m.small: web=1"]),
        Case::new(&small(), of(3, 10), "0.40"),
    ]
}

pub fn counts_at_the_least_and_the_most() -> Vec<Case> {
    let limits = json!({ "minCount": 1, "maxCount": 4 });
    let of = file(
        &json!([service("web", 2, 1024, 2048).with(limits)]),
        &json!({}),
    );
    vec![
        Case::new(&small(), of.clone(), "0.10")
            .at("min")
            .rows(&["1 x m.small: web=1"]),
        Case::new(&small(), of.clone(), "0.20").rows(&["2 x m.small: web=1"]),
        Case::new(&small(), of.clone(), "0.20").at("desired"),
        Case::new(&small(), of, "0.40")
            .at("max")
            .rows(&["4 x m.small: web=1"]),
        // A service without limits is planned as it is.
        Case::new(&small(), file(&web(3), &json!({})), "0.30").at("max"),
    ]
}

pub fn at_least_so_many_instances() -> Vec<Case> {
    let of = |least: u64| file(&web(1), &json!({ "minInstances": least }));
    vec![
        Case::new(&small_and_large(), of(0), "0.10"),
        Case::new(&small_and_large(), of(3), "0.30").rows(&["1 x m.small: web=1", "2 x m.small:"]),
    ]
}

pub fn at_most_so_many_instances() -> Vec<Case> {
    // Two m.small at 0.20, or one m.dear at 0.25.
    let shop = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("m.dear", 2, 4096, "0.25")]);
    let of = |most: u64| file(&web(2), &json!({ "maxInstances": most }));
    vec![
        Case::new(&shop, of(2), "0.20").rows(&["2 x m.small: web=1"]),
        Case::new(&shop, of(1), "0.25").rows(&["1 x m.dear: web=2"]),
    ]
}

pub fn at_most_so_many_types() -> Vec<Case> {
    // cpu needs a vCPU, ram 4,096 MiB. Each on its own type: 0.08 + 0.12; both on r.small: 2 x 0.12.
    let shop = Shop::selling(&[("c.small", 1, 1024, "0.08"), ("r.small", 1, 4096, "0.12")]);
    let services = json!([service("cpu", 1, 1024, 1024), service("ram", 1, 128, 4096)]);
    let of = |types: Value| file(&services, &json!({ "maxInstanceTypes": types }));
    vec![
        Case::new(&shop, of(json!(null)), "0.20")
            .rows(&["1 x c.small: cpu=1", "1 x r.small: ram=1"]),
        Case::new(&shop, of(json!(2)), "0.20"),
        Case::new(&shop, of(json!(1)), "0.24").rows(&["1 x r.small: cpu=1", "1 x r.small: ram=1"]),
    ]
}

pub fn a_fee_and_a_root_volume_for_each_instance() -> Vec<Case> {
    // Two m.small 0.20, or one m.dear 0.21: any cost per instance above 0.01 makes the larger one better.
    let shop = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("m.dear", 2, 4096, "0.21")]);
    let of = |policy| file(&web(2), &policy);
    vec![
        Case::new(&shop, of(json!({})), "0.20").rows(&["2 x m.small: web=1"]),
        Case::new(&shop, of(json!({ "instanceUsdPerHour": 0.05 })), "0.26")
            .rows(&["1 x m.dear: web=2"]),
        // 200 GiB at 0.0001 each: 0.02.
        Case::new(&shop, of(json!({ "rootVolumeGib": 200 })), "0.23").rows(&["1 x m.dear: web=2"]),
        Case::new(
            &shop,
            of(json!({ "rootVolumeGib": 30, "instanceUsdPerHour": 0.004 })),
            "0.214",
        ),
    ]
}

pub fn a_savings_plan_for_the_whole_fleet() -> Vec<Case> {
    vec![
        Case::new(&small(), file(&web(2), &json!({})), "0.20"),
        Case::new(
            &small(),
            file(&web(2), &json!({ "savingsPlanDiscount": 0.3 })),
            "0.14",
        ),
        // Off the price alone, not off the fee.
        Case::new(
            &small(),
            file(
                &web(2),
                &json!({ "savingsPlanDiscount": 0.3, "instanceUsdPerHour": 0.01 }),
            ),
            "0.16",
        ),
    ]
}

fn surge(services: &Value) -> Value {
    file(services, &json!({ "deploymentSurge": true }))
}

pub fn room_for_a_rolling_update() -> Vec<Case> {
    let deployment = |percent: u64| {
        let limits = json!({ "deploymentConfiguration": { "maximumPercent": percent } });
        surge(&json!([service("web", 2, 1024, 2048).with(limits)]))
    };
    let four_places = |case: Case| {
        case.rows(&["2 x m.large: web=1"])
            .rows(&["1 x m.large: web=2", "1 x m.large:"])
    };
    vec![
        Case::new(&small_and_large(), file(&web(2), &json!({})), "0.18")
            .rows(&["1 x m.large: web=2"]),
        // 200 %, also where nothing is said: four places.
        four_places(Case::new(&small_and_large(), surge(&web(2)), "0.36")),
        four_places(Case::new(&small_and_large(), deployment(200), "0.36")),
        // 150 %: floor(3) - 2 = 1 more.
        Case::new(&small_and_large(), deployment(150), "0.28")
            .rows(&["1 x m.large: web=2", "1 x m.small:"])
            .rows(&["1 x m.large: web=1", "1 x m.small: web=1"]),
        // 100 % and 149 %: none more.
        Case::new(&small_and_large(), deployment(100), "0.18"),
        Case::new(&small_and_large(), deployment(149), "0.18"),
    ]
}

pub fn room_for_blue_and_green() -> Vec<Case> {
    let of = |strategy: &str| {
        let deployment = json!({ "strategy": strategy, "maximumPercent": 100 });
        surge(&json!([
            service("web", 2, 1024, 2048).with(json!({ "deploymentConfiguration": deployment }))
        ]))
    };
    let code_deploy = json!({
        "deploymentController": { "type": "CODE_DEPLOY" },
        "deploymentConfiguration": { "maximumPercent": 100 },
    });
    let code_deploy = surge(&json!([service("web", 2, 1024, 2048).with(code_deploy)]));
    vec![
        Case::new(&small_and_large(), of("ROLLING"), "0.18"),
        Case::new(&small_and_large(), of("BLUE_GREEN"), "0.36"),
        Case::new(&small_and_large(), of("CANARY"), "0.36"),
        Case::new(&small_and_large(), of("LINEAR"), "0.36"),
        Case::new(&small_and_large(), code_deploy, "0.36"),
    ]
}

pub fn room_for_one_rollout_at_a_time() -> Vec<Case> {
    // Two services of one task each, and room for one more of either: three places, not four.
    let services = json!([service("a", 1, 1024, 2048), service("b", 1, 1024, 2048)]);
    vec![
        Case::new(&small_and_large(), file(&services, &json!({})), "0.18"),
        Case::new(&small_and_large(), surge(&services), "0.28"),
    ]
}

pub fn a_rollout_obeys_the_rules_of_one_instance() -> Vec<Case> {
    // One task with a host port: the second one needs an instance of its own, though half of it is free.
    let port = json!({ "hostPorts": [80] });
    let of = |more| surge(&json!([service("web", 1, 512, 1024).with(more)]));
    vec![
        Case::new(&small(), of(json!({})), "0.10").rows(&["1 x m.small: web=1"]),
        Case::new(&small(), of(port), "0.20").rows(&["1 x m.small: web=1", "1 x m.small:"]),
    ]
}

pub fn standalone_tasks_and_daemons_have_no_rollout() -> Vec<Case> {
    let policy = json!({ "deploymentSurge": true });
    let task = json!({ "group": "batch", "count": 1, "cpu": 1024, "memory": 2048 });
    let daemon = service("agent", 0, 16, 16).with(json!({ "schedulingStrategy": "DAEMON" }));
    vec![
        Case::new(&small_and_large(), file(&web(1), &policy), "0.18"),
        Case::new(
            &small_and_large(),
            file(&json!([]), &policy).with(json!({ "standaloneTasks": [task] })),
            "0.10",
        ),
        Case::new(
            &small(),
            file(&json!([service("web", 1, 504, 1016), daemon]), &policy),
            "0.10",
        ),
    ]
}
