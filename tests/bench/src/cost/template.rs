//! What the template has that is billed, and what it limits. It is read line by line: its shape is that of this project.

const TEXT: &str = include_str!("../../../../infra/template.yaml");

/// A resource of the template.
pub(super) struct Resource {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) condition: Option<String>,
    lines: Vec<&'static str>,
}

impl Resource {
    fn value(&self, field: &str) -> Option<&'static str> {
        self.lines.iter().find_map(|line| line.trim().strip_prefix(field)?.strip_prefix(": "))
    }
}

/// Every resource.
pub(super) fn resources() -> Vec<Resource> {
    let mut all: Vec<Resource> = Vec::new();
    let inside = TEXT.lines().skip_while(|line| *line != "Resources:").skip(1).take_while(|line| *line != "Outputs:");
    for line in inside {
        let indent = line.len() - line.trim_start().len();
        if indent == 2 && line.ends_with(':') {
            let name = line.trim().trim_end_matches(':').to_owned();
            all.push(Resource { name, kind: String::new(), condition: None, lines: Vec::new() });
        } else if let Some(resource) = all.last_mut() {
            match (indent, line.trim().split_once(": ")) {
                (4, Some(("Type", kind))) => kind.clone_into(&mut resource.kind),
                (4, Some(("Condition", condition))) => resource.condition = Some(condition.to_owned()),
                _ => resource.lines.push(line),
            }
        }
    }
    all
}

pub(super) fn of_kind(kind: &str) -> Vec<Resource> {
    resources().into_iter().filter(|resource| resource.kind == kind).collect()
}

/// The parameter that a condition asks for.
pub(super) fn parameter(condition: &str) -> &'static str {
    let asked = TEXT.lines().find_map(|line| line.trim().strip_prefix(condition)?.strip_prefix(": ")?.split_once("!Ref "));
    asked.and_then(|(_, rest)| rest.split([',', ']']).next()).unwrap_or_default()
}

/// A function's memory in GB.
pub(super) fn memory(function: &str) -> f64 {
    let own = resources().iter().find(|resource| resource.name == function).and_then(|found| found.value("MemorySize"));
    let usual = TEXT.lines().find_map(|line| line.trim().strip_prefix("MemorySize: "));
    own.or(usual).and_then(|megabytes| megabytes.parse::<f64>().ok()).unwrap_or(256.0) / 1024.0
}

/// The functions that a schedule invokes, and when.
pub(super) fn schedules() -> Vec<(Resource, &'static str)> {
    let functions = of_kind("AWS::Serverless::Function").into_iter();
    functions.filter_map(|function| function.value("ScheduleExpression").map(|when| (function, when))).collect()
}

/// The functions that Lambda feeds from a queue.
pub(super) fn fed_by_queues() -> usize {
    let reads = |resource: &Resource| resource.lines.iter().any(|line| line.trim() == "Type: SQS");
    of_kind("AWS::Serverless::Function").iter().filter(|resource| reads(resource)).count()
}

/// How many tables and indexes have a bound of their own.
pub(super) fn bounded() -> usize {
    of_kind("AWS::DynamoDB::Table")
        .iter()
        .map(|table| 1 + table.lines.iter().filter(|line| line.contains("- IndexName:")).count())
        .sum()
}

/// How many requests a second the player's API takes.
pub(super) fn throttle_of_player() -> f64 {
    let player = resources().into_iter().find(|resource| resource.name == "PlayerStage");
    let settings = player.and_then(|player| player.value("DefaultRouteSettings"));
    let rate = settings.and_then(|settings| settings.split_once("ThrottlingRateLimit: ")?.1.split(',').next()?.parse().ok());
    rate.unwrap_or(0.0)
}

/// Routes and how many requests a second each takes.
pub(super) fn throttles() -> Vec<(&'static str, f64)> {
    let rate = |line: &'static str| {
        let (route, rest) = line.trim().strip_prefix("\"ANY ")?.split_once("\": { ThrottlingRateLimit: ")?;
        Some((route, rest.split(',').next()?.parse().ok()?))
    };
    TEXT.lines().filter_map(rate).collect()
}
