//! What a plan's figures rest on, in words.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, Kept, LoweredShare, MemoryClass, MemoryClassModel, ResetPercentages, UnpricedType,
    WeakPrice,
};
use crate::domain::policy::MemoryOverhead;
use crate::domain::task::MOST_RESERVED_PORTS;
use crate::domain::text::first_names;

use crate::report::words::counted;

use super::filling::{fleet_filled, ideal_filled, managed_filled, not_realised, today_filled};
use super::trunking::trunking;
use super::{ordinary_day, week};

/// An assumption in words.
#[must_use]
pub fn assumption(assumption: &Assumption) -> String {
    match assumption {
        Assumption::MemoryOverhead { overhead } => format!(
            "registered memory: {} (policy `memoryOverhead`)",
            formula(overhead)
        ),
        Assumption::MemoryModel {
            sampled_types,
            classes,
        } => memory_model(*sampled_types, classes),
        Assumption::RegisteredAsShown => {
            "resources that containerInstances show replace the model for their types".to_owned()
        }
        Assumption::NoRootVolume => "no root volume is priced (rootVolumeGib 0)".to_owned(),
        Assumption::RootVolume {
            gib,
            usd_per_gib_month,
            weak_basis,
        } => root_volume(*gib, *usd_per_gib_month, weak_basis.as_deref()),
        Assumption::WeakPrices { prices } => weak_prices(prices),
        Assumption::InstancesStay => {
            "keepInstances: all: today's active instances stay and are paid for; their present \
             tasks are placed anew"
                .to_owned()
        }
        Assumption::TasksStay {
            instances,
            services,
            tasks,
        } => tasks_stay(*instances, *services, *tasks),
        Assumption::MoreThanMaxInstances {
            instances,
            max_instances,
        } => format!(
            "{instances} instances stay, more than maxInstances {max_instances} allows; none is added"
        ),
        Assumption::NoZones => "no availabilityZones: zones are not planned".to_owned(),
        Assumption::ZoneIdsUnknown {
            zones,
            zones_in_all,
        } => zone_ids(zones, *zones_in_all),
        Assumption::ZonesNotKnown { region } => format!(
            "the catalogue says for no zone of {region} which types it has: every type with a price is taken to be in all of them"
        ),
        Assumption::SpotPricesOfFile => {
            "Spot prices are those of the file given, by zone id, or the mean over its \
             zones where the zone's id is not known"
                .to_owned()
        }
        Assumption::SpotPricesOfAdvisor => {
            "Spot prices are On-Demand prices less the Spot Instance Advisor's saving, a mean over \
             zones and a month"
                .to_owned()
        }
        Assumption::PoolShareNotEnforced => {
            "spotMaxSharePerPool holds for the plan; an Auto Scaling group cannot enforce it at launch"
                .to_owned()
        }
        Assumption::ManagedInstances {
            services,
            instances,
            fees_usd_per_hour,
            fees_by_rule,
            daemons,
        } => managed_instances(
            (*services, *instances, *daemons),
            *fees_usd_per_hour,
            *fees_by_rule,
        ),
        Assumption::ManagedInstancesByHour {
            fewest,
            most,
            usd_per_hour,
        } => format!(
            "Managed Instances follow the hours by themselves: {fewest} to {}, {usd_per_hour} USD/h in the mean of the week; each hour is \
             packed by itself, and what ECS starts before or ends after an hour costs beside that",
            counted(*most, "instance")
        ),
        Assumption::ManagedInstancesReplayed { filling } => managed_filled(filling),
        Assumption::SurplusCredits {
            instances,
            usd_per_hour,
            measured,
            reserved,
        } => surplus_credits((*instances, *usd_per_hour), (*measured, *reserved)),
        Assumption::FargateSizes => {
            "Fargate: each task is billed at the cheapest valid size that holds it".to_owned()
        }
        Assumption::WeakFargateRates { bases } => {
            format!("some Fargate rates have a weak basis: {}", bases.join(", "))
        }
        Assumption::SpareForLostZone => {
            "surviveZoneLoss: tasks in the other zones stay where they are; `spare` is where those of the \
             lost zone go"
                .to_owned()
        }
        Assumption::OneDeploymentAtATime => {
            "deploymentSurge: one service is deployed at a time, and not while a zone is lost".to_owned()
        }
        Assumption::UdpPortsCounted => format!(
            "UDP host ports count against ECS's quota of {MOST_RESERVED_PORTS} reserved ports an instance like those of \
             TCP: its documents leave that open"
        ),
        Assumption::EniTrunkingOn => {
            "ENI trunking is on: branch interfaces count where the type has them".to_owned()
        }
        Assumption::EniTrunkingOff => {
            "ENI trunking is off: awsvpc tasks per instance = network interfaces - 1".to_owned()
        }
        Assumption::EniTrunkingOffInGroups => {
            "ENI trunking is off for instances of groups: awsvpc tasks per instance = network interfaces - 1; Managed Instances have \
             trunks"
                .to_owned()
        }
        Assumption::IdealAskedFor => {
            "usdPerHour is the ideal packing: ECS's own scheduler may need more instances".to_owned()
        }
        Assumption::NodesOfKubernetes {
            workloads_of_any_architecture,
        } => of_kubernetes(*workloads_of_any_architecture),
        Assumption::IdealFilled { filling } => ideal_filled(filling),
        Assumption::TrunkingTried { tried } => trunking(tried),
        Assumption::TrunkingNotTried => {
            "instances are full of network interfaces, and what ENI trunking would give was not found out within the limits of this \
             run: `bayplan what-if --policy eniTrunking=true` says it"
                .to_owned()
        }
        Assumption::CheaperWithoutSpot {
            with_spot_usd_per_hour,
        } => cheaper_without_spot(*with_spot_usd_per_hour),
        Assumption::NotRealised { why, filling } => {
            format!("{}; {}", not_realised(why), ideal_filled(filling))
        }
        Assumption::FleetFilled {
            orders,
            groups,
            uncertified,
        } => fleet_filled(*orders, *groups, *uncertified),
        Assumption::TodayFilled { instances, filling } => today_filled(*instances, filling),
        Assumption::TodayCountsDraining { instances: 1 } => {
            "today's cost counts 1 instance that takes no new tasks (it is not ACTIVE, or its agent is not connected): \
             EC2 bills it until it ends, and the plan is without it"
                .to_owned()
        }
        Assumption::TodayCountsDraining { instances } => format!(
            "today's cost counts {instances} instances that take no new tasks (they are not ACTIVE, or their agents are \
             not connected): EC2 bills them until they end, and the plan is without them"
        ),
        Assumption::DaemonsOnNoNode { names } => format!(
            "no node of the plan runs these DaemonSets: {}",
            first_names(names)
        ),
        Assumption::PendingAfterZoneLoss { names } => format!(
            "surviveZoneLoss: pods of {} keep to one a zone and fill theirs, so that those of a lost zone stay pending until it is back; no \
             room is kept for them",
            first_names(names)
        ),
        Assumption::TodayCountsCordoned { instances: 1 } => {
            "today's cost counts 1 node that is cordoned or not ready: EC2 bills it until it ends, and the plan is without it"
                .to_owned()
        }
        Assumption::TodayCountsCordoned { instances } => format!(
            "today's cost counts {instances} nodes that are cordoned or not ready: EC2 bills them until they end, and the \
             plan is without them"
        ),
        Assumption::TodayWithoutPrice {
            unpriced,
            instances,
            others_usd_per_hour,
        } => today_without_price(unpriced, *instances, *others_usd_per_hour),
        Assumption::TodayWithoutFargate => {
            "today's cost is that of the container instances; tasks that run on Fargate today are not in it"
                .to_owned()
        }
        Assumption::TodayCostGiven { usd_per_hour } => format!(
            "today's cost is {:.2} USD per month as --today-usd-per-month gives it",
            usd_per_hour.usd_per_month()
        ),
        Assumption::MinAvailability {
            least,
            lowered,
            pool_share,
            kept,
        } => min_availability(*least, lowered, *pool_share, *kept),
        Assumption::RolloutsNotPlayed => {
            "rollouts were not played to their end within the limits of work and time: nothing is known of them".to_owned()
        }
        Assumption::RolloutsPartlyPlayed { played, services } => format!(
            "rollouts: those of {played} of {services} services were played; the others are too many for the limits, and \
             nothing is known of them"
        ),
        Assumption::Rollouts {
            within,
            launching,
            comes_back,
            lowers_percentages,
            most_more,
            usd_per_hour_more,
        } => {
            let said = rollouts(*within, launching, *comes_back, *lowers_percentages);
            if *most_more == 0 {
                // As many instances, some of them dearer.
                let dearer = format!("{said}; until a reset the fleet costs up to {usd_per_hour_more} USD per hour more");
                let is_dearer = *usd_per_hour_more > UsdPerHour::ZERO;
                return if is_dearer { dearer } else { said };
            }
            format!(
                "{said}; until a reset at most {} more {} on after a rollout, {usd_per_hour_more} USD per hour",
                counted(*most_more, "instance"),
                if *most_more == 1 { "runs" } else { "run" },
            )
        }
        Assumption::ResetPercentages { services } => reset_percentages(services),
        Assumption::RolloutsLeaveFleetLarger { service_names } => format!(
            "rollouts: after those of {} a reset of the desired capacities does not bring the fleet back to its size \
             with every task running: it stays larger until the services are deployed again",
            service_names.join(", ")
        ),
        Assumption::WeekOfHours {
            classes,
            shown,
            periods_laid,
        } => week::hours(*classes, shown, *periods_laid),
        Assumption::SizesRaised {
            groups,
            most,
            usd_per_hour,
        } => format!(
            "{groups} groups would change their sizes more than {most} times a week: sizes are raised in some hours, {usd_per_hour} USD/h \
             in the mean of the bill"
        ),
        played @ Assumption::WeekPlayed { .. } => week::played(played),
        Assumption::WeekNotPlayed => {
            "the replica did not play the week within the limits of work and time: that no task waits between two hours is not shown"
                .to_owned()
        }
        Assumption::Commitments {
            day,
            ended,
            elsewhere,
            estimated,
        } => commitments(day.as_deref(), *ended, *elsewhere, estimated),
        Assumption::RoutingByWeights { services } => format!(
            "{} several groups: their capacity provider strategies are taken to send each task to the group \
             that is furthest behind its weight, in every order of arrival (deterministicRouting: false plans without that)",
            if *services == 1 {
                "1 service uses".to_owned()
            } else {
                format!("{services} services use")
            }
        ),
        Assumption::BasesBesideWeightZero { services } => format!(
            "{} On-Demand tasks by a base beside weight 0: AWS says that a provider of weight 0 takes no tasks, and not whether it \
             takes its base; look at one service first",
            if *services == 1 {
                "1 service holds its".to_owned()
            } else {
                format!("{services} services hold their")
            }
        ),
        Assumption::SpotTypes {
            groups,
            types,
            usd_per_hour_more,
        } => format!(
            "Spot groups may launch further instance types, {types} in {groups} groups, each with at least the planned one's vCPUs and memory and \
             certified like it; if every instance were of its group's dearest, the bill would be {usd_per_hour_more} USD/h higher"
        ),
        played @ (Assumption::InstanceLossPlayed { .. }
        | Assumption::ZoneLossPlayed { .. }
        | Assumption::GrowthPlayed { .. }
        | Assumption::FallPlayed { .. }
        | Assumption::NoGrowthNamed
        | Assumption::SpotReclaimPlayed { .. }
        | Assumption::NotPlayed { .. }) => ordinary_day::played(played),
        Assumption::AsGiven { text } => text.clone(),
    }
}

