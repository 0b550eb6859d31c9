"""Refusals of EventBridge, with the codes of its API Reference."""

from __future__ import annotations

from rolelab.sandbox.denial import ServiceError


def validation(message: str) -> ServiceError:
    """A parameter is not as it has to be."""
    return ServiceError("ValidationException", message, 400)


def not_found(message: str) -> ServiceError:
    """The call names something that does not exist."""
    return ServiceError("ResourceNotFoundException", message, 400)


def no_rule(name: str, bus: str) -> ServiceError:
    """The call names a rule that does not exist."""
    return not_found(f"Rule {name} does not exist on EventBus {bus}.")


def no_bus(name: str) -> ServiceError:
    """The call names an event bus that does not exist."""
    return not_found(f"Event bus {name} does not exist.")


def invalid_pattern(reason: str) -> ServiceError:
    """An event pattern is none."""
    return ServiceError(
        "InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}", 400
    )
