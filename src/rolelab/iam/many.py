"""Many requests under the same policies, decided together.

AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import cast

from rolelab.iam.batch import OUTCOMES, Batch, Owned, decide_batches, frozen
from rolelab.iam.cells import TILE, Cells, at
from rolelab.iam.decision import Decision, evaluate
from rolelab.iam.document import Document
from rolelab.iam.policies import Policies
from rolelab.iam.request import Request

_WORTH_A_BATCH = 8
"""Fewer requests of one caller in one context are decided sooner one by one."""


def evaluate_many(requests: Iterable[Request], policies: Policies) -> list[Decision]:
    """Decide many requests; each answer is the one that `evaluate` gives.

    Requests of the same principal, resource account and context are decided together, which is
    what makes it fast: ask in any order, but about many actions and resources.

    Args:
        requests: in any order, as many as wanted.
        policies: those that bear on every one of them.

    Returns a Decision for each request, in their order. Never raises for valid documents.

    AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
    """
    listed = list(requests)
    decisions: list[Decision] = []
    for start in range(0, len(listed), TILE):
        decisions += _evaluate(listed[start : start + TILE], policies)
    return decisions


def _evaluate(requests: Sequence[Request], policies: Policies) -> list[Decision]:
    together = [alike for alike in _alike(requests) if len(alike) >= _WORTH_A_BATCH]
    if not together:
        return [evaluate(request, policies) for request in requests]
    return [
        Decision(request, policies, OUTCOMES[place - 1]) if place else evaluate(request, policies)
        for request, place in zip(requests, _decide(requests, together, policies), strict=True)
    ]


def _decide(
    requests: Sequence[Request], together: Iterable[Sequence[int]], policies: Policies
) -> bytes:
    cells = Cells(
        [request.action.lower() for request in requests],
        [request.resource for request in requests],
    )
    owned: list[Owned] = []
    if policies.resource is not None:
        owned.append(Owned(cast(Document, policies.resource), cells.all))
    batches = [
        Batch(at(alike, cells.count), requests[alike[0]], policies, owned) for alike in together
    ]
    return decide_batches(cells, batches)


def _alike(requests: Sequence[Request]) -> Iterable[list[int]]:
    """The positions of the requests that differ in nothing but action and resource."""
    found: dict[Hashable, list[int]] = {}
    contexts: dict[int, tuple[object, ...]] = {}
    last: Request | None = None
    alike: list[int] = []
    for position, request in enumerate(requests):
        context = request.context
        # Requests often come in a row of one caller who asks in one context.
        if (
            last is None
            or context is not last.context
            or request.principal is not last.principal
            or request.resource_account is not last.resource_account
        ):
            # Freezing a context takes longer than deciding.
            key = contexts.get(id(context))
            if key is None:
                key = contexts[id(context)] = frozen(context)
            alike = found.setdefault((request.principal, request.resource_account, key), [])
        last = request
        alike.append(position)
    return found.values()
