"""A small server that speaks S3 as strictly as AWS: it checks signatures (Signature Version 4), payload hashes, clocks,
regions and conditions. Switches make it behave like other stores of that name."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import urllib.parse
import uuid

from faulty_server import FaultyHandler, FaultyServer, Refusal

REGION = "eu-central-1"
BUCKET = "states"
FORMAT = "%Y%m%dT%H%M%SZ"
WORDS = {500: "InternalError", 503: "SlowDown", 403: "AccessDenied", 409: "ConditionalRequestConflict"}


class S3Server(FaultyServer):
    """`keys`: of each access key its "secret", and where there is one its "token" of a session; "expired" ends that. A
    "policy" is what it may do, as IAM writes it; without one it may do everything."""

    def __init__(self, keys, bucket=BUCKET, **switches):
        self.keys = keys
        self.bucket = bucket
        # Of each object, by its key: bytes and ETag.
        self.objects = {}
        self.removed = []
        # Which conditions are silently ignored: "If-Match", "If-None-Match", and "DELETE" for those of DELETE.
        self.ignores = switches.pop("ignores", ())
        # MinIO before 2025-09: If-Match of a missing object writes it.
        self.writes_missing = switches.pop("writes_missing", False)
        # What If-Match of a missing object is answered with.
        self.missing_status = switches.pop("missing_status", 404)
        # As with encryption by KMS: an ETag that is no MD5, and new with each write.
        self.opaque_etags = switches.pop("opaque_etags", False)
        # What is added to the clock.
        self.skew = datetime.timedelta(seconds=switches.pop("skew", 0))
        self.region = switches.pop("region", REGION)
        # Says nothing of the right region.
        self.redirects = switches.pop("redirects", False)
        assert not switches, switches
        super().__init__()

    def url(self, key="rollcall.state.json", bucket=None, region=REGION, lease=None):
        return (f"s3://{bucket or self.bucket}/{key}?region={region}&endpoint=http://127.0.0.1:{self.port}"
                + (f"&lease={lease}" if lease else ""))

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + self.skew

    def state(self, key="rollcall.state.json"):
        with self.mutex:
            found = self.objects.get(key)
            return json.loads(found[0]) if found else None

    def lock_of(self, key="rollcall.state.json"):
        return self.state(key + ".lock")

    def put(self, key, data):
        """Another program writes this."""
        etag = f'"{uuid.uuid4().hex}-1"' if self.opaque_etags else f'"{hashlib.md5(data).hexdigest()}"'
        self.objects[key] = (data, etag)
        return etag


def hashed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class S3Handler(FaultyHandler):
    content_type = "application/xml"

    def refuse(self, status, code, message="Made up.", headers=None, **elements):
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in elements.items())
        body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
                f"{inner}<RequestId>4442587FB7D0A2F9</RequestId></Error>")
        return Refusal(status, body.encode(), headers)

    def made_up(self, status):
        refusal = self.refuse(status, WORDS.get(status, "Other"))
        return refusal.body, {}

    def date_time_string(self, timestamp=None):
        return self.states.now().strftime("%a, %d %b %Y %H:%M:%S GMT")

    do_GET = do_PUT = do_DELETE = FaultyHandler.handle_all

    def act(self, body):
        key = self.check_signature(body)
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        bucket, _, name = path[1:].partition("/")
        if bucket != self.states.bucket:
            raise self.refuse(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=bucket)
        self.policy = key.get("policy")
        self.allow({"GET": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}[self.command], f"/{name}")
        if self.headers.get("If-Match"):
            self.allow("s3:GetObject", f"/{name}")
        return getattr(self, self.command.lower())(name, body)

    def allow(self, action, path):
        """Unless the policy of the key does not, as S3 evaluates it where nothing is denied."""
        resource = f"arn:aws:s3:::{self.states.bucket}{path}"
        if self.policy and not any(action in one["Action"] and resource in one["Resource"]
                                   for one in self.policy["Statement"] if one["Effect"] == "Allow"):
            raise self.refuse(403, "AccessDenied", "Access Denied")

    def check_signature(self, body):
        """The key that signed the request, after every check that AWS makes."""
        parts = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                             r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
                             self.headers.get("Authorization") or "")
        if not parts:
            raise self.refuse(403, "AccessDenied", "No signature.")
        key_id, day, region, service, names, signature = parts.groups()
        key = self.states.keys.get(key_id)
        if key is None:
            raise self.refuse(403, "InvalidAccessKeyId",
                              "The AWS Access Key Id you provided does not exist in our records.", AWSAccessKeyId=key_id)
        if region != self.states.region or service != "s3":
            if self.states.redirects:
                raise self.refuse(301, "PermanentRedirect", "Use another endpoint.", Endpoint="s3.example.com",
                                  headers={"x-amz-bucket-region": self.states.region})
            raise self.refuse(400, "AuthorizationHeaderMalformed",
                              f"The authorization header is malformed; the region '{region}' is wrong; "
                              f"expecting '{self.states.region}'", Region=self.states.region)
        self.check_time(day)
        names = names.split(";")
        if names != sorted(names) or "host" not in names or any(
                name.lower().startswith("x-amz-") and name.lower() not in names for name in self.headers):
            raise self.refuse(403, "AccessDenied", "There were headers present in the request which were not signed")
        if any(self.headers.get(name) is None for name in names):
            raise self.refuse(403, "SignatureDoesNotMatch", "A header that was signed is not there.")
        if self.headers.get("x-amz-content-sha256") != hashlib.sha256(body).hexdigest():
            raise self.refuse(400, "XAmzContentSHA256Mismatch", "The provided hash does not match what was computed.")
        token = self.headers.get("x-amz-security-token")
        if token != key.get("token"):
            if not token:
                raise self.refuse(403, "InvalidAccessKeyId")
            raise self.refuse(400, "InvalidToken", "The provided token is malformed.", **{"Token-0": token})
        self.compare(key["secret"], (day, region, service), names, signature)
        if key.get("expired"):
            raise self.refuse(400, "ExpiredToken", "The provided token has expired.", **{"Token-0": token})
        return key

    def check_time(self, day):
        stamp = self.headers.get("x-amz-date") or ""
        asked = datetime.datetime.strptime(stamp, FORMAT).replace(tzinfo=datetime.timezone.utc)
        if not stamp.startswith(day) or abs(self.states.now() - asked) > datetime.timedelta(minutes=15):
            raise self.refuse(403, "RequestTimeTooSkewed",
                              "The difference between the request time and the current time is too large.",
                              RequestTime=stamp, ServerTime=self.states.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                              MaxAllowedSkewMilliseconds=900000)

    def compare(self, secret, scope, names, signature):
        target = urllib.parse.urlsplit(self.path)
        headers = "".join(f"{name}:{' '.join((self.headers.get(name) or '').split())}\n" for name in names)
        canonical = "\n".join((self.command, urllib.parse.quote(urllib.parse.unquote(target.path), safe="/-_.~"),
                               "&".join(sorted(target.query.split("&"))) if target.query else "", headers,
                               ";".join(names), self.headers["x-amz-content-sha256"]))
        text = "\n".join(("AWS4-HMAC-SHA256", self.headers["x-amz-date"], "/".join(scope) + "/aws4_request",
                          hashlib.sha256(canonical.encode()).hexdigest()))
        key = ("AWS4" + secret).encode()
        for part in (*scope, "aws4_request"):
            key = hashed(key, part)
        wanted = hashed(key, text).hex()
        if not hmac.compare_digest(wanted, signature):
            raise self.refuse(403, "SignatureDoesNotMatch",
                              "The request signature we calculated does not match the signature you provided.",
                              StringToSign=text, SignatureProvided=signature, CanonicalRequest=canonical)

    def get(self, name, _):
        found = self.states.objects.get(name)
        if found is None:
            self.allow("s3:ListBucket", "")
            raise self.refuse(404, "NoSuchKey", "The specified key does not exist.", Key=name)
        return 200, found[0], {"ETag": found[1]}

    def put(self, name, body):
        digest = self.headers.get("Content-MD5")
        if digest and base64.b64decode(digest) != hashlib.md5(body).digest():
            raise self.refuse(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
        wanted, unwanted = self.headers.get("If-Match"), self.headers.get("If-None-Match")
        assert wanted or unwanted, f"{name} is written without a condition"
        found = self.states.objects.get(name)
        if unwanted and "If-None-Match" not in self.states.ignores and found:
            raise self.refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        if wanted and "If-Match" not in self.states.ignores:
            if not found and not self.states.writes_missing:
                code = "NoSuchKey" if self.states.missing_status == 404 else "PreconditionFailed"
                raise self.refuse(self.states.missing_status, code)
            if found and found[1] != wanted:
                raise self.refuse(412, "PreconditionFailed")
        return 200, b"", {"ETag": self.states.put(name, body)}

    def delete(self, name, _):
        wanted = self.headers.get("If-Match")
        assert wanted, f"{name} is deleted without a condition"
        found = self.states.objects.get(name)
        if "DELETE" not in self.states.ignores:
            if not found:
                raise self.refuse(404, "NoSuchKey")
            if found[1] != wanted:
                raise self.refuse(412, "PreconditionFailed")
        self.states.objects.pop(name, None)
        self.states.removed.append(name)
        return 204, b"", {}


S3Server.handler = S3Handler
