"""The OpenAPI document (3.1): what FastAPI knows of the routes, and what is read by hand."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from bot.api.described import Claims, Ended, webhooks
from bot.api.problems import ProblemDocument
from bot.api.questions import IDEMPOTENCY_KEY
from bot.api.shapes import LONGEST_KEY, Asked, Found
from bot.api.signing import ALGORITHM

_COMPONENTS = "#/components/schemas/"
OPEN_TO_ALL = frozenset({"getKeys", "reportFoundCode"})
READ_BY_HAND = {"verifyCode": "Asked", "reportFoundCode": "Found"}


def document(api: FastAPI) -> dict[str, Any]:
    """As JSON."""
    told = get_openapi(
        title=api.title,
        version=api.version,
        openapi_version="3.1.0",
        summary=api.summary,
        description=api.description,
        routes=api.routes,
        servers=api.servers,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    shapes = (Asked, Found, ProblemDocument, Claims, Ended)
    _, own = models_json_schema(
        [(shape, "validation") for shape in shapes], ref_template=_COMPONENTS + "{model}"
    )
    components = told["components"]
    components["schemas"] = dict(sorted({**components["schemas"], **own["$defs"]}.items()))
    components["securitySchemes"] = {
        "partner": {"type": "http", "scheme": "bearer", "description": "The operator gives it out."}
    }
    for path in told["paths"].values():
        for operation in path.values():
            _complete(operation)
    components["schemas"]["Answered"]["properties"]["statement"] |= _STATEMENT
    told["webhooks"] = webhooks(_COMPONENTS)
    return told


def _complete(operation: dict[str, Any]) -> None:
    is_open = operation["operationId"] in OPEN_TO_ALL
    operation["security"] = [] if is_open else [{"partner": []}]
    if shape := READ_BY_HAND.get(operation["operationId"]):
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"{_COMPONENTS}{shape}"}}},
        }
    if operation["operationId"] == "verifyCode":
        operation["parameters"] = [_IDEMPOTENCY_KEY]
        operation["responses"]["200"]["links"] = {"organisation": _ORGANISATION}


_STATEMENT = {
    "contentMediaType": "application/jwt",
    "contentSchema": {
        "type": "array",
        "prefixItems": [
            {
                "type": "object",
                "properties": {"alg": {"const": ALGORITHM}, "kid": {"type": "string"}},
            },
            {"$ref": f"{_COMPONENTS}{Claims.__name__}"},
        ],
    },
}
"""Its header and what it says, as JSON Schema describes a JWT."""

_ORGANISATION = {
    "operationId": "getOrganisation",
    "parameters": {"number": "$response.body#/organisation/number"},
    "description": "Since when the organisation is a valid user.",
}
_IDEMPOTENCY_KEY = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "required": False,
    "description": "The same key with the same body is one use, for a day; the answer says how the "
    "code is now. A corrected question has a new key.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_KEY}}}$"},
}
