"""The known ways to somebody else's permissions, one row each.

Sources: Rhino Security Labs, *AWS IAM Privilege Escalation Methods* (the numbers are those of its
list); NCC Group's *Principal Mapper* (PMapper), the modules that find its edges; and, where a row
names one, the AWS page that says what the permission does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RHINO = "Rhino Security Labs, AWS IAM Privilege Escalation Methods"
PMAPPER = "NCC Group, Principal Mapper"

BECOMES = "becomes"
ANY_POLICY = "any policy"
GROUP = "group"
VERSION = "version"
NO_BOUNDARY = "no boundary"
EVERYTHING = "everything"
GIFTS = (BECOMES, ANY_POLICY, GROUP, VERSION, NO_BOUNDARY, EVERYTHING)
"""What a rule gives: the principal it leads to; whatever policy one writes for it; the policies of
a group; an older version of a policy; its policies without the boundary; a new administrator."""

ADMINISTRATOR_ACCESS = "arn:{partition}:iam::aws:policy/AdministratorAccess"
NEW = "blast-radius"
"""The name of what does not exist yet. Names that fit the account's policies are tried too."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One question for the engine.

    Attributes:
        action: such as "iam:PassRole".
        resource: a pattern over the fields of what the rule is about, such as "{arn}".
        context: condition keys that the call would have, their values as patterns.
        trust: which resource-based policy bears on it: "" none; "own" the trust policy of the
            role; "open" one that names the caller, since the caller has just written it.
        where: asked only where the thing has this field; "" asks always.
    """

    action: str
    resource: str = "{arn}"
    context: Mapping[str, str] = field(default_factory=dict)
    trust: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Permissions that all must be there for the same thing.

    Attributes:
        kind: of what things, as `AccountSnapshot.things` names them.
        permissions: what it takes.
    """

    kind: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to somebody else's permissions.

    Attributes:
        name: such as "create-access-key".
        label: two to four words for an arrow.
        how: what the caller does, with "{}" for what it does it to, and "{who}" for whose sake.
        gives: one of `GIFTS`.
        parts: what it takes. The first part says whom it leads to; each of the others must hold
            for some thing of its kind.
        source: who described it, and where.
        close: how to close it, in one sentence.
        service: a service that must be trusted by the role, because it gets the role; "" if none.
        target_needs: actions that the role itself needs for it.
        runs: False where the sandbox makes the calls but runs no code in that role.
    """

    name: str
    label: str
    how: str
    gives: str
    parts: tuple[Part, ...]
    source: str
    close: str
    service: str = ""
    target_needs: tuple[str, ...] = ()
    runs: bool = True

    @property
    def permissions(self) -> tuple[str, ...]:
        """The actions that the caller needs."""
        listed = (each.action for part in self.parts for each in part.permissions)
        return tuple(dict.fromkeys(listed))


def _on(kind: str, *actions: str) -> Part:
    """All these actions on the same thing."""
    return Part(kind, tuple(Permission(action) for action in actions))


def _pass(service: str) -> Part:
    return Part("role", (Permission("iam:PassRole", context={"iam:PassedToService": service}),))


_ITS_BOUNDARY = {"iam:PermissionsBoundary": "{boundary}"}
_ADMINISTRATOR_POLICY = {"iam:PolicyARN": ADMINISTRATOR_ACCESS}

_NEW_VERSION = (
    Permission("iam:CreatePolicyVersion"),
    Permission("iam:DeletePolicyVersion", where="full"),
)
"""A policy has at most five versions. Page: *Versioning IAM policies*."""

_SCOPE_IAM = "Allow the action on named resources only, and never on the caller itself"
_SCOPE_PASS = (
    "Allow iam:PassRole on named roles only, with iam:PassedToService, and let the service's "
    "permissions stand in other hands"
)
_BOUND = "Let administrators alone use it, or require a permissions boundary with a condition"

_ECS = "ecs-tasks.amazonaws.com"
_LAMBDA = "lambda.amazonaws.com"
_LAUNCH = {
    "ecs:cluster": "{cluster}",
    "ecs:enable-execute-command": "false",
    "ecs:enable-ebs-volumes": "false",
}
_NEW_FUNCTION = "arn:{partition}:lambda:{region}:{account}:function:" + NEW
_ANY_FUNCTION = "arn:{partition}:lambda:{region}:{account}:function:*"
_PASS_TO_LAMBDA = Part(
    "role",
    (
        Permission(
            "iam:PassRole",
            context={"iam:PassedToService": _LAMBDA, "iam:AssociatedResourceArn": _NEW_FUNCTION},
        ),
    ),
)
_REGISTER = Permission("ecs:RegisterTaskDefinition", "{arn}:*")
EXEC_CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""What a task role needs for ECS Exec. Page: *Monitor Amazon ECS containers with ECS Exec*."""

