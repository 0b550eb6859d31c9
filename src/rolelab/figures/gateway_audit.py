"""What became of every request at several gateways: which key asked, and who said no.

A request meets two locks. The gateway's knows keys, AWS's knows roles. A row is a key; what AWS
records of all its calls is the role in the heading.

Pages: *Monitor Amazon Bedrock API calls using CloudTrail*; *CloudTrail userIdentity element*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure
from rolelab.iam.report import MARKS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("gateway", "client", "key", "status", "role", "model", "aws_error", "cost")
"""What the table must have; see `gateway_audit`."""

NO_KEY = "no valid key"

_INK, _GREY, _PALE = "#222222", "#555555", "#BBBBBB"
_BLUE, _VERMILION = MARKS["Allow"].colour, MARKS["ImplicitDeny"].colour
_CLIENT, _KEY, _LINE, _GATE, _AWS, _ANSWER, _COST = 0.3, 1.3, 2.1, 2.3, 3.9, 5.45, 6.85
"""Inches from the left. `_COST` is where the amounts end; `_LINE` is where a row's line begins."""
_TOP, _ROW, _GAP, _BOTTOM = 1.2, 0.31, 0.17, 0.0
_LONGEST_CLIENT, _LONGEST_KEY, _LONGEST_CODE = 12, 8, 12


@dataclass(frozen=True, slots=True)
class _Row:
    """All requests with one key at one gateway.

    Attributes:
        client: whose key it is.
        key: the beginning of its name; empty without one.
        refused: what the gateway refused, by HTTP status.
        denied: what AWS refused, by error code.
        answered: how many got an answer.
        cost: of the answers, in US dollars.
    """

    client: str
    key: str
    refused: Mapping[int, int]
    denied: Mapping[str, int]
    answered: int
    cost: float

    @property
    def called(self) -> int:
        """How many calls AWS has seen."""
        return sum(self.denied.values()) + self.answered

    @property
    def asked(self) -> int:
        return sum(self.refused.values()) + self.called


@dataclass(frozen=True, slots=True)
class _Gateway:
    """A gateway: its rows, and as whom it called which models."""

    name: str
    rows: Sequence[_Row]
    roles: Sequence[str]
    models: Sequence[str]


def gateway_audit(requests: pd.DataFrame) -> DescribedFigure:
    """Draw for each key of each gateway what was refused by whom, what was answered, and its cost.

    Vermilion crosses are refusals: first those of the gateway, by HTTP status, which AWS never saw;
    then those of AWS. Blue circles are answers. Beside a gateway's name stands the role, or the
    number of roles, as which all its calls came to AWS.

    Args:
        requests: one row for each request, with the columns `gateway`, `client` (missing: nobody's
            key), `key` (the name of the key, never the key itself), `status` (HTTP, of the
            answer), `role` (`name/session`; missing: the gateway refused the request), `model`,
            `aws_error` (missing: none), and `cost` in US dollars (missing: none).

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        ValueError: there are no requests, a column is missing, or a request came neither to an
            answer nor to a refusal that the table explains.
    """
    missing = [name for name in COLUMNS if name not in requests.columns]
    if missing:
        raise ValueError(f"The table has no column {', '.join(missing)}.")
    if requests.empty:
        raise ValueError("There are no requests in the table, so there is nothing to draw.")
    _require_explained(requests)
    gateways = [
        _gateway(str(name), requests[requests["gateway"] == name])
        for name in requests["gateway"].unique()
    ]
    rows = sum(len(each.rows) for each in gateways)
    height = _TOP + _ROW * (rows + len(gateways)) + _GAP * (len(gateways) - 1) + _BOTTOM
    title = _title(gateways)
    figure = DescribedFigure(_description(title, gateways), height=height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, figure.get_figwidth())
    axes.set_ylim(height, 0)
    style: dict[str, Any] = {"weight": "bold", "color": _INK, "va": "center"}
    axes.text(0.2, 0.32, title, fontsize=FONT_SIZE + 1.5, **style)
    _draw_headings(axes)
    y = _TOP
    for gateway in gateways:
        _draw_gateway(axes, gateway, y)
        y += _ROW * (len(gateway.rows) + 1) + _GAP
    return figure


