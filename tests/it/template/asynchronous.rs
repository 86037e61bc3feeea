//! The bounds of what runs asynchronously: retries, dead letters and alarms.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{events, has_alarm, list, may, of_type, owner, properties};

#[test]
fn every_asynchronous_edge_ends_in_a_dead_letter_queue_with_an_alarm() {
    let mut edges = Vec::new();
    for (name, function) in of_type("AWS::Serverless::Function") {
        for event in events(&function).into_iter().filter(|event| event["Type"] != "HttpApi") {
            let kind = event["Type"].as_str().unwrap().to_owned();
            match kind.as_str() {
                "DynamoDB" => stream_is_bounded(&name, &event["Properties"]),
                "SQS" => queue_is_bounded(&name, &function, &event["Properties"]),
                "ScheduleV2" => schedule_is_bounded(&name, &function, &event["Properties"]),
                _ => panic!("{name}: this test does not know what bounds an event of {kind}"),
            }
            edges.push((name.clone(), kind));
        }
    }
    let known = [
        ("AutomationFunction", "SQS"),
        ("ClockFunction", "ScheduleV2"),
        ("MailroomFunction", "ScheduleV2"),
        ("RelayFunction", "DynamoDB"),
    ];
    assert_eq!(edges.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect::<BTreeSet<_>>(), BTreeSet::from(known));
    for (name, rule) in of_type("AWS::Events::Rule") {
        rule_is_bounded(&name, &rule);
    }
}

