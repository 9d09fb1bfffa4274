#!/bin/bash
# slack-sdk 3.47.0 (CPython 3.11.7): AuthorizeUrlGenerator puts redirect_uri into the address as it is, not percent-encoded.
# A redirect address that has a query of its own arrives at Slack without all that stands behind its first `&`, which become
# parameters of Slack's page instead; Slack then compares what is left with the addresses that the app has named.
#
# Output seen:
#   redirect_uri as it arrives: https://bot.example/back?from=page
#   and beside it: ['campaign', 'client_id', 'redirect_uri', 'scope', 'state', 'user_scope']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check slack-sdk==3.47.0
cat > "$folder/look.py" <<'PYTHON'
from urllib.parse import parse_qs, urlsplit

from slack_sdk.oauth import AuthorizeUrlGenerator

address = AuthorizeUrlGenerator(
    client_id="1.2",
    scopes=["chat:write"],
    redirect_uri="https://bot.example/back?from=page&campaign=spring",
).generate("some-state")
query = parse_qs(urlsplit(address).query, keep_blank_values=True)
print("redirect_uri as it arrives:", query["redirect_uri"][0])
print("and beside it:", sorted(query))
PYTHON
diff <("$folder/venv/bin/python" "$folder/look.py") - <<'SEEN'
redirect_uri as it arrives: https://bot.example/back?from=page
and beside it: ['campaign', 'client_id', 'redirect_uri', 'scope', 'state', 'user_scope']
SEEN
