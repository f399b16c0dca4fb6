//! Obstacles in words: the tests that offerings fail, and what policies, daemons and Fargate refuse.

use crate::domain::plan::{
    DaemonsObstacle, Exclusion, FailedTest, FargateObstacle, ManagedObstacle,
};
use crate::domain::task::MOST_RESERVED_PORTS;
use crate::planner::TypeExclusion;

/// The test that an offering fails for a service, in words.
#[must_use]
pub fn failed_test(obstacle: &FailedTest) -> String {
    match obstacle {
            FailedTest::LaunchType { allowed } => {
                let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
                format!("the service runs on {} only, this is not",
                    names.join(", ")
                )
            }
            FailedTest::Architecture { task, instance } => {
                let names: Vec<String> = task.iter().map(ToString::to_string).collect();
                let instance = instance.map_or_else(|| "unknown".to_owned(), |a| a.to_string());
                format!("the task runs on {}, the instance is {instance}",
                    names.join(", ")
                )
            }
            FailedTest::MemberOf {
                expression,
                unknown,
            } if unknown.is_empty() => {
                format!("`{expression}` does not hold")
            }
            FailedTest::MemberOf {
                expression,
                unknown,
            } => {
                format!("`{expression}` reads {}, which it does not have",
                    unknown.join(", ")
                )
            }
            FailedTest::Resource {
                resource,
                needed,
                offered,
            } => {
                format!("one task needs {}, an empty instance offers {offered}",
                    resource.amount(*needed),
                )
            }
            FailedTest::ReservedPort { port } => {
                format!("the instance itself has host port {port}")
            }
            FailedTest::PortQuota { needed, offered } => format!("one task takes {needed} host ports, and ECS's quota of {MOST_RESERVED_PORTS} reserved ports \
                 an instance leaves {offered}"
            ),
            FailedTest::HostPort { port } => format!("a daemon holds host port {port}"),
            FailedTest::Attachments {
                needed,
                offered: Some(offered),
            } => format!("one task attaches {needed} volumes, an empty instance takes {offered}"
            ),
            FailedTest::Attachments { offered: None, .. } => {
                "its limit of attached volumes is not known".to_owned()
            }
            FailedTest::TaskGroup { expression } => format!("`{expression}` can never hold there"),
            FailedTest::Accelerators => "its accelerators are for tasks that need one (accelerators is needed), and none can be there".to_owned(),
            FailedTest::ManagedInstances { obstacles } => {
                let words: Vec<String> = obstacles.iter().copied().map(managed_obstacle).collect();
                words.join(", ")
            }
            FailedTest::Daemons => "reserved amounts and daemons leave no room".to_owned(),
        }
}

/// Why Managed Instances do not take a service, in words.
#[must_use]
pub fn managed_obstacle(obstacle: ManagedObstacle) -> String {
    match obstacle {
        ManagedObstacle::LaunchType => {
            "its launch type or requiresCompatibilities leave MANAGED_INSTANCES out".to_owned()
        }
        ManagedObstacle::NetworkMode => {
            "its network mode is neither awsvpc nor host, and Managed Instances have no other"
                .to_owned()
        }
        ManagedObstacle::EphemeralStorage => {
            "Managed Instances do not take ephemeralStorage".to_owned()
        }
        ManagedObstacle::Feature { feature } => format!("Managed Instances do not take {feature}"),
    }
}

/// Why a service cannot run on Fargate, in words.
#[must_use]
pub fn fargate_obstacle(obstacle: &FargateObstacle) -> String {
    let words = match obstacle {
        FargateObstacle::Features { features } => {
            let names: Vec<String> = features.iter().map(ToString::to_string).collect();
            return format!("Fargate does not take {}", names.join(", "));
        }
        FargateObstacle::Compatibilities => {
            "AWS found its task definition not compatible with FARGATE"
        }
        FargateObstacle::Forbidden => "the policy's fargate is forbidden",
        FargateObstacle::LaunchType => {
            "its launch type or requiresCompatibilities leave FARGATE out"
        }
        FargateObstacle::NetworkMode => "its network mode is not awsvpc",
        FargateObstacle::Gpus => "Fargate has no GPUs",
        FargateObstacle::Constraints => "Fargate takes no placement constraints",
        FargateObstacle::Size => "no Fargate size is large enough",
        FargateObstacle::Rate => {
            "the catalogue has no Fargate rate that its architectures and the policy's \
                           purchaseOptions allow"
        }
        FargateObstacle::StoragePrice => {
            "more than 20 GiB of ephemeral storage have no price in this Region"
        }
    };
    words.to_owned()
}

