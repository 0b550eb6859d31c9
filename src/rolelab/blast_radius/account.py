"""What a search reads of an account: principals with their policies, and what leads to them.

Pages: *GetAccountAuthorizationDetails* (IAM API Reference); *Service control policies (SCPs)*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from rolelab.blast_radius.rules import NEW
from rolelab.iam import Document, PolicyError, parse

if TYPE_CHECKING:
    import boto3

Levels = tuple[tuple[Document, ...], ...]

_MOST_KEYS, _MOST_VERSIONS = 2, 5
"""Page: *IAM and AWS STS quotas*."""

_SERVICE_LINKED = ":role/aws-service-role/"
"""Only the service can assume or change such a role. Page: *Service-linked roles*."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the search goes without.

    Attributes:
        where: the ARN or the service.
        reason: one sentence.
    """

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Held:
    """A policy that a principal has.

    Attributes:
        document: the default version.
        arn: of a managed policy; "" for an inline one.
        group: the ARN of the group it comes from; "" for the principal's own.
    """

    document: Document
    arn: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """A user or a role.

    Attributes:
        arn: with its path.
        id: the unique id, such as AIDA... or AROA...
        tags: its tags.
        policies: its own and its groups'.
        groups: the ARNs of a user's groups.
        boundary: the ARN of its permissions boundary; "" if it has none.
        boundary_document: the boundary's; None where the policy could not be read.
        trust: the trust policy of a role; None for a user, or where it is not valid.
    """

    arn: str
    id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Held, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str = ""
    boundary_document: Document | None = None
    trust: Document | None = None

    @property
    def is_role(self) -> bool:
        """Whether it is a role."""
        return ":role/" in self.arn

    @property
    def name(self) -> str:
        """Its friendly name."""
        return self.arn.rpartition("/")[2]

    def limits(self) -> tuple[Document, ...] | None:
        """The boundary for the engine. One that could not be read allows nothing."""
        if not self.boundary:
            return None
        return () if self.boundary_document is None else (self.boundary_document,)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a rule can be about.

    Attributes:
        arn: what the caller acts on.
        leads_to: the ARNs of the principals whose powers it leads to.
        fields: what the patterns of a rule can name, apart from `arn`.
        context: condition keys of requests for it.
        trust: the trust policy of a role.
        gift: for a group or an older version: how the changed principal is called.
        documents: for a group or an older version: the policies that it brings.
    """

    arn: str
    leads_to: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    trust: Document | None = None
    gift: str = ""
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True)
class AccountSnapshot:
    """An account as it was when it was read; plain data, so that it can be made by hand too.

    Attributes:
        account_id: twelve digits.
        holders: users and roles, service-linked roles left out.
        things: what the rules are about, by kind: "role", "group", "function", "task" ...
        service_control: the SCPs, one tuple for each level from the root down.
        resource_control: the RCPs, likewise.
        faults: what could not be read.
        organization: the condition keys about the account's organization.
    """

    account_id: str
    holders: tuple[Holder, ...] = ()
    things: Mapping[str, tuple[Thing, ...]] = field(default_factory=dict)
    service_control: Levels = ()
    resource_control: Levels = ()
    faults: tuple[Fault, ...] = ()
    organization: Mapping[str, str | list[str]] = field(default_factory=dict)
    partition: str = "aws"
    region: str = "us-east-1"

    @property
    def principals(self) -> tuple[str, ...]:
        """The ARNs of users and roles."""
        return tuple(holder.arn for holder in self.holders)


def read_account(
    session: boto3.Session | None = None, *, management: boto3.Session | None = None
) -> AccountSnapshot:
    """Read what a search needs, by ordinary calls in one account and region.

    Args:
        session: who reads, such as an administrator or an auditor of the account; None is the
            default identity. Needs iam:GetAccountAuthorizationDetails, iam:ListAccessKeys,
            iam:GetLoginProfile, organizations:DescribeOrganization, and for what can be taken
            over: iam:ListInstanceProfiles, lambda:ListFunctions, cloudformation:DescribeStacks and
            cloudformation:ListStacks, ecs:List* and ecs:Describe*.
        management: who reads the SCPs and RCPs, in the organization's management account. Needed
            when the account is a member of an organization.

    Returns an AccountSnapshot. What the reader may not see of ECS, Lambda, CloudFormation and EC2,
    and policies that AWS would refuse, stand in its `faults`.
    Raises ValueError where SCPs bear on the account and `management` is not given; ClientError
    where IAM itself cannot be read.

    Pages: *GetAccountAuthorizationDetails*; *ListPoliciesForTarget*.
    """
    import boto3

    reader = _Reader(session or boto3._get_default_session(), management)
    return reader.read()


