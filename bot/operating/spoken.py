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
        settings.setdefault("no_args_is_help", True)
        super().__init__(cls=_Group, help=text, **settings)

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
        (r"\s+\[required\]", ""),
        (r"\[default:", _("[ellers")),
        (r"(\d+)<=x<=(\d+)", r"\1–\2"),
    ):
        text = re.sub(theirs, ours, text, flags=re.MULTILINE)
    # Of what type an argument is, its name says; the columns stay where they are.
    text = re.sub(r" <(?:str|path)>(?=  )", lambda found: " " * len(found[0]), text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def told(problem: TyperException) -> str:
    """What is wrong with how a command was typed; where no command was, its help."""
    context = getattr(problem, "ctx", None)
    text = _text(type(problem).__name__, problem.message)
    if not text:
        return problem.message
    see = _(" Se: {command} --help").format(command=context.command_path) if context else ""
    choices = ", ".join(re.findall(r"'([^']*)'", problem.message)[1:])
    limit = "".join(re.findall(r"than or equal to (\d+)", problem.message))
    return f"{text.format(what=_what(problem), choices=choices, limit=limit)}{see}"


def _text(kind: str, message: str) -> str:
    """By the name of the exception, for typer offers most of them under no other."""
    match kind:
        case "NoArgsIsHelpError":
            return ""
        case "MissingParameter":
            return _("Det mangler {what}.")
        case "BadOptionUsage":
            return _("Det mangler noe etter {what}.")
        case "NoSuchOption":
            return _("Valget {what} finnes ikke.")
        case "BadParameter" if "is not one of" in message:
            return _("{what} kan være en av disse: {choices}.")
        case "BadParameter" if "greater than or equal to" in message:
            return _("{what} kan ikke være mindre enn {limit}.")
        case "BadParameter" if "less than or equal to" in message:
            return _("{what} kan ikke være mer enn {limit}.")
        case "BadParameter":
            return _("{what} kan ikke være det.")
        case _other if message.startswith("No such command"):
            return _("Kommandoen {what} finnes ikke.")
    return _("Kommandoen kan ikke skrives slik.")


def _what(problem: Any) -> str:
    """The option, the argument or the command that it is about."""
    parameter = getattr(problem, "param", None)
    if parameter is None:
        named = re.search(r"'([^']*)'", problem.message)
        return getattr(problem, "option_name", None) or (named[1] if named else "")
    is_option = parameter.param_type_name == "option"
    return str(parameter.opts[0] if is_option else parameter.display_name_raw)
