//! The subcommands as they are called.

use clap::Parser;

use super::{CatalogueCommandError, LookUp, run};

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    look_up: LookUp,
}

/// What a command line writes to stdout and stderr.
fn output(line: &str) -> Result<(String, String), CatalogueCommandError> {
    let words = std::iter::once("catalogue").chain(line.split_whitespace());
    let cli = Cli::try_parse_from(words).expect("a command line");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    run(&cli.look_up, &mut out, &mut err)?;
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ok((text(out), text(err)))
}

fn stdout(line: &str) -> String {
    output(line).expect("a result").0
}

/// First cells of the rows of a CSV result.
fn names(line: &str) -> Vec<String> {
    let csv = stdout(&format!("{line} --region us-east-1 --format csv"));
    csv.lines()
        .skip(1)
        .filter_map(|row| row.split(',').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn list_shows_every_type_and_counts_those_without_a_price_on_the_last_line() {
    let text = stdout("list --region us-east-1");
    assert!(text.contains("1392 types in us-east-1 (embedded catalogue"));
    let dashes = text.lines().find(|line| line.starts_with("p5e.48xlarge"));
    assert!(
        dashes.is_some_and(|line| line.contains(" - ")),
        "{dashes:?}"
    );
    let last = text.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("46 types have no price in us-east-1: dl2q.24xlarge, "),
        "{last}"
    );
}

#[test]
fn in_forms_for_programs_the_note_on_prices_goes_to_stderr() {
    let (out, err) = output("list --region us-east-1 --format json").expect("a result");
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let types = document["instanceTypes"].as_array().expect("a list");
    assert_eq!(types.len(), 1392);
    let unpriced = types
        .iter()
        .filter(|row| row["onDemandUsdPerHour"].is_null());
    assert_eq!(unpriced.count(), 46);
    assert!(err.contains("46 types have no price in us-east-1"), "{err}");
    assert!(
        err.contains("older than 30 days: On-Demand prices of"),
        "{err}"
    );
}

#[test]
fn show_prints_what_is_known_of_a_type() {
    insta::assert_snapshot!("show_text", stdout("show t3.medium --region us-west-2"));
    insta::assert_snapshot!(
        "show_json",
        stdout("show g4dn.xlarge --region us-east-1 --format json")
    );
}

#[test]
fn show_suggests_names_for_one_that_is_unknown() {
    let error = output("show m7g.lrge --region us-east-1").expect_err("unknown");
    assert!(error.to_string().contains("m7g.large"), "{error}");
}

#[test]
fn filter_tables_are_aligned_and_end_with_what_was_left_out() {
    let conditions = "filter --max-vcpus 2 --min-memory-mib 8192 --max-memory-mib 8192 \
                      --architecture arm64 --sort-by price";
    insta::assert_snapshot!(
        "filter_text",
        stdout(&format!("{conditions} --region us-east-1"))
    );
    insta::assert_snapshot!(
        "filter_markdown",
        stdout(&format!(
            "{conditions} --region us-east-1 --format markdown"
        ))
    );
}

#[test]
fn each_condition_narrows_the_list() {
    assert_eq!(
        names("filter --allowed-instance-types m7g.*,c7g.* --min-vcpus 4 --max-vcpus 4"),
        ["c7g.xlarge", "m7g.xlarge"]
    );
    let gpus = names("filter --min-gpus 8 --priced-only");
    assert!(
        gpus.contains(&"p4d.24xlarge".to_owned()) && !gpus.contains(&"p5e.48xlarge".to_owned())
    );
    let required = names("filter --burstable required --max-usd-per-hour 0.005");
    assert_eq!(required, ["t3a.nano", "t4g.nano"]);
    assert!(names("filter --min-enis 40 --excluded-instance-types p*").len() < 10);
    assert!(!names("filter --current-generation-only").contains(&"m5.large".to_owned()));
}

#[test]
fn orders_put_the_best_first_and_types_without_a_price_last() {
    let by_price = names("filter --sort-by price-per-gib");
    assert!(by_price.last().is_some_and(|name| {
        ["x8aedz.", "trn2.", "p5e.", "dl2q."]
            .iter()
            .any(|family| name.starts_with(family))
    }));
    let sizes = names("list --sort-by name");
    let position = |name: &str| sizes.iter().position(|n| n == name);
    assert!(position("m5.2xlarge") < position("m5.12xlarge"));
    for key in ["vcpus", "memory", "price", "price-per-vcpu", "spot-saving"] {
        assert_eq!(names(&format!("list --sort-by {key}")).len(), 1392);
    }
}

#[test]
fn show_names_fees_and_savings_plans_of_a_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        (
            "managed_instances_fees.csv",
            "region,instance_type,usd_per_hour,basis\nus-east-1,m5.large,0.01152,price_list\n",
        ),
        (
            "savings_plan_rates.csv",
            "region,instance_type,kind,term_years,payment,usd_per_hour\nus-east-1,m5.large,compute,3,no-upfront,0.05\n",
        ),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let line = format!(
        "show m5.large --region us-east-1 --catalogue {}",
        folder.path().display()
    );
    let (text, warnings) = output(&line).expect("a result");
    assert!(
        text.contains("managed fee     0.01152 USD/h (price_list)"),
        "{text}"
    );
    assert!(
        text.contains("Savings Plan    0.05 USD/h (compute, 3 a, no-upfront)"),
        "{text}"
    );
    assert!(
        warnings.contains("embedded figures stand in: instance types of 2026-10-27"),
        "{warnings}"
    );
}
