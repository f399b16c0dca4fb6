//! Tasks on Fargate in the plan document.

use serde::{Deserialize, Serialize};

use super::finding;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{PlannedFargateTasks, ScheduledCount};
use crate::domain::week::{hours_of_text, hours_text};
use crate::io::codes;
use crate::io::findings::Finding;

/// Tasks of one service on Fargate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FargateTasksDocument {
    /// Service name.
    pub service_name: String,
    /// `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// Number of tasks; over a week in the hour that the plan shows.
    pub count: u64,
    /// CPU units of the Fargate size.
    pub cpu: u64,
    /// Memory of the Fargate size.
    pub memory_mib: u64,
    /// Cost of one task.
    pub usd_per_hour: UsdPerHour,
    /// Numbers of tasks over the week, every hour once; absent where the number is the same in all hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<CountDocument>,
}

/// Tasks in some hours of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountDocument {
    /// Hours from Monday 00:00 UTC as inclusive ranges, such as `8-19,32-43`.
    pub hours: String,
    /// Number of tasks in them.
    pub count: u64,
}

impl From<PlannedFargateTasks> for FargateTasksDocument {
    fn from(of: PlannedFargateTasks) -> Self {
        let counts = of.schedule.into_iter().map(|of| CountDocument {
            hours: hours_text(&of.hours),
            count: of.count,
        });
        Self {
            service_name: of.service_name,
            capacity_provider: of.capacity_provider,
            count: of.count,
            cpu: of.cpu,
            memory_mib: of.memory_mib,
            usd_per_hour: of.usd_per_hour,
            schedule: counts.collect(),
        }
    }
}

impl FargateTasksDocument {
    /// The row that the document says; hours that are none are among `wrong`.
    pub(crate) fn planned(&self, wrong: &mut Vec<Finding>) -> PlannedFargateTasks {
        let mut schedule = Vec::new();
        for (index, of) in self.schedule.iter().enumerate() {
            match hours_of_text(&of.hours) {
                Some(hours) => schedule.push(ScheduledCount {
                    hours,
                    count: of.count,
                }),
                None => wrong.push(finding(
                    codes::PLAN_FILE,
                    format!(
                        "fargateTasks[{}].schedule[{index}].hours",
                        self.service_name
                    ),
                    "these are no hours of a week".to_owned(),
                    "write hours 0 to 167 as inclusive ranges, such as `8-19,32-43`",
                )),
            }
        }
        PlannedFargateTasks {
            service_name: self.service_name.clone(),
            capacity_provider: self.capacity_provider.clone(),
            count: self.count,
            cpu: self.cpu,
            memory_mib: self.memory_mib,
            usd_per_hour: self.usd_per_hour,
            schedule,
        }
    }
}
