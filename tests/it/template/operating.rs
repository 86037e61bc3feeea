//! What whoever runs a desk looks at: alarms, their runbook, and the dashboard.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{list, of_type, root, set, template};

#[test]
fn more_alarms_than_are_free_are_asked_for() {
    let resources = template()["Resources"].clone();
    let alarms = resources.as_object().unwrap().values().filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let (free, more): (Vec<_>, Vec<_>) = alarms.partition(|alarm| alarm["Condition"].is_null());
    assert!((1..=10).contains(&free.len()), "{} alarms that nobody asked for", free.len());
    assert!(more.iter().all(|alarm| alarm["Condition"] == "HasMoreAlarms"));
    assert_eq!(template()["Parameters"]["MoreAlarms"]["Default"], "no");
}

/// What is under a heading of docs/operating.md, the first column of its table.
fn first_column(heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name.to_owned());
    cells.collect()
}

#[test]
fn the_runbook_has_a_line_for_each_alarm() {
    let alarms = of_type("AWS::CloudWatch::Alarm").into_iter().map(|(name, _)| name);
    assert_eq!(first_column("Alarms").into_iter().collect::<BTreeSet<_>>(), alarms.collect::<BTreeSet<_>>());
}

#[test]
fn the_dashboard_is_asked_for_and_stays_one_of_the_free_ones() {
    assert_eq!(template()["Parameters"]["Dashboard"]["Default"], "no");
    let resources = template()["Resources"].clone();
    let board = &resources["DeskDashboard"];
    assert_eq!(board["Condition"], "HasDashboard");
    let body: Value = serde_json::from_str(board["Properties"]["DashboardBody"]["Fn::Sub"].as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let metrics: Vec<_> = widgets.iter().flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap()).collect();
    assert!((1..=50).contains(&metrics.len()), "{} metrics", metrics.len());
    // Every resource that it names is there. CloudFormation would refuse the stack, and not before it is asked for.
    let text = body.to_string();
    for name in text.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next()).filter(|name| !name.contains("::")) {
        assert!(resources[name].is_object(), "{name}");
    }
    for widget in widgets {
        assert!(widget["properties"]["region"] == "${AWS::Region}" && widget["properties"]["title"].is_string(), "{widget}");
    }
}

/// Traces are asked for. While they are recorded, every function may send them, and nothing else is added.
#[test]
fn traces_are_asked_for_and_every_function_may_send_them() {
    let template = template();
    assert_eq!(template["Parameters"]["Traces"]["Default"], "no");
    let mode = &template["Globals"]["Function"]["Tracing"];
    assert_eq!(*mode, json!({"Fn::If": ["HasTraces", "Active", "PassThrough"]}));
    let policy = &template["Resources"]["TracesPolicy"];
    assert_eq!(policy["Condition"], "HasTraces");
    let statements = list(&policy["Properties"]["PolicyDocument"]["Statement"]);
    let allows = json!({"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"});
    assert_eq!(statements, [allows]);
    let of = |function: &Value| {
        let role = json!({"Ref": function["Properties"]["Role"]["Fn::GetAtt"][0]});
        // A role is only there if its function is.
        match &function["Condition"] {
            Value::Null => role,
            condition => json!({"Fn::If": [condition, role, {"Ref": "AWS::NoValue"}]}),
        }
    };
    let resources = template["Resources"].as_object().unwrap().values();
    let functions: Vec<_> = resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function").map(of).collect();
    assert_eq!(set(&policy["Properties"]["Roles"]), set(&json!(functions)));
    assert!(functions.len() >= 16);
}
