//! `bayplan apply CLUSTER PLAN --verify`: the live cluster beside the plan, read-only.

use std::path::PathBuf;

use crate::apply::steps::Bills;
use crate::apply::verify::{Beside, verify};
use crate::catalogue::offered::billed_today;
use crate::report;

use super::super::diagnostics::Diagnostics;
use super::super::exit::{Exit, Failure};
use super::super::output::Destination;
use super::super::{input, live, settings};
use super::args::{ApplyArgs, StepsFormat};
use super::asked::{Asked, asked, today};
use super::way::left;

/// Compares.
///
/// # Errors
/// When a file cannot be used, the plan does not pass, or the live cluster cannot be read.
pub fn run(
    args: &ApplyArgs,
    files: (&PathBuf, &PathBuf),
    diagnostics: Diagnostics,
) -> Result<Exit, Failure> {
    if args.format == StepsFormat::Svg {
        let message = "--verify has no picture: --format text or json";
        return Err(Failure::new(Exit::Usage, message));
    }
    let asked = asked(args, files, diagnostics)?;
    let destination = Destination::from_option(args.output.as_ref());
    if asked.plan.recommendation.is_some() {
        return Err(Failure::input(
            "the plan leaves today's fleet alone (--min-saving): nothing was to be put into the cluster, and there is nothing to compare",
        ));
    }
    let (name, region) = (asked.cluster.name.clone(), asked.cluster.region.clone());
    let (text, file) = if let Some(file) = &args.verify.against {
        (input::read_text(file)?, file.clone())
    } else {
        let text = live::text(&name, Some(&region), &args.input.aws, diagnostics)?;
        (text, PathBuf::from(format!("ecs:{name}")))
    };
    let (cluster, catalogue) = input::read_from(&text, &file, &args.input, diagnostics)?;
    if (&cluster.name, &cluster.region) != (&name, &region) {
        return Err(Failure::input(format!(
            "{} is of `{}` in {}, and the plan of `{name}` in {region}",
            input::display_name(&file),
            cluster.name,
            cluster.region
        )));
    }
    let settings = settings::of_steps(&asked.plan, &cluster, &catalogue, diagnostics)?;
    let then = today(&asked.text, files.0)?;
    let now = Asked {
        text,
        cluster,
        catalogue,
        ..asked
    };
    let states = today(&now.text, &file)?;
    let billed = billed_today(&now.cluster, &now.catalogue).ok();
    let bills = Bills {
        today: None,
        planned: now.plan.cost.usd_per_hour,
    };
    let (steps, refusals) = left(
        &args.sources.given(),
        &settings,
        now.planned(),
        &states,
        bills,
    );
    let verified = verify(&Beside {
        plan: &now.plan,
        live: &now.cluster,
        billed: billed.as_deref(),
        left: (&steps, &refusals),
        states: (&then, &states),
    });
    let shown = match args.format {
        StepsFormat::Json => {
            let document = report::apply::verified_document(&name, &region, &verified);
            format!("{document:#}\n")
        }
        StepsFormat::Text | StepsFormat::Svg => report::apply::verified(&name, &region, &verified),
    };
    destination.write(shown.as_bytes())?;
    Ok(if verified.agrees() {
        Exit::Done
    } else {
        Exit::ViolationsFound
    })
}
