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
const MACHINE: &str = "
Resources:
  Escalate:
    Type: AWS::Serverless::StateMachine
    Properties:
      Events:
        Urgent: { Type: EventBridgeRule, Properties: { EventBusName: lambdesk, Pattern: { source: [lambdesk] } } }
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
fn an_event_may_have_its_older_name() {
    let (rules, direct) = read(&SAM.replace("EventBridgeRule", "CloudWatchEvent"), true).unwrap();
    assert_eq!((rules[0].name.as_str(), direct[0].function.as_str()), ("NotifyUrgent", "Notify"));
}

#[test]
fn what_a_state_machine_would_get_is_shown() {
    let (rules, direct) = read(MACHINE, true).unwrap();
    let [rule] = rules.as_slice() else { panic!("{rules:?}") };
    assert!(rule.is_shown && rule.pattern.matches(&json!({"source": "lambdesk", "detail": {}})));
    assert_eq!((rule.name.as_str(), direct.len()), ("EscalateUrgent", 0));
    assert_eq!(rule.targets, [Target { id: "state machine".to_owned(), queue: None }]);
    assert!(refusal(MACHINE, "EventBusName: lambdesk,", "").starts_with("the event Urgent of Escalate: its EventBusName"));
    assert_eq!(
        refusal(MACHINE, "EventBusName: lambdesk,", "EventBusName: lambdesk, InputPath: $.detail,"),
        "the event Urgent of Escalate: InputPath of the target Escalate is not followed here"
    );
}

#[test]
fn retries_are_as_many_as_the_function_asks_for() {
    let with = |config: &str| {
        let function = format!("Own: {{ Type: AWS::Serverless::Function, Properties: {{ EventInvokeConfig: {{ {config} }} }} }}");
        FILE.replace("Own: { Type: AWS::Serverless::Function }", &function)
    };
    let tries =
        |file: &str| read(file, true).unwrap().1.iter().map(|direct| direct.settings.max_receive_count).collect::<Vec<_>>();
    assert_eq!(tries(FILE), [3, 3, 3]);
    assert_eq!(tries(&with("MaximumRetryAttempts: 0")), [1, 3, 3]);
    assert_eq!(tries(&with("MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: x } }")), [2, 3, 3]);
    for (config, reason) in [
        ("MaximumRetryAttempts: 3", "EventInvokeConfig.MaximumRetryAttempts of Own is more than 2"),
        ("MaximumEventAgeInSeconds: 60", "EventInvokeConfig.MaximumEventAgeInSeconds of Own is not followed here"),
        ("DestinationConfig: { OnSuccess: {} }", "EventInvokeConfig.DestinationConfig.OnSuccess of Own is not followed here"),
    ] {
        for can_invoke in [true, false] {
            let refused = read(&with(config), can_invoke).unwrap_err().to_string();
            assert_eq!(refused, format!("the rule Answered: {reason}"));
        }
    }
    assert_eq!(
        refusal(FILE, "  Off:", "  Retries: { Type: AWS::Lambda::EventInvokeConfig }\n  Off:"),
        "Retries: an AWS::Lambda::EventInvokeConfig is not followed here; use EventInvokeConfig of the function"
    );
    assert_eq!(
        refusal(FILE, "Parameters:", "Globals: { Function: { EventInvokeConfig: { MaximumRetryAttempts: 0 } } }\nParameters:"),
        "Globals: EventInvokeConfig of Function is not followed here; write it at the function"
    );
}

#[test]
fn a_target_whose_kind_cannot_be_known_is_refused() {
    let target = |arn: &str| refusal(FILE, "Id: own, Arn: !GetAtt Own.Arn", &format!("Id: own, Arn: {arn}"));
    let forms = "write !GetAtt Name.Arn, !Ref Parameter, or the ARN";
    assert_eq!(
        target("!Sub \"${Own.Arn}\""),
        format!("the rule Answered: the target own: its Arn {{\"Fn::Sub\":\"${{Own.Arn}}\"}} is not followed here; {forms}")
    );
    assert_eq!(
        target("!ImportValue notify-arn"),
        format!(
            "the rule Answered: the target own: its Arn {{\"Fn::ImportValue\":\"notify-arn\"}} is not followed here; {forms}"
        )
    );
    assert!(target("Own").contains("its Arn \"Own\" is not followed here"));
    assert_eq!(target("!Ref Gone"), "the rule Answered: the target own: there is no Gone");
    assert!(target("!Ref Own").contains("!Ref Own is a function's name and no ARN"));
    assert!(target("!GetAtt Own.Version").contains("Version of Own is not followed here"));
}

#[test]
fn a_misspelt_pattern_is_no_rule_without_events() {
    assert_eq!(
        refusal(FILE, "      EventPattern: { source: [lambdesk.facts]", "      EventPatern: { source: [lambdesk.facts]"),
        "the rule Answered: there is no property EventPatern"
    );
    assert_eq!(
        refusal(FILE, "ScheduleExpression: rate(1 day)", "Description: nothing"),
        "the rule Nightly: it has neither EventPattern nor ScheduleExpression"
    );
    assert!(refusal(FILE, "State: DISABLED", "State: OFF").starts_with("the rule Off: its State"));
    assert!(refusal(SAM, "Pattern:", "EventPattern:").contains("EventPattern of the target Notify is not followed here"));
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
