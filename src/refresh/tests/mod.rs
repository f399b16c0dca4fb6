//! A refresh as a whole, on recorded answers: what it writes, and what is left when it fails.

mod fixture;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::answers::Failing;
use super::outcome::{Outcome, PartFailure, Why};
use super::run::KINDS;
use super::{ApiFailure, CatalogueApi, RefreshError, Request, refresh};
use crate::catalogue::{Catalogue, CatalogueFiles, CatalogueKind, UpfrontPayment};
use crate::domain::capacity::Capacity;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use fixture::{BEFORE, NOW, REGIONS, answers, regions, time, write};

fn run(api: &dyn CatalogueApi, directory: &Path, at: &str) -> Outcome {
    refresh(api, &regions(), directory, time(at), &|_| {}).expect("a directory")
}

/// A directory that was refreshed before, when m5.large cost 0.096.
fn refreshed_before() -> TempDir {
    let directory = tempfile::tempdir().expect("a folder");
    let outcome = run(
        &answers("0.0960000000", BEFORE).api,
        directory.path(),
        BEFORE,
    );
    assert_eq!(outcome.failures, []);
    directory
}

fn catalogue(directory: &Path, region: &str) -> Catalogue {
    let files = CatalogueFiles {
        directory: Some(directory.to_owned()),
        ..CatalogueFiles::default()
    };
    Catalogue::load(region, &files).expect("files that read back")
}

fn contents(directory: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(directory).expect("a folder").map(|entry| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read_to_string(entry.path()).expect("text"))
    });
    files
        .filter(|(name, _)| !name.starts_with(".bayplan-"))
        .collect()
}

fn usd(text: &str) -> UsdPerHour {
    text.parse().expect("an amount")
}

#[test]
fn what_is_written_is_what_catalogues_read() {
    let directory = tempfile::tempdir().expect("a folder");
    let outcome = run(&answers("0.0960000000", NOW).api, directory.path(), NOW);
    assert_eq!(outcome.failures, []);
    for region in REGIONS {
        let read = catalogue(directory.path(), region);
        assert_eq!(read.source(), "aws");
        let dates = read.as_of();
        for date in [&dates.on_demand, &dates.spot] {
            assert_eq!(date.as_deref(), Some("2026-11-29"));
        }
        // The rates of Fargate Spot that stay make the embedded Region's as old as they are.
        let is_embedded = region == REGIONS[0];
        let fargate = if is_embedded {
            "2026-03-31"
        } else {
            "2026-11-29"
        };
        assert_eq!(dates.fargate.as_deref(), Some(fargate));
        let price = read.on_demand_price("m5.large").expect("a price");
        assert_eq!(
            (price.usd_per_hour, price.basis.as_str()),
            (usd("0.096"), "price_list_2026-11-29")
        );
        assert!(read.instance_type("m99.large").is_some());
        let known = read.instance_type("m5.large").expect("a type");
        assert_eq!((known.branch_enis, known.max_enis), (10, 3));
        let zone = format!("{}-az1", &region[..4]);
        assert_eq!(read.zone_ids("m5.large"), Some(&[zone.clone()][..]));
        // 12 hours at 0.02, 12 at 0.04.
        let spot = read
            .spot_price("m5.large", Some(&zone))
            .expect("a Spot price");
        assert_eq!(spot.usd_per_hour, usd("0.03"));
        let rate = read
            .fargate_rate(CpuArchitecture::Arm64, Capacity::Fargate)
            .expect("a rate");
        assert_eq!(
            (rate.usd_per_vcpu_hour, rate.usd_per_gb_hour),
            (usd("0.03238"), usd("0.00356"))
        );
        let fee = read.managed_instances_fee("m5.large").expect("a fee");
        assert_eq!(fee.usd_per_hour, usd("0.01152"));
        let rates = read.savings_plan_rates();
        assert_eq!(rates.len(), 2);
        assert_eq!(
            (rates[1].payment, rates[1].term_years),
            (UpfrontPayment::All, 3)
        );
        let gp3 = read.gp3_usd_per_gib_month().expect("a price");
        assert_eq!(gp3.usd.to_string(), "0.085");
    }
    // Fargate Spot is not in the price list: the embedded Region keeps its rates, the other has none.
    let spot = |region| {
        catalogue(directory.path(), region)
            .fargate_rate(CpuArchitecture::X86_64, Capacity::FargateSpot)
            .cloned()
    };
    assert_eq!(
        spot(REGIONS[0]).map(|rate| rate.basis).as_deref(),
        Some("secondary")
    );
    assert_eq!(spot(REGIONS[1]), None);
    assert_eq!(outcome.notes.len(), 2);
}

