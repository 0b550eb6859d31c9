"""Read the cases of the scorecard, and refuse a case that is not well formed.

One case says who calls, which policies apply, which call is made, what AWS answers, and which AWS
page says so. `scorecard/README.md` lists the fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import yaml

Answer = Literal["allow", "deny"]

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "data" / "scorecard" / "cases.yaml"
PAGES = "https://docs.aws.amazon.com/"


class CaseError(ValueError):
    """The file of cases says something that no case can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question to an account, and AWS's answer to it.

    Attributes:
        case: the rule, in kebab-case.
        area: the part of the scorecard it belongs to.
        title: the rule as a sentence.
        who: the caller: `user ana`, `role app`, `root`, `anonymous`; `user ana of 444455556666`.
        identity: statements of the caller's inline policy.
        boundary: statements of the caller's permissions boundary. None: there is none.
        session: statements of the session policy passed when signing in. None: none is passed.
        tags: tags of the user or role.
        groups: statements of one group's policy, of which the user is a member. None: no group.
        credentials: how the caller signs in, see `callers.CREDENTIALS`.
        given: what the administrators make first, in order.
        request: how the call travels, see `calls.REQUEST`.
        call: one boto3 call, `{"s3.get_object": {...}}`.
        aws: AWS's answer.
        refused: the error code, where AWS refuses the call for another reason than a permission.
        page: the title of the AWS page that says so.
        address: the address of that page.
    """

    case: str
    area: str
    title: str
    call: Mapping[str, Mapping[str, Any]]
    aws: Answer
    page: str
    address: str
    who: str = "administrator"
    identity: list[Any] | None = None
    boundary: list[Any] | None = None
    session: list[Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    groups: list[Any] | None = None
    credentials: Mapping[str, Any] = field(default_factory=dict)
    given: list[Mapping[str, Any]] = field(default_factory=list)
    request: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None


_FIELDS = {entry.name for entry in fields(Case)} - {"area", "address"}
_REQUIRED = ("case", "title", "call", "aws", "page")
_LISTS = ("identity", "boundary", "session", "groups", "given")
_MAPPINGS = ("call", "tags", "credentials", "request")


def load(path: Path = CASES) -> list[Case]:
    """Read all cases.

    Args:
        path: the YAML file: `pages` (title: address) and `areas` (name: list of cases).

    Returns:
        The cases, in the order of the file.

    Raises:
        CaseError: something in the file is not well formed; it names the case.
    """
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> list[Case]:
    """Read cases from YAML text. See `load`."""
    try:
        # The C parser where there is one: the file is long.
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise CaseError(f"not YAML: {error}") from error
    if not isinstance(content, Mapping) or not {"pages", "areas"} <= content.keys():
        raise CaseError("the file needs `pages` and `areas`")
    pages = content["pages"]
    for title, address in pages.items():
        if not str(address).startswith(PAGES):
            raise CaseError(f"page {title!r}: {address!r} is no address at {PAGES}")
    cases = [_case(raw, area, pages) for area, listed in content["areas"].items() for raw in listed]
    _require_unique(case.case for case in cases)
    unused = pages.keys() - {case.page for case in cases}
    if unused:
        raise CaseError(f"no case names these pages: {', '.join(sorted(unused))}")
    return cases


def areas(cases: Iterable[Case]) -> list[str]:
    """Give the areas in the order of the file."""
    return list(dict.fromkeys(case.area for case in cases))


def _case(raw: Any, area: str, pages: Mapping[str, str]) -> Case:
    if not isinstance(raw, Mapping):
        raise CaseError(f"{area}: a case is a mapping, not {raw!r}")
    name = raw.get("case") or raw.get("title") or "a case without a name"
    for problem in _problems(raw, pages):
        raise CaseError(f"{area}: {name}: {problem}")
    return Case(**raw, area=area, address=pages[raw["page"]])


def _problems(raw: Mapping[str, Any], pages: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(raw.keys() - _FIELDS):
        yield f"unknown field {name!r}; there are: {', '.join(sorted(_FIELDS))}"
    for name in _REQUIRED:
        if not raw.get(name):
            yield f"{name!r} is missing"
    if raw["aws"] not in ("allow", "deny"):
        yield f"`aws` is {raw['aws']!r}; it must be allow or deny"
    if raw["page"] not in pages:
        yield f"`pages` has no page {raw['page']!r}"
    if "refused" in raw and raw["aws"] != "deny":
        yield "`refused` goes with `aws: deny`"
    for name in _LISTS:
        if name in raw and not isinstance(raw[name], list):
            yield f"{name!r} must be a list"
    for name in _MAPPINGS:
        if name in raw and not isinstance(raw[name], Mapping):
            yield f"{name!r} must be a mapping"
    if len(raw["call"]) != 1 or "." not in next(iter(raw["call"])):
        yield "`call` must be one call: {service.method: {parameters}}"


def _require_unique(names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise CaseError(f"two cases have the same name: {', '.join(twice)}")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose mappings hold each key once, and whose dates stay text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        twice = [key for key, count in Counter(keys).items() if count > 1]
        if twice:
            raise CaseError(f"line {node.start_mark.line + 1}: {twice[0]!r} stands there twice")
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


# Dates stand in conditions, where they are text; so do numbers like 123456789012 in quotes.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in listed if not tag.endswith(":timestamp")]
    for first, listed in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
