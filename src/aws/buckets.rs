//! Token buckets, as AWS counts requests: a bucket of *burst* tokens that fills at a *rate*, one token a call. Calls that
//! wait for their token here are not refused there.
//!
//! With `tokens(t) = min(burst, tokens(s) + rate · (t − s))`, a call at time `t` takes one token and waits
//! `max(0, (1 − tokens(t)) / rate)`; the count may go below zero, so that callers who wait already are not overtaken.
//! Somebody else in the account empties the same buckets. When AWS refuses all the same, the rate is halved, down to
//! a fortieth of AWS's, and grows again by a fortieth with every call that passes.

use std::collections::BTreeMap;
use std::time::Duration;

/// A row of AWS's throttling tables: calls of one row share one bucket, for an account and Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// ECS, cluster read actions.
    ClusterRead,
    /// ECS, service read actions.
    ServiceRead,
    /// ECS, task definition read actions.
    TaskDefinitionRead,
    /// ECS, capacity provider read actions.
    CapacityProviderRead,
    /// ECS, cluster resource read actions: container instances and tasks.
    ClusterResourceRead,
    /// ECS, account settings read actions.
    SettingsRead,
    /// EC2's calls that describe.
    Ec2,
    /// EC2 Auto Scaling. AWS publishes no figures; these are a careful choice.
    AutoScaling,
    /// Application Auto Scaling. AWS publishes no figures; these are a careful choice.
    ApplicationAutoScaling,
    /// The price lists. AWS publishes no figures; these are a careful choice.
    Pricing,
    /// ECS, cluster write actions.
    ClusterWrite,
    /// ECS, capacity provider write actions.
    CapacityProviderWrite,
    /// ECS, service write actions.
    ServiceWrite,
    /// ECS, task definition modify actions.
    TaskDefinitionWrite,
    /// ECS, service deployment read actions.
    ServiceDeployments,
    /// ECS, service revision read actions.
    ServiceRevisions,
    /// ECS, cluster resource write actions.
    ClusterResourceWrite,
    /// EC2, mutating actions.
    Ec2Write,
    /// CloudWatch's `GetMetricData`: 50 calls a second, of which a part is left to others.
    Metrics,
    /// Savings Plans. AWS publishes no figures; these are a careful choice.
    SavingsPlans,
    /// Amazon S3: thousands of requests a second and prefix, of which a part is left to others.
    Objects,
    /// Service Quotas. AWS publishes no figures; these are a careful choice.
    ServiceQuotas,
}

impl Row {
    /// Tokens that the bucket holds, and tokens a second that it is filled by.
    ///
    /// ECS: *Request throttling for the Amazon ECS API*; EC2: *Request throttling for the Amazon EC2 API*,
    /// non-mutating actions that can be paged.
    pub const fn burst_and_rate(self) -> (u32, u32) {
        match self {
            Self::ServiceRead | Self::ClusterResourceRead | Self::Ec2 => (100, 20),
            Self::ClusterRead
            | Self::TaskDefinitionRead
            | Self::CapacityProviderRead
            | Self::SettingsRead
            | Self::ServiceDeployments
            | Self::ServiceRevisions => (50, 20),
            Self::AutoScaling | Self::ApplicationAutoScaling | Self::Pricing => (20, 10),
            Self::SavingsPlans | Self::ServiceQuotas => (10, 5),
            Self::Metrics => (25, 25),
            Self::Objects => (500, 500),
            Self::ClusterWrite | Self::TaskDefinitionWrite => (20, 1),
            Self::CapacityProviderWrite => (10, 1),
            Self::ServiceWrite | Self::Ec2Write => (50, 5),
            Self::ClusterResourceWrite => (100, 40),
        }
    }
}

/// How far a bucket is slowed at most, and the part of AWS's rate that a call which passes gives back.
const SLOWEST: f64 = 1.0 / 40.0;

/// One bucket. Times are counted from any fixed moment.
#[derive(Debug, Clone)]
pub struct TokenBucket {
    burst: f64,
    full_rate: f64,
    rate: f64,
    tokens: f64,
    at: Duration,
}

impl TokenBucket {
    /// A full bucket of a row at the time zero.
    pub fn new(row: Row) -> Self {
        let (burst, rate) = row.burst_and_rate();
        Self {
            burst: f64::from(burst),
            full_rate: f64::from(rate),
            rate: f64::from(rate),
            tokens: f64::from(burst),
            at: Duration::ZERO,
        }
    }

    /// Takes a token and says how long its call has to wait.
    pub fn take(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.rate).max(0.0))
    }

    /// AWS refused a call for its rate: others empty the bucket too.
    pub fn throttled(&mut self, now: Duration) {
        self.fill(now);
        self.tokens = self.tokens.min(0.0);
        self.rate = (self.rate / 2.0).max(self.full_rate * SLOWEST);
    }

    /// A call passed.
    pub fn passed(&mut self, now: Duration) {
        self.fill(now);
        self.rate = (self.rate + self.full_rate * SLOWEST).min(self.full_rate);
    }

    fn fill(&mut self, now: Duration) {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + since * self.rate).min(self.burst);
        self.at = self.at.max(now);
    }
}

/// A bucket for each row, made when it is first used.
#[derive(Debug, Clone, Default)]
pub struct Buckets(BTreeMap<Row, TokenBucket>);

impl Buckets {
    /// The bucket of a row.
    pub fn of(&mut self, row: Row) -> &mut TokenBucket {
        self.0.entry(row).or_insert_with(|| TokenBucket::new(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row::TaskDefinitionRead;

    #[test]
    fn a_burst_passes_at_once_and_the_rest_at_the_rate() {
        let mut bucket = TokenBucket::new(ROW);
        let waits: Vec<Duration> = (0..500).map(|_| bucket.take(Duration::ZERO)).collect();
        assert!(waits[..50].iter().all(Duration::is_zero));
        assert_eq!(waits[50], Duration::from_millis(50));
        assert_eq!(waits[499], Duration::from_millis(22_500));
    }

    #[test]
    fn a_bucket_never_holds_more_than_its_burst() {
        let mut bucket = TokenBucket::new(ROW);
        let later = Duration::from_hours(1);
        let free = (0..100).filter(|_| bucket.take(later).is_zero()).count();
        assert_eq!(free, 50);
    }

    #[test]
    fn a_refusal_slows_and_calls_that_pass_speed_up_again() {
        let mut bucket = TokenBucket::new(ROW);
        bucket.throttled(Duration::ZERO);
        assert_eq!(bucket.take(Duration::ZERO), Duration::from_millis(100));
        for _ in 0..20 {
            bucket.throttled(Duration::ZERO);
        }
        let (first, second) = (bucket.take(Duration::ZERO), bucket.take(Duration::ZERO));
        assert_eq!(second.saturating_sub(first), Duration::from_secs(2));
        for _ in 0..40 {
            bucket.passed(Duration::ZERO);
        }
        assert!((bucket.rate - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_gives_no_tokens() {
        let mut bucket = TokenBucket::new(ROW);
        let _ = bucket.take(Duration::from_secs(10));
        let before = bucket.tokens;
        bucket.passed(Duration::from_secs(5));
        assert!((bucket.tokens - before).abs() < 1e-9);
    }

    #[test]
    fn rows_have_buckets_of_their_own() {
        let mut buckets = Buckets::default();
        for _ in 0..60 {
            let _ = buckets.of(ROW).take(Duration::ZERO);
        }
        assert!(!buckets.of(ROW).take(Duration::ZERO).is_zero());
        assert!(buckets.of(Row::ServiceRead).take(Duration::ZERO).is_zero());
    }
}
