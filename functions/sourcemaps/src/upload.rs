//! Uploading a source map.

use axum::{
    Extension, Json,
    extract::RawQuery,
    http::{HeaderMap, header},
};
use lambdesk_domain::{
    capture::{
        source_map::{
            MapName,
            read::{Readable, Unreadable, read},
        },
        walls,
    },
    permission::WriteProjects,
};
use lambdesk_http::{
    Agent, Problem,
    body::{Raw, query_value},
};
use lambdesk_store::NotKept;

use crate::body::SourceMapBody;

/// What is said of a body that is too large as it is sent.
pub(crate) const TOO_LARGE: &str =
    "The map is larger than 4 MB as it was sent. Send it as gzip, and strip `sourcesContent` from it: the desk does not need it.";

/// Keeps a source map for 90 days, in the place of an earlier one of the same script. The script is named by `chunk_id` or by
/// `url`, and frames of exceptions name it so: by the id that `posthog-cli sourcemap inject` wrote into it, or else by its address.
///
/// The body is the map, as JSON or as gzip of it: at most 4 MB as it is sent, and 32 MB unzipped. The texts of the sources
/// (`sourcesContent`) are not kept. A project can have 200 maps of 200 MB in all, as they are stored. Send gzip with `Content-Type:
/// application/octet-stream`.
#[utoipa::path(
    put, path = "/api/projects/{project_id}/source_maps", tag = "source_maps", operation_id = "source_maps_upload",
    params(
        ("project_id" = u32, Path),
        ("chunk_id" = Option<String>, Query, description = "The id of the script"),
        ("url" = Option<String>, Query, description = "The address of the script. Query and fragment don't count"),
        ("Content-Encoding" = Option<String>, Header, description = "`gzip`, or `identity`"),
    ),
    request_body(content = Object, content_type = "application/json", description = "A source map of version 3"),
    responses(
        (status = 200, body = SourceMapBody),
        (status = 413, description = "The map is larger than 4 MB as it is sent, or than 32 MB unzipped."),
    )
)]
pub(crate) async fn upload(
    agent: Agent<WriteProjects>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Extension(Raw(body)): Extension<Raw>,
) -> Result<Json<SourceMapBody>, Problem> {
    let name = name(query.as_deref().unwrap_or_default())?;
    let is_zipped = is_zipped(&headers)?;
    // A map takes a second to read, and others are waiting on the same thread.
    let reading = tokio::task::spawn_blocking(move || read(&body, is_zipped)).await;
    let map: Readable =
        reading.map_err(|error| Problem::Internal { cause: error.to_string() })?.map_err(|error| unreadable(&error))?;
    let kept = agent.desk.keep_source_map(&agent.by(), name, &map).await.map_err(not_kept)?;
    Ok(Json(SourceMapBody::new(&kept)))
}

/// Which script the map is of.
fn name(query: &str) -> Result<MapName, Problem> {
    let given = |name| query_value(query, name).filter(|value| !value.is_empty());
    match (given("chunk_id"), given("url")) {
        (Some(_), Some(_)) => Err(Problem::refused("Name the script by chunk_id or by url, not by both.")),
        (Some(id), None) => MapName::chunk(&id).map_err(|error| Problem::invalid("chunk_id", error.to_string())),
        (None, Some(url)) => MapName::url(&url).map_err(|error| Problem::invalid("url", error.to_string())),
        (None, None) => Err(Problem::refused("Name the script by chunk_id or by url.")),
    }
}

fn is_zipped(headers: &HeaderMap) -> Result<bool, Problem> {
    let given = headers.get(header::CONTENT_ENCODING).map_or(Ok("identity"), |value| value.to_str()).unwrap_or("?");
    match given.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Ok(true),
        "identity" | "" => Ok(false),
        _ => Err(Problem::invalid("Content-Encoding", "Must be gzip or identity.")),
    }
}

fn unreadable(error: &Unreadable) -> Problem {
    let text = error.to_string();
    match error {
        Unreadable::TooLarge => Problem::MapTooLarge(text),
        Unreadable::NotJson { .. } | Unreadable::NotText => Problem::Malformed(text),
        _ => Problem::refused(text),
    }
}

fn not_kept(error: NotKept) -> Problem {
    match error {
        NotKept::TooMany => Problem::refused(format!("A project can have {} source maps. Delete some first.", walls::MAPS)),
        NotKept::TooLarge => {
            let most = walls::MAPS_BYTES / 1_000_000;
            Problem::refused(format!("A project's source maps can take {most} MB as they are stored. Delete some first."))
        }
        NotKept::Store(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_named_once() {
        assert_eq!(name("chunk_id=c1&url=").unwrap(), MapName::Chunk("c1".into()));
        let url = name("url=https%3A%2F%2Fshop.example%2Fapp.js%3Fv%3D1").unwrap();
        assert_eq!(url, MapName::Url("https://shop.example/app.js".into()));
        for (query, attr) in
            [("", None), ("chunk_id=a&url=https://b/c", None), ("chunk_id=a%20b", Some("chunk_id")), ("url=app.js", Some("url"))]
        {
            assert!(matches!(name(query), Err(Problem::Invalid { attr: given, .. }) if given.as_deref() == attr), "{query}");
        }
    }

    #[test]
    fn gzip_is_the_only_encoding() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, value.parse().unwrap());
            is_zipped(&headers).ok()
        };
        assert_eq!((of("GZIP"), of("identity"), of("br"), of("gzip, gzip")), (Some(true), Some(false), None, None));
        assert_eq!(is_zipped(&HeaderMap::new()).ok(), Some(false));
    }
}
