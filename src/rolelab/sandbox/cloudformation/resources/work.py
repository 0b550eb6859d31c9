"""What the functions that make, change and delete a resource work with."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.cloudformation.errors import ResourceFailed, reason_of
from rolelab.sandbox.cloudformation.intrinsics import text

if TYPE_CHECKING:
    import boto3

Properties = Mapping[str, Any]


class Refused(ResourceFailed):
    """Another service refused a call of CloudFormation.

    Attributes:
        code: the error code of that service.
        message: what it says.
    """

    def __init__(self, code: str, message: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that is there.

    Attributes:
        physical_id: what `Ref` gives.
        attributes: what `Fn::GetAtt` gives.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Caller:
    """The calls of one deployment: in the caller's name, or with the service role's permissions."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self.session: Any = session
        self.region = region
        self._clients: dict[str, Any] = {}
        self._zones: dict[str, list[str]] = {}

    def call(self, service: str, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Make an ordinary API call.

        Args:
            service: boto3's name of the service.
            operation: as botocore names it, `CreateRole`.
            members: the parameters; those that are None are left out. Names are compared without
                case and values are brought into the type that the API takes.

        Raises:
            Refused: the service answers an error.
            ResourceFailed: the parameters have the wrong shape.
        """
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._clients.get(service)
        if client is None:
            client = self.session.client(service, region_name=self.region)
            self._clients[service] = client
        model = client.meta.service_model
        shape = model.operation_model(operation).input_shape
        given = {name: value for name, value in members.items() if value is not None}
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**shaped(shape, given))
        except ClientError as error:
            said = error.response["Error"]
            reason = reason_of(error, sdk_name(model.service_id))
            raise Refused(said["Code"], said["Message"], reason) from error
        except BotoCoreError as error:
            raise ResourceFailed(f"Properties validation failed with message:\n{error}") from error
        return answer

    def zones(self, region: str) -> list[str]:
        """Give the Availability Zones of a Region (`Fn::GetAZs`), which EC2 knows.

        Page: *Fn::GetAZs*: it needs ec2:DescribeAvailabilityZones.
        """
        if region not in self._zones:
            asked = self if region == self.region else Caller(self.session, region)
            found = asked.call("ec2", "DescribeAvailabilityZones", {})["AvailabilityZones"]
            self._zones[region] = sorted(each["ZoneName"] for each in found)
        return self._zones[region]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One resource that has to be made, changed or deleted.

    Attributes:
        properties: what the template asks for, all functions carried out.
        previous: what it asked for before.
        physical_id: what `Ref` gives. None: it is not made yet.
        announce: to be called with the physical id as soon as there is something to delete.
    """

    caller: Caller
    account: str
    partition: str
    stack_name: str
    logical_id: str
    type: str
    properties: Properties
    previous: Properties = field(default_factory=dict)
    physical_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    announce: Callable[[str], None] = lambda physical_id: None

    @property
    def region(self) -> str:
        """The Region of the stack."""
        return self.caller.region

    @property
    def id(self) -> str:
        """The physical id of a resource that is there."""
        return str(self.physical_id)

    def call(self, service: str, operation: str, /, **members: Any) -> dict[str, Any]:
        """Make an API call; see `Caller.call`."""
        return self.caller.call(service, operation, members)

    def given(self, *names: str) -> dict[str, Any]:
        """Give those of the properties that the template sets."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def get(self, name: str, default: Any = None) -> Any:
        """Give a property."""
        return self.properties.get(name, default)

    def changed(self, *names: str) -> bool:
        """Say whether one of the properties differs from before."""
        return any(self.properties.get(name) != self.previous.get(name) for name in names)

    def name(self, member: str, limit: int = 64, lower: bool = False) -> str:
        """Give the name that the template chooses, or else one that is unique.

        Page: *Name type* of the Template reference: stack name, logical id, and a random part.
        """
        chosen = self.properties.get(member)
        if chosen:
            return text(chosen)
        name = generated(self.stack_name, self.logical_id, limit)
        return name.lower() if lower else name

    def tag_changes(self, member: str = "Tags") -> tuple[dict[str, str], list[str]]:
        """Give the tags to set and the keys of those to remove."""
        new, old = tags_of(self.properties.get(member)), tags_of(self.previous.get(member))
        changed = {key: value for key, value in new.items() if old.get(key) != value}
        return changed, [key for key in old if key not in new]


Create = Callable[[Work], Made]
Delete = Callable[[Work], None]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """How one resource type is made, changed and deleted.

    Attributes:
        models: the properties that are carried out. Any other fails the resource: what is
            ignored in silence would be a lie.
        name: the property by which a template names the resource itself.
        update: changes a resource in place. None: nothing of it can change in place.
        updates: the properties that `update` can change. None: all of them.
        replaces: properties whose change replaces the resource, beside those of the registry.
    """

    create: Create
    delete: Delete
    models: frozenset[str]
    name: str | None = None
    update: Create | None = None
    updates: frozenset[str] | None = None
    replaces: frozenset[str] = frozenset()


def generated(stack_name: str, logical_id: str, limit: int) -> str:
    """Give a unique name of at most `limit` characters."""
    unique = "".join(random.choices(string.ascii_letters + string.digits, k=12))
    room = limit - len(unique) - 2
    logical = logical_id[: room // 2] if len(stack_name) > room // 2 else logical_id
    stack = stack_name[: room - len(logical)]
    return f"{stack}-{logical[: room - len(stack)]}-{unique}"


def tags_of(tags: Any) -> dict[str, str]:
    """Read tags, a list of `Key` and `Value` or an object."""
    if isinstance(tags, Mapping):
        return {key: text(value) for key, value in tags.items()}
    return {text(each["Key"]): text(each["Value"]) for each in tags or ()}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Write tags as a list of `Key` and `Value`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def values(properties: Properties, names: Iterable[str]) -> dict[str, str]:
    """Give properties as text, as the attributes of SQS and SNS are."""
    return {
        name: json.dumps(properties[name])
        if isinstance(properties[name], Mapping)
        else text(properties[name])
        for name in names
        if name in properties
    }


def sdk_name(service_id: str) -> str:
    """Write a service's name as the SDK of CloudFormation's handlers does: `Iam`, `DynamoDb`."""
    words = (word.capitalize() if word.isupper() else word for word in service_id.split())
    return "".join(words).replace("DB", "Db")


def shaped(shape: Any, value: Any) -> Any:
    """Bring a value of a template into the shape that an API takes.

    Members are compared without case (`ContainerDefinitions` is `containerDefinitions`); text
    becomes a number or a truth value where the API wants one, and a document becomes JSON text.

    Raises:
        ResourceFailed: a member does not exist, or a number is none.
    """
    take = _SHAPES.get(shape.type_name)
    return value if take is None else take(shape, value)


def _structure(shape: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    names = {name.lower(): name for name in shape.members}
    result = {}
    for key, each in value.items():
        name = names.get(key.lower())
        if name is None:
            raise ResourceFailed(
                f"Properties validation failed with message:\n#: extraneous key [{key}] is not "
                "permitted"
            )
        result[name] = shaped(shape.members[name], each)
    return result


def _list(shape: Any, value: Any) -> Any:
    entries = value if isinstance(value, list | tuple) else [value]
    return [shaped(shape.member, each) for each in entries]


def _map(shape: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {text(key): shaped(shape.value, each) for key, each in value.items()}


def _string(shape: Any, value: Any) -> Any:
    return json.dumps(value) if isinstance(value, Mapping | list) else text(value)


def _integer(shape: Any, value: Any) -> Any:
    return _number(int, value)


def _float(shape: Any, value: Any) -> Any:
    return _number(float, value)


def _number(kind: Callable[[Any], Any], value: Any) -> Any:
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise ResourceFailed(
            f"Properties validation failed with message:\n#: expected a number, found: {value}"
        ) from error


def _boolean(shape: Any, value: Any) -> Any:
    return value if isinstance(value, bool) else text(value).lower() == "true"


def _blob(shape: Any, value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


_SHAPES: Mapping[str, Callable[[Any, Any], Any]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _float,
    "float": _float,
    "integer": _integer,
    "list": _list,
    "long": _integer,
    "map": _map,
    "string": _string,
    "structure": _structure,
}
