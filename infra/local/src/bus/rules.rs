//! The rules of the template: which events go to which queues and functions.
//!
//! A rule that says something which AWS would do and this desk does not is refused at start. The desk must not behave
//! differently on a laptop than after deployment. Rules without a pattern are schedules; `--tick` takes their place.

use std::{collections::BTreeMap, io, path::Path, time::Duration};

use lambdesk_domain::facts::{FactKind, Kinds};
use serde_json::{Map, Value};

use super::{
    direct::{self, Direct},
    mappings::{self, Mapping},
    queue::Settings,
    rule::{Rule, Target, is_about_services, is_event_rule, refuse_unknown, targets, with_names},
    rule_file,
};
use crate::template::{self, invalid, number, of_type};

/// What the bus does with events: the rules of the template, and those of a file of people's own.
#[derive(Debug)]
pub struct Rules {
    /// The bus's name from the template, or the resource's name where the template leaves the name to deployment.
    pub(super) bus: String,
    pub(super) all: Vec<Rule>,
    /// The queues that rules lead to, and those from which Lambda would invoke functions.
    pub(super) queues: BTreeMap<String, Settings>,
    /// From each queue of dead letters to the queue whose dead letters it takes.
    pub(super) dead_letters: BTreeMap<String, String>,
    /// The functions that read queues.
    pub(super) mappings: Vec<Mapping>,
    /// The functions that rules invoke.
    pub(super) direct: Vec<Direct>,
}

impl Rules {
    /// Reads the rules from the text of a template. It fails if a rule, queue or mapping cannot be followed here.
    pub fn read(text: &str) -> io::Result<Self> {
        let template = template::read(text)?;
        let resources = template["Resources"].as_object().ok_or_else(|| invalid("a template without resources"))?;
        let (bus, name) = bus(resources)?;
        refuse_direct_events(resources)?;
        let mut rules = Self {
            bus: name,
            all: vec![],
            queues: BTreeMap::new(),
            dead_letters: BTreeMap::new(),
            mappings: vec![],
            direct: vec![],
        };
        for (name, resource) in of_type(resources, "AWS::Events::Rule") {
            let properties = &resource["Properties"];
            let failed = |error| invalid(format!("the rule {name}: {error}"));
            if is_event_rule(properties).map_err(failed)? {
                let rule = rules.rule(name, properties, bus, resources).map_err(failed)?;
                rules.all.push(rule);
            }
        }
        rules.mappings = mappings::read(resources)?;
        if let Some(mapping) = rules.mappings.iter().find(|mapping| !rules.queues.contains_key(&mapping.queue)) {
            return Err(invalid(format!("{} reads {}, to which no rule leads", mapping.function, mapping.queue)));
        }
        Ok(rules)
    }

