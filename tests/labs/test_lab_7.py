"""Lab 7: every way to harden the two gateways that withstands the attacks passes, and no other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml

import rolelab
from content.build import ROOT
from rolelab.labs import CheckFailed, Passed, lab_7
from rolelab.labs.undo import unchanged
from tests.labs.lab_world import build_world

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model"
FILES = ROOT / "data" / "lab-7" / "api-connect"
MICRO, LITE, PRO = (f"{MODEL}/amazon.nova-{each}-v1:0" for each in ("micro", "lite", "pro"))
NEW_SECRET, PASSWORD, API_KEY = "n" * 32, "p" * 32, "k" * 32

Document = dict[str, Any]
Answer = Callable[["Lab"], object]


def allow(action: Any, resource: Any, **more: Any) -> Document:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


def failure_of(check: Callable[[], Passed]) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check()
    return " ".join(str(failed.value).split())


class Lab:
    """The world of the lab, and short ways to answer.

    Attributes:
        names: the variables of the notebook.
        folder: where files of an image are written.
    """

    def __init__(self, names: Document, folder: Path) -> None:
        self.names, self.folder = names, folder
        self.ecs, self.iam = boto3.client("ecs"), boto3.client("iam")
        self.secrets = boto3.client("secretsmanager")

    # --- secrets and roles --------------------------------------------------------------------

    def rotate(self, secret: str = NEW_SECRET) -> None:
        """Give the website another secret."""
        value = {"client_id": "bookshop-website", "client_secret": secret}
        self.secrets.put_secret_value(SecretId="gateway/website", SecretString=json.dumps(value))

    def create(self, name: str, **members: str) -> str:
        """Create a secret, and give its ARN."""
        answer = self.secrets.create_secret(Name=name, SecretString=json.dumps(members))
        return str(answer["ARN"])

    def arn(self, secret: str) -> str:
        return str(self.secrets.describe_secret(SecretId=secret)["ARN"])

    def role(self, name: str, *statements: Document) -> str:
        """Make a role for tasks if there is none, and give it these permissions only."""
        roles = [each["RoleName"] for each in self.iam.list_roles()["Roles"]]
        if name not in roles:
            trust = self.iam.get_role(RoleName="gateway-task-role")["Role"]
            document = json.dumps(trust["AssumeRolePolicyDocument"])
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        self.iam.put_role_policy(
            RoleName=name, PolicyName="gateways", PolicyDocument=policy(*statements)
        )
        return name

    def execution_role(self, *statements: Document) -> None:
        self.iam.put_role_policy(
            RoleName="csecstaskexecutionrole",
            PolicyName="more",
            PolicyDocument=policy(*statements),
        )

    # --- gateways -----------------------------------------------------------------------------

    def stop(self, *families: str) -> None:
        for family in families:
            for task in self.ecs.list_tasks(cluster="bookshop", family=family)["taskArns"]:
                self.ecs.stop_task(cluster="bookshop", task=task)

    def push(self, files: Document, tag: str = "test") -> str:
        """Push an image of API Connect with these files beside its app."""
        folder = self.folder / tag
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(FILES, folder)
        for name, content in files.items():
            text = content if isinstance(content, str) else yaml.safe_dump(content)
            (folder / name).write_text(text)
        return str(self.names["sandbox"].push_image(f"api-connect:{tag}", folder))

    def url(self, family: str) -> str:
        """Where the task of a family answers."""
        (task,) = self.ecs.list_tasks(cluster="bookshop", family=family)["taskArns"]
        return f"http://{self.names['sandbox'].address(task)}"

    def api_connect(
        self,
        files: Document,
        *,
        role: str = "gateway-task-role",
        environment: Document | None = None,
        secrets: Document | None = None,
    ) -> None:
        backend = {"BACKEND_URL": self.names["scoring"], **(environment or {})}
        self.names["launch"]("api-connect", self.push(files), role, backend, secrets)

    def apipark(
        self,
        role: str = "gateway-task-role",
        *,
        environment: Document | None = None,
        secrets: Document | None = None,
        password: str | None = PASSWORD,
    ) -> None:
        """Launch APIPark, and define the assistant unless the password is None."""
        launch, image = self.names["launch"], self.names["image"]
        self.names["apipark"] = launch("apipark", image, role, environment, secrets)
        if password is not None:
            assert self.names["define"](password) == [0] * 7

    def administrator(self, **members: str) -> Document:
        """Put APIPark's settings into a secret, and say how a container gets them."""
        values = {"ADMIN_PASSWORD": PASSWORD, "API_KEY": API_KEY, **members}
        arn = self.create("apipark/admin", **values)
        return {name: f"{arn}:{name}::" for name in values}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One account for all answers: what an answer changes is undone, what it runs is stopped."""
    yield Lab(build_world("lab_7"), tmp_path_factory.mktemp("images"))
    rolelab.stop()


@pytest.fixture
def fresh(lab: Lab) -> Iterator[Lab]:
    with unchanged("iam", "secretsmanager"):
        yield lab
        lab.stop("api-connect", "apipark")


# --- the files of API Connect ---------------------------------------------------------------------


def written(name: str) -> Document:
    document: Document = yaml.safe_load((FILES / name).read_text())
    return document


def configuration(secret: Any = None, token: Any = None) -> Document:
    """The gateway's configuration: where the website's secret and the management token are."""
    document = written("gateway.yaml")
    website = document["consumer-organizations"]["readers"]["website"]
    website["client-secret"] = secret or {"secret": "gateway/website", "key": "client_secret"}
    document["management-token"] = token
    return {name: value for name, value in document.items() if value is not None}


def plan(value: str = "20/1hour", hard: bool = True) -> Document:
    document = written("reviews.yaml")
    limit = {"value": value, "hard-limit": hard}
    document["plans"]["default"]["rate-limits"]["default"] = limit
    return document


CLEAR = {"clear": "message.headers.X-IBM-Client-Secret"}


def assembly(
    *before: Document, after: tuple[Document, ...] = (), invoke: Document | None = None
) -> Document:
    """The API: policies before and after invoke, and properties of invoke."""
    document = written("sentiment.yaml")
    execute = document["x-ibm-configuration"]["assembly"]["execute"]
    execute[0]["invoke"] |= invoke or {}
    execute[:] = [*before, *execute, *after]
    return document


def setting(*actions: Document) -> Document:
    return {"set-variable": {"version": "2.0.0", "actions": list(actions)}}


def asking(security: list[Document]) -> Document:
    return {**assembly(setting(CLEAR)), "security": security}


def files(**changes: Any) -> Document:
    """All files of a hardened gateway; some replaced."""
    whole = {
        "gateway": configuration(),
        "reviews": plan(),
        "sentiment": assembly(setting(CLEAR)),
        **changes,
    }
    return {f"{name}.yaml": content for name, content in whole.items()}


# --- Task 1: API Connect --------------------------------------------------------------------------


def _as_in_the_solution(lab: Lab) -> None:
    lab.rotate()
    lab.api_connect(files())


def _injected_by_the_agent(lab: Lab) -> None:
    lab.rotate()
    lab.execution_role(allow("secretsmanager:GetSecretValue", lab.arn("gateway/website")))
    lab.api_connect(
        files(
            gateway=configuration({"environment": "WEBSITE_SECRET"}),
            sentiment=assembly(
                invoke={
                    "header-control": {"type": "blacklist", "values": ["^x-ibm-client-secret$"]}
                }
            ),
        ),
        secrets={"WEBSITE_SECRET": f"{lab.arn('gateway/website')}:client_secret::"},
    )


def _limited_in_the_assembly(lab: Lab) -> None:
    lab.rotate()
    lab.create("gateway/management", token="m" * 32)
    token = {"secret": "gateway/management", "key": "token"}
    limits = {"catalog": {"calls": {"value": "20/1hour"}}}
    policy = {"version": "2.3.0", "source": "catalog-named", "rate-limit": ["calls"]}
    only = {"type": "allowlist", "values": ["^content-type$", "^x-request-id$"]}
    lab.api_connect(
        files(
            gateway={**configuration(token=token), "limits": limits},
            reviews=plan("1000/1hour"),
            sentiment=assembly({"ratelimit": policy}, invoke={"header-control": only}),
        )
    )


@pytest.mark.parametrize(
    "answer",
    [
        case("a secret's address, a hard limit, a cleared field", _as_in_the_solution),
        case("a secret from the agent, a field kept back", _injected_by_the_agent),
        case("a limit in the assembly, fields that are listed", _limited_in_the_assembly),
    ],
)
def test_right_ways_to_close_api_connect(fresh: Lab, answer: Answer) -> None:
    answer(fresh)
    assert lab_7.check_api_connect()
    left = fresh.ecs.list_tasks(cluster="bookshop", family="api-connect")["taskArns"]
    assert len(left) == 1


def test_a_check_passes_also_where_the_limit_is_reached_already(fresh: Lab) -> None:
    _as_in_the_solution(fresh)
    headers = {"X-IBM-Client-Id": "bookshop-website", "X-IBM-Client-Secret": NEW_SECRET}
    with httpx.Client(base_url=fresh.url("api-connect"), trust_env=False) as website:
        made = [website.post("/sentiment/analyse", headers=headers, json={}) for _ in range(21)]
    assert made[-1].status_code == 429
    assert lab_7.check_api_connect()


def with_files(**changes: Any) -> Answer:
    """Rotated, and all hardened but what is given."""

    def answer(lab: Lab) -> None:
        lab.rotate()
        lab.api_connect(files(**changes))

    return answer


def _as_found(lab: Lab) -> None:
    lab.api_connect({})


def _moved_and_not_rotated(lab: Lab) -> None:
    lab.api_connect(files())


def _a_second_application(lab: Lab) -> None:
    """The website gets an application of its own, and the one that leaked stays beside it."""
    value = {"client_id": "bookshop-website-2", "client_secret": NEW_SECRET}
    lab.secrets.put_secret_value(SecretId="gateway/website", SecretString=json.dumps(value))
    lab.api_connect(files(gateway=_with("website-2", configuration(LEAKED_SECRET))))


def _a_pair_in_the_yaml(lab: Lab) -> None:
    """The website is clean, and a client for tests has id and secret in the file."""
    lab.rotate()
    document = configuration()
    applications = document["consumer-organizations"]["readers"]
    test = {"client-id": "only-for-tests", "client-secret": "for-the-tests-of-the-website"}
    applications["tests"] = {**applications["website"], **test}
    lab.api_connect(files(gateway=document))


def _with(name: str, document: Document) -> Document:
    """A further application whose id and secret are those of `gateway/website`."""
    applications = document["consumer-organizations"]["readers"]
    own = {f"client-{part}": _member(f"client_{part}") for part in ("id", "secret")}
    applications[name] = {**applications["website"], **own}
    return document


def _member(key: str) -> Document:
    return {"secret": "gateway/website", "key": key}


def _in_the_task_definition(lab: Lab) -> None:
    lab.rotate()
    where = {"environment": "WEBSITE_SECRET"}
    lab.api_connect(files(gateway=configuration(where)), environment={"WEBSITE_SECRET": NEW_SECRET})


def _in_a_file_of_the_image(lab: Lab) -> None:
    lab.rotate()
    hardened = files(gateway=configuration({"file": "secret.txt"}))
    lab.api_connect({**hardened, "secret.txt": NEW_SECRET})


def _token_in_a_file(lab: Lab) -> None:
    lab.rotate()
    hardened = files(gateway=configuration(token={"file": "token"}))
    lab.api_connect({**hardened, "token": "t" * 32})


def _under_another_name() -> Document:
    told = {"set": "message.headers.X-Client", "value": "$(request.headers.X-IBM-Client-Secret)"}
    return assembly(setting(told, CLEAR))


def _pushed_and_not_launched(lab: Lab) -> None:
    lab.rotate()
    lab.api_connect(files(reviews=plan(hard=False)))
    lab.push(files())


def _rotated_after_the_launch(lab: Lab) -> None:
    lab.api_connect(files())
    lab.rotate()


def _old_task_runs_on(lab: Lab) -> None:
    lab.rotate()
    lab.api_connect(files(sentiment=assembly()))
    kept = lab.ecs.list_tasks(cluster="bookshop", family="api-connect")["taskArns"]
    old = lab.ecs.describe_tasks(cluster="bookshop", tasks=kept)["tasks"][0]["taskDefinitionArn"]
    lab.api_connect(files())
    found = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    # Its image has another tag, as it should, so that the former revision still means it.
    definition = lab.ecs.describe_task_definition(taskDefinition=old)["taskDefinition"]
    definition["containerDefinitions"][0]["image"] = lab.push(files(sentiment=assembly()), "old")
    members = (
        *("family", "networkMode", "cpu", "memory", "requiresCompatibilities"),
        *("executionRoleArn", "taskRoleArn", "containerDefinitions"),
    )
    again = lab.ecs.register_task_definition(**{each: definition[each] for each in members})
    task = lab.ecs.run_task(
        cluster="bookshop",
        taskDefinition=again["taskDefinition"]["taskDefinitionArn"],
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [found]}},
    )["tasks"][0]["taskArn"]
    lab.names["sandbox"].address(task)


def _with_a_typo(lab: Lab) -> None:
    lab.rotate()
    broken = plan()
    broken["plans"]["default"]["rate-limits"]["default"]["hard_limit"] = True
    with pytest.raises(LookupError):
        lab.api_connect(files(reviews=broken))


LEAKED_TOKEN, LEAKED_SECRET = "bookshop-manages-its-apis", "persuasion-1818-website"


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        case(
            "nothing",
            _as_found,
            "a reader of /ecs/scoring: read the website's secret, sent on by api-connect",
            "Something",
        ),
        case(
            "the leaked secret in a better place",
            _moved_and_not_rotated,
            "● allowed who has the secret that leaked: POST /sentiment/analyse",
            "Moving it is not enough",
        ),
        case(
            "a new application, and the leaked one beside it",
            _a_second_application,
            "● allowed who has the secret that leaked: POST /sentiment/analyse",
            "it must not count any more",
        ),
        case(
            "a client for tests in the YAML",
            _a_pair_in_the_yaml,
            "● allowed a reader of app/gateway.yaml: POST /sentiment/analyse",
            "A value can also say where it is",
        ),
        case(
            "a new secret in the YAML",
            with_files(gateway=configuration(NEW_SECRET)),
            "read the website's secret on api-connect",
            "A value can also say where it is",
        ),
        case(
            "a new secret in another file",
            _in_a_file_of_the_image,
            "(file='app/secret.txt')",
            "Everybody who may pull the image reads its files",
        ),
        case(
            "a new secret in the task definition",
            _in_the_task_definition,
            "● allowed a reader of the environment, WEBSITE_SECRET: POST /sentiment/analyse",
            "everybody who may describe the task definition",
        ),
        case(
            "a soft limit",
            with_files(reviews=plan(hard=False)),
            "The gateway served 40 calls",
            "A limit that is not hard",
        ),
        case(
            "a larger limit",
            with_files(reviews=plan("100/1hour")),
            "The gateway served 40 calls",
            "The plan promises 20 calls an hour",
        ),
        case(
            "a smaller limit",
            with_files(reviews=plan("5/1hour")),
            "The gateway served 5 calls",
            "not more and not fewer",
        ),
        case(
            "a shorter period",
            with_files(reviews=plan("20/1minute")),
            "The limit counts 60 seconds",
            "The plan promises 20 calls an hour",
        ),
        case(
            "the client id kept back in place of the secret",
            with_files(sentiment=assembly(setting({"clear": "message.headers.X-IBM-Client-Id"}))),
            "a reader of /ecs/scoring: read the website's secret, sent on by api-connect",
            "invoke sends every header field",
        ),
        case(
            "cleared after invoke",
            with_files(sentiment=assembly(after=(setting(CLEAR),))),
            "a reader of /ecs/scoring: read the website's secret, sent on by api-connect",
            "before, or keep it back",
        ),
        case(
            "handed on under another name",
            with_files(sentiment=_under_another_name()),
            "a reader of /ecs/scoring: read the website's secret, sent on by api-connect",
            "invoke sends every header field",
        ),
        case(
            "the leaked token",
            with_files(gateway=configuration(token=LEAKED_TOKEN)),
            "● allowed who has the token that leaked: GET /api/consumer-orgs",
            "A token opens the management API",
        ),
        case(
            "a token that can be guessed",
            with_files(gateway=configuration(token="changeme")),
            "● allowed anybody with the password changeme: GET /api/consumer-orgs",
            "can be guessed",
        ),
        case(
            "a new token in the YAML",
            with_files(gateway=configuration(token="t" * 32)),
            "● allowed a reader of app/gateway.yaml: GET /api/consumer-orgs",
            "stands in the image",
        ),
        case(
            "a new token in another file",
            _token_in_a_file,
            "● allowed a reader of app/token: GET /api/consumer-orgs",
            "stands in the image",
        ),
        case(
            "no security, so that there is no secret",
            with_files(sentiment=asking([])),
            "● allowed anybody: POST /sentiment/analyse",
            "A caller has to show a credential",
        ),
        case(
            "the client id alone",
            with_files(sentiment=asking([{"clientId": []}])),
            "● allowed anybody with a guess: POST /sentiment/analyse",
            "A caller has to show a credential",
        ),
        case(
            "pushed under the same tag, not launched",
            _pushed_and_not_launched,
            "still runs an image that its tag does not mean any more",
            "Launch the gateway again",
        ),
        case(
            "rotated, not launched",
            _rotated_after_the_launch,
            "✕ denied 401",
            "reads its own copy when it starts",
        ),
        case(
            "the former task runs on",
            _old_task_runs_on,
            "a reader of /ecs/scoring: read the website's secret, sent on by api-connect",
            "invoke sends every header field",
        ),
        case(
            "a typo",
            _with_a_typo,
            "The last one ended with: reviews.yaml: plans.default.rate-limits.default",
            "Register a task definition of this family",
        ),
    ],
)
def test_wrong_ways_to_close_api_connect(fresh: Lab, answer: Answer, said: str, hint: str) -> None:
    answer(fresh)
    failure = failure_of(lab_7.check_api_connect)
    assert said in failure
    assert hint in failure


def test_a_check_shows_no_secret(fresh: Lab) -> None:
    with_files(gateway=configuration(NEW_SECRET, token="t" * 32))(fresh)
    failure = failure_of(lab_7.check_api_connect)
    assert NEW_SECRET not in failure
    assert "t" * 32 not in failure


def test_what_leaked_is_what_the_lab_begins_with() -> None:
    found = written("gateway.yaml")
    website = found["consumer-organizations"]["readers"]["website"]
    assert website["client-id"] == lab_7.LEAKED_ID
    assert website["client-secret"] == lab_7.LEAKED_SECRET == LEAKED_SECRET
    assert found["management-token"] == lab_7.LEAKED_TOKEN == LEAKED_TOKEN


# --- Task 2: APIPark ------------------------------------------------------------------------------

TWO_MODELS = allow("bedrock:InvokeModel", [MICRO, LITE])
EVERY_MODEL = allow("bedrock:*", "*")


def hardened(*statements: Document) -> Answer:
    """All hardened, with a role that has these permissions."""

    def answer(lab: Lab) -> None:
        role = lab.role("apipark-task-role", *statements)
        lab.apipark(role, secrets=lab.administrator())

    return answer


def _by_a_boundary(lab: Lab) -> None:
    hardened(EVERY_MODEL)(lab)
    arn = lab.iam.create_policy(PolicyName="two-models", PolicyDocument=policy(TWO_MODELS))
    lab.iam.put_role_permissions_boundary(
        RoleName="apipark-task-role", PermissionsBoundary=arn["Policy"]["Arn"]
    )


NO_OTHER = {"Effect": "Deny", "Action": "bedrock:*", "NotResource": [MICRO, LITE]}


@pytest.mark.parametrize(
    "answer",
    [
        case("two models are allowed", hardened(TWO_MODELS)),
        case(
            "everything is allowed, and all but two models denied", hardened(EVERY_MODEL, NO_OTHER)
        ),
        case("a permissions boundary", _by_a_boundary),
    ],
)
def test_right_ways_to_close_apipark(fresh: Lab, answer: Answer) -> None:
    answer(fresh)
    assert lab_7.check_apipark()


def _default_password(lab: Lab) -> None:
    lab.apipark(password="12345678")


def _default_key(lab: Lab) -> None:
    settings = lab.administrator()
    del settings["API_KEY"]
    lab.apipark(lab.role("apipark-task-role", TWO_MODELS), secrets=settings)


def _in_the_environment(lab: Lab) -> None:
    role = lab.role("apipark-task-role", TWO_MODELS)
    lab.apipark(role, environment={"ADMIN_PASSWORD": PASSWORD, "API_KEY": API_KEY})


def _key_in_the_environment(lab: Lab) -> None:
    settings = lab.administrator()
    del settings["API_KEY"]
    role = lab.role("apipark-task-role", TWO_MODELS)
    lab.apipark(role, secrets=settings, environment={"API_KEY": API_KEY})


def _guessable(lab: Lab) -> None:
    role = lab.role("apipark-task-role", TWO_MODELS)
    lab.apipark(role, secrets=lab.administrator(ADMIN_PASSWORD="bookshop"), password="bookshop")


def _not_defined(lab: Lab) -> None:
    role = lab.role("apipark-task-role", TWO_MODELS)
    lab.apipark(role, secrets=lab.administrator(), password=None)


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        case(
            "nothing",
            _default_password,
            "● allowed anybody with the password 12345678: POST /api/v1/account/login/username",
            "ADMIN_PASSWORD",
        ),
        case(
            "the other door's default",
            _default_key,
            "● allowed who knows what APIPark ships with: GET /openapi/v1/app/authorizations",
            "There is a second door",
        ),
        case(
            "a password that is guessed",
            _guessable,
            "● allowed anybody with the password bookshop: POST /api/v1/account/login/username",
            "ADMIN_PASSWORD",
        ),
        case(
            "the password in the task definition",
            _in_the_environment,
            "● allowed a reader of the environment, ADMIN_PASSWORD: POST /api/v1/account/login",
            "ecs:DescribeTaskDefinition",
        ),
        case(
            "the key in the task definition",
            _key_in_the_environment,
            "● allowed a reader of the environment, API_KEY: GET /openapi/v1/app/authorizations",
            "ecs:DescribeTaskDefinition",
        ),
        case(
            "every model",
            hardened(EVERY_MODEL),
            "(model='anthropic.claude-3-sonnet-20240229-v1:0')",
            "chat/completions takes the model from the client",
        ),
        case(
            "every model of a maker",
            hardened(allow("bedrock:InvokeModel", f"{MODEL}/amazon.nova-*")),
            "● allowed the shop: POST /assistant/chat/completions on apipark",
            "A pattern in a resource may hold more than meant",
        ),
        case(
            "the model in every Region",
            hardened(TWO_MODELS, allow("bedrock:InvokeModel", "arn:aws:bedrock:*nova-lite*")),
            "(model='us.amazon.nova-lite-v1:0')",
            "inference profiles, which send a request to other Regions",
        ),
        case(
            "the expensive model denied, the others not",
            hardened(EVERY_MODEL, {**allow("bedrock:*", PRO), "Effect": "Deny"}),
            "(model='meta.llama3-70b-instruct-v1:0')",
            "Every call of a model is a call of the task role",
        ),
        case(
            "one model only",
            hardened(allow("bedrock:InvokeModel", MICRO)),
            "tried the shop: POST /assistant/chat/completions",
            "The task role asks the models",
        ),
        case(
            "launched and not defined",
            _not_defined,
            "tried the shop: POST /assistant/answer",
            "must be defined again after each launch",
        ),
    ],
)
def test_wrong_ways_to_close_apipark(fresh: Lab, answer: Answer, said: str, hint: str) -> None:
    answer(fresh)
    failure = failure_of(lab_7.check_apipark)
    assert said in failure
    assert hint in failure


# --- Task 3: the roles ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(lab: Lab) -> Iterator[Lab]:
    """Both gateways hardened, each with a role of its own: what an answer gives them is undone."""
    with unchanged("iam", "secretsmanager"):
        _as_in_the_solution(lab)
        hardened(TWO_MODELS)(lab)
        with unchanged("iam"):
            yield lab
        lab.stop("api-connect", "apipark")


@pytest.fixture
def launched(both: Lab) -> Iterator[Lab]:
    with unchanged("iam"):
        yield both


def read(*secrets: str) -> Document:
    found = [f"{SECRET}:{each}-??????" for each in secrets]
    return allow("secretsmanager:GetSecretValue", found)


def giving(*gateway: Document, apipark: tuple[Document, ...] = (TWO_MODELS,)) -> Answer:
    """Give the two task roles these permissions."""

    def answer(lab: Lab) -> None:
        lab.role("gateway-task-role", *gateway)
        lab.role("apipark-task-role", *apipark)

    return answer


def _agent_reads(*statements: Document) -> Answer:
    def answer(lab: Lab) -> None:
        giving(read("gateway/website"))(lab)
        lab.execution_role(*statements)

    return answer


NOT_OTHERS = {
    "Effect": "Deny",
    "NotAction": ["secretsmanager:GetSecretValue", "kms:Decrypt"],
    "Resource": "*",
}
NOT_ELSEWHERE = {
    "Effect": "Deny",
    "Action": "secretsmanager:*",
    "NotResource": f"{SECRET}:gateway/*",
}


@pytest.mark.parametrize(
    "answer",
    [
        case("the one secret", giving(read("gateway/website"))),
        case("every secret below a name", giving(read("gateway/*"))),
        case(
            "the wide policy, cut by Denies",
            giving(EVERY_MODEL, allow("*", "*"), NOT_OTHERS, NOT_ELSEWHERE),
        ),
    ],
)
def test_right_ways_to_scope_the_roles(launched: Lab, answer: Answer) -> None:
    answer(launched)
    assert lab_7.check_roles()


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        case(
            "nothing",
            lambda lab: None,
            "● allowed role gateway-task-role: bedrock:InvokeModel",
            "What else does it call?",
        ),
        case(
            "no permission at all",
            giving(allow("s3:ListAllMyBuckets", "*")),
            "does not come up. consumer-organizations",
            "A gateway reads its definitions and its secrets when it starts",
        ),
        case(
            "every secret",
            giving(allow("secretsmanager:GetSecretValue", "*")),
            "● allowed role gateway-task-role: secretsmanager:GetSecretValue",
            "reads its own secrets",
        ),
        case(
            "the secret, to write as well",
            giving(allow("secretsmanager:*", f"{SECRET}:gateway/*")),
            "● allowed role gateway-task-role: secretsmanager:PutSecretValue",
            "reads its own secrets",
        ),
        case(
            "one role's permissions for both",
            giving(read("gateway/website"), TWO_MODELS),
            f"● allowed role gateway-task-role: bedrock:InvokeModel on {MICRO}",
            "What else does it call?",
        ),
        case(
            "a bucket for APIPark",
            giving(read("gateway/website"), apipark=(TWO_MODELS, allow("s3:*", "*"))),
            "● allowed role apipark-task-role: s3:PutObject",
            "APIPark asks two models",
        ),
        case(
            "its own settings for APIPark",
            giving(read("gateway/website"), apipark=(TWO_MODELS, read("apipark/admin"))),
            "● allowed role apipark-task-role: secretsmanager:GetSecretValue",
            "has all that its role has",
        ),
        case(
            "roles to write for APIPark",
            giving(read("gateway/website"), apipark=(TWO_MODELS, allow("iam:*", "*"))),
            "● allowed role apipark-task-role: iam:PutRolePolicy",
            "has all that its role has",
        ),
        case(
            "no model for APIPark",
            giving(read("gateway/website"), apipark=(allow("s3:ListAllMyBuckets", "*"),)),
            "tried the shop: POST /assistant/answer",
            "bedrock:InvokeModel",
        ),
        case(
            "every secret for the execution role",
            _agent_reads(allow("secretsmanager:GetSecretValue", "*")),
            "● allowed role csecstaskexecutionrole: secretsmanager:GetSecretValue",
            "no other secret is its business",
        ),
    ],
)
def test_wrong_ways_to_scope_the_roles(launched: Lab, answer: Answer, said: str, hint: str) -> None:
    answer(launched)
    failure = failure_of(lab_7.check_roles)
    assert said in failure
    assert hint in failure
