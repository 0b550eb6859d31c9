"""What happened in September, in clear: the answers behind `rolelab.trails.answer_key`.

All times are UTC; Berlin is two hours ahead. For whoever writes lessons 13 and 14 and lab 8.

The incident (one intruder, two addresses):

10 Sep 18:52  The credentials of a running task of orders-task-role are used from 192.0.2.77 with a
              command line (until then: the NAT gateway, Boto3). The role has AmazonS3FullAccess, so
              all buckets open; among them bookshop-config with ci/chi.env, a developer's key.
14 Sep 23:38  chi's long-term key from 192.0.2.77: tries ListUsers, ListBuckets, bookshop-admin and
              ci-deploy (denied), steps into developer, reads the policy of migrations-task-role.
15 Sep 00:06  PassRole escalation: registers orders-debug:1 with taskRoleArn migrations-task-role,
              and runs it. The session of that task moves to 192.0.2.77 four minutes later.
15 Sep 00:11  With it, at two in the morning in Berlin: payments/provider-key is read, then 90
              objects of the orders' archive.
20 Sep 03:20  The same key from 192.0.2.201 with Boto3: orders-debug:2 has csecstaskexecutionrole as
              its task role (the mistake of the article of lesson 07, made on purpose). That role
              reads four secrets from outside of ECS.

Not an incident, and not right: nora does everything with bookshop-admin (AdministratorAccess), on
every day of the month; two calls in a hundred change anything.

Only looks bad: inventory-scanner (most denials of all), reporter-task-role (decrypts at night),
ana (abroad from the 18th to the 25th, from 192.0.2.140), nora on call in the night to the 7th, the
pipeline's late deployment of the 22nd, developers who try a report and are denied, nora's rotation
of payments/provider-key by day on the 3rd, gateway-task-role asking for a model it may not call.
"""

from __future__ import annotations

from collections.abc import Mapping

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "first stolen session": ("orders-task-role",),
    "first address": ("192.0.2.77",),
    "first moment": ("2026-09-10T18:52",),
    "leaked object": ("bookshop-config/ci/chi.env",),
    "stolen user": ("chi",),
    "passed role": ("migrations-task-role",),
    "passing moment": ("2026-09-15T00:06",),
    "definition family": ("orders-debug",),
    "secret read": ("payments/provider-key",),
    "secret moment": ("2026-09-15T00:11",),
    "addresses": ("192.0.2.77", "192.0.2.201"),
    "execution role secrets": ("orders/db", "dispatch/db", "reporter/db", "gateway/db"),
    "execution role moment": ("2026-09-20T03:26",),
    "overused role": ("bookshop-admin",),
    "overused by": ("nora",),
    "only looks bad": (
        *("inventory-scanner", "reporter-task-role", "ana", "pipeline", "inventory", "ci-deploy"),
        "gateway-task-role",
    ),
}
