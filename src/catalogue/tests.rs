//! Embedded figures and files as the planner sees them through [`Catalogue`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::embedded::{PRICED_REGIONS, REGIONS};
use super::{Catalogue, CatalogueError, CatalogueFiles, CatalogueParts, Price, finding};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Zone;
use crate::domain::instance_type::{CpuArchitecture, Hypervisor};
use crate::domain::money::UsdPerHour;

fn embedded(region: &str) -> Catalogue {
    Catalogue::embedded(region).expect("an embedded Region")
}

fn usd(text: &str) -> UsdPerHour {
    text.parse().expect("an amount")
}

/// Files that live as long as the directory.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Findings with the directory taken out of the file names.
    fn describe(&self, error: &CatalogueError) -> String {
        let directory = format!("{}/", self.0.path().display());
        error.to_string().replace(&directory, "")
    }
}

const TYPES: &str = "instance_type,vcpu,memory_mib,arch,max_enis\n\
                     tiny.large,2,8192,x86_64,3\n\
                     tiny.xlarge,4,16384,arm64,4\n";

/// Regions of which no price of gp3 storage was found.
const WITHOUT_GP3: [&str; 7] = [
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "eu-central-2",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
];

#[test]
fn every_embedded_region_reads_without_a_finding() {
    assert!(REGIONS.iter().all(|region| PRICED_REGIONS.contains(region)));
    for region in PRICED_REGIONS {
        let catalogue = embedded(region);
        assert!(catalogue.instance_types().len() > 1300, "{region}");
        let priced = catalogue.instance_types().len() - catalogue.unpriced().count();
        assert!(priced > 250, "{region}: {priced}");
        assert_eq!(catalogue.prices_without_type().count(), 0, "{region}");
        assert_eq!(catalogue.source(), "embedded");
        let volume = catalogue.gp3_usd_per_gib_month().is_some();
        assert_eq!(volume, !WITHOUT_GP3.contains(&region), "{region}");
        assert_eq!(
            catalogue.knows_zones(),
            REGIONS.contains(&region),
            "{region}"
        );
    }
    for region in REGIONS {
        let catalogue = embedded(region);
        let architectures = [CpuArchitecture::X86_64, CpuArchitecture::Arm64];
        for architecture in architectures {
            let rate = catalogue.fargate_rate(architecture, Capacity::Fargate);
            assert!(rate.is_some(), "{region} {architecture}");
        }
    }
}

#[test]
fn types_and_prices_are_those_of_the_data() {
    let catalogue = embedded("us-east-1");
    let m5 = catalogue.instance_type("m5.large").expect("known");
    assert_eq!((m5.vcpus, m5.memory.get(), m5.max_enis), (2, 8192, 3));
    assert_eq!(m5.hypervisor, Hypervisor::Nitro);
    let price = catalogue.on_demand_price("m5.large").expect("priced");
    assert_eq!(price.usd_per_hour, usd("0.096"));
    assert_eq!(price.basis, "observed_2026-07");
    assert!(!price.is_weak());
    let zones = catalogue.zone_ids("m5.large").expect("offered");
    assert!(zones.contains(&"use1-az1".to_owned()));
    assert_eq!(catalogue.fargate_sizes().len(), 74);
    assert!(catalogue.instance_type("m5.huge").is_none());
}

#[test]
fn dates_are_those_of_the_sources() {
    let virginia = embedded("us-east-1");
    let dates = virginia.as_of();
    assert_eq!(dates.on_demand.as_deref(), Some("2026-07-20"));
    assert_eq!(dates.spot.as_deref(), Some("2025-06-28"));
    assert_eq!(dates.fargate.as_deref(), Some("2026-03-31"));
    let seoul = embedded("ap-northeast-2");
    assert_eq!(seoul.as_of().on_demand.as_deref(), Some("2026-02-07"));
}

#[test]
fn weak_bases_are_those_from_memory_or_computed() {
    for (basis, weak) in [
        ("unverified", true),
        ("derived", true),
        ("derived_ratio", true),
        ("metal_equal_size", true),
        ("observed_2022-23", false),
        ("published_2026-03", false),
        ("secondary", false),
        ("file", false),
    ] {
        assert_eq!(super::is_weak_basis(basis), weak, "{basis}");
    }
}

