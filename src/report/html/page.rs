//! The page as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::domain::text::visible_start;
use crate::report::cost::SHOWN;
use crate::report::cost::comparison::Comparison;
use crate::report::cost::document::CostReport;
use crate::report::cost::markdown::difference;
use crate::report::cost::steps::Migration;
use crate::report::simulation::words as seen;
use crate::report::{wording, words};

use super::{bars, chart, day, decision, packings, tables};

const PAGE: &str = include_str!("templates/page.html");
const PARTS: &str = include_str!("templates/parts.html");
const STYLE: &str = include_str!("templates/style.css");
const SCRIPT: &str = include_str!("templates/script.js");

/// The file.
///
/// # Panics
/// Never: the templates are part of the program and every name in them is given.
#[must_use]
pub fn render(report: &CostReport<'_>) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let added = [("page.html", PAGE), ("parts.html", PARTS)]
        .map(|(name, text)| environment.add_template(name, text));
    for template in added {
        template.expect("the embedded templates parse");
    }
    let page = (environment.get_template("page.html")).expect("it was added");
    page.render(content(report))
        .unwrap_or_else(|error| panic!("the embedded template renders: {error:#}"))
}

fn content(report: &CostReport<'_>) -> Value {
    let plan = report.plan;
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'",
        STANDARD.encode(Sha256::digest(SCRIPT))
    );
    let shown = |items: &[String]| -> Vec<String> {
        items
            .iter()
            .map(|item| visible_start(item, 2_000))
            .collect()
    };
    Value::from(Serde(Content {
        style: STYLE,
        script: SCRIPT,
        policy,
        cluster: visible_start(&plan.cluster, SHOWN),
        region: &plan.region,
        plan_name: visible_start(report.subject.plans[report.subject.reported].0, SHOWN),
        version: env!("CARGO_PKG_VERSION"),
        decision: decision::decision(report),
        day: day::day(plan),
        comparisons: report.comparisons.iter().map(compared).collect(),
        plans: (report.table("plans"))
            .filter(|_| report.subject.plans.len() > 1)
            .map(tables::view),
        breakdowns: bars::breakdowns(report),
        fleet: packings::fleet(report),
        week: chart::week(plan),
        moves: chart::moves(plan),
        steps: report.subject.steps.map(steps),
        curves: chart::curves(report.subject.curves),
        sizes: sizes(report),
        replica: replica(report),
        tables: tables::tables(report),
        unplaced: unplaced(report),
        warnings: shown(&wording::warnings(plan)),
        changes: shown(&wording::changes(plan)),
        prices: words::catalogue(plan),
        assumptions: shown(&report.assumptions[1..]),
    }))
}

/// Everything the templates show.
#[derive(Serialize)]
struct Content<'a> {
    style: &'static str,
    script: &'static str,
    policy: String,
    cluster: String,
    region: &'a str,
    plan_name: String,
    version: &'static str,
    decision: decision::Decision,
    day: Vec<day::DayEvent>,
    comparisons: Vec<Compared>,
    plans: Option<tables::View>,
    breakdowns: Vec<bars::Breakdown>,
    fleet: packings::Fleet,
    week: Option<chart::Curves>,
    moves: Option<chart::Curves>,
    steps: Option<Migrated>,
    curves: Vec<chart::Curves>,
    sizes: Option<Sizes>,
    replica: Option<Seen>,
    tables: Vec<tables::View>,
    unplaced: Vec<WithoutPlace>,
    warnings: Vec<String>,
    changes: Vec<String>,
    prices: String,
    assumptions: Vec<String>,
}

/// Two plans side by side.
#[derive(Serialize)]
struct Compared {
    title: String,
    headline: String,
    causes: tables::View,
    services: tables::View,
    offerings: tables::View,
    notes: Vec<String>,
}

fn compared(comparison: &Comparison) -> Compared {
    Compared {
        title: format!(
            "{} → {}",
            visible_start(&comparison.before, SHOWN),
            visible_start(&comparison.after, SHOWN)
        ),
        headline: difference(comparison),
        causes: tables::view(&comparison.causes),
        services: tables::view(&comparison.services),
        offerings: tables::view(&comparison.offerings),
        notes: (comparison.notes.iter())
            .map(|note| visible_start(note, 2_000))
            .collect(),
    }
}

/// Use against size, service by service.
#[derive(Serialize)]
struct Sizes {
    drawn: Vec<chart::Curves>,
    /// That further services are in the table alone.
    more: Option<String>,
}

fn sizes(report: &CostReport<'_>) -> Option<Sizes> {
    let (drawn, more) = chart::sizes(report.subject.sizes?);
    let more = (more > 0).then(|| {
        let more = words::counted(more as u64, "further service");
        format!("{more} stand in the table alone")
    });
    Some(Sizes { drawn, more })
}

/// What the replica saw, in words and pictures.
#[derive(Serialize)]
struct Seen {
    verdict: Option<String>,
    scenarios: Vec<Played>,
    availability: Option<String>,
    pictures: Vec<Picture>,
}

#[derive(Serialize)]
struct Played {
    name: String,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct Picture {
    source: String,
    about: String,
}

fn picture(svg: &str, about: &str) -> Picture {
    Picture {
        source: format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)),
        about: visible_start(about, 500),
    }
}

/// The steps of an apply.
#[derive(Serialize)]
struct Migrated {
    summary: String,
    picture: Picture,
}

fn steps(of: &Migration) -> Migrated {
    Migrated {
        summary: visible_start(&of.summary, 500),
        picture: picture(&of.picture, &of.about),
    }
}

fn replica(report: &CostReport<'_>) -> Option<Seen> {
    let replica = report.subject.replica;
    if replica.replay.is_none() && replica.scenarios.is_empty() {
        return None;
    }
    Some(Seen {
        verdict: (replica.replay.as_ref())
            .map(|replay| {
                let verdict = seen::verdict(report.plan.without_place().as_ref(), replay);
                if seen::has_tasks(replay) {
                    format!("{verdict}; {}", seen::utilisation(replay))
                } else {
                    verdict
                }
            }),
        scenarios: (replica.scenarios.iter())
            .map(|scenario| Played {
                name: scenario.name.to_owned(),
                lines: (seen::scenario(scenario).iter())
                    .map(|line| visible_start(line, 500))
                    .collect(),
            })
            .collect(),
        availability: (replica.availability.as_ref()).map(|of| {
            format!(
                "every service keeps its minimum of healthy tasks through {} hours in {} of {} trials; {:.1} instances are lost on average",
                of.window_hours,
                seen::probability(&of.all_kept),
                words::count(of.trials),
                of.mean_lost_instances
            )
        }),
        pictures: (replica.pictures.iter())
            .map(|(svg, about)| picture(svg, about))
            .collect(),
    })
}

#[derive(Serialize)]
struct WithoutPlace {
    service: String,
    tasks: String,
    reasons: Vec<String>,
}

fn unplaced(report: &CostReport<'_>) -> Vec<WithoutPlace> {
    (report.plan.unplaced.iter())
        .map(|entry| WithoutPlace {
            service: visible_start(&entry.service_name, SHOWN),
            tasks: words::counted(entry.count, "task"),
            reasons: (entry.reasons.iter())
                .map(|reason| visible_start(&wording::reason(reason), 2_000))
                .collect(),
        })
        .collect()
}
