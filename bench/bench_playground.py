"""How long a keystroke in the policy playground keeps the processor.

A policy of 40 lines is typed key by key into the panel's own field, the way a browser sends it.
Each key counts from the message's arrival to the last message that the panel gives back: reading
every text, deciding, the explanation, the picture, the code to copy. The widgets' own work is in
it, and the JSON of what goes back; the way to the browser and its drawing are not. The second row
types inside a valid policy, where every key is decided anew. The third is what one key would cost
more if the picture were a matplotlib figure.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator

import ipywidgets as widgets

import rolelab
from rolelab.figures import evaluation
from rolelab.iam import Policies, Request
from rolelab.policy_playground.panel import Playground

LIMIT = 50.0
"""Milliseconds that a key may take."""

SESSION = "arn:aws:sts::123456789012:assumed-role/orders-task-role/orders-1"
REQUEST = Request(
    SESSION,
    "s3:GetObject",
    "arn:aws:s3:::bookshop-orders/incoming/1001.json",
    context={"aws:SourceIp": "10.0.0.1", "aws:RequestedRegion": "us-east-1"},
)
POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ListIncoming",
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::bookshop-orders",
      "Condition": {
        "StringLike": {"s3:prefix": ["incoming/*", "archive/*"]}
      }
    },
    {
      "Sid": "ReadOrders",
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:GetObjectTagging"],
      "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
      "Condition": {
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
        "StringEquals": {"aws:RequestedRegion": "us-east-1"}
      }
    },
    {
      "Sid": "ReadSecret",
      "Effect": "Allow",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/db-*"
    },
    {
      "Sid": "NobodyDeletes",
      "Effect": "Deny",
      "Action": "s3:Delete*",
      "Resource": "*",
      "Condition": {
        "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"},
        "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}
      }
    }
  ]
}"""
"""40 lines."""

WITHIN = "arn:aws:s3:::bookshop-orders/incoming/*"


def typed_from_nothing() -> Iterator[str]:
    return (POLICY[:end] for end in range(1, len(POLICY) + 1))


def typed_within() -> Iterator[str]:
    """One resource after another, key by key: every text is a valid policy."""
    before, after = POLICY.split(WITHIN)
    for name in ("incoming/2026/*", "incoming/????.json", "archive/${aws:userid}/*", "*"):
        for end in range(len(name) + 1):
            yield f"{before}arn:aws:s3:::bookshop-orders/{name[:end]}{after}"


def policy_field(panel: Playground) -> widgets.Textarea:
    def all_of(widget: widgets.Widget) -> Iterator[widgets.Widget]:
        yield widget
        for child in getattr(widget, "children", ()):
            yield from all_of(child)

    return next(
        each
        for each in all_of(panel.widget)
        if getattr(each, "description", "").endswith("Identity-based policy")
    )


def outputs(panel: Playground) -> list[str]:
    """What a key sends back: every value that the panel computes."""
    return [panel._answer.value, panel._picture.value, panel._status.value, panel._code.value]


def type_all(texts: Iterator[str]) -> tuple[list[float], list[int], int]:
    """Milliseconds of processor time and bytes sent for each key; how many were decided anew."""
    panel = rolelab.playground(request=REQUEST, policies=Policies())
    field = policy_field(panel)
    taken, sent, decided = [], [], 0
    for text in texts:
        before = outputs(panel)
        started = time.process_time_ns()
        field.set_state({"value": text})
        new = [value for value, old in zip(outputs(panel), before, strict=True) if value != old]
        messages = [json.dumps({"value": value}) for value in new]
        taken.append((time.process_time_ns() - started) / 1e6)
        sent.append(sum(len(message) for message in messages))
        decided += not panel.state.out_of_date
    return taken, sent, decided


def figure_times(times: int) -> list[float]:
    panel = rolelab.playground(request=REQUEST, policies=Policies(identity=[POLICY]))
    assert panel.decision is not None
    taken = []
    for _ in range(times):
        started = time.process_time_ns()
        evaluation(panel.decision)._repr_html_()
        taken.append((time.process_time_ns() - started) / 1e6)
    return taken


def row(name: str, taken: list[float], note: str) -> None:
    p95 = statistics.quantiles(taken, n=20)[18]
    print(
        f"  {name:36} median {statistics.median(taken):>6.2f} ms   p95 {p95:>6.2f} ms   "
        f"longest {max(taken):>6.2f} ms   {note}"
    )


def main() -> None:
    type_all(typed_within())
    print(f"playground: processor time for one key, of {LIMIT:.0f} ms that it may take")
    for name, texts in (
        ("40 lines typed from nothing", typed_from_nothing()),
        ("typed inside a valid policy", typed_within()),
    ):
        taken, sent, decided = type_all(texts)
        late = sum(each > LIMIT for each in taken)
        row(
            name,
            taken,
            f"{len(taken)} keys, {decided} decided anew, {late} late, "
            f"{statistics.median(sent) / 1024:.0f} kB back",
        )
    row("the matplotlib figure, for comparison", figure_times(20), "drawn once for each key")


if __name__ == "__main__":
    main()
