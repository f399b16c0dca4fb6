//! Planning proposals: the fleets of today's sizes and of the proposed ones, the sizes that are chosen with the fleet, and what few changes
//! bring.

use std::cmp::Ordering;
use std::path::Path;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::io::ClusterDocument;
use crate::optimize::stop::Stop;
use crate::planner::{NoWeek, PlanError, PlanOptions, SizeOption, bounds_of_choices, default_work};
use crate::rightsize::{
    Counts, Fleets, FrontierPoint, Jointly, Proposal, Trial, Verdict, changed, frontier, jointly,
    plan_both, plan_from, with_slack,
};

use super::{RightsizeArgs, SizesAsked};
use crate::cli::args::SearchArgs;
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;

/// What planning the proposals is given.
pub(super) struct Planning<'a> {
    pub args: &'a RightsizeArgs,
    pub document: &'a ClusterDocument,
    pub cluster: &'a Cluster,
    pub catalogue: &'a Catalogue,
    pub stop: &'a dyn Stop,
    pub diagnostics: Diagnostics,
}

/// Proposals, the cluster file with them, and both fleets.
pub(super) struct Planned {
    pub proposals: Vec<Proposal>,
    pub document: String,
    pub proposed: Cluster,
    pub fleets: Fleets,
    pub joint: Option<Jointly>,
    pub frontier: Option<Vec<FrontierPoint>>,
}

impl Trial for Planned {
    fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }

    fn cluster(&self) -> &Cluster {
        &self.proposed
    }

    fn plan(&self) -> &FleetPlan {
        &self.fleets.plan
    }
}

/// Why there is no plan.
pub(super) enum NotPlanned {
    Plan(PlanError),
    Failure(Failure),
}

