//! Commitments, from files and flags to the plan, its check and a bill against the model.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

const RATES: &str = "region,instance_type,kind,term_years,payment,usd_per_hour,basis\n\
    us-east-1,m6i.large,compute,1,no-upfront,0.0720,\nus-east-1,m6i.xlarge,compute,1,no-upfront,0.1440,\n\
    us-east-1,c6i.large,compute,1,no-upfront,0.06375,\nus-east-1,m6i.large,compute,3,all-upfront,0.0500,\n";

fn cluster(more: &Value) -> String {
    let mut file = json!({
        "version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 9, "cpu": 500, "memory": 900, "networkMode": "bridge"}],
        "policy": {"allowedInstanceTypes": ["m6i.large", "m6i.xlarge", "c6i.large"]},
    });
    if let (Value::Object(file), Value::Object(more)) = (&mut file, more) {
        file.extend(more.clone());
    }
    file.to_string()
}

#[test]
fn what_is_bought_and_proposed_is_in_the_plan_and_passes_its_check() {
    let folder = Folder::new();
    let rates = folder.write("rates.csv", RATES);
    let rates = rates.to_str().expect("a path");
    let bought = json!({"commitments": [
        {"kind": "compute", "usdPerHour": 0.1, "endsOn": "2027-01-31"},
        {"kind": "ec2-instance", "usdPerHour": 9, "family": "m6i", "endsOn": "2026-01-31"},
    ]});
    let file = folder.write("c.json", &cluster(&bought));
    let flags = ["--savings-plan-rates", rates, "--as-of", "2026-12-01"];
    let mut asked = flags.to_vec();
    asked.extend([
        "--commit",
        "compute",
        "--commit-term",
        "1",
        "--work-limit",
        "300000",
    ]);
    let (plan, exit) = plan_json(&file, &asked);
    assert_eq!(exit, 0);
    let said = &plan["commitment"];
    assert_eq!(said["kind"], "compute");
    assert_eq!(said["coverage"], 1.0);
    let parts = said["parts"].as_array().expect("parts");
    let proposed: Vec<bool> = parts.iter().map(|part| part["proposed"] == true).collect();
    assert_eq!(proposed, [false, true]);
    let rows: f64 = plan["instances"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["usdPerHour"].as_f64().unwrap_or(0.0) * row["count"].as_f64().unwrap_or(0.0))
        .sum();
    let total = plan["cost"]["usdPerHour"].as_f64().expect("a bill");
    let adjustment = said["adjustmentUsdPerHour"].as_f64().expect("an amount");
    assert!((rows + adjustment - total).abs() < 1e-7 && adjustment < 0.0);
    assert!(plan["cost"]["boundUsdPerHour"].as_f64() <= Some(total));

    let written = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("check")
        .args([&file, &written])
        .args(flags)
        .assert()
        .code(0);
    // On another day the second commitment still counts.
    let early = ["--savings-plan-rates", rates, "--as-of", "2025-12-01"];
    let said = predicate::str::contains("V52");
    bayplan()
        .arg("check")
        .args([&file, &written])
        .args(early)
        .assert()
        .code(12)
        .stdout(said);
    let lines = predicate::str::contains("propose: Compute Savings Plan")
        .and(predicate::str::contains("demand"));
    bayplan()
        .arg("plan")
        .arg(&file)
        .args(&asked)
        .assert()
        .code(0)
        .stdout(lines);
}

#[test]
fn what_cannot_be_worked_with_is_input_that_is_wrong() {
    let folder = Folder::new();
    let plain = folder.write("plain.json", &cluster(&json!({})));
    let no_rates = predicate::str::contains("--savings-plan-rates");
    bayplan()
        .arg("plan")
        .arg(&plain)
        .args(["--commit", "compute"])
        .assert()
        .code(20)
        .stderr(no_rates);
    let wrong = json!({"commitments": [{"kind": "ec2-instance", "usdPerHour": 1}, {"kind": "compute", "usdPerHour": -1}]});
    let wrong = folder.write("wrong.json", &cluster(&wrong));
    let both = predicate::str::contains("E1507 commitments[0]")
        .or(predicate::str::contains("[E1507] commitments[0]"));
    bayplan()
        .arg("plan")
        .arg(&wrong)
        .assert()
        .code(20)
        .stderr(both.and(predicate::str::contains("commitments[1].usdPerHour")));
    let bought =
        json!({"commitments": [{"kind": "ec2-instance", "usdPerHour": 0.1, "family": "m6i"}]});
    let bought = folder.write("bought.json", &cluster(&bought));
    bayplan()
        .arg("plan")
        .arg(&bought)
        .args(["--savings-plan-discount", "0.2"])
        .assert()
        .code(20)
        .stderr(predicate::str::contains("savingsPlanDiscount"));
    bayplan()
        .args(["plan", "--max-moves", "3"])
        .arg(&bought)
        .assert()
        .code(20)
        .stderr(predicate::str::contains("not built yet with commitments"));
    let estimated = [
        "--commit",
        "ec2-instance",
        "--format",
        "json",
        "--work-limit",
        "200000",
    ];
    let said = predicate::str::contains("\"estimated\": true")
        .and(predicate::str::contains("are estimates"));
    bayplan()
        .arg("plan")
        .arg(&plain)
        .args(estimated)
        .assert()
        .code(0)
        .stdout(said);
}

