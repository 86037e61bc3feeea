//! The mails themselves: objects of a bucket on AWS, files in the desk's directory on a laptop.

use std::{io, path::PathBuf};

use http::{Method, StatusCode};
use lambdesk_domain::Timestamp;
use lambdesk_runtime::{
    connect::Access,
    signed::{Answered, Call},
};

use crate::{arrival::INBOUND, listed};

/// The largest mail that the service takes, with some room.
const LARGEST: usize = 45_000_000;
/// The most bytes of one part of a list: a thousand names.
const LISTED: usize = 2_000_000;

/// Where the mails are.
#[derive(Clone)]
pub struct Mails(Place);

#[derive(Clone)]
enum Place {
    Directory(PathBuf),
    Bucket { access: Access, name: String },
}

/// A mail can't be had.
#[derive(Debug, thiserror::Error)]
#[error("the mail {key} can't be read: {reason}")]
pub struct NoMail {
    key: String,
    reason: String,
    /// Whether it is not there, and will not be.
    pub(crate) is_gone: bool,
}

/// A mail that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The service's id of it.
    pub(crate) id: String,
    /// When it was put there.
    pub(crate) at: Timestamp,
}

impl Kept {
    /// Where it is kept.
    pub(crate) fn key(&self) -> String {
        format!("{INBOUND}{}", self.id)
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Mails {
    /// The files of a directory.
    pub const fn in_directory(directory: PathBuf) -> Self {
        Self(Place::Directory(directory))
    }

    /// The objects of a bucket of S3.
    pub const fn in_bucket(access: Access, name: String) -> Self {
        Self(Place::Bucket { access, name })
    }

    /// A mail as it came.
    pub(crate) async fn read(&self, key: &str) -> Result<Vec<u8>, NoMail> {
        let no_mail = |reason: String, is_gone| NoMail { key: key.to_owned(), reason, is_gone };
        match &self.0 {
            Place::Directory(directory) => {
                let read = tokio::fs::read(directory.join(key)).await;
                read.map_err(|error| no_mail(error.to_string(), error.kind() == io::ErrorKind::NotFound))
            }
            Place::Bucket { access, name } => {
                let answer = get(access, name, key, LARGEST).await.map_err(|error| no_mail(error.to_string(), false))?;
                let is_gone = answer.status == StatusCode::NOT_FOUND;
                if answer.status.is_success() { Ok(answer.body) } else { Err(no_mail(answer.status.to_string(), is_gone)) }
            }
        }
    }

    /// The mails that were put there from `since` on and before `until`.
    pub(crate) async fn between(&self, since: Timestamp, until: Timestamp) -> Result<Vec<Kept>, NoMail> {
        let mut kept =
            self.all().await.map_err(|error| NoMail { key: INBOUND.to_owned(), reason: error.to_string(), is_gone: false })?;
        kept.retain(|mail| since <= mail.at && mail.at < until);
        kept.sort_by_key(|mail| mail.at);
        Ok(kept)
    }

    async fn all(&self) -> Result<Vec<Kept>, Failure> {
        match &self.0 {
            Place::Directory(directory) => files(directory).await,
            Place::Bucket { access, name } => objects(access, name).await,
        }
    }
}

async fn files(directory: &std::path::Path) -> Result<Vec<Kept>, Failure> {
    let mut entries = tokio::fs::read_dir(directory.join(INBOUND)).await?;
    let mut kept = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let since_epoch = entry.metadata().await?.modified()?.duration_since(std::time::UNIX_EPOCH)?;
        let at = i64::try_from(since_epoch.as_micros()).ok().and_then(Timestamp::from_micros);
        if let (Some(at), Ok(id)) = (at, entry.file_name().into_string()) {
            kept.push(Kept { id, at });
        }
    }
    Ok(kept)
}

/// Lists the objects. The names are the service's ids, which tell nothing of time, so all are listed.
async fn objects(access: &Access, bucket: &str) -> Result<Vec<Kept>, Failure> {
    let mut kept = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let start = after.map(|key| format!("&start-after={key}")).unwrap_or_default();
        let answer = get(access, bucket, &format!("?list-type=2&prefix=inbound%2F{start}"), LISTED).await?;
        if !answer.status.is_success() {
            return Err(answer.status.to_string().into());
        }
        let part = listed::read(&String::from_utf8(answer.body)?)?;
        kept.extend(part.mails);
        match part.last.filter(|_| part.goes_on) {
            Some(last) => after = Some(last.replace('/', "%2F")),
            None => return Ok(kept),
        }
    }
}

async fn get(access: &Access, bucket: &str, path: &str, largest: usize) -> Result<Answered, Failure> {
    let url = format!("https://{bucket}.s3.{}.amazonaws.com/{path}", access.region);
    Call { service: "s3", method: Method::GET, url, fields: &[], body: Vec::new(), largest }.answer(access).await
}