#[test]
fn types_without_a_price_are_kept_and_listed() {
    let catalogue = embedded("us-east-1");
    let unpriced: Vec<&str> = catalogue.unpriced().map(|t| t.name.as_str()).collect();
    assert!(unpriced.contains(&"p5e.48xlarge"));
    assert!(catalogue.instance_type("p5e.48xlarge").is_some());
}

#[test]
fn a_region_without_any_price_is_an_error_that_names_the_others() {
    let error = Catalogue::embedded("mars-north-1").expect_err("no such Region");
    assert_eq!(error.findings[0].code, finding::NO_PRICES);
    insta::assert_snapshot!("region_without_prices", error);
}

#[test]
fn a_region_of_which_no_zone_is_known_has_prices() {
    let catalogue = embedded("sa-east-1");
    assert!(!catalogue.knows_zones());
    let price = catalogue.on_demand_price("m5.large").expect("priced");
    assert_eq!(price.usd_per_hour, usd("0.153"));
    assert_eq!(catalogue.as_of().on_demand.as_deref(), Some("2026-02-07"));
    assert_eq!(
        catalogue
            .spot_price("m5.large", None)
            .map(|p| p.usd_per_hour),
        None
    );
}

#[test]
fn a_root_volume_costs_gib_times_the_monthly_price_over_730_hours() {
    let catalogue = embedded("us-east-1");
    let hourly = catalogue.root_volume_usd_per_hour(30).expect("priced");
    assert_eq!(hourly.rounded(), usd("0.00328767"));
}

#[test]
fn files_replace_their_kind_and_leave_the_rest() {
    let folder = Folder::new();
    let prices = "basis,note,usd_per_hour,instance_type,region\n\
                  observed,x,0.10,tiny.large,us-east-1\n\
                  observed,x,0.11,tiny.large,eu-west-1\n\
                  observed,x,9.99,ghost.large,us-east-1\n";
    let files = CatalogueFiles {
        instance_types: Some(folder.file("types.csv", TYPES)),
        on_demand_prices: Some(folder.file("prices.csv", prices)),
        ..CatalogueFiles::default()
    };
    let catalogue = Catalogue::load("us-east-1", &files).expect("good files");
    assert_eq!(catalogue.source(), "file");
    assert_eq!(catalogue.as_of().on_demand, None);
    assert_eq!(catalogue.as_of().spot.as_deref(), Some("2025-06-28"));
    let names: Vec<&str> = catalogue
        .instance_types()
        .iter()
        .map(|t| t.name.as_str())
        .collect();
    assert_eq!(names, ["tiny.large", "tiny.xlarge"]);
    let price = catalogue.on_demand_price("tiny.large").expect("priced");
    assert_eq!(price.usd_per_hour, usd("0.1"));
    assert_eq!(catalogue.unpriced().count(), 1);
    let ghosts: Vec<&str> = catalogue.prices_without_type().collect();
    assert_eq!(ghosts, ["ghost.large"]);
}

fn in_directory(folder: &Folder) -> CatalogueFiles {
    CatalogueFiles {
        directory: Some(folder.0.path().to_owned()),
        ..CatalogueFiles::default()
    }
}

const PRICES: &str = "region,instance_type,usd_per_hour\nus-east-1,m5.large,0.10\n";

