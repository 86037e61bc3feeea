//! Which functions read which queues: the SQS events of the template, which Lambda calls "event source mappings".

use std::io;

use serde_json::{Map, Value, json};

use crate::template::{invalid, of_type};

/// How a function reads a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The function, by its resource's name.
    pub function: String,
    /// The queue, by its resource's name.
    pub queue: String,
    /// The most messages in one batch.
    pub batch: usize,
    /// The most batches that the function works on at once.
    pub concurrency: usize,
}

/// Reads the template's SQS events. An event with a setting that is not followed here is an error.
pub(super) fn read(resources: &Map<String, Value>) -> io::Result<Vec<Mapping>> {
    let mut all = Vec::new();
    for (function, resource) in of_type(resources, "AWS::Serverless::Function") {
        let events = resource["Properties"]["Events"].as_object().into_iter().flat_map(Map::values);
        for event in events.filter(|event| event["Type"] == "SQS") {
            all.push(mapping(function, &event["Properties"]).map_err(|error| invalid(format!("{function}: {error}")))?);
        }
    }
    Ok(all)
}

fn mapping(function: &str, event: &Value) -> Result<Mapping, String> {
    let known = ["Queue", "BatchSize", "FunctionResponseTypes", "ScalingConfig"];
    if let Some((setting, _)) = event.as_object().into_iter().flatten().find(|(setting, _)| !known.contains(&setting.as_str())) {
        return Err(format!("{setting} of an SQS event is not known"));
    }
    // Without this setting, Lambda would ignore which messages the function reports as failed.
    if event["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
        return Err("an SQS event must have FunctionResponseTypes: [ReportBatchItemFailures]".to_owned());
    }
    let queue = &event["Queue"]["Fn::GetAtt"];
    let queue = queue[0].as_str().filter(|_| queue[1] == "Arn").ok_or("an SQS event's Queue must be !GetAtt Queue.Arn")?;
    let number = |value: &Value, range: std::ops::RangeInclusive<u64>, what: &str| {
        let number = value.as_u64().filter(|number| range.contains(number));
        number.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| format!("{what} must be a number in {range:?}"))
    };
    Ok(Mapping {
        function: function.to_owned(),
        queue: queue.to_owned(),
        batch: number(&event["BatchSize"], 1..=10, "BatchSize")?,
        concurrency: number(&event["ScalingConfig"]["MaximumConcurrency"], 2..=1000, "MaximumConcurrency")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Value {
        let event = json!({"Type": "SQS", "Properties": {
            "Queue": {"Fn::GetAtt": ["Queue", "Arn"]}, "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"], "ScalingConfig": {"MaximumConcurrency": 5},
        }});
        let other = json!({"Type": "HttpApi"});
        json!({
            "Runs": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Queue": event, "Other": other}}},
            "Rests": {"Type": "AWS::Serverless::Function", "Properties": {}},
            "Queue": {"Type": "AWS::SQS::Queue"},
        })
    }

    fn refusal(setting: &str, value: Value) -> String {
        let mut template = template();
        template["Runs"]["Properties"]["Events"]["Queue"]["Properties"][setting] = value;
        read(template.as_object().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn a_function_reads_its_queue() {
        let mapping = Mapping { function: "Runs".to_owned(), queue: "Queue".to_owned(), batch: 10, concurrency: 5 };
        assert_eq!(read(template().as_object().unwrap()).unwrap(), [mapping]);
    }

    #[test]
    fn what_would_be_done_otherwise_on_aws_is_refused() {
        assert_eq!(refusal("FilterCriteria", json!({})), "Runs: FilterCriteria of an SQS event is not known");
        assert!(refusal("FunctionResponseTypes", Value::Null).contains("ReportBatchItemFailures"));
        assert!(refusal("Queue", json!("arn:elsewhere")).contains("!GetAtt"));
        assert!(refusal("BatchSize", json!(11)).contains("1..=10"));
        assert!(refusal("ScalingConfig", Value::Null).contains("MaximumConcurrency"));
    }
}
