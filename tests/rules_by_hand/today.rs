//! Today's instances: kept ones, bought either way, and those from outside AWS.

use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small};

/// `m.small` at 0.10, and `m.large`, twice its size, at 0.30.
fn shop() -> Shop {
    Shop::selling(&[("m.small", 1, 2048, "0.10"), ("m.large", 2, 4096, "0.30")])
}

fn instance(attributes: &Value, cpu: u64, memory: u64) -> Value {
    json!({
        "containerInstanceArn": "arn:aws:ecs:us-east-1:123456789012:container-instance/x/1",
        "status": "ACTIVE",
        "attributes": attributes,
        "registeredResources": [
            { "name": "CPU", "type": "INTEGER", "integerValue": cpu },
            { "name": "MEMORY", "type": "INTEGER", "integerValue": memory },
        ],
    })
}

fn large() -> Value {
    instance(
        &json!([{ "name": "ecs.instance-type", "value": "m.large" }]),
        2048,
        4096,
    )
}

fn today(file: Value, instances: &Value) -> Value {
    file.with(json!({ "containerInstances": instances }))
}

fn keep() -> Value {
    json!({ "keepInstances": "all" })
}

pub fn instances_that_stay() -> Vec<Case> {
    // Six tasks of which m.small takes two and m.large four. Anew: three m.small. Kept: 0.30 + 0.10.
    let web = json!([service("web", 6, 512, 1024)]);
    let one = json!([service("web", 1, 512, 1024)]);
    let other = large().with(json!({ "containerInstanceArn": "another" }));
    let draining = large().with(json!({ "status": "DRAINING" }));
    vec![
        Case::new(
            &shop(),
            today(file(&web, &json!({})), &json!([large()])),
            "0.30",
        )
        .rows(&["3 x m.small: web=2"]),
        Case::new(
            &shop(),
            today(file(&web, &keep()), &json!([large()])),
            "0.40",
        )
        .rows(&["1 x m.large existing: web=4", "1 x m.small: web=2"]),
        // One that drains does not stay.
        Case::new(
            &shop(),
            today(file(&web, &keep()), &json!([draining])),
            "0.30",
        ),
        // One without use stays and is paid for.
        Case::new(
            &shop(),
            today(file(&one, &keep()), &json!([large(), other])),
            "0.60",
        )
        .rows(&["1 x m.large existing:", "1 x m.large existing: web=1"]),
    ]
}

pub fn instances_that_take_no_tasks() -> Vec<Case> {
    let web = json!([service("web", 6, 512, 1024)]);
    let attribute = |name: &str, value: &str| json!([{ "name": "ecs.instance-type", "value": "m.large" }, { "name": name, "value": value }]);
    let without = |more: Value| today(file(&web, &keep()), &json!([large().with(more)]));
    vec![
        Case::new(&shop(), without(json!({ "agentConnected": true })), "0.40"),
        Case::new(&shop(), without(json!({ "agentConnected": false })), "0.30"),
        Case::new(&shop(), without(json!({ "status": "REGISTERING" })), "0.30"),
        Case::new(
            &shop(),
            without(json!({ "attributes": attribute("ecs.os-type", "windows") })),
            "0.30",
        ),
        Case::new(
            &shop(),
            without(
                json!({ "attributes": attribute("ecs.os-family", "WINDOWS_SERVER_2022_CORE") }),
            ),
            "0.30",
        ),
    ]
}

pub fn ports_that_an_instance_registered() -> Vec<Case> {
    // m.large would take both; what it keeps for itself goes to a new m.small.
    let on = |port: &str, ports: &[&str], udp: &[&str]| {
        let mut instance = large();
        let resources = instance["registeredResources"].as_array_mut();
        let shown = [("PORTS", ports), ("PORTS_UDP", udp)];
        resources.expect("a list").extend(shown.map(
            |(name, ports)| json!({ "name": name, "type": "STRINGSET", "stringSetValue": ports }),
        ));
        let service = service("edge", 1, 512, 1024).with(json!({ "hostPorts": [port] }));
        today(file(&json!([service]), &keep()), &json!([instance]))
    };
    let usual = ["22", "2375", "2376", "51678", "51679"];
    let with_80 = ["22", "2375", "2376", "51678", "51679", "80"];
    let without_22 = ["2375", "2376", "51678", "51679"];
    vec![
        Case::new(&shop(), on("80", &usual, &[]), "0.30"),
        Case::new(&shop(), on("80", &with_80, &[]), "0.40"),
        Case::new(&shop(), on("80/udp", &with_80, &[]), "0.30"),
        Case::new(&shop(), on("53/udp", &usual, &["53"]), "0.40"),
        Case::new(&shop(), on("22", &without_22, &[]), "0.30"),
        Case::new(&shop(), on("2375/udp", &usual, &[]), "0.30"),
    ]
}

