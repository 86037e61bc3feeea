//! What each function's role allows.

use std::collections::BTreeSet;

use lambdesk_store::schema::INDEXES;
use serde_json::{Value, json};

use super::{denials, list, of_type, owner, properties, statements, template};

/// What the reports of sent mails come from.
const REPORTING: &str = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${MailConfiguration}";

#[test]
fn each_function_has_a_role_of_its_own_and_nothing_but_it() {
    let mut roles = BTreeSet::new();
    for (name, function) in of_type("AWS::Serverless::Function") {
        assert!(function.get("Policies").is_none(), "{name} has policies beside its role");
        let role = function["Role"]["Fn::GetAtt"][0].as_str().unwrap_or_else(|| panic!("{name} has no role of the template"));
        assert!(roles.insert(role.to_owned()), "{name} shares {role}");
        assert!(properties(role).get("ManagedPolicyArns").is_none(), "{role} has managed policies");
    }
    let written: BTreeSet<_> = of_type("AWS::IAM::Role").into_iter().map(|(name, _)| name).collect();
    roles.extend(["ScheduleRole", "MailSweepRole"].map(str::to_owned));
    assert_eq!(written, roles, "a role without a function");
}

/// Who does what with which objects of the bucket.
const OBJECTS: [(&str, &str, &[&str]); 7] = [
    ("CourierFunction", "s3:GetObject", &["p/*"]),
    ("MailroomFunction", "s3:GetObject", &["inbound/*"]),
    ("MailroomFunction", "s3:PutObject", &["p/*"]),
    ("TicketsFunction", "s3:GetObject", &["p/*", "pending/*", "inbound/*"]),
    ("TicketsFunction", "s3:PutObject", &["p/*", "pending/*"]),
    ("WidgetFunction", "s3:GetObject", &["p/*"]),
    ("RelayFunction", "s3:DeleteObject", &["p/*", "inbound/*"]),
];

#[test]
fn no_permission_has_a_wildcard_or_leaves_the_stack() {
    let resources = template()["Resources"].clone();
    for (function, statement) in statements() {
        assert!(statement.get("NotAction").is_none() && statement.get("NotResource").is_none(), "{function}: {statement}");
        for action in list(&statement["Action"]) {
            let (service, call) = action.as_str().and_then(|action| action.split_once(':')).unwrap();
            assert!(!service.contains('*') && !call.contains('*'), "{function} may {action}");
        }
        for resource in list(&statement["Resource"]) {
            // Objects have names that SES makes, or that have ids of tickets.
            let object = resource["Fn::Sub"].as_str().and_then(|arn| arn.strip_prefix("${MailBucket.Arn}/"));
            if let Some(object) = object {
                let action = statement["Action"].as_str().unwrap();
                let known =
                    OBJECTS.iter().any(|(of, call, objects)| *of == function && *call == action && objects.contains(&object));
                assert!(known, "{function} may {action} {object}");
            }
            if is_elsewhere(&function, &statement["Action"], &resource) {
                continue;
            }
            // SES knows the configuration set by its name.
            if resource == json!({"Fn::Sub": REPORTING}) {
                assert_eq!((function.as_str(), &statement["Action"]), ("CourierFunction", &sending()));
                continue;
            }
            assert!(object.is_some() || !resource.to_string().contains('*'), "{function}: {resource}");
            // Parameters of SSM have names that people give them, or that the stack's name makes.
            if let Some(parameter) = ssm_parameter(&resource) {
                assert_eq!(
                    (function.as_str(), &statement["Action"]),
                    ("SessionFunction", &json!("ssm:GetParameter")),
                    "{parameter}"
                );
                continue;
            }
            let owner = owner(&resource).unwrap_or_else(|| panic!("{function}: {resource} is no resource of this stack"));
            assert!(resources.get(&owner).is_some(), "{function}: there is no {owner}");
        }
    }
}

/// What the function of channels may ask of others: of the function that takes in mail, by its name, which is there whether the desk
/// has mail or not; and of SES about domains, which people name, and to send test mails from them.
fn is_elsewhere(function: &str, actions: &Value, resource: &Value) -> bool {
    let in_account = |service: &str, name: &str| json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{name}")});
    let named = properties("MailroomFunction")["FunctionName"]["Fn::Sub"].clone();
    let mailroom = in_account("lambda", &format!("function:{}", named.as_str().unwrap()));
    let may = [
        (json!("lambda:InvokeFunction"), mailroom),
        (json!(["ses:CreateEmailIdentity", "ses:GetEmailIdentity"]), in_account("ses", "identity/*")),
        (json!("ses:TagResource"), in_account("ses", "identity/*")),
        (json!("ses:DeleteEmailIdentity"), in_account("ses", "identity/*")),
    ];
    // SES knows identities by their domains, which projects add.
    let senders = [in_account("ses", "identity/${MailDomain}"), in_account("ses", "identity/*")];
    let sends = *actions == sending() && senders.contains(resource);
    sends && function == "CourierFunction"
        || function == "ChannelsFunction" && (sends || may.contains(&(actions.clone(), resource.clone())))
}

