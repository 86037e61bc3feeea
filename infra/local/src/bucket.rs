//! What stands in for S3: the objects of one bucket as files of the desk's directory, behind an address that takes signed calls
//! and links as S3 does. The key by which a call is signed says which function made it, so each function is held to its role here
//! too.

mod objects;
mod signed;

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use lambdesk_bucket::{Bucket, Object};
use lambdesk_runtime::connect::Access;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch};

use objects::Objects;

use crate::{roles::Rights, serving};

/// The bucket's name on this machine.
const NAME: &str = "files";
/// The largest object that is taken.
const LARGEST: usize = 50_000_000;
/// How many objects one answer lists, as with S3.
const LISTED: usize = 1000;
/// The secret of every key. This machine keeps nobody out who is on it.
const SECRET: &str = "local";

/// The running stand-in.
#[derive(Clone)]
pub(crate) struct Service(Arc<Inner>);

struct Inner {
    objects: Objects,
    rights: Rights,
    origin: String,
    stop: watch::Sender<bool>,
    /// Whether it is away, for tests.
    is_away: AtomicBool,
    /// A directory that goes with the process.
    _passing: Option<TempDir>,
}

impl Service {
    /// Starts it on any free port. Without a directory nothing is kept.
    pub(crate) async fn start(directory: Option<PathBuf>, rights: Rights) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let passing = directory.is_none().then(tempfile::tempdir).transpose()?;
        let directory = directory.or_else(|| passing.as_ref().map(|passing| passing.path().to_owned())).unwrap_or_default();
        let (stop, stopped) = watch::channel(false);
        let inner = Inner {
            objects: Objects::open(directory)?,
            rights,
            origin,
            stop,
            is_away: AtomicBool::new(false),
            _passing: passing,
        };
        let service = Self(Arc::new(inner));
        tokio::spawn(serving::serve(listener, Router::new().fallback(answer).with_state(service.clone()), None, stopped));
        Ok(service)
    }

    /// The keys of all objects.
    pub(crate) fn keys(&self) -> io::Result<Vec<String>> {
        Ok(self.0.objects.list("", "")?.into_iter().map(|object| object.key).collect())
    }

    /// Fails every call, or works again.
    pub(crate) fn be_away(&self, is_away: bool) {
        self.0.is_away.store(is_away, Ordering::Relaxed);
    }

    /// Takes no more calls. It is the last that stops: whoever works on an object finishes that.
    pub(crate) fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// The origin of its addresses.
    pub(crate) fn origin(&self) -> &str {
        &self.0.origin
    }

    /// The bucket as a function of the template reaches it.
    pub(crate) fn of(&self, function: &str) -> Bucket {
        let credentials = (function.to_owned(), SECRET.to_owned(), None);
        Bucket::at(&self.0.origin, Access { credentials, ..Access::local() }, NAME)
    }
}

/// Pages of any origin may follow signed links, as the template's rules for the bucket say.
async fn answer(State(service): State<Service>, request: Request) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        service
            .call(request)
            .await
            .unwrap_or_else(|Refused(status, code)| (status, format!("<Error><Code>{code}</Code></Error>")).into_response())
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, PUT"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, content-disposition"));
    response
}

