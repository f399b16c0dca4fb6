//! A live cluster that is changed: what [`crate::apply`] asks for, by way of the SDK.
//!
//! Reads go through the same reader, allow-list and buckets as a snapshot's. A change is tried again only where it surely did not
//! take effect, or where a reading says so: whoever asked reads back besides.

mod guard;
mod lock;
mod members;
mod quotas;
mod remember;
mod resize;
mod watch;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::actions::Action;
use super::call::Call;
use super::errors::{CallError, Cause};
use super::pace::{MachineClock, Pace};
use super::reader::Reader;
use super::sdk::Sdk;
use crate::apply::change::{Condition, Request};
use crate::apply::live::{Live, LiveError, LiveInstance, Progress, Said};
use crate::apply::remembered::Remembered;
use crate::apply::state::{State, Target};

pub use guard::{GuardError, guard, reading};
pub use lock::{Lock, LockError, Owner};
pub use quotas::{Read, quotas};

/// Attempts of a service's change, each after a reading.
const ATTEMPTS: u32 = 8;
/// The wait between them.
const BETWEEN: Duration = Duration::from_secs(1);
/// How often a wait looks whether the user wants to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What the caller is told and asked on the way.
pub trait Caller {
    /// Whether the user asked to stop.
    fn is_interrupted(&self) -> bool;
    /// Tells the user.
    fn say(&self, what: Said<'_>);
}

/// A live cluster.
pub struct Acting<'a> {
    pub(super) runtime: Runtime,
    pub(super) reader: Reader<Sdk>,
    pub(super) sdk: Sdk,
    pub(super) pace: Pace<MachineClock>,
    pub(super) cluster: String,
    /// How long the lock is held without a sign of life.
    lease: SignedDuration,
    lock: RefCell<Option<Lock>>,
    caller: &'a dyn Caller,
    began: Instant,
}

impl std::fmt::Debug for Acting<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acting")
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

impl From<CallError> for LiveError {
    fn from(error: CallError) -> Self {
        let said = error.to_string();
        if lock::is_lost(&error) {
            Self::LockLost(said)
        } else {
            Self::Call(said)
        }
    }
}

