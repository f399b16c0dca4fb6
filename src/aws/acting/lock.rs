//! A lock that two machines cannot both hold: a launch template of a fixed name, which EC2 creates once, with an owner and a
//! lease in its newest version's description.
//!
//! EC2 numbers versions one after another. Whoever takes the lock over or renews it makes the next version, and holds the lock only
//! where its number is the one after that which was read: of two who try, one gets another number. Source: Amazon EC2 API reference,
//! `CreateLaunchTemplate`, `CreateLaunchTemplateVersion`.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use super::Acting;
use crate::aws::actions::Action;
use crate::aws::errors::{CallError, Cause};
use crate::aws::sdk::Held;
use crate::domain::aws_names::{self, LONGEST_TEMPLATE};
use crate::domain::text::visible;

/// The code of calls that end because the lock is lost.
const LOST: &str = "the lock is lost";
/// How often the lock is asked for anew where it was released between two calls.
const RELEASED: u32 = 3;
/// What the names of locks begin with.
const PREFIX: &str = "bayplan-lock-";

/// Who holds a lock: whoever is alone over one journal's files, whichever process it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(pub String);

/// A lock that is held.
#[derive(Debug, Clone)]
pub struct Lock {
    name: String,
    owner: Owner,
    version: i64,
    until: Timestamp,
    /// Somebody else took it over.
    is_lost: bool,
}

/// Why a lock is not held.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error(
        "{} holds the lock on the cluster until {until}: wait for its end; after that --take-lock takes over what was left behind",
        visible(owner)
    )]
    Held {
        /// Who.
        owner: String,
        /// Until when.
        until: Timestamp,
    },
    /// Its lease ended, and it was left behind.
    #[error(
        "the lease of {} on the cluster ended at {until}, and its lock is still there: look what it left (its journal's --status), then give --take-lock",
        visible(owner)
    )]
    LeftBehind {
        /// Whose.
        owner: String,
        /// When.
        until: Timestamp,
    },
    /// Somebody else took it meanwhile.
    #[error("somebody else took the lock on the cluster: nothing more is asked for")]
    Lost,
    /// A call failed.
    #[error("{0}")]
    Call(#[from] CallError),
}

impl LockError {
    /// As the failure of a call that was under way.
    pub(super) fn into_call(self) -> CallError {
        let action = Action::CreateLaunchTemplateVersion;
        match self {
            Self::Call(error) => error,
            other => CallError {
                action,
                cause: Cause::Rejected {
                    code: LOST.to_owned(),
                    said: other.to_string(),
                },
            },
        }
    }
}

/// Whether a call ended because the lock is lost.
pub(super) fn is_lost(error: &CallError) -> bool {
    matches!(&error.cause, Cause::Rejected { code, .. } if code == LOST)
}

impl Lock {
    /// Takes the lock on a cluster; one that is the owner's own is gone on with, one whose lease ended only where `takes_over`.
    ///
    /// # Errors
    /// Where somebody else holds it, or a call fails.
    pub fn take(live: &Acting<'_>, owner: Owner, takes_over: bool) -> Result<(), LockError> {
        let name = name(&live.cluster);
        let now = Timestamp::now();
        let until = now + live.lease;
        let words = words(&owner, until);
        let mut lock = Self {
            name: name.clone(),
            owner,
            version: 1,
            until,
            is_lost: false,
        };
        for _ in 0..RELEASED {
            let create = async || live.sdk.lock(&name, &words).await;
            let is_held = match live.change(Action::CreateLaunchTemplate, create) {
                Ok(()) => true,
                // It may be the answer to an attempt of our own that was lost: then the words are ours.
                Err(error) if error.is_taken() => lock.take_over(live, takes_over, now)?,
                Err(error) => return Err(error.into()),
            };
            if is_held {
                *live.lock.borrow_mut() = Some(lock);
                return Ok(());
            }
        }
        Err(LockError::Lost)
    }

    /// Whether it is had: not where it was released meanwhile.
    fn take_over(
        &mut self,
        live: &Acting<'_>,
        takes_over: bool,
        now: Timestamp,
    ) -> Result<bool, LockError> {
        let Some(held) = live.runtime.block_on(Box::pin(self.read(live)))? else {
            return Ok(false);
        };
        let (owner, until) = read_words(&held.words);
        if owner != self.owner.0 {
            if until > now {
                return Err(LockError::Held { owner, until });
            }
            if !takes_over {
                return Err(LockError::LeftBehind { owner, until });
            }
        }
        self.version = held.version;
        live.runtime.block_on(Box::pin(self.renew(live, now)))?;
        Ok(true)
    }

    async fn read(&self, live: &Acting<'_>) -> Result<Option<Held>, CallError> {
        let read = async || live.sdk.held(&self.name).await;
        live.pace
            .call(Action::DescribeLaunchTemplateVersions, read)
            .await
    }

    async fn renew(&mut self, live: &Acting<'_>, now: Timestamp) -> Result<(), LockError> {
        let until = now + live.lease;
        let words = words(&self.owner, until);
        let token = token(&self.name, &words, self.version);
        let renew = async || live.sdk.renew(&self.name, &words, &token).await;
        let call = live.pace.call(Action::CreateLaunchTemplateVersion, renew);
        let version = match Box::pin(call).await {
            Err(error) if error.is_not_found() => return Err(LockError::Lost),
            other => other?,
        };
        if version != self.version + 1 {
            return Err(LockError::Lost);
        }
        (self.version, self.until) = (version, until);
        Ok(())
    }

    /// Whether the newest version is the one that was made last here.
    fn is_still(&self, held: &Held) -> bool {
        held.version == self.version && read_words(&held.words).0 == self.owner.0
    }

