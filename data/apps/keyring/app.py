"""The keyring: say which secrets reach the container, and by which way. It shows none of them."""

import hashlib
import json
import os

import boto3


def fingerprint(secret):
    """Enough to tell two random secrets apart, and too little to find one of them."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def database_password():
    """Ask Secrets Manager, now."""
    answer = boto3.client("secretsmanager").get_secret_value(SecretId="orders/db")
    return json.loads(answer["SecretString"])["password"]


def mail_key():
    """Ask Parameter Store, now."""
    ssm = boto3.client("ssm")
    answer = ssm.get_parameter(Name="/orders/mail-key", WithDecryption=True)
    return answer["Parameter"]["Value"]


def main():
    for name in ("DB_PASSWORD", "MAIL_KEY"):
        if name in os.environ:
            print(f"injected {name} = {fingerprint(os.environ[name])}")
    print(f"fetched orders/db = {fingerprint(database_password())}")
    print(f"fetched /orders/mail-key = {fingerprint(mail_key())}")


if __name__ == "__main__":
    main()
