//! A bucket as a store of results, and objects of buckets as cluster files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::Path;

use crate::aws::errors::Cause;
use crate::aws::objects::{ObjectError, Objects};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::objects::open;
use crate::fleet::store::{Store, StoreError};
use crate::fleet::{Asked, Child, Ended, How, Limits, Listed, Runs, Unit, UnitArgs, Work};
use crate::fleet::{is_cluster_file, sha256_of};
use crate::optimize::stop::Stop;

use super::BucketArgs;

/// A store in a bucket.
pub(super) struct Bucket(Objects);

impl Bucket {
    /// The bucket of an address.
    pub(super) fn open(
        address: &str,
        args: &BucketArgs,
        diagnostics: Diagnostics,
    ) -> Result<Self, Failure> {
        open(address, args.connection(), diagnostics).map(Self)
    }
}

impl Store for Bucket {
    fn names(&self, folder: &str) -> Result<BTreeSet<String>, StoreError> {
        let names = self.0.names(folder).map_err(|why| refused(folder, &why))?;
        Ok(names.into_iter().collect())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(name).map_err(|why| refused(name, &why))
    }

    fn read_all(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let all = names.iter().zip(self.0.get_all(names));
        all.map(|(name, bytes)| bytes.map_err(|why| refused(name, &why)))
            .collect()
    }

    /// S3 has an object whole or not at all.
    fn is_whole_or_absent(&self) -> bool {
        true
    }

    fn write_once(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        (self.0.put(name, bytes, true)).map_err(|why| refused(name, &why))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let put = self.0.put(name, bytes, false);
        put.map(|_| ()).map_err(|why| refused(name, &why))
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.delete(name).map_err(|why| refused(name, &why))
    }
}

fn refused(name: &str, why: &ObjectError) -> StoreError {
    StoreError {
        name: name.to_owned(),
        why: why.to_string(),
    }
}

/// The text of an object, such as a manifest.
pub(super) fn text(
    address: &str,
    args: &BucketArgs,
    diagnostics: Diagnostics,
) -> Result<String, Failure> {
    let input = |why: &str| Failure::input(format!("cannot read {address}: {why}"));
    let (bucket, name) = parts(address).ok_or_else(|| input("it names no object"))?;
    let objects = open(&format!("s3://{bucket}"), args.connection(), diagnostics)?;
    let bytes = objects.get(name);
    let bytes = bytes.map_err(|why| unavailable(&refused(address, &why)))?;
    let bytes = bytes.ok_or_else(|| input("there is no such object"))?;
    String::from_utf8(bytes).map_err(|_| input("it is no UTF-8 text"))
}

/// The bytes of objects, in their order, or why they cannot be had. What concerns one object is said of it; where nothing can be had, that is
/// the answer.
pub(super) fn fetched(
    inputs: &[&str],
    args: &BucketArgs,
    diagnostics: Diagnostics,
) -> Result<Vec<Result<Vec<u8>, String>>, Failure> {
    let mut places: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::new();
    for (at, input) in inputs.iter().enumerate() {
        if let Some((bucket, name)) = parts(input) {
            let of_bucket = places.entry(bucket).or_default();
            of_bucket.push((at, name.to_owned()));
        }
    }
    let mut all = vec![Err("it names no object".to_owned()); inputs.len()];
    for (bucket, named) in places {
        let objects = open(&format!("s3://{bucket}"), args.connection(), diagnostics)?;
        let names: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
        for ((at, name), bytes) in named.into_iter().zip(objects.get_all(&names)) {
            all[at] = match bytes {
                Ok(Some(bytes)) => Ok(bytes),
                Ok(None) => Err("there is no such object any more".to_owned()),
                Err(why) if is_of_one_object(&why) => Err(why.to_string()),
                Err(why) => return Err(unavailable(&refused(&name, &why))),
            };
        }
    }
    Ok(all)
}

/// Codes that say something of the bucket or the request, so of every object. Source: Amazon S3 API Reference, "Error responses".
const OF_ALL: [&str; 5] = [
    "NoSuchBucket",
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "not sent",
];

/// Whether a failure concerns one object alone: it may not be read, or is archived. No bucket, wrong credentials and an outage concern all.
fn is_of_one_object(why: &ObjectError) -> bool {
    let ObjectError::Call(error) = why else {
        return false;
    };
    match &error.cause {
        Cause::Refused { .. } => true,
        Cause::Rejected { code, .. } => !OF_ALL.contains(&code.as_str()),
        Cause::Credentials { .. }
        | Cause::Throttled
        | Cause::Passing { .. }
        | Cause::Incomplete { .. } => false,
    }
}

