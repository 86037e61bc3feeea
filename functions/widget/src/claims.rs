//! Identity claims in the body of a message: `identity_<field>`, `identity_hash_<field>` and `identity_exp_<field>`. They are
//! read apart from the message's own fields, because the page chooses their names.

use std::{collections::HashMap, fmt};

use lambdesk_domain::{
    Timestamp,
    claims::{Claim, Claims, MOST},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use crate::visitor::Widget;

const PREFIX: &str = "identity_";
/// Names after the prefix that are no fields: they belong to the identity itself. Those that begin with [`HASH`] or [`EXPIRY`]
/// belong to a field.
const RESERVED: [&str; 2] = ["distinct_id", "hash"];
const HASH: &str = "hash_";
const EXPIRY: &str = "exp_";

/// The members of a body whose names begin with `identity_`, in the order sent, without that prefix.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;

        impl<'de> Visitor<'de> for Named {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    match name.strip_prefix(PREFIX) {
                        Some(name) => members.push((name.to_owned(), map.next_value()?)),
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Named)
    }
}

/// The complete claims of a body, each with its signature, and the number of claims that are incomplete or too many.
fn read(body: &[u8]) -> (Vec<(Claim, Vec<u8>)>, usize) {
    let Ok(Members(members)) = serde_json::from_slice(body) else { return (Vec::new(), 0) };
    let by_name: HashMap<&str, &Value> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let text = |name: String| by_name.get(name.as_str()).and_then(|value| value.as_str());
    let expiry = |field: &str| {
        let given = by_name.get(format!("{EXPIRY}{field}").as_str())?;
        given.as_i64().or_else(|| given.as_str()?.trim().parse().ok())
    };
    let is_field = |name: &&str| !RESERVED.contains(name) && !name.starts_with(HASH) && !name.starts_with(EXPIRY);
    let mut fields: Vec<_> = members.iter().map(|(name, _)| name.as_str()).filter(is_field).collect();
    let mut seen = std::collections::HashSet::new();
    fields.retain(|field| seen.insert(*field));
    let claim = |field: &&str| {
        let hash = text(format!("{HASH}{field}")).filter(|hash| hash.len() == 64)?;
        let (value, expires_at) = (text((*field).to_owned())?.to_owned(), expiry(field)?);
        Some((Claim { field: (*field).to_owned(), value, expires_at }, hex::decode(hash).ok()?))
    };
    let claims: Vec<_> = fields.iter().take(MOST).filter_map(claim).collect();
    let partial = fields.len() - claims.len();
    (claims, partial)
}

impl Widget {
    /// The valid claims of a message about the customer with this distinct id. An invalid or expired claim is ignored, and the
    /// message is still taken: on a page that stayed open overnight the claims have expired, but the customer still writes.
    pub(crate) fn claims(&self, body: &[u8], distinct_id: &str, now: Timestamp) -> Claims {
        let (claims, partial) = read(body);
        let given = claims.len();
        let holds = |(claim, tag): &(Claim, Vec<u8>)| {
            claim.counts(now) && claim.signed_bytes(distinct_id).is_some_and(|signed| self.signed(&signed, tag))
        };
        let held: Vec<_> = claims.into_iter().filter(holds).map(|(claim, _)| claim).collect();
        let ignored = given - held.len() + partial;
        if ignored > 0 {
            tracing::info!(project.id = %self.project.id, claims.ignored = ignored, "claims of a message do not hold");
        }
        Claims::new(distinct_id, held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_by_their_names() {
        let hash = "ab".repeat(32);
        let body = format!(
            r#"{{"message": "hi", "identity_distinct_id": "ada", "identity_hash": "{hash}",
            "identity_plan": "free", "identity_plan": "Scale", "identity_hash_plan": "{hash}", "identity_exp_plan": "90",
            "identity_seats": "7", "identity_hash_seats": "{hash}", "identity_exp_seats": 91,
            "identity_unsigned": "x", "identity_exp_unsigned": 90, "identity_number": 1, "identity_hash_number": "{hash}",
            "identity_exp_number": 90, "identity_short": "x", "identity_hash_short": "ab", "identity_exp_short": 90,
            "identity_endless": "x", "identity_hash_endless": "{hash}"}}"#
        );
        let (claims, partial) = read(body.as_bytes());
        let read: Vec<_> = claims.iter().map(|(claim, _)| (&*claim.field, &*claim.value, claim.expires_at)).collect();
        assert_eq!((read, partial), (vec![("plan", "Scale", 90), ("seats", "7", 91)], 4));
    }

    #[test]
    fn so_many_claims_and_no_more() {
        let hash = "ab".repeat(32);
        let one = |n: usize| format!(r#""identity_f{n}": "x", "identity_hash_f{n}": "{hash}", "identity_exp_f{n}": 90"#);
        let all: Vec<_> = (0..MOST + 5).map(one).collect();
        let (claims, ignored) = read(format!("{{{}}}", all.join(",")).as_bytes());
        assert_eq!((claims.len(), ignored), (MOST, 5));
    }
}
