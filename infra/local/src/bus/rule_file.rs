//! Rules of people's own, in a file such as they would deploy beside the desk: `AWS::Events::Rule` resources, and events of
//! SAM's functions and state machines that are rules ([`EVENTS`]).
//!
//! The bus keeps what such a rule delivers, and shows it under `/_local/deliveries`. It also invokes a function, if the desk was
//! told where functions run. Other targets, such as queues and state machines, are not on this machine, so a delivery to them
//! is only shown.
//!
//! A file that AWS would follow and this desk would not, or would follow otherwise, is refused with the place in the file.

use std::io;

use serde_json::{Map, Value};

use super::{
    direct::{self, Direct},
    queue::Settings,
    rule::{Rule, Target, is_enabled, is_event_rule, refuse_unknown, targets},
};
use crate::template::{self, invalid, of_type};

/// The settings of a target that change nothing here.
const SETTINGS: [&str; 6] = ["Arn", "Id", "DeadLetterConfig", "RetryPolicy", "RoleArn", "SqsParameters"];
/// The types of SAM's events that are rules. The second is the older name of the first.
const EVENTS: [&str; 2] = ["EventBridgeRule", "CloudWatchEvent"];
/// The settings of such an event that are followed, or change nothing here.
const EVENT: [&str; 7] = ["EventBusName", "Pattern", "State", "RuleName", "Target", "RetryPolicy", "DeadLetterConfig"];
/// The settings of such an event's `Target`.
const EVENT_TARGET: [&str; 1] = ["Id"];
/// The resource types whose events may be rules.
const LISTENERS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"];
/// The resource types of functions.
const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

/// Reads the rules, and the functions that they invoke. Without a way to invoke them there are none of the latter.
pub(super) fn read(text: &str, can_invoke: bool) -> io::Result<(Vec<Rule>, Vec<Direct>)> {
    let template = template::read(text)?;
    let resources = template["Resources"].as_object().ok_or_else(|| invalid("there are no Resources"))?;
    let parameters = template["Parameters"].as_object();
    let mut file = File { resources, parameters, can_invoke, rules: Vec::new(), direct: Vec::new() };
    refuse_invoke_configs(&template, resources)?;
    for (name, resource) in of_type(resources, "AWS::Events::Rule") {
        let properties = &resource["Properties"];
        let failed = |error| invalid(format!("the rule {name}: {error}"));
        if is_event_rule(properties).map_err(failed)? {
            file.rule(name, properties).map_err(failed)?;
        }
    }
    for kind in LISTENERS {
        for (listener, resource) in of_type(resources, kind) {
            for (name, event) in resource["Properties"]["Events"].as_object().into_iter().flatten() {
                if EVENTS.iter().any(|kind| event["Type"] == *kind) {
                    let event = file.event(listener, name, &event["Properties"]);
                    event.map_err(|error| invalid(format!("the event {name} of {listener}: {error}")))?;
                }
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
    parameters: Option<&'a Map<String, Value>>,
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
            rule.targets.push(self.target(name, id, function)?);
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Adds the rule that SAM makes of an event, with the permission to invoke a function.
    fn event(&mut self, listener: &str, name: &str, properties: &Value) -> Result<(), String> {
        if !is_enabled(&properties["State"])? {
            return Ok(());
        }
        refuse_unknown(properties, &EVENT, listener)?;
        refuse_unknown(&properties["Target"], &EVENT_TARGET, listener)?;
        let name = format!("{listener}{name}");
        let mut rule = empty(&name, &properties["Pattern"], properties)?;
        let function = self.own_function(listener).map(str::to_owned);
        let id = properties["Target"]["Id"].as_str().unwrap_or(if function.is_some() { "function" } else { "state machine" });
        rule.targets.push(self.target(&name, id, function)?);
        self.rules.push(rule);
        Ok(())
    }

    fn target(&mut self, rule: &str, id: &str, function: Option<String>) -> Result<Target, String> {
        let retries = match function.as_deref().and_then(|function| Some((function, self.resources.get(function)?))) {
            Some((function, resource)) => direct::retries(function, &resource["Properties"])?,
            None => direct::RETRIES,
        };
        let function = function.filter(|_| self.can_invoke);
        let queue = function.map(|function| {
            let queue = format!("{rule}.{id}");
            let settings = Settings { visibility_timeout: direct::LONGEST, max_receive_count: retries + 1 };
            self.direct.push(Direct { function, queue: queue.clone(), settings, is_elsewhere: true });
            queue
        });
        Ok(Target { id: id.to_owned(), queue })
    }

    /// The name of the function that a target is; `None` if the target is something else. A target whose kind can't be known
    /// from this file is refused.
    fn function(&self, arn: &Value) -> Result<Option<String>, String> {
        if let Some(arn) = arn.as_str().filter(|arn| arn.starts_with("arn:")) {
            let function = arn.split_once(":function:").and_then(|(_, name)| name.split(':').next());
            return Ok(function.map(str::to_owned));
        }
        if let (Some(own), Some(attribute)) = (arn["Fn::GetAtt"][0].as_str(), arn["Fn::GetAtt"][1].as_str()) {
            if !self.resources.contains_key(own) {
                return Err(format!("there is no {own}"));
            }
            let Some(function) = self.own_function(own) else { return Ok(None) };
            if attribute != "Arn" {
                return Err(format!("{attribute} of {own} is not followed here; write !GetAtt {own}.Arn"));
            }
            direct::check_permission(function, self.resources)?;
            return Ok(Some(function.to_owned()));
        }
        let Some(name) = arn["Ref"].as_str() else {
            return Err(format!("its Arn {arn} is not followed here; write !GetAtt Name.Arn, !Ref Parameter, or the ARN"));
        };
        if self.own_function(name).is_some() {
            return Err(format!("!Ref {name} is a function's name and no ARN; write !GetAtt {name}.Arn"));
        }
        if !self.resources.contains_key(name) && self.parameters.is_none_or(|all| !all.contains_key(name)) {
            return Err(format!("there is no {name}"));
        }
        // A parameter may be anything. It is a function if EventBridge may invoke it.
        let is_function = direct::is_permitted(std::slice::from_ref(arn), self.resources);
        Ok(is_function.then(|| name.to_owned()))
    }

    /// A resource's name, if the resource is a function of the file.
    fn own_function<'n>(&self, name: &'n str) -> Option<&'n str> {
        let resource = self.resources.get(name)?;
        FUNCTIONS.iter().any(|kind| resource["Type"] == *kind).then_some(name)
    }
}

/// Refuses settings of invocations that lie apart from their function. A function's own `EventInvokeConfig` is followed.
fn refuse_invoke_configs(template: &Value, resources: &Map<String, Value>) -> io::Result<()> {
    if !template["Globals"]["Function"]["EventInvokeConfig"].is_null() {
        return Err(invalid("Globals: EventInvokeConfig of Function is not followed here; write it at the function"));
    }
    match of_type(resources, "AWS::Lambda::EventInvokeConfig").next() {
        Some((name, _)) => Err(invalid(format!(
            "{name}: an AWS::Lambda::EventInvokeConfig is not followed here; use EventInvokeConfig of the function"
        ))),
        None => Ok(()),
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
