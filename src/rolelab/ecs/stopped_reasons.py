"""Why a task stopped, in the words of Amazon ECS on Fargate.

Pages (Amazon ECS Developer Guide): *Amazon ECS stopped tasks error messages*, *Troubleshooting
Amazon ECS ResourceInitializationError errors*, *Troubleshooting Amazon ECS CannotPullContainerError
errors*, *Troubleshooting Amazon ECS CannotStartContainerError errors*, *Viewing Amazon ECS stopped
task errors*. re:Post: *Why is my Amazon ECS task stopped?* (the reasons without an error's name).

The pages leave out what Fargate 1.4.0 appends to a message. That part is as stopped tasks of 2025
and 2026 have it: errors of services in the form of the AWS SDK for Go v2, errors of registries in
that of containerd. A function whose text no stopped task was found for says so.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

FAILED_TO_START = "TaskFailedToStart"
ESSENTIAL_EXITED = "EssentialContainerExited"
BY_USER = "UserInitiated"
BY_SCHEDULER = "ServiceSchedulerInitiated"

ESSENTIAL_CONTAINER = "Essential container in task exited"
STOPPED_BY_USER = "Task stopped by user"

_AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "
_RETRIEVAL = f"{_AUTH}execution resource retrieval failed: "
_RETRIED = "service call has been retried 1 time(s): "
_LOGGER = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried "
    "1 times: "
)
_MANIFEST = "CannotPullContainerError: pull image manifest has been retried {} time(s): "
_ONCE, _OFTEN = _MANIFEST.format(1), _MANIFEST.format(7)
"""A refusal is final. An image that is not there, or out of reach, is tried for again and again."""

_DOCKER_HUB, _DOCKER_HUB_API = "docker.io", "registry-1.docker.io"


class LaunchFailed(Exception):  # noqa: N818 - it says what happened
    """A step of a launch did not work, so the task stops before its containers run.

    Attributes:
        reason: the task's stopped reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def words_of(service: str, error: ClientError) -> str:
    """An error of an AWS service as the agent writes it down.

    Args:
        service: the service as the AWS SDK for Go calls it: `ECR`, `Secrets Manager` ...
        error: the error. One that the service's model does not know is an "api error".
    """
    said, about = error.response["Error"], error.response["ResponseMetadata"]
    unknown = type(error) is ClientError or "AccessDenied" in said["Code"]
    host = f"HostID: {about.get('HostId', '')}, " if service == "S3" else ""
    return (
        f"operation error {service}: {error.operation_name}, https response error "
        f"StatusCode: {about['HTTPStatusCode']}, RequestID: {about['RequestId']}, {host}"
        f"{'api error ' if unknown else ''}{said['Code']}: {said['Message']}"
    )


def no_registry_auth(error: ClientError) -> LaunchFailed:
    """The execution role may not get a token for the registry."""
    return LaunchFailed(
        f"{_RETRIEVAL}unable to retrieve ecr registry auth: {_RETRIED}{words_of('ECR', error)}"
    )


def no_secret(arn: str, error: ClientError) -> LaunchFailed:
    """The execution role could not read a secret."""
    return LaunchFailed(
        f"{_RETRIEVAL}unable to retrieve secret from asm: {_RETRIED}"
        f"failed to fetch secret {arn} from secrets manager: {words_of('Secrets Manager', error)}"
    )


def no_json_key(key: str) -> LaunchFailed:
    """The secret is there, and has no such key."""
    return LaunchFailed(
        f"{_RETRIEVAL}unable to retrieve secret from asm: {_RETRIED}"
        f"retrieved secret from Secrets Manager did not contain json key {key}"
    )


def no_parameters(error: ClientError) -> LaunchFailed:
    """The execution role could not read parameters."""
    return LaunchFailed(
        f"{_RETRIEVAL}unable to retrieve secrets from ssm: {_RETRIED}{words_of('SSM', error)}"
    )


def invalid_parameters(names: list[str]) -> LaunchFailed:
    """There are no such parameters."""
    return LaunchFailed(
        f"{_RETRIEVAL}unable to retrieve secrets from ssm: {_RETRIED}"
        f"invalid ssm parameters: {', '.join(names)}"
    )


def no_environment_file(error: ClientError) -> LaunchFailed:
    """The execution role could not read an environment file.

    Seen of a file that was out of reach; not of one that may not be read.
    """
    return LaunchFailed(
        "ResourceInitializationError: failed to download env files: file download command: non "
        f"empty error stream: {words_of('S3', error)}"
    )


def no_log_stream(error: ClientError) -> LaunchFailed:
    """The execution role could not make the log stream."""
    return LaunchFailed(
        f"{_LOGGER}failed to create Cloudwatch log stream: {words_of('CloudWatch Logs', error)} "
        ": exit status 1"
    )


