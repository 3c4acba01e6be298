"""moto's server for the rehearsal of a deployment.

usage: rehearsal.py PORT, with a JSON document on standard input:
  endpoint  the URL that ApiEndpoint of an HTTP API is
  invoke    the URL that runs a function: its settings, the folder of its unpacked zip and an event in, its answer out
  work      a folder for unpacked zips
  clusters  {name: {"endpoint", "ca"}}: what EKS DescribeCluster answers
"""

import base64
import json
import logging
import os
import sys
import threading

PORT = int(sys.argv[1])
SETTINGS = json.load(sys.stdin)
# Read by moto when it is imported.
os.environ["MOTO_PORT"] = str(PORT)

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.eks.models import eks_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

import functions
import resources
from functions import ACCOUNT, REGION
from stacks import HISTORY

resources.WORLD.update(SETTINGS)
functions.WORLD.update(SETTINGS, answers=f"http://127.0.0.1:{PORT}/rehearsal/answers")

for name, cluster in SETTINGS["clusters"].items():
    role = f"arn:aws:iam::{ACCOUNT}:role/cluster"
    made = eks_backends[ACCOUNT][REGION].create_cluster(name, role, {"subnetIds": [], "securityGroupIds": []})
    made.endpoint = cluster["endpoint"]
    made.certificate_authority = {"data": base64.b64encode(cluster["ca"].encode()).decode()}


def routes():
    """What API Gateway would do with a request: every route and the function behind it."""
    backend, found = apigatewayv2_backends[ACCOUNT][REGION], []
    for api in list(backend.apis.values()):
        for route in list(api.routes.values()):
            integration = api.integrations[route.target.split("/")[-1]]
            arn = integration.integration_uri.split("/functions/")[-1].removesuffix("/invocations")
            found.append({"key": route.route_key, "authorization": route.authorization_type, "function": arn.split(":")[6]})
    return found


def own(environ, start):
    """What the tests ask of the rehearsal itself."""
    path, size = environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)
    if path.startswith("/rehearsal/answers/"):
        request_id = path.rsplit("/", 1)[-1]
        functions.ANSWERS[request_id] = json.loads(environ["wsgi.input"].read(size))
        functions.WAITING[request_id].set()
    entries = [{"cluster": c, "principal": p, "groups": groups} for (c, p), groups in resources.ACCESS_ENTRIES.items()]
    start("200 OK", [("content-type", "application/json")])
    return [json.dumps({"history": HISTORY, "routes": routes(), "accessEntries": entries}).encode()]


application, lock = DomainDispatcherApplication(create_backend_app), threading.Lock()


def serve(environ, start):
    """One request at a time, for moto is not atomic; but for those that functions, which call back, are waited for in."""
    if environ["PATH_INFO"].startswith("/rehearsal/"):
        return own(environ, start)
    if "/cloudformation/" in environ.get("HTTP_AUTHORIZATION", "") or environ["PATH_INFO"].endswith("/invocations"):
        return application(environ, start)
    with lock:
        return list(application(environ, start))


logging.getLogger("werkzeug").setLevel(logging.ERROR)
run_simple("127.0.0.1", PORT, serve, threaded=True)
