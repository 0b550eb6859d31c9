"""Many pairs of action and resource at once: which of them a statement covers.

A set of pairs is one integer with a bit for each pair, so that a statement is compared with every
pair by a few operations on integers, and each pattern of a policy with each name only once.

AWS pages: *IAM JSON policy elements: Action*, *IAM JSON policy elements: Resource*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rolelab.iam.document import Document
from rolelab.iam.evaluation import ALWAYS_ALLOWED, guarded_kind
from rolelab.iam.principals import Grant
from rolelab.iam.request import Question
from rolelab.iam.statement import ActionElement, ResourceElement, Statement, vendor_of
from rolelab.iam.variables import Template
from rolelab.iam.wildcard import Matcher, resource_matcher, string_matcher

TILE = 4096
"""So many pairs make one `Cells`: an operation on a larger integer costs more than it saves."""


class Part(NamedTuple):
    """A statement and the cells it may cover; who asks and the context decide the rest."""

    statement: Statement
    cells: int

    def within(self, question: Question, cells: Cells) -> int:
        """The cells that its Resource and Condition leave, for this question."""
        covered = self.cells
        resource = self.statement.resource
        if resource is not None and _has_variables(resource):
            covered &= cells.of_resource(resource, question)
        return covered if covered and self.statement.meets_conditions(question) else 0


class Sheet(NamedTuple):
    """A document over some cells.

    Attributes:
        allowed: what statements allow that ask for nothing but an action and a resource.
        denied: what such statements deny.
        parts: the other statements, those that cover no cell left out.
    """

    allowed: int
    denied: int
    parts: tuple[Part, ...]


class Cells:
    """Pairs of an action (in lower case) and a resource, each with a bit of its own.

    The first action goes with the first resource, and so on: two lists, because a tuple for each
    pair keeps the garbage collector busy for longer than the decisions take.

    Attributes:
        count: how many pairs there are.
        all: every bit set.
        always_allowed: the pairs whose action no policy controls.
        needs_resource_policy: the pairs whose resource must itself allow or delegate.
    """

    def __init__(self, actions: Sequence[str], resources: Sequence[str]) -> None:
        self.count = len(actions)
        self.all = (1 << self.count) - 1
        self._by_action = _Places(actions)
        self._by_resource = _Places(resources)
        self.always_allowed = _union(map(self._by_action.of, ALWAYS_ALLOWED))
        self.needs_resource_policy = self._guarded()
        self._of_vendor: dict[str | None, list[str]] = {None: list(self._by_action)}
        for action in self._by_action:
            self._of_vendor.setdefault(action.partition(":")[0], []).append(action)
        self._of_pattern: dict[str, int] = {}
        self._of_matcher: dict[Matcher, int] = {}
        self._sheets: dict[Document, Sheet] = {}

    def having(self, resources: Iterable[str]) -> int:
        """The cells of some resources."""
        return _union(map(self._by_resource.of, resources))

    def sheet(self, document: Document) -> Sheet:
        """The document over these cells; worked out once for each document."""
        found = self._sheets.get(document)
        if found is None:
            found = self._sheets[document] = self._read(document)
        return found

    def of_action(self, element: ActionElement) -> int:
        """The cells that an Action or NotAction covers."""
        covered = 0
        for pattern in element.patterns:
            found = self._of_pattern.get(pattern)
            covered |= self._find_pattern(pattern) if found is None else found
        return self.all ^ covered if element.negated else covered

    def of_resource(self, element: ResourceElement, question: Question | None = None) -> int:
        """The cells that a Resource or NotResource covers.

        Args:
            element: the element.
            question: whose context fills the variables; an element without any needs none.
        """
        if element.everything:
            return self.all
        covered = _union(self._of_wanted(wanted, question) for wanted in element.wanted)
        return self.all ^ covered if element.negated else covered

    def _guarded(self) -> int:
        by_kind: dict[str, int] = {}
        for action in self._by_action:
            kind = guarded_kind(action)
            if kind is not None:
                by_kind[kind] = by_kind.get(kind, 0) | self._by_action.of(action)
        return _union(
            cells & self.having(name for name in self._by_resource if kind in name)
            for kind, cells in by_kind.items()
        )

    def _read(self, document: Document) -> Sheet:
        allowed = denied = 0
        parts = []
        for statement in document.statements:
            covered = self._may_cover(statement)
            if not covered:
                continue
            if not _is_plain(statement):
                parts.append(Part(statement, covered))
            elif statement.allows:
                allowed |= covered
            else:
                denied |= covered
        return Sheet(allowed, denied, tuple(parts))

    def _may_cover(self, statement: Statement) -> int:
        covered = self.of_action(statement.action)
        resource = statement.resource
        if covered and resource is not None and not _has_variables(resource):
            covered &= self.of_resource(resource)
        return covered

    def _find_pattern(self, pattern: str) -> int:
        matches = string_matcher(pattern)
        # The service of a pattern is plain text, so that other services' actions need no look.
        names = self._of_vendor.get(vendor_of(pattern), ())
        found = _union(self._by_action.of(name) for name in names if matches(name))
        self._of_pattern[pattern] = found
        return found

    def _of_wanted(self, wanted: Matcher | Template, question: Question | None) -> int:
        if not isinstance(wanted, Template):
            return self._matched_by(wanted)
        pattern = None if question is None else wanted.resolve(question.context)
        return 0 if pattern is None else self._matched_by(resource_matcher(pattern))

    def _matched_by(self, matcher: Matcher) -> int:
        found = self._of_matcher.get(matcher)
        if found is None:
            names = self._by_resource
            found = _union(names.of(name) for name in names if matcher(name))
            self._of_matcher[matcher] = found
        return found


class Reading(NamedTuple):
    """What documents of one policy type say of cells."""

    allowed: int
    denied: int


def read_documents(
    documents: Iterable[Document], cells: Cells, question: Question, within: int
) -> Reading:
    """The cells that any document allows, and those that any denies.

    Args:
        documents: of one policy type.
        cells: the pairs asked about.
        question: who asks, and the context.
        within: the only cells of interest; what is said of others may be left out.
    """
    allowed = denied = 0
    for document in documents:
        sheet = cells.sheet(document)
        allowed |= sheet.allowed
        denied |= sheet.denied
        for part in sheet.parts:
            statement = part.statement
            # A cell that is allowed already gains nothing by another Allow.
            wanted = within & ~allowed if statement.allows else within
            if not part.cells & wanted or statement.grant(question) is Grant.NONE:
                continue
            if statement.allows:
                allowed |= part.within(question, cells)
            else:
                denied |= part.within(question, cells)
    return Reading(allowed, denied)


class Grants(NamedTuple):
    """What a resource's policy says: the cells that it grants at least so directly, or denies."""

    direct: int = 0
    role: int = 0
    any: int = 0
    denied: int = 0


