//! Why Fargate takes no task of a service.

use crate::check::facts::Facts;
use crate::check::fargate::{self, MARKETS};
use crate::domain::plan::FargateObstacle;
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;
use crate::domain::task::{LaunchType, NetworkMode};

use super::{Untrue, unless, untrue as not_so};

/// What is not so where the policy alone is said to keep a service off Fargate.
pub(super) fn forbidden_alone(facts: &Facts<'_>, service: &Service) -> Option<Untrue> {
    let has_size = (MARKETS.iter())
        .any(|market| fargate::cheapest_size(facts, service, market.capacity).is_some());
    unless(
        facts.cluster.policy.fargate == FargateUse::Forbidden
            && fargate::ineligible(service).is_none()
            && has_size,
        "Fargate as a way out that the policy forbids",
        "it only where the policy forbids Fargate and nothing else stands in the way",
    )
}

/// What is not so of the obstacles, if one is not.
pub(super) fn untrue(
    facts: &Facts<'_>,
    service: &Service,
    obstacles: &[FargateObstacle],
) -> Option<Untrue> {
    let odd = (obstacles.iter()).find(|obstacle| !is_so(facts, service, obstacle));
    if odd.is_none() && !obstacles.is_empty() {
        return None;
    }
    not_so(
        "what keeps its tasks off Fargate",
        "what does: of the policy, the launch type, the task definition, the constraints, the sizes or the rates",
    )
}

fn is_so(facts: &Facts<'_>, service: &Service, obstacle: &FargateObstacle) -> bool {
    let task = &service.task;
    let policy = &facts.cluster.policy;
    match obstacle {
        FargateObstacle::Forbidden => policy.fargate == FargateUse::Forbidden,
        FargateObstacle::LaunchType => {
            service.is_external() || !service.may_run_on(LaunchType::Fargate)
        }
        FargateObstacle::Compatibilities => {
            let found = &task.fargate.compatibilities;
            !found.is_empty() && !found.contains(&LaunchType::Fargate)
        }
        FargateObstacle::Features { features } => {
            let own =
                || (task.fargate.features.iter().copied()).filter(|it| fargate::is_refused(*it));
            !features.is_empty()
                && features.iter().all(|told| own().any(|it| it == *told))
                && own().all(|it| features.contains(&it))
        }
        FargateObstacle::NetworkMode => task.network_mode != NetworkMode::Awsvpc,
        FargateObstacle::Gpus => task.gpus.get() > 0,
        FargateObstacle::Constraints => service.constraints().next().is_some(),
        FargateObstacle::Size => !fargate::has_a_size(facts, service),
        FargateObstacle::Rate => {
            let on_demand = &MARKETS[0];
            !policy.purchase_options.allows(on_demand.capacity)
                || fargate::cheapest_size(facts, service, on_demand.capacity).is_none()
        }
        FargateObstacle::StoragePrice => fargate::storage(facts, service).is_none(),
    }
}