_CREDENTIALS: tuple[Rule, ...] = (
    Rule(
        "assume-role",
        "assumes it",
        "assumes {}",
        BECOMES,
        (Part("role", (Permission("sts:AssumeRole", trust="own"),)),),
        f"{PMAPPER}, sts_edges",
        "Name in the trust policy only who needs the role, and allow sts:AssumeRole on named roles",
    ),
    Rule(
        "update-trust-policy",
        "rewrites its trust",
        "writes a trust policy for {} that names itself, and assumes it",
        BECOMES,
        (
            Part(
                "role",
                (
                    Permission("iam:UpdateAssumeRolePolicy"),
                    Permission("sts:AssumeRole", trust="open"),
                ),
            ),
        ),
        f"{RHINO}, 14",
        _SCOPE_IAM,
    ),
    Rule(
        "create-access-key",
        "makes an access key",
        "makes an access key for {}",
        BECOMES,
        (
            Part(
                "user",
                (
                    Permission("iam:CreateAccessKey"),
                    Permission("iam:DeleteAccessKey", where="full"),
                ),
            ),
        ),
        f"{RHINO}, 4; {PMAPPER}, iam_edges, for users who have two keys",
        "Allow iam:CreateAccessKey on user/${aws:username} only",
    ),
    Rule(
        "create-login-profile",
        "makes a password",
        "gives {} a password and signs in to the console",
        BECOMES,
        (_on("user without password", "iam:CreateLoginProfile"),),
        f"{RHINO}, 5",
        _SCOPE_IAM,
        runs=False,
    ),
    Rule(
        "update-login-profile",
        "changes the password",
        "changes the password of {} and signs in to the console",
        BECOMES,
        (_on("user with password", "iam:UpdateLoginProfile"),),
        f"{RHINO}, 6",
        "Allow iam:ChangePassword on user/${aws:username} in its place",
        runs=False,
    ),
)

