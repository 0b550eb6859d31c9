"""The probe: say as whom the container calls, and what it can reach. It prints no secret."""

import boto3
from botocore.exceptions import ClientError, NoCredentialsError

ORDER = {"Bucket": "bookshop-orders", "Key": "incoming/1001.json"}
ATTEMPTS = {
    "S3: read an order": ("s3", "get_object", ORDER),
    "DynamoDB: read the table": (
        "dynamodb",
        "get_item",
        {"TableName": "orders", "Key": {"id": {"S": "1001"}}},
    ),
    "RDS: list the databases": ("rds", "describe_db_instances", {}),
    "Secrets Manager: read orders/db": (
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "orders/db"},
    ),
    "ECR: fetch the image": (
        "ecr",
        "batch_get_image",
        {"repositoryName": "orders", "imageIds": [{"imageTag": "1.0"}]},
    ),
}


def answer(service, method, arguments):
    """What AWS says to one call, in a word."""
    try:
        getattr(boto3.client(service), method)(**arguments)
    except NoCredentialsError:
        return "no credentials"
    except ClientError as error:
        # Some services say AccessDenied, others AccessDeniedException.
        return error.response["Error"]["Code"].removesuffix("Exception")
    return "allowed"


def me():
    """As whom the container calls: the name of a role, or nobody."""
    try:
        return boto3.client("sts").get_caller_identity()["Arn"].split("/")[1]
    except NoCredentialsError:
        return "nobody"


def main():
    print(f"the application is = {me()}")
    for what, call in ATTEMPTS.items():
        print(f"{what} = {answer(*call)}")


if __name__ == "__main__":
    main()
