//! The rows. Their order is that of the help and of the documents.

use rust_decimal::Decimal;

use super::{Binding, Choice, Kind, MAX_INSTANCES, MAX_TASKS, PerService, PolicyKey};
use crate::domain::interruption::InterruptionBand;
use crate::domain::policy::{
    AcceleratorUse, DeploymentSurge, FargateUse, Inclusion, KeepInstances, MOST_CAPACITY_PROVIDERS,
    ManagedInstancesUse, MemoryOverhead, PurchaseOptions, ZoneSpread,
};
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// Every key of the policy.
pub static POLICY_KEYS: &[PolicyKey] = &[
    PolicyKey {
        name: "allowedInstanceTypes",
        help: "Instance types that may be used, as globs such as `m7i.*,c7i.*`",
        more: "`hpc*` types, and types without an ECS-optimized image, are used only where a glob names them.",
        default: "all",
        value_name: "GLOBS",
        value: Kind::Globs {
            may_be_empty: false,
            set: |policy, globs| policy.allowed_instance_types = Some(globs),
        },
        binding: Some(Binding {
            shown: |policy| policy.allowed_instance_types.as_deref().map(list),
            relax: |policy| policy.allowed_instance_types = None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "excludedInstanceTypes",
        help: "Instance types that may not be used, as globs",
        more: "They count after `allowedInstanceTypes`.",
        default: "none",
        value_name: "GLOBS",
        value: Kind::Globs {
            may_be_empty: true,
            set: |policy, globs| policy.excluded_instance_types = globs,
        },
        binding: Some(Binding {
            shown: |policy| {
                let globs = &policy.excluded_instance_types;
                (!globs.is_empty()).then(|| list(globs))
            },
            relax: |policy| policy.excluded_instance_types.clear(),
        }),
        per_service: None,
    },
    PolicyKey {
        name: "currentGenerationOnly",
        help: "Only types AWS calls current generation",
        more: "",
        default: "false",
        value_name: "BOOL",
        value: Kind::Bool {
            set: |policy, only| policy.current_generation_only = only,
            others: &[],
        },
        binding: Some(Binding {
            shown: |policy| yes(policy.current_generation_only),
            relax: |policy| policy.current_generation_only = false,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "bareMetal",
        help: "Bare-metal types",
        more: "",
        default: "excluded",
        value_name: "WHETHER",
        value: Kind::Choice(&[
            Choice {
                word: "included",
                help: "Like any other type",
                set: |policy| policy.bare_metal = Inclusion::Included,
            },
            Choice {
                word: "excluded",
                help: "Never",
                set: |policy| policy.bare_metal = Inclusion::Excluded,
            },
            Choice {
                word: "required",
                help: "Only those",
                set: |policy| policy.bare_metal = Inclusion::Required,
            },
        ]),
        binding: Some(Binding {
            shown: |policy| inclusion(policy.bare_metal),
            relax: |policy| policy.bare_metal = Inclusion::Included,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "burstable",
        help: "Burstable types (t2, t3, t4g, …)",
        more: "",
        default: "excluded",
        value_name: "WHETHER",
        value: Kind::Choice(&[
            Choice {
                word: "included",
                help: "Like any other type",
                set: |policy| policy.burstable = Inclusion::Included,
            },
            Choice {
                word: "excluded",
                help: "Never",
                set: |policy| policy.burstable = Inclusion::Excluded,
            },
            Choice {
                word: "required",
                help: "Only those",
                set: |policy| policy.burstable = Inclusion::Required,
            },
        ]),
        binding: Some(Binding {
            shown: |policy| inclusion(policy.burstable),
            relax: |policy| policy.burstable = Inclusion::Included,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "accelerators",
        help: "Types with GPU, Inferentia, Trainium, FPGA or media accelerators",
        more: "A glob of `allowedInstanceTypes` that does not begin with a wildcard names a type for all tasks.",
        default: "needed",
        value_name: "WHETHER",
        value: Kind::Choice(&[
            Choice {
                word: "needed",
                help: "Only for instances that hold a task which needs one",
                set: |policy| policy.accelerators = AcceleratorUse::Needed,
            },
            Choice {
                word: "included",
                help: "Like any other type",
                set: |policy| policy.accelerators = AcceleratorUse::Included,
            },
        ]),
        binding: Some(Binding {
            shown: |policy| {
                (policy.accelerators == AcceleratorUse::Needed).then(|| "needed".to_owned())
            },
            relax: |policy| policy.accelerators = AcceleratorUse::Included,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "purchaseOptions",
        help: "Ways of buying: `on-demand`, `spot` or both with a comma",
        more: "In a file they are a list.",
        default: "on-demand",
        value_name: "OPTIONS",
        value: Kind::PurchaseOptions {
            set: |policy, options| policy.purchase_options = options,
        },
        binding: Some(Binding {
            shown: |policy| match policy.purchase_options {
                PurchaseOptions {
                    on_demand: true,
                    spot: true,
                } => None,
                PurchaseOptions {
                    on_demand: true, ..
                } => Some("[on-demand]".to_owned()),
                PurchaseOptions { .. } => Some("[spot]".to_owned()),
            },
            relax: |policy| {
                policy.purchase_options = PurchaseOptions {
                    on_demand: true,
                    spot: true,
                };
            },
        }),
        per_service: None,
    },
    PolicyKey {
        name: "fargate",
        help: "Whether services may run on Fargate",
        more: "A service is on Fargate with all its tasks or with none.",
        default: "forbidden",
        value_name: "WHETHER",
        value: Kind::Choice(&[
            Choice {
                word: "allowed",
                help: "Each eligible service runs where it is cheaper",
                set: |policy| policy.fargate = FargateUse::Allowed,
            },
            Choice {
                word: "forbidden",
                help: "None does",
                set: |policy| policy.fargate = FargateUse::Forbidden,
            },
            Choice {
                word: "only",
                help: "All do; no instance is bought",
                set: |policy| policy.fargate = FargateUse::Only,
            },
        ]),
        binding: Some(Binding {
            shown: |policy| match policy.fargate {
                FargateUse::Allowed => None,
                FargateUse::Forbidden => Some("forbidden".to_owned()),
                FargateUse::Only => Some("only".to_owned()),
            },
            relax: |policy| policy.fargate = FargateUse::Allowed,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "managedInstances",
        help: "Whether services may run on ECS Managed Instances",
        more: "A service is on them with all its tasks or with none, and all of it On-Demand or all of it on Spot.",
        default: "forbidden",
        value_name: "WHETHER",
        value: Kind::Choice(&[
            Choice {
                word: "allowed",
                help: "Each eligible service runs where it is cheaper",
                set: |policy| policy.managed_instances = ManagedInstancesUse::Allowed,
            },
            Choice {
                word: "forbidden",
                help: "None does",
                set: |policy| policy.managed_instances = ManagedInstancesUse::Forbidden,
            },
            Choice {
                word: "only",
                help: "All instances that are bought are Managed Instances",
                set: |policy| policy.managed_instances = ManagedInstancesUse::Only,
            },
        ]),
        binding: Some(Binding {
            shown: |policy| match policy.managed_instances {
                // What they alone could take is another question than what stands in the way.
                ManagedInstancesUse::Allowed | ManagedInstancesUse::Forbidden => None,
                ManagedInstancesUse::Only => Some("only".to_owned()),
            },
            relax: |policy| policy.managed_instances = ManagedInstancesUse::Allowed,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "onDemandBase",
        help: "Tasks of each service that must be On-Demand, at least",
        more: "Together with `spotMaxShare`: of n tasks at least max(base, ceil((1 − share)·n)) are on On-Demand \
               instances or `FARGATE`; `FARGATE_SPOT` counts as Spot.",
        default: "0",
        value_name: "N",
        value: Kind::Whole {
            least: 0,
            most: MAX_TASKS,
            set: |policy, base| policy.on_demand_base = base,
        },
        binding: Some(Binding {
            shown: |policy| above_zero(policy.on_demand_base),
            relax: |policy| policy.on_demand_base = 0,
        }),
        per_service: Some(PerService {
            value: Kind::Whole {
                least: 0,
                most: MAX_TASKS,
                set: |own, base| own.on_demand_base = Some(base),
            },
            binding: Binding {
                shown: |own| above_zero(own.on_demand_base?),
                relax: |own| own.on_demand_base = None,
            },
        }),
    },
    PolicyKey {
        name: "spotMaxShare",
        help: "Largest share of each service's tasks on Spot, 0 to 1",
        more: "",
        default: "1",
        value_name: "FRACTION",
        value: Kind::Decimal {
            most: 1,
            set: |policy, share| policy.spot_max_share = share,
        },
        binding: Some(Binding {
            shown: |policy| below_one(policy.spot_max_share),
            relax: |policy| policy.spot_max_share = Decimal::ONE,
        }),
        per_service: Some(PerService {
            value: Kind::Decimal {
                most: 1,
                set: |own, share| own.spot_max_share = Some(share),
            },
            binding: Binding {
                shown: |own| below_one(own.spot_max_share?),
                relax: |own| own.spot_max_share = None,
            },
        }),
    },
    PolicyKey {
        name: "spotMaxSharePerPool",
        help: "Largest share of all tasks in one Spot pool (type and zone), 0 to 1",
        more: "It holds for the plan; no Auto Scaling group enforces it at launch.",
        default: "1",
        value_name: "FRACTION",
        value: Kind::Decimal {
            most: 1,
            set: |policy, share| policy.spot_max_share_per_pool = share,
        },
        binding: Some(Binding {
            shown: |policy| below_one(policy.spot_max_share_per_pool),
            relax: |policy| policy.spot_max_share_per_pool = Decimal::ONE,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "maxInterruption",
        help: "Highest Spot interruption band that may be bought",
        more: "Bands are the Spot Instance Advisor's; a type without one is then not bought on Spot.",
        default: "none",
        value_name: "BAND",
        value: Kind::Choice(&[
            Choice {
                word: "<5%",
                help: "Less than 5 % of the instances in a month",
                set: |policy| policy.max_interruption = Some(InterruptionBand::Below5),
            },
            Choice {
                word: "5-10%",
                help: "Up to 10 %",
                set: |policy| policy.max_interruption = Some(InterruptionBand::From5To10),
            },
            Choice {
                word: "10-15%",
                help: "Up to 15 %",
                set: |policy| policy.max_interruption = Some(InterruptionBand::From10To15),
            },
            Choice {
                word: "15-20%",
                help: "Up to 20 %",
                set: |policy| policy.max_interruption = Some(InterruptionBand::From15To20),
            },
            Choice {
                word: ">20%",
                help: "Any band that is known",
                set: |policy| policy.max_interruption = Some(InterruptionBand::Above20),
            },
        ]),
        binding: Some(Binding {
            shown: |policy| policy.max_interruption.map(|most| most.to_string()),
            relax: |policy| policy.max_interruption = None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "maxShareOnInstance",
        help: "Largest share of a service's tasks on one instance, 0 to 1; always at least one task",
        more: "What is stated binds; the default gives way where it alone would leave a task without a place. Tasks are \
               placed so; under `binpack` ECS does not enforce it afterwards.",
        default: "0.5",
        value_name: "FRACTION",
        value: Kind::Decimal {
            most: 1,
            set: |policy, share| policy.max_share_on_instance = Some(share),
        },
        binding: Some(Binding {
            shown: |policy| policy.max_share_on_instance.and_then(below_one),
            relax: |policy| policy.max_share_on_instance = Some(Decimal::ONE),
        }),
        per_service: Some(PerService {
            value: Kind::Decimal {
                most: 1,
                set: |own, share| own.max_share_on_instance = Some(share),
            },
            binding: Binding {
                shown: |own| own.max_share_on_instance.and_then(below_one),
                relax: |own| own.max_share_on_instance = None,
            },
        }),
    },
    PolicyKey {
        name: "onDemandZones",
        help: "Zones in which a service's On-Demand tasks stand at least",
        more: "As far as it has such tasks and zones; not looked at with `zoneSpread` any.",
        default: "2",
        value_name: "N",
        value: Kind::Whole {
            least: 1,
            most: 100,
            set: |policy, zones| policy.on_demand_zones = zones,
        },
        binding: Some(Binding {
            shown: |policy| {
                (policy.on_demand_zones > 1).then(|| policy.on_demand_zones.to_string())
            },
            relax: |policy| policy.on_demand_zones = 1,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "zoneSpread",
        help: "Tasks of a service over zones",
        more: "",
        default: "even where the file names zones",
        value_name: "HOW",
        value: Kind::Choice(&[
            Choice {
                word: "even",
                help: "Counts of any two zones differ by at most 1",
                set: |policy| policy.zone_spread = Some(ZoneSpread::Even),
            },
            Choice {
                word: "any",
                help: "Anyhow",
                set: |policy| policy.zone_spread = Some(ZoneSpread::Any),
            },
        ]),
        binding: Some(Binding {
            shown: |policy| {
                (policy.zone_spread == Some(ZoneSpread::Even)).then(|| "even".to_owned())
            },
            relax: |policy| policy.zone_spread = Some(ZoneSpread::Any),
        }),
        per_service: None,
    },
    PolicyKey {
        name: "surviveZoneLoss",
        help: "With any one zone gone, all tasks have a place on what remains",
        more: "No launch is counted on. It needs two zones or more.",
        default: "false",
        value_name: "BOOL",
        value: Kind::Bool {
            set: |policy, survive| policy.survive_zone_loss = survive,
            others: &[],
        },
        binding: Some(Binding {
            shown: |policy| yes(policy.survive_zone_loss),
            relax: |policy| policy.survive_zone_loss = false,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "surviveInstanceLoss",
        help: "With any one instance gone, all its tasks have a place on what remains",
        more: "No launch is counted on.",
        default: "false",
        value_name: "BOOL",
        value: Kind::Bool {
            set: |policy, survive| policy.survive_instance_loss = survive,
            others: &[],
        },
        binding: Some(Binding {
            shown: |policy| yes(policy.survive_instance_loss),
            relax: |policy| policy.survive_instance_loss = false,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "deploymentSurge",
        help: "Rollouts of one service at a time: with room for all of it, or possible at all",
        more: "`one`: in the realised fleet every service can roll out with its own percentages, within the fleet or by \
               launches that `maxSize` allows. `true`: all of it has places beside the tasks: a rolling update takes floor(maximumPercent·n/100) − n more tasks; blue/green, linear and canary \
               deployments take n.",
        default: "one",
        value_name: "WHICH",
        value: Kind::Bool {
            set: |policy, whole| {
                policy.deployment_surge = if whole {
                    DeploymentSurge::WholeRollout
                } else {
                    DeploymentSurge::Off
                };
            },
            others: &[Choice {
                word: "one",
                help: "Every service can roll out, one at a time",
                set: |policy| policy.deployment_surge = DeploymentSurge::OneByOne,
            }],
        },
        binding: Some(Binding {
            shown: |policy| yes(policy.keeps_room_for_rollouts()),
            relax: |policy| policy.deployment_surge = DeploymentSurge::Off,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "headroomPercent",
        help: "Plan every count as ceil(n·(1 + PERCENT/100))",
        more: "",
        default: "0",
        value_name: "PERCENT",
        value: Kind::Decimal {
            most: 1000,
            set: |policy, percent| policy.headroom_percent = percent,
        },
        binding: Some(Binding {
            shown: |policy| {
                let percent = policy.headroom_percent;
                (percent > Decimal::ZERO).then(|| percent.to_string())
            },
            relax: |policy| policy.headroom_percent = Decimal::ZERO,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "keepInstances",
        help: "Today's instances",
        more: "Those that stay keep their own price; only additions are planned.",
        default: "none",
        value_name: "WHICH",
        value: Kind::Choice(&[
            Choice {
                word: "none",
                help: "Design the fleet anew",
                set: |policy| policy.keep_instances = KeepInstances::None,
            },
            Choice {
                word: "all",
                help: "They stay; plan additions only",
                set: |policy| policy.keep_instances = KeepInstances::All,
            },
        ]),
        binding: Some(Binding {
            shown: |policy| (policy.keep_instances == KeepInstances::All).then(|| "all".to_owned()),
            relax: |policy| policy.keep_instances = KeepInstances::None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "maxInstances",
        help: "Most instances in the cluster",
        more: "Instances from outside AWS do not count.",
        default: "5000",
        value_name: "N",
        value: Kind::Whole {
            least: 1,
            most: MAX_INSTANCES,
            set: |policy, most| policy.max_instances = most,
        },
        binding: Some(Binding {
            shown: |policy| {
                let most = policy.max_instances;
                (most < MAX_INSTANCES).then(|| most.to_string())
            },
            relax: |policy| policy.max_instances = MAX_INSTANCES,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "minInstances",
        help: "Fewest instances in the cluster",
        more: "Instances from outside AWS do not count.",
        default: "0",
        value_name: "N",
        value: Kind::Whole {
            least: 0,
            most: MAX_INSTANCES,
            set: |policy, least| policy.min_instances = least,
        },
        binding: Some(Binding {
            shown: |policy| above_zero(policy.min_instances),
            relax: |policy| policy.min_instances = 0,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "maxInstanceTypes",
        help: "Most distinct instance types",
        more: "Types of instances that stay count.",
        default: "none",
        value_name: "N",
        value: Kind::Whole {
            least: 1,
            most: MAX_INSTANCES,
            set: |policy, most| policy.max_instance_types = Some(most),
        },
        binding: Some(Binding {
            shown: |policy| policy.max_instance_types.map(|most| most.to_string()),
            relax: |policy| policy.max_instance_types = None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "maxCapacityProviders",
        help: "Most Auto Scaling group providers of the realised plan",
        more: "",
        default: "the larger of 6 and 3 a zone",
        value_name: "N",
        value: Kind::Whole {
            least: 1,
            most: MOST_CAPACITY_PROVIDERS,
            set: |policy, most| policy.max_capacity_providers = Some(most),
        },
        // Conflicts are looked for in best packings, which have no providers.
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "deterministicRouting",
        help: "Whether groups may rely on strategies sending tasks to the provider that is behind its weight",
        more: "`false`: a service uses one group, or one of each way of buying with a base.",
        default: "true",
        value_name: "BOOL",
        value: Kind::Bool {
            set: |policy, routing| policy.deterministic_routing = routing,
            others: &[],
        },
        // Conflicts are looked for in best packings, which have no providers.
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "minVcpus",
        help: "Smallest instance, in vCPUs",
        more: "",
        default: "none",
        value_name: "VCPUS",
        value: Kind::Whole {
            least: 1,
            most: 100_000,
            set: |policy, least| policy.min_vcpus = Some(least),
        },
        binding: Some(Binding {
            shown: |policy| policy.min_vcpus.map(|least| least.to_string()),
            relax: |policy| policy.min_vcpus = None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "maxVcpus",
        help: "Largest instance, in vCPUs",
        more: "",
        default: "none",
        value_name: "VCPUS",
        value: Kind::Whole {
            least: 1,
            most: 100_000,
            set: |policy, most| policy.max_vcpus = Some(most),
        },
        binding: Some(Binding {
            shown: |policy| policy.max_vcpus.map(|most| most.to_string()),
            relax: |policy| policy.max_vcpus = None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "eniTrunking",
        help: "Whether the account has opted in to ENI trunking",
        more: "An instance then offers its branch interfaces to `awsvpc` tasks, where its type has any.",
        default: "false",
        value_name: "BOOL",
        value: Kind::Bool {
            set: |policy, trunking| policy.eni_trunking = trunking,
            others: &[],
        },
        binding: Some(Binding {
            shown: |policy| (!policy.eni_trunking).then(|| "false".to_owned()),
            relax: |policy| policy.eni_trunking = true,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "memoryOverhead",
        help: "Memory the system keeps: `percent=P,fixedMib=M,perVcpuMib=M` or JSON",
        more: "In a file it is an object with these three keys, 0 where one is left out. Registered memory is \
               floor(memory × (1 − percent/100) − fixedMib − perVcpuMib × vCPUs), in MiB.",
        default: "documented model",
        value_name: "OVERHEAD",
        value: Kind::MemoryOverhead {
            set: |policy, overhead| policy.memory_overhead = Some(overhead),
        },
        // What the documented model keeps is a fact of the machines: only a stated overhead is a requirement.
        binding: Some(Binding {
            shown: |policy| policy.memory_overhead.as_ref().and_then(overhead),
            relax: |policy| policy.memory_overhead = None,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "reservedCpu",
        help: "CPU kept free on every instance, in CPU units (1024 = 1 vCPU)",
        more: "",
        default: "0",
        value_name: "UNITS",
        value: Kind::Cpu {
            set: |policy, cpu| policy.reserved_cpu = cpu,
        },
        binding: Some(Binding {
            shown: |policy| above_zero(policy.reserved_cpu.get()),
            relax: |policy| policy.reserved_cpu = CpuUnits::ZERO,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "reservedMemory",
        help: "Memory kept free on every instance, in MiB",
        more: "It is what `ECS_RESERVED_MEMORY` says to the agent.",
        default: "0",
        value_name: "MIB",
        value: Kind::Memory {
            set: |policy, memory| policy.reserved_memory = memory,
        },
        binding: Some(Binding {
            shown: |policy| above_zero(policy.reserved_memory.get()),
            relax: |policy| policy.reserved_memory = MemoryMib::ZERO,
        }),
        per_service: None,
    },
    PolicyKey {
        name: "rootVolumeGib",
        help: "gp3 root volume of every instance, in GiB",
        more: "The default is the size of the ECS-optimized image.",
        default: "30",
        value_name: "GIB",
        value: Kind::Whole {
            least: 0,
            most: 65_536,
            set: |policy, gib| policy.root_volume_gib = gib,
        },
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "instanceUsdPerHour",
        help: "Any other fee per instance, in USD per hour",
        more: "A licence for monitoring, for example.",
        default: "0",
        value_name: "USD",
        value: Kind::UsdPerHour {
            set: |policy, fee| policy.instance_usd_per_hour = fee,
        },
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "creditUsdPerVcpuHour",
        help: "What a vCPU-hour above the baseline of a burstable type costs in unlimited mode, in USD",
        more: "Tasks count with the `measuredCpu` of their service, or with the CPU that they reserve.",
        default: "as AWS publishes it: 0.05, T4g 0.04",
        value_name: "USD",
        value: Kind::UsdPerHour {
            set: |policy, rate| policy.credit_usd_per_vcpu_hour = Some(rate),
        },
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "savingsPlanDiscount",
        help: "Fraction off On-Demand EC2 prices, 0 to 1",
        more: "",
        default: "0",
        value_name: "FRACTION",
        value: Kind::Decimal {
            most: 1,
            set: |policy, discount| policy.savings_plan_discount = discount,
        },
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "toleratedTaints",
        help: "Kubernetes: taints of every new node, such as `dedicated=batch:NoSchedule`",
        more: "A pod, or a pod of a DaemonSet, is placed only where it tolerates all of them. Node pools of the file keep their own taints beside these.",
        default: "none",
        value_name: "TAINTS",
        value: Kind::Taints {
            set: |policy, taints| policy.tolerated_taints = taints,
        },
        binding: Some(Binding {
            shown: |policy| {
                let taints: Vec<String> = (policy.tolerated_taints.iter())
                    .map(ToString::to_string)
                    .collect();
                (!taints.is_empty()).then(|| list(&taints))
            },
            relax: |policy| policy.tolerated_taints.clear(),
        }),
        per_service: None,
    },
    PolicyKey {
        name: "prefixDelegation",
        help: "Kubernetes: whether nodes take the addresses of pods by prefixes of 16",
        more: "Pods on a node are then at most 110, and 250 on types of 30 vCPUs and more.",
        default: "false",
        value_name: "BOOL",
        value: Kind::Bool {
            set: |policy, on| policy.prefix_delegation = on,
            others: &[],
        },
        binding: None,
        per_service: None,
    },
    PolicyKey {
        name: "maxPods",
        help: "Kubernetes: pods on every new node, daemons included",
        more: "It is the kubelet's `maxPods`, and goes into the memory that the kubelet keeps.",
        default: "as EKS publishes them for the type",
        value_name: "PODS",
        value: Kind::Whole {
            least: 1,
            most: 10_000,
            set: |policy, pods| policy.max_pods = Some(pods),
        },
        binding: Some(Binding {
            shown: |policy| policy.max_pods.map(|pods| pods.to_string()),
            relax: |policy| policy.max_pods = None,
        }),
        per_service: None,
    },
];

fn list(globs: &[String]) -> String {
    format!("[{}]", globs.join(", "))
}

fn yes(value: bool) -> Option<String> {
    value.then(|| "true".to_owned())
}

fn above_zero(value: u64) -> Option<String> {
    (value > 0).then(|| value.to_string())
}

fn below_one(share: Decimal) -> Option<String> {
    (share < Decimal::ONE).then(|| share.to_string())
}

fn inclusion(value: Inclusion) -> Option<String> {
    match value {
        Inclusion::Included => None,
        Inclusion::Excluded => Some("excluded".to_owned()),
        Inclusion::Required => Some("required".to_owned()),
    }
}

fn overhead(stated: &MemoryOverhead) -> Option<String> {
    let MemoryOverhead {
        percent,
        fixed_mib,
        per_vcpu_mib,
    } = stated;
    let takes = [percent, fixed_mib, per_vcpu_mib]
        .into_iter()
        .any(|part| *part > Decimal::ZERO);
    takes.then(|| {
        format!("{{percent: {percent}, fixedMib: {fixed_mib}, perVcpuMib: {per_vcpu_mib}}}")
    })
}
