//! What openapi.json says of every operation alike: the credential that it requires, and how it fails on its surface. The
//! handlers document the rest.

use axum::http::StatusCode;
use lambdesk_domain::scope::Scope;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required,
        Response, ResponseBuilder, Schema, Type,
        path::{Operation, Parameter, ParameterIn},
        schema::{RefBuilder, SchemaType},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    Surface, free_form, idempotency,
    surface::{AgentsError, ExternalError, WidgetError},
};

/// A way to fail: its status, its description, and whether the answer has `Retry-After`.
type Failure = (StatusCode, &'static str, bool);

const INVALID: Failure = (StatusCode::BAD_REQUEST, "A field, header or parameter is wrong, or the body is not JSON.", false);
const UNAUTHENTICATED: Failure = (StatusCode::UNAUTHORIZED, "No credential, or none that is known.", false);
const FORBIDDEN: Failure = (StatusCode::FORBIDDEN, "The credential does not reach this.", false);
const NOT_FOUND: Failure = (StatusCode::NOT_FOUND, "Not there, or not in reach.", false);
const GONE: Failure = (StatusCode::GONE, "It was there, and its time is over.", false);
const RUNNING: Failure = (StatusCode::CONFLICT, "A request with this Idempotency-Key is being carried out.", true);
const NOT_AS_EXPECTED: Failure =
    (StatusCode::PRECONDITION_FAILED, "It was changed meanwhile. The present `ETag` is sent.", false);
const TOO_LARGE: Failure = (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 1 MB.", false);
const NOT_JSON: Failure = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The content type is not application/json.", false);
const KEY_REUSED: Failure = (StatusCode::UNPROCESSABLE_ENTITY, "This Idempotency-Key was used with another body.", false);
const LIMITED: Failure = (StatusCode::TOO_MANY_REQUESTS, "Too many calls.", true);
const UNAVAILABLE: Failure = (StatusCode::SERVICE_UNAVAILABLE, "Briefly unavailable.", true);

/// Adds to every operation of a surface's API its credential and its failures, and describes its parameters.
pub fn complete(mut api: OpenApi, surface: Surface) -> OpenApi {
    let mut components = api.components.take().unwrap_or_default();
    let (name, scheme) = surface.scheme();
    components.security_schemes.insert(name.to_owned(), RefOr::T(scheme));
    surface.add_error(&mut components);
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter {
                describe(parameter);
            }
        }
        // An operation that declares itself public stays public, and one of the agents' API has named its scopes.
        let security = operation.security.get_or_insert_with(|| vec![surface.requirement(&[])]);
        let public = security.contains(&SecurityRequirement::default());
        for failure in surface.failures(operation, public) {
            surface.add_failure(failure, operation, &mut components);
        }
        operation.responses.responses.iter_mut().for_each(name_success);
        leave_out_body(operation, &components);
    }
    components.schemas.values_mut().for_each(free_form::open);
    api.components = Some(components);
    api
}

/// An empty body counts as `{}`, so a body in which nothing is required may be left out. One that the handler describes in its
/// own words is not read that way.
fn leave_out_body(operation: &mut Operation, components: &Components) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    let needs = |content: &RefOr<Content>| match content {
        RefOr::T(content) => content.schema.as_ref().is_none_or(|schema| requires_something(schema, components)),
        RefOr::Ref(_) => true,
    };
    if body.description.is_none() && !body.content.values().any(needs) {
        body.required = Some(Required::False);
    }
}

/// Whether `{}` is not what the schema describes.
fn requires_something(schema: &RefOr<Schema>, components: &Components) -> bool {
    match schema {
        RefOr::Ref(Ref { ref_location, .. }) => {
            let name = ref_location.rsplit('/').next().unwrap_or_default();
            components.schemas.get(name).is_none_or(|schema| requires_something(schema, components))
        }
        RefOr::T(Schema::Object(object)) => !object.required.is_empty(),
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter().any(|part| requires_something(part, components)),
        RefOr::T(Schema::OneOf(choice)) => choice.items.iter().all(|part| requires_something(part, components)),
        RefOr::T(_) => true,
    }
}

fn retry_after() -> Header {
    let seconds = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::Integer)));
    seconds.description(Some("Seconds to wait.")).build()
}

/// The operations of a path.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Describes `Idempotency-Key` in the same words everywhere, and removes null from each parameter's type: a parameter may be
/// absent, but it can't be null.
fn describe(parameter: &mut Parameter) {
    if parameter.name.eq_ignore_ascii_case(idempotency::HEADER) {
        let text = "Carries the request out once in 24 hours: with the same key and body, the first answer is given again.";
        parameter.description = Some(text.to_owned());
        let key = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(idempotency::LONGEST));
        parameter.schema = Some(RefOr::T(Schema::Object(key.build())));
    }
    if parameter.name == "If-Match" {
        let text = "The `ETag` of what the caller was shown. If it is another by now, nothing changes: 412.";
        parameter.description = Some(text.to_owned());
    }
    if let Some(schema) = &mut parameter.schema {
        without_null(schema);
    }
}

