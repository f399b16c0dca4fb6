//! Leaves in whole numbers: what the search leaves as doubles is rounded, and holds exactly or not at all.

use std::collections::BTreeMap;

use crate::domain::proof::{
    Dimension, Fraction, Proof, ProvenItem, ProvenOffering, ProvenRow, RowKind, Tree,
};
use crate::optimize::pricing::knapsack::Knapsack;
use crate::optimize::pricing::relaxation::Relaxation;

use super::draft::{Draft, Whole};
use super::search::{Node, Searched};

/// Multipliers are whole numbers of this part of the unit.
const DENOMINATOR: u64 = 4096;

/// A knapsack with whole worths.
pub(super) struct Exact<'a> {
    /// What an offering holds.
    pub knapsack: &'a Knapsack,
    /// By position in the knapsack.
    pub worths: Vec<i128>,
    /// What the offering costs, with the multipliers of the rows that count it.
    pub cost: i128,
    /// Position in the proof, by position here.
    pub places: Vec<usize>,
}

/// Fewest and most copies by position.
type Range = Vec<(u64, u64)>;

/// The offering with its tree, or by how much of its cost a load may be worth too much.
pub(super) fn settle(
    draft: &Draft<'_>,
    whole: &Whole,
    searched: &Searched,
    theta: f64,
) -> Result<ProvenOffering, f64> {
    let offering = &draft.offerings[searched.offering];
    let knapsack = &offering.knapsack;
    let cost = i128::from(offering.cost) + i128::from(whole.instance_limit)
        - i128::from(whole.instance_minimum);
    let exact = Exact {
        knapsack,
        worths: (0..knapsack.len())
            .map(|position| draft.whole_worth(searched.offering, position, whole))
            .collect(),
        cost,
        places: (knapsack.items.iter())
            .map(|&item| draft.place(item).expect("an item that is bought for"))
            .collect(),
    };
    let leaves = exact.whole_tree(searched, theta)?;
    Ok(ProvenOffering {
        instance_type: offering.instance_type.clone(),
        purchase_option: offering.purchase_option,
        zone: offering.zone.clone(),
        cost: u64::try_from(offering.cost).unwrap_or(0),
        capacity: Dimension::ALL.into_iter().zip(offering.capacity).collect(),
        leaves: leaves.renamed(&|dimension| Dimension::ALL[dimension]),
    })
}

impl Exact<'_> {
    /// The tree in whole numbers, its capacities by their positions in the problem; or by how much of the cost a load may be
    /// worth too much.
    pub fn whole_tree(&self, searched: &Searched, theta: f64) -> Result<Tree<usize>, f64> {
        let upper = self.knapsack.upper.iter();
        let mut range: Range = upper.map(|&most| (0, most)).collect();
        self.tree(searched, 0, &mut range, theta)
    }

    fn tree(
        &self,
        searched: &Searched,
        node: usize,
        range: &mut Range,
        theta: f64,
    ) -> Result<Tree<usize>, f64> {
        let (position, at_most, yes, no) = match &searched.nodes[node] {
            Node::Leaf(u) => return self.leaf(u, range, theta),
            Node::Split {
                position,
                at_most,
                yes,
                no,
            } => (*position, *at_most, *yes, *no),
        };
        let (fewest, most) = range[position];
        range[position] = (fewest, most.min(at_most));
        let few = self.tree(searched, yes, range, theta);
        range[position] = (fewest.max(at_most + 1), most);
        let more = self.tree(searched, no, range, theta);
        range[position] = (fewest, most);
        match (few, more) {
            (Ok(yes), Ok(no)) => Ok(Tree::Split {
                item: self.places[position],
                at_most,
                yes: Box::new(yes),
                no: Box::new(no),
            }),
            (few, more) => Err(few.err().unwrap_or(0.0).max(more.err().unwrap_or(0.0))),
        }
    }

    /// The multipliers found, scaled and rounded; where they leave too much, those of the whole worths.
    fn leaf(&self, u: &[f64], range: &Range, theta: f64) -> Result<Tree<usize>, f64> {
        let first = rounded(u, theta);
        let excess = self.excess(&first, range);
        if excess <= 0 {
            return Ok(self.settled(&first));
        }
        let again = rounded(&self.solved(range), 1.0);
        let second = self.excess(&again, range);
        if second <= 0 {
            return Ok(self.settled(&again));
        }
        let least = excess.min(second) as f64 / DENOMINATOR as f64;
        Err(least / (self.cost as f64).max(1.0))
    }

    /// Multipliers of the relaxation at the whole worths.
    fn solved(&self, range: &Range) -> Vec<f64> {
        let cost = (self.cost as f64).max(1.0);
        let profits = self
            .worths
            .iter()
            .map(|&worth| worth as f64 / cost)
            .collect();
        let mut relaxation = Relaxation::new(self.knapsack, profits);
        relaxation.lower = range.iter().map(|&(fewest, _)| fewest as f64).collect();
        relaxation.upper = range.iter().map(|&(_, most)| most as f64).collect();
        let _ = relaxation.solve();
        let multipliers = relaxation.multipliers().iter();
        (multipliers.zip(self.knapsack.capacity()))
            .map(|(worth, &capacity)| worth * cost / capacity as f64)
            .collect()
    }

    /// What multipliers allow loads of the box to be worth beyond the cost, in parts of the unit.
    fn excess(&self, u: &[u64], range: &Range) -> i128 {
        let parts = i128::from(DENOMINATOR);
        let worth_of = |amounts: &[u64]| -> i128 {
            (u.iter().zip(amounts))
                .map(|(&each, &amount)| i128::from(each) * i128::from(amount))
                .sum()
        };
        let mut sum = worth_of(self.knapsack.capacity()) - self.cost * parts;
        for (position, &(fewest, most)) in range.iter().enumerate() {
            let each = self.worths[position] * parts - worth_of(self.knapsack.size(position));
            sum += each * i128::from(if each > 0 { most } else { fewest });
        }
        sum
    }

    fn settled(&self, u: &[u64]) -> Tree<usize> {
        let mut named = BTreeMap::new();
        for (&worth, &kept) in u.iter().zip(&self.knapsack.kept) {
            if worth > 0 {
                let worth = Fraction::new(worth, DENOMINATOR).expect("a denominator above 0");
                named.insert(kept, worth);
            }
        }
        Tree::Leaf(named)
    }
}

