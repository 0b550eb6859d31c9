"""Prompt variables, and the chat of a client."""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.gateways.core.message import Json
from rolelab.gateways.core.refused import Reason, Refused


def filled(prompt: str, variables: Mapping[str, bool], body: Mapping[str, Json]) -> str:
    """Put the client's variables into a prompt.

    Args:
        prompt: with `{{Key}}` for each variable.
        variables: whether each is required, by its key.
        body: the client's body, `{"variables": {"Query": "..."}}`.

    Raises:
        Refused: VARIABLE_MISSING, or BODY_NOT_VALID.
    """
    given = body.get("variables") or {}
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise Refused(Reason.BODY_NOT_VALID, "variables is an object of strings")
    if not given and any(variables.values()):
        raise Refused(Reason.VARIABLE_MISSING, "variables is required")
    for key, required in variables.items():
        if required and key not in given:
            raise Refused(Reason.VARIABLE_MISSING, f"variable {key} is required")
    return _once(prompt, {key: given.get(key, "") for key in variables})


def _once(prompt: str, values: Mapping[str, str]) -> str:
    """Replace every variable in one pass: a value that looks like a variable stays what it is."""
    pieces = prompt.split("{{")
    filled_in = [pieces[0]]
    for piece in pieces[1:]:
        key, end, rest = piece.partition("}}")
        known = end and key in values
        filled_in.append(values[key] + rest if known else "{{" + piece)
    return "".join(filled_in)


def messages(body: Mapping[str, Json]) -> tuple[tuple[tuple[str, str], ...], str]:
    """The messages of a chat body, and what its own system messages say.

    Raises:
        Refused: BODY_NOT_VALID.
    """
    given = body.get("messages")
    if not isinstance(given, list) or not given:
        raise Refused(Reason.BODY_NOT_VALID, "messages is a list of one or more messages")
    pairs = [_pair(each) for each in given]
    system = "\n".join(content for role, content in pairs if role == "system")
    chat = tuple((role, content) for role, content in pairs if role != "system")
    if not chat:
        raise Refused(Reason.BODY_NOT_VALID, "messages has no message of a user")
    return chat, system


_ROLES = ("user", "assistant", "system")


def _pair(message: Json) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise Refused(Reason.BODY_NOT_VALID, "a message is an object with role and content")
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        raise Refused(Reason.BODY_NOT_VALID, f"a role is one of {', '.join(_ROLES)}")
    if not isinstance(content, str) or not content.strip():
        raise Refused(Reason.BODY_NOT_VALID, "content is a text that is not blank")
    return str(role), content