#[test]
fn a_directory_replaces_what_it_has_and_single_files_go_before_it() {
    let folder = Folder::new();
    folder.file("on_demand_prices.csv", PRICES);
    folder.file(
        "as_of.csv",
        "kind,region,as_of,source\non_demand,us-east-1,2026-11-20,aws\non_demand,eu-west-1,2026-11-21,aws\n",
    );
    let mut files = in_directory(&folder);
    let price = |catalogue: &Catalogue| {
        catalogue
            .on_demand_price("m5.large")
            .map(|p| p.usd_per_hour)
    };
    let catalogue = Catalogue::load("us-east-1", &files).expect("a directory");
    assert_eq!(price(&catalogue), Some(usd("0.1")));
    assert_eq!(catalogue.source(), "aws");
    assert_eq!(catalogue.as_of().on_demand.as_deref(), Some("2026-11-20"));
    assert_eq!(catalogue.as_of().spot.as_deref(), Some("2025-06-28"));
    assert!(catalogue.instance_types().len() > 1300);
    let elsewhere = Catalogue::load("eu-west-1", &files).expect("embedded prices stand in");
    assert_eq!(price(&elsewhere), Some(usd("0.107")));
    assert_eq!(elsewhere.source(), "embedded");
    assert_eq!(elsewhere.as_of().on_demand.as_deref(), Some("2026-02-07"));
    let single = PRICES.replace("0.10", "0.12");
    files.on_demand_prices = Some(folder.file("single.csv", &single));
    let catalogue = Catalogue::load("us-east-1", &files).expect("a file");
    assert_eq!(price(&catalogue), Some(usd("0.12")));
    assert_eq!(
        (catalogue.source(), catalogue.as_of().on_demand.as_deref()),
        ("file", None)
    );
}

#[test]
fn a_directory_that_nobody_dated_is_a_file_of_no_day() {
    let folder = Folder::new();
    folder.file("on_demand_prices.csv", PRICES);
    let catalogue = Catalogue::load("us-east-1", &in_directory(&folder)).expect("a directory");
    assert_eq!(
        (catalogue.source(), catalogue.as_of().on_demand.as_deref()),
        ("file", None)
    );
}

#[test]
fn fees_and_savings_plans_of_a_directory_are_read() {
    let folder = Folder::new();
    folder.file(
        "managed_instances_fees.csv",
        "region,instance_type,usd_per_hour,basis\nus-east-1,m5.large,0.01152,price_list\n",
    );
    folder.file(
        "savings_plan_rates.csv",
        "region,instance_type,kind,term_years,payment,usd_per_hour,basis\n\
         us-east-1,m5.large,compute,1,no-upfront,0.07,offering\nus-east-1,m5.large,ec2-instance,3,all-upfront,0.04,offering\n",
    );
    let catalogue = Catalogue::load("us-east-1", &in_directory(&folder)).expect("a directory");
    let fee = catalogue.managed_instances_fee("m5.large").expect("a fee");
    assert_eq!(fee.usd_per_hour, usd("0.01152"));
    let rates = catalogue.savings_plan_rates();
    assert_eq!(rates.len(), 2);
    assert_eq!(rates[1].payment, super::UpfrontPayment::All);
    assert_eq!(rates[1].usd_per_hour, usd("0.04"));
}

#[test]
fn a_file_of_fees_without_the_region_is_an_error_and_not_the_rule() {
    let folder = Folder::new();
    let rows = "region,instance_type,usd_per_hour,basis\neu-west-1,m5.large,0.01,file\n";
    let path = folder.file("fees.csv", rows);
    let files = CatalogueFiles {
        managed_instances_fees: Some(path.clone()),
        ..CatalogueFiles::default()
    };
    let error = Catalogue::load("us-east-1", &files).expect_err("no fee");
    let [found] = error.findings.as_slice() else {
        panic!("one finding: {error}");
    };
    assert_eq!(found.code, finding::NO_PRICES);
    assert_eq!(found.file, path.display().to_string());
    assert!(found.cause.contains("us-east-1"), "{}", found.cause);
    assert!(Catalogue::load("eu-west-1", &files).is_ok());
}

