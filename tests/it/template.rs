//! Compares `infra/template.yaml` with the code: the table's shape, what each function may do, where each route leads, and the
//! bounds of what runs asynchronously. `infra/check/template.sh` checks that the file is a valid template.

use std::{collections::BTreeSet, path::Path};

use lambdesk_domain::{
    events::EventName,
    facts::{FactKind, Kinds},
};
use lambdesk_local::bus::Rules;
use lambdesk_store::schema::{ATTRIBUTES, INDEXES};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

// --- The table ----------------------------------------------------------------------------------------------------------

#[test]
fn the_table_has_the_attributes_and_keys_of_the_store() {
    let table = properties("Table");
    let described = set(&table["AttributeDefinitions"]);
    let expected = ATTRIBUTES.map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}).to_string());
    assert_eq!(described, BTreeSet::from(expected));
    assert_eq!(table["KeySchema"], keys(ATTRIBUTES[0].0, ATTRIBUTES[1].0));
    assert!(table.get("LocalSecondaryIndexes").is_none());
}

#[test]
fn the_table_has_the_indexes_of_the_store() {
    let expected = INDEXES.map(|index| {
        let projection = if index.all { "ALL" } else { "KEYS_ONLY" };
        let projection = json!({"ProjectionType": projection});
        json!({"IndexName": index.name, "KeySchema": keys(index.hash, index.range), "Projection": projection}).to_string()
    });
    let mut described = list(&properties("Table")["GlobalSecondaryIndexes"]);
    for index in &mut described {
        index.as_object_mut().unwrap().remove("OnDemandThroughput");
    }
    assert_eq!(set(&json!(described)), BTreeSet::from(expected));
}

#[test]
fn the_table_has_its_stream_and_outlives_mistakes() {
    let table = properties("Table");
    assert_eq!(table["StreamSpecification"], json!({"StreamViewType": "NEW_AND_OLD_IMAGES"}));
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": "expires_at", "Enabled": true}));
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    let table = &template()["Resources"]["Table"];
    assert_eq!((&table["DeletionPolicy"], &table["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
}

fn keys(hash: &str, range: &str) -> Value {
    json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}])
}

// --- Permissions --------------------------------------------------------------------------------------------------------

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
    roles.insert("ScheduleRole".to_owned());
    assert_eq!(written, roles, "a role without a function");
}

