//! Spot: prices, the On-Demand minimum, pools.

use serde_json::{Value, json};

use crate::case::{Case, With, file, service};
use crate::shop::{Shop, small};

fn both() -> Value {
    json!({ "purchaseOptions": ["on-demand", "spot"] })
}

/// Four tasks that fill an instance each.
fn four(more: Value) -> Value {
    json!([service("web", 4, 1024, 2048).with(more)])
}

/// `m.small` at 0.10, or 0.04 on Spot.
fn with_spot() -> Shop {
    small().spot_saving("m.small", 60)
}

pub fn the_advisors_saving_off_on_demand() -> Vec<Case> {
    let web = four(json!({}));
    vec![
        Case::new(&with_spot(), file(&web, &json!({})), "0.40").rows(&["4 x m.small: web=1"]),
        Case::new(&with_spot(), file(&web, &both()), "0.16").rows(&["4 x m.small spot: web=1"]),
        // A type that is not sold on Spot has no Spot price, whatever the advisor says.
        Case::new(
            &with_spot().with("m.small", |t| t.spot_supported = false),
            file(&web, &both()),
            "0.40",
        )
        .rows(&["4 x m.small: web=1"]),
        // Neither has one of which nothing is known.
        Case::new(&small(), file(&web, &both()), "0.40").rows(&["4 x m.small: web=1"]),
    ]
}

pub fn a_spot_price_by_zone() -> Vec<Case> {
    let prices = [("use1-az1", "0.02"), ("use1-az2", "0.06")];
    let shop = small().spot_prices("m.small", &prices);
    let web = json!([service("web", 2, 1024, 2048)]);
    let ids = json!({ "availabilityZones": ["use1-az1", "use1-az2"] });
    let names = json!({ "availabilityZones": ["us-east-1a", "us-east-1b"] });
    let any = both().with(json!({ "zoneSpread": "any" }));
    vec![
        // Anyhow: both where it is cheaper. Evenly: 0.02 + 0.06.
        Case::new(&shop, file(&web, &any).with(ids.clone()), "0.04")
            .rows(&["2 x m.small use1-az1 spot: web=1"]),
        Case::new(&shop, file(&web, &both()).with(ids), "0.08").rows(&[
            "1 x m.small use1-az1 spot: web=1",
            "1 x m.small use1-az2 spot: web=1",
        ]),
        // Bare names and no zones: the mean over the ids, 0.04 each.
        Case::new(&shop, file(&web, &both()).with(names), "0.08").rows(&[
            "1 x m.small us-east-1a spot: web=1",
            "1 x m.small us-east-1b spot: web=1",
        ]),
        Case::new(&shop, file(&web, &both()), "0.08").rows(&["2 x m.small spot: web=1"]),
    ]
}

pub fn a_spot_price_is_never_above_on_demand() -> Vec<Case> {
    let web = json!([service("web", 1, 1024, 2048)]);
    let spot_alone = file(&web, &json!({ "purchaseOptions": ["spot"] }))
        .with(json!({ "availabilityZones": ["use1-az1"] }));
    let shop = |price| small().spot_prices("m.small", &[("use1-az1", price)]);
    vec![
        Case::new(&shop("0.09"), spot_alone.clone(), "0.09")
            .rows(&["1 x m.small use1-az1 spot: web=1"]),
        Case::new(&shop("0.30"), spot_alone, "0.10").rows(&["1 x m.small use1-az1 spot: web=1"]),
    ]
}

pub fn a_base_on_demand() -> Vec<Case> {
    let of = |base: u64, more| file(&four(more), &both().with(json!({ "onDemandBase": base })));
    vec![
        Case::new(&with_spot(), of(0, json!({})), "0.16"),
        // 0.10 + 3 x 0.04
        Case::new(&with_spot(), of(1, json!({})), "0.22")
            .rows(&["1 x m.small: web=1", "3 x m.small spot: web=1"]),
        // The service's own base of 3 is the stricter one: 3 x 0.10 + 0.04.
        Case::new(&with_spot(), of(1, json!({ "onDemandBase": 3 })), "0.34")
            .rows(&["1 x m.small spot: web=1", "3 x m.small: web=1"]),
        // More than there are tasks: all of them.
        Case::new(&with_spot(), of(9, json!({})), "0.40").rows(&["4 x m.small: web=1"]),
    ]
}

