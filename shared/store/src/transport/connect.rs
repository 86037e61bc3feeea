//! The way to the table.

use aws_sdk_dynamodb::Client;
use lambdesk_runtime::connect::{Access, BadEnvironment, endpoint, filled};

/// Where the table is, and who asks.
#[derive(Clone)]
pub struct Connection {
    /// The table's name.
    pub table: String,
    /// Another endpoint of DynamoDB than the region's own: the local stack's.
    pub endpoint: Option<String>,
    /// Who asks.
    pub access: Access,
}

impl Connection {
    /// From the environment. `TABLE_NAME` is the desk's table. `AWS_ENDPOINT_URL_DYNAMODB`, if it is set, replaces the region's
    /// endpoint. [`Access::from_env`] reads the other variables.
    pub fn from_env() -> Result<Self, BadEnvironment> {
        Ok(Self { table: filled("TABLE_NAME")?, endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB")?, access: Access::from_env()? })
    }

    /// A table on a DynamoDB of this machine.
    pub fn local(table: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self { table: table.into(), endpoint: Some(endpoint.into()), access: Access::local() }
    }

    /// The client. It may retry a transaction, which carries a client token and so is not written twice.
    pub fn client(&self) -> Client {
        Client::new(&self.access.aws_config(self.endpoint.clone()))
    }
}