#[test]
fn what_is_wrong_in_a_directory_is_located_in_its_files() {
    let folder = Folder::new();
    folder.file(
        "on_demand_prices.csv",
        "region,instance_type,usd_per_hour\nus-east-1,m5.large,free\n",
    );
    folder.file("as_of.csv", "kind,region,as_of\non_demand,,soon\n");
    folder.file("managed_instances_fees.csv", "region,instance_type\n");
    folder.file(
        "savings_plan_rates.csv",
        "region,instance_type,kind,term_years,payment,usd_per_hour\nus-east-1,m5.large,spot,40,later,1\n\
         us-east-1,m5.large,compute,1,no-upfront,1\nus-east-1,m5.large,compute,1,no-upfront,2\n",
    );
    let error = Catalogue::load("us-east-1", &in_directory(&folder)).expect_err("bad files");
    insta::assert_snapshot!("directory_findings", folder.describe(&error));
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let folder = Folder::new();
    for place in [folder.0.path().join("none"), folder.file("a.csv", PRICES)] {
        let files = CatalogueFiles {
            directory: Some(place.clone()),
            ..CatalogueFiles::default()
        };
        let error = Catalogue::load("us-east-1", &files).expect_err("no directory");
        assert_eq!(error.findings.len(), 1);
        assert_eq!(error.findings[0].code, finding::UNREADABLE);
        assert_eq!(error.findings[0].file, place.display().to_string());
    }
}

#[test]
fn everything_wrong_in_the_files_is_reported_at_once() {
    let folder = Folder::new();
    let types = "instance_type,vcpu,memory_mib,arch,max_enis,burstable,hypervisor\n\
                 a.large,two,8192,x86_64,3,false,nitro\n\
                 b.large,0,-1,sparc,3,maybe,kvm\n\
                 c.large,2\n\
                 d.large,2,8192,x86_64,3,,\n\
                 d.large,2,8192,x86_64,3,,\n\
                 ,2,8192,x86_64,3,,\n\
                 =e.large,2,8192,x86_64,3,,\n\
                 f.large,2,8192,x86_64,3,,\u{1b}[2J\n";
    let prices = "region,instance_type,usd_per_hour\n\
                  us-east-1,a.large,-0.1\n\
                  us-east-1,b.large,free\n\
                  us-east-1,c.large,0.1\n\
                  us-east-1,c.large,0.2\n\
                  eu-west-1,c.large,nonsense of another Region\n";
    let files = CatalogueFiles {
        instance_types: Some(folder.file("types.csv", types)),
        on_demand_prices: Some(folder.file("prices.csv", prices)),
        spot_advisor: Some(folder.file(
            "advisor.csv",
            "region,instance_type,savings_pct\nus-east-1,d.large,140\n",
        )),
        zone_offerings: Some(folder.file("zones.csv", "region,zones\n")),
        fargate_prices: Some(folder.0.path().join("missing.csv")),
        ..CatalogueFiles::default()
    };
    let error = Catalogue::load("us-east-1", &files).expect_err("bad files");
    insta::assert_snapshot!("file_findings", folder.describe(&error));
}

#[test]
fn a_price_file_without_the_region_names_the_regions_it_has() {
    let folder = Folder::new();
    let prices = "region,instance_type,usd_per_hour\neu-west-1,m5.large,0.1\n";
    let files = CatalogueFiles {
        on_demand_prices: Some(folder.file("prices.csv", prices)),
        ..CatalogueFiles::default()
    };
    let error = Catalogue::load("eu-north-1", &files).expect_err("no price");
    assert!(error.to_string().contains("eu-west-1"), "{error}");
}

