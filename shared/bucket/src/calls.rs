//! The calls themselves.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use lambdesk_domain::{
    ProjectId, TicketId,
    attachment::{Attachment, AttachmentState},
};
use lambdesk_runtime::signed::web;

use crate::{
    Bucket, Disposition, Kept, keys,
    listed::{self, Object},
    sign::{self, Reason},
};

/// The type of a file of which nothing is known.
pub(crate) const BYTES: &str = "application/octet-stream";
/// The header field that asks for a part of an object.
const RANGE: &str = "range";
/// How long a call may take. A mail may have 40 MB.
const LONGEST: Duration = Duration::from_secs(20);
/// The most bytes of a file, with some room.
const FILE: usize = 16_000_000;
/// The most bytes of an answer that is no object.
const ANSWER: usize = 1_000_000;
/// How long to wait before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// A call that failed. It may be made again.
#[derive(Debug, thiserror::Error)]
#[error("the object {key} of the bucket: {reason}")]
pub struct Failure {
    key: String,
    reason: String,
}

impl Failure {
    #[expect(clippy::needless_pass_by_value, reason = "the argument of map_err")]
    pub(crate) fn new(key: &str, reason: Reason) -> Self {
        Self { key: key.to_owned(), reason: reason.to_string() }
    }
}

/// How an object begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// How many it has in all.
    pub size: u64,
    /// The name that it is kept with, if it has one.
    pub name: Option<String>,
}

/// What a call sends.
struct Call<'a> {
    method: Method,
    /// The address behind the bucket's: a key, or a query.
    at: &'a str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Call<'_> {
    fn asks_for_a_part(&self) -> bool {
        self.headers.iter().any(|(name, _)| *name == RANGE)
    }
}

/// The header fields that tell what is kept beside the bytes.
pub(crate) fn kept_headers(kept: &Kept) -> Vec<(&'static str, String)> {
    vec![("content-type", kept.content_type.clone()), ("content-disposition", kept.disposition.to_string())]
}

impl Bucket {
    /// An object of at most `most` bytes; `None` if there is none.
    pub async fn get(&self, key: &str, most: usize) -> Result<Option<Bytes>, Failure> {
        let found = self.call(Call { method: Method::GET, at: key, headers: Vec::new(), body: Bytes::new() }, most).await?;
        Ok(found.map(|(_, bytes)| bytes))
    }

    /// The bytes of a message's files, in their order, without those that are too large to be kept: what goes with its mail.
    /// `None` if one of them is gone.
    pub async fn files_of(
        &self,
        project: ProjectId,
        ticket: TicketId,
        files: &[Attachment],
    ) -> Result<Option<Vec<(Attachment, Bytes)>>, Failure> {
        let mut found = Vec::new();
        for file in files.iter().filter(|file| file.state == AttachmentState::Kept) {
            let Some(bytes) = self.get(&keys::file(project, ticket, file.id), FILE).await? else { return Ok(None) };
            found.push((file.clone(), bytes));
        }
        Ok(Some(found))
    }

    /// How an object begins; `None` if there is none.
    pub async fn begin(&self, key: &str, bytes: usize) -> Result<Option<Begun>, Failure> {
        let headers = vec![(RANGE, format!("bytes=0-{}", bytes.saturating_sub(1)))];
        let found = self.call(Call { method: Method::GET, at: key, headers, body: Bytes::new() }, ANSWER).await?;
        let Some((headers, bytes)) = found else { return Ok(None) };
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let size = text(header::CONTENT_RANGE).and_then(|range| range.rsplit_once('/')?.1.parse().ok());
        let size = size.unwrap_or(bytes.len() as u64);
        let name = text(header::CONTENT_DISPOSITION).and_then(Disposition::name_in);
        Ok(Some(Begun { bytes: bytes.to_vec(), size, name }))
    }

    /// Keeps an object, in place of the one that may be there.
    pub async fn put(&self, key: &str, kept: &Kept, body: Bytes) -> Result<(), Failure> {
        let call = Call { method: Method::PUT, at: key, headers: kept_headers(kept), body };
        self.call(call, ANSWER).await?.map(|_| ()).ok_or_else(|| Failure::new(key, "there is no bucket".into()))
    }

