"""Texts that the tests of the playground start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rolelab.policy_playground.fields import POLICY_FIELDS, PolicyField, Texts

SESSION = "arn:aws:sts::123456789012:assumed-role/orders-task-role/orders-1"
ORDER = "arn:aws:s3:::bookshop-orders/1001.json"

READ = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadOrders",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": ["arn:aws:s3:::bookshop-orders/*"]
    },
    {
      "Effect": "Deny",
      "Action": "s3:DeleteObject",
      "Resource": "*"
    }
  ]
}"""

TEXTS = Texts(principal=SESSION, action="s3:GetObject", resource_arn=ORDER, identity=READ)


def texts(**changed: Any) -> Texts:
    """The sample with other texts in some fields."""
    return replace(TEXTS, **changed)


def field(name: str) -> PolicyField:
    return next(each for each in POLICY_FIELDS if each.name == name)
