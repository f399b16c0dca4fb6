//! Prices older than 30 days: a warning wherever they are used, once, and never with `--quiet`.

use crate::support::{CLUSTER, Folder, bayplan};

const OLD: &str = "older than 30 days: On-Demand prices of 2020-01-01";

#[test]
fn old_prices_are_said_once_wherever_they_are_used() {
    let folder = Folder::new();
    let (cluster, plan) = (folder.write("c.json", CLUSTER), folder.path("p.json"));
    let prices = folder.path("prices");
    std::fs::create_dir(&prices).expect("a folder");
    let price = "region,instance_type,usd_per_hour\nus-east-1,m5.large,0.096\n";
    std::fs::write(prices.join("on_demand_prices.csv"), price).expect("written");
    let dated = "kind,region,as_of,source\non_demand,us-east-1,2020-01-01,aws\n";
    std::fs::write(prices.join("as_of.csv"), dated).expect("written");
    let (cluster, plan) = (cluster.display(), plan.display());
    let commands = [
        format!("plan {cluster} --format json --output {plan}"),
        format!("what-if {cluster} --ideal --set services.api.desiredCount=6"),
        format!("explain {cluster} {plan}"),
        format!("report {cluster} {plan} --format markdown --no-curves"),
    ];
    for command in commands {
        let run = |quiet: bool| {
            let mut run = bayplan();
            run.args(command.split(' ')).arg("--catalogue").arg(&prices);
            if quiet {
                run.arg("--quiet");
            }
            let output = run.output().expect("it runs");
            assert_eq!(output.status.code(), Some(0), "{command}");
            String::from_utf8(output.stderr).expect("UTF-8")
        };
        let said = run(false);
        assert_eq!(said.matches(OLD).count(), 1, "{command}: {said}");
        assert!(said.contains("warning: older"), "{command}: {said}");
        assert_eq!(run(true), "", "{command}");
    }
}
