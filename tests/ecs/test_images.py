"""Images: names, contents, and the push to Amazon ECR."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolelab.ecs import oci_image
from rolelab.ecs.image_reference import ImageReference, in_ecr, in_own_registry
from rolelab.ecs.oci_image import ImageError
from tests.ecs.bookshop import Bookshop
from tests.sandbox.people import ACCOUNT, allow, error_of

ECR = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        pytest.param(
            f"{ECR}/orders:1.0",
            ImageReference(ACCOUNT, "us-east-1", "orders", "1.0"),
            id="repository and tag",
        ),
        pytest.param(
            f"{ECR}/shop/orders",
            ImageReference(ACCOUNT, "us-east-1", "shop/orders", "latest"),
            id="no tag is latest",
        ),
        pytest.param(
            f"{ECR}/orders:1.0@{DIGEST}",
            ImageReference(ACCOUNT, "us-east-1", "orders", "1.0", DIGEST),
            id="a digest counts more than a tag",
        ),
        pytest.param("nginx:latest", None, id="another registry"),
        pytest.param("public.ecr.aws/docker/library/python:3.12", None, id="the public gallery"),
    ],
)
def test_the_image_of_a_container_definition(image: str, reference: object) -> None:
    assert in_ecr(image) == reference


@pytest.mark.parametrize("name", ["Orders:1.0", "orders:", "orders:1 0", "", "a//b"])
def test_names_that_no_registry_takes(name: str) -> None:
    with pytest.raises(ValueError, match="is no image name"):
        in_own_registry(name)


FILES = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.py", fullmatch=True),
    st.binary(max_size=200),
    min_size=1,
    max_size=5,
)


@given(FILES)
def test_what_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    image = oci_image.build(files, ["python", "app.py"])
    again = oci_image.build(dict(reversed(files.items())), ["python", "app.py"])
    assert image.digest == again.digest
    root = tmp_path_factory.mktemp("root")
    config = oci_image.unpack(image.manifest, image.blobs, root)
    assert config == {"Cmd": ["python", "app.py"], "WorkingDir": "/app"}
    found = {
        path.relative_to(root / "app").as_posix(): path.read_bytes()
        for path in (root / "app").rglob("*")
        if path.is_file()
    }
    assert found == files


def test_a_layer_that_was_changed_is_refused(tmp_path: Path) -> None:
    image = oci_image.build({"app.py": b"print(1)"}, ["python", "app.py"])
    changed = {digest: content + b"x" for digest, content in image.blobs.items()}
    with pytest.raises(ImageError, match="layer verification failed"):
        oci_image.unpack(image.manifest, changed, tmp_path)


class TestOfWhatBecomesAnImage:
    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "lib").mkdir()
        (tmp_path / "lib" / "books.py").write_text("TITLE = 'Emma'")
        (tmp_path / "app.py").write_text("import lib.books")
        files, first = oci_image.files_of(tmp_path)
        assert (sorted(files), first) == (["app.py", "lib/books.py"], "app.py")

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "report.py").write_text("print(1)")
        assert oci_image.files_of(tmp_path / "report.py") == (
            {"report.py": b"print(1)"},
            "report.py",
        )

    def test_the_text_of_a_file(self) -> None:
        assert oci_image.files_of("print(1)\n") == ({"app.py": b"print(1)\n"}, "app.py")

    def test_a_path_that_is_not_there_is_named(self) -> None:
        with pytest.raises(ImageError, match=r"no file or folder 'apps/none'"):
            oci_image.files_of("apps/none")

    def test_several_files_need_an_app(self, tmp_path: Path) -> None:
        for name in ("one.py", "two.py"):
            (tmp_path / name).write_text("")
        with pytest.raises(ImageError, match=r"Name it app\.py"):
            oci_image.files_of(tmp_path)


class TestOfThePush:
    def test_it_is_a_real_manifest_in_the_registry(self, shop: Bookshop) -> None:
        assert shop.image == f"{ECR}/orders:1.0"
        ecr = boto3.client("ecr")
        found = ecr.batch_get_image(repositoryName="orders", imageIds=[{"imageTag": "1.0"}])[
            "images"
        ][0]
        assert found["imageId"]["imageDigest"] == oci_image.digest_of(
            found["imageManifest"].encode()
        )
        assert json.loads(found["imageManifest"])["layers"][0]["mediaType"] == oci_image.LAYER_TYPE

    def test_it_needs_the_repository(self, shop: Bookshop) -> None:
        code, _, _ = error_of(lambda: shop.sandbox.push_image("none:1.0", "print(1)\n"))
        assert code == "RepositoryNotFoundException"

    def test_it_needs_the_permissions_of_who_pushes(self, shop: Bookshop) -> None:
        shop.iam.create_user(UserName="anna")
        policy = allow(["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability"])
        shop.iam.put_user_policy(UserName="anna", PolicyName="look", PolicyDocument=policy)
        key = shop.iam.create_access_key(UserName="anna")["AccessKey"]
        anna = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
        code, _, message = error_of(
            lambda: shop.sandbox.push_image("orders:2.0", "print(2)\n", session=anna)
        )
        assert code == "AccessDeniedException"
        assert "ecr:InitiateLayerUpload" in message

    def test_a_tag_that_must_not_change_does_not(self, shop: Bookshop) -> None:
        boto3.client("ecr").put_image_tag_mutability(
            repositoryName="orders", imageTagMutability="IMMUTABLE"
        )
        code, _, _ = error_of(lambda: shop.sandbox.push_image("orders:1.0", "print('new')\n"))
        assert code == "ImageTagAlreadyExistsException"

    def test_the_same_image_again_is_no_error(self, shop: Bookshop) -> None:
        assert shop.push("print(3)\n", "3.0") == shop.push("print(3)\n", "3.0")

    def test_a_digest_pins_what_runs(self, shop: Bookshop) -> None:
        found = boto3.client("ecr").describe_images(repositoryName="orders")["imageDetails"][0]
        shop.push("print('changed')\n", "1.0")
        pinned = shop.container(image=f"{ECR}/orders@{found['imageDigest']}")
        task = shop.run(shop.register(pinned))
        ended = shop.ended(task)
        assert ended["containers"][0]["imageDigest"] == found["imageDigest"]
        assert shop.printed(task) == ["hello world"]

    def test_a_repository_policy_can_forbid_the_pull(self, shop: Bookshop) -> None:
        statement = {
            "Effect": "Deny",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/csecstaskexecutionrole"},
            "Action": "ecr:BatchGetImage",
        }
        boto3.client("ecr").set_repository_policy(
            repositoryName="orders",
            policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        ended = shop.ended(shop.run())
        assert ended["stoppedReason"].startswith("CannotPullContainerError: ")
