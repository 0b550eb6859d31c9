"""The one error that a policy document can raise."""

from __future__ import annotations


class PolicyError(ValueError):
    """A document that AWS would refuse, with the place and the reason.

    Attributes:
        statement: the statement's Sid, or its position counted from 1 as text, or None when the
            fault lies outside every statement.
        element: the element at fault, such as "Action", or None when the text is not JSON.
        reason: one sentence in the words of the field.
        code: the error code with which AWS refuses the document.

    AWS page: *IAM JSON policy elements reference*; the code is listed under *CreatePolicy* errors.
    """

    code = "MalformedPolicyDocument"

    def __init__(
        self, reason: str, *, element: str | None = None, statement: str | None = None
    ) -> None:
        self.reason = reason
        self.element = element
        self.statement = statement
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        places = []
        if self.statement is not None:
            places.append(f"Statement {self.statement}")
        if self.element is not None:
            places.append(f"element {self.element}")
        where = ", ".join(places)
        sentence = f"{where}: {self.reason}" if where else self.reason
        return sentence[0].upper() + sentence[1:].rstrip(".") + "."