_OWN_POLICIES: tuple[Rule, ...] = (
    Rule(
        "put-user-policy",
        "writes an inline policy",
        "writes an inline policy for {}",
        ANY_POLICY,
        (Part("user", (Permission("iam:PutUserPolicy", context=_ITS_BOUNDARY),)),),
        f"{RHINO}, 10",
        _BOUND,
    ),
    Rule(
        "put-role-policy",
        "writes an inline policy",
        "writes an inline policy for {}",
        ANY_POLICY,
        (Part("role", (Permission("iam:PutRolePolicy", context=_ITS_BOUNDARY),)),),
        f"{RHINO}, 12",
        _BOUND,
    ),
    Rule(
        "put-group-policy",
        "writes a group's policy",
        "writes an inline policy for {}",
        ANY_POLICY,
        (Part("group", (Permission("iam:PutGroupPolicy"),)),),
        f"{RHINO}, 11",
        _SCOPE_IAM,
    ),
    Rule(
        "attach-user-policy",
        "attaches a policy",
        "attaches AdministratorAccess to {}",
        ANY_POLICY,
        (
            Part(
                "user",
                (
                    Permission(
                        "iam:AttachUserPolicy", context={**_ITS_BOUNDARY, **_ADMINISTRATOR_POLICY}
                    ),
                ),
            ),
        ),
        f"{RHINO}, 7",
        "Allow it with a condition on iam:PolicyARN, or require a permissions boundary",
    ),
    Rule(
        "attach-role-policy",
        "attaches a policy",
        "attaches AdministratorAccess to {}",
        ANY_POLICY,
        (
            Part(
                "role",
                (
                    Permission(
                        "iam:AttachRolePolicy", context={**_ITS_BOUNDARY, **_ADMINISTRATOR_POLICY}
                    ),
                ),
            ),
        ),
        f"{RHINO}, 9",
        "Allow it with a condition on iam:PolicyARN, or require a permissions boundary",
    ),
    Rule(
        "attach-group-policy",
        "attaches to a group",
        "attaches AdministratorAccess to {}",
        ANY_POLICY,
        (Part("group", (Permission("iam:AttachGroupPolicy", context=_ADMINISTRATOR_POLICY),)),),
        f"{RHINO}, 8",
        "Allow it with a condition on iam:PolicyARN",
    ),
    Rule(
        "create-policy-version",
        "rewrites a policy",
        "makes a new default version of {}",
        ANY_POLICY,
        (Part("policy", _NEW_VERSION),),
        f"{RHINO}, 1",
        "Allow it only on policies that are attached to nobody who may use it",
    ),
    Rule(
        "set-default-policy-version",
        "restores an old version",
        "makes an older version of {} the default",
        VERSION,
        (_on("policy version", "iam:SetDefaultPolicyVersion"),),
        f"{RHINO}, 2",
        "Delete versions that are not used, and allow the action on named policies only",
    ),
    Rule(
        "add-user-to-group",
        "joins a group",
        "adds {who} to {}",
        GROUP,
        (_on("group", "iam:AddUserToGroup"),),
        f"{RHINO}, 13",
        _SCOPE_IAM,
    ),
    Rule(
        "delete-boundary-of-user",
        "removes the boundary",
        "removes the permissions boundary of {}",
        NO_BOUNDARY,
        (
            Part(
                "user with boundary",
                (Permission("iam:DeleteUserPermissionsBoundary", context=_ITS_BOUNDARY),),
            ),
        ),
        "AWS, Permissions boundaries for IAM entities",
        "Deny iam:DeleteUserPermissionsBoundary in the boundary itself",
    ),
    Rule(
        "delete-boundary-of-role",
        "removes the boundary",
        "removes the permissions boundary of {}",
        NO_BOUNDARY,
        (
            Part(
                "role with boundary",
                (Permission("iam:DeleteRolePermissionsBoundary", context=_ITS_BOUNDARY),),
            ),
        ),
        "AWS, Permissions boundaries for IAM entities",
        "Deny iam:DeleteRolePermissionsBoundary in the boundary itself",
    ),
    Rule(
        "rewrite-boundary",
        "rewrites the boundary",
        "makes a new default version of {}, a permissions boundary",
        NO_BOUNDARY,
        (Part("boundary", _NEW_VERSION),),
        "AWS, Permissions boundaries for IAM entities",
        "Deny iam:CreatePolicyVersion on the boundary in the boundary itself",
    ),
)

_NEW_PRINCIPALS: tuple[Rule, ...] = (
    Rule(
        "create-user",
        "makes a new user",
        "makes {}, an administrator, with an access key",
        EVERYTHING,
        (
            Part(
                "new user",
                (
                    Permission("iam:CreateUser"),
                    Permission("iam:AttachUserPolicy", context=_ADMINISTRATOR_POLICY),
                    Permission("iam:CreateAccessKey"),
                ),
            ),
        ),
        f"{RHINO}, 4 and 7 on a user of one's own",
        _BOUND,
    ),
    Rule(
        "create-role",
        "makes a new role",
        "makes {}, an administrator that trusts it",
        EVERYTHING,
        (
            Part(
                "new role",
                (
                    Permission("iam:CreateRole"),
                    Permission("iam:AttachRolePolicy", context=_ADMINISTRATOR_POLICY),
                    Permission("sts:AssumeRole", trust="open"),
                ),
            ),
        ),
        f"{RHINO}, 9 on a role of one's own",
        _BOUND,
    ),
)