#[test]
fn files_of_a_refresh_are_plain_and_sorted() {
    let directory = tempfile::tempdir().expect("a folder");
    run(&answers("0.0960000000", NOW).api, directory.path(), NOW);
    let mut files = contents(directory.path());
    let types = files.remove("instance_types.csv").expect("types");
    let new = types
        .lines()
        .find(|line| line.starts_with("m99.large,"))
        .unwrap_or_default();
    assert_eq!(
        new,
        "m99.large,4,8192,x86_64,3,0,none,0,,0,0,0.75,true,false,false,nitro,true,al2023,27,shared,2026-11-29"
    );
    let text: Vec<String> = files
        .iter()
        .map(|(name, text)| format!("== {name}\n{text}"))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
    let again = tempfile::tempdir().expect("a folder");
    run(&answers("0.0960000000", NOW).api, again.path(), NOW);
    assert_eq!(contents(again.path()), contents(directory.path()));
}

#[test]
fn what_is_no_longer_answered_is_gone_and_other_regions_stay() {
    let directory = refreshed_before();
    let new = answers("0.1000000000", NOW);
    let own = new.folder.path().join("us-east-1");
    write(
        &own,
        "DescribeInstanceTypeOfferings",
        &json!({"InstanceTypeOfferings": [
        {"InstanceType": "m99.large", "Location": "us-e-az1"}]}),
    );
    let only = ["us-east-1".to_owned()];
    let outcome =
        refresh(&new.api, &only, directory.path(), time(NOW), &|_| {}).expect("a directory");
    assert_eq!(outcome.failures, []);
    let here = catalogue(directory.path(), "us-east-1");
    assert_eq!(here.zone_ids("m5.large"), None);
    assert_eq!(here.as_of().on_demand.as_deref(), Some("2026-11-29"));
    let there = catalogue(directory.path(), "test-north-1");
    assert!(there.zone_ids("m5.large").is_some());
    assert_eq!(there.as_of().on_demand.as_deref(), Some("2026-10-01"));
    assert_eq!(
        there
            .on_demand_price("m5.large")
            .map(|price| price.usd_per_hour),
        Some(usd("0.096"))
    );
}

/// Every price is of the day that the directory states: rows and dates change together.
fn rows_and_dates_agree(directory: &Path) {
    for region in REGIONS {
        let read = catalogue(directory, region);
        let day = read.as_of().on_demand.clone().unwrap_or_default();
        let price = read.on_demand_price("m5.large").expect("a price");
        assert_eq!(price.basis, format!("price_list_{day}"), "{region}");
        let (before, now) = (usd("0.096"), usd("0.1"));
        let expected = if day == "2026-10-01" { before } else { now };
        assert_eq!(price.usd_per_hour, expected, "{region}");
        let rate = read
            .fargate_rate(CpuArchitecture::X86_64, Capacity::Fargate)
            .expect("a rate");
        let fargate = read.as_of().fargate.clone().unwrap_or_default();
        if region == REGIONS[0] {
            // Its rates of Fargate Spot are embedded ones still.
            assert_eq!(fargate, "2026-03-31");
        } else {
            assert_eq!(rate.basis, format!("price_list_{fargate}"), "{region}");
        }
    }
}

fn calls_of_a_refresh() -> usize {
    let directory = tempfile::tempdir().expect("a folder");
    let answers = answers("0.1000000000", NOW);
    let counting = Failing::new(&answers.api, false, |_| false);
    run(&counting, directory.path(), NOW);
    counting.calls()
}

#[test]
fn whatever_call_fails_the_rest_is_new_and_its_own_is_as_before() {
    let calls = calls_of_a_refresh();
    assert_eq!(calls, 18);
    for is_refused in [false, true] {
        for at in 0..calls {
            let directory = refreshed_before();
            let answers = answers("0.1000000000", NOW);
            let api = Failing::new(&answers.api, is_refused, |call| call == at);
            let outcome = run(&api, directory.path(), NOW);
            assert_eq!(outcome.failures.len(), 1, "call {at}");
            let failure = &outcome.failures[0];
            assert!(
                matches!(&failure.why, Why::Call(_)),
                "call {at}: {failure:?}"
            );
            let optional = [
                CatalogueKind::SavingsPlanRates,
                CatalogueKind::ManagedInstancesFees,
            ];
            assert_eq!(
                failure.is_passed_over(),
                is_refused && optional.contains(&failure.kind)
            );
            rows_and_dates_agree(directory.path());
            let region = failure.region.clone().expect("a Region");
            let read = catalogue(directory.path(), &region);
            let used = read
                .figures_used()
                .iter()
                .find(|used| used.kind == failure.kind);
            let day = used.and_then(|used| used.as_of).map(|day| day.to_string());
            let is_older = failure.kind == CatalogueKind::FargatePrices && region == REGIONS[0];
            assert_eq!(
                day.as_deref(),
                Some(if is_older { "2026-03-31" } else { "2026-10-01" }),
                "call {at}: {:?}",
                failure.kind
            );
        }
    }
}

