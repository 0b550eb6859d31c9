"""Who can become whom in an account, and who can become its administrator.

    from rolelab import blast_radius

    radius = blast_radius.of_account()              # reads IAM, ECS, Lambda, CloudFormation, SCPs
    radius.can_become_administrator                 # ("arn:aws:iam::123456789012:role/deployer",)
    for path in radius.paths("role/deployer"):      # short names or ARNs
        print(path)
    radius.to_frame()                               # every edge as a row of a pandas DataFrame
    rolelab.figures.blast_radius(radius)            # the picture, with alt text

A principal is an administrator when the engine lets it do anything that the SCPs leave to the
account (`ADMINISTRATOR_ACTIONS`). Others can become one by the paths of `RULES`: each is a row that
says which permissions it takes, what it gives, how to close it, and who described it first. Every
permission is put to the engine with the account's real policies: identity-based policies of users,
groups and roles, trust policies, permissions boundaries, SCPs, RCPs and conditions. Known ways that
no rule covers stand in `LEFT_OUT`.

The graph is a `networkx.DiGraph`, `radius.graph`. Its nodes are ARNs, `ADMINISTRATOR`, and changed
principals such as `arn:...:user/ann with group operators`. An edge holds its `Edge` objects, one
for each rule, under the attribute `edges`; `edge.evidence` is a tuple of requests, and
`edge.evidence[0].decision` shows in a notebook which statement allows it.

Read a path as: who has the credentials at its start can get the powers at its end. A principal
that is an administrator already has that one edge and no other.

AWS pages: *Policy evaluation logic*; *Grant a user permissions to pass a role to an AWS service*.
"""

from __future__ import annotations

from rolelab.blast_radius.account import AccountSnapshot, Fault, read_account
from rolelab.blast_radius.radius import ADMINISTRATOR, BlastRadius, Edge, Evidence, Path
from rolelab.blast_radius.rules import LEFT_OUT, RULES, Rule
from rolelab.blast_radius.search import ADMINISTRATOR_ACTIONS, of_account, search

__all__ = [
    "ADMINISTRATOR",
    "ADMINISTRATOR_ACTIONS",
    "LEFT_OUT",
    "RULES",
    "AccountSnapshot",
    "BlastRadius",
    "Edge",
    "Evidence",
    "Fault",
    "Path",
    "Rule",
    "of_account",
    "read_account",
    "search",
]
