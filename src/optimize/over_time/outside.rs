//! Items that stand outside every group, at a price of their own.
//!
//! Such an item is a group without a kind: it takes no slot, and nothing stands beside it.

use super::{Group, OverTime};

impl OverTime<'_> {
    /// The item outside every group, where it may be.
    pub(super) fn outside(&self, item: usize) -> Option<Group> {
        let cost = self.outside.get(item).copied().flatten()?;
        Some(Group {
            items: vec![item],
            kind: None,
            copies: vec![0],
            units: vec![0; self.hours.len()],
            cost,
        })
    }

    /// Whether some item may be outside.
    pub(super) fn some_may_be_outside(&self) -> bool {
        self.outside.iter().any(Option::is_some)
    }

    /// All items of a group outside, where all may be.
    pub(super) fn all_outside(&self, group: &Group) -> Option<Vec<Group>> {
        group.items.iter().map(|&item| self.outside(item)).collect()
    }
}

impl Group {
    /// Whether it takes a slot.
    pub(super) const fn takes_slot(&self) -> bool {
        self.kind.is_some()
    }
}

/// Groups that take a slot.
pub(super) fn slots(groups: &[Group]) -> usize {
    groups.iter().filter(|group| group.takes_slot()).count()
}

/// What they cost together.
pub(super) fn cost(groups: &[Group]) -> i128 {
    groups.iter().map(|group| group.cost).sum()
}
