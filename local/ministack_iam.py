"""Lets MiniStack enforce IAM from a moment on, and note who called what.

MiniStack decides at its start whether it enforces (AUTH=true), and then denies deployments by the CDK, whose
roles it does not know how to assume. Here it is switched on once everything is deployed.
"""

import json
import signal
import threading

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime

# The actions that a batch call needs: AWS has none for the batch itself.
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
    """Plain HTTP on the loopback interface stands for TLS: policies that refuse anything else apply as on AWS."""
    _pin_request_origin(source_ip, True)


def extract_iam_action(*args, **kwargs):
    action = _extract_iam_action(*args, **kwargs)
    return SINGLE_ACTIONS.get(action, action)


def noting(calls):
    """Notes each call with the principal that made it, as a line of JSON."""
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
    # Functions that run already have the account's credentials: their next calls begin with their own role's.
    threading.Thread(target=lambda_runtime.reset).start()


def enforce_on_signal(calls_file):
    """From SIGUSR1 on IAM is enforced, and calls are noted in the file."""
    app.pin_request_origin = iam_evaluator.pin_request_origin = pin_request_origin
    iam_actions.extract_iam_action = extract_iam_action
    iam_evaluator.enforce = noting(open(calls_file, "a", encoding="utf-8"))
    signal.signal(signal.SIGUSR1, start_enforcing)
