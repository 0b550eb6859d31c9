"""IAM Access Analyzer: policy checks, analyzers and their findings.

Pages: *ValidatePolicy*, *CheckNoNewAccess*, *CheckAccessNotGranted*, *CheckNoPublicAccess*,
*CreateAnalyzer*, *ListFindings*, *UpdateFindings*, *CreateArchiveRule* (IAM Access Analyzer API
Reference); *Findings for external access*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab.sandbox.account import Sandbox
from tests.sandbox.fixes.conftest import Refused
from tests.sandbox.organization import Organization
from tests.sandbox.people import ACCOUNT, allow, document

OTHER = "222233334444"


@pytest.fixture
def analyzer(sandbox: Sandbox) -> Any:
    return boto3.client("accessanalyzer")


class TestPolicyChecks:
    def test_findings_about_a_policy(self, analyzer: Any) -> None:
        found = analyzer.validate_policy(
            policyDocument=allow("iam:PassRole"), policyType="IDENTITY_POLICY"
        )
        (finding,) = found["findings"]
        assert finding["issueCode"] == "PASS_ROLE_WITH_STAR_IN_RESOURCE"
        assert finding["findingType"] == "SECURITY_WARNING"
        assert finding["locations"][0]["path"][-1] == {"value": "Action"}

    def test_findings_come_in_pages(self, analyzer: Any) -> None:
        text = document({"Effect": "allow", "Action": "s3:GetObjects", "Resource": "x"})
        pages = analyzer.get_paginator("validate_policy").paginate(
            policyDocument=text,
            policyType="IDENTITY_POLICY",
            PaginationConfig={"PageSize": 2},
        )
        codes = [[each["issueCode"] for each in page["findings"]] for page in pages]
        assert codes == [["INVALID_EFFECT", "INVALID_ACTION"], ["INVALID_ARN_PREFIX"]]

    def test_new_access(self, analyzer: Any) -> None:
        answer = analyzer.check_no_new_access(
            newPolicyDocument=allow("s3:*"),
            existingPolicyDocument=allow("s3:Get*"),
            policyType="IDENTITY_POLICY",
        )
        del answer["ResponseMetadata"]
        assert answer == {
            "result": "FAIL",
            "message": "The modified permissions grant new access compared to your existing "
            "policy.",
            "reasons": [
                {
                    "description": "New access in the statement with index: 0.",
                    "statementIndex": 0,
                }
            ],
        }

    def test_no_new_access(self, analyzer: Any) -> None:
        answer = analyzer.check_no_new_access(
            newPolicyDocument=allow("s3:GetObject"),
            existingPolicyDocument=allow("s3:Get*"),
            policyType="IDENTITY_POLICY",
        )
        assert (answer["result"], answer["reasons"]) == ("PASS", [])

    def test_access_granted(self, analyzer: Any) -> None:
        answer = analyzer.check_access_not_granted(
            policyDocument=allow("s3:*", Sid="Objects"),
            access=[{"actions": ["s3:PutObject"], "resources": ["arn:aws:s3:::b/*"]}],
            policyType="IDENTITY_POLICY",
        )
        assert answer["result"] == "FAIL"
        assert answer["reasons"] == [
            {
                "description": "One or more of the listed actions or resources in the statement "
                "with sid: Objects.",
                "statementIndex": 0,
                "statementId": "Objects",
            }
        ]

    def test_public_access(self, analyzer: Any) -> None:
        answer = analyzer.check_no_public_access(
            policyDocument=allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*"),
            resourceType="AWS::S3::Bucket",
        )
        assert (answer["result"], answer["message"]) == (
            "FAIL",
            "The resource policy grants public access for the given resource type.",
        )

    def test_a_trust_policy_may_be_compared(self, analyzer: Any) -> None:
        def trust(service: str) -> str:
            return document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            )

        answer = analyzer.check_no_new_access(
            newPolicyDocument=trust("ec2.amazonaws.com"),
            existingPolicyDocument=trust("ecs-tasks.amazonaws.com"),
            policyType="RESOURCE_POLICY",
        )
        assert answer["result"] == "FAIL"

    def test_a_broken_policy_is_not_compared(self, analyzer: Any, refused: Refused) -> None:
        code, message = refused(
            analyzer.check_no_new_access,
            newPolicyDocument="{}",
            existingPolicyDocument=allow("s3:*"),
            policyType="IDENTITY_POLICY",
        )
        assert code == "ValidationException"
        assert "newPolicyDocument" in message


class TestAnalyzers:
    def test_an_analyzer(self, sandbox: Sandbox, analyzer: Any) -> None:
        arn = analyzer.create_analyzer(analyzerName="main", type="ACCOUNT", tags={"a": "b"})["arn"]
        assert arn == f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/main"
        found = analyzer.get_analyzer(analyzerName="main")["analyzer"]
        assert (found["status"], found["type"], found["tags"]) == ("ACTIVE", "ACCOUNT", {"a": "b"})
        assert boto3.client("iam").get_role(RoleName="AWSServiceRoleForAccessAnalyzer")
        assert [each["name"] for each in analyzer.list_analyzers()["analyzers"]] == ["main"]
        analyzer.delete_analyzer(analyzerName="main")
        assert analyzer.list_analyzers()["analyzers"] == []

    def test_one_of_an_account_in_a_region(self, analyzer: Any, refused: Refused) -> None:
        analyzer.create_analyzer(analyzerName="main", type="ACCOUNT")
        make = analyzer.create_analyzer
        assert refused(make, analyzerName="main", type="ACCOUNT")[0] == "ConflictException"
        assert refused(make, analyzerName="more", type="ACCOUNT")[0] == (
            "ServiceQuotaExceededException"
        )
        away = boto3.client("accessanalyzer", region_name="eu-west-1")
        assert away.create_analyzer(analyzerName="main", type="ACCOUNT")

    def test_unused_access_is_not_modelled(self, analyzer: Any, refused: Refused) -> None:
        code, _ = refused(
            analyzer.create_analyzer, analyzerName="unused", type="ACCOUNT_UNUSED_ACCESS"
        )
        assert code == "NotImplemented"

    def test_what_is_not_there(self, analyzer: Any, refused: Refused) -> None:
        assert refused(analyzer.get_analyzer, analyzerName="none")[0] == (
            "ResourceNotFoundException"
        )

    def test_tags(self, analyzer: Any) -> None:
        arn = analyzer.create_analyzer(analyzerName="main", type="ACCOUNT")["arn"]
        analyzer.tag_resource(resourceArn=arn, tags={"team": "shop", "x": "y"})
        analyzer.untag_resource(resourceArn=arn, tagKeys=["x"])
        assert analyzer.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "shop"}


def read_by(*principals: Any, **elements: Any) -> str:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": list(principals)} if principals != ("*",) else "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::shop/*",
            **elements,
        }
    )


class TestFindings:
    @pytest.fixture
    def s3(self, sandbox: Sandbox) -> Any:
        sandbox.admin(OTHER)
        client = boto3.client("s3")
        client.create_bucket(Bucket="shop")
        client.delete_public_access_block(Bucket="shop")
        return client

    @pytest.fixture
    def arn(self, analyzer: Any, s3: Any) -> str:
        return str(analyzer.create_analyzer(analyzerName="main", type="ACCOUNT")["arn"])

    @pytest.fixture
    def found(self, analyzer: Any, arn: str) -> Callable[..., list[dict[str, Any]]]:
        def findings(**wanted: Any) -> list[dict[str, Any]]:
            given = {"filter": wanted} if wanted else {}
            return list(analyzer.list_findings(analyzerArn=arn, **given)["findings"])

        return findings

    def test_another_account(self, s3: Any, found: Callable[..., Any]) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        (finding,) = found()
        assert finding["principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
        assert finding["action"] == ["s3:GetObject"]
        assert (finding["resource"], finding["resourceType"]) == (
            "arn:aws:s3:::shop",
            "AWS::S3::Bucket",
        )
        assert (finding["status"], finding["isPublic"]) == ("ACTIVE", False)

    def test_everybody(self, s3: Any, found: Callable[..., Any]) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by("*"))
        (finding,) = found()
        assert (finding["principal"], finding["isPublic"]) == ({"AWS": "*"}, True)

    def test_everybody_on_a_condition(self, s3: Any, found: Callable[..., Any]) -> None:
        condition = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
        s3.put_bucket_policy(Bucket="shop", Policy=read_by("*", Condition=condition))
        (finding,) = found()
        assert finding["condition"] == {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}
        assert finding["isPublic"] is False

    INSIDE: dict[str, dict[str, Any]] = {
        "this account": {"Principal": {"AWS": ACCOUNT}},
        "a service": {"Principal": {"Service": "cloudtrail.amazonaws.com"}},
        "everybody of this account": {
            "Principal": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        },
    }

    @pytest.mark.parametrize("elements", INSIDE.values(), ids=INSIDE)
    def test_what_is_no_access_from_outside(
        self, s3: Any, found: Callable[..., Any], elements: dict[str, Any]
    ) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by("*", **elements))
        assert found() == []

    def test_what_is_denied_all_the_same(self, s3: Any, found: Callable[..., Any]) -> None:
        statement = json.loads(read_by(f"arn:aws:iam::{OTHER}:root"))["Statement"][0]
        s3.put_bucket_policy(
            Bucket="shop", Policy=document(statement, {**statement, "Effect": "Deny"})
        )
        assert found() == []

    def test_what_an_rcp_denies(self, sandbox: Sandbox) -> None:
        organization = Organization.make()
        organization.client.enable_policy_type(
            RootId=organization.root, PolicyType="RESOURCE_CONTROL_POLICY"
        )
        admin = organization.administrator(sandbox)
        sandbox.admin(OTHER)
        s3, analyzer = admin.client("s3"), admin.client("accessanalyzer")
        s3.create_bucket(Bucket="shop")
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        arn = analyzer.create_analyzer(analyzerName="main", type="ACCOUNT")["arn"]

        def about_the_bucket() -> list[Any]:
            wanted = {"resource": {"eq": ["arn:aws:s3:::shop"]}, "status": {"eq": ["ACTIVE"]}}
            return list(analyzer.list_findings(analyzerArn=arn, filter=wanted)["findings"])

        (finding,) = about_the_bucket()
        assert finding["resourceControlPolicyRestriction"] == "APPLIED"
        outsiders = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization.id}}
        organization.attach(
            "root",
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": outsiders,
            },
            kind="RESOURCE_CONTROL_POLICY",
        )
        assert about_the_bucket() == []

    def test_an_organization_is_a_zone_of_trust(self, sandbox: Sandbox, s3: Any) -> None:
        organization = Organization.make()
        s3.put_bucket_policy(
            Bucket="shop", Policy=read_by(f"arn:aws:iam::{organization.member}:root")
        )
        analyzer = boto3.client("accessanalyzer")
        own = analyzer.create_analyzer(analyzerName="own", type="ACCOUNT")["arn"]
        everywhere = analyzer.create_analyzer(analyzerName="all", type="ORGANIZATION")["arn"]
        assert len(analyzer.list_findings(analyzerArn=own)["findings"]) == 1
        wanted = {"resource": {"eq": ["arn:aws:s3:::shop"]}}
        findings = analyzer.list_findings(analyzerArn=everywhere, filter=wanted)["findings"]
        assert findings == []

    def test_roles_keys_queues_topics_and_secrets(self, found: Callable[..., Any]) -> None:
        outside = {"AWS": f"arn:aws:iam::{OTHER}:root"}
        statement = {"Effect": "Allow", "Principal": outside, "Resource": "*"}
        own = {**statement, "Principal": {"AWS": ACCOUNT}, "Action": "kms:*"}
        trust = document({"Effect": "Allow", "Principal": outside, "Action": "sts:AssumeRole"})
        boto3.client("iam").create_role(RoleName="partner", AssumeRolePolicyDocument=trust)
        boto3.client("kms").create_key(Policy=document(own, {**statement, "Action": "kms:Decrypt"}))
        queue = boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
        boto3.client("sqs").set_queue_attributes(
            QueueUrl=queue,
            Attributes={
                "Policy": document(
                    {**statement, "Action": "sqs:SendMessage", "Resource": queue_arn}
                )
            },
        )
        topic = boto3.client("sns").create_topic(Name="news")["TopicArn"]
        boto3.client("sns").set_topic_attributes(
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=document({**statement, "Action": "sns:Publish", "Resource": topic}),
        )
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name="db", SecretString="x")
        secrets.put_resource_policy(
            SecretId="db",
            ResourcePolicy=document({**statement, "Action": "secretsmanager:GetSecretValue"}),
        )
        kinds = {each["resourceType"] for each in found() if each["status"] == "ACTIVE"}
        assert kinds == {
            "AWS::IAM::Role",
            "AWS::KMS::Key",
            "AWS::SQS::Queue",
            "AWS::SNS::Topic",
            "AWS::SecretsManager::Secret",
        }

    def test_an_identity_provider_is_outside(self, found: Callable[..., Any]) -> None:
        iam = boto3.client("iam")
        provider = iam.create_open_id_connect_provider(Url="https://id.example.com")
        principal = {"Federated": provider["OpenIDConnectProviderArn"]}
        trust = document(
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {"id.example.com:sub": "ann"}},
            }
        )
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust)
        (finding,) = found()
        assert finding["principal"] == principal

    def test_a_finding_is_resolved_when_the_access_goes(
        self, s3: Any, found: Callable[..., Any]
    ) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        (before,) = found()
        s3.delete_bucket_policy(Bucket="shop")
        (after,) = found()
        assert (after["id"], after["status"]) == (before["id"], "RESOLVED")
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        (again,) = found()
        assert (again["id"], again["status"]) == (before["id"], "ACTIVE")

    def test_one_finding_in_both_forms(
        self, s3: Any, analyzer: Any, arn: str, found: Callable[..., Any]
    ) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        (finding,) = found()
        named = {"analyzerArn": arn, "id": finding["id"]}
        assert analyzer.get_finding(**named)["finding"]["principal"] == finding["principal"]
        newer = analyzer.get_finding_v2(**named)
        assert newer["findingType"] == "ExternalAccess"
        (details,) = newer["findingDetails"]
        assert details["externalAccessDetails"]["principal"] == finding["principal"]
        (listed,) = analyzer.list_findings_v2(analyzerArn=arn)["findings"]
        assert listed["id"] == finding["id"]

    def test_archiving(
        self, s3: Any, analyzer: Any, arn: str, found: Callable[..., Any], refused: Refused
    ) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        (finding,) = found()
        analyzer.update_findings(analyzerArn=arn, status="ARCHIVED", ids=[finding["id"]])
        assert found(status={"eq": ["ACTIVE"]}) == []
        analyzer.update_findings(analyzerArn=arn, status="ACTIVE", resourceArn=finding["resource"])
        assert len(found(status={"eq": ["ACTIVE"]})) == 1
        code, _ = refused(
            analyzer.update_findings, analyzerArn=arn, status="ARCHIVED", ids=["none"]
        )
        assert code == "ResourceNotFoundException"

    def test_a_rule_archives_what_is_to_come(
        self, s3: Any, analyzer: Any, arn: str, found: Callable[..., Any]
    ) -> None:
        rule = {"principal.AWS": {"contains": [OTHER]}, "resourceType": {"eq": ["AWS::S3::Bucket"]}}
        analyzer.create_archive_rule(analyzerName="main", ruleName="partners", filter=rule)
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        assert [each["status"] for each in found()] == ["ARCHIVED"]
        rules = analyzer.list_archive_rules(analyzerName="main")["archiveRules"]
        assert [(each["ruleName"], each["filter"]) for each in rules] == [("partners", rule)]

    def test_a_rule_is_applied_to_what_is_there(
        self, s3: Any, analyzer: Any, arn: str, found: Callable[..., Any]
    ) -> None:
        s3.put_bucket_policy(Bucket="shop", Policy=read_by(f"arn:aws:iam::{OTHER}:root"))
        assert [each["status"] for each in found()] == ["ACTIVE"]
        analyzer.create_archive_rule(
            analyzerName="main", ruleName="all", filter={"isPublic": {"eq": ["false"]}}
        )
        assert [each["status"] for each in found()] == ["ACTIVE"]
        analyzer.apply_archive_rule(analyzerArn=arn, ruleName="all")
        assert [each["status"] for each in found()] == ["ARCHIVED"]

    def test_a_scan(self, analyzer: Any, arn: str, refused: Refused) -> None:
        analyzer.start_resource_scan(analyzerArn=arn, resourceArn="arn:aws:s3:::shop")
        listed = analyzer.list_analyzed_resources(analyzerArn=arn, resourceType="AWS::S3::Bucket")[
            "analyzedResources"
        ]
        assert [each["resourceArn"] for each in listed] == ["arn:aws:s3:::shop"]
        code, _ = refused(
            analyzer.start_resource_scan, analyzerArn=arn, resourceArn="arn:aws:s3:::none"
        )
        assert code == "ResourceNotFoundException"