impl Planning<'_> {
    /// Plans the proposals, chooses sizes with the fleet where that is asked for, and looks what few changes bring.
    pub(super) fn all(&self, proposals: Vec<Proposal>) -> Result<Planned, NotPlanned> {
        let mut planned = self.worth_it(proposals)?;
        let fleets = planned.fleets.clone();
        let today = Some(fleets.today.usd_per_hour).filter(|_| fleets.today.unplaced == 0);
        let mut plan = |proposals, warm: &FleetPlan| self.again(&fleets, proposals, warm);
        match self.args.sizes {
            SizesAsked::Alone => {}
            SizesAsked::Slack => planned = with_slack(planned, today, &mut plan)?,
            SizesAsked::Joint => {
                let (chosen, joint) = jointly(planned, today, &mut plan)?;
                planned = chosen;
                planned.joint = Some(joint);
            }
        }
        if self.args.frontier {
            let mut bounds = |cluster: &Cluster, choices: &[Vec<SizeOption>], most: &[f64]| {
                self.bounds(cluster, choices, most)
            };
            let points = frontier(&planned, &fleets.plan_of_today, &mut plan, &mut bounds)?;
            planned.frontier = Some(points);
        }
        Ok(planned)
    }

    /// As [`Self::all`]; where the policy asks for what is not planned over a week, `flat` proposals without counts by the hour in
    /// their place, which is said.
    pub(super) fn all_or_flat(
        &self,
        proposals: Vec<Proposal>,
        flat: impl FnOnce() -> Vec<Proposal>,
    ) -> Result<Planned, NotPlanned> {
        let outcome = self.all(proposals);
        let Err(NotPlanned::Plan(PlanError::Week(NoWeek::NotBuilt(refused)))) = &outcome else {
            return outcome;
        };
        self.diagnostics.warning(&format!(
            "no counts by the hour of the week are proposed: not built yet for demand over a week: {}",
            refused.join(", ")
        ));
        self.all(flat())
    }

    /// What no fleet costs less than for each number of cuts; where the search for it fails, nothing is proven.
    fn bounds(
        &self,
        cluster: &Cluster,
        choices: &[Vec<SizeOption>],
        most: &[f64],
    ) -> Vec<Option<UsdPerHour>> {
        let limits = &self.args.limits;
        let work = limits
            .work_limit
            .unwrap_or_else(|| default_work(cluster, true));
        let input = (cluster, self.catalogue);
        bounds_of_choices(input, choices, most, work, self.stop)
            .unwrap_or_else(|_| vec![None; most.len()])
    }

    /// Plans other proposals beside the same fleet of today.
    fn again(
        &self,
        fleets: &Fleets,
        proposals: Vec<Proposal>,
        warm: &FleetPlan,
    ) -> Result<Planned, NotPlanned> {
        let (document, proposed) = self.resized(&proposals)?;
        let options = PlanOptions {
            warm_start: Some(warm),
            ..options(&self.args.limits)
        };
        let fleets = plan_from(fleets, &proposed, self.catalogue, &options, self.stop)
            .map_err(NotPlanned::Plan)?;
        Ok(Planned::new(proposals, (document, proposed, fleets)))
    }

    fn resized(&self, proposals: &[Proposal]) -> Result<(String, Cluster), NotPlanned> {
        let document = self.document.resized(&changed(proposals)).to_json();
        let proposed = read_back(&document, proposals, self.args, self.diagnostics)
            .map_err(NotPlanned::Failure)?;
        Ok((document, proposed))
    }

    /// Plans the proposals; where they cut and save less than `--min-saving`, without the cuts.
    fn worth_it(&self, mut proposals: Vec<Proposal>) -> Result<Planned, NotPlanned> {
        let planned = self.plan(&proposals)?;
        let Some(least) = self.args.min_saving else {
            return Ok(Planned::new(proposals, planned));
        };
        let fleets = &planned.2;
        let (now, then) = (fleets.today.usd_per_hour, fleets.planned.usd_per_hour);
        // Bills of other numbers of tasks say nothing of each other: a place for one more is worth cuts.
        let saves = match fleets.planned.unplaced.cmp(&fleets.today.unplaced) {
            Ordering::Less => true,
            Ordering::Equal => now.amount() - then.amount() >= least * now.amount(),
            Ordering::Greater => false,
        };
        let is_cut = |proposal: &Proposal| {
            proposal.cpu == Verdict::Shrink
                || proposal.memory == Verdict::Shrink
                || proposal.profile.is_some()
        };
        if saves || !proposals.iter().any(is_cut) {
            return Ok(Planned::new(proposals, planned));
        }
        for proposal in &mut proposals {
            let service =
                (self.cluster.services.iter()).find(|service| service.name == proposal.service);
            proposal.drop_cuts(Counts {
                least: service.and_then(|service| service.min_count),
                most: service.and_then(|service| service.max_count),
                is_changed: false,
            });
        }
        let planned = self.plan(&proposals)?;
        Ok(Planned::new(proposals, planned))
    }

    fn plan(&self, proposals: &[Proposal]) -> Result<(String, Cluster, Fleets), NotPlanned> {
        let (document, proposed) = self.resized(proposals)?;
        let options = options(&self.args.limits);
        let (today, catalogue) = (self.cluster, self.catalogue);
        let fleets = plan_both(today, &proposed, catalogue, &options, self.stop)
            .map_err(NotPlanned::Plan)?;
        Ok((document, proposed, fleets))
    }
}

impl Planned {
    fn new(
        proposals: Vec<Proposal>,
        (document, proposed, fleets): (String, Cluster, Fleets),
    ) -> Self {
        Self {
            proposals,
            document,
            proposed,
            fleets,
            joint: None,
            frontier: None,
        }
    }
}

/// The cluster of the changed file. What is planned is what was proposed, or nothing is shown.
fn read_back(
    document: &str,
    proposals: &[Proposal],
    args: &RightsizeArgs,
    diagnostics: Diagnostics,
) -> Result<Cluster, Failure> {
    // Warnings are those of the file, which were said.
    let silent = Diagnostics {
        quiet: true,
        ..diagnostics
    };
    let bug = |why: String| {
        Failure::new(
            Exit::Bug,
            format!("this is a bug: the cluster with the proposed sizes does not read back\n{why}"),
        )
    };
    let cluster = input::cluster(document, Path::new("proposed.json"), &args.input, silent)
        .map_err(|failure| bug(failure.message))?;
    for proposal in proposals {
        let found = cluster
            .services
            .iter()
            .find(|service| service.name == proposal.service);
        let same = found.is_some_and(|service| {
            service.task.cpu == proposal.size.cpu && service.task.memory == proposal.size.memory
        });
        if !same {
            return Err(bug(format!("`{}` has another size", proposal.service)));
        }
    }
    Ok(cluster)
}

fn options(limits: &SearchArgs) -> PlanOptions<'static> {
    PlanOptions {
        ideal: limits.ideal,
        rehearses: false,
        gap: limits.gap,
        work_limit: limits.work_limit,
        seed: limits.seed,
        ..PlanOptions::default()
    }
}
