"""From where somebody asks: of what a proxy has passed on, what the proxy says of it."""

from collections.abc import Collection

from starlette.requests import Request


def address_of(request: Request, trusted: Collection[str]) -> str:
    """The last that no trusted proxy has: whatever stands before it anybody may have written."""
    address = request.client.host if request.client else ""
    passed_on = [
        each.strip()
        for line in request.headers.getlist("x-forwarded-for")
        for each in line.split(",")
    ]
    while address in trusted and passed_on:
        address = passed_on.pop()
    return address
