"""From a CloudTrail trail to the policy that a role needs, with a proof that it is enough.

    from rolelab import least_privilege

    analysis = least_privilege.from_trail(records, role_arn)
    analysis.counts                  # what became of every record: counts in, counts out
    analysis.problems                # what could not be read or known, each named
    analysis.table()                 # one row for each permission: action, level, resource, uses
    analysis.policy                  # the policy, one document
    analysis.attachments()           # the same within the quotas of IAM: inline or managed
    analysis.unused(old_documents)   # what the old policies grant and nobody used
    analysis.compare(old_documents)  # granted, used, needed: by service, by access level
    proof = analysis.prove(analysis.policy)
    proof.holds                      # every recorded request allowed, every forbidden one denied
    proof.table()                    # kind of question, how many, how many as they should be
    proof.failures()                 # those that are not
    rolelab.figures.least_privilege(analysis.compare(old_documents), proof)

    least_privilege.by_role(records)             # ARN -> analysis, for every role and user
    least_privilege.granted_actions(document)    # every action that a policy opens

`records` are CloudTrail records as dictionaries: `sandbox.trail`, a list, or the ``record`` column
of the DataFrame that `rolelab.trails.load` and `sandbox.trail.to_frame` give; or the path of log
files, `data/trails`. The analysis reads the records alone, never the state of an account: the same
records give the same policy.

What it cannot know
-------------------
A trail holds what was done in its days, and by whomever. Work that runs once a quarter is not in
it; calls of an intruder are. Leave those out with `leave_out`, and look at `analysis.table()`
before you use the policy: first and last use, and resources that do not belong to the role's work.

How a permission is found
-------------------------
A record names an API operation. Which IAM actions it asks for, on which resources and with which
condition keys, says the table with which the sandbox itself authorizes calls
(`rolelab.sandbox.operations`). Then:

- **Denied calls are no permissions.** They are counted apart. A call that was allowed and failed
  (`NoSuchKey`) counts as a use.
- **Resources** are named exactly. What a service makes up (task ids, revisions) becomes ``*``, and
  so do more than `Rule.siblings` names under one prefix: ``incoming/*``. Names of buckets, tables,
  keys, roles and secrets are never generalized.
- **Conditions** are added where an action without them would be wide: `iam:PassedToService`,
  `kms:ViaService`, the encryption context, `s3:prefix`, `ecs:cluster` (see `conditions.py`).
- **Implied permissions.** `iam:PassRole` is no event of its own: it is found in the calls that pass
  roles, and for RunTask in the task definition's registration. KMS data keys are found in the
  events that S3 and other services cause in the role's name.

AWS pages: *IAM Access Analyzer policy generation*, *Apply least-privilege permissions* (Security
best practices in IAM), *Actions, resources, and condition keys for AWS services*.
"""

from __future__ import annotations

from rolelab.least_privilege.access_levels import granted_actions, level_of
from rolelab.least_privilege.analysis import Analysis, Counts, by_role, from_trail
from rolelab.least_privilege.permission import Permission
from rolelab.least_privilege.proof import Proof, Question, prove
from rolelab.least_privilege.quotas import Attachment, TooLargeError, attachments, size_of
from rolelab.least_privilege.reading import Problem
from rolelab.least_privilege.rule import Rule

__all__ = [
    "Analysis",
    "Attachment",
    "Counts",
    "Permission",
    "Problem",
    "Proof",
    "Question",
    "Rule",
    "TooLargeError",
    "attachments",
    "by_role",
    "from_trail",
    "granted_actions",
    "level_of",
    "prove",
    "size_of",
]