pub fn what_an_instance_registered_counts() -> Vec<Case> {
    // 1,024 MiB less than nominal: three tasks instead of four, and a second m.small for the sixth.
    let web = json!([service("web", 6, 512, 1024)]);
    let less = instance(
        &json!([{ "name": "ecs.instance-type", "value": "m.large" }]),
        2048,
        3072,
    );
    vec![
        Case::new(
            &shop(),
            today(file(&web, &keep()), &json!([large()])),
            "0.40",
        ),
        Case::new(&shop(), today(file(&web, &keep()), &json!([less])), "0.50"),
    ]
}

pub fn a_kept_spot_instance_has_its_spot_price() -> Vec<Case> {
    // 60 % off 0.30 is 0.12, though nothing new may be bought on Spot.
    let shop = shop().spot_saving("m.large", 60);
    let web = json!([service("web", 6, 512, 1024)]);
    let spot = large().with(json!({ "purchaseOption": "spot" }));
    vec![
        Case::new(&shop, today(file(&web, &keep()), &json!([large()])), "0.40"),
        Case::new(&shop, today(file(&web, &keep()), &json!([spot])), "0.22")
            .rows(&["1 x m.large spot existing: web=4", "1 x m.small: web=2"]),
    ]
}

pub fn tasks_on_a_kept_spot_instance_count_as_spot() -> Vec<Case> {
    // Four tasks would fill the instance; three of them must be On-Demand: two m.small more.
    let shop = shop().spot_saving("m.large", 60);
    let spot = large().with(json!({ "purchaseOption": "spot" }));
    let of = |base: u64| {
        let policy = keep().with(json!({ "onDemandBase": base }));
        today(
            file(&json!([service("web", 4, 512, 1024)]), &policy),
            &json!([spot]),
        )
    };
    vec![
        Case::new(&shop, of(0), "0.12").rows(&["1 x m.large spot existing: web=4"]),
        Case::new(&shop, of(3), "0.32")
            .rows(&[
                "1 x m.large spot existing: web=1",
                "1 x m.small: web=1",
                "1 x m.small: web=2",
            ])
            .rows(&["1 x m.large spot existing:", "2 x m.small: web=2"]),
    ]
}

pub fn on_demand_tasks_in_two_zones_beside_a_spot_instance_that_stays() -> Vec<Case> {
    // Two tasks on each instance that stays; the two On-Demand ones of zone a need a third in zone b: an m.small more.
    let shop = shop().spot_saving("m.large", 20);
    let in_zone = |name: &str, zone: &str| {
        let attributes = json!([
            { "name": "ecs.instance-type", "value": "m.large" },
            { "name": "ecs.availability-zone", "value": zone },
        ]);
        let arn = json!({ "containerInstanceArn": name });
        instance(&attributes, 2048, 4096).with(arn)
    };
    let steady = in_zone("steady", "us-east-1a");
    let spot = in_zone("spot", "us-east-1b").with(json!({ "purchaseOption": "spot" }));
    let of = |zones: u64, more: Value| {
        let policy = keep().with(json!({ "onDemandZones": zones })).with(more);
        let web = json!([service("web", 4, 512, 1024)]);
        today(file(&web, &policy), &json!([steady, spot]))
            .with(json!({ "availabilityZones": ["us-east-1a", "us-east-1b"] }))
    };
    vec![
        Case::new(&shop, of(1, json!({})), "0.54").rows(&[
            "1 x m.large us-east-1a existing: web=2",
            "1 x m.large us-east-1b spot existing: web=2",
        ]),
        Case::new(&shop, of(2, json!({})), "0.64").rows(&[
            "1 x m.large us-east-1a existing: web=2",
            "1 x m.large us-east-1b spot existing: web=1",
            "1 x m.small us-east-1b: web=1",
        ]),
    ]
}

