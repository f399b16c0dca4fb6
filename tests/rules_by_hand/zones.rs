//! Zones: spread, offerings, constraints on the zone, and the loss of one.

use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small, small_and_large};

fn in_zones(file: Value, zones: &[&str]) -> Value {
    file.with(json!({ "availabilityZones": zones }))
}

const TWO: [&str; 2] = ["us-east-1a", "us-east-1b"];
const THREE: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];

pub fn spread_evenly_over_two_zones() -> Vec<Case> {
    let shop = Shop::selling(&[("m.large", 2, 4096, "0.20")]);
    let web = json!([service("web", 4, 512, 1024)]);
    let of = |policy| in_zones(file(&web, &policy), &TWO);
    vec![
        // All four fill one m.large, in either zone.
        Case::new(&shop, of(json!({ "zoneSpread": "any" })), "0.20")
            .rows(&["1 x m.large us-east-1a: web=4"])
            .rows(&["1 x m.large us-east-1b: web=4"]),
        // Two in each zone: one m.large each. That is the default where there are zones.
        Case::new(&shop, of(json!({})), "0.40").rows(&[
            "1 x m.large us-east-1a: web=2",
            "1 x m.large us-east-1b: web=2",
        ]),
    ]
}

pub fn four_tasks_over_three_zones_are_two_one_and_one() -> Vec<Case> {
    // m.small takes two. Anyhow: two instances. Evenly: 2 + 1 + 1, three instances.
    let web = json!([service("web", 4, 512, 1024)]);
    let of = |policy| in_zones(file(&web, &policy), &THREE);
    let full = |zone: &str| {
        THREE.map(|z| format!("1 x m.small {z}: web={}", if z == zone { 2 } else { 1 }))
    };
    let mut even = Case::new(&small(), of(json!({ "zoneSpread": "even" })), "0.30");
    for zone in THREE {
        even = even.rows(&full(zone).each_ref().map(String::as_str));
    }
    vec![
        Case::new(&small(), of(json!({ "zoneSpread": "any" })), "0.20"),
        even,
    ]
}

pub fn a_type_only_where_it_is_offered() -> Vec<Case> {
    // Two tasks that fill an instance each, one a zone. m.cheap is only in the first zone.
    let everywhere = Shop::selling(&[("m.cheap", 1, 2048, "0.10"), ("m.dear", 1, 2048, "0.15")]);
    let here = everywhere.clone().offered_in("m.cheap", &["use1-az1"]);
    let web = json!([service("web", 2, 1024, 2048)]);
    let with_ids = file(&web, &json!({})).with(json!({ "availabilityZones": [
        { "zoneName": "us-east-1a", "zoneId": "use1-az1" },
        { "zoneName": "us-east-1b", "zoneId": "use1-az2" },
    ] }));
    let bare = in_zones(file(&web, &json!({})), &TWO);
    vec![
        Case::new(&everywhere, with_ids.clone(), "0.20").rows(&[
            "1 x m.cheap us-east-1a: web=1",
            "1 x m.cheap us-east-1b: web=1",
        ]),
        Case::new(&here, with_ids, "0.25").rows(&[
            "1 x m.cheap us-east-1a: web=1",
            "1 x m.dear us-east-1b: web=1",
        ]),
        // Bare names: which id is which is not known, and one id is fewer than the two zones in use.
        Case::new(&here, bare, "0.30").rows(&[
            "1 x m.dear us-east-1a: web=1",
            "1 x m.dear us-east-1b: web=1",
        ]),
    ]
}

pub fn a_service_pinned_to_a_zone_is_spread_over_that_one() -> Vec<Case> {
    let pinned = json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b" },
    ] });
    let web = service("web", 2, 512, 1024);
    vec![
        Case::new(
            &small(),
            in_zones(file(&json!([web]), &json!({})), &TWO),
            "0.20",
        )
        .rows(&[
            "1 x m.small us-east-1a: web=1",
            "1 x m.small us-east-1b: web=1",
        ]),
        Case::new(
            &small(),
            in_zones(file(&json!([web.with(pinned)]), &json!({})), &TWO),
            "0.10",
        )
        .rows(&["1 x m.small us-east-1b: web=2"]),
    ]
}

