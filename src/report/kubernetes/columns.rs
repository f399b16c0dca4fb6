//! Names of columns in data files of nodes and pods.

/// The name of a column in data files: `x_RegisteredCpuUnits` is `x_AllocatableMillicores` of nodes. Names of FOCUS stay.
#[must_use]
pub fn column(name: &str) -> String {
    const PARTS: [(&str, &str); 10] = [
        ("EcsServiceName", "WorkloadName"),
        ("AutoScalingGroups", "NodePools"),
        ("CapacityProvider", "NodePool"),
        ("Registered", "Allocatable"),
        ("CpuUnits", "Millicores"),
        ("InstanceType", "InstanceType"),
        ("Instance", "Node"),
        ("Service", "Workload"),
        ("Task", "Pod"),
        ("Used", "Requested"),
    ];
    let Some(mut rest) = name.strip_prefix("x_") else {
        return name.to_owned();
    };
    let mut said = "x_".to_owned();
    while let Some(next) = rest.chars().next() {
        let part = PARTS.iter().find(|(own, _)| rest.starts_with(own));
        let (taken, written) = part.map_or(
            (next.len_utf8(), &rest[..next.len_utf8()]),
            |(own, other)| (own.len(), *other),
        );
        said.push_str(written);
        rest = &rest[taken..];
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_after_what_they_hold() {
        for (of_ecs, of_kubernetes) in [
            ("x_RegisteredCpuUnits", "x_AllocatableMillicores"),
            ("x_UsedMemoryMib", "x_RequestedMemoryMib"),
            ("x_AutoScalingGroups", "x_NodePools"),
            ("x_EcsServiceName", "x_WorkloadName"),
            ("x_InstanceTypes", "x_InstanceTypes"),
            ("x_TasksPerInstance", "x_PodsPerNode"),
            ("x_CapacityProvider", "x_NodePool"),
            ("ServiceName", "ServiceName"),
            ("EffectiveCost", "EffectiveCost"),
        ] {
            assert_eq!(column(of_ecs), of_kubernetes);
        }
    }
}