fn cheaper_without_spot(with_spot: Option<UsdPerHour>) -> String {
    let why = with_spot.map_or_else(
        || "no groups that ECS fills were found with it".to_owned(),
        |cost| format!("the groups found with it cost more, {cost} USD/h"),
    );
    format!("planned without Spot, which the policy allows: {why}")
}

fn memory_model(sampled_types: u64, classes: &[MemoryClassModel]) -> String {
    let classes: Vec<String> = (classes.iter())
        .map(|model| format!("{}: {}", class(model.class), formula(&model.overhead)))
        .collect();
    format!(
        "registered memory: the lowest observed value for {sampled_types} sampled types, else modelled ({})",
        classes.join("; ")
    )
}

const fn class(of: MemoryClass) -> &'static str {
    match of {
        MemoryClass::Nitro => "Nitro and bare metal",
        MemoryClass::NitroT3 => "t3 and t3a",
        MemoryClass::Xen => "Xen",
        MemoryClass::XenBelow4Gib => "Xen below 4 GiB",
    }
}

fn formula(figures: &MemoryOverhead) -> String {
    format!(
        "nominal − {} % − {} MiB − {} MiB per vCPU",
        figures.percent.normalize(),
        figures.fixed_mib.normalize(),
        figures.per_vcpu_mib.normalize()
    )
}

