"""Rotate the password of one database user. Secrets Manager calls this four times, step by step.

The sandbox runs no database: the table `db-users` plays its part, and keeps a hash of each user's
password, as databases do.
"""

import hashlib
import hmac
import json

import boto3

secrets = boto3.client("secretsmanager")
users = boto3.resource("dynamodb").Table("db-users")


def value(secret, **which):
    return json.loads(secrets.get_secret_value(SecretId=secret, **which)["SecretString"])


def hashed(password):
    return hashlib.sha256(password.encode()).hexdigest()


def create_secret(secret, token):
    """Keep a new password as the version `token`, pending: nobody gets it yet."""
    try:
        value(secret, VersionId=token, VersionStage="AWSPENDING")
    except secrets.exceptions.ResourceNotFoundException:
        password = secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]
        new = {**value(secret, VersionStage="AWSCURRENT"), "password": password}
        secrets.put_secret_value(
            SecretId=secret,
            ClientRequestToken=token,
            SecretString=json.dumps(new),
            VersionStages=["AWSPENDING"],
        )


def set_secret(secret, token):
    """Tell the database."""
    new = value(secret, VersionId=token, VersionStage="AWSPENDING")
    users.put_item(Item={"user": new["username"], "hash": hashed(new["password"])})


def test_secret(secret, token):
    """Sign in with the new password."""
    new = value(secret, VersionId=token, VersionStage="AWSPENDING")
    kept = users.get_item(Key={"user": new["username"]})["Item"]["hash"]
    if not hmac.compare_digest(kept, hashed(new["password"])):
        raise ValueError("The database does not take the new password.")


def finish_secret(secret, token):
    """Move AWSCURRENT to the new version. The old one becomes AWSPREVIOUS."""
    versions = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next(each for each, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        secrets.update_secret_version_stage(
            SecretId=secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )


STEPS = {
    "createSecret": create_secret,
    "setSecret": set_secret,
    "testSecret": test_secret,
    "finishSecret": finish_secret,
}


def handler(event, context):
    print(event["Step"])
    STEPS[event["Step"]](event["SecretId"], event["ClientRequestToken"])
