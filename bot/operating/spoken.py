"""Commands that speak the operator's language throughout: their help, and what is wrong with how
they were typed. typer itself speaks English."""

import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from bot.words import _


class Commands(typer.Typer):
    """A group of commands, each with its help in our words."""

    def __init__(self, text: str, **settings: Any) -> None:
        super().__init__(cls=_Group, help=text, no_args_is_help=True, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        return super().command(name, cls=_Command, **settings)


class _Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return _in_our_words(super().get_help(ctx))


class _Command(TyperCommand):
    def get_help(self, ctx: Any) -> str:
        return _in_our_words(super().get_help(ctx))


def _in_our_words(text: str) -> str:
    """What nobody has given a translation for stays as it is."""
    for theirs, ours in (
        (r"^Usage: ", _("Bruk: ")),
        (r" \[OPTIONS\]", _(" [VALG]")),
        (r" COMMAND \[ARGS\]\.\.\.", _(" KOMMANDO …")),
        (r"^Arguments:$", _("Argumenter:")),
        (r"^Options:$", _("Valg:")),
        (r"^Commands:$", _("Kommandoer:")),
        (r"Show this message and exit\.", _("Vis denne hjelpen.")),
        (r"\[required\]", ""),
        (r"\[default: ", _("[ellers ")),
        (r"<str>", _("<tekst>")),
        (r"<int(?: range)?>", _("<tall>")),
        (r"<(?:path|file)>", _("<fil>")),
    ):
        text = re.sub(theirs, ours, text, flags=re.MULTILINE)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def told(problem: TyperException) -> str:
    """What is wrong with how a command was typed; where no command was, its help."""
    context = getattr(problem, "ctx", None)
    match type(problem).__name__:
        case "NoArgsIsHelpError":
            return problem.message
        case "MissingParameter":
            text = _("Det mangler {what}.")
        case "NoSuchOption":
            text = _("Valget {what} finnes ikke.")
        case "BadParameter":
            text = _("{what} kan ikke være det som står der.")
        case _other if problem.message.startswith("No such command"):
            text = _("Kommandoen {what} finnes ikke.")
        case _other:
            text = _("Kommandoen kan ikke skrives slik.")
    see = _("Se: {command} --help").format(command=context.command_path) if context else ""
    return f"{text.format(what=_what(problem))} {see}".strip()


def _what(problem: Any) -> str:
    """The option, the argument or the command that it is about."""
    parameter = getattr(problem, "param", None)
    if parameter is not None:
        return str(parameter.opts[0] if parameter.param_type_name == "option" else parameter.name)
    named = re.search(r"'([^']*)'", problem.message)
    return getattr(problem, "option_name", None) or (named[1] if named else "")
