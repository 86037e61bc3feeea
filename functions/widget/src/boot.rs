//! What the SDK requests before the first message: its remote config, and analytics and flags, whose empty answers keep it from
//! trying again.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::any,
};
use lambdesk_domain::project::Project;
use lambdesk_http::{Context, Problem};
use lambdesk_store::Principal;
use serde_json::{Value, json};

const UNKNOWN: Problem = Problem::NotFound("Unknown project token.");

/// The remote config as a script, which the SDK loads first.
#[utoipa::path(
    get, path = "/array/{token}/config.js", tag = "widget", operation_id = "widget_config_script",
    params(("token" = String, Path, description = "The project's public token")),
    security(()),
    responses((status = 200, content_type = "application/javascript", body = String))
)]
pub(crate) async fn config_js(State(context): State<Context>, Path(token): Path<String>) -> Result<impl IntoResponse, Problem> {
    let config = remote_config(&context, &token).await?;
    let (token, config) = (script(&json!(token)), script(&config));
    let script = format!(
        "(function(){{var c=window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}};\
         c[{token}]={{config:{config},siteApps:[]}};}})();"
    );
    Ok(([(header::CONTENT_TYPE, "application/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], script))
}

/// The remote config as JSON, which the SDK requests if the script did not load.
#[utoipa::path(
    get, path = "/array/{token}/config", tag = "widget", operation_id = "widget_config",
    params(("token" = String, Path, description = "The project's public token")),
    security(()),
    responses((status = 200, body = Object))
)]
pub(crate) async fn config(State(context): State<Context>, Path(token): Path<String>) -> Result<impl IntoResponse, Problem> {
    let config = remote_config(&context, &token).await?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(config)))
}

async fn remote_config(context: &Context, token: &str) -> Result<Value, Problem> {
    let Some(Principal::Page(page)) = context.enter(token).await? else { return Err(UNKNOWN) };
    let project = page.project().await?.ok_or(UNKNOWN)?;
    // There is no key `surveys`: where it is present, even as false, the SDK loads a bundle that it does not use.
    Ok(json!({
        "conversations": conversations(&project),
        "hasFeatureFlags": false,
        "supportedCompression": ["gzip", "gzip-js"],
        "analytics": {"endpoint": "/i/v0/e/"},
        "autocapture_opt_out": true,
        "sessionRecording": false,
        "heatmaps": false,
        "capturePerformance": false,
        "siteApps": [],
    }))
}

/// The key `conversations`, with the same defaults as PostHog's own server; false if the project has conversations off.
fn conversations(project: &Project) -> Value {
    if !project.conversations_enabled {
        return Value::Bool(false);
    }
    let settings = &project.settings;
    let text = |key, default| settings.text(key).unwrap_or(default).to_owned();
    json!({
        "enabled": true,
        "widgetEnabled": settings.widget_enabled(),
        "token": project.widget_public_token,
        "greetingText": text("widget_greeting_text", "Hey, how can I help you today?"),
        "color": text("widget_color", "#1d4aff"),
        "placeholderText": text("widget_placeholder_text", "Type your message..."),
        "requireEmail": settings.require_email(),
        "collectName": settings.collect_name(),
        "identificationFormTitle": text("widget_identification_form_title", "Before we start..."),
        "identificationFormDescription": settings.text("widget_identification_form_description"),
        "domains": settings.domains(),
        "widgetPosition": text("widget_position", "bottom_right"),
    })
}

/// JSON that is safe inside a script, whatever text it carries.
fn script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Flags and analytics. A desk has no use for them, so they are neither read nor kept. They are answered so that the SDK does
/// not try again.
pub(crate) fn quiet() -> Router<Context> {
    let captured = || any(async || Json(json!({"status": 1})));
    Router::new()
        .route("/flags", any(async || Json(json!({"flags": {}, "featureFlags": {}, "errorsWhileComputingFlags": false}))))
        .route("/i/v0/e", captured())
        .route("/e", captured())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_project_ends_the_script() {
        let text = script(&json!({"greetingText": "</script><script>alert(1)</script>\u{2028}"}));
        assert!(!text.contains('<') && !text.contains('\u{2028}'));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["greetingText"], "</script><script>alert(1)</script>\u{2028}");
    }
}
