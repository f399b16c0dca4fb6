//! What an export needs to know beyond the plan: from the catalogue and, where given, the cluster file.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::instance_type::{CpuArchitecture, InstanceType};
use crate::domain::task::NetworkMode;

/// An instance type as far as its image and its network go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeFacts {
    /// CPU architecture.
    pub architecture: CpuArchitecture,
    /// Whether it has NVIDIA GPUs.
    pub has_gpu: bool,
    /// Network interfaces for tasks with and without trunking, where the two differ.
    pub trunking: Option<(u64, u64)>,
}

impl From<&InstanceType> for TypeFacts {
    fn from(kind: &InstanceType) -> Self {
        let (with, without) = (kind.task_enis(true).get(), kind.task_enis(false).get());
        Self {
            architecture: kind.architecture,
            has_gpu: kind.gpus.get() > 0,
            trunking: (with != without).then_some((with, without)),
        }
    }
}

/// A service as the cluster file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFacts {
    /// Whether these are tasks without a service.
    pub is_standalone: bool,
    /// Whether its tasks have network interfaces of their own.
    pub is_awsvpc: bool,
}

/// Everything beyond the plan.
pub struct Facts<'a> {
    /// Answers for the catalogue.
    pub instance_type: &'a dyn Fn(&str) -> Option<TypeFacts>,
    /// Services by name; empty without a cluster file.
    pub services: BTreeMap<String, ServiceFacts>,
    /// Groups that exist.
    pub groups: Vec<String>,
    /// MiB that the agent keeps from tasks; `None` without a cluster file.
    pub reserved_memory_mib: Option<u64>,
}

impl<'a> Facts<'a> {
    /// Without a cluster file.
    pub fn of_catalogue(instance_type: &'a dyn Fn(&str) -> Option<TypeFacts>) -> Self {
        Self {
            instance_type,
            services: BTreeMap::new(),
            groups: Vec::new(),
            reserved_memory_mib: None,
        }
    }

    /// With what the cluster file says.
    #[must_use]
    pub fn with_cluster(mut self, cluster: &Cluster) -> Self {
        self.services = (cluster.services.iter())
            .map(|service| {
                let facts = ServiceFacts {
                    is_standalone: service.is_standalone(),
                    is_awsvpc: service.task.network_mode == NetworkMode::Awsvpc,
                };
                (service.name.clone(), facts)
            })
            .collect();
        self.groups = (cluster.groups.iter())
            .map(|group| group.name.clone())
            .collect();
        self.reserved_memory_mib = Some(cluster.policy.reserved_memory.get());
        self
    }
}
