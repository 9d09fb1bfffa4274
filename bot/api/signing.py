"""Answers as signed statements, which a partner can keep with the keys, and check while the bot is
away. `described.py` tells what is in one."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.api.looking import Look
from storage import statement_keys
from storage.desk import Ledger
from storage.statement_keys import StatementKey

NAMELESS = "godkjenningsbot"
"""Who signs where it is not known where the bot is reached."""

GOOD_FOR_SECONDS = 60 * 60
LOOK_AGAIN_SECONDS = 60.0
ALGORITHM = "EdDSA"
"""The name that readers of JWS know; of «Ed25519» (RFC 9864) some do not."""

_JWS = jwt.PyJWS(algorithms=[ALGORITHM])
_written = json.JSONEncoder(separators=(",", ":")).encode


class Signer:
    """Signs in the name of the issuer, with whichever key it is time for."""

    def __init__(
        self, ledger: Ledger, issuer: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ledger = ledger
        self._issuer = issuer
        self._keys: Sequence[StatementKey] = ()
        self._signing: tuple[str, Ed25519PrivateKey] | None = None
        self._look = Look(self._look_now, LOOK_AGAIN_SECONDS, monotonic)

    async def keys(self) -> Sequence[StatementKey]:
        """Those that are shown now."""
        await self._look.again()
        return self._keys

    async def sign(self, audience: str, claims: Mapping[str, Any], now: datetime) -> str:
        """As a compact JWS.

        Raises:
            SecretUnreadable: the key is sealed with one that is missing.
            DatabaseUnavailable: no key can be had.
        """
        await self._look.again()
        assert self._signing is not None
        kid, key = self._signing
        issued = int(now.timestamp())
        told = {
            "iss": self._issuer,
            "aud": audience,
            "iat": issued,
            "exp": issued + GOOD_FOR_SECONDS,
            **claims,
        }
        text = _written(told).encode()
        headers = {"typ": "JWT", "kid": kid}
        return _JWS.encode(text, key, algorithm=ALGORITHM, headers=headers)

    async def _look_now(self) -> None:
        database = self._ledger.database
        async with database.reading() as reading:
            keys, now = await statement_keys.shown(reading), reading.now
        if statement_keys.is_to_renew(keys, now):
            async with database.transaction() as transaction:
                await statement_keys.renew(transaction, self._ledger.keys)
                keys = await statement_keys.shown(transaction)
        chosen = statement_keys.signing(keys, now)
        assert chosen is not None
        if self._signing is None or self._signing[0] != chosen.id:
            self._signing = chosen.id, chosen.opened(self._ledger.keys)
        self._keys = keys


def as_jwk(key: StatementKey) -> dict[str, str]:
    """The public half, as a JSON Web Key."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": urlsafe_b64encode(key.public).rstrip(b"=").decode(),
        "kid": key.id,
        "alg": ALGORITHM,
        "use": "sig",
    }