/// The calls that send a mail.
fn sending() -> Value {
    json!(["ses:SendEmail", "ses:SendRawEmail"])
}

/// Whoever administers a project names addresses. The account's other mail is none of theirs.
#[test]
fn a_desk_sends_from_its_own_domain_and_from_those_with_its_tags() {
    let by_tag = |tag: &str| json!({"StringEquals": {tag: {"Ref": "MailDomain"}}});
    for function in ["ChannelsFunction", "CourierFunction"] {
        let of_function = statements().into_iter().filter(|(of, it)| of == function && it["Action"] == sending());
        let identities = of_function.filter_map(|(_, it)| {
            let (_, identity) = it["Resource"]["Fn::Sub"].as_str()?.split_once("identity/")?;
            Some((identity.to_owned(), it["Condition"].clone()))
        });
        let expected = [
            ("${MailDomain}".to_owned(), Value::Null),
            ("*".to_owned(), by_tag("aws:ResourceTag/lambdesk")),
            ("*".to_owned(), by_tag("aws:ResourceTag/lambdesk-sends")),
        ];
        assert_eq!(identities.collect::<Vec<_>>(), expected, "{function}");
    }
}

/// The desk gives SES's entries its own tag and no other, and has SES forget only those that have it.
#[test]
fn only_what_the_desk_has_made_in_ses_may_go() {
    let of_domain = json!({"Ref": "MailDomain"});
    for (call, tag) in [("ses:TagResource", "aws:RequestTag/lambdesk"), ("ses:DeleteEmailIdentity", "aws:ResourceTag/lambdesk")] {
        let allowed: Vec<_> = statements().into_iter().filter(|(_, it)| list(&it["Action"]).contains(&json!(call))).collect();
        let [(function, statement)] = allowed.as_slice() else { panic!("{call}: {allowed:?}") };
        assert_eq!((function.as_str(), &statement["Action"]), ("ChannelsFunction", &json!(call)));
        assert_eq!(statement["Condition"], json!({"StringEquals": {tag: of_domain}}), "{call}");
    }
}

#[test]
fn a_permission_on_the_table_names_the_keys_it_is_about() {
    for (function, statement) in statements() {
        let is_on = |table: &str| statement["Resource"] == json!({"Fn::GetAtt": [table, "Arn"]});
        if !is_on("Table") && !is_on("ContextTable") {
            continue;
        }
        let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        // Without `Null`, a call that names no key would be allowed.
        assert_eq!(statement["Condition"]["Null"], json!({"dynamodb:LeadingKeys": "false"}), "{function}: {statement}");
        assert!(!list(keys).is_empty(), "{function}: {statement}");
        for key in list(keys) {
            let key = key.as_str().unwrap();
            let first = key.split('#').next().unwrap();
            if is_on("ContextTable") {
                assert!(["E", "R", "T", "Q", "M", "B"].contains(&first), "{function}: {key}");
                continue;
            }
            assert!(
                [
                    "P", "F", "G", "A", "O", "K", "S", "W", "I", "U", "E", "TIMER", "COURIER", "ROLLOUT", "HANDOVER", "DESK",
                    "E@*", "E@@*", "MAIL"
                ]
                .contains(&first),
                "{function}: {key}"
            );
            let writes = list(&statement["Action"]).iter().any(|action| {
                !["GetItem", "BatchGetItem", "Query"].contains(&action.as_str().unwrap().trim_start_matches("dynamodb:"))
            });
            let opens = ["K", "U", "E", "O", "DESK"].contains(&first);
            // The clock records, beside the counter of projects, which projects an older version wrote.
            // Sessions are credentials.
            let may = function == "ProjectsFunction"
                || (first, function.as_str()) == ("DESK", "ClockFunction")
                || (["K", "U", "O"].contains(&first) && function == "SessionFunction");
            assert!(!writes || !opens || may, "{function} may write {key}");
        }
    }
}