def _statements(document: Document) -> Iterable[Mapping[str, Any]]:
    written: Any = document.source.get("Statement", [])
    return written if isinstance(written, list) else [written]


def _resources(document: Document) -> Iterator[str]:
    for statement in _statements(document):
        written = statement.get("Resource", [])
        yield from [written] if isinstance(written, str) else written


class _Reader:
    def __init__(self, session: Any, management: Any) -> None:
        self.session = session
        self.management = management
        self.faults: list[Fault] = []
        identity = session.client("sts").get_caller_identity()
        self.account = str(identity["Account"])
        self.partition = str(identity["Arn"]).split(":")[1]
        self.region = session.region_name or "us-east-1"
        self.iam = session.client("iam")

    def read(self) -> AccountSnapshot:
        details = self._details()
        self.policies = {each["Arn"]: each for each in details["Policies"]}
        self.groups = {each["Arn"]: each for each in details["GroupDetailList"]}
        of_groups = {arn: self._held(each, "Group", arn) for arn, each in self.groups.items()}
        names = {each["GroupName"]: arn for arn, each in self.groups.items()}
        users = [self._user(each, names, of_groups) for each in details["UserDetailList"]]
        roles = [
            self._role(each)
            for each in details["RoleDetailList"]
            if _SERVICE_LINKED not in each["Arn"]
        ]
        holders = (*users, *roles)
        organization = self._organization()
        return AccountSnapshot(
            self.account,
            holders,
            self._things(users, roles, of_groups),
            organization[0],
            organization[1],
            tuple(self.faults),
            organization[2],
            self.partition,
            self.region,
        )

    # --- IAM ----------------------------------------------------------------------------------

    def _details(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {
            name: [] for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        }
        for page in self.iam.get_paginator("get_account_authorization_details").paginate():
            for name, entries in found.items():
                entries.extend(page.get(name, []))
        return found

    def _parse(self, written: Any, kind: str, name: str, where: str) -> Document | None:
        try:
            return parse(written, kind=kind, name=name)
        except PolicyError as error:
            self.faults.append(Fault(where, f"{name} is left out, it is not valid: {error}"))
            return None

    def _managed(self, arn: str, where: str, use: str = "managed policy") -> Document | None:
        known = self.policies.get(arn)
        if known is None:
            self.faults.append(Fault(where, f"{use} {arn} is left out, it could not be read"))
            return None
        default = next(each for each in known["PolicyVersionList"] if each["IsDefaultVersion"])
        return self._parse(default["Document"], "identity", f"{use} {known['PolicyName']}", where)

    def _held(self, entry: Mapping[str, Any], kind: str, group: str = "") -> tuple[Held, ...]:
        where = entry["Arn"]
        suffix = f" of group {entry['GroupName']}" if group else ""
        found = []
        for each in entry.get("AttachedManagedPolicies", []):
            document = self._managed(each["PolicyArn"], where)
            if document is not None:
                found.append(Held(document, each["PolicyArn"], group))
        for each in entry.get(f"{kind}PolicyList", []):
            name = f"inline policy {each['PolicyName']}{suffix}"
            document = self._parse(each["PolicyDocument"], "identity", name, where)
            if document is not None:
                found.append(Held(document, "", group))
        return tuple(found)

    def _holder(self, entry: Mapping[str, Any], policies: tuple[Held, ...], **more: Any) -> Holder:
        arn, boundary = entry["Arn"], entry.get("PermissionsBoundary") or {}
        boundary_arn = boundary.get("PermissionsBoundaryArn", "")
        return Holder(
            arn,
            entry["UserId" if "UserId" in entry else "RoleId"],
            {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])},
            policies,
            boundary=boundary_arn,
            boundary_document=self._boundary(boundary_arn, arn),
            **more,
        )

    def _boundary(self, arn: str, where: str) -> Document | None:
        """A boundary that nobody has attached is not among the details of AWS's policies."""
        if not arn:
            return None
        if arn not in self.policies and ":iam::aws:policy/" in arn:
            policy = self.iam.get_policy(PolicyArn=arn)["Policy"]
            version = self.iam.get_policy_version(
                PolicyArn=arn, VersionId=policy["DefaultVersionId"]
            )["PolicyVersion"]
            self.policies[arn] = {**policy, "PolicyVersionList": [version]}
        return self._managed(arn, where, "permissions boundary")

    def _user(
        self,
        entry: Mapping[str, Any],
        names: Mapping[str, str],
        of_groups: Mapping[str, tuple[Held, ...]],
    ) -> Holder:
        groups = tuple(names[name] for name in entry.get("GroupList", []))
        inherited = chain.from_iterable(of_groups[arn] for arn in groups)
        return self._holder(entry, (*self._held(entry, "User"), *inherited), groups=groups)

    def _role(self, entry: Mapping[str, Any]) -> Holder:
        trust = self._parse(
            entry["AssumeRolePolicyDocument"], "trust", "trust policy", entry["Arn"]
        )
        return self._holder(entry, self._held(entry, "Role"), trust=trust)

    # --- the organization ---------------------------------------------------------------------

    def _organization(self) -> tuple[Levels, Levels, Mapping[str, str | list[str]]]:
        client = self.session.client("organizations")
        try:
            known = client.describe_organization()["Organization"]
        except client.exceptions.AWSOrganizationsNotInUseException:
            return (), (), {}
        if known["MasterAccountId"] == self.account:
            return (), (), {"aws:PrincipalOrgID": known["Id"], "aws:ResourceOrgID": known["Id"]}
        if self.management is None:
            raise ValueError(
                f"Account {self.account} is a member of organization {known['Id']}, whose SCPs "
                f"bear on it. Pass management=, a session in account {known['MasterAccountId']} "
                "that may read them."
            )
        reader = self.management.client("organizations")
        levels = self._levels(reader)
        path = "/".join([known["Id"], *levels[:-1], ""])
        root = reader.list_roots()["Roots"][0]
        enabled = {each["Type"] for each in root["PolicyTypes"] if each["Status"] == "ENABLED"}
        of_type = {
            kind: self._controls(reader, levels, policy_type, kind)
            if policy_type in enabled
            else ()
            for policy_type, kind in (
                ("SERVICE_CONTROL_POLICY", "scp"),
                ("RESOURCE_CONTROL_POLICY", "rcp"),
            )
        }
        keys: dict[str, str | list[str]] = {
            "aws:PrincipalOrgID": known["Id"],
            "aws:ResourceOrgID": known["Id"],
            "aws:PrincipalOrgPaths": [path],
            "aws:ResourceOrgPaths": [path],
        }
        return of_type["scp"], of_type["rcp"], keys

    def _levels(self, reader: Any) -> list[str]:
        """The ids from the root down to the account."""
        levels = [self.account]
        while not levels[0].startswith("r-"):
            levels.insert(0, reader.list_parents(ChildId=levels[0])["Parents"][0]["Id"])
        return levels

    def _controls(self, reader: Any, levels: Sequence[str], policy_type: str, kind: str) -> Levels:
        found = []
        for level in levels:
            pages = reader.get_paginator("list_policies_for_target").paginate(
                TargetId=level, Filter=policy_type
            )
            documents = []
            for summary in chain.from_iterable(page["Policies"] for page in pages):
                content = reader.describe_policy(PolicyId=summary["Id"])["Policy"]["Content"]
                document = self._parse(content, kind, summary["Name"], level)
                if document is not None:
                    documents.append(document)
            found.append(tuple(documents))
        return tuple(found)

    # --- what leads to a principal ------------------------------------------------------------

    def _things(
        self, users: Sequence[Holder], roles: Sequence[Holder], of_groups: Mapping[str, Any]
    ) -> dict[str, tuple[Thing, ...]]:
        holders = (*users, *roles)
        of_users, of_roles = [self._of_user(user) for user in users], [_of(role) for role in roles]
        ecs = self._allowed_to_see("Amazon ECS", self._ecs) or {}
        existing = {*(each.arn for each in holders)}
        functions = self._allowed_to_see("AWS Lambda", self._functions) or ()
        existing |= {each.arn for each in functions}
        clusters = ecs.pop("cluster", ())
        new = {kind: tuple(self._new(kind, holders, existing)) for kind in _NEW_THINGS}
        stacks = new.pop("new stack")
        bounded = {arn for arn in (each.boundary for each in holders) if arn}
        return {
            "user": tuple(of_users),
            "role": tuple(of_roles),
            "user without password": tuple(
                each for each in of_users if not each.fields["password"]
            ),
            "user with password": tuple(each for each in of_users if each.fields["password"]),
            "user with boundary": tuple(each for each in of_users if each.fields["boundary"]),
            "role with boundary": tuple(each for each in of_roles if each.fields["boundary"]),
            "group": tuple(self._of_group(arn, users, of_groups[arn]) for arn in self.groups),
            "policy": tuple(self._of_policies(holders)),
            "policy version": tuple(self._of_versions(holders)),
            "boundary": tuple(
                Thing(
                    arn,
                    tuple(each.arn for each in holders if each.boundary == arn),
                    self._versions(arn),
                )
                for arn in sorted(bounded)
                if self._is_own(arn)
            ),
            "function": functions,
            "stack": self._allowed_to_see("AWS CloudFormation", self._stacks) or (),
            "instance profile": self._allowed_to_see("Instance profiles", self._profiles) or (),
            **ecs,
            **new,
            "new task definition": tuple(
                Thing(each.arn, fields={"cluster": cluster})
                for each in new["new task definition"]
                for cluster in clusters or (self._arn("ecs", "cluster/default"),)
            ),
            "new service": tuple(
                Thing(each.arn, fields={"cluster": _cluster_of(each.arn)})
                for each in (
                    *new["new service"],
                    *(
                        Thing(f"{each.replace(':cluster/', ':service/')}/{NEW}")
                        for each in clusters
                    ),
                )
            ),
            "role and new stack": tuple(
                Thing(stack.arn, role.leads_to, {"role": role.arn}, role.context, role.trust)
                for stack in stacks
                for role in of_roles
            ),
        }

    def _of_user(self, user: Holder) -> Thing:
        keys = self.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]
        thing = _of(user)
        full = "two keys" if len(keys) >= _MOST_KEYS else ""
        fields = {**thing.fields, "full": full, "password": self._password(user)}
        return Thing(thing.arn, thing.leads_to, fields, thing.context)

    def _password(self, user: Holder) -> str:
        try:
            self.iam.get_login_profile(UserName=user.name)
        except self.iam.exceptions.NoSuchEntityException:
            return ""
        return "set"

    def _of_group(self, arn: str, users: Sequence[Holder], held: Sequence[Held]) -> Thing:
        name = self.groups[arn]["GroupName"]
        members = tuple(user.arn for user in users if arn in user.groups)
        documents = tuple(each.document for each in held)
        return Thing(arn, members, gift=f"group {name}", documents=documents)

    def _is_own(self, arn: str) -> bool:
        """Customer managed. AWS's own policies cannot be changed."""
        return arn in self.policies and ":iam::aws:policy/" not in arn

    def _versions(self, arn: str) -> dict[str, str]:
        full = len(self.policies[arn]["PolicyVersionList"]) >= _MOST_VERSIONS
        return {"full": "five versions" if full else ""}

    def _of_policies(self, holders: Sequence[Holder]) -> Iterator[Thing]:
        for arn in filter(self._is_own, self.policies):
            having = tuple(
                each.arn for each in holders if any(held.arn == arn for held in each.policies)
            )
            if having:
                yield Thing(arn, having, self._versions(arn))

    def _of_versions(self, holders: Sequence[Holder]) -> Iterator[Thing]:
        for thing in self._of_policies(holders):
            known = self.policies[thing.arn]
            for version in known["PolicyVersionList"]:
                if version["IsDefaultVersion"]:
                    continue
                gift = f"version {version['VersionId']} of {known['PolicyName']}"
                document = self._parse(version["Document"], "identity", gift, thing.arn)
                if document is not None:
                    yield Thing(thing.arn, thing.leads_to, gift=gift, documents=(document,))

    def _new(
        self, kind: str, holders: Sequence[Holder], existing: Iterable[str]
    ) -> Iterator[Thing]:
        """What does not exist yet: under a name of ours, and under names that policies allow."""
        service, written, ending = _NEW_THINGS[kind]
        names = {NEW: None} if kind != "new service" else {}
        seen = {id(held.document): held.document for each in holders for held in each.policies}
        marker = re.compile(rf":{re.escape(written)}([^$]+)")
        for pattern in chain.from_iterable(map(_resources, seen.values())):
            match = marker.search(pattern)
            if match and match[1] != "*":
                name = match[1].replace("*", "new").replace("?", "x")
                if kind == "new task definition":
                    name = name.partition(":")[0]
                names[name.partition("/")[0] if kind == "new stack" else name] = None
        for name in names:
            arn = self._arn(service, f"{written}{name}{ending}")
            if arn not in existing:
                yield Thing(arn)

    def _arn(self, service: str, resource: str) -> str:
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    # --- services -----------------------------------------------------------------------------

    def _allowed_to_see(self, what: str, read: Callable[[], Any]) -> Any:
        """What a reader may see; a denial is a fault that is named."""
        from botocore.exceptions import ClientError

        try:
            return read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not code.startswith(("AccessDenied", "UnauthorizedOperation")):
                raise
            message = error.response["Error"]["Message"]
            self.faults.append(Fault(what, f"could not be read, and is left out: {message}"))
            return None

    def _functions(self) -> tuple[Thing, ...]:
        pages = self.session.client("lambda").get_paginator("list_functions").paginate()
        return tuple(
            Thing(each["FunctionArn"].removesuffix(":$LATEST"), (each["Role"],))
            for page in pages
            for each in page["Functions"]
        )

    def _stacks(self) -> tuple[Thing, ...]:
        """The stacks that have a service role."""
        pages = self.session.client("cloudformation").get_paginator("describe_stacks").paginate()
        return tuple(
            Thing(
                each["StackId"],
                (each["RoleARN"],),
                context={f"aws:ResourceTag/{t['Key']}": t["Value"] for t in each.get("Tags", [])},
            )
            for page in pages
            for each in page["Stacks"]
            if each.get("RoleARN") and not each["StackStatus"].startswith("DELETE_")
        )

    def _profiles(self) -> tuple[Thing, ...]:
        pages = self.iam.get_paginator("list_instance_profiles").paginate()
        return tuple(
            Thing(
                each["Arn"],
                (role["Arn"],),
                {"role": role["Arn"]},
                _tags({tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}),
            )
            for page in pages
            for each in page["InstanceProfiles"]
            for role in each["Roles"]
        )

    def _ecs(self) -> dict[str, Any]:
        ecs = self.session.client("ecs")
        clusters = _listed(ecs, "list_clusters", "clusterArns")
        definitions = {
            arn: ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for arn in _listed(ecs, "list_task_definitions", "taskDefinitionArns")
        }
        return {
            "cluster": tuple(clusters),
            "task definition": tuple(
                Thing(
                    arn,
                    fields={
                        "cluster": cluster,
                        "execution_role": self._role_arn(known.get("executionRoleArn")),
                    },
                )
                for arn, known in definitions.items()
                for cluster in clusters
            ),
            "service": tuple(
                Thing(arn, fields={"cluster": cluster})
                for cluster in clusters
                for arn in _listed(ecs, "list_services", "serviceArns", cluster=cluster)
            ),
            "task": tuple(
                Thing(task["taskArn"], (role,), {"cluster": cluster})
                for cluster in clusters
                for task in _tasks(ecs, cluster)
                if (role := self._task_role(ecs, task, definitions))
            ),
        }

    def _role_arn(self, named: str | None) -> str:
        """A task definition may name a role by its name alone."""
        if not named or named.startswith("arn:"):
            return named or ""
        return self._arn("iam", f"role/{named}")

    def _task_role(self, ecs: Any, task: Mapping[str, Any], definitions: dict[str, Any]) -> str:
        """The role of a running task that ECS Exec is enabled for; "" if there is none."""
        if not task.get("enableExecuteCommand"):
            return ""
        named = task.get("overrides", {}).get("taskRoleArn")
        arn = task["taskDefinitionArn"]
        if not named and arn not in definitions:
            answer = ecs.describe_task_definition(taskDefinition=arn)
            definitions[arn] = answer["taskDefinition"]
        return self._role_arn(named or definitions[arn].get("taskRoleArn"))


