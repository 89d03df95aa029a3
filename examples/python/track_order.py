"""Starts tracking an order: python track_order.py <OrdersUrl> <orderUuid> [<reference>]"""

import json
import sys
from urllib.request import Request, urlopen

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


def signed(method: str, url: str, body: str, session: boto3.Session) -> Request:
    """A request that is signed with Signature Version 4 for API Gateway."""
    request = AWSRequest(method=method, url=url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
    return Request(url, data=body.encode(), headers=dict(request.headers), method=method)


def track(orders_url: str, order_uuid: str, reference: str | None = None) -> dict:
    """Raises urllib.error.HTTPError when the API does not accept the request."""
    body = json.dumps({"reference": reference} if reference else {})
    with urlopen(signed("PUT", f"{orders_url}/{order_uuid}", body, boto3.Session()), timeout=10) as response:
        return json.load(response)


if __name__ == "__main__":
    print(track(*sys.argv[1:]))