/// IAM's patterns can't say "a project and nothing below it", so what is below is denied. Who reads only of the project itself gets
/// no ticket, no thread and no customer.
#[test]
fn who_reads_of_a_project_alone_reads_nothing_below_it() {
    let denied: BTreeSet<_> = denials()
        .into_iter()
        .map(|(function, statement)| {
            let below = json!({"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["P#*#*"]}});
            assert_eq!(statement["Condition"], below, "{function}");
            assert_eq!(statement["Resource"], json!({"Fn::GetAtt": ["Table", "Arn"]}), "{function}");
            (function, statement["Action"].to_string())
        })
        .collect();
    let expected = [("CaptureFunction", "dynamodb:GetItem"), ("SourceMapsFunction", "dynamodb:Query")];
    assert_eq!(denied, expected.map(|(function, call)| (function.to_owned(), json!([call]).to_string())).into());
}

#[test]
fn permissions_on_indexes_are_to_query_ones_that_exist() {
    for (function, statement) in statements() {
        for resource in list(&statement["Resource"]) {
            let Some((_, index)) = resource["Fn::Sub"].as_str().and_then(|arn| arn.split_once("/index/")) else { continue };
            assert!(INDEXES.iter().any(|known| known.name == index), "{function}: there is no index {index}");
            assert_eq!(list(&statement["Action"]), [json!("dynamodb:Query")], "{function} on {index}");
        }
    }
}

#[test]
fn each_function_writes_its_own_log_which_ends() {
    for (name, function) in of_type("AWS::Serverless::Function") {
        let log = function["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap_or_else(|| panic!("{name} has no log group"));
        assert_eq!(properties(log)["RetentionInDays"], json!({"Ref": "LogRetentionDays"}), "{log}");
        let writes = json!(["logs:CreateLogStream", "logs:PutLogEvents"]);
        let allowed: Vec<_> =
            statements().into_iter().filter(|(of, it)| *of == name && it.to_string().contains("logs:")).collect();
        assert_eq!(allowed.len(), 1, "{name}");
        assert_eq!(allowed[0].1["Action"], writes, "{name}");
        assert_eq!(allowed[0].1["Resource"], json!({"Fn::GetAtt": [log, "Arn"]}), "{name}");
    }
}

/// The parameter that an ARN names, if it is one of SSM in this account.
fn ssm_parameter(arn: &Value) -> Option<String> {
    let text = arn["Fn::Sub"].as_str().or_else(|| arn["Fn::If"][1]["Fn::Sub"].as_str())?;
    let name = text.strip_prefix("arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter")?;
    Some(name.to_owned())
}

/// The function reads the client's id by a name, and this is that name: no reference may lead back from the function to the API.
#[test]
fn the_function_of_sessions_is_not_in_a_ring_with_the_api() {
    let session = properties("SessionFunction");
    let variables = &session["Environment"]["Variables"];
    assert_eq!(variables["OIDC_CLIENT_ID_PARAMETER"], properties("ClientId")["Name"]);
    let text = session.to_string();
    assert!(!text.contains("UserPoolClient") && !text.contains("ClientId\"}"), "{text}");
    assert!(!properties("UserPool").to_string().contains("Api"));
    assert!(properties("UserPoolClient").to_string().contains("${Api}"));
    assert_eq!(properties("UserPool")["AdminCreateUserConfig"], json!({"AllowAdminCreateUserOnly": true}));
}

/// Strangers call the function that takes what browsers send. Of the desk it reads whose token it is, and it removes nothing.
#[test]
fn what_browsers_send_reaches_nothing_of_the_desk() {
    for (function, statement) in statements() {
        let actions: Vec<_> = list(&statement["Action"]).iter().map(|action| action.as_str().unwrap().to_owned()).collect();
        let on = list(&statement["Resource"]).iter().filter_map(owner).collect::<BTreeSet<_>>();
        match function.as_str() {
            "CaptureFunction" if on.contains("Table") => assert_eq!(actions, ["dynamodb:GetItem"]),
            "CaptureFunction" => assert!(actions.iter().all(|action| !action.contains("Delete") && !action.contains("Query"))),
            "NamingFunction" => assert!(!on.contains("Table")),
            "SourceMapsFunction" if on.contains("ContextTable") => {
                let keys = list(&statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
                assert!(keys.iter().all(|key| *key == "M#*" || *key == "B#*"), "{keys:?}: nothing of what browsers sent");
            }
            "SourceMapsFunction" if actions.iter().any(|action| action.starts_with("dynamodb:")) => {
                let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
                let records = actions == ["dynamodb:PutItem"] && *keys == json!(["P#*#L"]);
                let writes = |action: &String| action.contains("Put") || action.contains("Delete");
                assert!(records || !actions.iter().any(writes), "{statement}: of the desk it writes the audit log alone");
            }
            "TicketsFunction" if on.contains("ContextTable") => {
                assert!(actions.iter().all(|action| action.contains("Get") || action.contains("Query")), "it only reads");
            }
            _ => assert!(!on.contains("ContextTable"), "{function} has no use for what browsers sent"),
        }
    }
}