/// Why a policy leaves an instance type out, in words.
#[must_use]
pub fn exclusion(obstacle: &Exclusion) -> String {
    match obstacle {
        Exclusion::NotAllowed => "not among allowedInstanceTypes".to_owned(),
        Exclusion::Excluded { pattern } => format!("excludedInstanceTypes holds `{pattern}`"),
        Exclusion::PreviousGeneration => {
            "previous generation, and currentGenerationOnly is true".to_owned()
        }
        Exclusion::BareMetal => "bare metal, and bareMetal is excluded".to_owned(),
        Exclusion::NotBareMetal => "not bare metal, and bareMetal is required".to_owned(),
        Exclusion::Burstable => "burstable, and burstable is excluded".to_owned(),
        Exclusion::NotBurstable => "not burstable, and burstable is required".to_owned(),
        Exclusion::HpcNotNamed => {
            "an HPC type, used only when allowedInstanceTypes names it".to_owned()
        }
        Exclusion::NoEcsImage => {
            "no current ECS-optimised image, used only when allowedInstanceTypes names it"
                .to_owned()
        }
        Exclusion::AcceleratorNotNeeded => {
            "it has accelerators that no task needs, and accelerators is needed".to_owned()
        }
        Exclusion::TooFewVcpus { vcpus, least } => format!("{vcpus} vCPUs, minVcpus is {least}"),
        Exclusion::TooManyVcpus { vcpus, most } => format!("{vcpus} vCPUs, maxVcpus is {most}"),
        Exclusion::NotInZone { zone } => format!("not offered in {zone}"),
        Exclusion::NoSpot => "no Spot offer, and purchaseOptions holds only spot".to_owned(),
        Exclusion::Interruption {
            band: Some(band),
            most,
        } => format!("Spot interruption band {band}, maxInterruption is {most}"),
        Exclusion::Interruption { band: None, most } => {
            format!("no Spot interruption band is known, and maxInterruption is {most}")
        }
        Exclusion::NoPrice { region } => format!("no On-Demand price in {region}"),
    }
}

/// What of the reserved amounts and the daemons does not fit an instance, in words.
#[must_use]
pub fn daemons_obstacle(obstacle: &DaemonsObstacle) -> String {
    match obstacle {
        DaemonsObstacle::Reserved => {
            "reservedCpu or reservedMemory is more than it registers".to_owned()
        }
        DaemonsObstacle::PortReserved { daemon, port } => {
            format!("the daemon {daemon} needs host port {port}, which the instance itself has")
        }
        DaemonsObstacle::PortQuota { daemon } => format!(
            "the daemon {daemon} takes more host ports than ECS's quota of reserved ports leaves"
        ),
        DaemonsObstacle::PortTaken { daemon, port } => {
            format!("the daemon {daemon} needs host port {port}, another has it")
        }
        DaemonsObstacle::Daemon { daemon } => format!("the daemon {daemon} does not fit"),
        DaemonsObstacle::Volumes { daemon } => {
            format!("the volumes of the daemon {daemon} do not fit")
        }
    }
}

/// Why a type may not be bought, in words.
#[must_use]
pub fn type_exclusion(exclusion_of_type: &TypeExclusion) -> String {
    match exclusion_of_type {
        TypeExclusion::Left(found) => exclusion(found),
        TypeExclusion::NoRoomForDaemons(obstacle) => {
            format!("no room for the daemons: {}", daemons_obstacle(obstacle))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exclusion_names_the_key_that_lets_the_type_through() {
        let said = [
            Exclusion::NotAllowed,
            Exclusion::Excluded {
                pattern: "hpc6a.*".to_owned(),
            },
            Exclusion::NotBurstable,
            Exclusion::HpcNotNamed,
            Exclusion::TooManyVcpus { vcpus: 96, most: 8 },
            Exclusion::NoPrice {
                region: "us-east-1".to_owned(),
            },
        ];
        let said: Vec<String> = said.iter().map(exclusion).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        not among allowedInstanceTypes
        excludedInstanceTypes holds `hpc6a.*`
        not burstable, and burstable is required
        an HPC type, used only when allowedInstanceTypes names it
        96 vCPUs, maxVcpus is 8
        no On-Demand price in us-east-1
        ");
    }
}