def no_log_group(error: ClientError) -> LaunchFailed:
    """The execution role could not make the log group that `awslogs-create-group` asks for.

    Not seen: in the form of the text for the log stream.
    """
    return LaunchFailed(
        f"{_LOGGER}failed to create Cloudwatch log group: {words_of('CloudWatch Logs', error)} "
        ": exit status 1"
    )


def no_manifest(image: str, error: ClientError) -> LaunchFailed:
    """The execution role may not read the image's manifest, or the registry knows no repository."""
    if error.response["Error"]["Code"] == "RepositoryNotFoundException":
        return no_image(image)
    host, repository, tag, digest = _parts_of(image)
    where = f"blobs/{digest}" if digest else f"manifests/{tag}"
    return LaunchFailed(
        f"{_ONCE}failed to resolve ref {image}: unexpected status from HEAD request to "
        f"https://{host}/v2/{repository}/{where}: 403 Forbidden"
    )


def no_image(image: str) -> LaunchFailed:
    """There is no such image."""
    return LaunchFailed(f"{_OFTEN}failed to resolve ref {image}: {image}: not found")


def no_layer(image: str, digest: str) -> LaunchFailed:
    """The execution role may not read a layer.

    Page: *Troubleshooting Amazon ECS CannotPullContainerError errors*, up to "unexpected status
    code"; the rest in the words of containerd.
    """
    host, repository, _, _ = _parts_of(image)
    return LaunchFailed(
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: "
        "httpReadSeeker: failed open: unexpected status code "
        f"https://{host}/v2/{repository}/blobs/{digest}: 403 Forbidden"
    )


def bad_image(error: Exception) -> LaunchFailed:
    """The image was pulled, and its content is not what it should be."""
    return LaunchFailed(f"CannotPullContainerError: {error}")


def out_of_reach(image: str) -> LaunchFailed:
    """The registry is somewhere on the internet, which the sandbox does not reach.

    On AWS a task without a way to the internet says so, with the registry's address.
    """
    host, repository, tag, digest = _parts_of(image)
    api = _DOCKER_HUB_API if host == _DOCKER_HUB else host
    name = f"{host}/{repository}{f'@{digest}' if digest else f':{tag}'}"
    return LaunchFailed(
        f"{_OFTEN}failed to resolve ref {name}: failed to do request: "
        f'Head "https://{api}/v2/{repository}/manifests/{digest or tag}": dial tcp: '
        f"lookup {api}: i/o timeout (the sandbox is offline: push the image to Amazon ECR first)"
    )


def _parts_of(image: str) -> tuple[str, str, str, str]:
    """Give host, repository, tag and digest, as containerd completes the name of an image.

    >>> _parts_of("nginx")
    ('docker.io', 'library/nginx', 'latest', '')
    """
    named, _, digest = image.partition("@")
    host, slash, rest = named.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = _DOCKER_HUB, named if slash else f"library/{named}"
    repository, _, tag = rest.partition(":")
    return host, repository, tag or "latest", digest


def no_program(program: str) -> LaunchFailed:
    """The image has no such program."""
    return LaunchFailed(
        "CannotStartContainerError: ResourceInitializationError: failed to create new container "
        "runtime task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f'unable to start container process: exec: "{program}": executable file not found in '
        "$PATH: unknown"
    )


def no_command() -> LaunchFailed:
    """Neither the task definition nor the image says what to run. In Docker's words: not seen."""
    return LaunchFailed("CannotCreateContainerError: no command specified")


def no_credentials(image: str) -> LaunchFailed:
    """There is no execution role, and the image is in a private registry.

    Fargate registers no such task definition; on instances the instance's role is asked. So this
    is what containerd says of a registry it has no token for.
    """
    return LaunchFailed(
        f"{_ONCE}failed to resolve ref {image}: pull access denied, repository does not exist or "
        "may require authorization: authorization failed: no basic auth credentials"
    )


def dependency(name: str, condition: str) -> LaunchFailed:
    """A container that others wait for has ended in another way than they wait for.

    As the agent on instances says it (amazon-ecs-agent, `dependencygraph`); of Fargate it was not
    seen. On AWS it is the reason of the container that waits.
    """
    why = " as dependency did not exit successfully." if condition == "SUCCESS" else ""
    return LaunchFailed(
        "CannotStartContainerError: dependency graph: failed to resolve container ordering "
        f"dependency [{name}]{why}"
    )


def role_not_assumed(role_arn: str) -> str:
    """What RunTask says when ECS cannot step into a role; an event of a service quotes it."""
    return (
        f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please "
        "verify that the role being passed has the proper trust relationship and permissions and "
        "that your IAM user has permissions to pass this role."
    )