pub fn kept_instances_and_the_limits_on_the_fleet() -> Vec<Case> {
    let web = json!([service("web", 6, 512, 1024)]);
    let of = |more| today(file(&web, &keep().with(more)), &json!([large()]));
    vec![
        Case::new(&shop(), of(json!({})), "0.40"),
        // The kept one counts: one m.small more makes two.
        Case::new(&shop(), of(json!({ "maxInstances": 2 })), "0.40"),
        // Three at least: an m.small without need, or tasks spread over both.
        Case::new(&shop(), of(json!({ "minInstances": 3 })), "0.50"),
        // One type, and m.large is there: another m.large.
        Case::new(&shop(), of(json!({ "maxInstanceTypes": 1 })), "0.60"),
    ]
}

fn from_outside(memory: u64) -> Value {
    let attributes = json!([
        { "name": "ecs.capability.external" },
        { "name": "ecs.cpu-architecture", "value": "x86_64" },
        { "name": "ecs.os-type", "value": "linux" },
    ]);
    instance(&attributes, 1024, memory)
}

fn external(count: u64) -> Value {
    service("plant", count, 512, 1024).with(json!({ "launchType": "EXTERNAL" }))
}

pub fn external_services_run_on_external_instances_for_nothing() -> Vec<Case> {
    let web = service("web", 1, 512, 1024);
    let inside = service("plant", 2, 512, 1024);
    let one = json!([from_outside(2048)]);
    vec![
        // As any service: three tasks on two m.small.
        Case::new(&small(), file(&json!([web, inside]), &json!({})), "0.20"),
        // On the external instance, which web may not use; it stays whatever the policy says.
        Case::new(
            &small(),
            today(file(&json!([web, external(2)]), &json!({})), &one),
            "0.10",
        )
        .rows(&["1 x EXTERNAL existing: plant=2", "1 x m.small: web=1"]),
        Case::new(
            &small(),
            today(file(&json!([web, external(2)]), &keep()), &one),
            "0.10",
        ),
        // Without one there is no place.
        Case::new(
            &small(),
            file(&json!([web, external(2)]), &json!({})),
            "0.10",
        )
        .rows(&["1 x m.small: web=1"])
        .unplaced("plant", 2),
        // One that is too small is none; its row stays.
        Case::new(
            &small(),
            today(
                file(&json!([external(1)]), &json!({})),
                &json!([from_outside(512)]),
            ),
            "0",
        )
        .rows(&["1 x EXTERNAL existing:"])
        .unplaced("plant", 1),
    ]
}

pub fn external_instances_count_for_no_limit() -> Vec<Case> {
    let services = json!([service("web", 2, 1024, 2048), external(1)]);
    let of = |policy| today(file(&services, &policy), &json!([from_outside(2048)]));
    vec![
        Case::new(&small(), of(json!({ "maxInstances": 2 })), "0.20")
            .rows(&["1 x EXTERNAL existing: plant=1", "2 x m.small: web=1"]),
        Case::new(&small(), of(json!({ "minInstances": 3 })), "0.30"),
        Case::new(&small(), of(json!({ "maxInstanceTypes": 1 })), "0.20"),
    ]
}

pub fn external_instances_have_no_zone() -> Vec<Case> {
    // Two tasks outside, in no zone, while web is spread over two.
    let services = json!([service("web", 2, 512, 1024), external(2)]);
    let zones = json!({ "availabilityZones": ["us-east-1a", "us-east-1b"] });
    let of = today(file(&services, &json!({})), &json!([from_outside(2048)])).with(zones);
    vec![Case::new(&small(), of, "0.20").rows(&[
        "1 x EXTERNAL existing: plant=2",
        "1 x m.small us-east-1a: web=1",
        "1 x m.small us-east-1b: web=1",
    ])]
}
