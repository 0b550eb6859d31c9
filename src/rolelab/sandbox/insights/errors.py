"""What can be wrong with a query."""

from __future__ import annotations


class QueryError(ValueError):
    """A text that is not a query.

    Attributes:
        message: what is wrong.
        start: where in the text it begins.
        end: where it ends.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class NotModelledError(ValueError):
    """A command or function that AWS has and this package has not.

    Attributes:
        what: its name.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
