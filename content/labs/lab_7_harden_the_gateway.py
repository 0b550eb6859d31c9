# %% [markdown]
# # Lab 7: Harden the gateway
#
# The bookshop put two API gateways into service in one afternoon, and both work. A week later the bill for Bedrock is ten
# times what was planned, and a stranger writes that the password of the website "is in your image, in your partner's log,
# and not needed anyway". Mara asks you to attack both gateways yourself, and then to make sure that nobody else can.
#
# | | |
# | --- | --- |
# | **You'll do** | attack two running gateways over HTTP, and repair definition, settings and roles until the attacks fail |
# | **You'll learn** | to tell what a gateway promises from what it enforces, to keep a secret out of images and logs, and to put a limit where it cannot be passed |
# | **You'll need** | lessons 06, 10 and 11; 45 minutes |
#
# The checks attack what runs: over HTTP, and with real calls of the roles. They never read your definitions as text, so
# every repair that behaves right passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew.

# %% tags=["setup"]
import json
import shutil
import tempfile
from pathlib import Path

import boto3
import httpx
import yaml

import rolelab
from rolelab.labs import as_role, lab_7

sandbox = rolelab.start()
account = sandbox.account_id
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
secrets = boto3.client("secretsmanager")

# %% [markdown]
# The template `data/lab-7/gateways.yaml` has the repositories, the logs, two secrets of clients, and the roles. Beside them
# is what belongs to others in the same account: the secret `orders/db` and the bucket `bookshop-orders`.

# %%
cloudformation = boto3.client("cloudformation")
cloudformation.create_stack(
    StackName="gateways",
    TemplateBody=Path("../data/lab-7/gateways.yaml").read_text(),
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
cloudformation.get_waiter("stack_create_complete").wait(
    StackName="gateways", WaiterConfig={"Delay": 1}
)
[each["Name"] for each in secrets.list_secrets()["SecretList"]]

# %% [markdown]
# ## Launching
#
# You will launch often. `launch` registers a task definition, stops what runs of its family, runs one task and says where it
# answers. Read it: it is the place where a role and a setting come into a container.


# %%
def container(name, image, environment, secrets):
    """One container that listens on port 8080 and prints into the log of its name."""
    options = {
        "awslogs-group": f"/ecs/{name}",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "task",
    }
    return {
        "name": name,
        "image": image,
        "portMappings": [{"containerPort": 8080}],
        "environment": [{"name": k, "value": v} for k, v in environment.items()],
        "secrets": [{"name": k, "valueFrom": v} for k, v in secrets.items()],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }


# %%
def launch(family, image, role, environment=None, secrets=None):
    """Run one task of the next revision of a family, and no other. Gives its URL."""
    registered = ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{account}:role/csecstaskexecutionrole",
        taskRoleArn=f"arn:aws:iam::{account}:role/{role}",
        containerDefinitions=[
            container(family, image, environment or {}, secrets or {})
        ],
    )
    for task in ecs.list_tasks(cluster="bookshop", family=family)["taskArns"]:
        ecs.stop_task(cluster="bookshop", task=task)
    subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    task = ecs.run_task(
        cluster="bookshop",
        taskDefinition=registered["taskDefinition"]["taskDefinitionArn"],
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )["tasks"][0]["taskArn"]
    return f"http://{sandbox.address(task)}"


# %% [markdown]
# ## The first gateway: API Connect
#
# A simulation of IBM API Connect v10 publishes the API `sentiment` to the website. Behind it is a scoring service that
# another company wrote. The files of the gateway are `data/lab-7/api-connect`; you work on a copy of them.

# %%
scoring = launch(
    "scoring",
    sandbox.push_image("scoring:1.0", "../data/lab-7/scoring"),
    role="scoring-task-role",
)
front = Path(tempfile.mkdtemp()) / "api-connect"
shutil.copytree("../data/lab-7/api-connect", front)
api_connect = launch(
    "api-connect",
    sandbox.push_image("api-connect:1.0", front),
    role="gateway-task-role",
    environment={"BACKEND_URL": scoring},
)
sorted(each.name for each in front.iterdir())