#[test]
fn private_discounts_lower_prices_and_wrong_cells_are_named() {
    let folder = Folder::new();
    let file = folder.write("c.json", &cluster(&json!({})));
    let card = folder.write(
        "card.csv",
        "service,instance_type_glob,discount\nAmazonEC2,m6i.*,0.5\n",
    );
    let limit = [
        "--work-limit",
        "200000",
        "--root-volume-gib",
        "0",
        "--rate-card",
    ];
    let (plan, _) = plan_json(
        &file,
        &[&limit[..], &[card.to_str().expect("a path")]].concat(),
    );
    assert!(
        plan["instances"]
            .as_array()
            .expect("rows")
            .iter()
            .all(|row| {
                let half = if row["instanceType"] == "m6i.large" {
                    0.048
                } else {
                    0.096
                };
                row["usdPerHour"] == half
            })
    );
    let card = folder.write("wrong.csv", "service,instance_type_glob,discount\nS3,*,2\n");
    bayplan()
        .arg("plan")
        .arg(&file)
        .arg("--rate-card")
        .arg(card)
        .assert()
        .code(20)
        .stderr(
            predicate::str::contains("wrong.csv:2, column `service`")
                .and(predicate::str::contains("`discount`")),
        );
}

#[test]
fn a_bill_is_set_against_the_model() {
    let folder = Folder::new();
    let today = json!({"containerInstances": [{"ec2InstanceId": "i-1", "status": "ACTIVE",
        "attributes": [{"name": "ecs.instance-type", "value": "m6i.large"}]}]});
    let file = folder.write("c.json", &cluster(&today));
    let bill = folder.write(
        "bill.csv",
        "ServiceName,ChargeCategory,PricingCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,EffectiveCost,ListCost,x_UsageType\n\
         EC2,Usage,Standard,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,20,1.92,1.92,BoxUsage:m6i.large\n\
         ELB,Usage,Standard,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,24,0.54,0.54,LoadBalancerUsage\n",
    );
    let output = bayplan()
        .args([
            "report",
            "--no-curves",
            "--format",
            "csv",
            "--table",
            "billed",
            "--work-limit",
            "200000",
            "--billed",
        ])
        .arg(&bill)
        .arg(&file)
        .output()
        .expect("the binary runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Four hours less than a whole day at 0.096.
    assert!(
        text.contains("m6i.large,on-demand,20,24,1.92,2.304,-0.384,-0.384,0"),
        "{text}"
    );
    assert!(text.contains("not part of the model"), "{text}");
    let wrong = folder.write("wrong.csv", "a,b\n1,2\n");
    bayplan()
        .args(["report", "--no-curves", "--billed"])
        .arg(&wrong)
        .arg(&file)
        .assert()
        .code(20)
        .stderr(predicate::str::contains("E1811"));
}

#[test]
fn reserved_capacity_is_sunk_and_runs_so_many_of_its_type_for_nothing_more() {
    let folder = Folder::new();
    let reserved = |kind: &str, usd: f64| {
        json!({"commitments": [{"kind": kind, "usdPerHour": usd, "instanceType": "m6i.xlarge", "count": 2,
            "endsOn": "2027-01-31"}]})
    };
    let flags = ["--as-of", "2026-12-01", "--work-limit", "300000"];
    let (without, _) = plan_json(&folder.write("n.json", &cluster(&json!({}))), &flags);
    let of_others = |plan: &Value| {
        let rows = plan["instances"].as_array().expect("rows").clone();
        (rows
            .iter()
            .filter(|row| row["instanceType"] != "m6i.xlarge"))
        .count()
    };
    assert!(of_others(&without) > 0);
    let cost = |plan: &Value, key: &str| plan["cost"][key].as_f64().expect("an amount");
    for (kind, usd) in [("capacity-reservation", 0.384), ("capacity-block", 0.2)] {
        let file = folder.write("c.json", &cluster(&reserved(kind, usd)));
        let (plan, exit) = plan_json(&file, &flags);
        assert_eq!(exit, 0);
        assert_eq!(of_others(&plan), 0);
        let part = &plan["commitment"]["parts"][0];
        assert_eq!(
            (&part["kind"], &part["utilisation"]),
            (&json!(kind), &json!(1.0))
        );
        // Two at 0.192 are covered; their volumes are not.
        let adjustment = plan["commitment"]["adjustmentUsdPerHour"].as_f64();
        assert!((adjustment.expect("an amount") - (usd - 0.384)).abs() < 1e-8);
        let volumes = 2.0 * 30.0 * 0.08 / 730.0;
        assert!((cost(&plan, "usdPerHour") - usd - volumes).abs() < 1e-6);
        assert!(cost(&plan, "boundUsdPerHour") <= cost(&plan, "usdPerHour"));
        assert!(cost(&plan, "usdPerHour") < cost(&without, "usdPerHour") + usd);
        let saved = folder.write("plan.json", &plan.to_string());
        bayplan()
            .arg("check")
            .args([&file, &saved])
            .args(["--as-of", "2026-12-01"])
            .assert()
            .success();
    }
    let file = folder.write(
        "c.json",
        &cluster(
            &json!({"commitments": [{"kind": "capacity-block", "usdPerHour": 1, "family": "p5"}]}),
        ),
    );
    bayplan()
        .arg("plan")
        .arg(&file)
        .assert()
        .code(20)
        .stderr(predicate::str::contains("commitments[0]"))
        .stderr(predicate::str::contains("holds instances of one type"));
}
