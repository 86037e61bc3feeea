//! Who calls the widget's API: the project, by its widget token, and the customer, by a session id or a proof of identity.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
};
use lambdesk_domain::{access::Visitor, project::Project, text};
use lambdesk_http::{Context, Problem, address::counted_address, input::not_blank};
use lambdesk_runtime::crypto;
use lambdesk_store::{Principal, StoreError, VisitorDesk, WidgetHolder};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The header with the project's public widget token, on every call of the SDK.
const TOKEN: &str = "x-conversations-token";

/// A project, found by its public widget token. The token alone opens no ticket; a [`Visitor`] does.
pub(crate) struct Widget {
    pub(crate) project: Arc<Project>,
    pub(crate) context: Context,
    /// The caller's address, by which calls are counted that name neither a session nor an identity.
    pub(crate) address: String,
    holder: WidgetHolder,
}

impl FromRequestParts<Context> for Widget {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        const REQUIRED: Problem = Problem::Unauthenticated("Authentication required");
        const INVALID: Problem = Problem::Unauthenticated("Invalid token or conversations are disabled");
        let token = parts.headers.get(TOKEN).and_then(|token| token.to_str().ok()).filter(|token| !token.is_empty());
        let Some(Principal::Widget(holder)) = context.enter(token.ok_or(REQUIRED)?).await? else { return Err(INVALID) };
        let project = holder.project().await?.filter(|project| project.conversations_enabled).ok_or(INVALID)?;
        let address = counted_address(&parts.extensions);
        Ok(Self { project, context: context.clone(), address, holder })
    }
}

/// The fields by which a visitor identifies: the session id, or both fields of identity mode.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Identification {
    /// The visitor's secret, in anonymous mode: a UUID.
    pub(crate) widget_session_id: Option<String>,
    /// The proven distinct id, in identity mode.
    pub(crate) identity_distinct_id: Option<String>,
    /// The proof: HMAC-SHA256 of `identity_distinct_id` with the project's secret, in 64 hexadecimal digits.
    pub(crate) identity_hash: Option<String>,
}

impl Widget {
    /// The desk, limited to what the visitor of these fields may reach. A missing or malformed field is 400. A proof that does
    /// not hold is 403, and never counts as an anonymous visit.
    pub(crate) fn visitor(&self, fields: &Identification) -> Result<VisitorDesk, Problem> {
        let Identification { widget_session_id, identity_distinct_id, identity_hash } = fields;
        let given = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        let visitor = match (given(identity_distinct_id), given(identity_hash), given(widget_session_id)) {
            (Some(distinct_id), Some(hash), _) => self.verified(distinct_id, &hash)?,
            (None, None, Some(session)) => {
                let session =
                    Uuid::try_parse(&session).map_err(|_| Problem::invalid("widget_session_id", "Must be a valid UUID."))?;
                Visitor::Anonymous { session: session.to_string() }
            }
            (Some(_), None, _) => return Err(Problem::required("identity_hash")),
            (None, Some(_), _) => return Err(Problem::required("identity_distinct_id")),
            (None, None, None) => return Err(Problem::required("widget_session_id")),
        };
        Ok(self.holder.visitor(visitor))
    }

    /// Asks for a link to the tickets of an address. Returns the seconds to wait if too many were asked for.
    pub(crate) async fn ask_to_restore(&self, address: &str, page: String) -> Result<Result<(), u32>, StoreError> {
        self.holder.ask_to_restore(address, page).await
    }

    /// Checks a proof of identity: HMAC-SHA256 over the distinct id, in 64 hexadecimal digits, with the project's secret or its
    /// backup.
    fn verified(&self, distinct_id: String, hash: &str) -> Result<Visitor, Problem> {
        check_distinct_id("identity_distinct_id", &distinct_id)?;
        if hash.len() != 64 {
            return Err(Problem::invalid("identity_hash", "Must be 64 hexadecimal digits."));
        }
        let tag = hex::decode(hash).map_err(|_| Problem::Forbidden("Forbidden"))?;
        if !self.signed(distinct_id.as_bytes(), &tag) {
            return Err(Problem::Forbidden("Forbidden"));
        }
        let digits: [u8; 16] = tag[..16].try_into().map_err(|_| Problem::Forbidden("Forbidden"))?;
        Ok(Visitor::Verified { distinct_id, session: Uuid::from_bytes(digits).to_string() })
    }

    /// Whether the project's secret or its backup signed these bytes, in constant time.
    pub(crate) fn signed(&self, bytes: &[u8], tag: &[u8]) -> bool {
        let secrets = [Some(&self.project.secret_api_token), self.project.secret_api_token_backup.as_ref()];
        let holds = |secret: &String| crypto::verify(secret.as_bytes(), bytes, tag);
        // Both are always tried, so that the time taken does not show which of them signed.
        secrets.into_iter().flatten().map(holds).fold(false, |any, one| any | one)
    }

    /// Refuses a page whose host is not in the project's domains, with 403. Only calls that start something check it.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.project.settings.domains().is_empty() {
            return Ok(());
        }
        let named = [header::ORIGIN, header::REFERER].into_iter().find_map(|name| headers.get(name)?.to_str().ok());
        let host = named.and_then(|page| page.parse::<Uri>().ok()).and_then(|page| page.host().map(str::to_owned));
        if host.is_some_and(|host| self.project.settings.allows_host(&host)) {
            Ok(())
        } else {
            Err(Problem::Forbidden("Origin not allowed"))
        }
    }
}

/// Refuses a distinct id that is blank or has more than 400 characters.
pub(crate) fn check_distinct_id(attr: &str, id: &str) -> Result<(), Problem> {
    not_blank(attr, id)?;
    if text::fits(id, text::DISTINCT_ID) {
        Ok(())
    } else {
        Err(Problem::invalid(attr, "Ensure this field has no more than 400 characters."))
    }
}
