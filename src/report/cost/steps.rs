//! The steps of `bayplan apply` from today's cluster to the plan: a picture and a table.

use super::table::{Cell, Column, Kind, Table, column, integer, text};
use crate::report::apply::{Steps, said, waiting_after};
use crate::report::trace_picture;

const COLUMNS: &[Column] = &[
    integer("x_Step", "Step"),
    text("x_Change", "What is done"),
    column(
        "x_UsdPerHourAfter",
        "USD per hour after, at most",
        Kind::Decimal(4),
    ),
    integer("x_Restarts", "Tasks started anew"),
    integer("x_InstancesTakenAway", "Instances of today taken away"),
    integer("x_Wave", "Wave"),
    integer("x_TasksWaitingAfter", "Tasks that wait after it"),
];

/// The steps, drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// An SVG.
    pub picture: String,
    /// What it shows, in words.
    pub about: String,
    /// All of them in short.
    pub summary: String,
    /// One step a row.
    pub table: Table,
}

impl Migration {
    /// Of the steps; `None` where nothing is to be done.
    #[must_use]
    pub fn of(steps: &Steps<'_>) -> Option<Self> {
        if steps.steps.is_empty() {
            return None;
        }
        Some(Self {
            picture: trace_picture::steps::render(steps),
            about: trace_picture::steps::about(steps),
            summary: steps.summary(),
            table: table(steps),
        })
    }
}

fn table(steps: &Steps<'_>) -> Table {
    let rows = steps.steps.iter().enumerate().map(|(index, step)| {
        let known = |number: Option<u64>| number.map_or(Cell::Empty, Cell::from);
        vec![
            (index as u64 + 1).into(),
            said(&step.work).into(),
            step.bill.map_or(Cell::Empty, Cell::from),
            step.restarts.into(),
            step.instances.into(),
            known(step.wave.map(|wave| wave.number as u64)),
            known(waiting_after(step)),
        ]
    });
    Table {
        name: "steps",
        title: "Steps of bayplan apply",
        about: "One step a row, from today's cluster to the plan, those among them that --allow-delete allows; a bill is an upper bound.",
        columns: COLUMNS,
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::step::{Drain, OfWave, Step, Work};
    use crate::apply::steps::Bills;

    #[test]
    fn each_step_is_a_row_and_the_picture_has_them_all() {
        let of = |wave| Step {
            work: Work::Drain(Drain::all("p", "<g>")),
            bill: "0.5".parse().ok(),
            restarts: 3,
            instances: 2,
            retires: true,
            wave,
            waiting: None,
        };
        let wave = OfWave {
            number: 1,
            waiting: 0,
        };
        let all = [of(Some(wave)), of(None)];
        let steps = Steps {
            cluster: "c",
            region: "us-east-1",
            steps: &all,
            not_allowed: 0,
            bills: Bills {
                today: "1".parse().ok(),
                planned: "0.5".parse().expect("an amount"),
            },
            policy: None,
            not_drained: &[],
            not_offered: None,
            leaves_alone: false,
            at_a_time: 1,
            resets: 0,
        };
        let drawn = Migration::of(&steps).expect("there are steps");
        assert_eq!(drawn.table.rows.len(), 2);
        assert_eq!(drawn.table.rows[0][5], Cell::Integer(1));
        assert_eq!(drawn.table.rows[1][5], Cell::Empty);
        assert!(drawn.picture.starts_with("<svg"), "{}", drawn.picture);
        assert!(drawn.summary.contains("2 steps"), "{}", drawn.summary);
        assert!(
            Migration::of(&Steps {
                steps: &[],
                ..steps
            })
            .is_none()
        );
    }
}