def _require_explained(requests: pd.DataFrame) -> None:
    """A success without a call of AWS is a row whose records were not joined."""
    lost = requests["role"].isna() & (requests["status"] < 400)
    if lost.any():
        row = requests[lost].iloc[0]
        raise ValueError(
            f"A request at {row['gateway']} was answered {row['status']}, and its row names no "
            "role. Join the gateway's log with the trail on the AWS request id."
        )


def _gateway(name: str, requests: pd.DataFrame) -> _Gateway:
    about = requests.assign(client=requests["client"].fillna(NO_KEY))
    names = sorted(about["client"].unique(), key=lambda each: (each == NO_KEY, each))
    rows = []
    for client in names:
        own = about[about["client"] == client]
        # Wrong keys are many and nobody's, so they share a row.
        keys = [""] if client == NO_KEY else own["key"].fillna("").unique()
        rows += [
            _row(str(client), str(key), own if client == NO_KEY else own[_is(own["key"], key)])
            for key in keys
        ]
    roles = {str(each).partition("/")[0] for each in requests["role"].dropna()}
    called = requests[requests["role"].notna()]
    models = {_short(str(each)) for each in called["model"].dropna()}
    return _Gateway(name, rows, sorted(roles), sorted(models))


def _is(keys: pd.Series[Any], key: object) -> pd.Series[bool]:
    return keys.fillna("") == key


def _row(client: str, key: str, own: pd.DataFrame) -> _Row:
    refused = own[own["role"].isna()]
    called = own[own["role"].notna()]
    denied = called[called["aws_error"].notna()]
    return _Row(
        client,
        key[:_LONGEST_KEY],
        Counter(int(each) for each in refused["status"]),
        Counter(str(each) for each in denied["aws_error"]),
        len(called) - len(denied),
        float(own["cost"].fillna(0.0).sum()),
    )


def _short(model: str) -> str:
    """The name of a model without its maker, date and version: `nova-lite`."""
    name = re.sub(r"(-\d{8})?(-v\d+(:\d+)?)?$", "", model.rpartition("/")[2])
    return name.partition(".")[2] if re.match(r"[a-z]+\.", name) else name


def _title(gateways: Sequence[_Gateway]) -> str:
    rows = [row for gateway in gateways for row in gateway.rows]
    asked, called = sum(row.asked for row in rows), sum(row.called for row in rows)
    keys = sum(row.client != NO_KEY for row in rows)
    roles = len({role for gateway in gateways for role in gateway.roles})
    return (
        f"{_plural(asked, 'request')} with {_plural(keys, 'key')}: "
        f"AWS saw {called} of them, as {_plural(roles, 'role')}"
    )


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _description(title: str, gateways: Sequence[_Gateway]) -> str:
    lines = []
    for gateway in gateways:
        roles = " and ".join(gateway.roles) or "nobody"
        models = f" for {', '.join(gateway.models)}" if gateway.models else ""
        lines.append(f"{gateway.name} calls AWS as {roles}{models}")
        lines += [_sentence(row) for row in gateway.rows]
    return f"{title}. {'. '.join(lines)}."


def _sentence(row: _Row) -> str:
    key = f" with key {row.key}" if row.key else ""
    said = [
        f"the gateway refused {sum(row.refused.values())} ({_listed(row.refused)})"
        if row.refused
        else "",
        f"AWS refused {sum(row.denied.values())} ({_listed(row.denied)})" if row.denied else "",
        f"{row.answered} answered for {_dollars(row.cost)}" if row.answered else "",
    ]
    whole = "; ".join(each for each in said if each)
    return f"{row.client}{key}, {_plural(row.asked, 'request')}: {whole}"


def _listed(counts: Mapping[Any, int]) -> str:
    """Counts by status or code, in the order of the statuses: `1 x 403, 15 x 429`."""
    return ", ".join(f"{counts[each]} \u00d7 {each}" for each in sorted(counts))


def _dollars(cost: float) -> str:
    return f"${cost:.6f}" if cost < 0.01 else f"${cost:.2f}"


