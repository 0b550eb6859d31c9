"""The answer to a request, able to explain itself.

AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolelab.iam.evaluation import ALLOW, Outcome, decide
from rolelab.iam.policies import Policies
from rolelab.iam.request import Question, Request
from rolelab.iam.wording import message

if TYPE_CHECKING:
    from rolelab.iam.trace import Layer


class Decision:
    """What AWS answers to one request, and why.

    The answer is there at once; layers and message are worked out when somebody looks.
    """

    __slots__ = ("_layers", "_outcome", "policies", "request")

    def __init__(self, request: Request, policies: Policies, outcome: Outcome) -> None:
        self.request = request
        self.policies = policies
        self._outcome = outcome
        self._layers: tuple[Layer, ...] | None = None

    @property
    def effect(self) -> str:
        """ "Allow", "ImplicitDeny" or "ExplicitDeny"."""
        return self._outcome.effect

    @property
    def allowed(self) -> bool:
        return self._outcome.effect is ALLOW

    @property
    def decided_by(self) -> str:
        """The policy type that decided, as AWS names it."""
        return self._outcome.decided_by.name

    @property
    def message(self) -> str:
        """AWS's own sentence."""
        return message(self.request, self._outcome)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every policy type's answer, in AWS's order; see `rolelab.iam.trace.Layer`."""
        if self._layers is None:
            # What only an explanation needs is imported when somebody asks for one.
            from rolelab.iam.trace import layers_of

            question = _question(self.request, self.policies)
            self._layers = layers_of(question, self.policies, self._outcome)
        return self._layers

    def __repr__(self) -> str:
        return f"<Decision {self.effect}: {self.message}>"

    def __str__(self) -> str:
        from rolelab.iam.report import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from rolelab.iam.report import as_html

        return as_html(self)


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide a request.

    Never raises for valid documents, whatever the request says. Parsed documents are shared: pass
    the same Policies, the same JSON text or a Document from `parse` to read a policy only once.
    """
    return Decision(request, policies, decide(_question(request, policies), policies))


def _question(request: Request, policies: Policies) -> Question:
    return Question(request, policies.boundary is not None)
