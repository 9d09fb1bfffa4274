"""Blocks. https://docs.slack.dev/reference/block-kit/blocks"""

from typing import Any

from .checks import (
    Check,
    Complaints,
    anything,
    array,
    boolean,
    both,
    by_type,
    fields,
    number,
    objects,
    one_of,
    string,
)
from .composition import any_text, mrkdwn, plain_text
from .elements import IMAGE, IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUTS, IN_SECTIONS

LONGEST_MARKDOWN = 12_000


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return fields({"type": anything, **required}, {"block_id": string(255), **(optional or {})})


def _text_or_fields(value: Any, pointer: str, complaints: Complaints) -> None:
    if value.get("text") is None and value.get("fields") is None:
        complaints.add("must define either `fields` or `text`", pointer)


def _one_image_source(value: Any, pointer: str, complaints: Complaints) -> None:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        complaints.add("must define either `image_url` or `slack_file`", pointer)


def _unique_action_ids(value: Any, pointer: str, complaints: Complaints) -> None:
    """An action id is unique within its block; other blocks may have it too."""
    seen: set[str] = set()
    for index, element in enumerate(objects(value.get("elements"))):
        action_id = element.get("action_id")
        if isinstance(action_id, str) and action_id in seen:
            place = f"{pointer}/elements/{index}/action_id"
            complaints.add(f'`action_id` "{action_id}" already exists', place)
        elif isinstance(action_id, str):
            seen.add(action_id)


_context_element = by_type({**IMAGE, "plain_text": plain_text(), "mrkdwn": mrkdwn()})
_rich_text_part = by_type(
    dict.fromkeys(
        ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"),
        fields({"type": anything, "elements": array(anything)}, dict.fromkeys(
            ("style", "indent", "offset", "border", "language"), anything)),
    )
)  # fmt: skip

EVERYWHERE: dict[str, Check] = {
    "actions": both(_block({"elements": array(by_type(IN_ACTIONS), 25, 1)}), _unique_action_ids),
    "context": _block({"elements": array(_context_element, 10, 1)}),
    "divider": _block({}),
    "header": _block({"text": plain_text(150)}),
    "image": both(
        _block(
            {"alt_text": string(2000, 1)},
            {"image_url": string(3000, 1), "slack_file": anything, "title": plain_text(2000)},
        ),
        _one_image_source,
    ),
    "input": _block(
        {"label": plain_text(2000), "element": by_type(IN_INPUTS)},
        {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _block({"elements": array(_rich_text_part)}),
    "section": both(
        _block(
            {},
            {
                "text": any_text(3000),
                "fields": array(any_text(2000), 10, 1),
                "accessory": by_type(IN_SECTIONS),
                "expand": boolean,
            },
        ),
        _text_or_fields,
    ),
    "video": _block(
        {
            "alt_text": string(),
            "thumbnail_url": string(),
            "title": plain_text(199),
            "video_url": string(),
        },
        {
            "author_name": string(49),
            "description": plain_text(),
            "provider_icon_url": string(),
            "provider_name": string(),
            "title_url": string(),
        },
    ),
}
_series = fields(
    {
        "name": string(20, 1),
        "data": array(fields({"label": string(20, 1), "value": number}, {}), 20, 1),
    },
    {},
)
_axis = fields(
    {"categories": array(string(20, 1), 20, 1)}, {"x_label": string(50), "y_label": string(50)}
)
_in_series = fields({"type": anything, "series": array(_series, 6, 1), "axis_config": _axis}, {})
_segment = fields({"label": string(20, 1), "value": number}, {})


def _a_value_for_each_category(value: Any, pointer: str, complaints: Complaints) -> None:
    """And series of different names."""
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    names: set[Any] = set()
    for index, series in enumerate(objects(value.get("series"))):
        place = f"{pointer}/series/{index}"
        if [each.get("label") for each in objects(series.get("data"))] != categories:
            complaints.add("data labels must match `axis_config.categories`", f"{place}/data")
        if series.get("name") in names:
            complaints.add("series names must be unique", f"{place}/name")
        names.add(series.get("name"))


_charts = by_type(
    {
        "pie": fields({"type": anything, "segments": array(_segment, 6, 1)}, {}),
        **dict.fromkeys(("bar", "area", "line"), both(_in_series, _a_value_for_each_category)),
    }
)
IN_MESSAGES_ONLY: dict[str, Check] = {
    "data_visualization": _block({"title": string(50, 1), "chart": _charts}),
    "markdown": _block({"text": string(LONGEST_MARKDOWN, 1)}),
    "file": _block({"external_id": string(), "source": one_of("remote")}),
    "table": _block({"rows": array(anything, 100)}, {"column_settings": anything}),
    "context_actions": both(
        _block({"elements": array(by_type(IN_CONTEXT_ACTIONS), 5, 1)}), _unique_action_ids
    ),
}

in_views = by_type(EVERYWHERE)
in_messages = by_type({**EVERYWHERE, **IN_MESSAGES_ONLY})


def unique_block_ids(blocks: Any, pointer: str, complaints: Complaints) -> None:
    seen: set[str] = set()
    for index, block in enumerate(objects(blocks)):
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id and block_id in seen:
            complaints.add(f'`block_id` "{block_id}" already exists', f"{pointer}/{index}/block_id")
        elif isinstance(block_id, str):
            seen.add(block_id)