_NEW_THINGS: Mapping[str, tuple[str, str, str]] = {
    "new user": ("iam", "user/", ""),
    "new role": ("iam", "role/", ""),
    "new function": ("lambda", "function:", ""),
    "new task definition": ("ecs", "task-definition/", ""),
    "new service": ("ecs", "service/", ""),
    "new stack": ("cloudformation", "stack/", "/*"),
}
"""Kind -> service, how its ARN goes on after the account, and how it ends."""


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Page: *Actions, resources, and condition keys for AWS IAM*: both keys hold the tags."""
    return {
        f"{prefix}:ResourceTag/{key}": value
        for key, value in tags.items()
        for prefix in ("aws", "iam")
    }


def _of(holder: Holder) -> Thing:
    fields = {"boundary": holder.boundary}
    return Thing(holder.arn, (holder.arn,), fields, _tags(holder.tags), holder.trust)


def _cluster_of(service: str) -> str:
    head, _, names = service.partition(":service/")
    return f"{head}:cluster/{names.partition('/')[0]}"


def _listed(client: Any, operation: str, member: str, **given: str) -> list[str]:
    pages = client.get_paginator(operation).paginate(**given)
    return [arn for page in pages for arn in page[member]]


def _tasks(ecs: Any, cluster: str) -> Iterator[dict[str, Any]]:
    arns = _listed(ecs, "list_tasks", "taskArns", cluster=cluster)
    for start in range(0, len(arns), 100):
        answer = ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])
        yield from answer["tasks"]
