"""Calls every operation of pydo's apps, and prints a line of JSON for each: its name and the status of the answer."""

import json
import os
import sys
import time

from azure.core.exceptions import HttpResponseError
from pydo import Client

url, spec_file = sys.argv[1:]
with open(spec_file, encoding="utf8") as file:
    spec = json.load(file)
apps = Client(os.environ["DIGITALOCEAN_ACCESS_TOKEN"], endpoint=url).apps
called = set()
# pydo sends a token over http only if it is told to.
HTTP = {"enforce_https": False}


def call(name, *args, **kwargs):
    called.add(name)
    try:
        answer = getattr(apps, name)(*args, **HTTP, **kwargs)
    except HttpResponseError as error:
        print(json.dumps({"method": name, "status": error.status_code, "message": str(error)}))
        return None
    print(json.dumps({"method": name, "status": 200}))
    # pydo returns the body of an error as the answer.
    if isinstance(answer, dict) and "request_id" in answer and "message" in answer:
        raise RuntimeError(f"{name}: {answer}")
    return answer


def wait_until_live(app_id):
    for _ in range(300):
        app = apps.get(app_id, **HTTP)["app"]
        if "active_deployment" in app and not {"in_progress_deployment", "pending_deployment"} & app.keys():
            return app
        time.sleep(0.3)
    raise RuntimeError("the app is not live after 90 seconds")


app_id = call("create", {"spec": spec})["app"]["id"]
first = wait_until_live(app_id)["active_deployment"]["id"]
call("get", app_id)
call("list", with_projects=True)
call("validate_app_spec", {"spec": spec, "app_id": app_id})
call("update", app_id, {"spec": spec})
second = wait_until_live(app_id)["active_deployment"]["id"]
call("restart", app_id, {"components": []})
wait_until_live(app_id)
call("create_deployment", app_id, {"force_build": False})
wait_until_live(app_id)
call("list_deployments", app_id)
call("get_deployment", app_id, first)
for name, args in {
    "get_logs": (app_id, first, "web"),
    "get_logs_aggregate": (app_id, first),
    "get_logs_active_deployment": (app_id, "web"),
    "get_logs_active_deployment_aggregate": (app_id,),
}.items():
    call(name, *args, type="RUN", follow=False)
call("get_exec", app_id, first, "web")
call("get_exec_active_deployment", app_id, "web")
call("get_health", app_id)
call("get_instances", app_id)
call("list_regions")
call("list_instance_sizes")
call("get_instance_size", "apps-s-1vcpu-0.5gb")
alert = call("list_alerts", app_id)["alerts"][0]["id"]
call("assign_alert_destinations", app_id, alert, {"emails": ["sammy@example.com"]})
call("get_metrics_bandwidth_daily", app_id)
call("list_metrics_bandwidth_daily", {"app_ids": [app_id]})
run = call("list_job_invocations", app_id)["job_invocations"][0]["id"]
call("get_job_invocation", app_id, run)
call("get_job_invocation_logs", app_id, "migrate", run, type="JOB_INVOCATION")
call("cancel_job_invocation", app_id, run)
event = call("list_events", app_id)["events"][0]["id"]
call("get_event", app_id, event)
call("get_event_logs", app_id, event, type="DEPLOY")
rollback = {"deployment_id": second, "skip_pin": False}
call("validate_rollback", app_id, rollback)
call("create_rollback", app_id, rollback)
wait_until_live(app_id)
call("commit_rollback", app_id)
call("create_rollback", app_id, {"deployment_id": first, "skip_pin": False})
wait_until_live(app_id)
call("revert_rollback", app_id)
wait_until_live(app_id)
call("cancel_deployment", app_id, apps.create_deployment(app_id, {}, **HTTP)["deployment"]["id"])
call("cancel_event", app_id, apps.create_deployment(app_id, {}, **HTTP)["deployment"]["id"])
call("delete", app_id)

for name in sorted({name for name in dir(apps) if not name.startswith("_")} - called):
    print(json.dumps({"method": name, "status": 0, "message": "this program does not call it"}))