pub fn a_type_pinned_service_is_spread_over_the_zones_of_the_type() -> Vec<Case> {
    // Two small tasks that must be on m.cheap; it is offered in the second zone alone.
    let shop = Shop::selling(&[("m.cheap", 1, 2048, "0.10"), ("m.dear", 1, 2048, "0.15")]);
    let there = shop.clone().offered_in("m.cheap", &["use1-az2"]);
    let web = service("web", 2, 512, 1024).with(json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "attribute:ecs.instance-type == m.cheap" },
    ] }));
    let of = in_zones(file(&json!([web]), &json!({})), &["use1-az1", "use1-az2"]);
    vec![
        Case::new(&shop, of.clone(), "0.20")
            .rows(&["1 x m.cheap use1-az1: web=1", "1 x m.cheap use1-az2: web=1"]),
        Case::new(&there, of, "0.10").rows(&["1 x m.cheap use1-az2: web=2"]),
    ]
}

pub fn the_loss_of_one_of_two_zones() -> Vec<Case> {
    // A task fills an m.small. One a zone: 2 x 0.10. When a zone is lost, the other holds both: an m.large
    // (0.18) in each is cheaper than two m.small (0.20) in each.
    let web = json!([service("web", 2, 1024, 2048)]);
    let of = |policy| in_zones(file(&web, &policy), &TWO);
    vec![
        Case::new(&small_and_large(), of(json!({})), "0.20").rows(&[
            "1 x m.small us-east-1a: web=1",
            "1 x m.small us-east-1b: web=1",
        ]),
        Case::new(
            &small_and_large(),
            of(json!({ "surviveZoneLoss": true })),
            "0.36",
        )
        .rows(&[
            "1 x m.large us-east-1a: web=1",
            "1 x m.large us-east-1b: web=1",
        ]),
    ]
}

pub fn the_loss_of_one_of_three_zones() -> Vec<Case> {
    // One task a zone. Room for one more in two different zones: whichever zone is lost, one of the two
    // remains. Two m.large and one m.small: 0.46; three m.small and two empty ones: 0.50.
    let web = json!([service("web", 3, 1024, 2048)]);
    let of = |policy| in_zones(file(&web, &policy), &THREE);
    let mut lost = Case::new(
        &small_and_large(),
        of(json!({ "surviveZoneLoss": true })),
        "0.46",
    );
    for small in THREE {
        let rows = THREE.map(|zone| {
            format!(
                "1 x m.{} {zone}: web=1",
                if zone == small { "small" } else { "large" }
            )
        });
        lost = lost.rows(&rows.each_ref().map(String::as_str));
    }
    vec![Case::new(&small_and_large(), of(json!({})), "0.30"), lost]
}

pub fn a_service_of_one_zone_cannot_survive_its_loss() -> Vec<Case> {
    let pinned = json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a" },
    ] });
    let services = json!([service("web", 1, 1024, 2048).with(pinned)]);
    let of = |policy| in_zones(file(&services, &policy), &TWO);
    vec![
        Case::new(&small(), of(json!({})), "0.10").rows(&["1 x m.small us-east-1a: web=1"]),
        Case::new(&small(), of(json!({ "surviveZoneLoss": true })), "0").unplaced("web", 1),
    ]
}

pub fn a_conflict_holds_after_the_loss_of_a_zone_too() -> Vec<Case> {
    // a and b, one task each, not together; four of them would fit an m.small. Anywhere: one instance for
    // each. The loss: each zone needs an instance that takes a and one that takes b: two a zone, unless a
    // and b start in different zones and an empty one stands ready in each - which is two a zone as well.
    let conflict = json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "task:group != service:a" },
    ] });
    let services = json!([
        service("a", 1, 256, 512),
        service("b", 1, 256, 512).with(conflict)
    ]);
    let of = |lost: bool| {
        let policy = json!({ "zoneSpread": "any", "surviveZoneLoss": lost });
        in_zones(file(&services, &policy), &TWO)
    };
    vec![
        Case::new(&small(), of(false), "0.20"),
        Case::new(&small(), of(true), "0.40"),
    ]
}
