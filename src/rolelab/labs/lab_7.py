"""Lab 7, Harden the gateway: graded by attacking the gateways over HTTP, and their roles by calls.

A check attacks every running task of a family. What counts calls is attacked in a copy of the task,
so that neither the learner's own calls nor an earlier check are counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from rolelab.labs.callers import Caller, arn_of_role, as_role
from rolelab.labs.grader import Attempt, CheckFailed, Passed, Question, prove
from rolelab.labs.lab_7_attacks import (
    LEAST_SECRET,
    SHIPPED_API_KEY,
    WELL_KNOWN,
    Attacker,
    attacker,
    with_pairs_that_are_written,
    with_what_is_written,
)
from rolelab.labs.lab_7_gateways import (
    API_CONNECT,
    APIPARK,
    SCORING,
    Gateway,
    copy_of,
    running,
    secret_arns,
    secret_value,
)

LEAKED_ID, LEAKED_SECRET = "bookshop-website", "persuasion-1818-website"
LEAKED_TOKEN = "bookshop-manages-its-apis"
LIMIT, HOUR = 20, 3600
SCORING_ROLE = "scoring-task-role"
WEBSITE, SHOP = "gateway/website", "apipark/shop"
MODELS = ("amazon.nova-micro-v1:0", "amazon.nova-lite-v1:0")
OTHER_MODELS = (
    "amazon.nova-pro-v1:0",
    "anthropic.claude-3-sonnet-20240229-v1:0",
    "meta.llama3-70b-instruct-v1:0",
    "us.amazon.nova-lite-v1:0",
)

_API_CONNECT = (
    "API Connect serves the website, twenty calls an hour, and keeps its secret to itself."
)
_APIPARK = "APIPark serves the shop with two models, and nobody else administers it."
_ROLES = "The roles behind the gateways reach what the gateways need, and nothing else."
_MISSING = "Something that is needed does not work:"
_REACHED = "What is needed works, and this is still reachable:"
_UNITS = {"second": 1, "minute": 60, "hour": HOUR, "day": 86_400, "week": 604_800}


def check_api_connect() -> Passed:
    """Task 1: the website is served up to its limit, and no secret leaves or lies about.

    Returns:
        The attempts.

    Raises:
        CheckFailed: what does not work any more, or what is still reachable.
    """
    attempts: list[Attempt] = []
    for gateway in running(API_CONNECT, _API_CONNECT):
        with _attacking(gateway) as attack:
            attempts += _website_is_served(attack, is_new=False)
            attempts += _nobody_else_is(attack)
        with copy_of(gateway, _API_CONNECT) as copy, _attacking(copy) as attack:
            attempts += _website_is_served(attack, is_new=True)
            attempts += _limit_holds(attack)
    return Passed(_API_CONNECT, tuple(attempts))


def check_apipark() -> Passed:
    """Task 2: the shop is served with two models, and only the bookshop administers the gateway.

    Returns:
        The attempts.

    Raises:
        CheckFailed: what does not work any more, or what is still reachable.
    """
    attempts: list[Attempt] = []
    for gateway in running(APIPARK, _APIPARK):
        with _attacking(gateway) as attack:
            attempts += _shop_is_served(attack)
            attempts += _nobody_administers(attack)
            attempts += _no_other_model(attack)
    return Passed(_APIPARK, tuple(attempts))


def check_roles() -> Passed:
    """Task 3: both gateways work, and their roles reach nothing that they do not need.

    Returns:
        The attempts.

    Raises:
        CheckFailed: what does not work any more, or what is still reachable.
    """
    attempts: list[Attempt] = []
    api_connect, apipark = running(API_CONNECT, _ROLES), running(APIPARK, _ROLES)
    impossible: dict[tuple[str, str, str], Question] = {}
    for gateway in api_connect:
        with copy_of(gateway, _ROLES) as copy, _attacking(copy) as attack:
            attempts.append(_needed(_ROLES, _as_website(attack), _SERVE))
        impossible |= _beyond(gateway, keeps=("gateway/",), models=(), hint=_API_CONNECT_ROLE)
    for gateway in apipark:
        with _attacking(gateway) as attack:
            attempts += _shop_is_served(attack)
        impossible |= _beyond(gateway, keeps=(), models=MODELS, hint=_APIPARK_ROLE)
    impossible |= _beyond_launching([*api_connect, *apipark])
    proof = prove(_ROLES, possible=[], impossible=impossible.values())
    return Passed(_ROLES, (*attempts, *proof.attempts))


# --- saying how it went -------------------------------------------------------------------------


@contextmanager
def _attacking(gateway: Gateway) -> Iterator[Attacker]:
    found = attacker(gateway)
    try:
        yield found
    finally:
        found.client.close()


def _needed(goal: str, attempt: Attempt, hint: str) -> Attempt:
    if not attempt.allowed:
        raise CheckFailed(goal, verdict=_MISSING, attempts=[attempt], hint=hint)
    return attempt


def _refused(goal: str, attempts: Iterable[Attempt], hint: str) -> list[Attempt]:
    made = [*attempts]
    reached = [each for each in made if each.allowed]
    if reached:
        raise CheckFailed(goal, verdict=_REACHED, attempts=reached, hint=hint)
    return made


# --- API Connect --------------------------------------------------------------------------------


def _as_website(attack: Attacker, review: str = "A lovely book.") -> Attempt:
    own = secret_value(WEBSITE, _API_CONNECT)
    return attack.analyse(
        "the website", own.get("client_id", ""), own.get("client_secret", ""), review
    )


def _website_is_served(attack: Attacker, *, is_new: bool) -> list[Attempt]:
    """The website's call arrives at the scoring service, without the website's secret.

    Args:
        attack: on the gateway.
        is_new: no call was made yet. Another gateway may have reached its limit, and says so.
    """
    mark = uuid4().hex
    own = secret_value(WEBSITE, _API_CONNECT)
    attempt = _as_website(attack, f"A lovely book. {mark}")
    if attempt.answer.startswith("429") and not is_new:
        return []
    _needed(_API_CONNECT, attempt, _ARRIVES if attempt.answer.startswith("5") else _SERVE)
    services = running(SCORING, _API_CONNECT)
    seen = [line for service in services for line in service.printed(holding=mark)]
    if not seen:
        verdict = "The website's call was answered, and never came to the scoring service."
        raise CheckFailed(_API_CONNECT, verdict=verdict, attempts=[attempt], hint=_ARRIVES)
    reads = [
        Attempt(
            "a reader of /ecs/scoring",
            f"read the website's secret, sent on by {attack.gateway.name}",
            "*",
            {},
            allowed=own["client_secret"] in str(line),
            answer="the request came without it",
        )
        for line in seen
    ]
    return [attempt, *_refused(_API_CONNECT, reads, _FORWARDED)]


def _nobody_else_is(attack: Attacker) -> list[Attempt]:
    """No client without the secret, and nobody with what leaked or what is written somewhere."""
    own = secret_value(WEBSITE, _API_CONNECT)
    website, review = own["client_id"], "A dull book."
    leaked = "who has the secret that leaked"
    attempts = _refused(
        _API_CONNECT,
        [
            attack.analyse("anybody", website, None, review),
            attack.analyse("anybody with a guess", website, "guess", review),
        ],
        _OPEN,
    )
    attempts += _refused(
        _API_CONNECT,
        [attack.analyse(leaked, each, LEAKED_SECRET, review) for each in {website, LEAKED_ID}],
        _ROTATE,
    )
    attempts += _refused(_API_CONNECT, _read_in_files(attack, own["client_secret"]), _IN_FILES)
    attempts += _refused(
        _API_CONNECT,
        (
            attack.analyse(who, website, value, review)
            for who, value in _found(attack, LEAST_SECRET)
        ),
        _IN_FILES,
    )
    pairs = with_pairs_that_are_written(attack.gateway)
    attempts += _refused(
        _API_CONNECT,
        (attack.analyse(who, first, second, review) for who, first, second in pairs),
        _IN_FILES,
    )
    tokens = [("who has the token that leaked", LEAKED_TOKEN), *_guesses(), *_found(attack)]
    attempts += _refused(
        _API_CONNECT, (attack.manage_api_connect(who, token) for who, token in tokens), _TOKEN
    )
    return attempts


def _read_in_files(attack: Attacker, secret: str) -> list[Attempt]:
    """Whether the secret stands in a file of the image, in whatever form."""
    return [
        Attempt(
            "who may pull the image",
            "read the website's secret",
            attack.gateway.name,
            {"file": name},
            allowed=secret in content,
            answer="it is not in the file",
        )
        for name, content in attack.gateway.files().items()
    ]


def _limit_holds(attack: Attacker) -> list[Attempt]:
    """Of the calls of one hour so many are served. One was made before.

    The gateway counts by the clock's hours. If one begins meanwhile, its calls are served as well.
    """
    began = time.time() // HOUR
    served, last = 1, _as_website(attack)
    while last.allowed and served < 2 * LIMIT:
        served, last = served + 1, _as_website(attack)
    most = LIMIT * (int(time.time() // HOUR - began) + 1)
    if served > most:
        verdict = f"The gateway served {served} calls of the website within one hour."
        hint = f"{_HARD}\n{_TWENTY}"
        raise CheckFailed(_API_CONNECT, verdict=verdict, attempts=[last], hint=hint)
    if not last.answer.startswith("429"):
        raise CheckFailed(_API_CONNECT, verdict=_MISSING, attempts=[last], hint=_TOO_MANY)
    if served < LIMIT:
        verdict = f"The gateway served {served} calls of the website, and refused the next."
        raise CheckFailed(_API_CONNECT, verdict=verdict, attempts=[last], hint=_TWENTY)
    _counts_for_an_hour(attack.gateway, last)
    return [last]


def _counts_for_an_hour(gateway: Gateway, last: Attempt) -> None:
    """The event record of the refused call tells the period of the limit that refused it."""
    calls = gateway.printed(holding='"reject":"true"')
    limits = [limit for call in calls for limit in call.get("rateLimit", {}).values()]
    periods = [
        each["interval"] * _UNITS[each["unit"]] for each in limits if each["reject"] == "true"
    ]
    if periods and max(periods) < HOUR:
        verdict = f"The limit counts {max(periods)} seconds, and begins anew after them."
        raise CheckFailed(_API_CONNECT, verdict=verdict, attempts=[last], hint=_TWENTY)


# --- APIPark ------------------------------------------------------------------------------------


def _shop_is_served(attack: Attacker) -> list[Attempt]:
    """The assistant answers the shop, and the shop may choose between two models."""
    key = secret_value(SHOP, _APIPARK).get("apikey", "")
    made = [attack.answer("the shop", key), *(attack.chat("the shop", key, one) for one in MODELS)]
    for attempt in made:
        _needed(_APIPARK, attempt, _DEFINED)
    return made


def _nobody_administers(attack: Attacker) -> list[Attempt]:
    """No default, no guess and nothing that is written somewhere opens the administration."""
    found = [*_found(attack)]
    made = _refused(
        _APIPARK, [attack.answer("anybody", None), attack.answer("anybody", "guess")], _OPEN
    )
    made += _refused(
        _APIPARK, (attack.sign_in(who, password) for who, password in _guesses()), _DEFAULT_PASSWORD
    )
    shipped = "who knows what APIPark ships with"
    made += _refused(_APIPARK, [attack.open_api(shipped, SHIPPED_API_KEY)], _DEFAULT_KEY)
    made += _refused(_APIPARK, (attack.open_api(who, key) for who, key in _guesses()), _DEFAULT_KEY)
    made += _refused(_APIPARK, (attack.sign_in(who, value) for who, value in found), _IN_DEFINITION)
    made += _refused(
        _APIPARK, (attack.open_api(who, value) for who, value in found), _IN_DEFINITION
    )
    return made


def _no_other_model(attack: Attacker) -> list[Attempt]:
    key = secret_value(SHOP, _APIPARK)["apikey"]
    return _refused(
        _APIPARK, [attack.chat("the shop", key, model) for model in OTHER_MODELS], _MODEL_LIST
    )


def _guesses() -> list[tuple[str, str]]:
    return [(f"anybody with the password {each}", each) for each in WELL_KNOWN]


def _found(attack: Attacker, least: int = 1) -> Iterator[tuple[str, str]]:
    return with_what_is_written(attack.gateway, least)


# --- roles --------------------------------------------------------------------------------------


def _beyond(
    gateway: Gateway, *, keeps: tuple[str, ...], models: tuple[str, ...], hint: str
) -> dict[tuple[str, str, str], Question]:
    """What the task role of a gateway may not reach. A gateway without one reaches nothing.

    Args:
        gateway: the task.
        keeps: how the names of the secrets begin that the role may read.
        models: those that the role may ask.
        hint: what to say if it reaches more.
    """
    if gateway.role is None:
        return {}
    role, secrets = as_role(gateway.role), secret_arns()
    unread = [arn for name, arn in secrets.items() if not name.startswith(keeps)]
    asked = [_model(each) for each in (*MODELS, *OTHER_MODELS[:-1]) if each not in models]
    writes = [
        Question(role, "secretsmanager:PutSecretValue", arn, hint) for arn in secrets.values()
    ]
    return _each_once([*_reaches(role, unread, asked, hint), *writes])


def _beyond_launching(gateways: list[Gateway]) -> dict[tuple[str, str, str], Question]:
    """What the task execution roles may not reach: secrets that no task definition names."""
    named = [each for gateway in gateways for each in gateway.injected]
    unnamed = [arn for arn in secret_arns().values() if not _is_named(arn, named)]
    roles = {each.execution_role for each in gateways if each.execution_role is not None}
    return _each_once(
        question
        for role in sorted(roles)
        for question in _reaches(as_role(role), unnamed, [_model(MODELS[0])], _EXECUTION_ROLE)
    )


def _is_named(arn: str, value_from: Iterable[str]) -> bool:
    """`valueFrom` is an ARN, with or without the six random characters, and what follows a colon.

    Page: *Pass Secrets Manager secrets through Amazon ECS environment variables*.
    """
    names = (arn, arn.rpartition("-")[0])
    return any(each == name or each.startswith(f"{name}:") for each in value_from for name in names)


def _each_once(questions: Iterable[Question]) -> dict[tuple[str, str, str], Question]:
    return {(each.who.name, each.action, each.resource): each for each in questions}


def _reaches(who: Caller, secrets: list[str], models: list[str], hint: str) -> list[Question]:
    order = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
    other_role = arn_of_role(SCORING_ROLE)
    log = f"arn:aws:logs:us-east-1:{other_role.split(':')[4]}:log-group:/ecs/{SCORING}"
    return [
        *(Question(who, "secretsmanager:GetSecretValue", arn, hint) for arn in secrets),
        *(Question(who, "bedrock:InvokeModel", arn, hint) for arn in models),
        Question(who, "s3:GetObject", order, hint),
        Question(who, "s3:PutObject", order, hint),
        Question(who, "s3:ListAllMyBuckets", "*", hint),
        Question(who, "logs:GetLogEvents", f"{log}:log-stream:task", hint),
        Question(who, "iam:PutRolePolicy", other_role, hint),
        Question(who, "sts:AssumeRole", other_role, hint),
    ]


def _model(identifier: str) -> str:
    from rolelab.sandbox.bedrock_models import model_arn

    return model_arn("aws", "us-east-1", identifier)


_SERVE = (
    "The website sends the client id and secret that it reads from the secret gateway/website. "
    "The gateway reads its own copy when it starts."
)
_ARRIVES = (
    "The scoring service must run, and BACKEND_URL of the gateway must be its address. Launched "
    "again, it has another one. It logs each request that it gets."
)
_FORWARDED = (
    "invoke sends every header field of the message on, the client's secret among them. Something "
    "has to take the field away before, or keep it back."
)
_OPEN = "A caller has to show a credential. What the API says under security asks for it."
_ROTATE = (
    "The old secret stands in old images, in old commits and in the log of the scoring service. "
    "Moving it is not enough: it must not count any more."
)
_IN_FILES = (
    "Everybody who may pull the image reads its files, and everybody who may describe the task "
    "definition reads its environment. A value can also say where it is: in a secret."
)
_TOKEN = (
    "A token opens the management API, where one can register applications of one's own. Who needs "
    "it, and from where? What leaked, can be guessed, or stands in the image must not open it."
)
_HARD = "A limit that is not hard warns in the log, and serves."
_TOO_MANY = "Who calls too often is told so: 429."
_TWENTY = f"The plan promises {LIMIT} calls an hour, not more and not fewer."
_DEFINED = (
    "The assistant must be defined again after each launch, because the simulated APIPark keeps "
    "nothing. The task role asks the models: bedrock:InvokeModel."
)
_DEFAULT_PASSWORD = "APIPark reads its administrator's password from ADMIN_PASSWORD."
_DEFAULT_KEY = (
    "There is a second door. The calls below /openapi/ take a key, API_KEY, and with it one gives "
    "an application another credential."
)
_IN_DEFINITION = (
    "Everybody who may call ecs:DescribeTaskDefinition reads what stands under environment, and "
    "whoever may pull the image reads the image. The agent can take a value from a secret: secrets."
)
_MODEL_LIST = (
    "The list is in nobody's way so far: chat/completions takes the model from the client. Every "
    "call of a model is a call of the task role. A pattern in a resource may hold more than meant, "
    "such as inference profiles, which send a request to other Regions."
)
_API_CONNECT_ROLE = "API Connect reads its own secrets when it starts. What else does it call?"
_APIPARK_ROLE = "APIPark asks two models. Who takes over this container has all that its role has."
_EXECUTION_ROLE = (
    "The execution role prepares the task: image, log, and the secrets that its task definition "
    "names. It is no role for the container, and no other secret is its business."
)
