//! Quotas as they stand when a run begins, beside what its steps need. They are read where that is allowed; one that cannot be read stops
//! nothing, and is said.

use super::Acting;
use crate::apply::quotas::{Needs, Passed, Quota};
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// What came of reading them.
#[derive(Debug, Default)]
pub struct Read {
    /// Those that the steps would pass.
    pub passed: Vec<Passed>,
    /// Those that could not be read, and why.
    pub unread: Vec<(Quota, CallError)>,
}

/// Reads the quotas that the steps need something of.
pub fn quotas(live: &Acting<'_>, needs: &Needs) -> Read {
    let mut read = Read::default();
    if needs.new_groups > 0 {
        let attempt = async || live.sdk.group_limits().await;
        let answer = live.answer(live.pace.call(Action::DescribeAccountLimits, attempt));
        match answer {
            Ok((there, allowed)) => read.hold(Quota::Groups, there + needs.new_groups, allowed),
            Err(error) => read.unread.push((Quota::Groups, error)),
        }
    }
    let providers = (needs.providers.into_iter()).map(|needed| (Quota::Providers, needed));
    let vcpus = (needs.vcpus.iter()).map(|(pool, needed)| (Quota::Vcpus(*pool), *needed));
    for (quota, needed) in providers.chain(vcpus) {
        let Some((service, code)) = quota.code() else {
            continue;
        };
        let attempt = async || live.sdk.quota(service, code).await;
        match live.answer(live.pace.call(Action::GetServiceQuota, attempt)) {
            Ok(allowed) => read.hold(quota, needed, allowed),
            Err(error) => read.unread.push((quota, error)),
        }
    }
    read
}

impl Read {
    fn hold(&mut self, quota: Quota, needed: u64, allowed: u64) {
        if needed > allowed {
            self.passed.push(Passed {
                quota,
                needed,
                allowed,
            });
        }
    }
}
