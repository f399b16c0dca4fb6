//! Amazon S3: objects of one bucket. What is written once is written under `If-None-Match: *`, which S3 decides for all writers.
//!
//! Source: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".

use std::env;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::primitives::ByteStream;

use crate::aws::actions::Action;
use crate::aws::connection::Connection;
use crate::aws::errors::{CallError, Cause, innermost};

/// The environment's endpoint of S3 alone.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";

/// One bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

/// A part of a bucket's names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Names of objects.
    pub keys: Vec<String>,
    /// What names have before the next `/`, with it; where they were asked for.
    pub folders: Vec<String>,
    /// What the next page is asked for with; none after the last.
    pub token: Option<String>,
}

impl Bucket {
    /// A bucket, whether it is there or not.
    pub fn new(connection: &Connection, name: &str) -> Self {
        let config = connection.config();
        let is_own = config.endpoint_url().is_some() || env::var_os(ENDPOINT).is_some();
        // A server of one's own has no host name for each bucket.
        let own = Builder::from(config).force_path_style(is_own).build();
        Self {
            client: Client::from_conf(own),
            name: name.to_owned(),
        }
    }

    /// Names that begin with a prefix; those with a further `/` after it are one folder each, where that is asked for.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn list(
        &self,
        prefix: &str,
        by_folder: bool,
        token: Option<String>,
    ) -> Result<Page, CallError> {
        let client = &self.client;
        let answer = client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .set_delimiter(by_folder.then(|| "/".to_owned()))
            .set_continuation_token(token)
            .send()
            .await
            .map_err(|error| CallError::of(Action::ListBucket, &error))?;
        let keys = (answer.contents().iter()).filter_map(|object| object.key.clone());
        let folders = (answer.common_prefixes().iter()).filter_map(|folder| folder.prefix.clone());
        Ok(Page {
            keys: keys.collect(),
            folders: folders.collect(),
            token: answer.next_continuation_token.clone(),
        })
    }

    /// The bytes of an object; none where there is none.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CallError> {
        let action = Action::GetObject;
        let client = &self.client;
        let request = client.get_object().bucket(&self.name).key(key);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = CallError::of(action, &error);
                return if error.is_no_object() {
                    Ok(None)
                } else {
                    Err(error)
                };
            }
        };
        let bytes = answer.body.collect().await.map_err(|error| CallError {
            action,
            cause: Cause::Passing {
                said: innermost(&error),
            },
        })?;
        Ok(Some(bytes.to_vec()))
    }

    /// Writes an object, or only where there is none; whether it was written.
    ///
    /// # Errors
    /// Why the attempt failed; it may have taken effect.
    pub async fn put(&self, key: &str, bytes: &[u8], once: bool) -> Result<bool, CallError> {
        let client = &self.client;
        let answer = client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .set_if_none_match(once.then(|| "*".to_owned()))
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await;
        match answer.map_err(|error| CallError::of(Action::PutObject, &error)) {
            Ok(_) => Ok(true),
            Err(error) if once && error.is_there_already() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes an object away, if it is there.
    ///
    /// # Errors
    /// Why the attempt failed.
    pub async fn delete(&self, key: &str) -> Result<(), CallError> {
        let client = &self.client;
        client
            .delete_object()
            .bucket(&self.name)
            .key(key)
            .send()
            .await
            .map_err(|error| CallError::of(Action::DeleteObject, &error))?;
        Ok(())
    }
}
