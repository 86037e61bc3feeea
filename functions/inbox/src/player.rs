//! The player of recordings, and the frame for mails: documents and scripts on an origin of their own. What they show comes from
//! strangers. A flaw in them finds no session of an agent here, may fetch nothing but pictures, and is heard by the inbox only as
//! times, states, counts and heights.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use lambdesk_http::{
    Surface,
    edge::{Public, edge},
};

use crate::{CHECK, KEEP, NOT_FOUND, Origins, files, headers, served};

/// The player's document.
const PLAYER: &str = "/player";
/// The same under a policy that admits pictures of the customer's site. The inbox shows it when the agent asks for them.
const WITH_PICTURES: &str = "/player-with-pictures";
/// The frame for a mail, with the pictures that the mail itself has.
const MAIL: &str = "/mail";
/// The same with pictures that lie elsewhere. The inbox shows it when the agent asks for them.
const MAIL_WITH_PICTURES: &str = "/mail-with-pictures";
/// What in the document stands for the addresses of the inbox.
const INBOX: &str = "{inbox}";

/// What a policy says of the frames around a document and of its sandbox, beyond scripts of its own origin.
struct Kind {
    file: &'static str,
    /// Links of a mail open beside the inbox, as pages of their own.
    sandbox: &'static str,
}

const RECORDING: Kind = Kind { file: "index.html", sandbox: "allow-scripts allow-same-origin" };
const OF_MAIL: Kind =
    Kind { file: "mail.html", sandbox: "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox" };

/// The routes, for an inbox at these addresses and a bucket of files at those.
pub fn player(inbox: &Origins, bucket: &Origins) -> Router {
    let files: String = bucket.all().iter().flat_map(|origin| [origin.as_str(), " "]).collect();
    let document = |kind: &Kind, pictures: &str| {
        let policy = policy(inbox, kind, pictures);
        let html = files::find_of_player(kind.file).and_then(|file| std::str::from_utf8(file.plain).ok());
        let html = html.map(|html| html.replace(INBOX, &inbox.all().join(" ")));
        get(async move || the_document(html, &policy))
    };
    let routes = Router::new()
        .route(PLAYER, document(&RECORDING, ""))
        .route(WITH_PICTURES, document(&RECORDING, "https: "))
        .route(MAIL, document(&OF_MAIL, &files))
        .route(MAIL_WITH_PICTURES, document(&OF_MAIL, &format!("{files}https: ")))
        .route("/assets/{*path}", get(asset))
        .layer(middleware::from_fn(for_the_player));
    edge(routes, Surface::Agents)
}

/// Only the document's own script runs. The styles of recordings and mails are inline. The frame inside, which holds the replayed
/// page or the mail, inherits all of this, and runs no script at all by its own sandbox.
fn policy(inbox: &Origins, Kind { file: _, sandbox }: &Kind, pictures: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src {pictures}data:; font-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors {}; sandbox {sandbox}",
        inbox.as_sources()
    )
}

fn the_document(html: Option<String>, policy: &str) -> Response {
    let Some(html) = html else {
        return (StatusCode::SERVICE_UNAVAILABLE, files::LEFT_OUT.unwrap_or("There is no player.")).into_response();
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, CHECK)];
    let mut response = (headers, html).into_response();
    if let Ok(policy) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.extensions_mut().insert(Public);
    response
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match files::find_of_player(&format!("assets/{path}")) {
        Some(file) => served(file, &headers, KEEP),
        None => NOT_FOUND.into_response(),
    }
}

async fn for_the_player(request: axum::extract::Request, next: Next) -> Response {
    let encrypted = headers::is_encrypted(&request);
    let mut response = next.run(request).await;
    headers::insert(response.headers_mut(), &headers::PLAYER);
    // Refusals are no documents, and are held as tightly.
    response
        .headers_mut()
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    if encrypted {
        headers::insert(response.headers_mut(), &[headers::ENCRYPTED]);
    }
    response
}
