use std::collections::BTreeSet;

use serde_json::json;

use super::*;

const FILE: &str = r#"
Parameters:
  BusName: { Type: String, Default: lambdesk }
  FunctionArn: { Type: String }
Resources:
  Answered:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref BusName
      EventPattern: { source: [lambdesk.facts], detail-type: [message.added], detail: { cause: [agent] } }
      Targets:
        - { Id: own, Arn: !GetAtt Own.Arn }
        - { Id: given, Arn: !Ref FunctionArn }
        - { Id: named, Arn: "arn:aws:lambda:us-east-1:123456789012:function:named:live" }
        - { Id: queue, Arn: !GetAtt Queue.Arn }
        - { Id: steps, Arn: !Ref BusName, RoleArn: !GetAtt Role.Arn }
  Own: { Type: AWS::Serverless::Function }
  MayOwn:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !GetAtt Own.Arn, Action: lambda:InvokeFunction, Principal: events.amazonaws.com }
  MayGiven:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref FunctionArn, Action: lambda:InvokeFunction, Principal: events.amazonaws.com }
  Queue: { Type: AWS::SQS::Queue }
  Off: { Type: AWS::Events::Rule, Properties: { State: DISABLED, EventPattern: { source: [lambdesk] } } }
  Nightly: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 day) } }
"#;
const SAM: &str = "
Resources:
  Notify:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Urgent: { Type: EventBridgeRule, Properties: { EventBusName: lambdesk, Pattern: { source: [lambdesk] } } }
        Web: { Type: HttpApi }
";

fn refusal(file: &str, from: &str, to: &str) -> String {
    assert!(file.contains(from), "{from}");
    read(&file.replace(from, to), true).unwrap_err().to_string()
}

#[test]
fn functions_are_invoked_and_other_targets_only_shown() {
    let (rules, direct) = read(FILE, true).unwrap();
    let [rule] = rules.as_slice() else { panic!("{rules:?}") };
    assert!(rule.is_shown);
    let targets: Vec<_> = rule.targets.iter().map(|target| (target.id.as_str(), target.queue.as_deref())).collect();
    assert_eq!(
        targets,
        [
            ("own", Some("Answered.own")),
            ("given", Some("Answered.given")),
            ("named", Some("Answered.named")),
            ("queue", None),
            ("steps", None)
        ]
    );
    let invoked: BTreeSet<_> = direct.iter().map(|direct| (direct.queue.as_str(), direct.function.as_str())).collect();
    let expected = [("Answered.own", "Own"), ("Answered.given", "FunctionArn"), ("Answered.named", "named")];
    assert_eq!(invoked, BTreeSet::from(expected));
    assert!(direct.iter().all(|direct| direct.is_elsewhere));
}

#[test]
fn nothing_is_invoked_if_nobody_said_where() {
    let (rules, direct) = read(FILE, false).unwrap();
    assert_eq!((rules[0].targets.len(), direct.len()), (5, 0));
    assert!(rules[0].targets.iter().all(|target| target.queue.is_none()));
}

#[test]
fn a_function_of_sam_has_its_events() {
    let (rules, direct) = read(SAM, true).unwrap();
    assert_eq!((rules[0].name.as_str(), direct[0].function.as_str()), ("NotifyUrgent", "Notify"));
    assert!(rules[0].pattern.matches(&json!({"source": "lambdesk", "detail": {}})));
}

#[test]
fn a_mistake_is_named() {
    assert_eq!(
        refusal(FILE, "cause: [agent]", "cause: [{ is: agent }]"),
        "the rule Answered: detail.cause[0]: the operator \"is\" is not known"
    );
    let default = "its EventBusName must be the desk's; the default bus carries none of the desk's events";
    assert_eq!(refusal(FILE, "EventBusName: !Ref BusName", "Name: x"), format!("the rule Answered: {default}"));
    assert_eq!(refusal(SAM, "EventBusName: lambdesk, ", ""), format!("the event Urgent of Notify: {default}"));
    assert_eq!(
        refusal(FILE, "Arn: !GetAtt Own.Arn", "Arn: !GetAtt Gone.Arn"),
        "the rule Answered: the target own: there is no Gone"
    );
    assert_eq!(
        refusal(FILE, "FunctionName: !GetAtt Own.Arn", "FunctionName: !Ref Queue"),
        "the rule Answered: the target own: no AWS::Lambda::Permission lets EventBridge invoke Own"
    );
    assert_eq!(
        refusal(FILE, "Id: queue, ", "Id: queue, InputPath: $.detail, "),
        "the rule Answered: InputPath of the target queue is not followed here"
    );
    assert_eq!(refusal(FILE, "Id: queue, ", ""), "the rule Answered: a target has no Id");
    assert_eq!(refusal(FILE, "Id: given, Arn: !Ref FunctionArn", "Id: given"), "the rule Answered: the target given has no Arn");
    assert!(refusal(SAM, "EventBusName: lambdesk,", "EventBusName: lambdesk, Input: x,").contains("Input of the target Notify"));
    assert_eq!(refusal(SAM, "EventBridgeRule", "Schedule"), "there is no rule about events that is enabled");
    assert_eq!(refusal(SAM, "Resources", "Things"), "there are no Resources");
    assert!(read("Resources: [", true).is_err());
}
