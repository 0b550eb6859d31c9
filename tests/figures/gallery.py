"""One or more pictures of every function of `rolelab.figures`, and what there is to see in them.

`python -m tests.figures.gallery` writes what is seen now to `gallery.json`. Look at the pictures
before you commit that: `python -m tests.figures.gallery FOLDER` saves them there.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle

import rolelab
from rolelab.ecs.agent_call import ALLOWED, CALLER, DENIED, EXECUTION, FAILED, TASK
from rolelab.ecs.task import Step
from rolelab.ecs.timeline import Timeline
from rolelab.figures import (
    blast_radius,
    evaluation,
    gateway_audit,
    guardrails,
    key_access,
    launch,
    request_paths,
)
from rolelab.figures.described_figure import DescribedFigure
from rolelab.iam import Decision, Policies, Request, evaluate
from tests.blast_radius.accounts import small_shop
from tests.least_privilege import pictures as pictures_of_least_privilege

EXPECTED = Path(__file__).with_name("gallery.json")

Structure = dict[str, Any]
ACCOUNT = "123456789012"


# --- the pictures -----------------------------------------------------------------------------


def document(effect: str, *actions: str, **elements: Any) -> dict[str, Any]:
    body = {"Effect": effect, "Action": list(actions), "Resource": "*", **elements}
    return {"Version": "2012-10-17", "Statement": [body]}


ALL, READ = document("Allow", "*"), document("Allow", "s3:Get*")
KEEP, OPEN = document("Deny", "s3:DeleteObject"), document("Allow", "*", Principal="*")
GUARD = document("Deny", "s3:PutObject", Principal="*")
OBJECT = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
ACTIONS = dict.fromkeys(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), OBJECT)


def decide(**policies: Any) -> Decision:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/bookshop-support/ticket-4711"
    return evaluate(Request(session, "s3:PutObject", OBJECT), Policies(**policies))


def timeline(
    *calls: tuple[str, str, str], started: bool = True, reason: str | None = None
) -> Timeline:
    roles = {
        CALLER: f"arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/learner",
        EXECUTION: f"arn:aws:iam::{ACCOUNT}:role/csecstaskexecutionrole",
        TASK: f"arn:aws:iam::{ACCOUNT}:role/orders-task-role",
    }
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    steps = tuple(
        Step("step", roles[lane], lane, call, "*", verdict, begin + timedelta(seconds=number), 1.0)
        for number, (lane, call, verdict) in enumerate(calls)
    )
    moments = {"startedAt": begin + timedelta(seconds=len(calls))} if started else {}
    return Timeline(f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/c/1", steps, moments, reason)


ASKED = (
    (CALLER, "ecs:RunTask", ALLOWED),
    (CALLER, "iam:PassRole", ALLOWED),
    (CALLER, "iam:PassRole", ALLOWED),
    (EXECUTION, "sts:AssumeRole", ALLOWED),
    (EXECUTION, "ecr:GetAuthorizationToken", ALLOWED),
)
NO_SECRET = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
    "retrieval failed: unable to retrieve secret from asm"
)


@contextmanager
def account() -> Iterator[tuple[Any, Any]]:
    import boto3

    rolelab.start()
    try:
        yield boto3.client("iam"), boto3.client("kms")
    finally:
        rolelab.stop()


def people(iam: Any, count: int) -> list[str]:
    """Users and roles with names of every length; the administrator is there already."""
    trust = json.dumps(document("Allow", "sts:AssumeRole", Principal={"AWS": ACCOUNT}))
    trust = trust.replace('"Resource": "*", ', "")
    names = []
    for number in range(count):
        if number % 2:
            names.append(f"role/bookshop-service-{number}-task")
            name = names[-1].partition("/")[2]
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            put, who = iam.put_role_policy, {"RoleName": name}
        else:
            names.append(f"user/worker-{number}")
            name = names[-1].partition("/")[2]
            iam.create_user(UserName=name)
            put, who = iam.put_user_policy, {"UserName": name}
        if number % 3 == 0:
            through = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
            text = json.dumps(document("Allow", "kms:Decrypt", "kms:Encrypt", Condition=through))
            put(PolicyName="own", PolicyDocument=text, **who)
    return names


def keys_and_people(principals: int, keys: int) -> DescribedFigure:
    with account() as (iam, kms):
        names = people(iam, principals - 1)
        for number in range(keys):
            key = kms.create_key()["KeyMetadata"]["Arn"]
            kms.create_alias(AliasName=f"alias/bookshop/service-{number}", TargetKeyId=key)
            kms.create_grant(
                KeyId=key,
                GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:{names[number % len(names)]}",
                Operations=["Encrypt"],
            )
        kms.disable_key(KeyId=key)
        return key_access()


def a_key_that_nobody_may_read() -> DescribedFigure:
    with account() as (_, kms):
        kms.create_alias(
            AliasName="alias/orders", TargetKeyId=kms.create_key()["KeyMetadata"]["Arn"]
        )
        closed = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/diary", TargetKeyId=closed)
        other = document("Allow", "kms:*", Principal={"AWS": "arn:aws:iam::999988887777:root"})
        kms.put_key_policy(
            KeyId=closed, Policy=json.dumps(other), BypassPolicyLockoutSafetyCheck=True
        )
        return key_access()


def requests_of_a_gateway(*, refused: bool) -> DescribedFigure:
    lite, pro = "bedrock/amazon.nova-lite-v1:0", "bedrock/amazon.nova-pro-v1:0"
    task, research = "gateway-task-role/11aa", "research-role/llm-gateway"
    rows = [("shop", lite, 200, task, None)] * 4 + [("lab", pro, 200, research, None)] * 2
    if refused:
        rows += [
            ("shop", pro, 403, task, "AccessDeniedException"),
            ("lab", lite, 429, None, None),
            (None, "", 401, None, None),
            ("lab", "openai/gpt-4o-mini", 200, None, None),
        ]
    columns = ["client", "model", "status", "role", "aws_error"]
    return request_paths(pd.DataFrame(rows, columns=columns))


def audit_of_gateways() -> DescribedFigure:
    lite, role = "bedrock/amazon.nova-lite-v1:0", "gateway-task-role/11aa"
    rows = [
        ("APIPark", "shop", "till", 200, role, lite, None, 0.002),
        ("APIPark", "shop", "till", 429, None, lite, None, None),
        ("APIPark", None, "", 401, None, "", None, None),
        ("LiteLLM", "lab", "papers", 200, role, lite, None, 0.004),
        ("LiteLLM", "lab", "papers", 403, role, lite, "AccessDeniedException", None),
    ]
    columns = ["gateway", "client", "key", "status", "role", "model", "aws_error", "cost"]
    return gateway_audit(pd.DataFrame(rows, columns=columns))


PICTURES: Mapping[str, Mapping[str, Callable[[], DescribedFigure]]] = {
    "evaluation": {
        "allowed": lambda: evaluation(decide(identity=[ALL])),
        "stopped by a boundary": lambda: evaluation(decide(identity=[ALL], boundary=[READ])),
        "an explicit deny among six layers": lambda: evaluation(
            decide(
                identity=[ALL],
                boundary=[ALL],
                session=[ALL],
                service_control=[[ALL], [document("Deny", "s3:Put*")]],
                resource_control=[[GUARD]],
                endpoint=[OPEN],
            )
        ),
    },
    "guardrails": {
        "none": lambda: guardrails(decide(identity=[ALL]), ACTIONS),
        "four": lambda: guardrails(
            decide(
                identity=[ALL],
                boundary=[READ, KEEP],
                session=[ALL],
                service_control=[[ALL], [ALL, KEEP]],
                resource_control=[[GUARD]],
            ),
            ACTIONS,
        ),
    },
    "key_access": {
        "4 principals, 3 keys": lambda: keys_and_people(4, 3),
        "20 principals, 20 keys": lambda: keys_and_people(20, 20),
        "a key that nobody may read": a_key_that_nobody_may_read,
    },
    "launch": {
        "all went well": lambda: launch(
            timeline(*ASKED, (TASK, "sts:AssumeRole", ALLOWED), (TASK, "s3:GetObject", ALLOWED))
        ),
        "a secret that was denied": lambda: launch(
            timeline(
                *ASKED,
                (EXECUTION, "secretsmanager:GetSecretValue", DENIED),
                started=False,
                reason=NO_SECRET,
            )
        ),
        "an image that is not there": lambda: launch(
            timeline(*ASKED, (EXECUTION, "ecr:BatchGetImage", FAILED), started=False)
        ),
    },
    "least_privilege": {
        "an administrator": pictures_of_least_privilege.of_an_administrator,
        "a small policy": pictures_of_least_privilege.of_a_small_policy,
        "a role that did nothing": pictures_of_least_privilege.of_a_role_that_did_nothing,
    },
    "gateway_audit": {"two gateways": audit_of_gateways},
    "request_paths": {
        "all answered": lambda: requests_of_a_gateway(refused=False),
        "refused by the gateway and by AWS": lambda: requests_of_a_gateway(refused=True),
    },
    "blast_radius": {
        "three can become administrator": lambda: blast_radius(small_shop()),
        "two steps": lambda: blast_radius(small_shop(), "bob"),
        "no way": lambda: blast_radius(small_shop(), "auditor"),
    },
}
"""By the name of the function and of the case."""


# --- what there is to see ---------------------------------------------------------------------

SHAPES = ("o", "X", "s", "^", "_", "|", "D", "v", "P", "*")


def structure(figure: DescribedFigure) -> Structure:
    """The picture as plain data: size, axes, texts, how many marks of each kind, description."""
    return {
        "inches": [round(float(side), 2) for side in figure.get_size_inches()],
        "axes": len(figure.axes),
        "texts": texts(figure),
        "marks": {" ".join(kind): count for kind, count in sorted(marks(figure).items())},
        "description": figure.description,
    }


def texts(figure: DescribedFigure) -> list[str]:
    return [each.get_text() for axes in figure.axes for each in axes.texts]


def marks(figure: DescribedFigure) -> Counter[tuple[str, str, str]]:
    """Marks by shape, colour, and whether they are full or open."""
    found: Counter[tuple[str, str, str]] = Counter()
    for each in drawn_marks(figure):
        if isinstance(each, PathCollection):
            edge, face = to_hex(each.get_edgecolor()[0]), to_hex(each.get_facecolor()[0])
            count = len(each.get_offsets())
        else:
            edge, face = to_hex(each.get_markeredgecolor()), to_hex(each.get_markerfacecolor())
            count = len(each.get_xdata())
        full = face != "#ffffff"
        found[shape_of(each), face if full else edge, "full" if full else "open"] += count
    return found


def drawn_marks(figure: DescribedFigure) -> list[PathCollection | Line2D]:
    return [
        each
        for axes in figure.axes
        for each in axes.get_children()
        if isinstance(each, PathCollection)
        or (isinstance(each, Line2D) and each.get_marker() not in (None, "None", "", " "))
    ]


def shape_of(mark: PathCollection | Line2D) -> str:
    """The name of a mark's shape, as matplotlib calls it."""
    if isinstance(mark, Line2D):
        return str(mark.get_marker())
    drawn = mark.get_paths()[0].vertices
    for name in SHAPES:
        style = MarkerStyle(name)
        if np.array_equal(style.get_path().transformed(style.get_transform()).vertices, drawn):
            return name
    raise AssertionError("a mark of a shape that the gallery does not know: add it to SHAPES")


