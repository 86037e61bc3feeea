//! The bucket of files: one signed call of S3 for each thing that is done with an object. The SDK of S3 would be a third of a
//! small function.
//!
//! - `inbound/` has the raw mails, as the receiving service puts them;
//! - `p/<project>/<ticket>/` has what belongs to a ticket, and goes with it;
//! - `pending/<project>/<ticket>/` has what agents upload and have not sent yet. It goes after a day.

mod calls;
mod disposition;
pub mod keys;
mod listed;
pub mod shown;
mod sign;
pub mod signature;

use std::sync::Arc;

use lambdesk_domain::{Timestamp, attachment::Attachment};
use lambdesk_runtime::connect::{Access, BadEnvironment, endpoint, required};

pub use calls::{Begun, Failure};
pub use disposition::Disposition;
pub use listed::Object;

/// How long a link may be followed, and an upload may begin, in seconds.
pub const LINK_SECS: u64 = 15 * 60;

/// A bucket of S3, or what stands in for it on this machine.
#[derive(Clone)]
pub struct Bucket(Arc<Inner>);

struct Inner {
    access: Access,
    /// The address that keys follow, with a slash at its end.
    base: String,
    name: String,
}

/// What is kept beside the bytes of an object, and told to whoever gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its type.
    pub content_type: String,
    /// Its name, and whether a browser shows it.
    pub disposition: Disposition,
}

impl Kept {
    /// What is kept beside the bytes of a file: its name, and that only pictures are ever shown.
    pub fn of(file: &Attachment) -> Self {
        let Attachment { name, content_type, .. } = file;
        let disposition = if content_type.is_picture() { Disposition::inline(name) } else { Disposition::attachment(name) };
        Self { content_type: content_type.name().to_owned(), disposition }
    }
}

/// A link that whoever has it may follow for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its address.
    pub url: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// An upload that whoever has it may do for a while: a PUT of just these header fields and as many bytes as were announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where it goes, and until when.
    pub link: Link,
    /// Its header fields. Browsers write `Content-Length` themselves.
    pub headers: Vec<(&'static str, String)>,
}

impl Bucket {
    /// The bucket that `MAIL_BUCKET` names. `AWS_ENDPOINT_URL_S3` replaces the region's own endpoint.
    pub fn from_env() -> Result<Self, BadEnvironment> {
        let (access, name) = (Access::from_env()?, required("MAIL_BUCKET")?);
        if let Some(service) = endpoint("AWS_ENDPOINT_URL_S3")? {
            return Ok(Self::at(&service, access, &name));
        }
        let base = format!("https://{name}.s3.{}.amazonaws.com/", access.region);
        Ok(Self(Arc::new(Inner { access, base, name })))
    }

    /// A bucket of a service at another address, such as `http://127.0.0.1:9000`.
    pub fn at(service: &str, access: Access, name: &str) -> Self {
        Self(Arc::new(Inner { access, base: format!("{service}/{name}/"), name: name.to_owned() }))
    }

    fn address(&self, key: &str) -> String {
        format!("{}{key}", self.0.base)
    }

    /// A link by which whoever has it gets an object, as it was kept.
    pub fn link(&self, key: &str) -> Result<Link, Failure> {
        self.signed_link(key, "GET", "", &[])
    }

    /// The same, as a file of this type and name.
    pub fn link_as(&self, key: &str, kept: &Kept) -> Result<Link, Failure> {
        let query = format!(
            "?response-content-disposition={}&response-content-type={}",
            sign::encoded(&kept.disposition.to_string()),
            sign::encoded(&kept.content_type)
        );
        self.signed_link(key, "GET", &query, &[])
    }

    /// An upload of `size` bytes, which are kept as nothing that a browser runs or shows.
    pub fn upload(&self, key: &str, name: &str, size: u64) -> Result<Upload, Failure> {
        let kept = Kept { content_type: calls::BYTES.to_owned(), disposition: Disposition::attachment(name) };
        let headers = calls::kept_headers(&kept);
        let length = size.to_string();
        let signed: Vec<_> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).chain([("content-length", length.as_str())]).collect();
        let link = self.signed_link(key, "PUT", "", &signed)?;
        Ok(Upload { link, headers })
    }

    fn signed_link(&self, key: &str, method: &str, query: &str, headers: &[(&str, &str)]) -> Result<Link, Failure> {
        let url = format!("{}{query}", self.address(key));
        let now = std::time::SystemTime::now();
        let url =
            sign::link(&self.0.access, method, &url, headers, now, LINK_SECS).map_err(|reason| Failure::new(key, reason))?;
        let expires_at = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |passed| passed.as_secs()) + LINK_SECS;
        let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX / 1_000_000);
        Ok(Link { url, expires_at: Timestamp::EPOCH.plus_seconds(expires_at) })
    }
}