fn root_volume(gib: u64, usd_per_gib_month: Option<Decimal>, weak_basis: Option<&str>) -> String {
    let price = usd_per_gib_month.map_or_else(
        || "no gp3 price".to_owned(),
        |usd| {
            let basis = weak_basis.map_or_else(String::new, |basis| format!(", basis {basis}"));
            format!("{usd} USD per GiB-month{basis}")
        },
    );
    format!("each instance pays for a gp3 root volume of {gib} GiB ({price})")
}

fn weak_prices(prices: &[WeakPrice]) -> String {
    let listed: Vec<String> = (prices.iter())
        .map(|price| format!("{} ({})", price.instance_type, price.basis))
        .collect();
    format!("prices with a weak basis: {}", listed.join(", "))
}

/// What burstable types charge, and what it rests on.
fn surplus_credits(
    (instances, usd_per_hour): (u64, UsdPerHour),
    (measured, reserved): (u64, u64),
) -> String {
    let taken = match (measured, reserved) {
        (0, _) => "that tasks reserve".to_owned(),
        (_, 0) => "that tasks use in the mean, as measured,".to_owned(),
        _ => format!(
            "that tasks of {} use in the mean, as measured, and those of {} reserve, whose use is not known,",
            counted(measured, "service"),
            counted(reserved, "other")
        ),
    };
    format!(
        "burstable types run in unlimited mode: of the price {usd_per_hour} USD/h are surplus credits of {}, for the CPU {taken} above the \
         types' baselines",
        counted(instances, "instance")
    )
}

