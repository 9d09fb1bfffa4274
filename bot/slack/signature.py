"""Slack's signature: what the headers say is looked at before the body is read, and the body's
bytes as they come, whether they are kept or not."""

import hashlib
import hmac
import re
from collections.abc import Mapping

FRESH_SECONDS = 5 * 60
"""How long ago, or ahead, Slack may have signed: what is older may be a copy of what somebody has
caught."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class NotSigned(ValueError):  # noqa: N818
    """The headers hold no signature, or none of Slack's form."""


class Signature:
    """Of one request."""

    def __init__(self, secret: str, headers: Mapping[str, str]) -> None:
        """
        Raises:
            NotSigned: there is none.
        """
        timestamp = headers.get("x-slack-request-timestamp", "")
        self._claimed = headers.get("x-slack-signature", "")
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(self._claimed)):
            raise NotSigned
        self._signed_at = int(timestamp)
        self._digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode(), hashlib.sha256)

    def seconds_since(self, now: float) -> float:
        """From when Slack's clock showed the time of signing; less than nothing when our clock is
        behind it."""
        return now - self._signed_at

    def is_fresh(self, now: float) -> bool:
        return abs(self.seconds_since(now)) <= FRESH_SECONDS

    def read(self, chunk: bytes) -> None:
        """The next bytes of the body."""
        self._digest.update(chunk)

    def is_genuine(self) -> bool:
        """Whether whoever knows the secret has signed all that was read."""
        return hmac.compare_digest(f"v0={self._digest.hexdigest()}", self._claimed)
