//! In which proportion a group buys On-Demand and Spot, and the counts that this is judged by.

use super::Member;
use super::draw::TypeDraw;

use crate::domain::capacity::Capacity;
use crate::simulate::choices::OnDemandRounding;

/// The instances distribution of a mixed-instances policy; the default is a group without one, all
/// On-Demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    /// `OnDemandBaseCapacity`.
    pub on_demand_base: u64,
    /// `OnDemandPercentageAboveBaseCapacity`, 0 to 100.
    pub on_demand_percentage_above_base: u64,
    /// Which type an On-Demand launch brings.
    pub on_demand_draw: TypeDraw,
    /// Which type a Spot launch brings.
    pub spot_draw: TypeDraw,
    /// How the percentage is rounded.
    pub rounding: OnDemandRounding,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            on_demand_base: 0,
            on_demand_percentage_above_base: 100,
            on_demand_draw: TypeDraw::Prioritized,
            spot_draw: TypeDraw::Market,
            rounding: OnDemandRounding::default(),
        }
    }
}

impl Mix {
    /// On-Demand instances among `instances`.
    #[must_use]
    pub fn on_demand(&self, instances: u64) -> u64 {
        let above = instances.saturating_sub(self.on_demand_base);
        let hundredths = above * self.on_demand_percentage_above_base.min(100);
        let share = match self.rounding {
            OnDemandRounding::Up => hundredths.div_ceil(100),
            OnDemandRounding::Down => hundredths / 100,
        };
        instances.min(self.on_demand_base) + share
    }

    /// How the next instance of a group with these counts is bought.
    #[must_use]
    pub fn next_purchase(&self, census: &Census) -> Capacity {
        if census.on_demand < self.on_demand(census.instances() + 1) {
            Capacity::OnDemand
        } else {
            Capacity::Spot
        }
    }

    /// Which way of buying has one too many for a group that is about to lose an instance.
    pub(super) fn surplus(&self, census: &Census) -> Capacity {
        if census.on_demand > self.on_demand(census.instances().saturating_sub(1)) {
            Capacity::OnDemand
        } else {
            Capacity::Spot
        }
    }
}

/// Instances of a group by zone and by way of buying; launched ones count before they register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// Instances in each zone of the group, by dense zone index.
    pub by_zone: Vec<u64>,
    /// On-Demand ones among them.
    pub on_demand: u64,
}

impl Census {
    /// The census of `members` over so many zones.
    #[must_use]
    pub fn of(members: &[Member], zones: usize) -> Self {
        let mut census = Self {
            by_zone: vec![0; zones],
            on_demand: 0,
        };
        for member in members {
            census.add(member.zone, member.purchase_option);
        }
        census
    }

    /// All of them.
    #[must_use]
    pub fn instances(&self) -> u64 {
        self.by_zone.iter().sum()
    }

    pub(super) fn add(&mut self, zone: usize, option: Capacity) {
        self.by_zone[zone] += 1;
        self.on_demand += u64::from(option.counts_as_on_demand());
    }

    pub(super) fn remove(&mut self, zone: usize, option: Capacity) {
        self.by_zone[zone] -= 1;
        self.on_demand -= u64::from(option.counts_as_on_demand());
    }
}
