//! Objects of a bucket below a prefix, for callers that wait for each call, from as many threads as they like.
//!
//! A client belongs to the event queue of the thread that waits, so a caller takes one that is idle, or has a new one made; it is
//! given back after the call. Each keeps to its own pace.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

use super::connection::Connection;
use super::errors::CallError;
use super::pace::Pace;
use super::sdk::{Bucket, Page};
use crate::aws::actions::Action;

/// What names an object, a bucket or a part of one.
pub const SCHEME: &str = "s3://";
/// Objects that are asked for at a time: an answer takes far longer than its work.
const AT_A_TIME: usize = 16;

/// A bucket, and what the names in it begin with: empty, or ending with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// What names begin with.
    pub prefix: String,
}

/// What is no `s3://BUCKET/PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0}: write it as s3://BUCKET/PREFIX; a bucket has 3 to 63 lower-case letters, digits, `.` and `-`"
)]
pub struct NoPlace(&'static str);

impl Place {
    /// Reads `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// When it is none. Source: Amazon S3 User Guide, "General purpose bucket naming rules".
    pub fn read(text: &str) -> Result<Self, NoPlace> {
        let rest = (text.strip_prefix(SCHEME)).ok_or(NoPlace("it is no address of a bucket"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
            });
        if !is_name {
            return Err(NoPlace("it names no bucket"));
        }
        let prefix = prefix.trim_end_matches('/');
        if prefix.split('/').any(|part| [".", ".."].contains(&part)) || prefix.contains("//") {
            return Err(NoPlace("its prefix has an empty part, or one of dots"));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}/")
            },
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.prefix)
    }
}

/// Why a call about an object failed.
#[derive(Debug, Error)]
pub enum ObjectError {
    /// AWS refuses, or does not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The system gives no event queue.
    #[error("no event queue: {0}")]
    Queue(#[from] io::Error),
}

/// A client, the event queue that it belongs to, and its pace.
struct Session {
    queue: Runtime,
    bucket: Bucket,
    pace: Pace,
}

/// Whoever hears of calls that do not come through and are tried again.
pub type Hears = Arc<dyn Fn(&CallError) + Send + Sync>;

/// Objects below a prefix.
pub struct Objects {
    place: Place,
    connection: Connection,
    hears: Hears,
    idle: Mutex<Vec<Session>>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Objects {
    /// The objects of a place.
    pub fn new(connection: Connection, place: Place, hears: Hears) -> Self {
        Self {
            place,
            connection,
            hears,
            idle: Mutex::default(),
        }
    }

    /// Where they are.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Names below a folder, without it and what lies deeper; those of folders in it end without their `/`.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn names(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        let prefix = self.key(folder);
        let pages = self.pages(&prefix, true)?;
        let names = pages
            .iter()
            .flat_map(|page| page.keys.iter().chain(&page.folders));
        let own = names.filter_map(|name| name.strip_prefix(&prefix));
        Ok(own
            .map(|name| name.trim_end_matches('/').to_owned())
            .filter(|name| !name.is_empty())
            .collect())
    }

    /// Names of all objects, however deep.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn all(&self) -> Result<Vec<String>, ObjectError> {
        let prefix = &self.place.prefix;
        let pages = self.pages(prefix, false)?;
        let keys = pages.iter().flat_map(|page| &page.keys);
        Ok(keys
            .filter_map(|key| key.strip_prefix(prefix.as_str()))
            .filter(|name| !name.is_empty() && !name.ends_with('/'))
            .map(str::to_owned)
            .collect())
    }

    /// The bytes of an object; none where there is none.
    ///
    /// # Errors
    /// When they cannot be had.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        let key = self.key(name);
        self.ask(Action::GetObject, &async |bucket| bucket.get(&key).await)
    }

    /// The bytes of many objects, in their order.
    pub fn get_all(&self, names: &[String]) -> Vec<Result<Option<Vec<u8>>, ObjectError>> {
        let read = || names.par_iter().map(|name| self.get(name)).collect();
        match ThreadPoolBuilder::new().num_threads(AT_A_TIME).build() {
            Ok(pool) => pool.install(read),
            Err(_) => names.iter().map(|name| self.get(name)).collect(),
        }
    }

    /// Writes an object, or only where there is none; whether it was written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8], once: bool) -> Result<bool, ObjectError> {
        let key = self.key(name);
        self.ask(Action::PutObject, &async |bucket| {
            bucket.put(&key, bytes, once).await
        })
    }

    /// Takes an object away, if it is there.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub fn delete(&self, name: &str) -> Result<(), ObjectError> {
        let key = self.key(name);
        self.ask(Action::DeleteObject, &async |bucket| {
            bucket.delete(&key).await
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.place.prefix)
    }

    fn pages(&self, prefix: &str, by_folder: bool) -> Result<Vec<Page>, ObjectError> {
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let token = pages.last().and_then(|page| page.token.clone());
            let page = self.ask(Action::ListBucket, &async |bucket| {
                bucket.list(prefix, by_folder, token.clone()).await
            })?;
            let is_last = page.token.is_none();
            pages.push(page);
            if is_last {
                return Ok(pages);
            }
        }
    }

    /// Makes a call with a client that nobody else uses meanwhile.
    fn ask<T>(
        &self,
        action: Action,
        call: &impl AsyncFn(&Bucket) -> Result<T, CallError>,
    ) -> Result<T, ObjectError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let session = idle.pop();
        drop(idle);
        let session = match session {
            Some(session) => session,
            None => self.session()?,
        };
        let attempt = async || call(&session.bucket).await;
        let answer = session.queue.block_on(session.pace.call(action, attempt));
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(session);
        Ok(answer?)
    }

    fn session(&self) -> Result<Session, ObjectError> {
        let queue = Builder::new_current_thread().enable_all().build()?;
        let hears = Arc::clone(&self.hears);
        Ok(Session {
            queue,
            bucket: Bucket::new(&self.connection, &self.place.bucket),
            pace: Pace::default().telling(move |error| hears(error)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_bucket_and_what_names_begin_with() {
        let place = |text| Place::read(text).map(|place| (place.bucket, place.prefix));
        let is = |bucket: &str, prefix: &str| Ok((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(place("s3://fleet"), is("fleet", ""));
        assert_eq!(place("s3://fleet/"), is("fleet", ""));
        assert_eq!(place("s3://my.fleet-1/a/b/"), is("my.fleet-1", "a/b/"));
        for wrong in [
            "out",
            "s3://",
            "s3:///a",
            "s3://Fleet/a",
            "s3://ab",
            "s3://fleet/a//b",
            "s3://fleet/../b",
        ] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        let shown = Place::read("s3://fleet/a").map(|place| place.to_string());
        assert_eq!(shown, Ok("s3://fleet/a/".to_owned()));
    }
}
