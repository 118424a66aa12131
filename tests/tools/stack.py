"""The stack as `tests/deploy` finds it in the local stand-in for AWS, and ways to look at it."""

import json
import sys
import time
import urllib.error
import urllib.request
from os import environ
from urllib.parse import urlsplit

import boto3

STACK = "rotakey"
FUNCTIONS = ("oncall-poller", "webhook-receiver", "access-approver")
IDENTITY_STORE = "d-1234567890"

cloudformation = boto3.client("cloudformation")
functions = boto3.client("lambda")
identity_center = boto3.client("identitystore")
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


def members(group):
    """The e-mail addresses in a group of Identity Center."""
    name = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": group}}
    id = identity_center.get_group_id(IdentityStoreId=IDENTITY_STORE, AlternateIdentifier=name)["GroupId"]
    pages = identity_center.get_paginator("list_group_memberships").paginate(IdentityStoreId=IDENTITY_STORE, GroupId=id)
    ids = [membership["MemberId"]["UserId"] for page in pages for membership in page["GroupMemberships"]]
    users = [identity_center.describe_user(IdentityStoreId=IDENTITY_STORE, UserId=id) for id in ids]
    return {user["UserName"] for user in users}


def lines(function):
    """What a function and its runtime wrote into its log group."""
    group = f"/rotakey/{STACK}/{function}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    return [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    ]


def call(url, method="POST", body=b"{}", headers=()):
    """One request to a Function URL, which the stand-in tells by the Host header."""
    parts = urlsplit(url)
    return send(environ["AWS_ENDPOINT_URL"] + parts.path, method, body, [*headers, ("Host", parts.netloc)])


def vendors(path, body=None):
    """Asks the vendors for something, or has somebody there do something."""
    body = None if body is None else json.dumps(body).encode()
    status, answer = send(environ["ROTAKEY_VENDORS"] + path, "GET" if body is None else "POST", body, [("Content-Type", "application/json")])
    return json.loads(answer) if status == 200 else None


def send(url, method, body, headers):
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def check(what, holds, found):
    if not holds:
        sys.exit(f"{what}: found {found!r}")
    print(f"  {what}", flush=True)


def until(what, seconds, look):
    """Looks every half second until there is something, and answers it."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        found = look()
        if found:
            print(f"  {what}: {time.monotonic() - began:.0f} s", flush=True)
            return found
        time.sleep(0.5)
    sys.exit(f"{what}: not within {seconds} s")
