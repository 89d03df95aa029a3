"""Makes MiniStack enforce IAM on a signal, and write every checked API call to a file.

MiniStack itself can enforce IAM only from its start (AUTH=true). It then denies deployments by the CDK, because it
does not support assuming the CDK's roles. Here enforcement starts after the deployment.
"""

import json
import signal
import threading

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime

# The action that permits a batch call. AWS has no separate actions for batches.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
SINGLE_ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sns:PublishBatch": "sns:Publish",
}

_pin_request_origin = iam_evaluator.pin_request_origin
_extract_iam_action = iam_actions.extract_iam_action
_enforce = iam_evaluator.enforce


def pin_request_origin(source_ip, _secure_transport):
    """Treats HTTP on the loopback interface as TLS, so that policies that deny other requests apply as on AWS."""
    _pin_request_origin(source_ip, True)


def extract_iam_action(*args, **kwargs):
    action = _extract_iam_action(*args, **kwargs)
    return SINGLE_ACTIONS.get(action, action)


def enforce_and_record(calls):
    """Returns MiniStack's permission check, which also writes each call and its principal as a JSON line."""
    lock = threading.Lock()

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        denied = _enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        call = {
            "principal": iam_evaluator.caller_arn(),
            "action": iam_action,
            "resource": resource_arn,
            "allowed": denied is None,
        }
        with lock:
            calls.write(json.dumps(call) + "\n")
            calls.flush()
        return denied

    return enforce


def start_enforcing(*_):
    app.AUTH = True
    # Stops running functions: they have root credentials, and new ones start with those of their roles.
    threading.Thread(target=lambda_runtime.reset).start()


def enforce_on_signal(calls_file):
    """Enforces IAM after SIGUSR1. The file receives the calls from then on."""
    app.pin_request_origin = iam_evaluator.pin_request_origin = pin_request_origin
    iam_actions.extract_iam_action = extract_iam_action
    iam_evaluator.enforce = enforce_and_record(open(calls_file, "a", encoding="utf-8"))
    signal.signal(signal.SIGUSR1, start_enforcing)