/// Why a call is not carried out, with S3's word for it.
struct Refused(StatusCode, &'static str);

const DENIED: Refused = Refused(StatusCode::FORBIDDEN, "AccessDenied");
const MISSING: Refused = Refused(StatusCode::NOT_FOUND, "NoSuchKey");
const INVALID: Refused = Refused(StatusCode::BAD_REQUEST, "InvalidRequest");

impl Service {
    async fn call(&self, request: Request) -> Result<Response, Refused> {
        if self.0.is_away.load(Ordering::Relaxed) {
            return Err(Refused(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"));
        }
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LARGEST).await.map_err(|_| INVALID)?;
        let signer = signed::signer(&parts, &body, SECRET, std::time::SystemTime::now()).map_err(|reason| {
            tracing::warn!(reason, "a call of the bucket is not signed as it must be");
            Refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch")
        })?;
        let key = parts.uri.path().strip_prefix(&format!("/{NAME}/")).ok_or(MISSING)?;
        let may = |action: &str, key: &str| {
            let may = self.0.rights.allow(&signer, action, key);
            if !may {
                tracing::error!(signer, action, key, "the role of a function in infra/template.yaml does not allow what it does");
            }
            if may { Ok(()) } else { Err(DENIED) }
        };
        let objects = &self.0.objects;
        let internal = |error: io::Error| {
            tracing::error!(%error, "an object of the bucket");
            Refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
        };
        match (&parts.method, key) {
            (&Method::GET, "") => {
                let prefix = query(&parts, "prefix").unwrap_or_default();
                may("s3:ListBucket", &prefix)?;
                let after = query(&parts, "start-after").unwrap_or_default();
                Ok(list(&objects.list(&prefix, &after).map_err(internal)?).into_response())
            }
            (&Method::GET, key) => {
                may("s3:GetObject", key)?;
                // To who may not list keys, S3 does not say that an object is not there.
                let (headers, bytes) = objects.get(key).map_err(internal)?.ok_or(DENIED)?;
                Ok(part(&parts, headers, bytes))
            }
            (&Method::PUT, key) => {
                may("s3:PutObject", key)?;
                let Some(from) = parts.headers.get("x-amz-copy-source") else {
                    objects.put(key, &parts.headers, &body).map_err(internal)?;
                    return Ok(StatusCode::OK.into_response());
                };
                let from = from.to_str().ok().and_then(|from| from.strip_prefix(&format!("/{NAME}/")));
                let from = from.ok_or(INVALID)?;
                may("s3:GetObject", from)?;
                let (_, bytes) = objects.get(from).map_err(internal)?.ok_or(MISSING)?;
                objects.put(key, &parts.headers, &bytes).map_err(internal)?;
                Ok("<CopyObjectResult></CopyObjectResult>".into_response())
            }
            (&Method::DELETE, key) => {
                may("s3:DeleteObject", key)?;
                objects.delete(key).map_err(internal)?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            _ => Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed")),
        }
    }
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    lambdesk_http::body::query_value(parts.uri.query().unwrap_or_default(), name).map(Into::into)
}

/// The first thousand of some objects, and whether there are more.
fn list(objects: &[Object]) -> String {
    let contents = objects
        .iter()
        .take(LISTED)
        .map(|Object { key, at }| format!("<Contents><Key>{key}</Key><LastModified>{at}</LastModified></Contents>"));
    let contents: String = contents.collect();
    let is_part = objects.len() > LISTED;
    format!("<ListBucketResult><IsTruncated>{is_part}</IsTruncated>{contents}</ListBucketResult>")
}

/// An object, or the first bytes of it, with the header fields that a link asks for in place of its own.
fn part(parts: &Parts, mut headers: HeaderMap, bytes: Bytes) -> Response {
    for name in [header::CONTENT_TYPE, header::CONTENT_DISPOSITION] {
        let asked = query(parts, &format!("response-{name}")).and_then(|value| HeaderValue::from_str(&value).ok());
        if let Some(value) = asked {
            headers.insert(name, value);
        }
    }
    let range =
        parts.headers.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes=0-")?.parse::<usize>().ok());
    let Some(last) = range else { return (headers, bytes).into_response() };
    if bytes.is_empty() {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let first = bytes.slice(..bytes.len().min(last.saturating_add(1)));
    let of = format!("bytes 0-{}/{}", first.len() - 1, bytes.len());
    if let Ok(of) = HeaderValue::from_str(&of) {
        headers.insert(header::CONTENT_RANGE, of);
    }
    (StatusCode::PARTIAL_CONTENT, headers, first).into_response()
}
