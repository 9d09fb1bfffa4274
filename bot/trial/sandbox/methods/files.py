"""Files: a place to send one to, and where it is to be shared when it has come.

https://docs.slack.dev/reference/methods/files.getUploadURLExternal
https://docs.slack.dev/reference/methods/files.completeUploadExternal
"""

import json
from base64 import b64encode
from typing import TYPE_CHECKING

from ..arguments import required
from ..records import Upload
from ..refusals import SlackRefusal
from ..shapes import message_shape
from .chat import destination, echo, post

if TYPE_CHECKING:
    from ..records import Channel, Json
    from ..workspace import PlayedWorkspace


def get_upload_url(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "filename", "length")
    try:
        length = int(arguments["length"])
    except ValueError:
        raise SlackRefusal("invalid_arguments") from None
    if length <= 0:
        raise SlackRefusal("invalid_arguments")
    file_id = workspace.identifiers.new("F")
    workspace.uploads[file_id] = Upload(str(arguments["filename"]), length)
    url = f"{workspace.base_url}/upload/v1/{file_id}"
    return {"ok": True, "upload_url": url, "file_id": file_id}


def complete_upload(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    """Each file is shared once, when all of it has come."""
    required(arguments, "files")
    given = arguments["files"]
    try:
        wanted = json.loads(given) if isinstance(given, str) else list(given)
        titles = {str(each["id"]): str(each.get("title") or "") for each in wanted}
    except (ValueError, TypeError, KeyError):
        raise SlackRefusal("invalid_arguments") from None
    if not titles or any(not _has_come(workspace, file_id) for file_id in titles):
        raise SlackRefusal("file_not_found")
    channel = _shared_in(workspace, arguments)
    files = [_shared(workspace, file_id, title) for file_id, title in titles.items()]
    text = str(arguments.get("initial_comment") or "")
    message = post(workspace, channel, {"text": text, "files": files})
    echo(workspace, channel, {**message_shape(workspace, message), "event_ts": message.ts})
    return {"ok": True, "files": [{"id": each["id"], "title": each["title"]} for each in files]}


def _shared_in(workspace: "PlayedWorkspace", arguments: "Json") -> "Channel":
    """A conversation: here a person's id does not stand for the one with them."""
    wanted = arguments.get("channel_id")
    if wanted in workspace.users:
        raise SlackRefusal("invalid_arguments")
    return destination(workspace, {"channel": wanted})


def _has_come(workspace: "PlayedWorkspace", file_id: str) -> bool:
    upload = workspace.uploads.get(file_id)
    return upload is not None and upload.content is not None


def _shared(workspace: "PlayedWorkspace", file_id: str, title: str) -> "Json":
    upload = workspace.uploads.pop(file_id)
    assert upload.content is not None
    return {
        "id": file_id,
        "name": upload.filename,
        "title": title or upload.filename,
        "size": upload.length,
        "content": b64encode(upload.content).decode(),
    }