# %% [markdown]
# The website reads its client id and its secret from the secret `gateway/website`. On that afternoon it got those that stand
# in the gateway's file:

# %%
configuration = yaml.safe_load((front / "gateway.yaml").read_text())
website = configuration["consumer-organizations"]["readers"]["website"]
secrets.put_secret_value(
    SecretId="gateway/website",
    SecretString=json.dumps(
        {"client_id": website["client-id"], "client_secret": website["client-secret"]}
    ),
)["ResponseMetadata"]["HTTPStatusCode"]


# %%
def analyse(review, secret):
    """Call the API as the website does."""
    return httpx.post(
        f"{api_connect}/sentiment/analyse",
        headers={"X-IBM-Client-Id": "bookshop-website", "X-IBM-Client-Secret": secret},
        json={"messages": [{"role": "user", "content": review}]},
    )


leaked = website["client-secret"]
analyse("A lovely, clever book.", leaked).json()

# %% [markdown]
# It works. So does everything in the rest of this section.
#
# **Predict.** The plan in `reviews.yaml` says `20/1hour`. The website calls 25 times in a row. How many of the calls are
# answered with 200?

# %%
yaml.safe_load((front / "reviews.yaml").read_text())["plans"]

# %%
statuses = [analyse("A dull book.", leaked).status_code for _ in range(25)]
{status: statuses.count(status) for status in set(statuses)}

# %% [markdown]
# A promise in a plan, and a line in the log for each call beyond it. Nothing stops anybody.
#
# **Predict.** The scoring service logs what it receives, for the support of the company that wrote it. Which of the
# website's header fields do they read there?

# %%
(stream,) = logs.describe_log_streams(logGroupName="/ecs/scoring")["logStreams"]
events = logs.get_log_events(
    logGroupName="/ecs/scoring", logStreamName=stream["logStreamName"]
)["events"]
json.loads(events[-1]["message"])["headers"]

# %% [markdown]
# The secret by which the gateway knows the website has left the bookshop, with every call of a week.
#
# Nobody needs that log. `gateway.yaml` is in the image, and whoever may pull the image may read it:

# %%
configuration["consumer-organizations"], configuration["management-token"]

# %% [markdown]
# **Predict.** The second value opens the management API. What can a stranger do with it who holds no secret of a client?

# %%
intruder = httpx.post(
    f"{api_connect}/api/consumer-orgs/bookshop/sandbox/readers/apps",
    headers={"Authorization": f"Bearer {configuration['management-token']}"},
    json={"name": "intruder"},
)
intruder.status_code, sorted(intruder.json())

# %% [markdown]
# A client of their own, with a secret of its own. To change the website's secret alone would not have kept them out.
#
# ## Task 1: Close the first gateway
#
# Change the files in `front`, push the image, launch it. It is right when
#
# - the website is served **twenty calls an hour**, and is told 429 for the next one;
# - the website's secret reaches the gateway and goes no further: the scoring service never sees it;
# - no secret stands in the image or in the task definition, and none that stood there before counts any more;
# - the management API is open to nobody who reads the image or guesses.
#
# The website reads its credentials from `gateway/website`, members `client_id` and `client_secret`, before each call.

# %% [markdown] tags=["hint"]
# Read a file with `yaml.safe_load(path.read_text())`, change the dictionary, write it with
# `path.write_text(yaml.safe_dump(...))`. You can also write to the files in an editor: `print(front)` says where they are.

# %% [markdown] tags=["hint"]
# The gateway does not come up? It says why in its log: `logs.filter_log_events(logGroupName="/ecs/api-connect")["events"]`.
# The check shows its last line as well.

# %% [markdown] tags=["hint"]
# A value of `gateway.yaml` is text, or it says where it is: `{secret: gateway/website, key: client_secret}`. The gateway
# reads secrets when it starts, once each, with its task role. That is how lesson 11 had it.

