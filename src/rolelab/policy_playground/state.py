"""What the playground knows: the texts, their decision or their faults, and the last good one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rolelab.iam import Decision, Policies, evaluate
from rolelab.policy_playground.fault import Fault, FaultError, located
from rolelab.policy_playground.fields import POLICY_FIELDS, PolicyField, Texts
from rolelab.policy_playground.policy_text import Levels, read_documents
from rolelab.policy_playground.request_text import read_request


@dataclass(frozen=True, slots=True)
class State:
    """The playground after a change.

    Attributes:
        texts: what stands in the fields.
        faults: what is wrong with them; empty when they can be read.
        decision: the answer to the texts, or the last one there was; None before the first.
    """

    texts: Texts
    faults: tuple[Fault, ...] = ()
    decision: Decision | None = None

    @property
    def out_of_date(self) -> bool:
        """Whether the decision answers older texts than those in the fields."""
        return bool(self.faults)

    def after(self, texts: Texts) -> State:
        """The state when the fields hold other texts. Never raises."""
        answer = answer_of(texts)
        if isinstance(answer, Decision):
            return State(texts, decision=answer)
        return State(texts, answer, self.decision)


def answer_of(texts: Texts) -> Decision | tuple[Fault, ...]:
    """The decision that the texts lead to, or every fault in them: at most one for a field."""
    faults: list[Fault] = []
    request = read_request(texts)
    if isinstance(request, tuple):
        faults += request
    given: dict[str, Any] = {}
    for field in POLICY_FIELDS:
        text = getattr(texts, field.name)
        try:
            levels = read_documents(text, field, tuple(texts.names.get(field.name, ())))
        except FaultError as error:
            faults.append(located(field.name, text, error))
        else:
            given |= _argument(field, levels)
    if faults or isinstance(request, tuple):
        return tuple(faults)
    return evaluate(request, Policies(**given))


def _argument(field: PolicyField, levels: Levels | None) -> dict[str, Any]:
    """The field as an argument of Policies; none when it is empty."""
    if levels is None:
        return {}
    if field.levels:
        return {field.name: levels}
    (documents,) = levels
    return {field.name: documents[0] if field.single else documents}
