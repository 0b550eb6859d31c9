"""The orders service: take in what lies below incoming/, and keep it in a table."""

import json
import os

import boto3

BUCKET = os.environ.get("BUCKET", "bookshop-orders")
TABLE = os.environ.get("TABLE", "orders")

# No key anywhere: boto3 asks ECS for the credentials of the task role.
s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(TABLE)


def take_in(key):
    """Read one order from the bucket, and write it to the table."""
    order = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    number = key.rsplit("/", 1)[-1].removesuffix(".json")
    table.put_item(Item={"id": number, **order})
    return number


def main():
    # The password comes as a variable, from Secrets Manager. It is never printed.
    if "DB_PASSWORD" in os.environ:
        print(f"DB_PASSWORD has {len(os.environ['DB_PASSWORD'])} characters")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="incoming/")
    keys = [item["Key"] for item in listed.get("Contents", [])]
    print(f"{len(keys)} orders in {BUCKET}/incoming/")
    for number in map(take_in, keys):
        kept = table.get_item(Key={"id": number})["Item"]
        print(f"order {number}: {kept['book']}, now in table {TABLE}")


if __name__ == "__main__":
    main()
