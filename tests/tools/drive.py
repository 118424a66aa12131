"""Drives a stack that `tests/deploy` deployed to a local stand-in for AWS: `drive.py stack | update | table | kept TABLE`."""

import json
import sys
import time
import urllib.error
import urllib.request
from os import environ
from urllib.parse import urlsplit

import boto3

STACK = "rotakey"
TICK = {"detail-type": "Scheduled Event", "source": "aws.scheduler"}

cloudformation = boto3.client("cloudformation")
dynamodb = boto3.client("dynamodb")
functions = boto3.client("lambda")
logs = boto3.client("logs")


def resources():
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
    }


def outputs():
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def check(what, holds, found):
    if not holds:
        sys.exit(f"{what}: found {found!r}")
    print(f"  {what}")


def until(what, seconds, look):
    """Looks every half second until there is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return check(what, True, found)
        time.sleep(0.5)
    return check(what, False, None)


def runs(group):
    """How many invocations wrote into a log group."""
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    lines = (
        event["message"]
        for stream in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    )
    return sum(line.startswith("START ") for line in lines)


def call(url, method="POST", body=b"{}"):
    """One request to a Function URL, which the stand-in tells by the Host header."""
    parts = urlsplit(url)
    request = urllib.request.Request(environ["AWS_ENDPOINT_URL"] + parts.path, data=body, method=method)
    request.add_header("Host", parts.netloc)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def invoke(function, qualifier):
    answer = functions.invoke(FunctionName=function, Qualifier=qualifier, Payload=json.dumps(TICK))
    return json.loads(answer["Payload"].read()).get("errorType")


def stack():
    made, told = resources(), outputs()
    poller, log = made["OncallPoller"], f"/rotakey/{STACK}/oncall-poller"
    # Nothing is configured yet, so each function starts, reads the table and says so: that is what is looked for here.
    until("the schedule ticks", 120, lambda: runs(log) > 0)
    found = invoke(poller, "tick")
    check("a tick reads the table, and misses a configuration", found == "NotConfigured", found)
    before = runs(log)
    wish = {"EventBusName": STACK, "Source": "rotakey", "DetailType": "Reconcile Requested", "Detail": '{"groups": []}'}
    boto3.client("events").put_events(Entries=[wish])
    until("a wish on the bus wakes the poller", 30, lambda: runs(log) > before)
    for what, expected, url, method in [
        ("a webhook without a configuration is to come again", 503, told["WebhookUrl"] + "acme", "POST"),
        ("a webhook for no account is not found", 404, told["WebhookUrl"], "POST"),
        ("Slack reaches the approver", 503, told["SlackCommandUrl"], "POST"),
        ("the API refuses whoever does not sign", 403, told["ApiUrl"] + "groups", "GET"),
    ]:
        status, body = call(url, method, b"{}" if method == "POST" else None)
        check(what, status == expected, (status, body))
    functions.invoke(FunctionName=poller, InvocationType="Event", Payload=b'{"nonsense": 1}')
    queue = boto3.client("sqs")
    letters = lambda: queue.receive_message(QueueUrl=told["DeadLetters"], MaxNumberOfMessages=10).get("Messages", [])
    nonsense = lambda: any("nonsense" in letter["Body"] for letter in letters())
    until("what fails for good is put aside", 60, nonsense)


def update():
    made = resources()
    variables = functions.get_function_configuration(FunctionName=made["OncallPoller"])["Environment"]["Variables"]
    check("an update reaches the functions", variables["RUST_LOG"] == "debug", variables)
    check("and keeps the table", variables["ROTAKEY_TABLE"] == made["Table"], variables)
    found = invoke(made["OncallPoller"], "tick")
    check("and ticks go on", found == "NotConfigured", found)


def kept(table):
    stacks = [stack["StackName"] for stack in cloudformation.list_stacks()["StackSummaries"] if stack["StackStatus"] != "DELETE_COMPLETE"]
    check("the stack is gone", STACK not in stacks, stacks)
    found = dynamodb.describe_table(TableName=table)["Table"]
    check("its table is there, and protected", found["DeletionProtectionEnabled"], found)


match sys.argv[1:]:
    case ["stack"]:
        stack()
    case ["update"]:
        update()
    case ["table"]:
        print(resources()["Table"])
    case ["kept", table]:
        kept(table)
    case _:
        sys.exit(__doc__)
