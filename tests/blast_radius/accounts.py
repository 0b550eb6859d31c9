"""Accounts made by hand: only what a search reads of them."""

from __future__ import annotations

import json
from typing import Any

from rolelab.blast_radius import AccountSnapshot, BlastRadius, search
from rolelab.blast_radius.account import Held, Holder, Thing
from rolelab.iam import parse

ACCOUNT = "123456789012"
Statement = dict[str, Any]


def arn(name: str) -> str:
    """The ARN of "user/ann" or "role/app"."""
    return f"arn:aws:iam::{ACCOUNT}:{name}"


def allow(action: str | list[str], resource: str = "*", **elements: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: str | list[str], resource: str = "*", **elements: Any) -> Statement:
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def text(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: dict[str, Any], **elements: Any) -> Statement:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **elements}


def holder(name: str, *statements: Statement, **more: Any) -> Holder:
    """A user or role with one inline policy; no statements: no policy."""
    trusted = more.pop("trust", None)
    boundary = more.pop("boundary", None)
    if trusted is not None:
        more["trust"] = parse(text(trusted), kind="trust")
    if boundary is not None:
        more.setdefault("boundary_document", parse(text(*boundary)))
        more["boundary"] = arn("policy/boundary")
    policies = (Held(parse(text(*statements))),) if statements else ()
    return Holder(arn(name), f"ID-{name}", policies=policies, **more)


def thing(of: Holder) -> Thing:
    """A holder as what a rule can be about."""
    tags = {f"aws:ResourceTag/{key}": value for key, value in of.tags.items()}
    return Thing(of.arn, (of.arn,), {"boundary": of.boundary}, tags, of.trust)


def account(*holders: Holder, **more: Any) -> AccountSnapshot:
    """An account with these principals, and what a plain reading would find of them."""
    things = {
        "user": tuple(thing(each) for each in holders if not each.is_role),
        "role": tuple(thing(each) for each in holders if each.is_role),
        "user with boundary": tuple(
            thing(each) for each in holders if each.boundary and not each.is_role
        ),
        **more.pop("things", {}),
    }
    return AccountSnapshot(ACCOUNT, holders, things, **more)


def radius(*holders: Holder, **more: Any) -> BlastRadius:
    """The search over such an account."""
    context = more.pop("context", None)
    return search(account(*holders, **more), context=context)


def small_shop() -> BlastRadius:
    """Three of six can become administrator; one is."""
    operators = Thing(
        arn("group/operators"), gift="group operators", documents=(parse(text(allow("iam:*"))),)
    )
    return radius(
        holder("user/ann", allow("sts:AssumeRole", arn("role/deployer"))),
        holder("user/bob", allow("iam:CreateAccessKey", arn("user/ann"))),
        holder("user/cem", allow("iam:AddUserToGroup", arn("group/operators"))),
        holder("user/auditor", allow("iam:Get*")),
        holder("role/deployer", allow("*"), trust=trust({"AWS": ACCOUNT})),
        holder("role/orders-task-role", allow("s3:*")),
        things={"group": (operators,)},
    )