def read_resource_policy(
    document: Document, cells: Cells, question: Question, within: int
) -> Grants:
    """What the resource's policy grants to the caller, and how directly; what it denies.

    The arguments are those of `read_documents`.
    """
    sheet = cells.sheet(document)
    granted = {Grant.DIRECT: sheet.allowed, Grant.ROLE: 0, Grant.ACCOUNT: 0}
    denied = sheet.denied
    for part in sheet.parts:
        grant = part.statement.grant(question) if part.cells & within else Grant.NONE
        if grant is Grant.NONE:
            continue
        if part.statement.allows:
            granted[grant] |= part.within(question, cells)
        else:
            denied |= part.within(question, cells)
    role = granted[Grant.DIRECT] | granted[Grant.ROLE]
    return Grants(granted[Grant.DIRECT], role, role | granted[Grant.ACCOUNT], denied)


class _Places:
    """Names in a row, and where each of them stands. A set is made when it is first asked for:
    most policies speak of few names.
    """

    __slots__ = ("_count", "_listed", "_sets")

    def __init__(self, names: Sequence[str]) -> None:
        listed: dict[str, list[int]] = {}
        for position, name in enumerate(names):
            if name in listed:
                listed[name].append(position)
            else:
                listed[name] = [position]
        self._count = len(names)
        self._listed = listed
        self._sets: dict[str, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def of(self, name: str) -> int:
        """The set of the positions where the name stands; empty for a name that is not here."""
        found = self._sets.get(name)
        if found is None:
            found = self._sets[name] = at(self._listed.get(name, ()), self._count)
        return found


def at(positions: Iterable[int], count: int) -> int:
    """The set of these positions among so many."""
    row = bytearray((count + 7) // 8)
    for position in positions:
        row[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(row, "little")


def _union(sets: Iterable[int]) -> int:
    union = 0
    for some in sets:
        union |= some
    return union


def _has_variables(element: ResourceElement) -> bool:
    return any(isinstance(wanted, Template) for wanted in element.wanted)


def _is_plain(statement: Statement) -> bool:
    """Whether neither the caller nor the context can change what the statement covers."""
    if statement.principal is not None or statement.conditions:
        return False
    return statement.resource is None or not _has_variables(statement.resource)
