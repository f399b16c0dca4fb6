//! A lock that two machines cannot both hold: a launch template of a fixed name, which EC2 creates once, with an owner and a
//! lease in its newest version's description.
//!
//! EC2 numbers versions one after another. Whoever takes the lock over or renews it makes the next version, and holds the lock only
//! where its number is the one after that which was read: of two who try, one gets another number. Source: Amazon EC2 API reference,
//! `CreateLaunchTemplate`, `CreateLaunchTemplateVersion`.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::Acting;
use crate::aws::actions::Action;
use crate::aws::errors::CallError;
use crate::aws::sdk::Held;
use crate::domain::text::visible;

/// How long a lock is held without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// What is left of a lease when it is renewed.
const RENEW_AT: SignedDuration = SignedDuration::from_mins(7);
/// What the names of locks begin with.
const PREFIX: &str = "bayplan-lock-";

/// Who holds a lock: the same journal on the same machine is the same owner, whichever process it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(pub String);

/// A lock that is held.
#[derive(Debug, Clone)]
pub struct Lock {
    name: String,
    owner: Owner,
    version: i64,
    until: Timestamp,
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
    #[error("somebody else took the lock on the cluster over: nothing more is asked for")]
    Lost,
    /// A call failed.
    #[error("{0}")]
    Call(#[from] CallError),
}

impl Lock {
    /// Takes the lock on a cluster; one that is the owner's own is gone on with, one whose lease ended only where `takes_over`.
    ///
    /// # Errors
    /// Where somebody else holds it, or a call fails.
    pub fn take(live: &Acting<'_>, owner: Owner, takes_over: bool) -> Result<(), LockError> {
        let name = format!("{PREFIX}{}", live.cluster);
        let now = Timestamp::now();
        let words = words(&owner, now + LEASE);
        let create = async || live.sdk.lock(&name, &words).await;
        let made = live.change(Action::CreateLaunchTemplate, create);
        let mut lock = Self {
            name,
            owner,
            version: 1,
            until: now + LEASE,
        };
        match made {
            Ok(()) => {}
            // It may be the answer to an attempt of our own that was lost: then the words are ours.
            Err(error) if error.is_taken() => lock.take_over(live, takes_over, now)?,
            Err(error) => return Err(error.into()),
        }
        *live.lock.borrow_mut() = Some(lock);
        Ok(())
    }

    fn take_over(
        &mut self,
        live: &Acting<'_>,
        takes_over: bool,
        now: Timestamp,
    ) -> Result<(), LockError> {
        let Some(held) = self.read(live)? else {
            // Released between two calls: whoever is next takes it.
            return Err(LockError::Lost);
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
        self.renew(live, now)
    }

    fn read(&self, live: &Acting<'_>) -> Result<Option<Held>, CallError> {
        let read = async || live.sdk.held(&self.name).await;
        let call = live.pace.call(Action::DescribeLaunchTemplateVersions, read);
        live.runtime.block_on(call)
    }

    fn renew(&mut self, live: &Acting<'_>, now: Timestamp) -> Result<(), LockError> {
        let until = now + LEASE;
        let words = words(&self.owner, until);
        let token = token(&self.name, &words, self.version);
        let renew = async || live.sdk.renew(&self.name, &words, &token).await;
        let call = live.pace.call(Action::CreateLaunchTemplateVersion, renew);
        let version = match live.runtime.block_on(call) {
            Err(error) if error.is_not_found() => return Err(LockError::Lost),
            other => other?,
        };
        if version != self.version + 1 {
            return Err(LockError::Lost);
        }
        (self.version, self.until) = (version, until);
        Ok(())
    }

    /// Renews the lease where that is due.
    pub(super) fn keep(&mut self, live: &Acting<'_>) -> Result<(), LockError> {
        let now = Timestamp::now();
        if self.until.duration_since(now) > RENEW_AT {
            return Ok(());
        }
        // A lease that ended may be somebody else's by now; the next number tells.
        self.renew(live, now)
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// Where a call fails: the lock stays until its lease ends.
    pub fn release(live: &Acting<'_>) -> Result<(), LockError> {
        let Some(lock) = live.lock.borrow_mut().take() else {
            return Ok(());
        };
        let release = async || live.sdk.release(&lock.name).await;
        match live.change(Action::DeleteLaunchTemplate, release) {
            Err(error) if error.is_not_found() => Ok(()),
            other => Ok(other?),
        }
    }
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