pub fn a_largest_share_on_spot() -> Vec<Case> {
    let of = |share: f64, more| file(&four(more), &both().with(json!({ "spotMaxShare": share })));
    let three = json!([service("web", 3, 1024, 2048)]);
    vec![
        Case::new(&with_spot(), of(1.0, json!({})), "0.16"),
        // ceil(0.5 x 4) = 2 On-Demand.
        Case::new(&with_spot(), of(0.5, json!({})), "0.28")
            .rows(&["2 x m.small spot: web=1", "2 x m.small: web=1"]),
        // ceil(0.5 x 3) = 2 too.
        Case::new(
            &with_spot(),
            file(&three, &both().with(json!({ "spotMaxShare": 0.5 }))),
            "0.24",
        )
        .rows(&["1 x m.small spot: web=1", "2 x m.small: web=1"]),
        // The service's own share is the stricter one: ceil(0.75 x 4) = 3.
        Case::new(
            &with_spot(),
            of(0.75, json!({ "spotMaxShare": 0.25 })),
            "0.34",
        )
        .rows(&["1 x m.small spot: web=1", "3 x m.small: web=1"]),
        // The base beside the share: max(3, 2).
        Case::new(
            &with_spot(),
            file(
                &four(json!({})),
                &both().with(json!({ "spotMaxShare": 0.5, "onDemandBase": 3 })),
            ),
            "0.34",
        ),
    ]
}

pub fn a_largest_share_in_one_pool() -> Vec<Case> {
    // m.small 0.10 or 0.04 on Spot, n.small 0.20 or 0.05.
    let shop = Shop::selling(&[("m.small", 1, 2048, "0.10"), ("n.small", 1, 2048, "0.20")])
        .spot_saving("m.small", 60)
        .spot_saving("n.small", 75);
    let of = |share: f64| {
        file(
            &four(json!({})),
            &both().with(json!({ "spotMaxSharePerPool": share })),
        )
    };
    let zones = json!({ "availabilityZones": ["us-east-1a", "us-east-1b"] });
    vec![
        Case::new(&shop, of(1.0), "0.16").rows(&["4 x m.small spot: web=1"]),
        // Two in each pool: 2 x 0.04 + 2 x 0.05.
        Case::new(&shop, of(0.5), "0.18")
            .rows(&["2 x m.small spot: web=1", "2 x n.small spot: web=1"]),
        // floor(0.3 x 4) = 1 in each pool, the rest On-Demand: 0.04 + 0.05 + 2 x 0.10.
        Case::new(&shop, of(0.3), "0.29").rows(&[
            "1 x m.small spot: web=1",
            "1 x n.small spot: web=1",
            "2 x m.small: web=1",
        ]),
        // None: floor(0.2 x 4) = 0.
        Case::new(&shop, of(0.2), "0.40").rows(&["4 x m.small: web=1"]),
        // Each zone has pools of its own.
        Case::new(&shop, of(0.5).with(zones), "0.16").rows(&[
            "2 x m.small us-east-1a spot: web=1",
            "2 x m.small us-east-1b spot: web=1",
        ]),
    ]
}

pub fn a_savings_plan_is_off_on_demand_alone() -> Vec<Case> {
    // On-Demand 0.10, Spot 0.06; half of On-Demand is 0.05.
    let shop = small().spot_saving("m.small", 40);
    let web = json!([service("web", 1, 1024, 2048)]);
    let of = |discount: f64| {
        file(
            &web,
            &both().with(json!({ "savingsPlanDiscount": discount })),
        )
    };
    vec![
        Case::new(&shop, of(0.0), "0.06").rows(&["1 x m.small spot: web=1"]),
        Case::new(&shop, of(0.5), "0.05").rows(&["1 x m.small: web=1"]),
    ]
}