#[test]
fn spot_prices_come_from_the_file_else_from_the_saving_and_never_exceed_on_demand() {
    let folder = Folder::new();
    let files = CatalogueFiles {
        instance_types: Some(folder.file("types.csv", TYPES)),
        on_demand_prices: Some(folder.file(
            "prices.csv",
            "region,instance_type,usd_per_hour\n\
             us-east-1,tiny.large,0.10\nus-east-1,tiny.xlarge,0.20\n",
        )),
        spot_prices: Some(folder.file(
            "spot.csv",
            "region,az,instance_type,usd_per_hour\n\
             us-east-1,use1-az1,tiny.large,0.04\nus-east-1,use1-az2,tiny.large,0.50\n",
        )),
        spot_advisor: Some(folder.file(
            "advisor.csv",
            "region,instance_type,savings_pct,interruption_band\n\
             us-east-1,tiny.large,60,<5%\nus-east-1,tiny.xlarge,75,>20%\n",
        )),
        ..CatalogueFiles::default()
    };
    let catalogue = Catalogue::load("us-east-1", &files).expect("good files");
    let spot = |name: &str, zone: Option<&str>| {
        let price = catalogue.spot_price(name, zone)?;
        Some((price.usd_per_hour, price.basis))
    };
    let from_file = |text: &str| Some((usd(text), "file".to_owned()));
    let from_saving = |text: &str| Some((usd(text), "on_demand_less_saving".to_owned()));
    assert_eq!(spot("tiny.large", Some("use1-az1")), from_file("0.04"));
    assert_eq!(spot("tiny.large", Some("use1-az2")), from_file("0.10"));
    assert_eq!(spot("tiny.large", None), from_file("0.07"));
    assert_eq!(spot("tiny.large", Some("use1-az3")), from_saving("0.04"));
    assert_eq!(spot("tiny.xlarge", None), from_saving("0.05"));
    assert_eq!(spot("m5.large", None), None);
    assert_eq!(catalogue.as_of().spot, None);
}

#[test]
fn parts_make_a_catalogue_without_files() {
    let virginia = embedded("us-east-1");
    let m5 = virginia.instance_type("m5.large").expect("known").clone();
    let price = Price {
        usd_per_hour: usd("0.1"),
        basis: "file".to_owned(),
    };
    let catalogue = Catalogue::from_parts(CatalogueParts {
        region: "test-1".to_owned(),
        instance_types: vec![m5.clone(), m5],
        on_demand_prices: BTreeMap::from([("m5.large".to_owned(), price)]),
        ..CatalogueParts::default()
    });
    assert_eq!(catalogue.instance_types().len(), 1);
    assert_eq!(catalogue.unpriced().count(), 0);
    assert!(catalogue.root_volume_usd_per_hour(30).is_none());
}

#[test]
fn where_nothing_is_known_of_a_regions_zones_every_type_counts_as_offered() {
    let virginia = embedded("us-east-1");
    let m5 = virginia.instance_type("m5.large").expect("known").clone();
    let catalogue = |zone_ids| {
        Catalogue::from_parts(CatalogueParts {
            region: "test-1".to_owned(),
            instance_types: vec![m5.clone()],
            zone_ids,
            ..CatalogueParts::default()
        })
    };
    let zones = [("test-1a", None), ("test-1b", Some("t1-az1"))].map(|(name, id)| Zone {
        name: Some(name.to_owned()),
        id: id.map(str::to_owned),
    });
    let offered = |catalogue: &Catalogue| {
        (zones.iter())
            .filter(|zone| catalogue.is_offered_in("m5.large", zone, zones.len()))
            .count()
    };
    let nothing = catalogue(BTreeMap::new());
    assert!(!nothing.knows_zones());
    assert_eq!(offered(&nothing), 2);
    // What is known of another type is no word of this one.
    let of_another = BTreeMap::from([("m5.xlarge".to_owned(), vec!["t1-az1".to_owned()])]);
    let something = catalogue(of_another);
    assert!(something.knows_zones());
    assert_eq!(offered(&something), 0);
}

proptest::proptest! {
    /// Whatever a file holds, reading it ends in a catalogue or in findings.
    #[test]
    fn no_text_makes_the_readers_panic(text in "(instance_type|region|usd_per_hour|vcpu|[,\n\"a-z0-9.-])*") {
        let folder = Folder::new();
        let path = Some(folder.file("any.csv", &text));
        let files = CatalogueFiles {
            instance_types: path.clone(),
            on_demand_prices: path.clone(),
            spot_prices: path.clone(),
            spot_advisor: path.clone(),
            zone_offerings: path.clone(),
            fargate_prices: path.clone(),
            fargate_sizes: path.clone(),
            other_prices: path.clone(),
            managed_instances_fees: path.clone(),
            savings_plan_rates: path.clone(),
            rate_card: path,
            directory: None,
        };
        let result = Catalogue::load("us-east-1", &files);
        proptest::prop_assert!(result.is_err_and(|error| !error.findings.is_empty()));
    }
}
