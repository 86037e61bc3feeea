//! What the functions' roles allow on the bucket.

use std::{io, sync::Arc};

use serde_json::{Map, Value, json};

use super::{Grant, Grants, list, statements};
use crate::template::invalid;

/// What the ARN of an object of the bucket begins with.
const OBJECT: &str = "${MailBucket.Arn}/";

/// The rights of all functions, and where it is noted which of them were used.
pub(crate) struct Rights {
    all: Vec<Grant>,
    grants: Arc<Grants>,
}

impl Rights {
    pub(crate) fn new(grants: Arc<Grants>) -> Self {
        Self { all: grants.all().iter().filter(|grant| grant.call.starts_with("s3:")).cloned().collect(), grants }
    }

    /// Whether a function may do this with a key, or list the keys that begin so.
    pub(crate) fn allow(&self, function: &str, action: &str, key: &str) -> bool {
        let is_for = |grant: &&Grant| {
            grant.function == function && grant.call == action && key.starts_with(grant.on.trim_end_matches('*'))
        };
        let Some(grant) = self.all.iter().find(is_for) else { return false };
        self.grants.note([grant.clone()].into_iter());
        true
    }
}

/// The rights on the bucket of the functions in a template. One that cannot be enforced here is an error.
pub(super) fn read(resources: &Map<String, Value>) -> io::Result<Vec<Grant>> {
    let mut all = Vec::new();
    for (function, statement) in statements(resources) {
        for action in list(&statement["Action"]).iter().filter_map(Value::as_str).filter(|action| action.starts_with("s3:")) {
            for resource in list(&statement["Resource"]) {
                let on = on(&resource, &statement["Condition"]);
                let on = on.ok_or_else(|| invalid(format!("a statement of {function} is not followed here: {statement}")))?;
                all.push(Grant { function: function.clone(), call: action.to_owned(), on });
            }
        }
    }
    Ok(all)
}

/// What keys begin with that a statement is about.
fn on(resource: &Value, condition: &Value) -> Option<String> {
    if let Some(objects) = resource["Fn::Sub"].as_str().and_then(|arn| arn.strip_prefix(OBJECT)) {
        return (condition.is_null() && objects.ends_with("/*")).then(|| objects.to_owned());
    }
    let prefix = condition["StringLike"]["s3:prefix"].as_str().filter(|prefix| prefix.ends_with("/*"))?;
    let is_whole = *condition == json!({"StringLike": {"s3:prefix": prefix}});
    (is_whole && *resource == json!({"Fn::GetAtt": ["MailBucket", "Arn"]})).then(|| prefix.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_function_does_what_its_role_says() {
        let rights = crate::roles::Roles::read(crate::template::TEXT).unwrap().rights();
        let may = |function: &str, action: &str, key: &str| rights.allow(function, action, key);
        assert!(may("MailroomFunction", "s3:GetObject", "inbound/abc"));
        assert!(!may("MailroomFunction", "s3:PutObject", "inbound/abc"));
        assert!(may("TicketsFunction", "s3:PutObject", "pending/1/a/b"));
        assert!(may("RelayFunction", "s3:ListBucket", "p/1/a/"));
        assert!(!may("RelayFunction", "s3:ListBucket", ""));
        assert!(!may("CaptureFunction", "s3:GetObject", "p/1/a/b"));
    }
}