#[test]
fn a_refresh_that_nothing_answers_leaves_every_file() {
    let directory = refreshed_before();
    let before = contents(directory.path());
    let answers = answers("0.1000000000", NOW);
    let outcome = run(
        &Failing::new(&answers.api, false, |_| true),
        directory.path(),
        NOW,
    );
    assert_eq!(outcome.failures.len(), KINDS.len() * REGIONS.len());
    assert_eq!(outcome.written, []);
    assert_eq!(contents(directory.path()), before);
}

/// An API that takes the process with it at a call.
struct Killing<'a>(Failing<'a, super::answers::RecordedAnswers>, usize);

impl CatalogueApi for Killing<'_> {
    fn page(&self, request: &Request, token: Option<&str>) -> Result<Value, ApiFailure> {
        assert!(self.0.calls() < self.1, "killed");
        self.0.page(request, token)
    }
}

#[test]
fn a_refresh_that_is_killed_leaves_whole_files() {
    let (old, new) = (refreshed_before(), refreshed_before());
    let answers = answers("0.1000000000", NOW);
    run(&answers.api, new.path(), NOW);
    let (old, new) = (contents(old.path()), contents(new.path()));
    for at in 0..calls_of_a_refresh() {
        let directory = refreshed_before();
        let api = Killing(Failing::new(&answers.api, false, |_| false), at);
        let killed = catch_unwind(AssertUnwindSafe(|| run(&api, directory.path(), NOW)));
        assert!(killed.is_err(), "call {at}");
        for (name, text) in contents(directory.path()) {
            let is_whole = name == "as_of.csv" || text == old[&name] || text == new[&name];
            assert!(is_whole, "call {at}: {name}");
        }
        rows_and_dates_agree(directory.path());
    }
}

