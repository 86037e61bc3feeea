//! The inbox page, as files: the page itself below `/inbox`, and the unmodified posthog-js below `/static`, so that the chat
//! widget needs no other host.
//!
//! Beside it, for another origin, the player of recordings.
//!
//! The two functions serve what `build/` embedded, and nothing else. They read no table and see no credential. The page's calls
//! go to the other functions.

mod encoding;
mod files;
mod headers;
mod origins;
mod player;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use lambdesk_http::{
    Problem, Surface,
    edge::{Public, edge},
};
use serde_json::json;
use tower_http::services::ServeDir;

use files::File;

pub use origins::{NoOrigin, Origins};
pub use player::player;

/// The function's router. With `asset_base`, every path below `/static` redirects there instead: to a bucket or CDN that holds
/// another version of posthog-js. `player` is where the player of recordings is, and `files` where the bucket is.
pub fn routes(asset_base: Option<String>, player: &Origins, files: &Origins) -> Router {
    match asset_base.filter(|base| !base.is_empty()) {
        Some(base) => serving(elsewhere(base.trim_end_matches('/').into()), player, files),
        None => serving(Router::new().route("/static/{*path}", get(sdk)), player, files),
    }
}

/// The same with the files below `/static` from `directory`.
pub fn routes_with(directory: impl AsRef<std::path::Path>, player: &Origins, files: &Origins) -> Router {
    serving(Router::new().nest_service("/static", ServeDir::new(directory)), player, files)
}

fn serving(sdk: Router, player: &Origins, files: &Origins) -> Router {
    // An origin has no character that a header may not have.
    let policy = HeaderValue::from_str(&headers::policy(player, files));
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let places = json!({"origins": player.all()});
    let page = Router::new()
        .route("/", get(async || Redirect::temporary("/inbox")))
        .route("/inbox", get(async |headers: HeaderMap| index(&headers)))
        .route("/inbox/player.json", get(async move || Json(places)))
        .route("/inbox/assets/{*path}", get(asset))
        .route("/inbox/{*path}", get(page))
        .layer(middleware::from_fn_with_state(policy, headers::for_the_page));
    edge(page.merge(sdk.layer(middleware::map_response(headers::for_any_site))), Surface::Agents)
}

fn elsewhere(base: Arc<str>) -> Router {
    Router::new().route("/static/{*path}", get(async move |uri: Uri| Redirect::temporary(&format!("{base}{uri}"))))
}

/// True if this build has the page and posthog-js.
pub fn is_built() -> bool {
    files::LEFT_OUT.is_none()
}

const NOT_FOUND: Problem = Problem::NotFound("Not found.");
/// For a year: the name changes with the content.
const KEEP: &str = "public, max-age=31536000, immutable";
/// Each use asks whether the content has changed.
const CHECK: &str = "no-cache";

/// A file of posthog-js.
async fn sdk(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match files::find(&format!("static/{path}")) {
        // `array.js` keeps its name from version to version. The paths of the other files name theirs.
        Some(file) => served(file, &headers, if path.contains('/') { KEEP } else { CHECK }),
        None => NOT_FOUND.into_response(),
    }
}

/// A hashed file of the page.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match files::find(&format!("assets/{path}")) {
        Some(file) => served(file, &headers, KEEP),
        None => NOT_FOUND.into_response(),
    }
}

/// A file by its name, such as the icon. Every other path is a place within the page, which the page itself finds.
async fn page(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match files::find(&path).filter(|_| !path.starts_with("static/")) {
        Some(file) => served(file, &headers, CHECK),
        None => index(&headers),
    }
}

fn index(headers: &HeaderMap) -> Response {
    index_of(files::find("index.html"), files::LEFT_OUT, headers)
}

/// The page, or in its place why this build has none.
fn index_of(file: Option<&'static File>, left_out: Option<&'static str>, headers: &HeaderMap) -> Response {
    match (file, left_out) {
        (Some(file), _) => served(file, headers, CHECK),
        (None, why) => (StatusCode::SERVICE_UNAVAILABLE, why.unwrap_or("There is no page.")).into_response(),
    }
}

fn served(file: &'static File, headers: &HeaderMap, cache: &'static str) -> Response {
    let mut response = encoding::respond(file, headers);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response.extensions_mut().insert(Public);
    response
}

#[cfg(test)]
mod tests;
