//! Where each route leads, and how it is throttled.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use super::{events, list, of_type, properties, template};

#[test]
fn every_documented_path_reaches_its_function_with_and_without_a_slash() {
    let documented = [
        ("TicketsFunction", lambdesk_tickets::api::<OpenApi>()),
        ("WidgetFunction", lambdesk_widget::api::<OpenApi>()),
        ("ChannelsFunction", lambdesk_channels::api::<OpenApi>()),
        ("ExternalFunction", lambdesk_external::api::<OpenApi>()),
        ("ProjectsFunction", lambdesk_projects::api::<OpenApi>()),
        ("SourceMapsFunction", lambdesk_sourcemaps::api::<OpenApi>()),
    ];
    for (function, api) in documented {
        assert!(!api.paths.paths.is_empty(), "{function}");
        for path in api.paths.paths.keys() {
            assert_eq!(reached(path).as_deref(), Some(function), "{path}");
            // Only the SDK requests the files of the remote config, and always without a slash.
            if path.starts_with("/array/") {
                continue;
            }
            // A route that is the whole path has another beside it, whose greedy variable takes the empty rest, as with `/e/`.
            let beside = (format!("{path}/{{proxy+}}"), function.to_owned());
            if !routes().contains(&beside) {
                assert_eq!(reached(&format!("{path}/")).as_deref(), Some(function), "{path}/");
            }
        }
    }
}

#[test]
fn what_browsers_ask_beside_the_api_reaches_the_widget_or_the_page_and_the_rest_nothing() {
    assert_eq!(reached("/flags").as_deref(), Some("WidgetFunction"));
    for path in ["/i/v0/e", "/i/v0/e/", "/e", "/s"] {
        assert_eq!(reached(path).as_deref(), Some("CaptureFunction"), "{path}");
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

/// What `CloudFormation` refuses before anything is made: a bound of nothing, and a public address that would double a slash.
#[test]
fn parameters_that_would_break_a_desk_are_refused() {
    let template = template();
    for name in ["MaxReadUnits", "MaxWriteUnits"] {
        let is_more = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": name}, 0]}]});
        let rules = list(&template["Rules"]["UnitsAreABound"]["Assertions"]);
        assert!(rules.iter().any(|rule| rule["Assert"] == is_more), "{name}");
    }
    let pattern = template["Parameters"]["PublicUrl"]["AllowedPattern"].as_str().unwrap();
    let pattern = regex_lite::Regex::new(&format!("^(?:{pattern})$")).unwrap();
    for (given, is_taken) in [
        ("", true),
        ("https://desk.example.com", true),
        ("https://desk.example.com/", false),
        ("https://desk.example.com/desk", false),
        ("http://desk.example.com", false),
        ("https://", false),
    ] {
        assert_eq!(pattern.is_match(given), is_taken, "{given}");
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
        let is_public = ["WidgetFunction", "CaptureFunction"].contains(&name.as_str());
        let reserved = if is_public { or_none("HasPublicConcurrency", "PublicConcurrency") } else { Value::Null };
        assert_eq!(function["ReservedConcurrentExecutions"], reserved, "{name}");
    }
    let units = json!({
        "MaxReadRequestUnits": or_none("HasMaxReadUnits", "MaxReadUnits"),
        "MaxWriteRequestUnits": or_none("HasMaxWriteUnits", "MaxWriteUnits"),
    });
    let units = json!({"Fn::If": ["HasMaxUnits", units, none]});
    let table = properties("Table");
    assert_eq!(table["OnDemandThroughput"], units);
    assert_eq!(properties("ContextTable")["OnDemandThroughput"], units);
    for index in list(&table["GlobalSecondaryIndexes"]) {
        assert_eq!(index["OnDemandThroughput"], units, "{index}");
    }
    let budget = &template()["Resources"]["Budget"];
    assert_eq!((&budget["Type"], &budget["Condition"]), (&json!("AWS::Budgets::Budget"), &json!("HasBudget")));
    let subscribers = budget["Properties"]["NotificationsWithSubscribers"].as_array().unwrap();
    assert!(!subscribers.is_empty());
    assert!(subscribers.iter().all(|it| it["Subscribers"][0]["Address"] == json!({"Ref": "BudgetEmail"})));
}

/// The player of recordings is on an origin without an agent's session, may be framed by the inbox only, and may do nothing.
#[test]
fn the_player_has_an_api_of_its_own_which_leads_nowhere_else() {
    let address = |api: &str, more: &str| {
        let host = format!("https://${{{api}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}{more}");
        json!({"Fn::Sub": host})
    };
    let variables = |function: &str| properties(function)["Environment"]["Variables"].clone();
    assert_eq!(variables("InboxFunction")["PLAYER_ORIGINS"], address("PlayerApi", ""));
    let files = json!({"Fn::Sub": "https://${MailBucket}.s3.${AWS::Region}.amazonaws.com"});
    let origins = json!({"INBOX_ORIGINS": address("Api", " ${PublicUrl}"), "FILES_ORIGINS": files});
    assert_eq!(variables("ReplayFunction"), origins);
    assert_eq!(events(&properties("ReplayFunction")), [Value::Null; 0], "no route of the desk's own API");
    let api = properties("PlayerApi");
    // With its routes inside, the API would need the function, which needs the desk's API, which needs the inbox, which needs it.
    assert!(api["Body"].is_null() && api["Target"].is_null() && api["CorsConfiguration"].is_null(), "{api}");
    let (routes, integration) = (of_type("AWS::ApiGatewayV2::Route"), properties("PlayerIntegration"));
    assert_eq!(routes.len(), 1);
    assert_eq!((&routes[0].1["ApiId"], &routes[0].1["RouteKey"]), (&json!({"Ref": "PlayerApi"}), &json!("GET /{proxy+}")));
    assert_eq!(integration["IntegrationUri"], json!({"Fn::GetAtt": ["ReplayFunction", "Arn"]}));
    assert_eq!(integration["PayloadFormatVersion"], "2.0");
    assert!(properties("PlayerStage")["DefaultRouteSettings"]["ThrottlingRateLimit"].is_u64());
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
