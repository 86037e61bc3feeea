"""Compares each pair of pattern and event with moto. The pattern gets a rule on a bus of its own, with a queue as its target.
The pair matches if the event arrives in the queue. A pair that is marked `moto` must differ, so that no mark outlives its
reason.

An event without a source or type gets one here, because PutEvents requires both."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, pairs = sys.argv[1:]
aws = {
    "endpoint_url": endpoint,
    "region_name": "us-east-1",
    "aws_access_key_id": "local",
    "aws_secret_access_key": "local",
    "config": Config(retries={"max_attempts": 1}),
}
events, sqs = boto3.client("events", **aws), boto3.client("sqs", **aws)


def ask_moto(number, pattern, event):
    """Whether the event arrives in moto's queue; "refused" if moto refuses the pattern; or the status of an error."""
    name = f"pair-{number}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name=name)
    try:
        events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps(pattern))
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidEventPatternException":
            return "refused"
        raise
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
    entry = {
        "EventBusName": name,
        "Source": event.get("source", "lambdesk"),
        "DetailType": event.get("detail-type", "test"),
        "Detail": json.dumps(event["detail"]),
        "Resources": event.get("resources", []),
    }
    try:
        failed = events.put_events(Entries=[entry])["FailedEntryCount"]
    except ClientError as error:
        # Moto accepted the pattern, but cannot evaluate it.
        return f"error {error.response['ResponseMetadata']['HTTPStatusCode']}"
    assert failed == 0, entry
    return "Messages" in sqs.receive_message(QueueUrl=queue)


wrong = differing = agreeing = 0
for number, pair in enumerate(json.load(open(pairs, encoding="utf-8"))):
    found = ask_moto(number, pair["pattern"], pair["event"])
    if (found == pair["expected"]) == ("moto" in pair):
        wrong += 1
        print(f"{pair['name']}: expected {pair['expected']}, moto says {found}", pair.get("moto", ""))
    elif "moto" in pair:
        differing += 1
        print(f"  {pair['name']}: {pair['expected']}, moto {found} ({pair['moto']})")
    else:
        agreeing += 1
print(f"{agreeing} pairs as moto has them, {differing} where it is known to differ, {wrong} wrong")
# A last line in the form of a test runner's.
print(f"{agreeing + differing} passed, {wrong} failed")
sys.exit(wrong > 0)