_SERVICES: tuple[Rule, ...] = (
    Rule(
        "pass-role-to-new-task",
        "runs a task with it",
        "registers a task definition with {} as its task role, and runs it",
        BECOMES,
        (
            _pass(_ECS),
            Part(
                "new task definition",
                (_REGISTER, Permission("ecs:RunTask", "{arn}:1", context=_LAUNCH)),
            ),
        ),
        f"{PMAPPER}, ecs_edges",
        _SCOPE_PASS,
        service=_ECS,
    ),
    Rule(
        "pass-role-to-task",
        "overrides a task's role",
        "runs a task that exists with {} as its task role and another command",
        BECOMES,
        (
            _pass(_ECS),
            Part(
                "task definition",
                (
                    Permission("ecs:RunTask", context=_LAUNCH),
                    Permission(
                        "iam:PassRole",
                        "{execution_role}",
                        {"iam:PassedToService": _ECS},
                        where="execution_role",
                    ),
                ),
            ),
        ),
        f"{PMAPPER}, ecs_edges; AWS, RunTask, overrides",
        _SCOPE_PASS,
        service=_ECS,
    ),
    Rule(
        "pass-role-to-new-service",
        "makes a service with it",
        "registers a task definition with {} as its task role, and makes a service of it",
        BECOMES,
        (
            _pass(_ECS),
            Part("new task definition", (_REGISTER,)),
            Part("new service", (Permission("ecs:CreateService", context=_LAUNCH),)),
        ),
        f"{PMAPPER}, ecs_edges",
        _SCOPE_PASS,
        service=_ECS,
    ),
    Rule(
        "pass-role-to-service",
        "updates a service",
        "registers a task definition with {} as its task role, and updates a service to it",
        BECOMES,
        (
            _pass(_ECS),
            Part("new task definition", (_REGISTER,)),
            Part(
                "service",
                (Permission("ecs:UpdateService", context={"ecs:cluster": "{cluster}"}),),
            ),
        ),
        f"{PMAPPER}, ecs_edges",
        _SCOPE_PASS,
        service=_ECS,
    ),
    Rule(
        "execute-command",
        "opens a shell in it",
        "runs a command in {}, which has the task role's credentials",
        BECOMES,
        (
            Part(
                "task",
                (
                    Permission(
                        "ecs:ExecuteCommand",
                        "{cluster}",
                        {"ecs:cluster": "{cluster}", "ecs:task": "{arn}"},
                    ),
                    Permission(
                        "ecs:ExecuteCommand",
                        "{arn}",
                        {"ecs:cluster": "{cluster}", "ecs:task": "{arn}"},
                    ),
                ),
            ),
        ),
        "AWS, Monitor Amazon ECS containers with ECS Exec",
        "Allow ecs:ExecuteCommand on clusters without production tasks, or deny it by SCP",
        target_needs=EXEC_CHANNELS,
    ),
    Rule(
        "pass-role-to-new-function",
        "makes a function with it",
        "makes a Lambda function with {} as its execution role, and invokes it",
        BECOMES,
        (
            _PASS_TO_LAMBDA,
            _on("new function", "lambda:CreateFunction", "lambda:InvokeFunction"),
        ),
        f"{RHINO}, 15",
        _SCOPE_PASS,
        service=_LAMBDA,
    ),
    Rule(
        "pass-role-to-new-shared-function",
        "shares a new function",
        "makes a Lambda function with {} as its execution role, and lets others invoke it",
        BECOMES,
        (_PASS_TO_LAMBDA, _on("new function", "lambda:CreateFunction", "lambda:AddPermission")),
        f"{RHINO}, 16",
        _SCOPE_PASS,
        service=_LAMBDA,
    ),
    Rule(
        "update-function-code",
        "replaces its code",
        "replaces the code of {}, which runs in its execution role",
        BECOMES,
        (_on("function", "lambda:UpdateFunctionCode"),),
        f"{RHINO}, 18",
        "Allow it on named functions only, to the pipeline that deploys them",
    ),
    Rule(
        "pass-role-to-function",
        "gives a function its role",
        "makes {} the execution role of a function that exists, and replaces its code",
        BECOMES,
        (
            Part(
                "role",
                (
                    Permission(
                        "iam:PassRole",
                        context={
                            "iam:PassedToService": _LAMBDA,
                            "iam:AssociatedResourceArn": _ANY_FUNCTION,
                        },
                    ),
                ),
            ),
            _on("function", "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode"),
        ),
        f"{PMAPPER}, lambda_edges",
        _SCOPE_PASS,
        service=_LAMBDA,
    ),
    Rule(
        "pass-role-to-stack",
        "makes a stack with it",
        "makes a stack that CloudFormation deploys as {}",
        BECOMES,
        (
            Part(
                "role and new stack",
                (
                    Permission(
                        "iam:PassRole",
                        "{role}",
                        {"iam:PassedToService": "cloudformation.amazonaws.com"},
                    ),
                    Permission(
                        "cloudformation:CreateStack", context={"cloudformation:RoleArn": "{role}"}
                    ),
                ),
            ),
        ),
        f"{RHINO}, 21",
        _SCOPE_PASS,
        service="cloudformation.amazonaws.com",
    ),
    Rule(
        "update-stack",
        "updates its stack",
        "updates {}, which CloudFormation deploys in the role that the stack already has",
        BECOMES,
        (_on("stack", "cloudformation:UpdateStack"),),
        f"{PMAPPER}, cloudformation_edges; AWS, CloudFormation service role",
        "Allow cloudformation:UpdateStack on named stacks only: it takes no iam:PassRole",
        service="cloudformation.amazonaws.com",
    ),
    Rule(
        "pass-role-to-instance",
        "starts an instance",
        "starts an EC2 instance with the instance profile {}",
        BECOMES,
        (
            Part(
                "instance profile",
                (
                    Permission(
                        "iam:PassRole",
                        "{role}",
                        {
                            "iam:PassedToService": "ec2.amazonaws.com",
                            "iam:AssociatedResourceArn": (
                                "arn:{partition}:ec2:{region}:{account}:instance/*"
                            ),
                        },
                    ),
                    *(
                        Permission(
                            "ec2:RunInstances",
                            "arn:{partition}:ec2:{region}:{account}:" + made,
                            {"ec2:InstanceProfile": "{arn}"} if made == "instance/*" else {},
                        )
                        for made in ("instance/*", "network-interface/*", "volume/*")
                    ),
                ),
            ),
        ),
        f"{RHINO}, 3",
        _SCOPE_PASS,
        service="ec2.amazonaws.com",
        runs=False,
    ),
)

