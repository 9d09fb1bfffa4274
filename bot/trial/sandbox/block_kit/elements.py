"""Block elements, and the blocks each of them may stand in.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from .checks import (
    Check,
    anything,
    array,
    boolean,
    both,
    fields,
    integer,
    matching,
    one_of,
    string,
)
from .composition import (
    confirm,
    conversation_filter,
    dispatch_action_config,
    formatted_option,
    max_selected_items,
    option_group,
    overflow_option,
    placeholder,
    plain_option,
    plain_text,
    pressed_link,
)
from .options import exactly_one_source, initial_among_options, least_not_above_most

_ACTION = {"type": anything}
_COMMON = {"action_id": string(255)}
_FOCUS = {**_COMMON, "focus_on_load": boolean}
_CHOICE = {**_FOCUS, "confirm": confirm}
_MENU = {**_CHOICE, "placeholder": placeholder}
_MULTI = {**_MENU, "max_selected_items": max_selected_items}
_TYPED = {**_FOCUS, "placeholder": placeholder, "dispatch_action_config": dispatch_action_config}

_date = matching(r"\d{4}-\d{2}-\d{2}", "date")
_time = matching(r"([01]\d|2[0-3]):[0-5]\d", "time")
_number = matching(r"-?\d+(\.\d+)?", "number")
_ids = array(string())


def _element(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    return fields({**_ACTION, **required}, optional)


def _static(optional: dict[str, Check]) -> Check:
    sources = {"options": array(plain_option, 100, 1), "option_groups": array(option_group, 100, 1)}
    return both(_element({}, {**optional, **sources}), exactly_one_source, initial_among_options)


_button = _element(
    {"text": plain_text(75)},
    {
        **_COMMON,
        "value": string(2000),
        "url": pressed_link,
        "style": one_of("primary", "danger"),
        "confirm": confirm,
        "accessibility_label": string(75),
    },
)
_image = _element(
    {"alt_text": string(2000, 1)}, {"image_url": string(3000, 1), "slack_file": anything}
)
_options_of_ten = {"options": array(formatted_option, 10, 1)}
_checkboxes = _element(
    _options_of_ten, {**_CHOICE, "initial_options": array(formatted_option, 10, 1)}
)
_radio_buttons = _element(_options_of_ten, {**_CHOICE, "initial_option": formatted_option})
_plain_text_input = _element(
    {},
    {
        **_TYPED,
        "initial_value": string(3000),
        "multiline": boolean,
        "min_length": integer(0, 3000),
        "max_length": integer(1, 3000),
    },
)
_number_input = _element(
    {"is_decimal_allowed": boolean},
    {**_TYPED, "initial_value": _number, "min_value": _number, "max_value": _number},
)
_conversations = {
    "default_to_current_conversation": boolean,
    "response_url_enabled": boolean,
    "filter": conversation_filter,
}

SELECTS: dict[str, Check] = {
    "static_select": _static({**_MENU, "initial_option": plain_option}),
    "external_select": _element(
        {}, {**_MENU, "initial_option": plain_option, "min_query_length": integer(0, 100)}
    ),
    "users_select": _element({}, {**_MENU, "initial_user": string()}),
    "conversations_select": _element(
        {}, {**_MENU, **_conversations, "initial_conversation": string()}
    ),
    "channels_select": _element(
        {}, {**_MENU, "initial_channel": string(), "response_url_enabled": boolean}
    ),
}
MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _static({**_MULTI, "initial_options": array(plain_option, 100, 1)}),
    "multi_external_select": _element(
        {},
        {
            **_MULTI,
            "initial_options": array(plain_option, 100, 1),
            "min_query_length": integer(0, 100),
        },
    ),
    "multi_users_select": _element({}, {**_MULTI, "initial_users": _ids}),
    "multi_conversations_select": _element(
        {},
        {
            **_MULTI,
            "default_to_current_conversation": boolean,
            "filter": conversation_filter,
            "initial_conversations": _ids,
        },
    ),
    "multi_channels_select": _element({}, {**_MULTI, "initial_channels": _ids}),
}
_CHOICES: dict[str, Check] = {
    "checkboxes": both(_checkboxes, initial_among_options),
    "radio_buttons": both(_radio_buttons, initial_among_options),
    "datepicker": _element({}, {**_MENU, "initial_date": _date}),
    "timepicker": _element({}, {**_MENU, "initial_time": _time, "timezone": string()}),
}
_MOMENT: dict[str, Check] = {
    "datetimepicker": _element(
        {}, {**_CHOICE, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    )
}
_PRESSED: dict[str, Check] = {
    "button": _button,
    "overflow": _element(
        {"options": array(overflow_option, 5, 1)}, {**_COMMON, "confirm": confirm}
    ),
    "workflow_button": _element(
        {"text": plain_text(75), "workflow": anything},
        {
            **_COMMON,
            "style": one_of("primary", "danger"),
            "confirm": confirm,
            "accessibility_label": string(75),
        },
    ),
}
_TYPED_IN: dict[str, Check] = {
    "plain_text_input": both(_plain_text_input, least_not_above_most),
    "number_input": both(_number_input, least_not_above_most),
    "email_text_input": _element({}, {**_TYPED, "initial_value": string(3000)}),
    "url_text_input": _element({}, {**_TYPED, "initial_value": string(3000)}),
    "rich_text_input": _element({}, {**_TYPED, "initial_value": anything}),
    "file_input": _element({}, {**_COMMON, "filetypes": _ids, "max_files": integer(1, 10)}),
}

_feedback_button = fields(
    {"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)}
)

IN_CONTEXT_ACTIONS: dict[str, Check] = {
    "feedback_buttons": _element(
        {"positive_button": _feedback_button, "negative_button": _feedback_button}, _COMMON
    ),
    "icon_button": _element(
        {"icon": one_of("trash"), "text": plain_text(75)},
        {
            **_COMMON,
            "value": string(2000),
            "confirm": confirm,
            "accessibility_label": string(75),
            "visible_to_user_ids": _ids,
        },
    ),
}
IN_ACTIONS = {**_PRESSED, **SELECTS, **_CHOICES, **_MOMENT}
IN_SECTIONS = {**_PRESSED, **SELECTS, **MULTI_SELECTS, **_CHOICES, "image": _image}
IN_INPUTS = {**_TYPED_IN, **SELECTS, **MULTI_SELECTS, **_CHOICES, **_MOMENT}
IMAGE = {"image": _image}