/// What is known of Managed Instances, and what is not.
fn managed_instances(
    (services, instances, daemons): (u64, u64, u64),
    fees: UsdPerHour,
    fees_by_rule: bool,
) -> String {
    let mut text = format!(
        "Managed Instances: {} on {}, of whose price {fees} USD/h are AWS's fees{}; ECS chooses and fills them by rules \
         that are not published: the packing is the best that was found, the bound holds whatever ECS chooses, and \
         losses, rollouts and the week are played without them",
        counted(services, "service"),
        counted(instances, "instance"),
        if fees_by_rule {
            ", taken as 12 % of the On-Demand price and 7.8 % of that of G instances"
        } else {
            ""
        },
    );
    if daemons > 0 {
        let _ = write!(
            text,
            "; {} there as managed daemons, each with a task definition of its own",
            if daemons == 1 {
                "a daemon runs".to_owned()
            } else {
                format!("{daemons} daemons run")
            },
        );
    }
    text
}

fn zone_ids(zones: &[String], zones_in_all: u64) -> String {
    if let [one] = zones {
        return format!(
            "the id of {one} is not given: every type that some zone of the Region has is taken to be there"
        );
    }
    format!(
        "the ids of {} are not given: a type is taken to be there when {zones_in_all} zones of the Region have it",
        zones.join(", ")
    )
}

/// Which of today's instances have no price, and what is known of the others.
fn today_without_price(unpriced: &[UnpricedType], instances: u64, others: UsdPerHour) -> String {
    let without: u64 = unpriced.iter().map(|of_type| of_type.instances).sum();
    let types: Vec<String> = (unpriced.iter())
        .map(|of_type| format!("{} {}", of_type.instances, of_type.instance_type))
        .collect();
    let have = if without == 1 { "has" } else { "have" };
    format!(
        "today's cost is not known: {without} of {instances} instances {have} no price ({}); the others cost {others} USD/h",
        types.join(", ")
    )
}

/// What a plan of Kubernetes is, and what its figures stand on.
fn of_kubernetes(of_any_architecture: u64) -> String {
    let images = if of_any_architecture == 0 {
        String::new()
    } else {
        let ask = if of_any_architecture == 1 {
            "workload asks"
        } else {
            "workloads ask"
        };
        format!(
            "; {of_any_architecture} {ask} for no architecture (kubernetes.io/arch) and may run on amd64 and arm64: \
             excludedInstanceTypes leaves out what their images are not built for"
        )
    };
    format!(
        "Kubernetes: usdPerHour is the ideal packing, since no scheduler of Kubernetes is replayed and no NodePool is promised to \
         give it; nodes are the kubelet's room on EKS (CPU in thousandths of a vCPU) or what today's nodes of the type show; \
         daemons are the DaemonSets of the file; the control plane is not in the cost{images}"
    )
}

