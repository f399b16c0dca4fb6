//! Changes of a task's size at a service that refers to a task definition.

use crate::domain::cluster::Cluster;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Node;
use crate::io::{ports, quantities, task_of};

/// One field of the task that a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SizeChange {
    service: String,
    key: &'static str,
    value: Node,
}

/// Fields that can be set; host ports and such stay the task definition's.
const KEYS: [&str; 5] = ["cpu", "memory", "gpu", "networkMode", "architectures"];

impl SizeChange {
    /// `None` for a field that only a task definition can have.
    pub(super) fn try_new(service: String, key: &str, value: Node) -> Option<Self> {
        let key = KEYS.into_iter().find(|known| *known == key)?;
        Some(Self {
            service,
            key,
            value,
        })
    }

    /// Sets the field in the imported cluster; what is wrong with the value is a finding.
    pub(super) fn apply(&self, cluster: &mut Cluster, log: &mut Log) {
        let found = (cluster.services.iter_mut()).find(|service| service.name == self.service);
        let Some(task) = found.map(|service| &mut service.task) else {
            return;
        };
        let place = format!("services.{}.{}", self.service, self.key);
        let field = Cursor::new(&self.value, place);
        match self.key {
            "cpu" => put(&mut task.cpu, quantities::cpu(&field, log)),
            "memory" => put(&mut task.memory, quantities::task_memory(&field, log)),
            "gpu" => put(&mut task.gpus, quantities::gpus(&field, log)),
            "networkMode" => put(
                &mut task.network_mode,
                field.choice(log, &ports::NETWORK_MODES),
            ),
            _ => put(&mut task.architectures, task_of::architectures(&field, log)),
        }
    }
}

fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
