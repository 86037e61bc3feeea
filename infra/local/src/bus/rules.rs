//! The rules of the template: which events go to which queues.
//!
//! A rule that says something which AWS would do and this desk does not is refused at start. The desk must not behave
//! differently on a laptop than after deployment. Rules without a pattern are schedules; `--tick` takes their place.

use std::{collections::BTreeMap, io, time::Duration};

use serde_json::{Map, Value};

use super::{
    mappings::{self, Mapping},
    pattern::Pattern,
    queue::Settings,
};
use crate::template::{self, invalid, of_type};

/// The parts of the template that concern the bus.
#[derive(Debug)]
pub(super) struct Rules {
    /// The bus's name from the template, or the resource's name where the template leaves the name to deployment.
    pub(super) bus: String,
    pub(super) all: Vec<Rule>,
    /// The queues that rules lead to.
    pub(super) queues: BTreeMap<String, Settings>,
    /// From each queue of dead letters to the queue whose dead letters it takes.
    pub(super) dead_letters: BTreeMap<String, String>,
    /// The functions that read the queues.
    pub(super) mappings: Vec<Mapping>,
}

/// A rule, by its name in the template.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pattern: Pattern,
    queues: Vec<String>,
}

impl Rules {
    /// Reads the rules from the text of a template. It fails if a rule, queue or mapping cannot be followed here.
    pub(super) fn read(text: &str) -> io::Result<Self> {
        let template = template::read(text)?;
        let resources = template["Resources"].as_object().ok_or_else(|| invalid("a template without resources"))?;
        let (bus, name) = bus(resources)?;
        refuse_direct_events(resources)?;
        let mut rules = Vec::new();
        for (name, resource) in of_type(resources, "AWS::Events::Rule") {
            let properties = &resource["Properties"];
            if properties["State"] == "DISABLED" || properties["EventPattern"].is_null() {
                continue;
            }
            let rule = rule(name, properties, bus).map_err(|error| invalid(format!("the rule {name}: {error}")))?;
            rules.push(rule);
        }
        let (mut queues, mut dead_letters) = (BTreeMap::new(), BTreeMap::new());
        for (rule, queue) in rules.iter().flat_map(|rule| rule.queues.iter().map(move |queue| (rule, queue))) {
            let resource = resources.get(queue).filter(|resource| resource["Type"] == "AWS::SQS::Queue");
            let resource = resource.ok_or_else(|| invalid(format!("the rule {}: {queue} is no queue", rule.name)))?;
            queues.insert(queue.clone(), settings(queue, &resource["Properties"])?);
            let dead = resource["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str();
            dead_letters.extend(dead.map(|dead| (dead.to_owned(), queue.clone())));
        }
        let mappings = mappings::read(resources)?;
        if let Some(mapping) = mappings.iter().find(|mapping| !queues.contains_key(&mapping.queue)) {
            return Err(invalid(format!("{} reads {}, to which no rule leads", mapping.function, mapping.queue)));
        }
        Ok(Self { bus: name, all: rules, queues, dead_letters, mappings })
    }

    /// The queues that `event` goes to. A queue is listed once for each rule that leads there, as on AWS.
    pub(super) fn queues_for(&self, event: &Value) -> Vec<&str> {
        let matching = self.all.iter().filter(|rule| rule.pattern.matches(event));
        matching.flat_map(|rule| rule.queues.iter().map(String::as_str)).collect()
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

/// Refuses a function with an event rule of its own, because such a rule bypasses every queue.
fn refuse_direct_events(resources: &Map<String, Value>) -> io::Result<()> {
    for (name, function) in of_type(resources, "AWS::Serverless::Function") {
        let events = function["Properties"]["Events"].as_object();
        let direct = |event: &&Value| ["EventBridgeRule", "CloudWatchEvent"].map(Value::from).contains(&event["Type"]);
        if events.is_some_and(|events| events.values().any(|event| direct(&event))) {
            return Err(invalid(format!("{name} has a rule of its own; only rules that lead to a queue are followed here")));
        }
    }
    Ok(())
}

fn rule(name: &str, properties: &Value, bus: &str) -> Result<Rule, String> {
    // Without `EventBusName`, the rule would be on the account's default bus, where the desk publishes nothing.
    if properties["EventBusName"]["Ref"] != bus && properties["EventBusName"]["Fn::GetAtt"][0] != bus {
        return Err(format!("its EventBusName is not that of {bus}"));
    }
    let pattern = Pattern::parse(&properties["EventPattern"]).map_err(|error| error.to_string())?;
    let targets = properties["Targets"].as_array().filter(|targets| !targets.is_empty());
    let queues = targets.ok_or("it has no target")?.iter().map(target).collect::<Result<_, _>>()?;
    Ok(Rule { name: name.to_owned(), pattern, queues })
}

/// The queue that a target names. Any other target is an error.
fn target(target: &Value) -> Result<String, String> {
    let arn = &target["Arn"]["Fn::GetAtt"];
    let queue = arn[0].as_str().filter(|_| arn[1] == "Arn");
    let queue = queue.ok_or_else(|| format!("a target must be !GetAtt Queue.Arn, which {} is not", target["Arn"]))?;
    // Settings of retries have no effect here, because local delivery cannot fail. Any other setting would change what is
    // delivered.
    let known = ["Arn", "Id", "DeadLetterConfig", "RetryPolicy"];
    match target.as_object().into_iter().flatten().find(|(setting, _)| !known.contains(&setting.as_str())) {
        Some((setting, _)) => Err(format!("{setting} of the target {queue} is not known")),
        None => Ok(queue.to_owned()),
    }
}

fn settings(queue: &str, properties: &Value) -> io::Result<Settings> {
    let number = |value: &Value, what: &str| match value {
        Value::Null => Ok(None),
        value => value.as_u64().map(Some).ok_or_else(|| invalid(format!("{what} of {queue} is no number"))),
    };
    let mut settings = Settings::default();
    if let Some(seconds) = number(&properties["VisibilityTimeout"], "VisibilityTimeout")? {
        settings.visibility_timeout = Duration::from_secs(seconds);
    }
    if let Some(count) = number(&properties["RedrivePolicy"]["maxReceiveCount"], "maxReceiveCount")? {
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
        assert_eq!(rules.queues_for(&event), ["Queue"]);
        event["source"] = json!("other");
        assert_eq!(rules.queues_for(&event), [""; 0]);
    }

    #[test]
    fn an_event_comes_once_for_each_rule_that_matches() {
        let other = "\n  Other:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !GetAtt Bus.Name
      EventPattern: { source: [{ exists: true }] }\n      Targets: [{ Arn: !GetAtt Queue.Arn, Id: queue }]\n";
        let rules = Rules::read(&format!("{TEMPLATE}{other}")).unwrap();
        let event = json!({"source": "lambdesk", "detail-type": "$conversation_ticket_created",
            "detail": {"properties": {"ticket_number": 1}}});
        assert_eq!((rules.all.len(), rules.queues_for(&event)), (2, vec!["Queue", "Queue"]));
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
        assert_eq!(refusal("!Ref Bus", "default"), "the rule Rule: its EventBusName is not that of Bus");
        assert_eq!(refusal("Queue.Arn, Id", "Off.Arn, Id"), "the rule Rule: Off is no queue");
        assert!(refusal("!GetAtt Queue.Arn, Id", "arn:elsewhere, Id").contains("must be !GetAtt Queue.Arn"));
        assert!(refusal("Id: queue", "Id: queue, InputPath: $.detail").contains("InputPath"));
        assert!(refusal("AWS::Events::EventBus", "AWS::SNS::Topic").contains("one event bus"));
        assert!(refusal("VisibilityTimeout: 90", "VisibilityTimeout: soon").contains("no number"));
        let direct =
            "Off:\n    Type: AWS::Serverless::Function\n    Properties: { Events: { On: { Type: EventBridgeRule } } }\n  Not:";
        assert!(refusal("Off:", direct).contains("Off has a rule of its own"));
        assert!(Rules::read("Resources: [").is_err());
    }
}