# %% [markdown] tags=["hint"]
# Lesson 11 kept the client's secret back as well, in the assembly. *set-variable* and `header-control` of *invoke* are two ways.

# %% [markdown] tags=["hint"]
# A secret that leaked is not made good by a better place. `secrets.put_secret_value` gives it another value.

# %% [markdown] tags=["hint"]
# Who uses the management API here? A gateway without a `management-token` keeps it closed.

# %% tags=["stub"]
# (front / "gateway.yaml").write_text(...)
# api_connect = launch("api-connect", sandbox.push_image("api-connect:1.1", front), ...)

# %% [markdown] tags=["solution"]
# A new secret, and a configuration that says where it is. Nobody uses the management API, so it is closed.

# %% tags=["solution"]
new_secret = secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]
secrets.put_secret_value(
    SecretId="gateway/website",
    SecretString=json.dumps(
        {"client_id": "bookshop-website", "client_secret": new_secret}
    ),
)
website["client-secret"] = {"secret": "gateway/website", "key": "client_secret"}
configuration.pop("management-token", None)
(front / "gateway.yaml").write_text(yaml.safe_dump(configuration))

# %% [markdown] tags=["solution"]
# A limit that refuses:

# %% tags=["solution"]
reviews = yaml.safe_load((front / "reviews.yaml").read_text())
reviews["plans"]["default"]["rate-limits"]["default"]["hard-limit"] = True
(front / "reviews.yaml").write_text(yaml.safe_dump(reviews))

# %% [markdown] tags=["solution"]
# A message without the secret, before `invoke` sends it:

# %% tags=["solution"]
sentiment = yaml.safe_load((front / "sentiment.yaml").read_text())
keep_back = {
    "version": "2.0.0",
    "actions": [{"clear": "message.headers.X-IBM-Client-Secret"}],
}
assembly = sentiment["x-ibm-configuration"]["assembly"]
assembly["execute"].insert(0, {"set-variable": keep_back})
(front / "sentiment.yaml").write_text(yaml.safe_dump(sentiment))

# %% tags=["solution"]
api_connect = launch(
    "api-connect",
    sandbox.push_image("api-connect:1.1", front),
    role="gateway-task-role",
    environment={"BACKEND_URL": scoring},
)
analyse("A lovely book.", new_secret).json()

# %% tags=["check"]
lab_7.check_api_connect()

# %% [markdown] tags=["solution"]
# **Why this is right.** Each of the four faults is a word that reads like a control and is none: a plan with a soft limit, a
# secret that proves who calls and is told to everybody, a file that configures and publishes, a token for the
# administrators that strangers read. The image `1.0` still has the old secret. That does not matter any more, because
# nothing accepts it.

# %% [markdown]
# ## The second gateway: APIPark
#
# A simulation of APIPark serves an assistant to the shop. It asks models of Amazon Bedrock with its task role. The product
# keeps its definitions in a database; the simulation keeps them in its memory, so `define` makes them anew after each launch:
# a service with a prompt, the application `shop`, and the shop's key from the secret `apipark/shop`.

# %%
image = sandbox.push_image("apipark:1.0", "../data/apps/apipark")
apipark = launch("apipark", image, role="gateway-task-role")


# %%
service = {
    "id": "assistant",
    "name": "assistant",
    "prefix": "assistant",
    "service_kind": "ai",
    "provider": "bedrock",
    "model": "amazon.nova-micro-v1:0",
}
prompt = {
    "prompt": "Answer a reader of a bookshop, shortly. {{Query}}",
    "variables": [{"key": "Query", "require": True}],
}
router = {
    "name": "answer",
    "path": "/answer",
    "ai_prompt": prompt,
    "ai_model": {"provider": "bedrock", "id": "amazon.nova-micro-v1:0"},
}