RULES: tuple[Rule, ...] = (*_CREDENTIALS, *_OWN_POLICIES, *_NEW_PRINCIPALS, *_SERVICES)
"""Every rule of the search."""

IS_ADMINISTRATOR = Rule(
    "is-administrator",
    "is one",
    "is allowed everything",
    EVERYTHING,
    (),
    "AWS, Policy evaluation logic",
    "Give the permissions that are used in place of all of them",
)
"""Stands for no change at all: the engine already allows everything."""

LEFT_OUT: Mapping[str, str] = {
    f"{RHINO}, 17": "a new function triggered by an event source: the same role as 15 and 16",
    f"{RHINO}, 19 and 20": "AWS Glue development endpoints: the sandbox has no Glue",
    f"{RHINO}, 22": "AWS Data Pipeline: the sandbox has no Data Pipeline",
    f"{RHINO}, 23 to 25": "AWS CodeStar: the sandbox has no CodeStar",
    f"{RHINO}, 26": "a layer before a library of a function: whether it loads one is not read",
    f"{RHINO}, 27 and 28": "Amazon SageMaker notebooks: the sandbox has no SageMaker",
    f"{PMAPPER}, ssm_edges": "commands on EC2 instances: the sandbox starts no instances",
    f"{PMAPPER}, codebuild_edges": "AWS CodeBuild projects: the sandbox has no CodeBuild",
    f"{PMAPPER}, autoscaling_edges": "launch configurations: the sandbox starts no instances",
    f"{PMAPPER}, cross_account_edges": "principals of other accounts: one account is searched",
    "iam:PassRole to other services": "EventBridge, Step Functions and others act in a role too",
    "secrets": "credentials that stand in a secret, a parameter, an object or a task definition",
    "Deny statements": "removing a policy that denies: search again without it to see its worth",
}
"""Known ways that the search does not look for, each with the reason."""


def rule(name: str) -> Rule:
    """The rule of a name. Raises KeyError naming all of them."""
    for each in (*RULES, IS_ADMINISTRATOR):
        if each.name == name:
            return each
    known = ", ".join(each.name for each in RULES)
    raise KeyError(f"there is no rule {name!r}; there are {known}")
