//! Holds each function to its role in `infra/template.yaml`. A call that the role does not allow is refused here too, so that a
//! missing permission is noticed on a laptop and not after deployment.
//!
//! All functions are one process here, and a value that one function has cached serves the others. So a call that only a cold
//! function makes may go unchecked.
//!
//! What the functions used of their roles is remembered as well ([`Grants`]), so that tests can show that no role allows more
//! than it needs.

mod grants;
mod objects;

use std::{borrow::Cow, collections::BTreeMap, io, sync::Arc};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use lambdesk_store::Store;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::template::{self, invalid, of_type};

pub use grants::{Grant, Grants};
pub(crate) use objects::Rights;

/// The roles of a template, by the names of their functions.
pub(crate) struct Roles {
    roles: BTreeMap<String, Role>,
    pub(crate) grants: Arc<Grants>,
}

/// A store that each function reaches with its own role.
pub(crate) struct Acting<'a> {
    pub(crate) roles: Roles,
    pub(crate) store: &'a Store,
    /// The client of the store. All functions share its connections.
    pub(crate) client: &'a Client,
}

/// The calls that a function may make on the table.
#[derive(Debug, Clone, Default)]
struct Role {
    function: String,
    allowed: Vec<Allowed>,
    grants: Arc<Grants>,
}

/// The tables of the template, and how their names end.
const TABLES: [(&str, &str); 2] = [("ContextTable", "-context"), ("Table", "")];

/// One statement of a role, for one resource.
#[derive(Debug, Clone, PartialEq)]
struct Allowed {
    calls: Vec<String>,
    /// The table, by its name in the template.
    table: &'static str,
    /// The index that the calls are on; `None` for the table itself.
    index: Option<String>,
    /// The patterns of which each partition key of a call must match one; `None` if any key is allowed.
    leading_keys: Option<Vec<String>>,
}

impl Roles {
    /// Reads the roles from the text of a template. A statement that cannot be enforced here is an error.
    pub(crate) fn read(text: &str) -> io::Result<Self> {
        let template = template::read(text)?;
        let resources = template["Resources"].as_object().ok_or_else(|| invalid("a template without resources"))?;
        let functions = of_type(resources, "AWS::Serverless::Function");
        let roles = functions.map(|(name, function)| Ok((name.clone(), role(name, function, resources)?)));
        let mut roles = roles.collect::<io::Result<BTreeMap<_, _>>>()?;
        let all = roles.values().flat_map(Role::grants).chain(objects::read(resources)?);
        let grants = Arc::new(Grants::new(all.collect()));
        for role in roles.values_mut() {
            role.grants = Arc::clone(&grants);
        }
        Ok(Self { roles, grants })
    }

    /// What the roles allow on the bucket.
    pub(crate) fn rights(&self) -> Rights {
        Rights::new(Arc::clone(&self.grants))
    }
}

impl Acting<'_> {
    /// The store, with the role of one function of the template.
    pub(crate) fn store(&self, function: &str) -> io::Result<Store> {
        let role = self.roles.roles.get(function).ok_or_else(|| invalid(format!("there is no {function}")))?;
        let config = self.client.config().to_builder().interceptor(role.clone()).build();
        Ok(self.store.asked_by(Client::from_conf(config)))
    }

    /// Lets each function that may read the desk's table open its connection, as it does when it starts on AWS, so that its role is
    /// held to that call too.
    pub(crate) async fn warm_up(&self) -> io::Result<()> {
        for (function, _) in
            self.roles.roles.iter().filter(|(_, role)| role.allowed.iter().any(|allowed| allowed.table == "Table"))
        {
            self.store(function)?.warm_up().await;
        }
        Ok(())
    }
}

fn role(name: &str, function: &Value, resources: &Map<String, Value>) -> io::Result<Role> {
    let mut role = Role { function: name.to_owned(), ..Role::default() };
    for statement in statements_of(function, resources) {
        let not_followed = || invalid(format!("a statement of {name} is not followed here: {statement}"));
        if statement["Effect"] != "Allow" {
            return Err(not_followed());
        }
        if is_on_bucket(&statement) {
            continue;
        }
        let leading_keys = match &statement["Condition"] {
            Value::Null => None,
            condition => Some(leading_keys(condition).ok_or_else(not_followed)?),
        };
        let actions = list(&statement["Action"]);
        let calls = actions.iter().filter_map(|action| Some(action.as_str()?.strip_prefix("dynamodb:")?.to_owned()));
        let calls: Vec<_> = calls.collect();
        for resource in list(&statement["Resource"]) {
            let index = resource["Fn::Sub"].as_str().and_then(|arn| arn.strip_prefix("${Table.Arn}/index/")).map(str::to_owned);
            let table = TABLES.iter().map(|(table, _)| *table).find(|table| resource["Fn::GetAtt"] == json!([table, "Arn"]));
            if let Some(table) = table.or(index.as_ref().map(|_| "Table")) {
                role.allowed.push(Allowed { calls: calls.clone(), table, index, leading_keys: leading_keys.clone() });
            }
        }
    }
    Ok(role)
}

