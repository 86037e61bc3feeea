//! Rules of people's own, in a file such as they would deploy beside the desk: `AWS::Events::Rule` resources, and SAM functions
//! with events of the type `EventBridgeRule`.
//!
//! What such a rule delivers is kept, and shown under `/_local/deliveries`. A function is also invoked, if the desk was told
//! where. Other targets (queues, state machines) are not there on this machine, so nothing more happens to them. A rule that
//! this desk would follow otherwise than AWS is refused.

use std::io;

use serde_json::{Map, Value};

use super::{
    direct::{self, Direct},
    queue::Settings,
    rules::{Rule, Target, is_event_rule, refuse_unknown, targets},
};
use crate::template::{self, invalid, of_type};

/// The settings of a target that change nothing here.
const SETTINGS: [&str; 6] = ["Arn", "Id", "DeadLetterConfig", "RetryPolicy", "RoleArn", "SqsParameters"];
/// The settings of a SAM function's event that are followed, or change nothing here.
const EVENT: [&str; 7] = ["EventBusName", "Pattern", "State", "RuleName", "Target", "RetryPolicy", "DeadLetterConfig"];
/// The resource types of functions.
const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

/// Reads the rules, and the functions that they invoke. Without a way to invoke them there are none of the latter.
pub(super) fn read(text: &str, can_invoke: bool) -> io::Result<(Vec<Rule>, Vec<Direct>)> {
    let template = template::read(text)?;
    let resources = template["Resources"].as_object().ok_or_else(|| invalid("there are no Resources"))?;
    let mut file = File { resources, can_invoke, rules: Vec::new(), direct: Vec::new() };
    for (name, resource) in of_type(resources, "AWS::Events::Rule") {
        let properties = &resource["Properties"];
        if is_event_rule(properties) {
            file.rule(name, properties).map_err(|error| invalid(format!("the rule {name}: {error}")))?;
        }
    }
    for (function, resource) in of_type(resources, "AWS::Serverless::Function") {
        for (name, event) in resource["Properties"]["Events"].as_object().into_iter().flatten() {
            if event["Type"] == "EventBridgeRule" {
                let event = file.event(function, name, &event["Properties"]);
                event.map_err(|error| invalid(format!("the event {name} of {function}: {error}")))?;
            }
        }
    }
    if file.rules.is_empty() {
        return Err(invalid("there is no rule about events that is enabled"));
    }
    Ok((file.rules, file.direct))
}

struct File<'a> {
    resources: &'a Map<String, Value>,
    can_invoke: bool,
    rules: Vec<Rule>,
    direct: Vec<Direct>,
}

impl File<'_> {
    fn rule(&mut self, name: &str, properties: &Value) -> Result<(), String> {
        let mut rule = empty(name, &properties["EventPattern"], properties)?;
        for target in targets(properties)? {
            let id = target["Id"].as_str().ok_or("a target has no Id")?;
            refuse_unknown(target, &SETTINGS, id)?;
            if target["Arn"].is_null() {
                return Err(format!("the target {id} has no Arn"));
            }
            let function = self.function(&target["Arn"]).map_err(|error| format!("the target {id}: {error}"))?;
            rule.targets.push(self.target(name, id, function));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Adds the rule that SAM makes of a function's event, with the permission to invoke the function.
    fn event(&mut self, function: &str, name: &str, properties: &Value) -> Result<(), String> {
        if properties["State"] == "DISABLED" {
            return Ok(());
        }
        refuse_unknown(properties, &EVENT, function)?;
        let name = format!("{function}{name}");
        let mut rule = empty(&name, &properties["Pattern"], properties)?;
        let id = properties["Target"]["Id"].as_str().unwrap_or("function");
        rule.targets.push(self.target(&name, id, Some(function.to_owned())));
        self.rules.push(rule);
        Ok(())
    }

    fn target(&mut self, rule: &str, id: &str, function: Option<String>) -> Target {
        let function = function.filter(|_| self.can_invoke);
        let queue = function.map(|function| {
            let queue = format!("{rule}.{id}");
            let settings = Settings { visibility_timeout: direct::LONGEST, max_receive_count: direct::RETRIES + 1 };
            self.direct.push(Direct { function, queue: queue.clone(), settings, is_elsewhere: true });
            queue
        });
        Target { id: id.to_owned(), queue }
    }

    /// The name of the function that a target is; `None` if it is something else.
    fn function(&self, arn: &Value) -> Result<Option<String>, String> {
        if let Some((_, name)) = arn.as_str().and_then(|arn| arn.split_once(":function:")) {
            return Ok(name.split(':').next().map(str::to_owned));
        }
        let own = arn["Fn::GetAtt"][0].as_str();
        if let Some(own) = own {
            let resource = self.resources.get(own).ok_or_else(|| format!("there is no {own}"))?;
            if !FUNCTIONS.iter().any(|kind| resource["Type"] == *kind) {
                return Ok(None);
            }
            direct::check_permission(own, self.resources)?;
            return Ok(Some(own.to_owned()));
        }
        // A parameter may be anything. It is a function if EventBridge may invoke it.
        let is_function = direct::is_permitted(std::slice::from_ref(arn), self.resources);
        Ok(arn["Ref"].as_str().filter(|_| is_function).map(str::to_owned))
    }
}

/// A rule of a file, without targets.
fn empty(name: &str, pattern: &Value, properties: &Value) -> Result<Rule, String> {
    // In whatever way the file names the bus: there is only the desk's here.
    if properties["EventBusName"].is_null() || properties["EventBusName"] == "default" {
        return Err("its EventBusName must be the desk's; the default bus carries none of the desk's events".to_owned());
    }
    let rule = Rule::new(name, pattern).map_err(|error| error.to_string())?;
    Ok(Rule { is_shown: true, ..rule })
}

#[cfg(test)]
mod tests;
