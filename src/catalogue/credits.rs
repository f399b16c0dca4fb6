//! CPU credits of burstable types: what sustained CPU costs there.
//!
//! ```text
//! surplus credits, USD per hour = max(0, load − baseline) · rate,   load and baseline in vCPUs
//! ```
//! A burstable instance earns credits at a rate that sustains its *baseline*: credits an hour / 60 vCPUs. In unlimited mode, ECS's
//! instances' default on T3, T3a and T4g, what runs above it all the time is paid by the vCPU-hour at a published rate, On-Demand
//! and on Spot alike. The load is the CPU that the tasks on the instance use, daemons among them: in the mean as measured where
//! somebody measured it (`measuredCpu`), else as much as they reserve; and no more than the instance has.
//!
//! Source: Amazon EC2 user guide, "Key concepts for burstable performance instances" (credits an hour); Amazon EC2 On-Demand pricing,
//! "Unlimited mode" (0.05 USD a vCPU-hour of Linux on T2, T3 and T3a, 0.04 on T4g), as of 2026-07.

use rust_decimal::Decimal;

use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::Policy;
use crate::domain::quantity::CPU_UNITS_PER_VCPU;

/// A credit is a vCPU for a minute.
const CREDITS_PER_VCPU_HOUR: u64 = 60;

/// Credits an hour by size of T3, T3a and T4g, in tenths.
const OF_NEWER: [(&str, i64); 7] = [
    ("nano", 60),
    ("micro", 120),
    ("small", 240),
    ("medium", 240),
    ("large", 360),
    ("xlarge", 960),
    ("2xlarge", 1920),
];

/// The same of T2.
const OF_T2: [(&str, i64); 7] = [
    ("nano", 30),
    ("micro", 60),
    ("small", 120),
    ("medium", 240),
    ("large", 360),
    ("xlarge", 540),
    ("2xlarge", 816),
];

/// What CPU above the baseline of a type costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credits {
    /// vCPUs that the earned credits sustain.
    baseline: Decimal,
    /// USD for a vCPU-hour above them.
    rate: Decimal,
    /// CPU units that the type has: no more are used.
    most: u64,
}

impl Credits {
    /// Those of a type under a policy; `None` of a type that is not burstable, or whose credits are not known.
    #[must_use]
    pub fn of(instance_type: &InstanceType, policy: &Policy) -> Option<Self> {
        if !instance_type.burstable {
            return None;
        }
        let (family, size) = instance_type.name.split_once('.')?;
        let (table, published) = match family {
            "t2" => (&OF_T2, Decimal::new(5, 2)),
            "t3" | "t3a" => (&OF_NEWER, Decimal::new(5, 2)),
            "t4g" => (&OF_NEWER, Decimal::new(4, 2)),
            _ => return None,
        };
        let &(_, tenths) = table.iter().find(|(known, _)| *known == size)?;
        Some(Self {
            baseline: Decimal::new(tenths, 1) / Decimal::from(CREDITS_PER_VCPU_HOUR),
            rate: (policy.credit_usd_per_vcpu_hour).map_or(published, UsdPerHour::amount),
            most: instance_type.vcpus * CPU_UNITS_PER_VCPU,
        })
    }

    /// Largest load, in CPU units, that costs nothing.
    #[must_use]
    pub fn free_load(&self) -> u64 {
        let units = self.baseline * Decimal::from(CPU_UNITS_PER_VCPU);
        u64::try_from(units.floor()).unwrap_or(0)
    }

    /// Largest load that there can be, in CPU units: what is used beyond it costs no more.
    #[must_use]
    pub const fn most_load(&self) -> u64 {
        self.most
    }

    /// What a load of so many CPU units costs beside the instance, rounded to the cost grid.
    #[must_use]
    pub fn usd_per_hour(&self, load: u64) -> UsdPerHour {
        let vcpus = Decimal::from(load.min(self.most)) / Decimal::from(CPU_UNITS_PER_VCPU);
        let above = (vcpus - self.baseline).max(Decimal::ZERO);
        UsdPerHour::new(above * self.rate).rounded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn usd(name: &str, load: u64, policy: &Policy) -> Option<String> {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let credits = Credits::of(catalogue.instance_type(name)?, policy)?;
        Some(credits.usd_per_hour(load).amount().normalize().to_string())
    }

    #[test]
    fn loads_below_at_and_above_the_baseline_cost_what_hands_compute() {
        let policy = Policy::default();
        // t3.medium: 24 credits an hour are 0.4 vCPU, 409.6 units. 1 vCPU is 0.6 above: 0.03 USD.
        // t3a.large: 36 are 0.6 vCPU, 614.4 units. 2 vCPUs are 1.4 above: 0.07 USD.
        // t4g.xlarge: 96 are 1.6 vCPUs. 4 vCPUs are 2.4 above, at 0.04: 0.096 USD.
        // t4g.small: 24 are 0.4 vCPU; 512 units are 0.1 above: 0.004 USD.
        // t2.2xlarge: 81.6 are 1.36 vCPUs; 2 are 0.64 above: 0.032 USD.
        let cases = [
            ("t3.medium", 400, "0"),
            ("t3.medium", 1024, "0.03"),
            ("t3a.large", 614, "0"),
            ("t3a.large", 2048, "0.07"),
            ("t4g.xlarge", 1638, "0"),
            ("t4g.xlarge", 4096, "0.096"),
            ("t4g.small", 512, "0.004"),
            ("t3.nano", 102, "0"),
            ("t2.2xlarge", 2048, "0.032"),
            // Tasks that use more than they reserve: an instance of 2 vCPUs has no third to give. 1.6 above 0.4: 0.08 USD.
            ("t3.medium", 9000, "0.08"),
        ];
        for (name, load, expected) in cases {
            assert_eq!(
                usd(name, load, &policy).as_deref(),
                Some(expected),
                "{name} {load}"
            );
        }
        // One unit above a baseline of 409.6: 0.4 / 1024 · 0.05 = 0.00001953125, half-even.
        assert_eq!(
            usd("t3.medium", 410, &policy).as_deref(),
            Some("0.00001953")
        );
        assert_eq!(usd("m7g.large", 2048, &policy), None);
    }

    #[test]
    fn a_stated_rate_goes_before_the_published_one() {
        let rate: Decimal = "0.1".parse().expect("a number");
        let policy = Policy {
            credit_usd_per_vcpu_hour: Some(UsdPerHour::new(rate)),
            ..Policy::default()
        };
        assert_eq!(usd("t4g.large", 2048, &policy).as_deref(), Some("0.14"));
    }

    #[test]
    fn every_burstable_type_of_the_catalogue_has_a_baseline_below_what_it_has() {
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let policy = Policy::default();
        for known in catalogue
            .instance_types()
            .iter()
            .filter(|known| known.burstable)
        {
            if known.name.starts_with("t1.") {
                continue;
            }
            let credits = Credits::of(known, &policy).expect(&known.name);
            assert!(
                credits.free_load() < known.vcpus * CPU_UNITS_PER_VCPU,
                "{}",
                known.name
            );
        }
    }
}
