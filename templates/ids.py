"""Every command, callback, action and block id, spelled once."""

COMMAND = "/godkjenningskode"

# Shortcut
SHORTCUT_ASK = "ask_for_code"

# Views (callback ids)
VIEW_ASK = "request_form"
VIEW_MAKE = "make_form"
VIEW_APPROVE = "approve_request"
VIEW_DECLINE = "decline_request"
VIEW_PASTE = "paste_refreshed_code"
VIEW_CODES = "codes"
VIEW_WAITING = "waiting_requests"
VIEW_CODE = "code"
VIEW_TOLD = "told"
VIEW_ANSWER = "answer"
VIEW_ASK_HOLDER = "ask_account_holder_form"
VIEW_QUESTION_SENT = "question_sent"
VIEW_UNANSWERED = "unanswered_questions"
VIEW_EXPORT = "unanswered_questions_exported"

# Buttons (action ids). The value is the id of a record in the ledger, or a page.
ASK = "ask"
MY_CODES = "my_codes"
ALL_CODES = "all_codes"
WAITING = "waiting"
APPROVE = "approve"
DECLINE = "decline"
WITHDRAW_REQUEST = "withdraw_request"
NUDGE = "nudge"
MARK_SENT = "mark_sent"
SHOW_CODE = "show_code"
REFRESH_CODE = "refresh_code"
REVOKE_CODE = "revoke_code"
CODES_PAGE = "codes_page"
CODES_PAGE_BACK = "codes_page_back"
WAITING_PAGE = "waiting_page"
WAITING_PAGE_BACK = "waiting_page_back"
FEEDBACK = "feedback"
HELPFUL = "helpful"
UNHELPFUL = "unhelpful"
ASK_HOLDER = "ask_account_holder"
UNANSWERED = "unanswered"
UNANSWERED_PAGE = "unanswered_page"
UNANSWERED_PAGE_BACK = "unanswered_page_back"
EXPORT = "export_unanswered"


def topic(name: str) -> str:
    """The button that shows the answer to this topic."""
    return f"topic_{name}"


# Fields: the block and the action in it carry the same id.
FOR_WHOM = "for_whom"
COLLEAGUE = "colleague"
FIRST_NAME = "first_name"
LAST_NAME = "last_name"
EMAIL = "email"
ROLE = "role"
PURPOSE = "purpose"
AUTHORITY = "authority"
PASTED_CODE = "pasted_code"
REASON = "reason"
MESSAGE = "message"
QUESTION = "question"