    /// Adds the rules of a file of people's own. Its functions are invoked only if that is `possible`. It fails if a rule cannot
    /// be followed here.
    pub fn add_file(&mut self, path: &Path, possible: bool) -> io::Result<()> {
        let failed = |error: io::Error| invalid(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let (rules, direct) = rule_file::read(&text, possible).map_err(failed)?;
        self.all.extend(rules);
        self.queues.extend(direct.iter().map(|direct| (direct.queue.clone(), direct.settings)));
        self.direct.extend(direct);
        Ok(())
    }

    /// The kinds of facts that rules listen for.
    pub fn facts(&self) -> Kinds {
        self.all.iter().flat_map(|rule| rule.facts.iter()).collect()
    }

    /// The kinds that none of the template's rules listens for.
    pub(super) fn facts_for_people(&self) -> Kinds {
        let heard = |kind: FactKind| self.all.iter().filter(|rule| !rule.is_shown).any(|rule| rule.facts.has(kind));
        self.facts().iter().filter(|kind| !heard(*kind)).collect()
    }

    /// The rules of the desk's bus that match an event.
    pub(super) fn matching(&self, event: &Value) -> impl Iterator<Item = &Rule> {
        self.all.iter().filter(|rule| !rule.is_of_account && rule.pattern.matches(event))
    }

    /// The rules of the account's own bus that match what a service tells.
    pub(super) fn matching_of_account(&self, event: &Value) -> impl Iterator<Item = &Rule> {
        self.all.iter().filter(|rule| rule.is_of_account && rule.pattern.matches(event))
    }

    fn rule(&mut self, name: &str, properties: &Value, bus: &str, resources: &Map<String, Value>) -> Result<Rule, String> {
        // Without `EventBusName`, the rule is on the account's own bus. Services tell there what they did, and the desk publishes
        // nothing there.
        let is_of_account = properties["EventBusName"].is_null() && is_about_services(&properties["EventPattern"]);
        let is_of_desk = properties["EventBusName"]["Ref"] == bus || properties["EventBusName"]["Fn::GetAtt"][0] == bus;
        if !is_of_account && !is_of_desk {
            return Err(format!("its EventBusName is not that of {bus}"));
        }
        let pattern = &properties["EventPattern"];
        let pattern = if is_of_account { with_names(pattern) } else { pattern.clone() };
        let mut rule = Rule::new(name, &pattern).map_err(|error| error.to_string())?;
        rule.is_of_account = is_of_account;
        for target in targets(properties)? {
            rule.targets.push(self.target(target, resources)?);
        }
        Ok(rule)
    }

    /// Reads a target, which is a queue or a function, and what is to be known of it.
    fn target(&mut self, target: &Value, resources: &Map<String, Value>) -> Result<Target, String> {
        let arn = &target["Arn"]["Fn::GetAtt"];
        let name = arn[0].as_str().filter(|_| arn[1] == "Arn");
        let name = name.ok_or_else(|| format!("a target must be !GetAtt Name.Arn, which {} is not", target["Arn"]))?;
        // Settings of retries have no effect here, because local delivery cannot fail. Any other setting would change what is
        // delivered.
        refuse_unknown(target, &["Arn", "Id", "DeadLetterConfig", "RetryPolicy"], name)?;
        let resource = resources.get(name).ok_or_else(|| format!("there is no {name}"))?;
        let properties = &resource["Properties"];
        match resource["Type"].as_str() {
            Some("AWS::SQS::Queue") => {
                self.queues.insert(name.to_owned(), settings(name, properties)?);
                let dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str();
                self.dead_letters.extend(dead.map(|dead| (dead.to_owned(), name.to_owned())));
            }
            Some("AWS::Serverless::Function") => {
                direct::check_permission(name, resources)?;
                let settings = direct::settings(name, properties)?;
                self.queues.insert(name.to_owned(), settings);
                let direct = Direct { function: name.to_owned(), queue: name.to_owned(), settings, is_elsewhere: false };
                if !self.direct.contains(&direct) {
                    self.direct.push(direct);
                }
            }
            _ => return Err(format!("{name} is no queue and no function")),
        }
        Ok(Target { id: target["Id"].as_str().unwrap_or(name).to_owned(), queue: Some(name.to_owned()) })
    }
}

/// The resource name of the bus, and the bus's name.
fn bus(resources: &Map<String, Value>) -> io::Result<(&str, String)> {
    let mut buses = of_type(resources, "AWS::Events::EventBus");
    match (buses.next(), buses.next()) {
        (Some((bus, resource)), None) => {
            let name = resource["Properties"]["Name"].as_str().unwrap_or(bus);
            Ok((bus, name.to_owned()))
        }
        _ => Err(invalid("the template must have one event bus")),
    }
}

/// Refuses a function with an event rule of its own. SAM's short form says neither how often a failed invocation is retried nor
/// where it ends; the desk's rules say both.
fn refuse_direct_events(resources: &Map<String, Value>) -> io::Result<()> {
    for (name, function) in of_type(resources, "AWS::Serverless::Function") {
        let events = function["Properties"]["Events"].as_object();
        let direct = |event: &&Value| ["EventBridgeRule", "CloudWatchEvent"].map(Value::from).contains(&event["Type"]);
        if events.is_some_and(|events| events.values().any(|event| direct(&event))) {
            return Err(invalid(format!("{name} has a rule of its own; write an AWS::Events::Rule")));
        }
    }
    Ok(())
}

fn settings(queue: &str, properties: &Value) -> Result<Settings, String> {
    let mut settings = Settings::default();
    if let Some(seconds) = number(&properties["VisibilityTimeout"], "VisibilityTimeout", queue)? {
        settings.visibility_timeout = Duration::from_secs(seconds);
    }
    if let Some(count) = number(&properties["RedrivePolicy"]["maxReceiveCount"], "maxReceiveCount", queue)? {
        settings.max_receive_count = u32::try_from(count).unwrap_or(u32::MAX);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = r#"
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties: { Name: !Ref AWS::StackName }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern:
        source: [lambdesk]
        detail-type: [{ prefix: $conversation_ticket_ }]
        detail: { properties: { ticket_number: [{ numeric: [">", 0] }] } }
      Targets:
        - { Arn: !GetAtt Queue.Arn, Id: queue, RetryPolicy: { MaximumRetryAttempts: 3 } }
  Off:
    Type: AWS::Events::Rule
    Properties: { State: DISABLED, EventPattern: { source: [lambdesk] } }
  Nightly:
    Type: AWS::Events::Rule
    Properties: { ScheduleExpression: rate(1 minute) }
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 90
      RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 3 }
  DeadLetters:
    Type: AWS::SQS::Queue
"#;

    fn queues_for<'a>(rules: &'a Rules, event: &Value) -> Vec<&'a str> {
        rules.matching(event).flat_map(|rule| &rule.targets).filter_map(|target| target.queue.as_deref()).collect()
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(TEMPLATE.contains(from), "{from}");
        Rules::read(&TEMPLATE.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn rules_and_their_queues_are_read() {
        let rules = Rules::read(TEMPLATE).unwrap();
        assert_eq!(rules.bus, "Bus");
        assert_eq!(rules.all.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["Rule"]);
        let settings = Settings { visibility_timeout: Duration::from_secs(90), max_receive_count: 3 };
        assert_eq!(rules.queues, BTreeMap::from([("Queue".to_owned(), settings)]));
        assert_eq!(rules.dead_letters, BTreeMap::from([("DeadLetters".to_owned(), "Queue".to_owned())]));
        let mut event = json!({"source": "lambdesk", "detail-type": "$conversation_ticket_created",
            "detail": {"properties": {"ticket_number": 1}}});
        assert_eq!(queues_for(&rules, &event), ["Queue"]);
        event["source"] = json!("other");
        assert_eq!(queues_for(&rules, &event), [""; 0]);
    }

    #[test]
    fn an_event_comes_once_for_each_rule_that_matches() {
        let other = "\n  Other:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !GetAtt Bus.Name
      EventPattern: { source: [{ exists: true }] }\n      Targets: [{ Arn: !GetAtt Queue.Arn, Id: queue }]\n";
        let rules = Rules::read(&format!("{TEMPLATE}{other}")).unwrap();
        let event = json!({"source": "lambdesk", "detail-type": "$conversation_ticket_created",
            "detail": {"properties": {"ticket_number": 1}}});
        assert_eq!((rules.all.len(), queues_for(&rules, &event)), (2, vec!["Queue", "Queue"]));
    }

    /// The template with a rule that invokes a function.
    fn with_function() -> String {
        let function = "\n  Invokes:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !Ref Bus
      EventPattern: { source: [lambdesk.facts], detail-type: [message.added] }
      Targets: [{ Arn: !GetAtt Function.Arn, Id: function }]
  Function:\n    Type: AWS::Serverless::Function
    Properties: { Timeout: 20, EventInvokeConfig: { MaximumRetryAttempts: 1 } }
  May:\n    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Function, Action: lambda:InvokeFunction, Principal: events.amazonaws.com }\n";
        format!("{TEMPLATE}{function}")
    }

