//! The table's shape: the one that `infra/template.yaml` gives it on AWS, for the stacks that create it themselves.

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
    },
};

use lambdesk_runtime::causes::causes;

use crate::{
    error::StoreError,
    transport::keys::{PK, SK},
};

// The attributes of a ticket that are keys of an index.
pub(crate) const STATUS: &str = "sts";
pub(crate) const UPDATED: &str = "upd";
pub(crate) const ASSIGNEE: &str = "asg";
pub(crate) const CUSTOMER: &str = "cus";
pub(crate) const SESSION: &str = "ses";
pub(crate) const CREATED: &str = "crt";
pub(crate) const PROJECT: &str = "prj";
pub(crate) const NUMBER: &str = "num";
pub(crate) const SLA: &str = "sla";

/// An index: its name, key attributes, and whether it carries all attributes or keys only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Hash key.
    pub hash: &'static str,
    /// Range key.
    pub range: &'static str,
    /// Carries all attributes; else keys only.
    pub all: bool,
}

/// The inbox: one status, newest change first.
pub(crate) const BY_STATUS: &str = "by_status";
/// Someone's open or resolved work, newest change first.
pub(crate) const BY_ASSIGNEE: &str = "by_assignee";
/// Tickets that have a deadline, by it.
pub(crate) const BY_SLA: &str = "by_sla";
/// One customer's tickets by distinct id.
pub(crate) const BY_CUSTOMER: &str = "by_customer";
/// One browser session's tickets.
pub(crate) const BY_SESSION: &str = "by_session";
/// A ticket by its number.
pub(crate) const BY_NUMBER: &str = "by_number";

/// Every index. Keys-only indexes whose keys never change cost nothing on later writes.
pub const INDEXES: [Index; 6] = [
    Index { name: BY_STATUS, hash: STATUS, range: UPDATED, all: true },
    Index { name: BY_ASSIGNEE, hash: ASSIGNEE, range: UPDATED, all: true },
    Index { name: BY_CUSTOMER, hash: CUSTOMER, range: CREATED, all: false },
    Index { name: BY_SESSION, hash: SESSION, range: CREATED, all: false },
    Index { name: BY_NUMBER, hash: PROJECT, range: NUMBER, all: false },
    Index { name: BY_SLA, hash: PROJECT, range: SLA, all: false },
];

/// Key attributes and their types, `S` or `N`, by name.
pub const ATTRIBUTES: [(&str, &str); 11] = [
    (PK, "S"),
    (SK, "S"),
    (ASSIGNEE, "S"),
    (CREATED, "N"),
    (CUSTOMER, "S"),
    (NUMBER, "N"),
    (PROJECT, "N"),
    (SESSION, "S"),
    (SLA, "N"),
    (STATUS, "S"),
    (UPDATED, "S"),
];

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, aws_sdk_dynamodb::error::BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}

/// The name of the table beside a desk's own, of what browsers sent: `infra/template.yaml` gives it this name.
pub fn context_table(table: &str) -> String {
    format!("{table}-context")
}

/// Whether there is such a table. A read says so; to describe it, an embedded one counts its items.
async fn exists(client: &Client, table: &str) -> bool {
    let nothing = || AttributeValue::S("~".to_owned());
    client.get_item().table_name(table).key(PK, nothing()).key(SK, nothing()).send().await.is_ok()
}

/// Creates the table with its stream, and the one of what browsers sent, unless they are there.
pub async fn create_table(client: &Client, table: &str) -> Result<(), StoreError> {
    create_desk(client, table).await?;
    create_context(client, &context_table(table)).await
}

async fn create_context(client: &Client, table: &str) -> Result<(), StoreError> {
    if exists(client, table).await {
        return Ok(());
    }
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(attribute.build()?).key_schema(key(name, kind)?);
    }
    made(request.send().await)
}

impl From<aws_sdk_dynamodb::error::BuildError> for StoreError {
    fn from(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self::Refused(error.to_string())
    }
}

async fn create_desk(client: &Client, table: &str) -> Result<(), StoreError> {
    if exists(client, table).await {
        return Ok(());
    }
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?);
    for (name, kind) in ATTRIBUTES {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::from(kind));
        request = request.attribute_definitions(attribute.build()?);
    }
    for index in INDEXES {
        let projection = if index.all { ProjectionType::All } else { ProjectionType::KeysOnly };
        let index = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .key_schema(key(index.hash, KeyType::Hash)?)
            .key_schema(key(index.range, KeyType::Range)?)
            .projection(Projection::builder().projection_type(projection).build());
        request = request.global_secondary_indexes(index.build()?);
    }
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
    made(request.stream_specification(stream.build()?).send().await)
}

/// Another process may have made the table in the meantime.
fn made<T>(result: Result<T, SdkError<CreateTableError>>) -> Result<(), StoreError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ResourceInUseException") => Ok(()),
        Err(error) => Err(StoreError::Unavailable(causes(&error))),
    }
}