/// Whether a local failure concerns one object alone: its name is one that no file can have.
fn is_of_one_file(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename
    )
}

fn unavailable(error: &StoreError) -> Failure {
    Failure::new(Exit::AwsFailure, error.to_string())
}

/// Every cluster file of a bucket, below the address.
pub(super) fn list(
    address: &str,
    args: &BucketArgs,
    asked: &Asked,
    diagnostics: Diagnostics,
) -> Result<Listed, Failure> {
    let objects = open(address, args.connection(), diagnostics)?;
    let failure = |why: &ObjectError| unavailable(&refused(address, why));
    let mut names = objects.all().map_err(|why| failure(&why))?;
    names.retain(|name| is_cluster_file(name));
    names.sort();
    let mut listed = Listed::default();
    let contents = objects.get_all(&names);
    for (name, bytes) in names.into_iter().zip(contents) {
        let bytes = match bytes {
            Ok(bytes) => bytes.ok_or_else(|| "it is gone since it was listed".to_owned()),
            Err(why) => Err(why.to_string()),
        };
        let input = format!("{}{name}", objects.place());
        let unit = asked.of(&name).clone();
        listed.add(name, input, bytes, unit);
    }
    Ok(listed)
}

/// Runs units whose cluster files are objects: each is fetched when its turn comes, and taken away after.
pub(super) struct Fetching<'a> {
    child: Child,
    units: HashMap<&'a Path, &'a Unit>,
    buckets: HashMap<&'a str, Objects>,
}

/// The bucket and the name of an object.
fn parts(input: &str) -> Option<(&str, &str)> {
    input.strip_prefix("s3://")?.split_once('/')
}

impl<'a> Fetching<'a> {
    /// Knows the objects of the work.
    pub(super) fn new(
        child: Child,
        work: &'a Work,
        args: &BucketArgs,
        diagnostics: Diagnostics,
    ) -> Result<Self, Failure> {
        let mut fetching = Self {
            child,
            units: HashMap::new(),
            buckets: HashMap::new(),
        };
        for unit in work.units.iter().filter(|unit| unit.unit.is_object()) {
            fetching.units.insert(&unit.path, &unit.unit);
            let Some((bucket, _)) = parts(&unit.unit.input) else {
                continue;
            };
            if !fetching.buckets.contains_key(bucket) {
                let objects = open(&format!("s3://{bucket}"), args.connection(), diagnostics)?;
                fetching.buckets.insert(bucket, objects);
            }
        }
        Ok(fetching)
    }

    /// Fetches a unit's object; how its attempt ended where it cannot be run, with what there is to say of it.
    fn fetch(&self, unit: &Unit, to: &Path) -> io::Result<Option<(How, String)>> {
        let gone = Ok(Some((How::Gone, String::new())));
        let parts = parts(&unit.input);
        let objects = parts.and_then(|(bucket, name)| Some((self.buckets.get(bucket)?, name)));
        let Some((objects, name)) = objects else {
            return gone;
        };
        let bytes = match objects.get(name) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return gone,
            Err(why) if is_of_one_object(&why) => {
                return Ok(Some((How::Unread, why.to_string())));
            }
            Err(why) => return Err(io::Error::other(why)),
        };
        if unit
            .sha256
            .as_ref()
            .is_some_and(|listed| *listed != sha256_of(&bytes))
        {
            return Ok(Some((How::Another, String::new())));
        }
        let written =
            fs::create_dir_all(to.parent().unwrap_or(to)).and_then(|()| fs::write(to, bytes));
        match written {
            Ok(()) => Ok(None),
            Err(why) if is_of_one_file(&why) => Ok(Some((How::Unread, why.to_string()))),
            Err(why) => Err(why),
        }
    }
}

impl Runs for Fetching<'_> {
    fn run(&self, args: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended> {
        let Some(unit) = self.units.get(input) else {
            return self.child.run(args, input, stop);
        };
        if let Some((how, said)) = self.fetch(unit, input)? {
            return Ok(Ended {
                how,
                result: Vec::new(),
                said,
                peak_memory_mib: None,
            });
        }
        let ended = self.child.run(args, input, stop);
        // What stays is taken away with the folder.
        let _ = fs::remove_file(input);
        ended
    }

    fn limits(&self) -> Limits {
        self.child.limits()
    }
}
