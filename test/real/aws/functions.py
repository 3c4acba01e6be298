"""Lambda functions that run, and custom resources that are called as CloudFormation calls them.

moto runs functions in Docker, sends custom resources Create alone, and does not wait for them.
"""

import hashlib
import io
import json
import os
import threading
import urllib.request
import zipfile

from moto.awslambda import models as lambdas
from moto.cloudformation import custom_model, parsing

from stacks import HISTORY

ACCOUNT, REGION = "123456789012", "eu-central-1"

# Set by the server: "invoke" and "work" of its settings, and "answers", the URL before a RequestId that answers are put to.
WORLD = {}

# Answers of custom resources by RequestId, and who waits for them.
ANSWERS = {}
WAITING = {}


def invoke(self, event=None):
    """Has the zip run where functions run."""
    code = os.path.join(WORLD["work"], hashlib.sha256(self.code_bytes).hexdigest())
    if not os.path.isdir(code):
        zipfile.ZipFile(io.BytesIO(self.code_bytes)).extractall(code)
    environment = {key: str(value) for key, value in (self.environment_vars or {}).items()}
    asked = {"name": self.function_name, "folder": code, "handler": self.handler, "role": self.role,
             "timeoutMs": int(self.timeout) * 1000, "env": environment, "event": event}
    answer = post(WORLD["invoke"], asked)
    return json.dumps(answer["payload"]), answer["failed"], ""


def post(url, document):
    request = urllib.request.Request(url, json.dumps(document).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=330) as response:
        return json.load(response)


class CustomResource(custom_model.CustomModel):
    """A custom resource as CloudFormation's reference describes it: an event for every change, and its answer waited for."""

    __module__ = "moto.cloudformation.models"

    def ask(self, request_type, properties, **more):
        request_id = f"{request_type}-{self.logical_id}-{len(HISTORY)}"
        WAITING[request_id] = threading.Event()
        event = {"RequestType": request_type, "RequestId": request_id, "StackId": self.stack_id,
                 "ResponseURL": f"{WORLD['answers']}/{request_id}", "ResourceType": self.resource_type,
                 "LogicalResourceId": self.logical_id, "ServiceToken": properties["ServiceToken"],
                 "ResourceProperties": texts(properties), **more}
        function = lambdas.lambda_backends[ACCOUNT][REGION].get_function(properties["ServiceToken"])
        threading.Thread(target=function._invoke_lambda, args=(event,), daemon=True).start()
        if not WAITING[request_id].wait(float(properties.get("ServiceTimeout", 3600))):
            raise ValueError(f"{self.logical_id} did not answer {request_type}")
        answer = ANSWERS[request_id]
        HISTORY.append({"did": f"custom {request_type}", "id": self.logical_id, "type": self.resource_type, "answer": answer})
        if answer["Status"] != "SUCCESS":
            raise ValueError(f"{self.logical_id} failed {request_type}: {answer.get('Reason')}")
        self.properties, self.resource_name = properties, answer["PhysicalResourceId"]
        self.set_data(answer.get("Data") or {})

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = cls(region_name, "", kwargs["LogicalId"], resource_name)
        made.stack_id, made.resource_type = kwargs["StackId"], kwargs["ResourceType"]
        made.ask("Create", cloudformation_json["Properties"])
        return made

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        before, physical_id = original_resource.properties, original_resource.resource_name
        original_resource.ask("Update", cloudformation_json["Properties"], PhysicalResourceId=physical_id,
                              OldResourceProperties=texts(before))
        if original_resource.resource_name != physical_id:
            raise ValueError(f"{original_resource.logical_id} was replaced by an update")
        return original_resource

    def delete(self, account_id, region):
        self.ask("Delete", self.properties, PhysicalResourceId=self.resource_name)


def texts(value):
    """CloudFormation hands every value over as text."""
    if isinstance(value, dict):
        return {key: texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


lambdas.LambdaFunction._invoke_lambda = invoke
parsing.CustomModel = CustomResource