/// The statements of a function's role.
fn statements_of(function: &Value, resources: &Map<String, Value>) -> Vec<Value> {
    let named = function["Properties"]["Role"]["Fn::GetAtt"][0].as_str().and_then(|name| resources.get(name));
    let policies = named.map(|named| list(&named["Properties"]["Policies"])).unwrap_or_default();
    policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])).collect()
}

/// The statements of all functions' roles, with the functions' names.
fn statements(resources: &Map<String, Value>) -> Vec<(String, Value)> {
    let all = of_type(resources, "AWS::Serverless::Function");
    all.flat_map(|(name, function)| statements_of(function, resources).into_iter().map(move |it| (name.clone(), it))).collect()
}

/// Whether a statement is about the bucket, where conditions are others.
fn is_on_bucket(statement: &Value) -> bool {
    list(&statement["Action"]).iter().any(|action| action.as_str().is_some_and(|action| action.starts_with("s3:")))
}

/// The patterns of partition keys in a condition; `None` if the condition is not understood. `ForAllValues` also holds where
/// there are no keys, so the condition must have a `Null` operator that demands keys.
fn leading_keys(condition: &Value) -> Option<Vec<String>> {
    const KEY: &str = "dynamodb:LeadingKeys";
    let patterns = list(&condition["ForAllValues:StringLike"][KEY]);
    let whole = json!({"ForAllValues:StringLike": {KEY: condition["ForAllValues:StringLike"][KEY]}, "Null": {KEY: "false"}});
    let patterns = patterns.iter().map(|pattern| pattern.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    (*condition == whole && !patterns.is_empty()).then_some(patterns)
}

/// IAM's `StringLike`, with `*` as the only wildcard, because the template uses no other.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((first, rest)) => text.strip_prefix(first).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| is_like(&text[at..], rest))
        }),
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

impl Role {
    /// The part of a call that the role does not allow, or `None`. The parts of a transaction are its items.
    fn refuses(&self, call: &str, body: &[u8]) -> Option<String> {
        let Some(parts) = parts(call, body) else { return Some(format!("dynamodb:{call}, which can't be read")) };
        parts.into_iter().find(|part| !self.covers(part)).map(|part| {
            let Part { call, table: _, index, keys } = part;
            match index {
                Some(index) => format!("dynamodb:{call} on {index}"),
                None => format!("dynamodb:{call} of {}", keys.join(", ")),
            }
        })
    }

    /// Whether a statement covers this part. Remembers what the part used of the statement.
    fn covers(&self, part: &Part<'_>) -> bool {
        let Some(allowed) = self.allowed.iter().find(|allowed| allowed.covers(part)) else { return false };
        self.grants.note(allowed.serving(part).into_iter().map(|on| self.grant(part.call, allowed.table, on)));
        true
    }

    /// Each call of each statement, on each index or pattern of keys.
    fn grants(&self) -> Vec<Grant> {
        let of = |allowed: &Allowed| -> Vec<_> {
            let on = allowed.on();
            allowed.calls.iter().flat_map(|call| on.iter().map(|on| self.grant(call, allowed.table, on))).collect()
        };
        self.allowed.iter().flat_map(of).collect()
    }

    /// A grant on the desk's own table names no table.
    fn grant(&self, call: &str, table: &str, on: &str) -> Grant {
        let on = if table == "Table" { on.to_owned() } else { format!("{table}:{on}") };
        Grant { function: self.function.clone(), call: call.to_owned(), on }
    }
}

impl Allowed {
    fn covers(&self, part: &Part<'_>) -> bool {
        let may_be = |key: &str| self.leading_keys.as_ref().is_none_or(|like| like.iter().any(|pattern| is_like(key, pattern)));
        let present = self.leading_keys.is_none() || !part.keys.is_empty();
        self.table == part.table()
            && self.index.as_deref() == part.index.as_deref()
            && self.calls.iter().any(|call| call == part.call)
            && present
            && part.keys.iter().all(|key| may_be(key))
    }

