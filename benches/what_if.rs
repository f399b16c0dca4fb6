//! A sweep of 100 scenarios beside 100 separate plans of the changed files, at two sizes of effort: with fleets that
//! ECS can fill, and with the best packings alone. Prints both times, their ratio, and how far the costs differ.

mod cases;

use std::io::Write as _;
use std::time::Instant;

use bayplan::catalogue::CatalogueFiles;
use bayplan::io::{ClusterDocument, ImportOptions, expand};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use bayplan::what_if::{Catalogues, Options, base_case, compare, prepare};
use cases::{LADDER, catalogue};

const SEED: u64 = 1;
/// The size of 50 services and 1,000 tasks.
const SIZE: usize = 3;

fn main() {
    // `cargo test --benches` asks for a quick look.
    let values = if std::env::args().any(|argument| argument == "--bench") {
        100
    } else {
        9
    };
    for ideal in [true, false] {
        side_by_side(values, ideal);
    }
}

fn side_by_side(values: usize, ideal: bool) {
    let text = LADDER[SIZE].cluster_file(SEED);
    let sweep = format!("service-0001.desiredCount=1..{values}");
    let options = ImportOptions::default();
    let began = Instant::now();
    let files = CatalogueFiles::default();
    let mut catalogues = Catalogues::new(&files);
    let document = ClusterDocument::parse(&text, "cluster.json").expect("a document");
    let base = base_case(&document, &options, &mut catalogues).expect("a cluster");
    let scenarios = expand(&[sweep], &[]).expect("a range");
    let cases = prepare(&document, &base, &scenarios, &options, &mut catalogues).expect("cases");
    let own = Options {
        ideal,
        ..Options::default()
    };
    let comparison = compare(&base, &cases, &own, &Never, &|| ());
    let together = began.elapsed();
    let began = Instant::now();
    let mut dearer = 0.0_f64;
    for (scenario, row) in scenarios.iter().zip(&comparison.scenarios) {
        let document = ClusterDocument::parse(&text, "cluster.json").expect("a document");
        let changed = document.with(&scenario.changes).expect("a path");
        let cluster = changed.import(&options).expect("a cluster").cluster;
        let catalogue = catalogue(&cluster);
        let options = PlanOptions {
            ideal,
            ..PlanOptions::default()
        };
        let planned = plan(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan");
        let cost = row.cost.as_ref().expect("a plan").usd_per_hour;
        dearer += cost.gap_to(planned.plan.cost.usd_per_hour) / values as f64;
    }
    let apart = began.elapsed();
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "{}, {values} scenarios: together {:.1} s, apart {:.1} s, ratio {:.3}; costs {:.2} % higher on average",
        if ideal { "best packings" } else { "fleets" },
        together.as_secs_f64(),
        apart.as_secs_f64(),
        together.as_secs_f64() / apart.as_secs_f64(),
        dearer * 100.0
    );
}