fn stream_is_bounded(name: &str, event: &Value) {
    assert!((1..=100).contains(&event["MaximumRetryAttempts"].as_u64().unwrap()), "{name}");
    assert!((60..=43_200).contains(&event["MaximumRecordAgeInSeconds"].as_u64().unwrap()), "{name}");
    assert_eq!(event["BisectBatchOnFunctionError"], true, "{name}");
    assert_eq!(event["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{name}");
    assert_eq!(event["StartingPosition"], "TRIM_HORIZON", "{name}");
    let queue = queue(&event["DestinationConfig"]["OnFailure"]["Destination"]);
    holds_dead_letters(&queue);
    assert!(may(name, "sqs:SendMessage", &queue), "{name} may not send to {queue}");
    for metric in ["IteratorAge", "Errors", "Throttles"] {
        assert!(has_alarm(metric, &json!({"Ref": name})), "{name} has no alarm on {metric}");
    }
}

fn queue_is_bounded(name: &str, function: &Value, event: &Value) {
    assert_eq!(event["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{name}");
    assert!((1..=10).contains(&event["BatchSize"].as_u64().unwrap()), "{name}");
    assert!((2..=20).contains(&event["ScalingConfig"]["MaximumConcurrency"].as_u64().unwrap()), "{name}");
    let queue = queue(&event["Queue"]);
    let settings = properties(&queue);
    let (hidden, timeout) = (settings["VisibilityTimeout"].as_u64().unwrap(), function["Timeout"].as_u64().unwrap());
    assert!(hidden >= 6 * timeout, "{queue}: a message would come to a second function while the first is at it");
    assert_eq!(settings["SqsManagedSseEnabled"], true, "{queue}");
    // AWS recommends at least five, so that a throttled function loses nothing.
    assert!((5..=20).contains(&settings["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap()), "{queue}");
    holds_dead_letters(&self::queue(&settings["RedrivePolicy"]["deadLetterTargetArn"]));
    for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"] {
        assert!(may(name, action, &queue), "{name} may not {action} on {queue}");
    }
    assert!(has_alarm("ApproximateAgeOfOldestMessage", &json!({"Fn::GetAtt": [queue, "QueueName"]})), "{queue}");
    // The function sends to the queue that it reads, which Lambda's loop detection would stop.
    assert_eq!(function["RecursiveLoop"], "Allow", "{name}");
    let dead = self::queue(&settings["RedrivePolicy"]["deadLetterTargetArn"]);
    assert!(may(name, "sqs:SendMessage", &dead), "{name} may not set aside");
    let variables = &function["Environment"]["Variables"];
    assert_eq!(
        (&variables["WORKFLOW_QUEUE_URL"], &variables["WORKFLOW_DEAD_LETTERS_URL"]),
        (&json!({"Ref": queue}), &json!({"Ref": dead}))
    );
    assert_eq!(settings["RedrivePolicy"]["maxReceiveCount"], lambdesk_automation::MOST_FAILURES, "the function counts on");
}

fn schedule_is_bounded(name: &str, function: &Value, event: &Value) {
    let (delivery, run) = (&event["RetryPolicy"], &function["EventInvokeConfig"]);
    if name == "ClockFunction" {
        assert_eq!(event["ScheduleExpression"], "rate(1 minute)", "{name}");
        for bounds in [delivery, run] {
            // No tick runs later than the next one.
            assert_eq!(bounds["MaximumEventAgeInSeconds"], 60, "{name}");
            assert!(bounds["MaximumRetryAttempts"].as_u64().unwrap() <= 1, "{name}");
        }
        assert!(function["Timeout"].as_u64().unwrap() >= 60, "{name}: a tick takes 40 s");
        assert!(has_alarm("Invocations", &json!({"Ref": name})), "nobody hears that {name} does not run");
    } else {
        // Lambda keeps a mail for six hours and tries it twice more, so yesterday's mail is looked at later than that.
        assert_eq!(
            (&event["ScheduleExpression"], &event["Input"]),
            (&json!("cron(0 7 * * ? *)"), &json!("{\"sweep\": {}}")),
            "{name}"
        );
        assert!((1..=185).contains(&delivery["MaximumRetryAttempts"].as_u64().unwrap()), "{name}");
        assert!((60..=43_200).contains(&delivery["MaximumEventAgeInSeconds"].as_u64().unwrap()), "{name}");
    }
    let undelivered = queue(&event["DeadLetterConfig"]["Arn"]);
    let failed = queue(&run["DestinationConfig"]["OnFailure"]["Destination"]);
    for queue in [&undelivered, &failed] {
        holds_dead_letters(queue);
    }
    assert!(may(name, "sqs:SendMessage", &failed), "{name} may not send to {failed}");
    // The schedule's role allows these two actions only, and only the scheduler's service may assume it.
    let role = properties(event["RoleArn"]["Fn::GetAtt"][0].as_str().unwrap());
    let trust = &role["AssumeRolePolicyDocument"]["Statement"];
    assert_eq!(trust[0]["Principal"], json!({"Service": "scheduler.amazonaws.com"}), "{name}");
    let statements = list(&role["Policies"][0]["PolicyDocument"]["Statement"]);
    let allowed: BTreeSet<_> =
        statements.iter().map(|it| (it["Action"].as_str().unwrap(), owner(&it["Resource"]).unwrap())).collect();
    let expected = [("lambda:InvokeFunction", name.to_owned()), ("sqs:SendMessage", undelivered)];
    assert_eq!((list(&role["Policies"]).len(), allowed), (1, BTreeSet::from(expected)), "{name}");
}

fn rule_is_bounded(name: &str, rule: &Value) {
    for target in list(&rule["Targets"]) {
        assert!((1..=185).contains(&target["RetryPolicy"]["MaximumRetryAttempts"].as_u64().unwrap()), "{name}");
        assert!((60..=86_400).contains(&target["RetryPolicy"]["MaximumEventAgeInSeconds"].as_u64().unwrap()), "{name}");
        let dead = queue(&target["DeadLetterConfig"]["Arn"]);
        holds_dead_letters(&dead);
        assert!(takes_from_the_bus_alone(&dead), "{name} may not send to {dead}, or others may");
        let to = owner(&target["Arn"]).unwrap_or_else(|| panic!("{name} leads out of the stack"));
        if to.ends_with("Function") {
            invocation_is_bounded(name, &to, &dead);
        } else {
            assert!(takes_from_the_bus_alone(&queue(&target["Arn"])), "{name} may not send to {to}, or others may");
        }
    }
}

/// A function that a rule invokes: the rule alone may, and what the function fails on ends among the rule's dead letters.
fn invocation_is_bounded(rule: &str, function: &str, dead: &str) {
    let config = properties(function)["EventInvokeConfig"].clone();
    assert!((1..=2).contains(&config["MaximumRetryAttempts"].as_u64().unwrap()), "{function}");
    assert_eq!(queue(&config["DestinationConfig"]["OnFailure"]["Destination"]), dead, "{function}");
    assert!(may(function, "sqs:SendMessage", dead), "{function} may not send to {dead}");
    let permissions = of_type("AWS::Lambda::Permission").into_iter().map(|(_, permission)| permission);
    let invokes = |rule: &Value| {
        let targets = list(&rule["Targets"]);
        targets.iter().any(|target| owner(&target["Arn"]).as_deref() == Some(function))
    };
    let rules: BTreeSet<_> =
        of_type("AWS::Events::Rule").into_iter().filter(|(_, it)| invokes(it)).map(|(name, _)| name).collect();
    let (permissions, others): (Vec<_>, Vec<_>) = permissions
        .filter(|it| it["FunctionName"] == json!({"Ref": function}))
        .partition(|it| owner(&it["SourceArn"]).as_deref() == Some(rule));
    assert!(others.iter().all(|it| owner(&it["SourceArn"]).is_some_and(|other| rules.contains(&other))), "{function}");
    let expected = json!({
        "Action": "lambda:InvokeFunction", "FunctionName": {"Ref": function}, "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [rule, "Arn"]},
    });
    assert_eq!(permissions, [expected]);
}

/// The queue with this ARN. Panics if it is not in the template.
fn queue(arn: &Value) -> String {
    let queue = owner(arn).unwrap_or_else(|| panic!("{arn} is no queue of this stack"));
    assert!(of_type("AWS::SQS::Queue").iter().any(|(known, _)| *known == queue), "{queue} is no queue");
    queue
}

/// Checks that a queue keeps messages as long as SQS allows, encrypted, and that its first message raises an alarm.
pub(super) fn holds_dead_letters(queue: &str) {
    let settings = properties(queue);
    assert_eq!(
        (&settings["MessageRetentionPeriod"], &settings["SqsManagedSseEnabled"]),
        (&json!(1_209_600), &json!(true)),
        "{queue}"
    );
    assert!(settings.get("RedrivePolicy").is_none(), "{queue} is the end");
    assert!(has_alarm("ApproximateNumberOfMessagesVisible", &json!({"Fn::GetAtt": [queue, "QueueName"]})), "{queue}");
}

/// Whether a condition admits one rule of the template, and nothing else.
fn is_of_a_rule(condition: &Value) -> bool {
    let arn = &condition["ArnLike"]["aws:SourceArn"];
    let is_rule = owner(arn).is_some_and(|named| of_type("AWS::Events::Rule").iter().any(|(name, _)| *name == named));
    is_rule && *condition == json!({"ArnLike": {"aws:SourceArn": arn}})
}

/// Whether a queue's policies allow only the bus's rules to send to it.
fn takes_from_the_bus_alone(queue: &str) -> bool {
    let policies = of_type("AWS::SQS::QueuePolicy").into_iter().map(|(_, policy)| policy);
    let policies: Vec<_> = policies.filter(|policy| list(&policy["Queues"]).contains(&json!({"Ref": queue}))).collect();
    let statements: Vec<_> = policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])).collect();
    let source = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${Bus}/*";
    let is_the_bus = |it: &Value| {
        it["Effect"] == "Allow"
            && it["Principal"] == json!({"Service": "events.amazonaws.com"})
            && it["Action"] == "sqs:SendMessage"
            && (it["Condition"] == json!({"ArnLike": {"aws:SourceArn": {"Fn::Sub": source}}}) || is_of_a_rule(&it["Condition"]))
    };
    let on_the_queue = |it: &Value| list(&it["Resource"]).iter().any(|arn| owner(arn).as_deref() == Some(queue));
    !statements.is_empty() && statements.iter().all(is_the_bus) && statements.iter().any(on_the_queue)
}
