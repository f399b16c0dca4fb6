//! What a plan leaves without a place, for the head of whatever is made of it: a bill, settings or a replay of a part of
//! the tasks says so first.

use std::fmt;

use crate::domain::text::visible_start;

use super::FleetPlan;

/// Most services that are named.
const NAMED: usize = 8;
/// Most characters of a name.
const SHOWN: usize = 80;

/// Tasks without a place, by service; there is at least one. As text: `11 tasks have no place (9 of web, 2 of api)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutPlace<'a> {
    /// Most tasks first.
    services: Vec<(&'a str, u64)>,
}

impl FleetPlan {
    /// What has no place, where anything has none.
    #[must_use]
    pub fn without_place(&self) -> Option<WithoutPlace<'_>> {
        let counts = (self.unplaced.iter()).map(|it| (it.service_name.as_str(), it.count));
        WithoutPlace::new(counts)
    }
}

impl<'a> WithoutPlace<'a> {
    /// Of services with the numbers of their tasks; `None` where all of them have a place.
    #[must_use]
    pub fn new(counts: impl IntoIterator<Item = (&'a str, u64)>) -> Option<Self> {
        let mut services: Vec<_> = (counts.into_iter())
            .filter(|(_, count)| *count > 0)
            .collect();
        services.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
        (!services.is_empty()).then_some(Self { services })
    }

    /// How many tasks there are.
    #[must_use]
    pub fn tasks(&self) -> u64 {
        let counts = self.services.iter().map(|(_, count)| *count);
        counts.fold(0, u64::saturating_add)
    }

    /// The services, the one with most such tasks first.
    #[must_use]
    pub fn services(&self) -> &[(&'a str, u64)] {
        &self.services
    }
}

impl fmt::Display for WithoutPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks();
        let verb = if tasks == 1 { "task has" } else { "tasks have" };
        write!(f, "{tasks} {verb} no place (")?;
        for (at, (name, count)) in self.services.iter().take(NAMED).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{count} of {}", visible_start(name, SHOWN))?;
        }
        match self.services.len().saturating_sub(NAMED) {
            0 => f.write_str(")"),
            1 => f.write_str(" and of 1 more service)"),
            more => write!(f, " and of {more} more services)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_with_most_tasks_come_first_and_the_rest_is_counted() {
        let said = |counts: &[(&str, u64)]| {
            WithoutPlace::new(counts.iter().copied()).map(|found| found.to_string())
        };
        assert_eq!(said(&[("a", 0)]), None);
        assert_eq!(
            said(&[("a", 1)]).as_deref(),
            Some("1 task has no place (1 of a)")
        );
        assert_eq!(
            said(&[("gone", 2), ("here", 0), ("stuck", 9)]).as_deref(),
            Some("11 tasks have no place (9 of stuck, 2 of gone)")
        );
        let names: Vec<String> = (0..10).map(|at| format!("s{at}")).collect();
        let many = WithoutPlace::new(names.iter().map(|name| (name.as_str(), 5)));
        let many = many.expect("fifty tasks").to_string();
        assert!(
            many.starts_with("50 tasks have no place (5 of s0, "),
            "{many}"
        );
        assert!(many.ends_with("5 of s7 and of 2 more services)"), "{many}");
    }

    #[test]
    fn names_cannot_move_a_terminal() {
        let said = WithoutPlace::new([("a\u{1b}[2J", 1)]).expect("a task");
        assert!(!said.to_string().contains('\u{1b}'));
    }
}