    /// The index, or the patterns of keys; `*` if any key is allowed.
    fn on(&self) -> Vec<&str> {
        match (&self.index, &self.leading_keys) {
            (Some(index), _) => vec![index],
            (None, Some(patterns)) => patterns.iter().map(String::as_str).collect(),
            (None, None) => vec!["*"],
        }
    }

    /// Those of [`Allowed::on`] that a part needs. The statement covers the part.
    fn serving(&self, part: &Part<'_>) -> Vec<&str> {
        let all = self.on();
        if part.index.is_some() || self.leading_keys.is_none() {
            return all;
        }
        let first = |key: &Cow<'_, str>| all.iter().copied().find(|pattern| is_like(key, pattern));
        part.keys.iter().filter_map(first).collect()
    }
}

/// A part of a call that is allowed or refused on its own.
#[derive(Debug)]
struct Part<'a> {
    call: &'a str,
    /// The table's name as it was called.
    table: Cow<'a, str>,
    index: Option<Cow<'a, str>>,
    /// The partition keys; empty for an index, because roles do not restrict the keys of an index.
    keys: Vec<Cow<'a, str>>,
}

impl Part<'_> {
    /// The table, by its name in the template.
    fn table(&self) -> &'static str {
        TABLES.iter().find(|(_, end)| self.table.ends_with(end)).map_or("Table", |(table, _)| table)
    }
}

/// The fields of a call's body that permissions depend on.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    #[serde(borrow, default)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    key: Option<Keyed<'a>>,
    #[serde(borrow)]
    item: Option<Keyed<'a>>,
    #[serde(borrow)]
    index_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    key_condition_expression: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    expression_attribute_values: BTreeMap<Cow<'a, str>, Text<'a>>,
    #[serde(borrow, default)]
    request_items: BTreeMap<Cow<'a, str>, Keys<'a>>,
    #[serde(borrow, default)]
    transact_items: Vec<Transacted<'a>>,
}

#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(borrow, rename = "PK")]
    partition: Text<'a>,
}

/// An attribute value of DynamoDB that may be a string.
#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, rename = "S")]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys<'a> {
    #[serde(borrow)]
    keys: Vec<Keyed<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transacted<'a> {
    #[serde(borrow)]
    put: Option<Item<'a>>,
    #[serde(borrow)]
    update: Option<Key<'a>>,
    #[serde(borrow)]
    delete: Option<Key<'a>>,
    #[serde(borrow)]
    condition_check: Option<Key<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item<'a> {
    #[serde(borrow, default)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    item: Keyed<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key<'a> {
    #[serde(borrow, default)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    key: Keyed<'a>,
}

