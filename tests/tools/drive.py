"""Drives what `tests/deploy` deployed, a step of its a call: `drive.py STEP [ARGUMENT..]`."""

import json
import sys
import textwrap

import boto3

from stack import (
    FUNCTIONS,
    IDENTITY_STORE,
    STACK,
    call,
    check,
    cloudformation,
    functions,
    identity_center,
    lines,
    members,
    outputs,
    resources,
    until,
    vendors,
)

OPERATORS, ADMINS = "PaymentsProdOperator", "PaymentsProdAdmin"
ADA, GRACE, LENA, LINUS = (f"{name}@acme.example" for name in ("ada", "grace", "lena", "linus"))


def people():
    """What is there before anybody thinks of Rotakey."""
    for email in vendors("/vendors")["people"]:
        name = email.split("@")[0].capitalize()
        identity_center.create_user(
            IdentityStoreId=IDENTITY_STORE,
            UserName=email,
            DisplayName=name,
            Name={"GivenName": name, "FamilyName": "Acme"},
            Emails=[{"Value": email, "Type": "work", "Primary": True}],
        )
    for group in (OPERATORS, ADMINS):
        identity_center.create_group(IdentityStoreId=IDENTITY_STORE, DisplayName=group)


def output(name):
    print(outputs()[name])


def configuration(readme, path):
    """The file of the README, with the addresses of the simulated vendors in it."""
    with open(readme, encoding="utf-8") as file:
        way = file.read().split("## Into AWS", 1)[1]
    text = textwrap.dedent("   " + way.split("```toml\n   ", 1)[1].split("```", 1)[0])
    known = vendors("/vendors")
    for table, address in (("[[pagerduty]]", "pagerduty"), ("[slack]", "slack")):
        check(f"the README has {table}", f"{table}\n" in text, text)
        text = text.replace(f"{table}\n", f'{table}\napi_url = "{known[address]}"\n', 1)
    # Else a tick would not read what a webhook had read half a minute before.
    text += '[sweep]\nrefresh = "30s"\n'
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def secret(name):
    """What its owner would paste."""
    known = vendors("/vendors")
    slack = json.dumps({name: known[name] for name in ("bot_token", "signing_secret")})
    print(slack if name == "slack" else known[name])


def synced():
    until("who is on call is in the group", 120, lambda: members(OPERATORS) == {GRACE})
    check("nobody is in the other one", members(ADMINS) == set(), members(ADMINS))


def incident():
    receiver = outputs()["WebhookUrl"]
    forged = json.dumps({"event": {}}).encode()
    status, answer = call(receiver + "acme", body=forged, headers=[("X-PagerDuty-Signature", "v1=" + "0" * 64)])
    check("a forged webhook is refused", status == 401, (status, answer))
    status, answer = call(receiver + "nobody")
    check("a webhook for no account is not found", status == 404, (status, answer))
    vendors("/pagerduty/incident", {"who": LINUS})
    webhooks = vendors("/pagerduty/webhooks", {})
    check("PagerDuty has webhooks to deliver", webhooks, webhooks)
    for webhook in webhooks:
        status, answer = call(webhook["url"], body=webhook["body"].encode(), headers=webhook["headers"])
        check("a signed webhook is taken", status == 202, (status, answer))
    until("who works on the incident is in the group", 20, lambda: LINUS in members(ADMINS))


def slack(address, request):
    status, answer = call(outputs()[address], body=request["body"].encode(), headers=request["headers"])
    check("Slack is answered", status == 200, (status, answer))
    return answer.decode()


