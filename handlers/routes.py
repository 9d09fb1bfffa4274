"""The route table, on one screen.

A router finds the handler by its literal id, so that a request costs the same however many
routes there are (Bolt tries its own listeners one by one), and an id routed twice is refused.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType

from handlers import (
    asking,
    charts,
    choosing,
    chosen,
    codes,
    coming_and_going,
    deciding,
    feedback,
    helping,
    history,
    holding,
    home,
    overseeing,
    people,
    questions,
    registering,
    replying,
    unanswered,
)
from handlers.call import Call, Reply
from handlers.house import Workspace
from storage.records import Topic
from templates import ids

Handler = Callable[[Call, Workspace], Awaitable[Reply]]
Route = tuple[str, str, Handler]


async def nothing_to_do(call: Call, workspace: Workspace) -> Reply:
    """Slack tells all the same: of where somebody looks meanwhile, of an answer that was stopped
    when it had come already."""
    return Reply()


ROUTES: tuple[Route, ...] = (
    ("command", ids.COMMAND, helping.command),
    ("shortcut", ids.SHORTCUT_ASK, asking.open_form),
    # Ask for a code
    ("action", ids.ASK, asking.open_form),
    ("action", ids.FOR_WHOM, asking.choose_person),
    ("action", ids.COLLEAGUE, asking.choose_person),
    ("submission", ids.VIEW_ASK, asking.send_request),
    ("submission", ids.VIEW_MAKE, asking.make_code),
    ("action", ids.WITHDRAW_REQUEST, asking.withdraw_request),
    ("action", ids.NUDGE, asking.nudge),
    # Decide
    ("action", ids.WAITING, deciding.open_waiting),
    ("action", ids.WAITING_PAGE, deciding.turn_waiting),
    ("action", ids.WAITING_PAGE_BACK, deciding.turn_waiting),
    ("action", ids.APPROVE, deciding.open_approval),
    ("submission", ids.VIEW_APPROVE, deciding.approve),
    ("action", ids.DECLINE, deciding.open_declining),
    ("submission", ids.VIEW_DECLINE, deciding.decline),
    # Use the codes there are
    ("action", ids.MY_CODES, codes.list_my_codes),
    ("action", ids.ALL_CODES, codes.list_codes),
    ("action", ids.CODES_PAGE, codes.turn_page),
    ("action", ids.CODES_PAGE_BACK, codes.turn_page),
    ("action", ids.SEARCH, codes.look_for),
    ("action", ids.CODES_LISTED, codes.look_for),
    ("action", ids.CODES_FILE, codes.send_list),
    ("submission", ids.VIEW_CODES, codes.send_search),
    ("action", ids.SHOW_CODE, codes.show_code),
    ("action", ids.REFRESH_CODE, codes.refresh_code),
    ("submission", ids.VIEW_PASTE, codes.refresh_with_pasted),
    ("action", ids.REVOKE_CODE, codes.revoke_code),
    ("action", ids.MARK_SENT, codes.mark_sent),
    ("action", ids.NOTE_USE, codes.open_noting),
    ("submission", ids.VIEW_NOTE_USE, codes.note_use),
    # Ask a question
    ("event", "message", questions.direct_message),
    ("event", "app_mention", questions.mention),
    *(("action", ids.topic(topic), questions.show_topic) for topic in Topic),
    ("action", ids.ALL_QUESTIONS, questions.show_all),
    ("action", ids.FEEDBACK, feedback.rate),
    ("action", ids.HELPFUL, feedback.rate),
    ("action", ids.UNHELPFUL, feedback.rate),
    ("action", ids.ASK_HOLDER, feedback.open_question),
    ("submission", ids.VIEW_ASK_HOLDER, feedback.send_question),
    # Answer one
    ("action", ids.REPLY, replying.open_reply),
    ("submission", ids.VIEW_REPLY, replying.send_reply),
    ("action", ids.UNANSWERED, unanswered.open_list),
    ("action", ids.UNANSWERED_PAGE, unanswered.turn_page),
    ("action", ids.UNANSWERED_PAGE_BACK, unanswered.turn_page),
    ("action", ids.EXPORT, unanswered.export),
    # Say who decides
    ("action", ids.HOLDERS, holding.open_list),
    ("action", ids.HOLDERS_PAGE, holding.turn_page),
    ("action", ids.HOLDERS_PAGE_BACK, holding.turn_page),
    ("action", ids.ADD_HOLDER, holding.open_adding),
    ("submission", ids.VIEW_ADD_HOLDER, holding.add),
    ("action", ids.REMOVE_HOLDER, holding.remove),
    ("action", ids.DEPUTY, holding.open_appointing),
    ("submission", ids.VIEW_DEPUTY, holding.appoint),
    # Register the organisation, and decide on it
    ("action", ids.REGISTER, registering.open_form),
    ("action", ids.REGISTER_ANOTHER, registering.open_another),
    ("submission", ids.VIEW_REGISTER, registering.send),
    ("action", ids.APPROVE_ORGANISATION, overseeing.approve),
    ("action", ids.REFUSE_ORGANISATION, overseeing.open_refusing),
    ("submission", ids.VIEW_REFUSE_ORGANISATION, overseeing.refuse),
    ("action", ids.SUSPEND_ORGANISATION, overseeing.open_suspending),
    ("submission", ids.VIEW_SUSPEND_ORGANISATION, overseeing.suspend),
    # Choose among several
    ("action", ids.CHOOSE_ORGANISATION, choosing.open_choice),
    ("submission", ids.VIEW_CHOOSE, chosen.go_on),
    # Look after the register of authority
    ("action", ids.PEOPLE, people.open_list),
    ("action", ids.PEOPLE_PAGE, people.turn_page),
    ("action", ids.PEOPLE_PAGE_BACK, people.turn_page),
    ("action", ids.PEOPLE_SEARCH, people.look_for),
    ("submission", ids.VIEW_PEOPLE, people.send_search),
    ("action", ids.ADD_PERSON, people.open_adding),
    ("submission", ids.VIEW_ADD_PERSON, people.add),
    ("action", ids.CONFIRM_AGAIN, people.confirm_again),
    ("action", ids.CHANGE_PERSON, people.open_changing),
    ("submission", ids.VIEW_CHANGE_PERSON, people.change),
    ("action", ids.WITHDRAW_AUTHORITY, people.open_withdrawing),
    ("submission", ids.VIEW_WITHDRAW_AUTHORITY, people.withdraw),
    # See what has happened
    ("action", ids.HISTORY, history.open_history),
    ("action", ids.HISTORY_CSV, history.send_sheet),
    ("action", ids.HISTORY_CHART, charts.send_chart),
    ("action", ids.HISTORY_PAGE, history.turn_page),
    ("action", ids.HISTORY_PAGE_BACK, history.turn_page),
    ("submission", ids.VIEW_HISTORY, history.send_search),
    # Find one's way
    ("event", "app_home_opened", home.opened),
    ("event", "app_context_changed", nothing_to_do),
    ("event", "agent_session_stopped", nothing_to_do),
    # Come and go
    ("event", "team_join", coming_and_going.member_joined),
    ("event", "user_change", coming_and_going.member_changed),
    ("event", "app_uninstalled", coming_and_going.bot_removed),
    ("event", "tokens_revoked", coming_and_going.bot_removed),
)


class RoutedTwice(ValueError):  # noqa: N818
    """Two handlers for one id."""


def route_table(routes: Iterable[Route]) -> Mapping[tuple[str, str], Handler]:
    """
    Raises:
        RoutedTwice: two handlers for one id.
    """
    table: dict[tuple[str, str], Handler] = {}
    for kind, call_id, handler in routes:
        if (kind, call_id) in table:
            raise RoutedTwice(f"{kind} {call_id}")
        table[kind, call_id] = handler
    return MappingProxyType(table)