    /// Keeps another object's bytes under another key; false if there is none.
    pub async fn copy(&self, from: &str, to: &str, kept: &Kept) -> Result<bool, Failure> {
        let mut headers = kept_headers(kept);
        headers.push(("x-amz-copy-source", format!("/{}/{from}", self.0.name)));
        headers.push(("x-amz-metadata-directive", "REPLACE".to_owned()));
        let answer = self.call(Call { method: Method::PUT, at: to, headers, body: Bytes::new() }, ANSWER).await?;
        let Some((_, answer)) = answer else { return Ok(false) };
        // A copy may fail after its answer has begun.
        let is_done = String::from_utf8_lossy(&answer).contains("<CopyObjectResult");
        if is_done { Ok(true) } else { Err(Failure::new(to, "the copy failed".into())) }
    }

    /// Removes an object, if it is there. The service says of what is not there that it is gone.
    pub async fn delete(&self, key: &str) -> Result<(), Failure> {
        let call = Call { method: Method::DELETE, at: key, headers: Vec::new(), body: Bytes::new() };
        self.call(call, ANSWER).await?.map(|_| ()).ok_or_else(|| Failure::new(key, "may not be removed".into()))
    }

    /// All objects whose keys begin so. They are listed by their keys, a thousand with each call.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>, Failure> {
        let mut objects: Vec<Object> = Vec::new();
        loop {
            let after = objects.last().map(|last| format!("&start-after={}", sign::encoded(&last.key))).unwrap_or_default();
            let query = format!("?list-type=2&prefix={}{after}", sign::encoded(prefix));
            let call = Call { method: Method::GET, at: &query, headers: Vec::new(), body: Bytes::new() };
            let answer = self.call(call, ANSWER).await?.ok_or_else(|| Failure::new(prefix, "may not be listed".into()))?;
            let part =
                listed::read(&String::from_utf8_lossy(&answer.1)).map_err(|error| Failure::new(prefix, Box::new(error)))?;
            let goes_on = part.goes_on && !part.objects.is_empty();
            objects.extend(part.objects);
            if !goes_on {
                return Ok(objects);
            }
        }
    }

    /// Calls, again if the service is overloaded or out of reach. Every call does the same however often it is made. `None` if
    /// there is no such object: to who may not list keys, the service answers 403 for what is not there.
    async fn call(&self, mut call: Call<'_>, most: usize) -> Result<Option<(HeaderMap, Bytes)>, Failure> {
        let mut pauses = PAUSES.iter();
        loop {
            let tried = tokio::time::timeout(LONGEST, self.attempt(&call, most)).await;
            let reason: Reason = match tried {
                Ok(Ok(answer)) if answer.status().is_success() => {
                    let (parts, body) = answer.into_parts();
                    return Ok(Some((parts.headers, body)));
                }
                Ok(Ok(answer)) if is_nothing(&answer) => return Ok(None),
                // An object without a byte has no first ones. It can be had as a whole.
                Ok(Ok(answer)) if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE && call.asks_for_a_part() => {
                    call.headers.retain(|(name, _)| *name != RANGE);
                    continue;
                }
                Ok(Ok(answer)) if !answer.status().is_server_error() => {
                    return Err(Failure::new(call.at, format!("the answer is {}", answer.status()).into()));
                }
                Ok(Ok(answer)) => format!("the answer is {}", answer.status()).into(),
                Ok(Err(reason)) => reason,
                Err(_) => "it took too long".into(),
            };
            let Some(pause) = pauses.next() else { return Err(Failure::new(call.at, reason)) };
            tokio::time::sleep(*pause).await;
        }
    }

    async fn attempt(&self, call: &Call<'_>, most: usize) -> Result<Response<Bytes>, Reason> {
        let mut request = Request::builder().method(call.method.clone()).uri(self.address(call.at));
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(Full::new(call.body.clone()))?;
        sign::call(&self.0.access, &mut request, &call.body, SystemTime::now())?;
        let (parts, body) = web()?.request(request).await?.into_parts();
        let body = Limited::new(body, most).collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

/// Whether the answer says that there is no such object. A refused signature says something else.
fn is_nothing(answer: &Response<Bytes>) -> bool {
    let denied = b"<Code>AccessDenied</Code>";
    let is_denied = || answer.body().windows(denied.len()).any(|part| part == denied);
    answer.status() == StatusCode::NOT_FOUND || answer.status() == StatusCode::FORBIDDEN && is_denied()
}
