//! Holds each function to its role in `infra/template.yaml`: what the role does not allow is refused here too, so that a
//! permission that is missing is noticed on a laptop and not once the desk is deployed.
//!
//! What one function remembers of the table serves the others, since they are one process; so a call that only a cold
//! function makes may go unseen.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use lambdesk_store::Store;
use serde_json::{Map, Value};

use crate::template::{self, invalid, of_type};

/// The roles of a template, by the functions that have them.
pub(crate) struct Roles(BTreeMap<String, Role>);

/// A store that functions reach, each by its role.
pub(crate) struct Acting<'a> {
    pub(crate) roles: Roles,
    pub(crate) store: &'a Store,
    /// How the store is reached; all share its connections.
    pub(crate) client: &'a Client,
}

/// What a function may do with the table.
#[derive(Debug, Clone, Default, PartialEq)]
struct Role {
    function: String,
    /// The calls of the table itself.
    table: BTreeSet<String>,
    /// The indexes that may be queried.
    indexes: BTreeSet<String>,
}

impl Roles {
    /// Reads the text of a template.
    pub(crate) fn read(text: &str) -> io::Result<Self> {
        let template = template::read(text)?;
        let resources = template["Resources"].as_object().ok_or_else(|| invalid("a template without resources"))?;
        let functions = of_type(resources, "AWS::Serverless::Function");
        let roles = functions.map(|(name, function)| Ok((name.clone(), role(name, function, resources)?)));
        Ok(Self(roles.collect::<io::Result<_>>()?))
    }
}

impl Acting<'_> {
    /// The store as a function of the template reaches it.
    pub(crate) fn store(&self, function: &str) -> io::Result<Store> {
        let role = self.roles.0.get(function).ok_or_else(|| invalid(format!("there is no {function}")))?;
        let config = self.client.config().to_builder().interceptor(role.clone()).build();
        Ok(self.store.asked_by(Client::from_conf(config)))
    }
}

fn role(name: &str, function: &Value, resources: &Map<String, Value>) -> io::Result<Role> {
    let mut role = Role { function: name.to_owned(), ..Role::default() };
    let named = function["Properties"]["Role"]["Fn::GetAtt"][0].as_str().and_then(|name| resources.get(name));
    let policies = named.map(|named| list(&named["Properties"]["Policies"])).unwrap_or_default();
    for statement in policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])) {
        if statement["Effect"] != "Allow" || !statement["Condition"].is_null() {
            return Err(invalid(format!("a statement of {name} is not followed here: {statement}")));
        }
        let actions = list(&statement["Action"]);
        let calls: Vec<_> = actions.iter().filter_map(|action| action.as_str()?.strip_prefix("dynamodb:")).collect();
        for resource in list(&statement["Resource"]) {
            if resource["Fn::GetAtt"] == serde_json::json!(["Table", "Arn"]) {
                role.table.extend(calls.iter().map(ToString::to_string));
            }
            let index = resource["Fn::Sub"].as_str().and_then(|arn| arn.strip_prefix("${Table.Arn}/index/"));
            role.indexes.extend(index.filter(|_| calls.contains(&"Query")).map(str::to_owned));
        }
    }
    Ok(role)
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

impl Role {
    /// What of a call is not allowed, if anything is: a Query is one of the table or of an index, and a transaction is what is
    /// in it.
    fn refuses(&self, call: &str, body: &[u8]) -> Option<String> {
        match call {
            "Query" => match index_of(body) {
                Some(index) => (!self.indexes.contains(&index)).then(|| format!("dynamodb:Query on {index}")),
                None => self.refuses_on_table(call),
            },
            "TransactWriteItems" => {
                let parts = [
                    ("Put", "PutItem"),
                    ("Update", "UpdateItem"),
                    ("Delete", "DeleteItem"),
                    ("ConditionCheck", "ConditionCheckItem"),
                ];
                let mut refused = parts.into_iter().filter_map(|(part, call)| Some((part, self.refuses_on_table(call)?)));
                let found = refused.find(|(part, _)| contains(body, format!("{{\"{part}\":{{").as_bytes()));
                found.map(|(_, what)| what)
            }
            call => self.refuses_on_table(call),
        }
    }

    fn refuses_on_table(&self, call: &str) -> Option<String> {
        (!self.table.contains(call)).then(|| format!("dynamodb:{call}"))
    }
}

/// The index of a Query. What is looked for can't stand in a value, where its quotes are escaped.
fn index_of(body: &[u8]) -> Option<String> {
    let name = b"\"IndexName\":\"";
    let start = body.windows(name.len()).position(|window| window == name)? + name.len();
    let end = body[start..].iter().position(|byte| *byte == b'"')? + start;
    String::from_utf8(body[start..end].to_vec()).ok()
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

impl Intercept for Role {
    fn name(&self) -> &'static str {
        "role"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let call = request.headers().get("x-amz-target").and_then(|target| target.rsplit_once('.')).map(|(_, call)| call);
        // What can't be read can't be held to anything.
        let body = request.body().bytes().filter(|body| body.starts_with(b"{"));
        let refused = call.zip(body).map_or(Some("what is no call in JSON".to_owned()), |(call, body)| self.refuses(call, body));
        match refused {
            None => Ok(()),
            Some(what) => {
                let function = &self.function;
                tracing::error!(function, what, "the role of a function in infra/template.yaml does not allow what it does");
                Err(format!("the role of {function} does not allow {what}").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_what_its_statements_say() {
        let roles = Roles::read(template::TEXT).unwrap();
        let (external, clock) = (&roles.0["ExternalFunction"], &roles.0["ClockFunction"]);
        let query = |index: &str| format!(r#"{{"TableName":"desk","IndexName":"{index}","Limit":1}}"#);
        assert_eq!(external.refuses("GetItem", b"{}"), None);
        assert_eq!(external.refuses("DeleteItem", b"{}").as_deref(), Some("dynamodb:DeleteItem"));
        assert_eq!(external.refuses("Query", br#"{"TableName":"desk"}"#), None);
        assert_eq!(external.refuses("Query", query("by_status").as_bytes()).as_deref(), Some("dynamodb:Query on by_status"));
        assert_eq!(clock.refuses("Query", query("by_status").as_bytes()), None);
        assert!(clock.refuses("Query", query("by_sla").as_bytes()).is_some());
        let transaction = br#"{"TransactItems":[{"Put":{"Item":{"PK":{"S":"{\"Update\":{"}}}},{"Delete":{"Key":{}}}]}"#;
        assert_eq!(external.refuses("TransactWriteItems", transaction).as_deref(), Some("dynamodb:DeleteItem"));
        assert_eq!(clock.refuses("TransactWriteItems", transaction), None);
        assert!(clock.refuses("Scan", b"{}").is_some());
    }
}
