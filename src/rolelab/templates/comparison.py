"""Two accounts asked the same questions.

Equal texts prove little: an ARN may name the wrong account. Equal answers are what was wanted.
Page: *Policy evaluation logic*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rolelab.iam import AccessMatrix, MatrixPrincipal, MatrixResource, Policies, access_matrix
from rolelab.templates import questions
from rolelab.templates.account_reading import read_account
from rolelab.templates.correspondence import Correspondence, correspondence, in_stack
from rolelab.templates.found import Document, Found, Reading, counted
from rolelab.templates.questions import Situation

if TYPE_CHECKING:
    import boto3
    import pandas as pd

    from rolelab.templates.account_template import AccountTemplate

_EVERYTHING: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
_STRANGER = "111111111111"
"""An account that is neither of the two."""
_PREFIXES: Mapping[str, tuple[str, ...]] = {"iam": ("iam", "sts")}
"""Whose actions are about the ARNs of a service, where it is not only its own."""


class Difference(NamedTuple):
    """One question that the two accounts answer differently.

    Attributes:
        principal: who asks.
        action: for what.
        resource: on what, by its ARN in the first account.
        situation: under which condition keys.
        first, second: the effects, as in `rolelab.iam.Decision`.
    """

    principal: str
    action: str
    resource: str
    situation: str
    first: str
    second: str


class Asked(NamedTuple):
    """How one principal was answered.

    Attributes:
        principal: who asked.
        decisions: how many questions.
        first, second: how many were allowed in each account.
        differ: how many answers differ.
    """

    principal: str
    decisions: int
    first: int
    second: int
    differ: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of two accounts.

    Attributes:
        first, second: the account ids.
        asked: for each principal, how it was answered.
        services: whose actions were asked about, by their prefixes.
        differences: the answers that differ.
        only_first, only_second: resources that one account has and the other has not.
    """

    first: str
    second: str
    asked: tuple[Asked, ...]
    services: tuple[str, ...]
    differences: tuple[Difference, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def decisions(self) -> int:
        """How many questions each account was asked."""
        return sum(each.decisions for each in self.asked)

    @property
    def equivalent(self) -> bool:
        """Whether all answers are the same and no resource stands alone."""
        return not (self.differences or self.only_first or self.only_second)

    def to_frame(self) -> pd.DataFrame:
        """For each principal: decisions, how many each account allows, and how many differ."""
        import pandas as pd

        frame = pd.DataFrame(self.asked, columns=list(Asked._fields)).set_index("principal")
        return frame.rename(columns={"first": self.first, "second": self.second})

    def differences_frame(self) -> pd.DataFrame:
        """The answers that differ, one in each row."""
        import pandas as pd

        frame = pd.DataFrame(self.differences, columns=list(Difference._fields))
        return frame.rename(columns={"first": self.first, "second": self.second})

    def __repr__(self) -> str:
        said = "equivalent" if self.equivalent else "not equivalent"
        alone = len(self.only_first) + len(self.only_second)
        return (
            f"<Comparison of {self.first} and {self.second}: {said}. {self.decisions:,} decisions, "
            f"{len(self.differences):,} differ; {counted(alone, 'resource')} without a counterpart>"
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """One account, and how to say there what the first one says.

    Attributes:
        reading: the account.
        found: its resource, by the key of the first account's.
        say: translates a text of the first account.
    """

    reading: Reading
    found: Mapping[str, Found]
    say: Any


def compare(
    exported: AccountTemplate, session: boto3.Session, stack: str | None = None
) -> Comparison:
    """Ask the exported account and another one the same questions, and compare the answers.

    Who asks: every role and user; the services that policies name; an administrator, so that
    denials show; a stranger who may do everything at home; and nobody, anonymous. What: every known
    action of the services exported. On what: every resource, something inside it, and whatever a
    policy of either account names. When: in an ordinary request, and with the values that each
    condition names. Policies of an organization are not asked: they belong to the place and not to
    the template.

    Args:
        exported: from `from_account`; what the account held then is the first side.
        session: who reads the other account.
        stack: the stack that was made of the template there. It says which resource is which,
            also where names differ. None: by their names.

    Returns:
        The decisions that differ, and the resources that stand alone.

    Raises:
        ClientError: the other account cannot be read, or has no such stack.
    """
    other = read_account(session)
    known = _known(exported, session, other, stack)
    matching = correspondence(exported.reading, other, known)
    first = _Side(exported.reading, {one.key: one for one, _ in matching.pairs}, str)
    second = _Side(other, {one.key: two for one, two in matching.pairs}, matching.to_second)
    differences: list[Difference] = []
    counts: dict[str, list[int]] = {}
    services: dict[str, None] = {}
    for situation in _situations(matching):
        for left, right in _matrices(matching, first, second, situation):
            services[left.actions[0].split(":")[0]] = None
            for rows in zip(left.to_rows(), right.to_rows(), strict=True):
                _note(rows, situation, differences, counts)
    return Comparison(
        exported.reading.account_id,
        other.account_id,
        tuple(Asked(name, *numbers) for name, numbers in counts.items()),
        tuple(services),
        tuple(differences),
        tuple(f"{each.type} {each.name}".rstrip() for each in matching.only_first),
        tuple(f"{each.type} {each.name}".rstrip() for each in matching.only_second),
    )


def _known(
    exported: AccountTemplate, session: boto3.Session, other: Reading, stack: str | None
) -> dict[str, str]:
    if stack is None:
        return {}
    make: Any = session.client
    client = make("cloudformation", region_name=other.region)
    made = client.describe_stack_resources(StackName=stack)["StackResources"]
    return in_stack(other, exported.logical_ids, made)


def _note(
    rows: tuple[Any, Any],
    situation: Situation,
    differences: list[Difference],
    counts: dict[str, list[int]],
) -> None:
    left, right = rows
    numbers = counts.setdefault(left.principal, [0, 0, 0, 0])
    numbers[0] += 1
    numbers[1] += left.effect == "Allow"
    numbers[2] += right.effect == "Allow"
    if left.effect != right.effect:
        numbers[3] += 1
        differences.append(
            Difference(
                left.principal,
                left.action,
                left.resource,
                situation.name,
                left.effect,
                right.effect,
            )
        )


def _situations(matching: Correspondence) -> list[Situation]:
    """Those of both accounts, in the words of the first."""
    theirs = [
        Situation(
            matching.to_first(each.name),
            {name: matching.to_first(value) for name, value in each.context.items()},
        )
        for each in questions.situations(matching.second)
    ]
    both = [*questions.situations(matching.first), *theirs]
    return list({each.name: each for each in both}.values())


def _matrices(
    matching: Correspondence, first: _Side, second: _Side, situation: Situation
) -> Iterator[tuple[AccessMatrix, AccessMatrix]]:
    """For each service the same matrix of both accounts, row by row."""
    arns = [
        *questions.resources(matching.first),
        *map(matching.to_first, questions.resources(matching.second)),
    ]
    services = [
        *questions.service_principals(matching.first),
        *questions.service_principals(matching.second),
    ]
    by_service: dict[str, list[str]] = {}
    for arn in sorted(dict.fromkeys(arns)):
        by_service.setdefault(arn.split(":")[2], []).append(arn)
    for service, listed in by_service.items():
        for prefix in _PREFIXES.get(service, (service,)):
            if prefix in questions.SERVICES_ASKED:
                actions = questions.actions(prefix)
                yield (
                    _matrix(first, services, actions, listed, situation),
                    _matrix(second, services, actions, listed, situation),
                )


def _matrix(
    side: _Side,
    services: Sequence[str],
    actions: Sequence[str],
    arns: Sequence[str],
    situation: Situation,
) -> AccessMatrix:
    context = {
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": side.reading.region,
        "aws:ResourceAccount": side.reading.account_id,
        **{name: side.say(value) for name, value in situation.context.items()},
    }
    # "*" is the resource of actions that have none.
    nothing = MatrixResource("*", account=side.reading.account_id)
    resources = [*(_resource(side, arn) for arn in arns), nothing]
    return access_matrix(_principals(side, services), actions, resources, context=context)


def _resource(side: _Side, arn: str) -> MatrixResource:
    """A resource under the policy that guards it; what is inside a bucket is under the bucket's."""
    guarded_by = side.found.get(arn)
    if guarded_by is None:
        inside = [key for key in side.found if arn.startswith((f"{key}/", f"{key}:"))]
        guarded_by = side.found[max(inside, key=len)] if inside else None
    policy = guarded_by.policy if guarded_by is not None else None
    return MatrixResource(side.say(arn), policy, side.reading.account_id)


def _principals(side: _Side, services: Sequence[str]) -> dict[str, MatrixPrincipal]:
    account, partition = side.reading.account_id, side.reading.partition
    asking: dict[str, MatrixPrincipal] = {}
    for key, found in sorted(side.found.items(), key=lambda each: _last_name(each[0])):
        if found.type in ("AWS::IAM::Role", "AWS::IAM::User") and found.holder is not None:
            kind = found.type.rsplit("::", 1)[-1].lower()
            policies = Policies(
                identity=list(found.holder.identity),
                boundary=[found.holder.boundary] if found.holder.boundary else None,
            )
            asking[f"{kind} {_last_name(key)}"] = _principal(
                found.key, account, partition, policies
            )
    admin = f"arn:{partition}:iam::{account}:role/an-administrator"
    stranger = f"arn:{partition}:iam::{_STRANGER}:role/a-stranger"
    anything = Policies(identity=[_EVERYTHING])
    asking["an administrator"] = _principal(admin, account, partition, anything)
    asking["a stranger"] = _principal(stranger, _STRANGER, partition, anything)
    asking["anonymous"] = MatrixPrincipal("*", Policies())
    return {**asking, **{each: MatrixPrincipal(each, Policies()) for each in services}}


def _last_name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _principal(arn: str, account: str, partition: str, policies: Policies) -> MatrixPrincipal:
    """A user as itself, a role as one of its sessions."""
    asking = arn
    if ":role/" in arn:
        name = arn.rsplit("/", 1)[-1]
        asking = f"arn:{partition}:sts::{account}:assumed-role/{name}/compare"
    context = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account}
    return MatrixPrincipal(asking, policies, context)