/// Multipliers times `theta` in parts of the unit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn rounded(u: &[f64], theta: f64) -> Vec<u64> {
    u.iter()
        .map(|worth| (worth * theta * DENOMINATOR as f64).round().max(0.0) as u64)
        .collect()
}

/// What a row adds to the bound, or takes off.
fn part(proof: &Proof, row: &ProvenRow) -> i128 {
    let by_multiplier = i128::from(row.multiplier) * i128::from(row.rhs);
    match row.kind {
        RowKind::ZoneEven { .. } => {
            let over = (row.items.iter())
                .map(|&item| row.multiplier.saturating_sub(proof.items[item].price));
            by_multiplier - over.map(i128::from).sum::<i128>()
        }
        RowKind::InstanceMinimum | RowKind::FargateOnly { .. } => by_multiplier,
        RowKind::Fargate { .. } => -i128::from(row.multiplier),
        RowKind::OnDemandMinimum { .. }
        | RowKind::OnDemandZones { .. }
        | RowKind::PoolCap { .. }
        | RowKind::InstanceLimit
        | RowKind::ShareOnInstance { .. } => -by_multiplier,
    }
}

/// What an item adds.
fn worth(item: &ProvenItem) -> i128 {
    i128::from(item.price) * i128::from(item.count)
}

/// Sets the multiplier of each service that may run on Fargate: what its tasks are worth on instances beyond that cost.
pub(super) fn settle_choices(proof: &mut Proof) {
    for position in 0..proof.rows.len() {
        let RowKind::Fargate { service } = &proof.rows[position].kind else {
            continue;
        };
        let own = |kind: &RowKind| {
            !matches!(kind, RowKind::Fargate { .. }) && kind.service() == Some(service)
        };
        let items = proof.items.iter().filter(|item| item.service == *service);
        let rows = proof.rows.iter().filter(|row| own(&row.kind));
        let inside =
            items.map(worth).sum::<i128>() + rows.map(|row| part(proof, row)).sum::<i128>();
        let beyond = (inside - i128::from(proof.rows[position].rhs)).max(0);
        proof.rows[position].multiplier = u64::try_from(beyond).unwrap_or(u64::MAX);
    }
}

/// What weak duality says of items and rows.
pub(super) fn value(proof: &Proof) -> i128 {
    let rows = proof.rows.iter().map(|row| part(proof, row));
    proof.items.iter().map(worth).sum::<i128>() + rows.sum::<i128>()
}