    #[test]
    fn a_rule_may_invoke_a_function() {
        let rules = Rules::read(&with_function()).unwrap();
        assert_eq!(rules.facts(), Kinds::from_iter([FactKind::MessageAdded]));
        let fact = json!({"source": "lambdesk.facts", "detail-type": "message.added", "detail": {}});
        assert_eq!(queues_for(&rules, &fact), ["Function"], "Lambda's own queue of what it has not invoked yet");
        let settings = Settings { visibility_timeout: Duration::from_secs(20), max_receive_count: 2 };
        let direct = Direct { function: "Function".into(), queue: "Function".into(), settings, is_elsewhere: false };
        assert_eq!(rules.direct, [direct]);
        let forbidden = Rules::read(&with_function().replace("!Ref Function, Action", "!Ref Queue, Action"));
        let reason = "the rule Invokes: no AWS::Lambda::Permission lets EventBridge invoke Function";
        assert_eq!(forbidden.unwrap_err().to_string(), reason);
        let short = Rules::read(&with_function().replace("MaximumRetryAttempts: 1", "MaximumEventAgeInSeconds: 60"));
        let reason = "the rule Invokes: EventInvokeConfig.MaximumEventAgeInSeconds of Function is not followed here";
        assert_eq!(short.unwrap_err().to_string(), reason);
    }