fn without_null(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            if let SchemaType::Array(types) = &mut object.schema_type {
                types.retain(|kind| !matches!(kind, Type::Null));
                if let [only] = types.as_slice() {
                    object.schema_type = SchemaType::Type(only.clone());
                }
            }
        }
        RefOr::T(Schema::OneOf(choice)) => {
            let null = SchemaType::Type(Type::Null);
            choice.items.retain(|item| !matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == null));
            if let [only] = choice.items.as_slice() {
                *schema = only.clone();
            }
        }
        _ => {}
    }
}

/// Describes a response that has no description by the name of its status, because `OpenAPI` requires a description.
fn name_success((status, response): (&String, &mut RefOr<Response>)) {
    if let RefOr::T(response) = response
        && response.description.is_empty()
        && let Some(name) = status.parse().ok().and_then(|status: StatusCode| status.canonical_reason())
    {
        name.clone_into(&mut response.description);
    }
}

impl Surface {
    fn scheme(self) -> (&'static str, SecurityScheme) {
        let bearer =
            |text: &str| SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build());
        match self {
            Self::Agents => ("personal_api_key", bearer("A personal API key with all the scopes that the operation names.")),
            Self::Widget => {
                let key = ApiKeyValue::with_description("X-Conversations-Token", "The project's public widget token.");
                ("widget_token", SecurityScheme::ApiKey(ApiKey::Header(key)))
            }
            Self::External => ("project_secret", bearer("The project's secret, or its backup.")),
        }
    }

    /// The credential that an operation requires, with the scopes that a key needs.
    pub(crate) fn requirement(self, scopes: &[Scope]) -> SecurityRequirement {
        SecurityRequirement::new(self.scheme().0, scopes.iter().copied().map(Scope::name))
    }

    /// The failures of an operation: those that follow from its parameters and body, and those that its handler documents.
    fn failures(self, operation: &Operation, public: bool) -> Vec<Failure> {
        let parameters = || {
            let of_operation = operation.parameters.iter().flatten();
            of_operation.filter_map(|parameter| if let RefOr::T(parameter) = parameter { Some(parameter) } else { None })
        };
        let takes = |place: ParameterIn| parameters().any(|parameter| parameter.parameter_in == place);
        let keyed = parameters().any(|parameter| parameter.name.eq_ignore_ascii_case(idempotency::HEADER));
        let conditional = parameters().any(|parameter| parameter.name == "If-Match");
        let (reads_body, limited) = (operation.request_body.is_some(), !public && self != Self::Agents);
        let failures = [
            (reads_body || keyed || takes(ParameterIn::Query), INVALID),
            (!public && self != Self::Widget, UNAUTHENTICATED),
            (!public && self != Self::External, FORBIDDEN),
            (takes(ParameterIn::Path), NOT_FOUND),
            (keyed, RUNNING),
            (conditional, NOT_AS_EXPECTED),
            (false, GONE),
            (reads_body, TOO_LARGE),
            (reads_body, NOT_JSON),
            (keyed, KEY_REUSED),
            (limited, LIMITED),
            (true, UNAVAILABLE),
        ];
        let told = |(status, ..): Failure| operation.responses.responses.contains_key(status.as_str());
        failures.into_iter().filter_map(|(may_be, failure)| (may_be || told(failure)).then_some(failure)).collect()
    }

    fn add_error(self, components: &mut Components) {
        let (name, schema) = self.error();
        components.schemas.insert(name.into_owned(), schema);
        let mut parts = Vec::new();
        match self {
            Self::Agents => AgentsError::schemas(&mut parts),
            Self::Widget => WidgetError::schemas(&mut parts),
            Self::External => ExternalError::schemas(&mut parts),
        }
        components.schemas.extend(parts);
    }

    fn error(self) -> (std::borrow::Cow<'static, str>, RefOr<Schema>) {
        match self {
            Self::Agents => (AgentsError::name(), AgentsError::schema()),
            Self::Widget => (WidgetError::name(), WidgetError::schema()),
            Self::External => (ExternalError::name(), ExternalError::schema()),
        }
    }

    /// Adds one of this surface's failures to an operation, by reference. If the handler describes that failure, its
    /// description stays.
    fn add_failure(self, (status, text, waits): Failure, operation: &mut Operation, components: &mut Components) {
        let name = format!("{self:?}{}", status.canonical_reason().unwrap_or_default().replace(' ', ""));
        let own = match operation.responses.responses.get_mut(status.as_str()) {
            Some(RefOr::T(own)) => Some(own),
            Some(RefOr::Ref(_)) | None => None,
        };
        let told = match own {
            // A failure that says more than others do has a body of its own.
            Some(own) if !own.content.is_empty() => {
                if waits {
                    own.headers.insert("Retry-After".to_owned(), RefOr::T(retry_after()));
                }
                return;
            }
            own => own.map(|own| own.description.clone()),
        };
        let reference = RefBuilder::new().ref_location(format!("#/components/responses/{name}"));
        let reference = reference.description(told).build();
        operation.responses.responses.insert(status.as_str().to_owned(), RefOr::Ref(reference));
        components.responses.entry(name).or_insert_with(|| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(self.error().0))).build();
            let mut response = ResponseBuilder::new().description(text).content("application/json", content);
            if waits {
                response = response.header("Retry-After", retry_after());
            }
            RefOr::T(response.build())
        });
    }
}