def outside(figure: DescribedFigure) -> list[str]:
    """The texts that reach over the edge of the picture."""
    canvas = FigureCanvasAgg(figure)
    width, height = canvas.get_width_height()
    found = []
    for axes in figure.axes:
        for each in axes.texts:
            box = each.get_window_extent(canvas.get_renderer())
            if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height:
                found.append(each.get_text())
    return found


def overlaps(figure: DescribedFigure) -> list[str]:
    """The texts whose ink touches that of a text or of a mark drawn before it."""
    canvas = FigureCanvasAgg(figure)
    artists: list[Artist] = [each for axes in figure.axes for each in axes.get_children()]
    shown = [each.get_visible() for each in artists]
    taken = ink(canvas, artists, drawn_marks(figure))
    found = []
    for axes in figure.axes:
        for each in axes.texts:
            own = ink(canvas, artists, [each])
            if (own & taken).any():
                found.append(each.get_text())
            taken |= own
    for artist, visible in zip(artists, shown, strict=True):
        artist.set_visible(visible)
    return found


def ink(canvas: FigureCanvasAgg, artists: list[Artist], alone: Any) -> Any:
    """The pixels that some artists cover, when nothing else is drawn."""
    for each in artists:
        each.set_visible(any(each is one for one in alone))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].min(axis=-1) < 200


def pictures() -> Iterator[tuple[str, DescribedFigure]]:
    for function, cases in PICTURES.items():
        for case, draw in cases.items():
            yield f"{function}: {case}", draw()


def main(folder: str | None) -> None:
    seen = {}
    for name, figure in pictures():
        seen[name] = structure(figure)
        if folder is not None:
            Path(folder, f"{name.replace(': ', '-').replace(' ', '-')}.png").write_bytes(
                figure.png()
            )
    if folder is None:
        EXPECTED.write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