# %%
def define(password):
    """Sign in as the administrator of APIPark, and define the assistant."""
    value = secrets.get_secret_value(SecretId="apipark/shop")["SecretString"]
    key = {"name": "key", "driver": "apikey", "config": json.loads(value)}
    calls = [
        ("account/login/username", {"name": "admin", "password": password}),
        ("team/service?team=books", service),
        ("service/ai-router?service=assistant", router),
        ("service/publish/release/do?service=assistant", {"version": "1.0"}),
        ("team/app?team=books", {"id": "shop", "name": "shop"}),
        ("app/authorization?app=shop", key),
        ("service/subscriber?service=assistant", {"application": "shop"}),
    ]
    with httpx.Client(base_url=f"{apipark}/api/v1/") as client:
        return [client.post(path, json=body).json()["code"] for path, body in calls]


# %% [markdown]
# **Predict.** Nobody has set a password. What is it?

# %%
define(password="12345678")

# %% [markdown]
# Every call answered 0: it worked. The password stands in the public sources of APIPark, so everybody who looks for gateways
# knows it.


# %%
def chat(key, model):
    """Ask a model of one's own choice."""
    return httpx.post(
        f"{apipark}/assistant/chat/completions",
        headers={"Authorization": key},
        json={
            "model": model,
            "messages": [{"role": "user", "content": "Who wrote Emma?"}],
        },
        timeout=30,
    )


# %% [markdown]
# **Predict.** The service was made with the model Nova Micro, and the contract with the shop allows Nova Micro and Nova
# Lite. The shop asks for Claude 3 Sonnet. What does the gateway say?

# %%
key = json.loads(secrets.get_secret_value(SecretId="apipark/shop")["SecretString"])
answer = chat(key["apikey"], "anthropic.claude-3-sonnet-20240229-v1:0")
answer.status_code, answer.json()["model"]

# %% [markdown]
# There is the bill. The service names a model, and `chat/completions` asks whichever the client names.
#
# One more door. The calls below `/openapi/` are for other programs, and take a key of their own. It has a default, too:

# %%
own_key = {"name": "a second key", "driver": "apikey", "config": {"apikey": "mine"}}
httpx.post(
    f"{apipark}/openapi/v1/app/authorization?app=shop",
    headers={"Authorization": "37eb0ebf"},
    json=own_key,
).json()["code"]

# %%
chat("mine", "amazon.nova-pro-v1:0").status_code

# %% [markdown]
# A stranger talks to the models as the shop, for the shop's money, and never saw the shop's key.
#
# ## Task 2: Close the second gateway
#
# It is right when
#
# - the shop is served with `amazon.nova-micro-v1:0` and `amazon.nova-lite-v1:0`, by its key, and **by no other model**;
# - neither a default nor a guess opens the administration, by either door;
# - what opens it stands in a secret, and neither in the task definition nor in the image.
#
# `csecstaskexecutionrole` may read one secret that does not exist yet: `apipark/admin`. Call `define` after each launch.

# %% [markdown] tags=["hint"]
# The container takes its settings from the environment: `ADMIN_PASSWORD` and `API_KEY`. `launch` has a parameter
# `secrets`, name and `valueFrom`. `arn:...:secret:...:password::` is one member of a secret (lesson 10).

# %% [markdown] tags=["hint"]
# Nothing in APIPark's definitions limits the models of `chat/completions`. Whose credentials does each call of a model
# carry, and who decides about them?

# %% [markdown] tags=["hint"]
# Make a role of its own for this gateway. An `Allow` that names the two models is enough; the ARN of a foundation model is
# `arn:aws:bedrock:us-east-1::foundation-model/...`, and `bedrock:InvokeModel` covers *Converse* as well.

# %% tags=["stub"]
# secrets.create_secret(Name="apipark/admin", ...)
# apipark = launch("apipark", image, ...)
# define(password=...)

# %% [markdown] tags=["solution"]
# Two random values in one secret:

# %% tags=["solution"]
password, api_key = (
    secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]
    for _ in range(2)
)
admin = secrets.create_secret(
    Name="apipark/admin",
    SecretString=json.dumps({"password": password, "api_key": api_key}),
)["ARN"]