def request():
    command = vendors("/slack/type", {"who": ADA, "text": "payments-prod-admin 2h fixing refunds"})
    spoilt = {**command, "body": command["body"] + "&text=more"}
    status, answer = call(outputs()["SlackCommandUrl"], body=spoilt["body"].encode(), headers=spoilt["headers"])
    check("a command that Slack did not sign is refused", status == 401, (status, answer))
    told = slack("SlackCommandUrl", command)
    check("whoever asks is told that it waits", "waits" in told, told)
    press = {"who": LENA, "action": "approve"}
    approval = until("approvers have a card", 20, lambda: vendors("/slack/press", press))
    check("nobody is let in before they agree", ADA not in members(ADMINS), members(ADMINS))
    slack("SlackInteractionUrl", approval)
    until("who was approved is in the group", 20, lambda: ADA in members(ADMINS))
    until("the card says so", 20, lambda: "*Approved* by" in "\n".join(vendors("/slack/cards")))
    status, answer = call(outputs()["ApiUrl"] + "groups", "GET", None)
    check("the API refuses whoever does not sign", status == 403, (status, answer))


def dead_letter():
    made = resources()
    queue, alarm = made["DeadLetters"], made["DeadLettersWait"]
    functions.invoke(FunctionName=made["OncallPoller"], InvocationType="Event", Payload=b'{"nonsense": 1}')
    sqs = boto3.client("sqs")
    letters = lambda: sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    until("what fails for good is put aside", 60, lambda: any("nonsense" in letter["Body"] for letter in letters()))
    watched = boto3.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]
    found = (watched["Namespace"], watched["MetricName"], watched["Dimensions"], bool(watched["AlarmActions"]))
    names = [{"Name": "QueueName", "Value": queue.rsplit("/", 1)[1]}]
    check("an alarm watches that queue, and tells", found == ("AWS/SQS", "ApproximateNumberOfMessagesVisible", names, True), found)


def handoff():
    vendors("/pagerduty/override", {"who": LINUS})
    until("whoever takes over is let in by the clock alone", 120, lambda: LINUS in members(OPERATORS))


def logs():
    """What the functions said and measured meanwhile."""
    said = [line for function in FUNCTIONS for line in lines(function)]
    denied = [line for line in said if "AccessDenied" in line]
    check("no call was denied by a role", not denied, denied)
    batches = [json.loads(line) for line in said if '"_aws"' in line]
    spaces = {space["Namespace"] for batch in batches for space in batch["_aws"]["CloudWatchMetrics"]}
    check("metrics are the stack's own", spaces == {f"Rotakey/{STACK}"}, spaces)
    measured = {name for batch in batches for name in batch}
    expected = {"SweepAge", "PagerDutyCalls", "WebhooksTaken", "WebhooksRefused", "RequestsMade", "DecisionTime"}
    check("each function measures", expected <= measured, measured)
    failures = [batch.get(name, 0) for batch in batches for name in ("ChangesFailed", "SecretRefused", "SlackCallsFailed")]
    # Several values of one batch are a list.
    failed = [found for found in failures if (any(found) if isinstance(found, list) else found)]
    check("nothing failed", not failed, failed)


def updated():
    made = resources()
    variables = functions.get_function_configuration(FunctionName=made["OncallPoller"])["Environment"]["Variables"]
    check("an update reaches the functions", variables["RUST_LOG"] == "debug", variables)
    check("and keeps the table", variables["ROTAKEY_TABLE"] == made["Table"], variables)
    sync = functions.invoke(FunctionName=made["OncallPoller"], Payload=b'{"sync": {}}')
    answer = json.loads(sync["Payload"].read())
    check("and ticks go on", answer.get("failures") == [], answer)
    check("for whom they went before", members(ADMINS) == {ADA, LINUS}, members(ADMINS))


def table():
    print(resources()["Table"])


def kept(name):
    stacks = [stack["StackName"] for stack in cloudformation.list_stacks()["StackSummaries"] if stack["StackStatus"] != "DELETE_COMPLETE"]
    check("the stack is gone", STACK not in stacks, stacks)
    found = boto3.client("dynamodb").describe_table(TableName=name)["Table"]
    check("its table is there, and protected", found["DeletionProtectionEnabled"], found)
    check("nobody's access changed", members(ADMINS) == {ADA, LINUS}, members(ADMINS))


STEPS = [people, output, configuration, secret, synced, incident, request, dead_letter, handoff, logs, updated, table, kept]

{step.__name__: step for step in STEPS}[sys.argv[1]](*sys.argv[2:])
