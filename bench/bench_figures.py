"""How long the pictures of an account take: reading it, deciding every cell, and drawing.

Who can use which key is asked for 4 principals and 3 keys, and for 20 and 20 (target: within one
second, the picture as PNG included). Every turn reads the account anew with boto3 calls, so the
sandbox's own work is in it. The first turn of a process also reads the services' models.
"""

from __future__ import annotations

import json
import statistics
import time

import rolelab

SIZES = ((4, 3), (20, 20))
TURNS = 9
LIMIT = 1.0
"""Seconds."""

TRUST = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: str, **elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def furnish(principals: int, keys: int) -> None:
    """Keys with aliases, tags and a grant each; users and roles with three statements each."""
    import boto3

    iam, kms = boto3.client("iam"), boto3.client("kms")
    arns = []
    for number in range(keys):
        tags = [{"TagKey": "team", "TagValue": f"team-{number % 4}"}]
        arns.append(kms.create_key(Tags=tags)["KeyMetadata"]["Arn"])
        kms.create_alias(AliasName=f"alias/bookshop/service-{number}", TargetKeyId=arns[-1])
    # One principal is there already: the administrator.
    for number in range(principals - 1):
        team = {"StringEquals": {"aws:ResourceTag/team": f"team-{number % 4}"}}
        own = arns[number % keys]
        document = policy(
            allow(["kms:Encrypt", "kms:Decrypt"], own),
            allow("kms:Decrypt", "*", Condition=team),
            allow(
                "kms:PutKeyPolicy", own, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            ),
        )
        if number % 2:
            iam.create_user(UserName=f"worker-{number}")
            iam.put_user_policy(
                UserName=f"worker-{number}", PolicyName="own", PolicyDocument=document
            )
            grantee = f"user/worker-{number}"
        else:
            iam.create_role(RoleName=f"service-{number}", AssumeRolePolicyDocument=policy(TRUST))
            iam.put_role_policy(
                RoleName=f"service-{number}", PolicyName="own", PolicyDocument=document
            )
            grantee = f"role/service-{number}"
        kms.create_grant(
            KeyId=arns[(number + 1) % keys],
            GranteePrincipal=f"arn:aws:iam::123456789012:{grantee}",
            Operations=["Decrypt"],
            Constraints={"EncryptionContextSubset": {"order": "1001"}},
        )


def measure(principals: int, keys: int) -> None:
    from rolelab.figures import key_access
    from rolelab.figures.account_keys import keys_of, principals_of

    rolelab.start()
    furnish(principals, keys)
    import boto3

    whole, read, png = [], [], []
    for _ in range(TURNS):
        began = time.perf_counter()
        figure = key_access()
        drawn = time.perf_counter()
        figure.png()
        ended = time.perf_counter()
        session = boto3.Session()
        keys_of(session)
        principals_of(session)
        read.append(time.perf_counter() - ended)
        png.append(ended - drawn)
        whole.append(ended - began)
    rolelab.stop()
    print(
        f"  {f'{principals} principals x {keys} keys':26} first {whole[0]:.2f} s   "
        f"median {statistics.median(whole):.2f} s   longest after the first "
        f"{max(whole[1:]):.2f} s   of it reading the account {statistics.median(read):.2f} s, "
        f"the PNG {statistics.median(png):.2f} s"
    )


def main() -> None:
    print(f"who can use which key, from the account to the picture, of {LIMIT:.0f} s it may take")
    for principals, keys in SIZES:
        measure(principals, keys)


if __name__ == "__main__":
    main()