# %% [markdown] tags=["solution"]
# The list of models where no client can pass it: in the policy of the role that makes the calls.

# %% tags=["solution"]
for_tasks = iam.get_role(RoleName="gateway-task-role")["Role"][
    "AssumeRolePolicyDocument"
]
iam.create_role(
    RoleName="apipark-task-role", AssumeRolePolicyDocument=json.dumps(for_tasks)
)
two_models = {
    "Effect": "Allow",
    "Action": "bedrock:InvokeModel",
    "Resource": [
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    ],
}
iam.put_role_policy(
    RoleName="apipark-task-role",
    PolicyName="two-models",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [two_models]}),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["solution"]
apipark = launch(
    "apipark",
    image,
    role="apipark-task-role",
    secrets={
        "ADMIN_PASSWORD": f"{admin}:password::",
        "API_KEY": f"{admin}:api_key::",
    },
)
define(password)

# %% tags=["check"]
lab_7.check_apipark()

# %% [markdown] tags=["solution"]
# **Why this is right.** A gateway enforces what it has a rule for. The rest is decided by whoever is asked next, and for a
# model on AWS that is IAM, with the gateway's role as the caller. The answer to the shop is a 502 without a reason; the
# reason is in the gateway's log and in the trail, with the name of the role in it.

# %% [markdown]
# ## Task 3: A role for each
#
# Both gateways were launched with `gateway-task-role`. Somebody who takes over a container holds its role, and nothing in
# HTTP stands between them and what the role reaches.
#
# **Predict.** What does the task of API Connect, which calls neither a model nor a bucket, reach with it?

# %%
orders_db = secrets.describe_secret(SecretId="orders/db")["ARN"]
forbidden = {
    "secretsmanager:GetSecretValue": orders_db,
    "s3:PutObject": "arn:aws:s3:::bookshop-orders/incoming/1001.json",
    "bedrock:InvokeModel": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
}
as_role("gateway-task-role").reaches(forbidden.items())

# %% [markdown]
# It is right when
#
# - both gateways still do what they did;
# - the task role of API Connect reads no secret but those below `gateway/`, writes none, and reaches no model and no bucket;
# - the task role of APIPark reaches its two models and nothing else;
# - `csecstaskexecutionrole` reads only secrets that a task definition names, and is nobody's task role.

# %% [markdown] tags=["hint"]
# `iam.put_role_policy(RoleName="gateway-task-role", PolicyName="gateways", ...)` replaces the policy that is there.

# %% [markdown] tags=["hint"]
# The ARN of a secret ends in six random characters. `secrets.describe_secret` shows it, and `gateway/website-??????` covers
# them.

# %% tags=["stub"]
# iam.put_role_policy(RoleName="gateway-task-role", PolicyName="gateways", ...)

# %% tags=["solution"]
its_secret = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": secrets.describe_secret(SecretId="gateway/website")["ARN"],
}
iam.put_role_policy(
    RoleName="gateway-task-role",
    PolicyName="gateways",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [its_secret]}),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
lab_7.check_roles()

# %% [markdown] tags=["solution"]
# **Why this is right.** Two programs, two roles, three resources. No task had to be launched again: a changed policy counts
# for the calls that come after it. A secret that a program has read stays in its memory until the program ends.
#
# There is another way without any permission for the task role of API Connect: the agent injects the secret, and
# `gateway.yaml` says `{environment: ...}`. Then the execution role needs it, and a new value needs a new task either way.

# %% [markdown]
# ## Go further
#
# - The shop's requests for other models end in a 502. Find one of them in the log `/ecs/apipark` and in `sandbox.trail`, and
#   join the two by the request id.
# - Put the Deny of every other model into a permissions boundary of `apipark-task-role`. What does it add, if somebody
#   attaches `AmazonBedrockFullAccess` next year?
# - Register a second application by the management API of API Connect, with a token from a secret. Whose twenty calls are
#   counted together?