#[test]
fn no_permission_has_a_wildcard_or_leaves_the_stack() {
    let resources = template()["Resources"].clone();
    for (function, statement) in statements() {
        assert_eq!(statement["Effect"], "Allow", "{function}");
        assert!(statement.get("NotAction").is_none() && statement.get("NotResource").is_none(), "{function}: {statement}");
        for action in list(&statement["Action"]) {
            let (service, call) = action.as_str().and_then(|action| action.split_once(':')).unwrap();
            assert!(!service.contains('*') && !call.contains('*'), "{function} may {action}");
        }
        for resource in list(&statement["Resource"]) {
            assert!(!resource.to_string().contains('*'), "{function}: {resource}");
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

#[test]
fn a_permission_on_the_table_names_the_keys_it_is_about() {
    for (function, statement) in statements() {
        if statement["Resource"] != json!({"Fn::GetAtt": ["Table", "Arn"]}) {
            continue;
        }
        let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        // Without `Null`, a call that names no key would be allowed.
        assert_eq!(statement["Condition"]["Null"], json!({"dynamodb:LeadingKeys": "false"}), "{function}: {statement}");
        assert!(!list(keys).is_empty(), "{function}: {statement}");
        for key in list(keys) {
            let key = key.as_str().unwrap();
            let first = key.split('#').next().unwrap();
            assert!(
                ["P", "F", "G", "A", "O", "K", "S", "W", "I", "U", "E", "TIMER", "ROLLOUT", "HANDOVER", "DESK"].contains(&first),
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

/// Every statement of the functions' roles, with the function's name.
fn statements() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, function) in of_type("AWS::Serverless::Function") {
        let role = properties(function["Role"]["Fn::GetAtt"][0].as_str().unwrap());
        for policy in list(&role["Policies"]) {
            all.extend(list(&policy["PolicyDocument"]["Statement"]).into_iter().map(|statement| (name.clone(), statement)));
        }
    }
    assert!(!all.is_empty());
    all
}

/// The resource that an ARN belongs to: `!GetAtt Name.Arn` or `!Sub "${Name.Arn}/..."`.
fn owner(arn: &Value) -> Option<String> {
    let of_attribute = arn["Fn::GetAtt"][0].as_str();
    let of_text = arn["Fn::Sub"].as_str().and_then(|text| text.strip_prefix("${")?.split_once(".Arn}")).map(|(name, _)| name);
    of_attribute.or(of_text).map(str::to_owned)
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

// --- Routes -------------------------------------------------------------------------------------------------------------

#[test]
fn every_documented_path_reaches_its_function_with_and_without_a_slash() {
    let documented = [
        ("TicketsFunction", lambdesk_tickets::api().into_openapi()),
        ("WidgetFunction", lambdesk_widget::api().into_openapi()),
        ("ExternalFunction", lambdesk_external::api().into_openapi()),
        ("ProjectsFunction", lambdesk_projects::api().into_openapi()),
    ];
    for (function, api) in documented {
        assert!(!api.paths.paths.is_empty(), "{function}");
        for path in api.paths.paths.keys() {
            assert_eq!(reached(path).as_deref(), Some(function), "{path}");
            // Only the SDK requests the files of the remote config, and always without a slash.
            if !path.starts_with("/array/") {
                assert_eq!(reached(&format!("{path}/")).as_deref(), Some(function), "{path}/");
            }
        }
    }
}

#[test]
fn what_browsers_ask_beside_the_api_reaches_the_widget_or_the_page_and_the_rest_nothing() {
    for path in ["/flags", "/i/v0/e", "/i/v0/e/", "/e"] {
        assert_eq!(reached(path).as_deref(), Some("WidgetFunction"), "{path}");
    }
    for path in ["/", "/inbox", "/inbox/1/t/12", "/static/array.js", "/static/1.2.3/conversations.js"] {
        assert_eq!(reached(path).as_deref(), Some("InboxFunction"), "{path}");
    }
    for path in ["/auth/sign-in", "/auth/callback", "/auth/sign-out", "/auth/sign-out/"] {
        assert_eq!(reached(path).as_deref(), Some("SessionFunction"), "{path}");
    }
    for path in ["/demo", "/_local/health", "/_local/tick", "/wp-login.php", "/api"] {
        assert_eq!(reached(path), None, "{path}");
    }
    assert_eq!(reached("/api/no/such/thing").as_deref(), Some("ProjectsFunction"), "404 in the API's own shape");
}

#[test]
fn routes_are_such_as_api_gateway_takes() {
    let routes: BTreeSet<_> = routes().into_iter().map(|(path, _)| format!("ANY {path}")).collect();
    for route in &routes {
        assert!(route == "ANY /" || (route.starts_with("ANY /") && !route.ends_with('/')), "{route}");
        assert!(route.split('/').rev().skip(1).all(|segment| !segment.ends_with("+}")), "{route} is greedy before its end");
    }
    // A deployment fails half-way if it has settings of a route that does not exist.
    let settings = properties("Api")["RouteSettings"].clone();
    for (route, limits) in settings.as_object().unwrap() {
        assert!(routes.contains(route), "settings of {route}, which is no route");
        assert!(limits["ThrottlingRateLimit"].is_u64() && limits["ThrottlingBurstLimit"].is_u64(), "{route}");
    }
}

/// Strangers' requests cannot use up the rate of agents and other machines, nor can polls use up the rate of writes.
#[test]
fn each_kind_of_route_is_throttled_by_itself() {
    let settings = properties("Api")["RouteSettings"].clone();
    let throttled: BTreeSet<_> = settings.as_object().unwrap().keys().cloned().collect();
    assert_eq!(throttled, routes().into_iter().map(|(path, _)| format!("ANY {path}")).collect(), "every route has its own");
    let rate = |path: &str| {
        let fitting = routes().into_iter().filter_map(|(route, _)| Some((rank(&route, path)?, route)));
        let (_, route) = fitting.max_by_key(|(rank, _)| rank.clone()).unwrap();
        (settings[format!("ANY {route}")]["ThrottlingRateLimit"].as_u64().unwrap(), route)
    };
    let widget = "/api/conversations/v1/widget";
    let (sends, message) = rate(&format!("{widget}/message"));
    let (polls, others) = rate(&format!("{widget}/messages/01890a5d-ac96-774b-bcce-b302099a8057"));
    assert!(sends < polls && message != others, "{message} {others}");
    assert_eq!(rate(&format!("{widget}/message/x")).0, sends);
    let kinds = ["/api/projects/1/conversations/tickets", "/api/conversations/external/ticket/1", "/api/projects/1"].map(rate);
    assert!(kinds.iter().all(|(_, route)| !route.contains("widget")));
    for limits in settings.as_object().unwrap().values() {
        assert!(limits["ThrottlingRateLimit"].as_u64() <= limits["ThrottlingBurstLimit"].as_u64());
    }
}

/// Each bound is off by default: a new account has ten concurrent executions in all, and nobody to write to.
#[test]
fn what_strangers_may_cost_is_a_parameter() {
    let parameters = template()["Parameters"].clone();
    for (name, off) in [("PublicConcurrency", 0), ("MaxReadUnits", -1), ("MaxWriteUnits", -1), ("MonthlyBudget", 0)] {
        assert_eq!((&parameters[name]["Default"], &parameters[name]["MinValue"]), (&json!(off), &json!(off)), "{name}");
        let condition = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": name}, off]}]});
        let given = template()["Conditions"].as_object().unwrap().values().any(|known| *known == condition);
        assert!(given, "{name} has no condition");
    }
    let none = json!({"Ref": "AWS::NoValue"});
    let or_none = |condition: &str, name: &str| json!({"Fn::If": [condition, {"Ref": name}, none]});
    for (name, function) in of_type("AWS::Serverless::Function") {
        let reserved = if name == "WidgetFunction" { or_none("HasPublicConcurrency", "PublicConcurrency") } else { Value::Null };
        assert_eq!(function["ReservedConcurrentExecutions"], reserved, "{name}");
    }
    let units = json!({
        "MaxReadRequestUnits": or_none("HasMaxReadUnits", "MaxReadUnits"),
        "MaxWriteRequestUnits": or_none("HasMaxWriteUnits", "MaxWriteUnits"),
    });
    let units = json!({"Fn::If": ["HasMaxUnits", units, none]});
    let table = properties("Table");
    assert_eq!(table["OnDemandThroughput"], units);
    for index in list(&table["GlobalSecondaryIndexes"]) {
        assert_eq!(index["OnDemandThroughput"], units, "{index}");
    }
    let budget = &template()["Resources"]["Budget"];
    assert_eq!((&budget["Type"], &budget["Condition"]), (&json!("AWS::Budgets::Budget"), &json!("HasBudget")));
    let subscribers = budget["Properties"]["NotificationsWithSubscribers"].as_array().unwrap();
    assert!(!subscribers.is_empty());
    assert!(subscribers.iter().all(|it| it["Subscribers"][0]["Address"] == json!({"Ref": "BudgetEmail"})));
}

#[test]
fn more_alarms_than_are_free_are_asked_for() {
    let resources = template()["Resources"].clone();
    let alarms = resources.as_object().unwrap().values().filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let (free, more): (Vec<_>, Vec<_>) = alarms.partition(|alarm| alarm["Condition"].is_null());
    assert!((1..=10).contains(&free.len()), "{} alarms that nobody asked for", free.len());
    assert!(more.iter().all(|alarm| alarm["Condition"] == "HasMoreAlarms"));
    assert_eq!(template()["Parameters"]["MoreAlarms"]["Default"], "no");
}

#[test]
fn the_api_is_throttled_and_its_log_names_nobody() {
    let api = properties("Api");
    assert!(api["DefaultRouteSettings"]["ThrottlingRateLimit"].is_object());
    assert!(api["DefaultRouteSettings"]["ThrottlingBurstLimit"].is_object());
    let format = api["AccessLogSettings"]["Format"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(format).is_ok(), "{format}");
    for personal in ["sourceIp", "userAgent", "identity", "path", "authorizer", "Header"] {
        assert!(!format.contains(personal), "{personal} is logged");
    }
}

/// The path and the function of each route.
fn routes() -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for (name, function) in of_type("AWS::Serverless::Function") {
        for event in events(&function).into_iter().filter(|event| event["Type"] == "HttpApi") {
            let event = &event["Properties"];
            assert_eq!((&event["ApiId"], &event["Method"]), (&json!({"Ref": "Api"}), &json!("ANY")), "{name}");
            routes.push((event["Path"].as_str().unwrap().to_owned(), name.clone()));
        }
    }
    routes
}

/// The function that a request for `path` reaches: API Gateway chooses the most specific route that fits.
fn reached(path: &str) -> Option<String> {
    let fitting = routes().into_iter().filter_map(|(route, function)| Some((rank(&route, path)?, function)));
    fitting.max_by_key(|(rank, _)| rank.clone()).map(|(_, function)| function)
}

/// How specific `route` is for `path`, if it fits: each segment is a name, a variable or a greedy variable. A greedy variable
/// also takes an empty rest (`/e/` by `/e/{proxy+}`), but this does not rely on that.
fn rank(route: &str, path: &str) -> Option<Vec<u8>> {
    let mut rank = Vec::new();
    let mut path = path.split('/');
    for segment in route.split('/') {
        let given = path.next()?;
        match segment {
            greedy if greedy.ends_with("+}") => return (!given.is_empty()).then_some(rank),
            variable if variable.starts_with('{') && !given.is_empty() => rank.push(1),
            named if named == given => rank.push(2),
            _ => return None,
        }
    }
    path.next().is_none().then_some(rank)
}

// --- What runs asynchronously -------------------------------------------------------------------------------------------

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
    let known = [("AutomationFunction", "SQS"), ("ClockFunction", "ScheduleV2"), ("RelayFunction", "DynamoDB")];
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
    assert_eq!(event["ScheduleExpression"], "rate(1 minute)", "{name}");
    let (delivery, run) = (&event["RetryPolicy"], &function["EventInvokeConfig"]);
    for bounds in [delivery, run] {
        // No tick runs later than the next one.
        assert_eq!(bounds["MaximumEventAgeInSeconds"], 60, "{name}");
        assert!(bounds["MaximumRetryAttempts"].as_u64().unwrap() <= 1, "{name}");
    }
    assert!(function["Timeout"].as_u64().unwrap() >= 60, "{name}: a tick takes 40 s");
    let undelivered = queue(&event["DeadLetterConfig"]["Arn"]);
    let failed = queue(&run["DestinationConfig"]["OnFailure"]["Destination"]);
    for queue in [&undelivered, &failed] {
        holds_dead_letters(queue);
    }
    assert!(may(name, "sqs:SendMessage", &failed), "{name} may not send to {failed}");
    assert!(has_alarm("Invocations", &json!({"Ref": name})), "nobody hears that {name} does not run");
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
        let (to, dead) = (queue(&target["Arn"]), queue(&target["DeadLetterConfig"]["Arn"]));
        holds_dead_letters(&dead);
        for queue in [to, dead] {
            assert!(takes_from_the_bus_alone(&queue), "{name} may not send to {queue}, or others may");
        }
    }
}

/// The queue with this ARN. Panics if it is not in the template.
fn queue(arn: &Value) -> String {
    let queue = owner(arn).unwrap_or_else(|| panic!("{arn} is no queue of this stack"));
    assert!(of_type("AWS::SQS::Queue").iter().any(|(known, _)| *known == queue), "{queue} is no queue");
    queue
}

/// Checks that a queue keeps messages as long as SQS allows, encrypted, and that its first message raises an alarm.
fn holds_dead_letters(queue: &str) {
    let settings = properties(queue);
    assert_eq!(
        (&settings["MessageRetentionPeriod"], &settings["SqsManagedSseEnabled"]),
        (&json!(1_209_600), &json!(true)),
        "{queue}"
    );
    assert!(settings.get("RedrivePolicy").is_none(), "{queue} is the end");
    assert!(has_alarm("ApproximateNumberOfMessagesVisible", &json!({"Fn::GetAtt": [queue, "QueueName"]})), "{queue}");
}

/// Whether a function's role allows `action` on a resource.
fn may(function: &str, action: &str, resource: &str) -> bool {
    let allows = |(of, it): &(String, Value)| {
        *of == function && list(&it["Action"]).contains(&json!(action)) && owner(&it["Resource"]).as_deref() == Some(resource)
    };
    statements().iter().any(allows)
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
            && it["Condition"] == json!({"ArnLike": {"aws:SourceArn": {"Fn::Sub": source}}})
    };
    let on_the_queue = |it: &Value| list(&it["Resource"]).iter().any(|arn| owner(arn).as_deref() == Some(queue));
    !statements.is_empty() && statements.iter().all(is_the_bus) && statements.iter().any(on_the_queue)
}

#[test]
fn every_event_of_the_desk_may_set_off_workflows() {
    let names: BTreeSet<_> = EventName::ALL.iter().map(|event| json!(event.name()).to_string()).collect();
    let rules = of_type("AWS::Events::Rule");
    let [(_, rule)] = rules.as_slice() else { panic!("a rule that this test does not know: {rules:?}") };
    assert_eq!((&rule["EventBusName"], &rule["EventPattern"]["source"]), (&json!({"Ref": "Bus"}), &json!(["lambdesk"])));
    assert_eq!(set(&rule["EventPattern"]["detail-type"]), names);
    let automation = properties("AutomationFunction");
    assert_eq!(events(&automation)[0]["Properties"]["Queue"], rule["Targets"][0]["Arn"]);
    assert_eq!(automation["Environment"]["Variables"]["WORKFLOW_QUEUE_URL"], json!({"Ref": "WorkflowQueue"}));
    assert!(!may("AutomationFunction", "dynamodb:DeleteItem", "Table"), "a workflow deletes nothing");
}

/// The relay publishes the facts that rules of the template listen for, and those that `PublishFacts` adds. The local desk reads
/// from the rules themselves what the relay publishes.
#[test]
fn the_facts_that_rules_listen_for_are_published() {
    let text = text();
    assert_eq!(published(&parsed(&text)), Rules::read(&text).unwrap().facts());

    let kinds: Vec<_> = FactKind::ALL.iter().map(|kind| kind.name()).collect();
    let parameter = &template()["Parameters"]["PublishFacts"];
    let allowed: Vec<_> = std::iter::once("").chain(kinds).collect();
    assert_eq!((&parameter["Default"], &parameter["AllowedValues"]), (&json!(""), &json!(allowed)));
}

/// A rule without `detail-type` listens to every kind, so `FACTS` has to name every kind.
#[test]
fn a_rule_listens_to_every_kind_that_its_pattern_does_not_exclude() {
    const TARGET: &str = "{ Id: queue, Arn: !GetAtt WorkflowQueue.Arn }";
    let all = FactKind::ALL.iter().copied().collect::<Kinds>();
    let listening = |pattern: &str| {
        let properties = format!("{{ EventBusName: !Ref Bus, EventPattern: {pattern}, Targets: [{TARGET}] }}");
        let rule = format!("Resources:\n  Listens: {{ Type: AWS::Events::Rule, Properties: {properties} }}\n");
        let text = text();
        assert_eq!(text.matches("\nResources:\n").count(), 1);
        text.replace("\nResources:\n", &format!("\n{rule}"))
    };
    let heard = |pattern: &str| Rules::read(&listening(pattern)).unwrap().facts();
    assert_eq!(heard("{ source: [lambdesk.facts] }"), all);
    assert_eq!(heard("{ source: [lambdesk.facts], detail: { cause: [agent] } }"), all);
    assert_eq!(heard("{ source: [lambdesk.facts], detail-type: [message.added] }"), Kinds::from_iter([FactKind::MessageAdded]));
    assert_eq!(heard("{ source: [lambdesk] }"), Kinds::default());

    let listens = listening("{ source: [lambdesk.facts] }");
    assert_ne!(published(&parsed(&listens)), all, "the relay publishes nothing for the rule");
    let kinds: Vec<_> = all.iter().map(FactKind::name).collect();
    let facts = format!("FACTS: !Join [\",\", [{}, !Join [\",\", !Ref PublishFacts]]]", kinds.join(", "));
    let complete = listens.replace("FACTS: !Join [\",\", !Ref PublishFacts]", &facts);
    assert_eq!(published(&parsed(&complete)), all);
}

/// The kinds of facts in the relay's `FACTS`, without those of `PublishFacts`, which come last.
fn published(template: &Value) -> Kinds {
    let facts = &template["Resources"]["RelayFunction"]["Properties"]["Environment"]["Variables"]["FACTS"]["Fn::Join"];
    assert_eq!(facts[0], ",");
    let added = json!({"Ref": "PublishFacts"});
    if facts[1] == added {
        return Kinds::default();
    }
    let mut own = list(&facts[1]);
    assert_eq!(own.pop(), Some(json!({"Fn::Join": [",", added]})), "PublishFacts comes last");
    own.iter().map(|kind| kind.as_str().and_then(FactKind::parse).unwrap_or_else(|| panic!("no kind of fact: {kind}"))).collect()
}

#[test]
fn the_desks_own_rules_and_the_archive_name_their_source() {
    for kind in ["AWS::Events::Rule", "AWS::Events::Archive"] {
        for (name, resource) in of_type(kind) {
            let sources = list(&resource["EventPattern"]["source"]);
            assert!([json!(["lambdesk"]), json!(["lambdesk.facts"])].contains(&json!(sources)), "{name} would hear anything");
        }
    }
    for (name, archive) in of_type("AWS::Events::Archive") {
        assert_eq!(archive["EventPattern"], json!({"source": ["lambdesk"]}), "{name}");
    }
}

#[test]
fn what_customers_wrote_does_not_stay_on_the_bus_for_ever() {
    for (name, archive) in of_type("AWS::Events::Archive") {
        assert_eq!(archive["RetentionDays"], json!({"Ref": "EventArchiveDays"}), "{name}");
    }
    let days = &template()["Parameters"]["EventArchiveDays"];
    // Zero would keep events for ever.
    assert_eq!((&days["Default"], &days["MinValue"]), (&json!(7), &json!(1)));
}

#[test]
fn failures_of_the_api_have_an_alarm() {
    assert!(has_alarm("5xx", &json!({"Ref": "Api"})));
    assert!(of_type("AWS::CloudWatch::Alarm").iter().any(|(_, alarm)| alarm["MetricName"] == "WidgetFlood"));
    for (name, alarm) in of_type("AWS::CloudWatch::Alarm") {
        assert!(alarm["AlarmActions"].to_string().contains("AlarmTopic"), "nobody hears of {name}");
    }
}

/// Whether an alarm watches `metric` of this resource.
fn has_alarm(metric: &str, whom: &Value) -> bool {
    let watches = |alarm: &Value| alarm["MetricName"] == metric && alarm["Dimensions"][0]["Value"] == *whom;
    of_type("AWS::CloudWatch::Alarm").iter().any(|(_, alarm)| watches(alarm))
}

#[test]
fn the_relay_is_sent_tickets_before_and_after_a_write() {
    let number = INDEXES.iter().find(|index| index.name == "by_number").unwrap().range;
    let relay = properties("RelayFunction");
    let filters = list(&events(&relay)[0]["Properties"]["FilterCriteria"]["Filters"]);
    let patterns: Vec<Value> =
        filters.iter().map(|filter| serde_json::from_str(filter["Pattern"].as_str().unwrap()).unwrap()).collect();
    let [after, before] = ["NewImage", "OldImage"].map(|image| {
        let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": ["~"]}});
        json!({"dynamodb": {"Keys": keys, image: {number: {"N": [{"exists": true}]}}}})
    });
    let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": [{"prefix": "M#"}]}});
    let message = json!({"eventName": ["INSERT"], "dynamodb": {"Keys": keys}});
    let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": ["C#"]}});
    let profile = json!({"dynamodb": {"Keys": keys, "NewImage": {"tld": {"S": [{"exists": true}]}}}});
    assert_eq!(patterns, [after, before, message, profile]);
}

#[test]
fn each_function_is_built_from_its_own_crate_and_finds_its_table() {
    for (name, function) in of_type("AWS::Serverless::Function") {
        let crate_name = name.trim_end_matches("Function").to_lowercase();
        assert_eq!(function["CodeUri"], format!("../functions/{crate_name}"));
        let metadata = &template()["Resources"][&name]["Metadata"];
        assert_eq!(metadata["BuildProperties"]["Binary"], format!("lambdesk-{crate_name}"));
        assert!(root().join("functions").join(&crate_name).join("src/main.rs").is_file(), "{name}");
    }
    let global = &template()["Globals"]["Function"];
    assert_eq!(global["Environment"]["Variables"]["TABLE_NAME"], properties("Table")["TableName"]);
    assert_eq!(global["Environment"]["Variables"]["PUBLIC_URL"], json!({"Ref": "PublicUrl"}));
    assert_eq!(global["Runtime"], "provided.al2023");
}

// --- Reading the template -----------------------------------------------------------------------------------------------

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The template as JSON, with short tags in their long form.
fn template() -> Value {
    parsed(&text())
}

fn text() -> String {
    std::fs::read_to_string(root().join("infra/template.yaml")).unwrap()
}

fn parsed(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    as_json(&documents[0])
}

fn as_json(node: &Yaml) -> Value {
    match node {
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::Boolean(truth)) => json!(truth),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Sequence(items) => items.iter().map(as_json).collect(),
        Yaml::Mapping(pairs) => {
            let mut object = Map::new();
            for (key, value) in pairs {
                let key = as_json(key).as_str().expect("a key that is text").to_owned();
                assert!(object.insert(key.clone(), as_json(value)).is_none(), "{key} twice");
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, node) => function(&tag.suffix, &as_json(node)),
        other => panic!("not expected in a template: {other:?}"),
    }
}

/// The long form of `!Name argument`.
fn function(name: &str, argument: &Value) -> Value {
    match name {
        "Ref" | "Condition" => json!({name: argument}),
        "GetAtt" => {
            let (resource, attribute) = argument.as_str().and_then(|path| path.split_once('.')).unwrap();
            json!({"Fn::GetAtt": [resource, attribute]})
        }
        _ => json!({format!("Fn::{name}"): argument}),
    }
}

fn properties(resource: &str) -> Value {
    let found = template()["Resources"][resource]["Properties"].take();
    assert!(found.is_object(), "there is no {resource}");
    found
}

/// Name and properties of each resource of a type. Panics if there is none.
fn of_type(kind: &str) -> Vec<(String, Value)> {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let found = resources.iter().filter(|(_, resource)| resource["Type"] == kind);
    let found: Vec<_> = found.map(|(name, resource)| (name.clone(), resource["Properties"].clone())).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

fn events(function: &Value) -> Vec<Value> {
    function["Events"].as_object().unwrap().values().cloned().collect()
}

/// The items of a value that may be a list or a single item.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// The items of a list, without their order.
fn set(value: &Value) -> BTreeSet<String> {
    list(value).iter().map(Value::to_string).collect()
}