# --- drawing ------------------------------------------------------------------------------------


def _draw_headings(axes: Axes) -> None:
    style: dict[str, Any] = {"fontsize": FONT_SIZE - 2, "color": _GREY, "va": "center"}
    y = 0.75
    for x, words in (
        (_CLIENT, "client"),
        (_KEY, "key"),
        (_GATE - 0.08, "refused by the gateway"),
        (_AWS - 0.08, "by AWS"),
        (_ANSWER - 0.08, "answered"),
    ):
        axes.text(x, y, words, **style)
    axes.text(_COST, y, "cost", ha="right", **style)
    axes.plot([0.2, _COST], [y + 0.17, y + 0.17], color=_PALE, linewidth=0.8)


def _draw_gateway(axes: Axes, gateway: _Gateway, y: float) -> None:
    style: dict[str, Any] = {"color": _INK, "va": "center"}
    axes.text(0.2, y, gateway.name, fontsize=FONT_SIZE, weight="bold", **style)
    axes.text(_AWS - 0.08, y, _identity(gateway), fontsize=FONT_SIZE - 2, **style)
    for number, row in enumerate(gateway.rows, 1):
        _draw_row(axes, row, y + _ROW * number)


def _identity(gateway: _Gateway) -> str:
    if not gateway.roles:
        return "AWS was not called"
    roles = gateway.roles[0] if len(gateway.roles) == 1 else _plural(len(gateway.roles), "role")
    models = gateway.models[0] if len(gateway.models) == 1 else f"{len(gateway.models)} models"
    whole = f"as {roles}, {models}" if gateway.models else f"as {roles}"
    return whole if len(whole) <= 42 else f"{whole[:41]}\u2026"


def _draw_row(axes: Axes, row: _Row, y: float) -> None:
    style: dict[str, Any] = {"fontsize": FONT_SIZE - 1.5, "color": _INK, "va": "center"}
    axes.text(_CLIENT, y, _cut(row.client), **style)
    small = {**style, "fontsize": FONT_SIZE - 3, "color": _GREY, "family": "monospace"}
    axes.text(_KEY, y, row.key, **small)
    end = _ANSWER if row.answered else _AWS if row.denied else _GATE
    axes.plot([_LINE, end], [y, y], color=_BLUE if row.answered else _PALE, linewidth=1.4, zorder=1)
    if row.refused:
        _draw_refusals(axes, _statuses(row.refused), _GATE, y)
    if row.denied:
        _draw_refusals(axes, _codes(row.denied), _AWS, y)
    if row.answered:
        axes.scatter([_ANSWER], [y], s=60, marker="o", color=_BLUE, zorder=2)
        axes.text(_ANSWER + 0.14, y, str(row.answered), **style)
        axes.text(_COST, y, _dollars(row.cost), ha="right", **style)


def _draw_refusals(axes: Axes, words: str, x: float, y: float) -> None:
    axes.scatter([x], [y], s=60, marker="X", color=_VERMILION, linewidth=0, zorder=2)
    # The line goes on behind the words, so they bring their own background.
    background = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    style: dict[str, Any] = {"fontsize": FONT_SIZE - 2, "color": _INK, "va": "center"}
    axes.text(x + 0.14, y, words, bbox=background, zorder=1.5, **style)


def _statuses(counts: Mapping[int, int]) -> str:
    """The two statuses that were met most; the description has them all."""
    most = sorted(counts, key=lambda each: -counts[each])[:2]
    words = _listed({each: counts[each] for each in most})
    return words if len(counts) <= 2 else f"{words}, \u2026"


def _codes(counts: Mapping[str, int]) -> str:
    """One error by its code, without the last word, which all codes share; several as a number."""
    (first, *others) = counts
    name = first.removesuffix("Exception")
    fits = not others and len(name) <= _LONGEST_CODE
    return f"{sum(counts.values())} \u00d7 {name if fits else 'an error'}"


def _cut(client: str) -> str:
    """A name that fits its column."""
    if len(client) <= _LONGEST_CLIENT:
        return client
    return f"{client[: _LONGEST_CLIENT - 1]}\u2026"
