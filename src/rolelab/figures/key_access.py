"""Who can use which KMS key for what.

AWS pages: *Key policies in AWS KMS*, *Using IAM policies with AWS KMS*, *Grants in AWS KMS*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from rolelab.figures.account_keys import AccountKey, AccountPrincipal, keys_of, principals_of
from rolelab.figures.described_figure import FONT_SIZE, WIDTH, DescribedFigure
from rolelab.iam import AccessMatrix, access_matrix

if TYPE_CHECKING:
    import boto3

_INK, _GREY, _PALE, _BAND = "#222222", "#555555", "#D5D5D5", "#F5F5F5"
_TOP, _ROW, _BOTTOM = 0.75, 0.34, 0.75
_COLUMN, _NARROW = 2.1, 0.44
"""Inches for a key: at most, at least."""
_LETTER = 0.078
"""Inches for a letter of a name."""
_LONGEST = 30

YES, PERHAPS, NO = "yes", "under a condition", "no"


@dataclass(frozen=True, slots=True)
class _Use:
    """What somebody may do with a key.

    Attributes:
        action: the action that stands for it.
        word: what the picture says.
        shape: the mark, which no other use has.
        colour: of the Okabe-Ito palette.
        place: where the mark stands in its cell: 0 is the middle, 1 the edge.
    """

    action: str
    word: str
    shape: str
    colour: str
    place: float


USES = (
    _Use("kms:Encrypt", "encrypt", "o", "#0072B2", -0.58),
    _Use("kms:Decrypt", "decrypt", "s", "#D55E00", 0.0),
    # Who may set the key policy can let everybody in. Page: *Default key policy*.
    _Use("kms:PutKeyPolicy", "administer", "^", "#009E73", 0.58),
)


@dataclass(frozen=True, slots=True)
class _Access:
    """The answers: `plain` to a bare request, `best` to one that meets every condition."""

    plain: AccessMatrix
    best: AccessMatrix

    def may(self, principal: str, use: _Use, key: str) -> str:
        if self.plain.effect(principal, use.action, key) == "Allow":
            return YES
        allowed = self.best.effect(principal, use.action, key) == "Allow"
        return PERHAPS if allowed else NO

    def somewhere(self, use: _Use, keys: Sequence[AccountKey]) -> list[str]:
        """The principals who may do this with at least one key."""
        return [
            name
            for name in self.best.principals
            if any(self.may(name, use, key.arn) != NO for key in keys)
        ]


def key_access(
    session: boto3.Session | None = None,
    *,
    principals: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
) -> DescribedFigure:
    """Draw who can encrypt and decrypt with each key of an account, and who administers it.

    A row for each user and role, a column for each customer managed key. Every mark is a decision
    over the key policy, the grants, the IAM policies and the permissions boundary as they are now.
    A full mark: a bare request is allowed. An open mark: only a request that meets a condition,
    such as an encryption context, or a call through one service. To administer means
    `kms:PutKeyPolicy`.

    Service control policies, resource control policies, VPC endpoint policies and session policies
    are left out, and so are principals of other accounts. The key's state is in its heading and
    changes no mark: a permission outlasts it.

    Args:
        session: of somebody who may read IAM and the keys; None is the caller's own default.
        principals: names of users and roles to show, such as "lena"; None shows all.
        keys: ARNs of the keys to show; None shows all.

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        ValueError: there is no such key, or no such principal.
        botocore.exceptions.ClientError: the session may not read what the picture needs.
    """
    import boto3 as sdk

    reader = session or sdk.Session()
    found = keys_of(reader)
    columns = [each for each in found.read if keys is None or each.arn in keys]
    rows = [
        each
        for each in principals_of(reader)
        if principals is None or each.name.partition(" ")[2] in principals
    ]
    arns = [each.arn for each in columns]
    _require(keys, arns, "key that you may read", "Make one with kms.create_key().")
    names = [each.name.partition(" ")[2] for each in rows]
    _require(principals, names, "user or role", "Make one with iam.create_role(...).")
    access = _Access(*(_matrix(rows, columns, met) for met in (False, True)))
    return _picture(rows, columns, access, found.closed if keys is None else ())


def _require(wanted: Sequence[str] | None, found: Sequence[str], what: str, advice: str) -> None:
    missing = [] if wanted is None else [each for each in wanted if each not in found]
    if missing:
        raise ValueError(f"This account has no {what} {missing[0]}.")
    if not found:
        raise ValueError(f"There is no {what} to show. {advice}")


def _matrix(
    rows: Sequence[AccountPrincipal], columns: Sequence[AccountKey], conditions_met: bool
) -> AccessMatrix:
    return access_matrix(
        {each.name: each.asking(conditions_met=conditions_met) for each in rows},
        [use.action for use in USES],
        [each.resource(conditions_met=conditions_met) for each in columns],
        context={"aws:SecureTransport": "true", "aws:ViaAWSService": "false"},
    )


def _picture(
    rows: Sequence[AccountPrincipal],
    columns: Sequence[AccountKey],
    access: _Access,
    closed: Sequence[str],
) -> DescribedFigure:
    left = 0.35 + _LETTER * max(len(_short(each.name)) for each in rows)
    step = min(_COLUMN, max(_NARROW, (WIDTH - left - 0.3) / len(columns)))
    slanted = any(_LETTER * len(_heading(each)) > step - 0.08 for each in columns)
    longest = max(len(_heading(each)) for each in columns)
    head = (0.45 if closed else 0.25) + (0.05 * longest if slanted else 0.0)
    # A slanted heading of the last key reaches over the edge of its column.
    over = 0.06 * len(_heading(columns[-1])) if slanted else 0.0
    top = _TOP + head
    height = top + _ROW * len(rows) + _BOTTOM
    width = max(WIDTH, left + step * len(columns) + max(0.3, over))
    title = _title(rows, columns, access)
    description = " ".join([_description(title, rows, columns, access), *_left_out(closed)])
    figure = DescribedFigure(description, width=width, height=height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.text(0.2, 0.32, title, fontsize=FONT_SIZE + 1.5, weight="bold", color=_INK, va="center")
    for line in _left_out(closed):
        axes.text(0.2, 0.62, line, fontsize=FONT_SIZE - 2, color=_GREY, va="center")
    places = {each.arn: left + step * (number + 0.5) for number, each in enumerate(columns)}
    heights = {each.name: top + _ROW * (number + 0.5) for number, each in enumerate(rows)}
    _draw_frame(axes, places, heights, left, step)
    _draw_headings(axes, columns, places, top, slanted)
    for row in rows:
        y = heights[row.name]
        axes.text(0.2, y, _short(row.name), fontsize=FONT_SIZE - 1.5, color=_INK, va="center")
    _draw_marks(axes, access, places, heights, min(step, 0.8) / 2)
    _draw_legend(axes, height - 0.42)
    return figure


def _draw_frame(
    axes: Axes, places: Mapping[str, float], heights: Mapping[str, float], left: float, step: float
) -> None:
    """Bands behind every other row, and lines between the keys."""
    right = left + step * len(places)
    for number, y in enumerate(heights.values()):
        if number % 2 == 0:
            axes.fill_between([0.12, right], y - _ROW / 2, y + _ROW / 2, color=_BAND, zorder=0)
    above, below = min(heights.values()) - _ROW / 2, max(heights.values()) + _ROW / 2
    edges = [left, *(x + step / 2 for x in places.values())]
    axes.vlines(edges, above, below, color=_PALE, linewidth=0.8, zorder=1)


def _draw_headings(
    axes: Axes,
    columns: Sequence[AccountKey],
    places: Mapping[str, float],
    top: float,
    slanted: bool,
) -> None:
    for each in columns:
        axes.text(
            places[each.arn] - (0.06 if slanted else 0.0),
            top - 0.1,
            _heading(each),
            fontsize=FONT_SIZE - 1.5,
            color=_INK,
            rotation=40 if slanted else 0,
            rotation_mode="anchor",
            ha="left" if slanted else "center",
            va="bottom",
        )


def _draw_marks(
    axes: Axes,
    access: _Access,
    places: Mapping[str, float],
    heights: Mapping[str, float],
    half: float,
) -> None:
    """One collection for each use and answer: a picture of 400 cells stays quick."""
    cells = [(name, arn) for name in heights for arn in places]
    size = 62 if half > 0.3 else 34
    for use in USES:
        for answer in (YES, PERHAPS, NO):
            at = [
                (places[arn] + use.place * half, heights[name])
                for name, arn in cells
                if access.may(name, use, arn) == answer
            ]
            if at:
                _scatter(axes, use, answer, at, size)


def _scatter(
    axes: Axes, use: _Use, answer: str, at: Sequence[tuple[float, float]], size: float
) -> None:
    refused = answer == NO
    axes.scatter(
        [x for x, _ in at],
        [y for _, y in at],
        s=5 if refused else size,
        marker="_" if refused else use.shape,
        facecolor="#9A9A9A" if refused else use.colour if answer == YES else "white",
        edgecolor=None if refused else use.colour,
        linewidth=0.8 if refused else 1.4,
        zorder=2,
    )


def _draw_legend(axes: Axes, y: float) -> None:
    x = 0.3
    for use in USES:
        _scatter(axes, use, YES, [(x, y)], 62)
        axes.text(x + 0.13, y, use.word, fontsize=FONT_SIZE - 2, color=_INK, va="center")
        x += 0.36 + _LETTER * len(use.word)
    x += 0.1
    for use in USES:
        _scatter(axes, use, PERHAPS, [(x, y)], 62)
        x += 0.19
    words = "open: only under a condition"
    axes.text(x - 0.04, y, words, fontsize=FONT_SIZE - 2, color=_INK, va="center")


def _left_out(closed: Sequence[str]) -> list[str]:
    """Say which keys are not in the picture, if there are any."""
    if not closed:
        return []
    if len(closed) == 1:
        return [f"Key {closed[0]} is not shown: its policy does not let you read it."]
    return [f"{len(closed)} keys are not shown: their policies do not let you read them."]


def _short(name: str) -> str:
    """A name that fits. Its middle goes, for names that are alike differ at their ends."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 11]}\u2026{name[-10:]}"


def _heading(key: AccountKey) -> str:
    state = {"Enabled": "", "PendingDeletion": " (pending deletion)"}
    return _short(key.name) + state.get(key.state, f" ({key.state.lower()})")


def _title(rows: Sequence[AccountPrincipal], columns: Sequence[AccountKey], access: _Access) -> str:
    _, decrypt, administer = USES
    opening, ruling = (len(access.somewhere(use, columns)) for use in (decrypt, administer))
    keys = "the key" if len(columns) == 1 else "a key"
    return f"{opening} of {len(rows)} can decrypt with {keys}, and {ruling} can change who may"


def _description(
    title: str,
    rows: Sequence[AccountPrincipal],
    columns: Sequence[AccountKey],
    access: _Access,
) -> str:
    lines = []
    for key in columns:
        said = []
        for use in USES:
            answers = {row.name: access.may(row.name, use, key.arn) for row in rows}
            who = [
                name if answer == YES else f"{name} {PERHAPS}"
                for name, answer in answers.items()
                if answer != NO
            ]
            said.append(f"{use.word}: {', '.join(who) or 'nobody'}")
        lines.append(f"Key {_heading(key)}. {'; '.join(said)}")
    return f"{title}. {'. '.join(lines)}."
