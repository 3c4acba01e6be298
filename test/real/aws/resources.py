"""CloudFormation resources that moto 5.2.5 has services for but no models of: made by calling those services."""

import inspect
import json

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from moto.iam.models import iam_backends
from moto.scheduler.models import scheduler_backends

# By type: (properties, name, account, region) -> (physical id, attributes for Fn::GetAtt, what deletes it).
MAKERS = {}

# Set by the server: "endpoint", where the HTTP API answers.
WORLD = {}

# Kubernetes groups by (cluster, principal): moto answers EKS CreateAccessEntry with 404.
ACCESS_ENTRIES = {}


class Made(CloudFormationModel):
    """A resource of one of the types below."""

    # moto names the service of a model by its module.
    __module__ = "moto.rehearsal.models"

    def __init__(self, maker, properties, name, account, region):
        self.maker, self.name = maker, name
        self.id, self.attributes, self.remove = maker(properties, name, account, region)

    physical_resource_id = property(lambda self: self.id)

    @staticmethod
    def cloudformation_name_type():
        return ""

    @staticmethod
    def cloudformation_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute_name):
        return self.attributes.get(attribute_name)

    def delete(self, account_id, region):
        self.remove()


def model_of(resource_type):
    """The class that moto's CloudFormation makes resources of this type with; None for a type that is not here."""
    maker = MAKERS.get(resource_type)
    if maker is None:
        return None

    def create(resource_name, cloudformation_json, account_id, region_name, **_):
        return Made(maker, cloudformation_json["Properties"], resource_name, account_id, region_name)

    def update(original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        original_resource.delete(account_id, region_name)
        return create(original_resource.name, cloudformation_json, account_id, region_name)

    methods = {"create_from_cloudformation_json": create, "update_from_cloudformation_json": update}
    return type("Model", (), {name: staticmethod(method) for name, method in methods.items()})


def makes(resource_type):
    def register(maker):
        MAKERS[resource_type] = maker
        return maker

    return register


def call(method, **given):
    """Calls a method of a backend, which insists on arguments that nobody gave."""
    parameters = inspect.signature(method).parameters.values()
    missing = {p.name: None for p in parameters if p.default is p.empty and p.name not in given}
    return method(**missing, **given)


def lower(value):
    """Keys as the service's own API writes them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower(inner) for key, inner in value.items()}
    return [lower(inner) for inner in value] if isinstance(value, list) else value


def snake(name):
    """`EvaluationPeriods` as Python writes it."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


@makes("AWS::ApiGatewayV2::Api")
def api(p, name, account, region):
    backend = apigatewayv2_backends[account][region]
    made = call(backend.create_api, name=p["Name"], protocol_type=p["ProtocolType"], tags=p.get("Tags") or {},
                disable_execute_api_endpoint=p.get("DisableExecuteApiEndpoint", False))
    return made.api_id, {"ApiId": made.api_id, "ApiEndpoint": WORLD["endpoint"]}, lambda: backend.delete_api(made.api_id)


@makes("AWS::ApiGatewayV2::Stage")
def stage(p, name, account, region):
    backend = apigatewayv2_backends[account][region]
    made = backend.create_stage(p["ApiId"], lower_but_routes({k: v for k, v in p.items() if k != "ApiId"}))
    return made.name, {}, lambda: backend.delete_stage(p["ApiId"], made.name)


def lower_but_routes(properties):
    """RouteSettings has route keys for keys: those stay as they are."""
    routes = {key: lower(value) for key, value in properties.get("RouteSettings", {}).items()}
    return {**lower(properties), "routeSettings": routes}


@makes("AWS::ApiGatewayV2::Integration")
def integration(p, name, account, region):
    backend = apigatewayv2_backends[account][region]
    made = call(backend.create_integration, api_id=p["ApiId"], integration_type=p["IntegrationType"],
                integration_method=p.get("IntegrationMethod", "POST"), integration_uri=p["IntegrationUri"],
                payload_format_version=p.get("PayloadFormatVersion"), timeout_in_millis=str(p.get("TimeoutInMillis", 30000)))
    return made.id, {}, lambda: backend.delete_integration(p["ApiId"], made.id)


@makes("AWS::ApiGatewayV2::Route")
def route(p, name, account, region):
    backend = apigatewayv2_backends[account][region]
    made = call(backend.create_route, api_id=p["ApiId"], api_key_required=False, route_key=p["RouteKey"],
                authorization_type=p.get("AuthorizationType", "NONE"), target=p.get("Target"))
    return made.route_id, {}, lambda: backend.delete_route(p["ApiId"], made.route_id)


@makes("AWS::Scheduler::Schedule")
def schedule(p, name, account, region):
    backend = scheduler_backends[account][region]
    own = p.get("Name", name)
    call(backend.create_schedule, name=own, flexible_time_window=p["FlexibleTimeWindow"], target=p["Target"],
         schedule_expression=p["ScheduleExpression"], schedule_expression_timezone="UTC", state=p.get("State", "ENABLED"),
         description=p.get("Description"))
    arn = f"arn:aws:scheduler:{region}:{account}:schedule/default/{own}"
    return own, {"Arn": arn}, lambda: backend.delete_schedule(None, own)


@makes("AWS::CloudWatch::Alarm")
def alarm(p, name, account, region):
    backend = cloudwatch_backends[account][region]
    own = p.get("AlarmName", name)
    known = inspect.signature(backend.put_metric_alarm).parameters
    given = {snake(key): value for key, value in p.items() if snake(key) in known}
    lists = {"dimensions": p.get("Dimensions", []), "alarm_actions": p.get("AlarmActions", [])}
    # Expressions over several metrics are kept by name alone.
    call(backend.put_metric_alarm, **{**given, **lists, "name": own, "description": p.get("AlarmDescription")})
    return own, {"Arn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{own}"}, lambda: backend.delete_alarms([own])


@makes("AWS::EKS::AccessEntry")
def access_entry(p, name, account, region):
    key = (p["ClusterName"], p["PrincipalArn"])
    ACCESS_ENTRIES[key] = p.get("KubernetesGroups", [])
    return f"{key[0]}|{key[1]}", {}, lambda: ACCESS_ENTRIES.pop(key)


@makes("AWS::IAM::RolePolicy")
def role_policy(p, name, account, region):
    backend, role, own = iam_backends[account]["aws"], p["RoleName"], p["PolicyName"]
    backend.put_role_policy(role, own, json.dumps(p["PolicyDocument"]))
    return f"{own}|{role}", {}, lambda: backend.delete_role_policy(role, own)


@makes("AWS::S3::BucketPolicy")
def bucket_policy(p, name, account, region):
    return name, {}, lambda: None


@makes("AWS::Lambda::Url")
def function_url(p, name, account, region):
    backend, target = lambda_backends[account][region], p["TargetFunctionArn"]
    made = backend.create_function_url_config(target, {"AuthType": p["AuthType"]})
    attributes = {"FunctionUrl": f"{made.url}/", "FunctionArn": made.function.function_arn}
    return made.function.function_arn, attributes, lambda: backend.delete_function_url_config(target)


@makes("AWS::Lambda::EventInvokeConfig")
def event_invoke_config(p, name, account, region):
    return name, {}, lambda: None