    /// How long it is until the lease is to be renewed: at three tenths of it, so that several attempts fit into the rest.
    pub(super) fn due_in(&self, live: &Acting<'_>) -> Duration {
        let renewed = live.lease * 7 / 10;
        let left = self.until.duration_since(Timestamp::now()) - renewed;
        Duration::try_from(left).unwrap_or_default()
    }

    /// Renews the lease.
    ///
    /// # Errors
    /// Where somebody else took the lock over, or a call fails.
    pub(super) async fn keep(&mut self, live: &Acting<'_>) -> Result<(), LockError> {
        if self.is_lost {
            return Err(LockError::Lost);
        }
        let kept = Box::pin(self.kept(live)).await;
        self.is_lost = matches!(kept, Err(LockError::Lost));
        kept
    }

    async fn kept(&mut self, live: &Acting<'_>) -> Result<(), LockError> {
        let now = Timestamp::now();
        // A lease that ended may be somebody else's by now. The next number tells, but where the lock was released and made
        // anew meanwhile, since numbers begin again then.
        if self.until <= now {
            let held = Box::pin(self.read(live)).await?;
            if !held.is_some_and(|held| self.is_still(&held)) {
                return Err(LockError::Lost);
            }
        }
        Box::pin(self.renew(live, now)).await
    }

    /// Gives back the lock of a run that was killed after its last step. One that is somebody else's by now stays.
    ///
    /// # Errors
    /// Where a call fails: the lock stays until its lease ends.
    pub fn give_back(live: &Acting<'_>, owner: Owner) -> Result<(), LockError> {
        let mut lock = Self {
            name: name(&live.cluster),
            owner,
            version: 0,
            until: Timestamp::now(),
            is_lost: false,
        };
        let held = live.answer(Box::pin(lock.read(live)))?;
        let Some(held) = held.filter(|held| read_words(&held.words).0 == lock.owner.0) else {
            return Ok(());
        };
        lock.version = held.version;
        *live.lock.borrow_mut() = Some(lock);
        Self::release(live)
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// Where a call fails: the lock stays until its lease ends.
    pub fn release(live: &Acting<'_>) -> Result<(), LockError> {
        let held = live.lock.borrow_mut().take();
        let Some(lock) = held.filter(|lock| !lock.is_lost) else {
            return Ok(());
        };
        let held = live.answer(Box::pin(lock.read(live)))?;
        // Another process may have taken it over since the last renewal: it is not ours to delete then.
        match held {
            None => return Ok(()),
            Some(held) if lock.is_still(&held) => {}
            Some(_) => return Err(LockError::Lost),
        }
        let release = async || live.sdk.release(&lock.name).await;
        match live.change(Action::DeleteLaunchTemplate, release) {
            Err(error) if error.is_not_found() => Ok(()),
            other => Ok(other?),
        }
    }
}

/// The name of a cluster's lock: names of clusters may be longer than those of launch templates.
fn name(cluster: &str) -> String {
    let cluster = aws_names::shortened(cluster, LONGEST_TEMPLATE - PREFIX.len());
    format!("{PREFIX}{cluster}")
}

/// The words of a version: when the lease ends, and whose it is.
fn words(owner: &Owner, until: Timestamp) -> String {
    let until = until.as_second();
    let owner: String = owner.0.chars().take(200).collect();
    format!("until {until} {owner}")
}

/// What a version says. Words of somebody else's making are a lease without end: nobody knows when it does.
fn read_words(words: &str) -> (String, Timestamp) {
    let mut parts = words.splitn(3, ' ');
    let (first, second, rest) = (parts.next(), parts.next(), parts.next());
    let until = second.and_then(|text| Timestamp::from_second(text.parse().ok()?).ok());
    match (first, until, rest) {
        (Some("until"), Some(until), Some(owner)) => (owner.to_owned(), until),
        _ => (words.to_owned(), Timestamp::MAX),
    }
}

/// The same attempt has the same token, so that one whose answer was lost makes no second version.
fn token(name: &str, words: &str, version: i64) -> String {
    use std::fmt::Write as _;

    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(format!("{name}/{version}/{words}").as_bytes());
    hash.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_owner_and_end_and_foreign_words_have_none() {
        let until: Timestamp = "2026-11-29T12:00:00Z".parse().expect("a time");
        let owner = Owner("box of somebody 12ab".to_owned());
        assert_eq!(read_words(&words(&owner, until)), (owner.0, until));
        assert_eq!(read_words("mine"), ("mine".to_owned(), Timestamp::MAX));
        assert_eq!(read_words("until x y").1, Timestamp::MAX);
    }

    #[test]
    fn a_lock_is_still_ours_while_nobody_made_another_version() {
        let owner = Owner("box 12ab".to_owned());
        let until = Timestamp::UNIX_EPOCH;
        let held = |version: i64, owner: &Owner| Held {
            version,
            words: words(owner, until),
        };
        let lock = Lock {
            name: name("prod"),
            owner: owner.clone(),
            version: 3,
            until,
            is_lost: false,
        };
        assert!(lock.is_still(&held(3, &owner)));
        assert!(!lock.is_still(&held(4, &owner)));
        assert!(!lock.is_still(&held(3, &Owner("box 34cd".to_owned()))));
        assert_eq!(lock.name, "bayplan-lock-prod");
        assert_eq!(name(&"c".repeat(255)).len(), 128);
    }

    #[test]
    fn each_renewal_has_a_token_of_its_own() {
        let all = [
            token("a", "w", 1),
            token("a", "w", 2),
            token("b", "w", 1),
            token("a", "v", 1),
        ];
        let mut once = all.to_vec();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 4);
        assert_eq!(all[0].len(), 32);
    }
}
