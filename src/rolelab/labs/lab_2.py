"""Lab 2, Scope the policy: what the orders service and the staff may do with one bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rolelab.labs.callers import RUN_THE_CELLS, Caller, arn_of_role, as_role, as_user
from rolelab.labs.grader import CheckFailed, Passed, Question, prove
from rolelab.labs.hand_in import FROM_NOTEBOOK, graded
from rolelab.labs.undo import unchanged

TASK_ROLE = "orders-task-role"
TASK_POLICY = "orders-access"
STAFF = "bookshop-staff"
STAFF_POLICY = "own-reports"
NEWCOMER = "noor"

BUCKET = "arn:aws:s3:::bookshop-orders"
ARCHIVE = "arn:aws:s3:::bookshop-orders-archive"


def check_task_policy(task_policy: object = FROM_NOTEBOOK) -> Passed:
    """Task 1: the orders service lists and reads `incoming/`, writes `processed/`, and no more.

    Args:
        task_policy: the inline policy of the task role, as a dict or JSON text. By default the
            notebook's variable `task_policy`.

    Returns:
        The proofs.

    Raises:
        CheckFailed: what the service still lacks, or what it can still reach.
    """

    def put(text: str) -> None:
        import boto3

        boto3.client("iam").put_role_policy(
            RoleName=TASK_ROLE, PolicyName=TASK_POLICY, PolicyDocument=text
        )

    return graded("task_policy", task_policy, put, _service_has_its_share)


def check_reports_policy(reports_policy: object = FROM_NOTEBOOK) -> Passed:
    """Task 2: everybody in the group reads their own reports, also who joins it tomorrow.

    Args, result and errors as in `check_task_policy`; the variable is `reports_policy`.
    """

    def put(text: str) -> None:
        import boto3

        boto3.client("iam").put_group_policy(
            GroupName=STAFF, PolicyName=STAFF_POLICY, PolicyDocument=text
        )

    return graded("reports_policy", reports_policy, put, _everybody_has_their_own)


def _service_has_its_share() -> Passed:
    orders = as_role(TASK_ROLE)
    return prove(
        f"{TASK_ROLE} lists and reads incoming/, writes processed/, and does nothing else.",
        possible=[
            Question(orders, "s3:ListBucket", BUCKET, _LIST, {"Prefix": "incoming/"}),
            Question(orders, "s3:GetObject", f"{BUCKET}/incoming/1001.json", _OBJECTS),
            Question(orders, "s3:GetObject", f"{BUCKET}/incoming/2026/11/1002.json", _OBJECTS),
            Question(orders, "s3:PutObject", f"{BUCKET}/processed/1001.json", _OBJECTS),
            Question(orders, "s3:PutObject", f"{BUCKET}/processed/2026/1002.json", _OBJECTS),
        ],
        impossible=[*_listings(orders), *_objects(orders), *_bucket(orders), *_elsewhere(orders)],
    )


def _listings(orders: Caller) -> list[Question]:
    prefixes = ("", "processed/", "reports/", "incoming-archive/")
    return [
        Question(orders, "s3:ListBucket", BUCKET, _PREFIX),
        *(
            Question(orders, "s3:ListBucket", BUCKET, _PREFIX, {"Prefix": prefix})
            for prefix in prefixes
        ),
        Question(orders, "s3:ListBucketVersions", BUCKET, _ACTIONS, {"Prefix": "incoming/"}),
        Question(orders, "s3:ListBucketMultipartUploads", BUCKET, _ACTIONS),
    ]


def _objects(orders: Caller) -> list[Question]:
    order, done = f"{BUCKET}/incoming/1001.json", f"{BUCKET}/processed/1000.json"
    return [
        Question(orders, "s3:GetObject", done, _DIRECTIONS),
        Question(orders, "s3:PutObject", order, _DIRECTIONS),
        Question(orders, "s3:GetObject", f"{BUCKET}/reports/ida/november.csv", _PATHS),
        Question(orders, "s3:GetObject", f"{BUCKET}/incoming-archive/0001.json", _PATHS),
        Question(orders, "s3:PutObject", f"{BUCKET}/price-list.csv", _PATHS),
        Question(orders, "s3:DeleteObject", order, _ACTIONS),
        Question(orders, "s3:DeleteObject", done, _ACTIONS),
        Question(orders, "s3:GetObjectAcl", order, _ACTIONS),
        Question(orders, "s3:GetObjectTagging", order, _ACTIONS),
        Question(orders, "s3:GetObjectVersion", order, _ACTIONS),
        Question(orders, "s3:PutObjectAcl", done, _ACTIONS),
        Question(orders, "s3:PutObjectTagging", done, _ACTIONS),
    ]


def _bucket(orders: Caller) -> list[Question]:
    actions = (
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketVersioning",
        "s3:DeleteBucket",
    )
    return [Question(orders, action, BUCKET, _ACTIONS) for action in actions]


def _elsewhere(orders: Caller) -> list[Question]:
    return [
        Question(orders, "s3:ListAllMyBuckets", "*", _ACTIONS),
        Question(orders, "s3:ListBucket", ARCHIVE, _BUCKETS, {"Prefix": "incoming/"}),
        Question(orders, "s3:GetObject", f"{ARCHIVE}/incoming/0001.json", _BUCKETS),
        Question(orders, "s3:PutObject", f"{ARCHIVE}/processed/0001.json", _BUCKETS),
        Question(orders, "s3:CreateBucket", "arn:aws:s3:::bookshop-new", _BUCKETS),
        Question(orders, "iam:ListUsers", "*", _ACTIONS),
        Question(orders, "iam:PutRolePolicy", arn_of_role(TASK_ROLE), _ACTIONS),
    ]


def _everybody_has_their_own() -> Passed:
    with _somebody_new():
        staff = {name: as_user(name) for name in ("ida", "jon", NEWCOMER)}
        return prove(
            f"Everybody in {STAFF} reads their own reports, and nobody anybody else's.",
            possible=[
                Question(caller, "s3:GetObject", _report(name), _hint_for(name))
                for name, caller in staff.items()
            ],
            impossible=[
                Question(staff["ida"], "s3:GetObject", _report("jon"), _OTHERS),
                Question(staff["jon"], "s3:GetObject", _report("ida"), _OTHERS),
                Question(staff[NEWCOMER], "s3:GetObject", _report("ida"), _OTHERS),
                Question(staff["ida"], "s3:GetObject", f"{BUCKET}/reports/all.csv", _OTHERS),
                Question(staff["ida"], "s3:GetObject", f"{BUCKET}/reports/ida-2/a.csv", _SLASH),
                Question(staff["ida"], "s3:GetObject", f"{BUCKET}/incoming/1001.json", _OTHERS),
                Question(staff["ida"], "s3:PutObject", _report("ida"), _READ),
                Question(staff["ida"], "s3:DeleteObject", _report("ida"), _READ),
                Question(staff["ida"], "s3:GetObjectTagging", _report("ida"), _READ),
                Question(staff["ida"], "s3:ListBucket", BUCKET, _READ),
            ],
        )


def _report(name: str) -> str:
    return f"{BUCKET}/reports/{name}/november.csv"


def _hint_for(name: str) -> str:
    return _TOMORROW if name == NEWCOMER else _VARIABLE


@contextmanager
def _somebody_new() -> Iterator[None]:
    """A user who joins the group for the time of the check, past the gate and out of the trail."""
    import boto3

    from rolelab.sandbox import gate

    iam = boto3.client("iam")
    with unchanged("iam"):
        with gate.bypassed():
            try:
                iam.create_user(UserName=NEWCOMER)
                iam.add_user_to_group(GroupName=STAFF, UserName=NEWCOMER)
            except iam.exceptions.NoSuchEntityException:
                raise CheckFailed(f"There is no group {STAFF}.", hint=RUN_THE_CELLS) from None
        yield


_LIST = (
    "Listing is an action on the bucket, not on the objects in it: compare the ARN in the answer "
    "with your Resource."
)
_OBJECTS = (
    "Reading and writing are actions on objects: compare the ARN in the answer with your Resource."
)
_PREFIX = (
    "s3:ListBucket is about the whole bucket. What narrows it to a prefix is a condition on a key "
    "that the request carries."
)
_PATHS = "A * matches everything that follows, slashes and longer names included."
_DIRECTIONS = "Reading and writing have different places. Two statements can say so."
_ACTIONS = "A wildcard in Action, or NotAction, allows what its name never says. List the actions."
_BUCKETS = "The names of other buckets begin in the same way, or match a *."
_VARIABLE = (
    "One policy serves every user of the group. It needs a placeholder that AWS fills in at each "
    "request, and a Version of the policy language that knows placeholders."
)
_TOMORROW = "noor joined the group during this check. A list of names does not know newcomers."
_OTHERS = "Each user must reach one folder: the one with their own name."
_SLASH = "The folder ends with a slash. Without it, longer names match too."
_READ = "Reading an object is one action. Whatever else is allowed is too much."
