"""What schemathesis has to be told about Longwave: how a call proves who makes it, and what exists.

Environment: LONGWAVE_TOKEN and LONGWAVE_LEAVING_TOKEN, tokens of two users, the second for logging
out with; LONGWAVE_SERVICE and LONGWAVE_SERVICE_SECRET, for the calls of the internal channel;
LONGWAVE_USER_ID, LONGWAVE_GROUP_ID and LONGWAVE_CONVERSATION_ID, of which the first user knows.
"""

import hashlib
import hmac
import os
import re
import time
import uuid
from urllib.parse import urlsplit

import requests
import schemathesis


class Token:
    """The bearer token of a user."""

    def get(self, case, context):
        leaves = case.operation.path.endswith("/auth/logout")
        return os.environ["LONGWAVE_LEAVING_TOKEN" if leaves else "LONGWAVE_TOKEN"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


class Signature:
    """The headers of a service, whose signature is of the request as it will be sent."""

    def get(self, case, context):
        return os.environ["LONGWAVE_SERVICE_SECRET"]

    def set(self, case, data, context):
        proof = {
            "X-Service-Name": os.environ["LONGWAVE_SERVICE"],
            "X-Timestamp": str(int(time.time())),
            "X-Nonce": str(uuid.uuid4()),
        }
        request = requests.Request(**case.as_transport_kwargs()).prepare()
        url, body = urlsplit(request.url), request.body or b""
        body = body.encode() if isinstance(body, str) else body
        named = [request.headers.get(name, "") for name in ("X-User-Id", "X-Platform-Id")]
        digest = hashlib.sha256(body).hexdigest()
        lines = [*proof.values(), request.method, url.path, url.query, *named, digest]
        text = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
        signature = hmac.new(data.encode(), text, "sha256").hexdigest()
        case.headers.update(proof, **{"X-Signature": signature})


schemathesis.auth(refresh_interval=None).apply_to(path_regex="^/api/v1/(?!internal/)")(Token)
schemathesis.auth(refresh_interval=None).apply_to(path_regex="^/api/v1/internal/")(Signature)


VALID = re.compile(r"((u___|ag__)-?\d+|[a-z2-7]{16}|si_[^:]+:[^:]+|sg_[a-z2-7]{16})")
EXISTING = {
    "user_id": "LONGWAVE_USER_ID",
    "recv_id": "LONGWAVE_USER_ID",
    "user_ids": "LONGWAVE_USER_ID",
    "group_id": "LONGWAVE_GROUP_ID",
    "conversation_id": "LONGWAVE_CONVERSATION_ID",
    "conversation_ids": "LONGWAVE_CONVERSATION_ID",
}


def exist(context, values):
    """About half of the valid ids that are made up become those of something that exists."""
    for name, variable in EXISTING.items() if isinstance(values, dict) else ():
        value = values.get(name)
        if isinstance(value, str) and VALID.fullmatch(value) and sum(value.encode()) % 2:
            values[name] = os.environ[variable]
    return values


schemathesis.hook("map_body")(exist)
schemathesis.hook("map_query")(exist)
