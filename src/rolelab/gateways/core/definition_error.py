"""A definition that the gateway cannot use."""

from __future__ import annotations


class DefinitionError(ValueError):
    """A definition is wrong: it is refused as a whole, before any request.

    Attributes:
        where: the place in the document, `/paths/~1analyse/post/operationId` or `provider`.
        problem: what is wrong there and what would be right.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.where = where
        self.problem = problem