impl<'a> Acting<'a> {
    /// A cluster of a connection, read at one pace and changed at another: they have different buckets.
    ///
    /// # Errors
    /// When the system gives no event queue.
    pub fn new(
        sdk: &Sdk,
        cluster: &str,
        (reading, changing): (Pace<MachineClock>, Pace<MachineClock>),
        lease: SignedDuration,
        caller: &'a dyn Caller,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            reader: Reader::new(sdk.clone(), reading),
            sdk: sdk.clone(),
            pace: changing,
            cluster: cluster.to_owned(),
            lease,
            lock: RefCell::default(),
            caller,
            began: Instant::now(),
        })
    }

    /// A call's answer. The lock's lease is renewed on the way: a call may be tried again for minutes.
    fn answer<T, E: From<CallError>>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.runtime.block_on(async {
            let mut call = std::pin::pin!(call);
            loop {
                let due = self.lock.borrow().as_ref().map(|lock| lock.due_in(self));
                let Some(due) = due else {
                    return call.await;
                };
                tokio::select! {
                    biased;
                    ended = &mut call => return ended,
                    () = tokio::time::sleep(due) => {}
                }
                let mut renewal = Box::pin(self.renew_lock());
                let (ended, renewed) = tokio::select! {
                    ended = &mut call => (Some(ended), renewal.await),
                    renewed = &mut renewal => (None, renewed),
                };
                match (ended, renewed) {
                    (Some(ended), _) => return ended,
                    (None, Err(lost @ LockError::Lost)) => return Err(lost.into_call().into()),
                    // Tried again before the next change, and while this call lasts.
                    (None, Err(_)) => tokio::time::sleep(BETWEEN).await,
                    (None, Ok(())) => {}
                }
            }
        })
    }

    /// What the cluster is known by beside its name: a hash of its ARN, in which account and Region stand. `None` where there is no such cluster.
    ///
    /// # Errors
    /// Where AWS does not answer.
    pub fn identity(&self) -> Result<Option<String>, CallError> {
        let found = self.described(&Target::Cluster(self.cluster.clone()))?;
        let found = found.filter(|cluster| cluster["status"] != "INACTIVE");
        Ok(found.and_then(|cluster| Some(hash(cluster["clusterArn"].as_str()?))))
    }

    /// When services were created, as AWS writes it, of the first ten of these that are there.
    ///
    /// # Errors
    /// Where AWS does not answer.
    pub fn created(&self, services: &[String]) -> Result<BTreeMap<String, String>, CallError> {
        members::created(self, services)
    }

    /// Comes about once the user asks to stop.
    async fn interrupted(&self) {
        while !self.caller.is_interrupted() {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn renew_lock(&self) -> Result<(), LockError> {
        let held = self.lock.borrow().clone();
        let Some(mut lock) = held else {
            return Ok(());
        };
        let kept = Box::pin(lock.keep(self)).await;
        *self.lock.borrow_mut() = Some(lock);
        kept
    }

    fn first(&self, call: Call) -> Result<Option<Value>, CallError> {
        let items = self.answer(self.reader.pages(call))?;
        Ok(items.items.into_iter().next())
    }

    fn change(
        &self,
        action: Action,
        attempt: impl AsyncFnMut() -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        self.answer(self.pace.call(action, attempt))
    }

    /// A service's change starts a deployment each time it is asked for: it is asked for again only after a reading shows that it
    /// did not take effect.
    fn change_service(&self, request: &Request) -> Result<(), CallError> {
        let action = Action::UpdateService;
        let mut attempt = 1;
        loop {
            let once = async || match self.sdk.ask(&self.cluster, request, "").await {
                // Not for the pace to try again: what it is tells the reading.
                Err(error) if matches!(error.cause, Cause::Passing { .. }) => Ok(Err(error)),
                other => other.map(Ok),
            };
            let Err(error) = self.answer(self.pace.call(action, once))? else {
                return Ok(());
            };
            if attempt >= ATTEMPTS || self.has(request)? {
                return if attempt >= ATTEMPTS {
                    Err(error)
                } else {
                    Ok(())
                };
            }
            attempt += 1;
            std::thread::sleep(BETWEEN);
        }
    }

    /// Whether a service shows what was asked of it.
    fn has(&self, request: &Request) -> Result<bool, CallError> {
        let Request::UpdateService {
            service,
            strategy,
            placement,
        } = request
        else {
            return Ok(false);
        };
        let target = Target::Service(service.clone());
        let found = self.described(&target)?;
        let state = found.and_then(|value| State::of(&target, &value));
        Ok(matches!(state, Some(State::Service(now))
            if strategy.as_ref().is_none_or(|items| *items == now.strategy)
                && placement.as_ref().is_none_or(|items| *items == now.placement)))
    }

    fn described(&self, target: &Target) -> Result<Option<Value>, CallError> {
        let about = [target.name().to_owned()];
        let call = match target {
            Target::Group(_) => Call::new(Action::DescribeAutoScalingGroups),
            // Of the whole account: a new one is not associated with the cluster yet.
            Target::Provider(_) => Call::new(Action::DescribeCapacityProviders),
            Target::Cluster(_) => Call::new(Action::DescribeClusters),
            Target::Service(_) => Call::new(Action::DescribeServices).in_cluster(&self.cluster),
            Target::Size(service) => return resize::described(self, service),
        };
        self.first(call.about(&about))
    }

    /// How a capacity provider's group is named: by its ARN, where it is described.
    fn group_of(&self, request: &Request) -> Result<String, CallError> {
        match request {
            Request::CreateProvider(_, state) => self.arn_of(&state.group),
            _ => Ok(String::new()),
        }
    }

    /// The ARN of a group, or its name where it is not described.
    fn arn_of(&self, name: &str) -> Result<String, CallError> {
        let group = self.described(&Target::Group(name.to_owned()))?;
        let arn = group.and_then(|group| group["AutoScalingGroupARN"].as_str().map(str::to_owned));
        Ok(arn.unwrap_or_else(|| name.to_owned()))
    }
}

/// SHA-256 in hexadecimal digits: an account's number goes into no file.
fn hash(text: &str) -> String {
    use std::fmt::Write as _;

    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

const fn action(request: &Request) -> Action {
    match request {
        Request::CreateGroup(..) => Action::CreateAutoScalingGroup,
        Request::UpdateGroup { .. } => Action::UpdateAutoScalingGroup,
        Request::TagGroup(_) => Action::CreateOrUpdateTags,
        Request::DeleteGroup(_) => Action::DeleteAutoScalingGroup,
        Request::CreateProvider(..) => Action::CreateCapacityProvider,
        Request::UpdateProvider(..) => Action::UpdateCapacityProvider,
        Request::DeleteProvider(_) => Action::DeleteCapacityProvider,
        Request::PutProviders(..) => Action::PutClusterCapacityProviders,
        Request::UpdateService { .. } | Request::Resize { .. } => Action::UpdateService,
    }
}

impl Live for Acting<'_> {
    fn describe(&mut self, target: &Target) -> Result<Option<Value>, LiveError> {
        Ok(self.described(target)?)
    }

    fn request(&mut self, request: &Request) -> Result<(), LiveError> {
        if matches!(request, Request::UpdateService { .. }) {
            return Ok(self.change_service(request)?);
        }
        if let Request::Resize { service, to } = request {
            return Ok(resize::resize(self, service, to)?);
        }
        let group = self.group_of(request)?;
        let attempt = async || self.sdk.ask(&self.cluster, request, &group).await;
        Ok(self.change(action(request), attempt)?)
    }

    fn progress(&mut self, condition: &Condition) -> Result<Progress, LiveError> {
        Ok(watch::progress(self, condition)?)
    }

    fn remember(&mut self, target: &Target) -> Result<Option<Remembered>, LiveError> {
        Ok(remember::remember(self, target)?)
    }

    fn make_anew(&mut self, target: &Target, as_it_was: &Remembered) -> Result<(), LiveError> {
        Ok(remember::make_anew(self, target, as_it_was)?)
    }

    fn instances(&mut self, provider: &str) -> Result<Vec<LiveInstance>, LiveError> {
        Ok(watch::instances(self, provider)?)
    }

    fn users(&mut self, provider: &str) -> Result<Vec<String>, LiveError> {
        Ok(members::users(self, provider)?)
    }

    fn strangers(&mut self, group: &str) -> Result<Vec<String>, LiveError> {
        Ok(members::strangers(self, group)?)
    }

    fn set_draining(&mut self, arns: &[String], draining: bool) -> Result<(), LiveError> {
        let attempt = async || self.sdk.set_state(&self.cluster, arns, draining).await;
        Ok(self.change(Action::UpdateContainerInstancesState, attempt)?)
    }

    fn unprotect(&mut self, group: &str, ec2_ids: &[String]) -> Result<(), LiveError> {
        let attempt = async || self.sdk.unprotect(group, ec2_ids).await;
        Ok(self.change(Action::SetInstanceProtection, attempt)?)
    }

    fn terminate(&mut self, ec2_id: &str) -> Result<(), LiveError> {
        let action = Action::TerminateInstanceInAutoScalingGroup;
        match self.change(action, async || self.sdk.terminate(ec2_id).await) {
            // Managed scaling was quicker.
            Err(error) if error.is_not_found() => Ok(()),
            other => Ok(other?),
        }
    }

    fn keep_lock(&mut self) -> Result<(), LiveError> {
        let due = self.lock.borrow().as_ref().map(|lock| lock.due_in(self));
        match due {
            None => Err(LiveError::LockLost("nobody holds the lock".to_owned())),
            Some(due) if !due.is_zero() => Ok(()),
            Some(_) => {
                (self.runtime.block_on(Box::pin(self.renew_lock()))).map_err(|error| match error {
                    LockError::Lost => LiveError::LockLost(error.to_string()),
                    other => LiveError::Call(other.to_string()),
                })
            }
        }
    }

    fn pause(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until && !self.caller.is_interrupted() {
            std::thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn is_interrupted(&self) -> bool {
        self.caller.is_interrupted()
    }

    fn say(&mut self, what: Said<'_>) {
        self.caller.say(what);
    }
}
