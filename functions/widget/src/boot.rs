//! What the SDK requests before the first message: its remote config, and flags, whose empty answer keeps it from trying again.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::any,
};
use lambdesk_domain::{project::Project, settings::Capture};
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
    let kept = project.settings.capture();
    // There is no key `surveys`: where it is present, even as false, the SDK loads a bundle that it does not use.
    // No compression: the SDK would send gzip as `text/plain`, which API Gateway hands on as text and so breaks.
    Ok(json!({
        "conversations": conversations(&project),
        "hasFeatureFlags": false,
        "supportedCompression": [],
        "analytics": {"endpoint": "/i/v0/e/"},
        "autocapture_opt_out": true,
        "autocaptureExceptions": kept.exceptions && project.conversations_enabled,
        "sessionRecording": recording(&project, kept),
        "heatmaps": false,
        "capturePerformance": false,
        "siteApps": [],
    }))
}

/// The key `sessionRecording`. The SDK records into the visitor's own memory, and sends nothing before they write a message.
fn recording(project: &Project, kept: Capture) -> Value {
    if !kept.recording || !project.conversations_enabled {
        return Value::Bool(false);
    }
    let masking =
        if kept.text { json!({"maskAllInputs": true}) } else { json!({"maskAllInputs": true, "maskTextSelector": "*"}) };
    json!({
        "endpoint": "/s/",
        "eventTriggers": ["$conversations_message_sent"],
        "consoleLogRecordingEnabled": false,
        "masking": masking,
    })
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

/// Flags, of which a desk has none. They are answered so that the SDK does not try again.
pub(crate) fn quiet() -> Router<Context> {
    Router::new()
        .route("/flags", any(async || Json(json!({"flags": {}, "featureFlags": {}, "errorsWhileComputingFlags": false}))))
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
