//! Holds each function to its role in `infra/template.yaml`. A call that the role does not allow is refused here too, so that a
//! missing permission is noticed on a laptop and not after deployment.
//!
//! All functions are one process here, and a value that one function has cached serves the others. So a call that only a cold
//! function makes may go unchecked.
//!
//! What the functions used of their roles is remembered as well ([`Grants`]), so that tests can show that no role allows more
//! than it needs. So are the units that DynamoDB counted for each of them ([`Units`]), which is what a bill is made of.

mod grants;
mod objects;
mod parts;
mod statements;
mod units;

use std::{borrow::Cow, collections::BTreeMap, io, sync::Arc};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef},
    },
    error::BoxError,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use lambdesk_store::Store;

use crate::template::{self, invalid, of_type};

use parts::{Part, parts};
use statements::{is_like, list, role, statements};

pub use grants::{Grant, Grants};
pub(crate) use objects::Rights;
pub(crate) use units::Units;

/// The roles of a template, by the names of their functions.
pub(crate) struct Roles {
    by_function: BTreeMap<String, Role>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) units: Arc<Units>,
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
    allowed: Vec<Statement>,
    /// What is denied, though a statement allows it.
    denied: Vec<Statement>,
    grants: Arc<Grants>,
    units: Arc<Units>,
}

/// The tables of the template, and how their names end.
const TABLES: [(&str, &str); 2] = [("ContextTable", "-context"), ("Table", "")];

/// One statement of a role, for one resource.
#[derive(Debug, Clone, PartialEq)]
struct Statement {
    calls: Vec<String>,
    /// The table, by its name in the template.
    table: &'static str,
    /// The index that the calls are on; `None` for the table itself.
    index: Option<String>,
    /// The patterns of the partition keys that it is about; `None` if it is about all. A call is allowed if each of its keys matches
    /// one, and denied if any does.
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
        let units = Arc::new(Units::of(roles.keys()));
        for role in roles.values_mut() {
            (role.grants, role.units) = (Arc::clone(&grants), Arc::clone(&units));
        }
        Ok(Self { by_function: roles, grants, units })
    }

    /// What the roles allow on the bucket.
    pub(crate) fn rights(&self) -> Rights {
        Rights::new(Arc::clone(&self.grants))
    }
}

impl Acting<'_> {
    /// The store, with the role of one function of the template.
    pub(crate) fn store(&self, function: &str) -> io::Result<Store> {
        let role = self.roles.by_function.get(function).ok_or_else(|| invalid(format!("there is no {function}")))?;
        let config = self.client.config().to_builder().interceptor(role.clone()).build();
        Ok(self.store.asked_by(Client::from_conf(config)))
    }

    /// Lets each function that may read the desk's table open its connection, as it does when it starts on AWS, so that its role is
    /// held to that call too.
    pub(crate) async fn warm_up(&self) -> io::Result<()> {
        for (function, _) in
            self.roles.by_function.iter().filter(|(_, role)| role.allowed.iter().any(|allowed| allowed.table == "Table"))
        {
            self.store(function)?.warm_up().await;
        }
        Ok(())
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

    /// Whether a statement covers this part, and none denies it. Remembers what the part used of the statement.
    fn covers(&self, part: &Part<'_>) -> bool {
        if self.denied.iter().any(|denied| denied.touches(part)) {
            return false;
        }
        let Some(allowed) = self.allowed.iter().find(|allowed| allowed.covers(part)) else { return false };
        self.grants.note(allowed.serving(part).into_iter().map(|on| self.grant(part.call, allowed.table, on)));
        true
    }

    /// Each call of each statement, on each index or pattern of keys.
    fn grants(&self) -> Vec<Grant> {
        let of = |allowed: &Statement| -> Vec<_> {
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

impl Statement {
    /// Whether it is about each key of a part, as a statement that allows has to be.
    fn covers(&self, part: &Part<'_>) -> bool {
        let present = self.leading_keys.is_none() || !part.keys.is_empty();
        self.is_of(part) && present && part.keys.iter().all(|key| self.names(key))
    }

    /// Whether it is about one key of a part, which is enough for a statement that denies.
    fn touches(&self, part: &Part<'_>) -> bool {
        self.is_of(part) && part.keys.iter().any(|key| self.names(key))
    }

    /// Whether it is about such calls, and about that table or index.
    fn is_of(&self, part: &Part<'_>) -> bool {
        self.table == part.table()
            && self.index.as_deref() == part.index.as_deref()
            && self.calls.iter().any(|call| call == part.call)
    }

    fn names(&self, key: &str) -> bool {
        self.leading_keys.as_ref().is_none_or(|like| like.iter().any(|pattern| is_like(key, pattern)))
    }

    /// The index, or the patterns of keys; `*` if any key is allowed.
    fn on(&self) -> Vec<&str> {
        match (&self.index, &self.leading_keys) {
            (Some(index), _) => vec![index],
            (None, Some(patterns)) => patterns.iter().map(String::as_str).collect(),
            (None, None) => vec!["*"],
        }
    }

    /// Those of [`Statement::on`] that a part needs. The statement covers the part.
    fn serving(&self, part: &Part<'_>) -> Vec<&str> {
        let all = self.on();
        if part.index.is_some() || self.leading_keys.is_none() {
            return all;
        }
        let first = |key: &Cow<'_, str>| all.iter().copied().find(|pattern| is_like(key, pattern));
        part.keys.iter().filter_map(first).collect()
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

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some((call, body)) = config.load::<Metadata>().zip(context.response().body().bytes()) {
            self.units.note(&self.function, call.name(), body);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
