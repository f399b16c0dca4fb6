//! Who answers and acts: AWS, or a cluster in memory in tests.
//!
//! One request at a time and no waiting inside: what has to come about is asked for by [`Live::progress`], so that the
//! time between two questions is the caller's.

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::change::{Condition, Request};
use super::remembered::Remembered;
use super::state::Target;
use super::step::Work;

/// Why nothing came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiveError {
    /// An answer cannot be had, or a request was refused; after all attempts.
    #[error("{0}")]
    Call(String),
    /// The lock is somebody else's by now: nothing more may be asked for.
    #[error("{0}")]
    LockLost(String),
}

/// What stands between how far a condition has come and why it has not come further.
pub const WHY: &str = "; ";

/// How far a condition has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It has come about.
    Met,
    /// Not yet: how far it has come, and after [`WHY`] what AWS says of it.
    Waiting(String),
    /// It will not: what AWS says, such as a deployment that was rolled back.
    Failed(String),
}

/// A container instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveInstance {
    /// ARN of the container instance.
    pub arn: String,
    /// Id of the EC2 instance.
    pub ec2_id: String,
    /// Instance type; empty where nothing tells.
    pub instance_type: String,
    /// Zone; empty where nothing tells.
    pub zone: String,
    /// Whether it is DRAINING.
    pub is_draining: bool,
    /// Tasks on it in any state but STOPPED, daemons included: of `ListTasks`, since `runningTasksCount` misses those that
    /// are stopping.
    pub tasks: u64,
    /// Of these, tasks of no service: ECS moves none of them off an instance that drains.
    pub tasks_of_no_service: u64,
}

/// A live cluster.
pub trait Live {
    /// Describes a resource in the API's own keys; `None` where it is not there.
    ///
    /// # Errors
    /// Where AWS does not answer.
    fn describe(&mut self, target: &Target) -> Result<Option<Value>, LiveError>;

    /// Asks for something.
    ///
    /// # Errors
    /// Where AWS refuses or does not answer; it may have taken effect.
    fn request(&mut self, request: &Request) -> Result<(), LiveError>;

    /// Whether something has come about.
    ///
    /// # Errors
    /// Where AWS does not answer.
    fn progress(&mut self, condition: &Condition) -> Result<Progress, LiveError>;

    /// A group or a provider in whole, so that it can be made anew; `None` where it is not there.
    ///
    /// # Errors
    /// Where AWS does not answer.
    fn remember(&mut self, target: &Target) -> Result<Option<Remembered>, LiveError>;

    /// Makes a group or a provider anew that was deleted.
    ///
    /// # Errors
    /// Where AWS refuses or does not answer; it may have taken effect.
    fn make_anew(&mut self, target: &Target, as_it_was: &Remembered) -> Result<(), LiveError>;

    /// The container instances of a provider.
    ///
    /// # Errors
    /// Where AWS does not answer.
    fn instances(&mut self, provider: &str) -> Result<Vec<LiveInstance>, LiveError>;

    /// Names of the services whose strategy names a provider.
    ///
    /// # Errors
    /// Where AWS does not answer.
    fn users(&mut self, provider: &str) -> Result<Vec<String>, LiveError>;

    /// Ids of instances in service in a group that are no container instances of the cluster.
    ///
    /// # Errors
    /// Where AWS does not answer.
    fn strangers(&mut self, group: &str) -> Result<Vec<String>, LiveError>;

    /// Sets at most ten container instances, by ARN, to DRAINING or back to ACTIVE.
    ///
    /// # Errors
    /// Where AWS refuses one or does not answer.
    fn set_draining(&mut self, arns: &[String], draining: bool) -> Result<(), LiveError>;

    /// Takes the scale-in protection off at most fifty instances, by id.
    ///
    /// # Errors
    /// Where AWS refuses or does not answer.
    fn unprotect(&mut self, group: &str, ec2_ids: &[String]) -> Result<(), LiveError>;

    /// Terminates an instance and lowers its group's desired capacity.
    ///
    /// # Errors
    /// Where AWS refuses or does not answer.
    fn terminate(&mut self, ec2_id: &str) -> Result<(), LiveError>;

    /// Renews the lease of the lock where that is due.
    ///
    /// # Errors
    /// Where it is somebody else's by now: then nothing more may be asked for.
    fn keep_lock(&mut self) -> Result<(), LiveError>;

    /// Lets time go by.
    fn pause(&mut self, time: Duration);

    /// Time gone by since some moment.
    fn now(&self) -> Duration;

    /// Whether the user asked to stop.
    fn is_interrupted(&self) -> bool;

    /// Tells the user.
    fn say(&mut self, what: Said<'_>);
}

/// What is said on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// Step `number` of `of` begins.
    Begins {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// What it does.
        work: &'a Work,
    },
    /// It is done.
    Done(usize),
    /// A step is taken back.
    TakesBack {
        /// Its number, from 1.
        number: usize,
        /// What it did.
        work: &'a Work,
    },
    /// A service that a step is about was deleted: there is nothing to do for it.
    IsGone(&'a Target),
    /// It waits; what AWS says.
    Waits(&'a str),
}