/// The parts of a call; `None` if the call is not known here or cannot be read.
fn parts<'a>(call: &'a str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let body: Body<'a> = serde_json::from_slice(body).ok()?;
    let of = |call, table, key: Keyed<'a>| Some(Part { call, table, index: None, keys: vec![key.partition.text?] });
    let table = body.table_name;
    match call {
        "GetItem" | "UpdateItem" | "DeleteItem" => Some(vec![of(call, table, body.key?)?]),
        "PutItem" => Some(vec![of(call, table, body.item?)?]),
        "BatchGetItem" if body.request_items.is_empty() => Some(vec![Part { call, table, index: None, keys: Vec::new() }]),
        "BatchGetItem" => {
            let of_table = |(table, Keys { keys }): (_, Keys<'a>)| {
                let keys = keys.into_iter().map(|key| key.partition.text).collect::<Option<Vec<_>>>()?;
                Some(Part { call, table, index: None, keys })
            };
            body.request_items.into_iter().map(of_table).collect()
        }
        "Query" => {
            if let Some(index) = body.index_name {
                return Some(vec![Part { call, table, index: Some(index), keys: Vec::new() }]);
            }
            let expression = body.key_condition_expression?;
            let name = expression.split(" AND ").find_map(|part| part.strip_prefix("PK = "))?.to_owned();
            let key = body.expression_attribute_values.into_iter().find(|(given, _)| *given == name)?.1.text?;
            Some(vec![Part { call, table, index: None, keys: vec![key] }])
        }
        "TransactWriteItems" => body
            .transact_items
            .into_iter()
            .map(|part| match part {
                Transacted { put: Some(put), .. } => of("PutItem", put.table_name, put.item),
                Transacted { update: Some(update), .. } => of("UpdateItem", update.table_name, update.key),
                Transacted { delete: Some(delete), .. } => of("DeleteItem", delete.table_name, delete.key),
                Transacted { condition_check: Some(check), .. } => of("ConditionCheckItem", check.table_name, check.key),
                _ => None,
            })
            .collect(),
        _ => None,
    }
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
        // A call that cannot be read cannot be checked, so it is refused.
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

    /// The part of a call that a role of the template refuses, or `None`.
    fn refused(function: &str, call: &str, body: &Value) -> Option<String> {
        Roles::read(template::TEXT).unwrap().roles[function].refuses(call, body.to_string().as_bytes())
    }

    fn key(partition: &str) -> Value {
        json!({"PK": {"S": partition}, "SK": {"S": "~"}})
    }

    fn query(index: &str) -> Value {
        json!({"TableName": "desk", "IndexName": index, "Limit": 1})
    }

    const TICKET: &str = "P#1#T#01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_role_is_what_its_statements_say() {
        assert_eq!(refused("ExternalFunction", "GetItem", &json!({"Key": key(TICKET)})), None);
        let deletes = refused("ExternalFunction", "DeleteItem", &json!({"Key": key(TICKET)}));
        assert_eq!(deletes.unwrap(), format!("dynamodb:DeleteItem of {TICKET}"));
        let of_project = json!({
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": "P#1"}, ":first": {"S": "MEMBER#"}, ":last": {"S": "ROLE$"}},
        });
        assert_eq!(refused("ExternalFunction", "Query", &of_project), None);
        assert_eq!(refused("ExternalFunction", "Query", &query("by_status")).unwrap(), "dynamodb:Query on by_status");
        assert_eq!(refused("ClockFunction", "Query", &query("by_status")), None);
        assert!(refused("ClockFunction", "Query", &query("by_sla")).is_some());
        let transaction = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Delete": {"Key": key("TIMER#1")}}]});
        assert_eq!(refused("ExternalFunction", "TransactWriteItems", &transaction).unwrap(), "dynamodb:DeleteItem of TIMER#1");
        assert_eq!(refused("ClockFunction", "TransactWriteItems", &transaction), None);
        assert!(refused("ClockFunction", "Scan", &json!({"TableName": "desk"})).is_some());
    }

    /// Strangers call the widget's function. Whoever takes that function over can make no key with it, nor a member, nor a
    /// user.
    #[test]
    fn only_what_administers_writes_credentials_and_accounts() {
        for partition in ["K#0123", "U#1", "E#ada@example.com", "DESK"] {
            let item = json!({"Item": key(partition)});
            let update = json!({"Key": key(partition), "UpdateExpression": "SET n = :n"});
            let beside = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Put": {"Item": key(partition)}}]});
            let updates = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Update": {"Key": key(partition)}}]});
            for (call, body) in [
                ("PutItem", &item),
                ("UpdateItem", &update),
                ("DeleteItem", &update),
                ("TransactWriteItems", &beside),
                ("TransactWriteItems", &updates),
            ] {
                // The clock records, beside the counter of projects, which projects an older version wrote. Sessions are credentials.
                let may = |name: &str| {
                    name == "ProjectsFunction"
                        || (partition, name) == ("DESK", "ClockFunction")
                        || (["K#0123", "U#1"].contains(&partition) && name == "SessionFunction")
                };
                for function in Roles::read(template::TEXT).unwrap().roles.into_keys().filter(|name| !may(name)) {
                    assert!(refused(&function, call, body).is_some(), "{function} may {call} {partition}");
                }
            }
        }
        for partition in ["K#0123", "U#1", "E#ada@example.com"] {
            assert_eq!(refused("ProjectsFunction", "PutItem", &json!({"Item": key(partition)})), None, "{partition}");
        }
        assert_eq!(refused("ProjectsFunction", "UpdateItem", &json!({"Key": key("DESK")})), None);
        assert!(refused("ProjectsFunction", "DeleteItem", &json!({"Key": key("DESK")})).is_some(), "numbers are not given twice");
        let batch = |partitions: [&str; 2]| json!({"RequestItems": {"desk": {"Keys": partitions.map(key)}}});
        assert_eq!(refused("WidgetFunction", "BatchGetItem", &batch([TICKET, "P#1#D#0123"])), None);
        assert!(refused("WidgetFunction", "BatchGetItem", &batch([TICKET, "U#1"])).is_some(), "each of them has to be allowed");
        assert!(
            refused("WidgetFunction", "BatchGetItem", &json!({"RequestItems": {}})).is_some(),
            "no key is none that is allowed"
        );
        // The partition of the project itself, with its members and its settings.
        assert!(refused("WidgetFunction", "PutItem", &json!({"Item": key("P#1")})).is_some());
        assert_eq!(refused("WidgetFunction", "PutItem", &json!({"Item": key("P#1#V#0123")})), None);
    }

    /// What browsers sent lies in a table of its own, in which `E#` is no address.
    #[test]
    fn a_permission_on_one_table_is_none_on_the_other() {
        let put = |table: &str, partition: &str| json!({"TableName": table, "Item": key(partition)});
        assert_eq!(refused("CaptureFunction", "PutItem", &put("desk-context", "E#1#s")), None);
        for (table, partition) in [("desk", "E#1#s"), ("desk", "P#1"), ("desk-context", "T#1#t"), ("desk-context", "P#1")] {
            assert!(refused("CaptureFunction", "PutItem", &put(table, partition)).is_some(), "{table} {partition}");
        }
        assert!(refused("ProjectsFunction", "PutItem", &put("desk-context", "E#1#s")).is_some());
        let beside = json!({"TransactItems": [{"Put": {"TableName": "desk-context", "Item": key("P#1#T#1")}}]});
        assert!(refused("TicketsFunction", "TransactWriteItems", &beside).is_some());
        let removes = json!({"TableName": "desk-context", "Key": key("E#1#s")});
        assert!(refused("CaptureFunction", "DeleteItem", &removes).is_some(), "strangers call it");
        assert_eq!(refused("NamingFunction", "DeleteItem", &removes), None);
    }

    #[test]
    fn what_a_call_used_of_its_role_is_remembered() {
        let roles = Roles::read(template::TEXT).unwrap();
        let role = &roles.roles["ExternalFunction"];
        let used = || roles.grants.used().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(used(), [""; 0]);
        role.refuses("GetItem", json!({"Key": key(TICKET)}).to_string().as_bytes());
        assert_eq!(used(), ["ExternalFunction GetItem P#*"]);
        let both = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Put": {"Item": key("TIMER#1")}}]});
        role.refuses("TransactWriteItems", both.to_string().as_bytes());
        let refused = json!({"Key": key(TICKET)});
        role.refuses("DeleteItem", refused.to_string().as_bytes());
        roles.roles["ClockFunction"].refuses("Query", query("by_status").to_string().as_bytes());
        let expected = [
            "ClockFunction Query by_status",
            "ExternalFunction GetItem P#*",
            "ExternalFunction PutItem P#*#*",
            "ExternalFunction PutItem TIMER#*",
        ];
        assert_eq!(used(), expected);
        assert!(roles.grants.used().is_subset(roles.grants.all()));
    }

    #[test]
    fn a_pattern_is_iams() {
        for (text, pattern, like) in [
            ("P#1", "P#1", true),
            ("P#1", "P#*", true),
            ("P#", "P#*", true),
            ("P#1", "P#*#*", false),
            ("P#1#T#2", "P#*#*", true),
            ("P#1#T#2", "P#*#V#*", false),
            ("XP#1", "P#*", false),
            ("ROLLOUTS", "ROLLOUT", false),
            ("P#1#T", "P#*#T", true),
        ] {
            assert_eq!(is_like(text, pattern), like, "{text} {pattern}");
        }
    }

    #[test]
    fn a_condition_that_is_not_understood_is_refused() {
        let keys = json!({"dynamodb:LeadingKeys": ["P#*"]});
        let present = json!({"dynamodb:LeadingKeys": "false"});
        assert_eq!(leading_keys(&json!({"ForAllValues:StringLike": keys, "Null": present})).unwrap(), ["P#*"]);
        for condition in [
            json!({"ForAllValues:StringLike": keys}),
            json!({"ForAllValues:StringLike": keys, "Null": {"dynamodb:LeadingKeys": "true"}}),
            json!({"ForAnyValue:StringLike": keys, "Null": present}),
            json!({"ForAllValues:StringLike": keys, "Null": present, "Bool": {"aws:SecureTransport": "true"}}),
        ] {
            assert_eq!(leading_keys(&condition), None, "{condition}");
        }
    }
}
