//! How mail reaches the desk: from the service to the bucket and the function, and only on a desk that has a domain for it.

use serde_json::{Value, json};

use super::{asynchronous::holds_dead_letters, list, may, of_type, properties, template};

const ACCOUNT: &str = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:receipt-rule-set/*";

#[test]
fn a_desk_without_a_mail_domain_has_nothing_of_it() {
    let template = template();
    assert_eq!(template["Parameters"]["MailDomain"]["Default"], "");
    assert_eq!(template["Conditions"]["HasMail"], json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "MailDomain"}, ""]}]}));
    let names = [
        "ChannelsMailPolicy",
        "MailSendingPolicy",
        "MailBucketPolicy",
        "MailIdentity",
        "MailRule",
        "MailroomPermission",
        "MailroomFunction",
        "MailroomRole",
        "MailSweepRole",
        "MailConfiguration",
        "MailDestination",
        "MailReports",
        "MailReportsPermission",
        "CourierRule",
        "CourierPermission",
        "OpenedRule",
        "OpenedPermission",
        "CourierQueuePolicy",
        "CourierFunction",
        "CourierRole",
    ];
    for name in names {
        assert_eq!(template["Resources"][name]["Condition"], "HasMail", "{name}");
    }
    assert_eq!(template["Resources"]["MailRuleSet"]["Condition"], "MakesRuleSet");
    // What is always there names nothing of this.
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let is_always = resource["Condition"].is_null();
        let text = resource["Properties"].to_string();
        let used = names.iter().find(|name| text.contains(&format!("\"{name}\"")) || text.contains(&format!("${{{name}")));
        assert!(!is_always || used.is_none(), "{name} names {used:?}");
    }
}

#[test]
fn a_mail_is_kept_before_the_function_hears_of_it() {
    let rule = properties("MailRule")["Rule"].clone();
    assert_eq!((&rule["Enabled"], &rule["ScanEnabled"]), (&json!(true), &json!(true)));
    assert_eq!(rule["Recipients"], json!([{"Ref": "MailDomain"}]));
    let kept = json!({"S3Action": {"BucketName": {"Ref": "MailBucket"}, "ObjectKeyPrefix": "inbound/"}});
    let arn = json!({"Fn::GetAtt": ["MailroomFunction", "Arn"]});
    let told = json!({"LambdaAction": {"FunctionArn": arn, "InvocationType": "Event"}});
    assert_eq!(rule["Actions"], json!([kept, told]));
    assert_eq!(template()["Resources"]["MailRule"]["DependsOn"], json!(["MailBucketPolicy", "MailroomPermission"]));
}

#[test]
fn nobody_but_the_service_puts_mails_and_nobody_reads_them_from_outside() {
    let bucket = template()["Resources"]["MailBucket"].clone();
    assert_eq!((&bucket["DeletionPolicy"], &bucket["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
    let blocked = bucket["Properties"]["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert!(blocked.len() == 4 && blocked.values().all(|blocks| *blocks == true));
    let rules = list(&bucket["Properties"]["LifecycleConfiguration"]["Rules"]);
    let expire: Vec<_> = rules.iter().map(|rule| (rule["Prefix"].as_str().unwrap(), rule["ExpirationInDays"].clone())).collect();
    assert_eq!(expire, [("inbound/", json!(400)), ("pending/", json!(1))], "what belongs to a ticket goes with it");
    let cors = &bucket["Properties"]["CorsConfiguration"]["CorsRules"];
    assert_eq!((&cors[0]["AllowedMethods"], list(cors).len()), (&json!(["GET", "PUT"]), 1));
    let policy = properties("MailBucketPolicy")["PolicyDocument"]["Statement"].clone();
    let from_here = json!({
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}, "ArnLike": {"aws:SourceArn": {"Fn::Sub": ACCOUNT}},
    });
    let expected = json!([{
        "Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": {"Fn::Sub": "${MailBucket.Arn}/inbound/*"}, "Condition": from_here,
    }]);
    assert_eq!(policy, expected);
}

#[test]
fn what_the_function_fails_on_is_not_lost() {
    let function = properties("MailroomFunction");
    let config = &function["EventInvokeConfig"];
    assert!((1..=2).contains(&config["MaximumRetryAttempts"].as_u64().unwrap()));
    let queue = json!({"Fn::GetAtt": ["MailroomDeadLetters", "Arn"]});
    assert_eq!(config["DestinationConfig"]["OnFailure"], json!({"Type": "SQS", "Destination": queue}));
    holds_dead_letters("MailroomDeadLetters");
    assert!(may("MailroomFunction", "sqs:SendMessage", "MailroomDeadLetters"));
    assert_eq!(properties("ChannelsFunction")["Environment"]["Variables"]["MAILROOM"], function["FunctionName"]);
    assert!(may("MailroomFunction", "s3:ListBucket", "MailBucket"), "without it, a mail that is gone is one that is refused");
    for name in ["MailroomFunction", "ChannelsFunction", "ProjectsFunction", "TicketsFunction"] {
        assert_eq!(properties(name)["Environment"]["Variables"]["MAIL_DOMAIN"], json!({"Ref": "MailDomain"}), "{name}");
    }
    let invokes: Vec<Value> = of_type("AWS::Lambda::Permission")
        .into_iter()
        .filter(|(_, it)| it["FunctionName"] == json!({"Ref": "MailroomFunction"}))
        .map(|(_, it)| it)
        .collect();
    let expected = json!({
        "Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "MailroomFunction"}, "Principal": "ses.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"}, "SourceArn": {"Fn::Sub": ACCOUNT},
    });
    assert_eq!(invokes, [expected]);
}

#[test]
fn what_becomes_of_the_desks_mails_is_told_to_the_function_that_sends_them() {
    let destination = properties("MailDestination");
    assert_eq!(destination["ConfigurationSetName"], json!({"Ref": "MailConfiguration"}));
    let told = &destination["EventDestination"];
    assert_eq!(told["MatchingEventTypes"], json!(["send", "delivery", "deliveryDelay", "bounce", "complaint", "reject"]));
    let bus = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default";
    assert_eq!((&told["Enabled"], &told["EventBridgeDestination"]["EventBusArn"]), (&json!(true), &json!({"Fn::Sub": bus})));
    let rule = properties("MailReports");
    let ours = json!({"mail": {"tags": {"ses:configuration-set": [{"Ref": "MailConfiguration"}]}}});
    assert_eq!((rule.get("EventBusName"), &rule["EventPattern"]["detail"]), (None, &ours), "no other mail of the account");
    let variables = properties("CourierFunction")["Environment"]["Variables"].clone();
    let own = json!({"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"});
    let link_base = json!({"Fn::If": ["HasPublicUrl", {"Ref": "PublicUrl"}, own]});
    let expected = json!({
        "MAIL_DOMAIN": {"Ref": "MailDomain"}, "MAIL_CONFIGURATION": {"Ref": "MailConfiguration"}, "LINK_BASE": link_base,
        "MAIL_BUCKET": {"Ref": "MailBucket"},
    });
    assert_eq!(variables, expected);
    for rule in ["CourierRule", "OpenedRule", "MailReports"] {
        assert_eq!(properties(rule)["Targets"][0]["Arn"], json!({"Fn::GetAtt": ["CourierFunction", "Arn"]}), "{rule}");
    }
}
