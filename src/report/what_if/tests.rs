use super::*;
use crate::io::{ClusterDocument, ImportOptions, Scenario, expand};
use crate::optimize::stop::Never;
use crate::report::text::Emphasis;
use crate::what_if::{Case, Catalogues, Comparison, Options, base_case, compare, prepare};

/// A tiny cluster and what becomes of it: cheaper, dearer, infeasible and without prices.
fn comparison() -> Comparison {
    let file = r#"{"version": 1, "cluster": "shop|x", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 6, "cpu": 512, "memory": 1024}],
        "policy": {"allowedInstanceTypes": ["c7i.large", "m7i.large", "c7g.large"], "maxShareOnInstance": 1}}"#;
    let document = ClusterDocument::parse(file, "shop.json").expect("a document");
    let files = crate::catalogue::CatalogueFiles::default();
    let mut catalogues = Catalogues::new(&files);
    let options = ImportOptions::default();
    let base: Case = base_case(&document, &options, &mut catalogues).expect("a cluster");
    let texts = ["api.desiredCount=3..12 step 9", "api.gpu=1"].map(str::to_owned);
    let mut scenarios: Vec<Scenario> = expand(&texts[..1], &[]).expect("scenarios");
    scenarios.extend(expand(&texts[1..], &[]).expect("scenarios"));
    scenarios.extend(expand(&["region=xx-none-1".to_owned()], &[]).expect("scenarios"));
    scenarios[0].name = "=half".to_owned();
    let cases = prepare(&document, &base, &scenarios, &options, &mut catalogues).expect("cases");
    let ideal = Options {
        ideal: true,
        ..Options::default()
    };
    compare(&base, &cases, &ideal, &Never, &|| ())
}

#[test]
fn the_table_says_what_each_costs_and_why_some_do_not() {
    insta::assert_snapshot!(text::render(&comparison(), Emphasis::Plain));
}

#[test]
fn markdown_and_csv_escape_what_comes_from_files() {
    let comparison = comparison();
    insta::assert_snapshot!(markdown::render(&comparison));
    insta::assert_snapshot!(csv::render(&comparison));
}

#[test]
fn the_page_has_every_scenario_escapes_names_and_loads_nothing() {
    let mut comparison = comparison();
    comparison.scenarios[0].name = "<script>alert(1)</script>".to_owned();
    let page = html::render(&comparison);
    assert!(
        !page.contains("<script") && page.contains("&lt;script&gt;"),
        "{page}"
    );
    for outside in ["http://", "https://", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let bars = page.matches("<div class=\"fill").count();
    let whole = std::iter::once(&comparison.base).chain(&comparison.scenarios);
    assert_eq!(bars, whole.filter(|row| row.whole_cost().is_some()).count());
    assert!(page.contains("style=\"width:100.00%\""));
}