#[test]
fn answers_that_say_nothing_replace_nothing() {
    let directory = refreshed_before();
    let new = answers("0.1000000000", NOW);
    let own = new.folder.path().join("us-east-1");
    write(&own, "GetProducts-AmazonEC2", &json!({"PriceList": []}));
    write(
        &own,
        "GetProducts-AmazonECS",
        &json!({"PriceList": ["not JSON"]}),
    );
    write(
        &own,
        "DescribeSpotPriceHistory",
        &json!({"SpotPriceHistory": [
        {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.large", "SpotPrice": "cheap", "Timestamp": "2026-11-01T00:00:00Z"}]}),
    );
    write(
        &own,
        "DescribeInstanceTypes.more",
        &json!({"InstanceTypes": [], "NextToken": "more"}),
    );
    let outcome = run(&new.api, directory.path(), NOW);
    let said: Vec<String> = (outcome.failures.iter())
        .map(|failure| {
            format!(
                "{} {:?}: {}",
                failure.kind.words(),
                failure.region,
                failure.why
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    rows_and_dates_agree(directory.path());
    assert_eq!(
        catalogue(directory.path(), "us-east-1")
            .as_of()
            .on_demand
            .as_deref(),
        Some("2026-10-01")
    );
}

#[test]
fn a_region_without_managed_instances_or_savings_plans_is_refreshed_without() {
    let directory = refreshed_before();
    let new = answers("0.1000000000", NOW);
    let own = new.folder.path().join("us-east-1");
    write(
        &own,
        "DescribeSavingsPlansOfferingRates",
        &json!({"searchResults": []}),
    );
    let outcome = run(&new.api, directory.path(), NOW);
    assert_eq!(outcome.failures.len(), 1);
    assert!(outcome.failures[0].is_passed_over());
    write(
        &own,
        "DescribeSavingsPlansOfferingRates",
        &json!({"searchResults": [{"rate": "0.1"}]}),
    );
    let outcome = run(&new.api, directory.path(), NOW);
    assert!(
        !outcome.failures[0].is_passed_over(),
        "{:?}",
        outcome.failures
    );
}

#[test]
fn one_odd_row_is_left_out_and_said_and_the_others_are_new() {
    let directory = refreshed_before();
    let new = answers("0.1000000000", NOW);
    let own = new.folder.path().join("us-east-1");
    let spot = |name: &str, usd: &str| {
        json!({"AvailabilityZone": "us-east-1a", "InstanceType": name, "SpotPrice": usd,
            "Timestamp": "2026-11-01T00:00:00Z"})
    };
    let beyond = "79228162514264337593543950335";
    write(
        &own,
        "DescribeSpotPriceHistory",
        &json!({"SpotPriceHistory": [spot("m5.large", "0.03"), spot("m99.large", beyond), spot("=cmd()", "0.01"),
            {"InstanceType": "m5.large"}]}),
    );
    let outcome = run(&new.api, directory.path(), NOW);
    assert_eq!(outcome.failures, []);
    let read = catalogue(directory.path(), "us-east-1");
    let price = |name| read.spot_price(name, Some("us-e-az1"));
    let usd_per_hour = price("m5.large").map(|price| price.usd_per_hour);
    assert_eq!(usd_per_hour, Some(usd("0.03")));
    let is_of_file = price("m99.large").is_some();
    assert!(!is_of_file);
    let said: Vec<&String> = (outcome.notes.iter())
        .filter(|note| note.contains("left out"))
        .collect();
    insta::assert_debug_snapshot!(said);
}

#[test]
fn an_answer_without_its_list_is_no_empty_one() {
    let directory = refreshed_before();
    let new = answers("0.1000000000", NOW);
    let own = new.folder.path().join("us-east-1");
    for name in [
        "DescribeInstanceTypes",
        "DescribeInstanceTypeOfferings",
        "DescribeSpotPriceHistory",
        "GetProducts-AmazonEC2",
        "DescribeSavingsPlansOfferingRates",
    ] {
        write(&own, name, &json!({}));
    }
    let outcome = run(&new.api, directory.path(), NOW);
    let mut said: Vec<String> = (outcome.failures.iter())
        .map(|failure| failure.why.to_string())
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "ec2:DescribeInstanceTypeOfferings: the answer lacks `InstanceTypeOfferings`",
            "ec2:DescribeInstanceTypes: the answer lacks `InstanceTypes`",
            "ec2:DescribeSpotPriceHistory: the answer lacks `SpotPriceHistory`",
            "pricing:GetProducts: the answer lacks `PriceList`",
            "savingsplans:DescribeSavingsPlansOfferingRates: the answer lacks `searchResults`",
        ]
    );
    assert!(!outcome.failures.iter().any(PartFailure::is_passed_over));
}

/// An API during whose first call something takes the place of the file of days.
struct InTheWay<'a>(&'a dyn CatalogueApi, &'a Path);

impl CatalogueApi for InTheWay<'_> {
    fn page(&self, request: &Request, token: Option<&str>) -> Result<Value, ApiFailure> {
        let file = self.1.join("as_of.csv");
        if !file.is_dir() {
            let _ = fs::remove_file(&file);
            fs::create_dir(&file).expect("a folder");
        }
        self.0.page(request, token)
    }
}

#[test]
fn days_that_cannot_be_written_are_said_of_files_that_are_new() {
    let directory = refreshed_before();
    let answers = answers("0.1000000000", NOW);
    let api = InTheWay(&answers.api, directory.path());
    let outcome = run(&api, directory.path(), NOW);
    assert_eq!(outcome.written.len(), KINDS.len());
    assert_eq!(outcome.failures.len(), KINDS.len());
    for failure in &outcome.failures {
        assert!(failure.is_undated() && failure.is_of_place() && !failure.is_of_aws());
        let said = failure.why.to_string();
        assert!(said.contains("as_of.csv cannot be written: "), "{said}");
    }
    let prices = fs::read_to_string(directory.path().join("on_demand_prices.csv")).expect("text");
    assert!(
        prices.contains("us-east-1,m5.large,0.1,price_list_2026-11-29"),
        "{prices}"
    );
}

#[test]
fn what_a_killed_refresh_left_is_cleared_by_the_next() {
    let directory = refreshed_before();
    let half = directory.path().join(".bayplan-refresh-new-x1y2z3");
    fs::write(&half, "half").expect("written");
    run(&answers("0.1", NOW).api, directory.path(), NOW);
    assert!(!half.exists());
}

#[test]
fn what_would_not_read_back_is_not_written() {
    let directory = refreshed_before();
    let new = answers("0.1000000000", NOW);
    let own = new.folder.path().join("us-east-1");
    write(
        &own,
        "DescribeInstanceTypes",
        &json!({"InstanceTypes": [{"InstanceType": "=cmd()",
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}, "VCpuInfo": {"DefaultVCpus": 2},
        "MemoryInfo": {"SizeInMiB": 8192}, "NetworkInfo": {"MaximumNetworkInterfaces": 3}}]}),
    );
    let outcome = run(&new.api, directory.path(), NOW);
    assert_eq!(outcome.failures.len(), 1);
    let failure = &outcome.failures[0];
    assert!(matches!(&failure.why, Why::ReadBack(_)), "{failure:?}");
    assert_eq!(failure.region.as_deref(), Some("us-east-1"));
    assert!(failure.is_of_aws());
    let types = &contents(directory.path())["instance_types.csv"];
    assert!(!types.contains("cmd"));
    let day = catalogue(directory.path(), "us-east-1");
    let used = (day.figures_used().iter()).find(|used| used.kind == CatalogueKind::InstanceTypes);
    let day = used.and_then(|used| used.as_of).map(|day| day.to_string());
    assert_eq!(day.as_deref(), Some("2026-10-01"));
}

#[test]
fn a_file_that_cannot_be_read_is_left_alone_and_said() {
    let directory = refreshed_before();
    let path = directory.path().join("on_demand_prices.csv");
    fs::write(&path, "prices by hand\n1,2,3\n").expect("written");
    let outcome = run(&answers("0.1000000000", NOW).api, directory.path(), NOW);
    assert_eq!(outcome.failures.len(), 1);
    assert!(matches!(&outcome.failures[0].why, Why::OldFile(_)));
    assert!(!outcome.failures[0].is_of_aws() && !outcome.failures[0].is_passed_over());
    assert_eq!(
        fs::read_to_string(&path).expect("text"),
        "prices by hand\n1,2,3\n"
    );
    assert_eq!(outcome.written.len(), KINDS.len() - 1);
}

#[test]
fn dates_that_cannot_be_read_end_the_refresh_before_it_begins() {
    let directory = refreshed_before();
    let path = directory.path().join("as_of.csv");
    fs::write(&path, "kind,region,as_of\non_demand,,someday\n").expect("written");
    let before = contents(directory.path());
    let ended = refresh(
        &answers("0.1", NOW).api,
        &regions(),
        directory.path(),
        time(NOW),
        &|_| {},
    );
    assert!(matches!(ended, Err(RefreshError::Dates { .. })));
    assert_eq!(contents(directory.path()), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever calls fail, the directory reads, and each price is of the day that it states.
    #[test]
    fn any_calls_may_fail(fails in proptest::collection::vec(any::<bool>(), 24), is_refused: bool) {
        let directory = refreshed_before();
        let answers = answers("0.1000000000", NOW);
        let api = Failing::new(&answers.api, is_refused, |call| fails.get(call).copied().unwrap_or(false));
        let outcome = run(&api, directory.path(), NOW);
        prop_assert_eq!(outcome.failures.is_empty(), !fails.iter().take(api.calls()).any(|fails| *fails));
        rows_and_dates_agree(directory.path());
    }
}

#[test]
fn an_answer_that_loses_most_rows_leaves_the_file() {
    let directory = tempfile::tempdir().expect("a folder");
    let answers = answers("0.0960000000", BEFORE);
    run(&answers.api, directory.path(), BEFORE);
    // A file of many types, as an earlier refresh left it.
    let file = directory.path().join("on_demand_prices.csv");
    let mut text = fs::read_to_string(&file).expect("a file");
    let row = text
        .lines()
        .find(|line| line.starts_with(REGIONS[0]))
        .expect("a row")
        .to_owned();
    let kind = row.split(',').nth(1).expect("a type").to_owned();
    for size in 0..60 {
        text.push_str(&row.replace(&kind, &format!("z{size}.large")));
        text.push('\n');
    }
    fs::write(&file, &text).expect("written");
    let outcome = run(&answers.api, directory.path(), NOW);
    let failed: Vec<_> = (outcome.failures.iter())
        .filter(|failure| matches!(failure.why, Why::Fewer { .. }))
        .map(|failure| (failure.kind, failure.region.clone()))
        .collect();
    assert_eq!(
        failed,
        [(CatalogueKind::OnDemandPrices, Some(REGIONS[0].to_owned()))]
    );
    let after = fs::read_to_string(&file).expect("a file");
    assert!(after.contains("z59.large"));
}