    #[test]
    fn what_services_tell_goes_to_rules_of_the_accounts_own_bus() {
        let told = "\n  Told:\n    Type: AWS::Events::Rule\n    Properties:
      EventPattern: { source: [aws.ses], detail: { mail: { tags: { set: [!Ref Queue] } } } }
      Targets: [{ Arn: !GetAtt Queue.Arn, Id: queue }]\n";
        let rules = Rules::read(&format!("{TEMPLATE}{told}")).unwrap();
        let event = |set: &str| json!({"source": "aws.ses", "detail": {"mail": {"tags": {"set": [set]}}}});
        assert_eq!(
            (rules.matching_of_account(&event("Queue")).count(), rules.matching_of_account(&event("Other")).count()),
            (1, 0)
        );
        assert_eq!(rules.matching(&event("Queue")).count(), 0, "nobody else's event comes over it");
        let other = told.replace("aws.ses", "lambdesk");
        let refused = Rules::read(&format!("{TEMPLATE}{other}")).unwrap_err().to_string();
        assert_eq!(refused, "the rule Told: its EventBusName is not that of Bus");
    }

    #[test]
    fn the_deployed_template_is_understood() {
        Rules::read(include_str!("../../../template.yaml")).unwrap();
    }

    #[test]
    fn what_would_be_done_on_aws_and_not_here_is_refused() {
        assert_eq!(refusal("prefix:", "starts:"), "the rule Rule: detail-type[0]: the operator \"starts\" is not known");
        assert_eq!(
            refusal("[lambdesk]\n        d", "!Ref Source\n        d"),
            "the rule Rule: source.Ref: must be an object or an array"
        );
        let neither = "the rule Rule: it has neither EventPattern nor ScheduleExpression";
        assert_eq!(refusal("      EventPattern:\n        source", "      Description:\n        source"), neither);
        assert_eq!(refusal("EventPattern:\n", "EventPatern:\n"), "the rule Rule: there is no property EventPatern");
        assert!(refusal("State: DISABLED", "State: disabled").contains("its State \"disabled\" is not followed here"));
        assert_eq!(refusal("!Ref Bus", "default"), "the rule Rule: its EventBusName is not that of Bus");
        assert_eq!(refusal("Queue.Arn, Id", "Off.Arn, Id"), "the rule Rule: Off is no queue and no function");
        assert_eq!(refusal("Queue.Arn, Id", "Gone.Arn, Id"), "the rule Rule: there is no Gone");
        assert!(refusal("!GetAtt Queue.Arn, Id", "arn:elsewhere, Id").contains("must be !GetAtt Name.Arn"));
        assert!(refusal("Id: queue", "Id: queue, InputPath: $.detail").contains("InputPath"));
        assert!(refusal("AWS::Events::EventBus", "AWS::SNS::Topic").contains("one event bus"));
        assert!(refusal("VisibilityTimeout: 90", "VisibilityTimeout: soon").contains("no number"));
        let direct =
            "Off:\n    Type: AWS::Serverless::Function\n    Properties: { Events: { On: { Type: EventBridgeRule } } }\n  Not:";
        assert!(refusal("Off:", direct).contains("Off has a rule of its own"));
        assert!(Rules::read("Resources: [").is_err());
    }
}
