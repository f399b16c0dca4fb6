//! What an hour costs at least, by the relaxation alone: the linear program of its packing without zones.
//!
//! A packing says more, and takes longer. Where there are more classes of hours than are packed, each of the others has its own bound this
//! way, of its own numbers of tasks: worths of tasks that are right for one hour are nearly right for the next, so that each
//! begins where the last one ended.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::formulate::demand::Demand;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::formulate::offering::Offerings;
use crate::optimize::relax::relax;
use crate::optimize::stop::Stop;
use crate::planner::options::PlanError;

use super::classes::with_planned;

/// Bounds of hours, one after the other.
pub(super) struct HourBounds<'a> {
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
    offerings: &'a Offerings<'a>,
    /// What a task of each service was worth in the hour before, by position.
    worths: BTreeMap<usize, f64>,
    /// Units of counted work.
    pub work: u64,
}

impl<'a> HourBounds<'a> {
    pub const fn new(
        cluster: &'a Cluster,
        catalogue: &'a Catalogue,
        offerings: &'a Offerings<'a>,
    ) -> Self {
        Self {
            cluster,
            catalogue,
            offerings,
            worths: BTreeMap::new(),
            work: 0,
        }
    }

    /// What no fleet of these numbers of tasks costs less than, on the cost grid; little where the limits end the search.
    ///
    /// # Errors
    /// When a number is beyond what the optimizer represents exactly.
    pub fn bound(
        &mut self,
        counts: &[u64],
        work_limit: u64,
        stop: &dyn Stop,
    ) -> Result<i128, PlanError> {
        let hour = with_planned(self.cluster, counts);
        let hosts = Hosts::new(&hour, self.offerings);
        let input = PlanningInput {
            cluster: &hour,
            catalogue: self.catalogue,
            offerings: self.offerings,
            hosts: &hosts,
        };
        let model = Model::try_new(input, &Demand::planned(&hour), Scope::Merged)?;
        let on_fargate = model.on_fargate.iter().map(|(_, plan)| plan.usd_per_hour());
        let on_fargate = i128::from(on_fargate.sum::<UsdPerHour>().grid_units());
        let worths: Vec<f64> = (model.items.iter())
            .map(|item| self.worths.get(&item.service).copied().unwrap_or(0.0))
            .collect();
        let known = (!self.worths.is_empty()).then_some(&worths[..]);
        // Without an answer of the solver nothing is known of the instances.
        let Ok(relaxed) = relax(&model.problem, known, work_limit, stop) else {
            return Ok(on_fargate);
        };
        self.work += relaxed.work;
        for (item, &worth) in model.items.iter().zip(&relaxed.duals) {
            if worth > 0.0 {
                self.worths.insert(item.service, worth);
            }
        }
        Ok(on_fargate + i128::from(relaxed.bound.unwrap_or(0).max(0)))
    }
}