fn reset_percentages(services: &[ResetPercentages]) -> String {
    let services: Vec<String> = (services.iter())
        .map(|service| {
            format!(
                "{} {}/{}",
                service.service_name, service.minimum_healthy_percent, service.maximum_percent
            )
        })
        .collect();
    format!(
        "while a reset of the desired capacities goes on, minimumHealthyPercent and maximumPercent of services that use \
         several groups are to be {}: a task on an instance that drains then stops before another starts, and that one \
         goes to the group that lacks it. AWS does not say whether tasks on draining instances count for a strategy's \
         weights; the reset was played under both readings",
        services.join(", ")
    )
}

fn rollouts(
    within: u64,
    launching: &[String],
    comes_back: bool,
    lowers_percentages: bool,
) -> String {
    let said = format!(
        "rollouts, one service at a time, as the replica plays them with the services' own percentages: {within} end \
         within the fleet"
    );
    if launching.is_empty() {
        return said;
    }
    let reset = if comes_back && lowers_percentages {
        "; a scheduled reset of the groups' desired capacities, with managed draining, the termination policy \
         NewestInstance and lower percentages meanwhile, brings the fleet back to its size"
    } else if comes_back {
        "; a scheduled reset of the groups' desired capacities, with managed draining and the termination policy \
         NewestInstance, brings the fleet back to its size"
    } else {
        ""
    };
    format!(
        "{said}, {} by launches that maxSize allows ({}){reset}",
        launching.len(),
        launching.join(", ")
    )
}

fn min_availability(
    least: f64,
    lowered: &[LoweredShare],
    pool_share: Option<Decimal>,
    kept: Option<Kept>,
) -> String {
    let shares: Vec<String> = (lowered.iter())
        .map(|lowered| format!("{} {}", lowered.service_name, lowered.spot_max_share))
        .collect();
    let shares = if shares.is_empty() {
        "no service's Spot share had to be lowered".to_owned()
    } else {
        format!("Spot shares were lowered to {}", shares.join(", "))
    };
    let pool = pool_share.map_or_else(String::new, |share| {
        format!("; spotMaxSharePerPool was lowered to {share}")
    });
    let worth = kept.map_or_else(
        || "Nothing is on Spot, so no interruption takes part".to_owned(),
        |Kept { probability, trials }| {
            format!(
                "Each service keeps its minimum of healthy tasks through a month with a probability of at least \
                 {probability:.4} (lower end of the 95 % interval of {trials} Monte-Carlo trials with the Spot Instance \
                 Advisor's bands; zones are not lost)"
            )
        },
    );
    format!("minimum availability {least}: {shares}{pool}. {worth}")
}
/// Instances stay with their tasks; what changes a strategy is a deployment.
fn tasks_stay(instances: u64, services: u64, tasks: u64) -> String {
    let stay = format!(
        "{instances} of today's instances stay, each with every task that runs on it; restarts are tasks of instances that go, \
         daemons not counted"
    );
    if services == 0 {
        return format!("{stay}; no capacity provider strategy changes");
    }
    format!(
        "{stay}; ECS takes another capacity provider strategy only with a new deployment, which replaces all tasks of \
         the service: {services} services with {tasks} tasks roll out besides"
    )
}

/// How commitments were applied.
fn commitments(day: Option<&str>, ended: u64, elsewhere: u64, estimated: &[String]) -> String {
    let mut text = "commitments are applied to this cluster alone, as AWS applies them: Reserved Instances, EC2 Instance Savings Plans, \
         Compute Savings Plans, in each the highest saving first; hour by hour, and what an hour does not use is lost"
        .to_owned();
    match day {
        Some(day) if ended > 0 => {
            let _ = write!(text, "; {ended} that ended before {day} are left out");
        }
        Some(day) => {
            let _ = write!(text, "; their ends are held against {day}");
        }
        None => {}
    }
    if elsewhere > 0 {
        let _ = write!(text, "; {elsewhere} of other Regions are left out");
    }
    if !estimated.is_empty() {
        let _ = write!(
            text,
            "; rates of {} are estimates: those of one-year Reserved Instances of the family in us-east-1 on 2023-08-30",
            estimated.join(", ")
        );
    }
    text
}
