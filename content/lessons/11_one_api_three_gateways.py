# %% [markdown]
# # Publish one API on three gateways, and find out who called
#
# A gateway stands between the programs that ask and the services that answer. It checks keys, counts, and writes a log. To
# AWS it is one caller with one role, however many clients stand before it.
#
# | | |
# | --- | --- |
# | **You'll do** | publish the same API on APIPark, IBM API Connect and an LLM gateway, collect every kind of no, and join the gateways' logs with CloudTrail |
# | **You'll learn** | to tell a gateway's refusal from AWS's, to say which role needs which permission, and to trace a call in CloudTrail back to a client's key |
# | **You'll need** | lessons 05 to 07 and 10; `curl`; 45 minutes |

# %% [markdown]
# ## What the article says
#
# The article of lesson 07 puts its role in front of three products. In our words, it claims:
#
# | | claim | where |
# | --- | --- | --- |
# | **A** | you link the execution role within the definition of an API | *APIPark* |
# | **B** | in APIPark's console you define which roles can interact with your APIs | *APIPark* |
# | **C** | a curl command with a bearer token calls the API with the access that the role grants | *APIPark* |
# | **D** | access controls and policies of the gateway align with the permissions of the role | *IBM API Connect* |
# | **E** | the gateway's log and AWS's log together are a comprehensive audit trail | *IBM API Connect* |
#
# Two things it leaves out. Look for them in everything that follows: **a gateway's key is not an AWS identity**, and **a
# client never holds the role**. At the end each letter has a verdict.
#
# ### What is real here
#
# | | | |
# | --- | --- | --- |
# | APIPark | a **simulation**, after the sources of APIPark 9192b39 and its gateway Apinto b5972ba | the product needs MySQL, Redis, InfluxDB |
# | IBM API Connect | a **simulation**, after the published definition format of v10 | none of IBM's code is in it |
# | LLM gateway | **real**: the proxy of LiteLLM | lesson 12 goes deep into it |
# | the models | a **stand-in** answers, by a few rules | its answers begin with `[stand-in]` |
#
# The simulations read the products' own formats and say in each reply what they are. All three gateways are containers of
# ECS, started by `run_task`, with roles that really decide.
#
# ## Set up

# %% tags=["setup"]
import hashlib
import json
import shutil
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import boto3
import httpx
import pandas as pd

import rolelab
from rolelab.figures import gateway_audit
from rolelab.gateways.litellm import request_log
from rolelab.labs import as_role, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
ecr, secrets = boto3.client("ecr"), boto3.client("secretsmanager")
pd.set_option("display.max_colwidth", None)

# %% [markdown]
# One execution role for all, as ever, and a task role for each program. The fourth program is the sentiment service, which
# API Connect will stand in front of.

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
programs = ["apipark", "api-connect", "sentiment-api", "llm-gateway"]
for role in ["csecstaskexecutionrole", *(f"{each}-task-role" for each in programs)]:
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
iam.attach_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)


def allow(role, name, action, resource):
    """Give a role one inline policy with one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)
    )


# %% [markdown]
# Secrets are drawn, never typed. `keep` puts one into Secrets Manager and gives its ARN.


# %%
def draw():
    """A random secret."""
    return secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]


def keep(name, value):
    """Store a text, or JSON, as a secret."""
    text = value if isinstance(value, str) else json.dumps(value)
    return secrets.create_secret(Name=name, SecretString=text)["ARN"]


read_secret, invoke = "secretsmanager:GetSecretValue", "bedrock:InvokeModel"
admin_password = draw()
injected = {
    "ADMIN_PASSWORD": keep("apipark/admin", admin_password),
    "LITELLM_MASTER_KEY": keep("llm-gateway/master-key", f"sk-{draw()}"),
}
allow("csecstaskexecutionrole", "inject", read_secret, list(injected.values()))

# %% [markdown]
# `launch` is lesson 05 in one function: register the definition, run the task. `lines` reads what a program has printed so
# far, and `calls` picks what is about the API. Logs arrive a moment after the answer, so `calls` can wait for some number.

# %%
logs.create_log_group(logGroupName="/ecs/gateways")
ecs.create_cluster(clusterName="bookshop")
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
images, tasks = {}, {}
for app in programs:
    ecr.create_repository(repositoryName=app)
    images[app] = sandbox.push_image(f"{app}:1.0", f"../data/apps/{app}")


# %%
def launch(app, port, inject=(), **variables):
    """Run a program of data/apps under its own task role, and give the task's ARN."""
    log = {
        "awslogs-group": "/ecs/gateways",
        "awslogs-region": region,
        "awslogs-stream-prefix": app,
    }
    container = {
        "name": "app",
        "image": images[app],
        "portMappings": [{"containerPort": port}],
        "environment": [{"name": each, "value": variables[each]} for each in variables],
        "secrets": [{"name": each, "valueFrom": injected[each]} for each in inject],
        "logConfiguration": {"logDriver": "awslogs", "options": log},
    }
    ecs.register_task_definition(
        family=app,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="2048",
        executionRoleArn=f"arn:aws:iam::{account}:role/csecstaskexecutionrole",
        taskRoleArn=f"arn:aws:iam::{account}:role/{app}-task-role",
        containerDefinitions=[container],
    )
    ran = ecs.run_task(
        cluster="bookshop",
        taskDefinition=app,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    tasks[app] = ran["tasks"][0]["taskArn"]
    return tasks[app]


def lines(app):
    """The lines of JSON that a program has printed so far."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/ecs/gateways",
        logStreamNames=[f"{app}/app/{tasks[app].rpartition('/')[2]}"],
    )
    printed = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(line) for line in printed if line.startswith("{")]


def calls(app, count=0):
    """The lines about calls of the API, as soon as there are so many."""
    for _ in range(100):
        found = [line for line in lines(app) if is_call(line)]
        if len(found) >= count:
            break
        time.sleep(0.2)
    return found


def is_call(line):
    """Whether a line is about a call, and not about the gateway or its management."""
    called = line.get("path") == "/sentiment/analyse" or line.get("type") == "backend"
    return called or line.get("log") == "llm-gateway"


def connect(app, port=8080):
    """A client of a program's address, once it listens."""
    address = sandbox.address(tasks[app], port, seconds=120)
    return httpx.Client(base_url=f"http://{address}", timeout=60, trust_env=False)


# %% [markdown]
# ### Three clients
#
# Each gateway has the same three clients. The `website` may call. `batch` may call too, ten times in a period. The `intern`
# has a valid key and no right to this API. A stranger has made up a key. Each has another key at each gateway.
#
# LiteLLM needs some seconds to start, so it starts now and we meet it last.

# %%
keys = {"APIPark": {}, "IBM API Connect": {}, "LiteLLM": {}}
clients = [
    {"name": "website", "models": ["sentiment"]},
    {"name": "batch", "models": ["sentiment"], "rpm": 10},
    {"name": "intern", "models": ["sentiment-pro"]},
]
for client in clients:
    key = keys["LiteLLM"][client["name"]] = f"sk-{draw()}"
    client["sha256"] = hashlib.sha256(key.encode()).hexdigest()
client_list = keep("llm-gateway/clients", clients)
allow("llm-gateway-task-role", "clients", read_secret, client_list)
launch(
    "llm-gateway",
    8000,
    ["LITELLM_MASTER_KEY"],
    CONFIG="sentiment.yaml",
    CLIENTS_SECRET="llm-gateway/clients",
)

# %% [markdown]
# Every answer that we want to compare later is kept in `answers`. `words` finds the sentence in it: each product puts it
# elsewhere.

# %%
REVIEW = "I loved this book and read it twice."
LITE = "amazon.nova-lite-v1:0"
lite_arn = f"arn:aws:bedrock:{region}::foundation-model/{LITE}"
answers, sent = {}, {gateway: [] for gateway in keys}


def chat(review):
    """The body of the sentiment API, in the form of the article's."""
    message = {"role": "user", "content": review}
    return {"messages": [message], "variables": {"Query": review}}


def words(answer):
    """The status of an answer, and the sentence that goes with it."""
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text}"
    error = body.get("error", body)
    if isinstance(error, dict):
        error = error.get("moreInformation") or error.get("message") or "answered"
    return f"{answer.status_code} {error}"


def at_once(ask, client, count=25):
    """Ask many times at the same time; give the statuses, and keep the last refusal."""
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: ask(client), range(count)))
    refused = [each for each in found if each.status_code == 429]
    return Counter(each.status_code for each in found), refused[-1]


# %% [markdown]
# ## APIPark: the gateway asks the model itself
#
# The first gateway. Its administrator's password was *injected*, so the execution role read it. APIPark ships with
# `12345678`, which stands in its public sources; whoever leaves it there has no password at all.

# %%
launch("apipark", 8080, ["ADMIN_PASSWORD"], RATE_LIMITING='{"minute": 10}')
apipark = connect("apipark")


def sign_in(password):
    """Sign in as the administrator of APIPark."""
    body = {"name": "admin", "password": password}
    return apipark.post("/api/v1/account/login/username", json=body)


print(sign_in("12345678").json()["msg"])
sign_in(admin_password).headers["x-simulation"]

# %% [markdown]
# Publishing takes three calls: a **service** of the kind *ai*, a **router** with a prompt, and a release. `{{Query}}` is
# filled from the client's variables.


# %%
def manage(path, body, **query):
    """Make a management call of APIPark, and give its data."""
    answer = apipark.post(f"/api/v1/{path}", params=query, json=body).json()
    if answer["code"] != 0:
        raise RuntimeError(answer["msg"])
    return answer["data"]


of_kind = {"service_kind": "ai", "provider": "bedrock", "model": LITE}
service = manage(
    "team/service",
    {"name": "sentiment", "prefix": "sentiment", **of_kind},
    team="bookshop",
)["service"]["id"]
router = {
    "name": "analyse",
    "path": "/analyse",
    "ai_prompt": {
        "prompt": "What is the sentiment of this review? {{Query}}",
        "variables": [{"key": "Query", "require": True}],
    },
    "ai_model": {"id": LITE, "provider": "bedrock"},
    "timeout": 30_000,
    "retry": 0,
}
manage("service/ai-router", router, service=service)
manage("service/publish/release/do", {"version": "1.0"}, service=service)["publish"][
    "status"
]

# %% [markdown]
# Claim A wants the role *linked within your API definition*. Look through the two definitions: provider, model, prompt, path,
# timeout. Neither has a place for a role, and we found none in the sources either.
#
# ### The article's command, word for word
#
# The address and the token are filled in; nothing else changes. The token is drawn, and nobody has registered it.

# %%
article = """curl --location 'http://your-api-endpoint/path' \\
--header 'Content-Type: application/json' \\
--header 'Authorization: Bearer your-acquired-token' \\
--data '{
  "messages": [
    {
      "role": "user",
      "content": "How do I secure my AWS environment?"
    }
  ],
  "variables": {
    "Query": "Explain best practices."
  }
}'"""


def curl(gateway, client, path, token):
    """Run the article's command, and give what it prints."""
    if shutil.which("curl") is None:
        return "This machine has no curl."
    place = f"{client.base_url.host}:{client.base_url.port}{path}"
    command = article.replace("your-api-endpoint/path", place)
    command = command.replace("your-acquired-token", token)
    sent[gateway].append("curl")
    done = subprocess.run(
        ["sh", "-c", command], check=False, capture_output=True, text=True
    )
    return done.stdout or done.stderr


token = draw()
print(curl("APIPark", apipark, "/sentiment/analyse", token))

# %% [markdown]
# **Predict.** Three things are missing until this command gets an answer, and each shows as another error. You have seen the
# first error. Which comes next when the token is registered for the application `website`: an answer, a 403 of the gateway, or
# a 403 of AWS?


# %%
def register(name, key):
    """Make an application in APIPark with an API key, and give the application's id."""
    application = manage("team/app", {"name": name}, team="bookshop")["app"]["id"]
    secret = {"name": "key", "driver": "apikey", "config": {"apikey": key}}
    manage("app/authorization", secret, app=application)
    keys["APIPark"][name] = key
    return application


def ask_apipark(client, review=REVIEW):
    """Ask the sentiment API on APIPark, with a client's key or any other text."""
    key = keys["APIPark"].get(client, client)
    answer = apipark.post(
        "/sentiment/analyse", headers={"Authorization": key}, json=chat(review)
    )
    sent["APIPark"].append(answer.status_code)
    return answer


website = register("website", f"Bearer {token}")
words(ask_apipark("website"))

# %% [markdown]
# The gateway knows the application now, and it has no **subscription** to the service. AWS was not asked. Notice how the key
# was registered: *with* the word `Bearer`. APIPark compares the whole header with the key and strips nothing, in none of its
# drivers. Registered without the word, the article's command would have stayed at the 401.
#
# **Predict.** With a subscription every lock of the gateway is open. Who says no now, and will the client learn why?

# %%
manage("service/subscriber", {"application": website}, service=service)
answers["APIPark", "IAM refuses"] = ask_apipark("website")
words(answers["APIPark", "IAM refuses"])

# %%
rolelab.why()

# %% [markdown]
# The client sees a 502: from where it stands, something behind the gateway is broken. The reason is a decision about
# `apipark-task-role`, and only you and the log know it. The last thing:

# %%
allow("apipark-task-role", "model", invoke, lite_arn)
print(curl("APIPark", apipark, "/sentiment/analyse", token))
words(ask_apipark("website"))

# %% [markdown]
# The article's command, answered. The answer is only a sentiment because the *router's* prompt asks for one. And the token in
# it has no access *that the role grants*: it opened the first lock, and the second was opened by the gateway, for itself.
# It also went over `http://`, where everybody on the way can read it. Lesson 10 has the remedy.
#
# The other noes, for the table. `batch` has a subscription and 25 questions at once; the `intern` has none.

# %%
batch = register("batch", draw())
manage("service/subscriber", {"application": batch}, service=service)
intern = register("intern", draw())
counted, answers["APIPark", "over the limit"] = at_once(ask_apipark, "batch")
answers["APIPark", "wrong key"] = ask_apipark("a made-up key")
answers["APIPark", "no right"] = ask_apipark("intern")
counted

# %% [markdown]
# Each application is counted by itself, so the website has its ten a minute still. This is the line that the last answered
# request left in the log group:

# %%
known = calls("apipark", count=len(sent["APIPark"]))
last = [line for line in known if line["aws_calls"]][-1]
{name: value for name, value in last.items() if value not in ("", None)}

# %% [markdown]
# `application` and `authorization` name client and key by an id. `aws_calls` has the id that AWS gave to the call. Remember
# that field.
#
# **1.** The `newsletter` is the next client. Draw a key, put it into `newsletter_key`, register the application, and let it
# call.

# %% tags=["stub"]
# newsletter_key = draw()

# %% tags=["answer"]
newsletter_key = draw()
newsletter = register("newsletter", newsletter_key)
manage("service/subscriber", {"application": newsletter}, service=service)

# %% tags=["check"]
with your_turn("the newsletter calls as itself, and no role was touched"):
    answer = ask_apipark(newsletter_key)
    assert answer.status_code == 200, words(answer)
    found = calls("apipark", count=len(sent["APIPark"]))
    mine = {each["application"] for each in found if each["aws_calls"]}
    mine -= {website, batch}
    assert len(mine) == 1, "Its key belongs to an application that was there before."

# %% [markdown] tags=["hint"]
# Two calls after `draw()`: `register("newsletter", newsletter_key)` gives the application's id, and
# `manage("service/subscriber", ...)` subscribes it, as for `batch`.

# %% [markdown]
# A client came, and IAM has not changed. That is what a gateway is for, and it is also why claim B is a mix-up: the roles
# that APIPark's console knows are roles of *its* accounts, at the level of the system or of a team (*Account and Roles*,
# APIPark docs). They say who may administer. They are not IAM roles, and no client has one.
#
# Besides `apikey` there are the drivers `basic`, `jwt`, `aksk` and `oauth2`. Two things in their sources are worth knowing
# before you choose. `jwt` looks at the expiry of a token only if `exp` is among its `claims_to_verify`. `aksk` signs the date
# of a request and never asks how old it is, so what somebody has recorded today can be sent again next year.

# %% [markdown]
# ## API Connect: a document describes everything
#
# The second gateway is a simulation too, and each of its replies says so. IBM API Connect publishes a **product**: APIs with
# plans. The API is an OpenAPI document with an extension,
# `x-ibm-configuration`, whose `assembly` says what happens to a request. Two files,
# [sentiment.yaml](../data/apps/api-connect/sentiment.yaml) and [reviews.yaml](../data/apps/api-connect/reviews.yaml):

# %%
definition = Path("../data/apps/api-connect/sentiment.yaml").read_text()
print(definition[definition.index("    execute:") : definition.index("    catch:")])
plans = Path("../data/apps/api-connect/reviews.yaml").read_text()
print(plans[plans.index("plans:") : plans.index("  gold:")])

# %% [markdown]
# This gateway calls no model. It *invokes* a service of ours,
# [sentiment-api](../data/apps/sentiment-api/app.py), a program in a container of its own with a role of its own. The
# secrets of clients are in Secrets Manager, and the gateway reads them when it starts.

# %%
keys["IBM API Connect"]["website"] = {"client_id": draw(), "client_secret": draw()}
keep("gateway/website", keys["IBM API Connect"]["website"])
management_token = draw()
keep("gateway/management", {"token": management_token})
backend = f"http://{sandbox.address(launch('sentiment-api', 8080, MODEL_ID=LITE))}"

# %% [markdown]
# **Predict.** The execution role may read secrets, two of them. Whose permission does this gateway need, and what happens
# without it: a gateway that answers 401 to everybody, or none?

# %%
launch("api-connect", 8080, BACKEND_URL=backend)
ecs.get_waiter("tasks_stopped").wait(
    cluster="bookshop", tasks=[tasks["api-connect"]], WaiterConfig={"Delay": 0.2}
)
lines("api-connect")[-1]["message"][:96]

# %%
rolelab.why()

# %% [markdown]
# None: it ends, and says which secret it could not read. The program fetches, so it is the *task role's* business, as in
# lesson 10. Grant it what it reads, and nothing about models:

# %%
gateway_secrets = f"arn:aws:secretsmanager:{region}:{account}:secret:gateway/*"
allow("api-connect-task-role", "secrets", read_secret, gateway_secrets)
launch("api-connect", 8080, BACKEND_URL=backend)
connected = connect("api-connect")

# %% [markdown]
# **Predict.** The article's command again, with the same token, the same body and the same path. Will API Connect take it?

# %%
print(curl("IBM API Connect", connected, "/sentiment/analyse", token))

# %% [markdown]
# It never looks at `Authorization`, because the document names two other headers. How a client shows its key is a habit of
# each product, and so is the shape of the no.


# %%
def ask_connect(client, review=REVIEW):
    """Ask the sentiment API on API Connect, with a client's id and secret."""
    nobody = {"client_id": client, "client_secret": client}
    known = keys["IBM API Connect"].get(client, nobody)
    headers = {
        "X-IBM-Client-Id": known["client_id"],
        "X-IBM-Client-Secret": known["client_secret"],
    }
    answer = connected.post("/sentiment/analyse", headers=headers, json=chat(review))
    sent["IBM API Connect"].append(answer.status_code)
    return answer


answers["IBM API Connect", "IAM refuses"] = ask_connect("website")
words(answers["IBM API Connect", "IAM refuses"])

# %% [markdown]
# **Predict.** Four roles are about: the execution role, the gateway's, the backend's, yours. Which one was denied?

# %%
rolelab.why()

# %%
allow("sentiment-api-task-role", "model", invoke, lite_arn)
ask_connect("website").json()

# %% [markdown]
# The *backend's*. Claim D has the gateway's access controls align with the role. Here the gateway's role and the model have
# nothing to do with each other: the gateway decides who gets through, and the role that asks the model belongs to a program
# that no client can reach by its key.
#
# Did the client's secret travel on to that program? Without the first step of the assembly it would:

# %%
behind = calls("sentiment-api", count=2)[-1]
behind["received_client_secret"], behind["transaction"], behind["aws_request_id"]

# %% [markdown]
# Now the noes. `intern` and `batch` register by the management API; only `batch` gets a plan, `trial`.

# %%
management = {"Authorization": f"Bearer {management_token}"}
readers = "bookshop/sandbox/readers"
for name in ("intern", "batch"):
    registered = connected.post(
        f"/api/consumer-orgs/{readers}/apps", headers=management, json={"name": name}
    ).json()
    keys["IBM API Connect"][name] = registered
subscription = {"product": "reviews:1.0.0", "plan": "trial"}
connected.post(
    f"/api/apps/{readers}/batch/subscriptions", headers=management, json=subscription
).json()

# %%
counted, answers["IBM API Connect", "over the limit"] = at_once(ask_connect, "batch")
answers["IBM API Connect", "wrong key"] = ask_connect("a made-up key")
answers["IBM API Connect", "no right"] = ask_connect("intern")
print(words(answers["IBM API Connect", "no right"]))
counted

# %% [markdown]
# The intern's key is valid, and it gets the sentence of an unknown one. That is our simulation's choice: IBM's pages say that a
# plan is needed, and not what the answer is without one. Ten in each hour of the clock for `batch`; if the hour turned over
# just now, you saw more.
#
# **2.** A colleague has read claim D and *aligned* the gateway's role with the API:

# %%
allow("api-connect-task-role", "aligned", invoke, "*")
as_role("api-connect-task-role").allowed(invoke, lite_arn)

# %% [markdown]
# Prove that nothing needs it: take it away, and the website still gets its answer.

# %% tags=["stub"]
# iam.delete_role_policy(...)

# %% tags=["answer"]
iam.delete_role_policy(RoleName="api-connect-task-role", PolicyName="aligned")

# %% tags=["check"]
with your_turn("the gateway cannot ask a model, and the website gets its answer"):
    as_role("api-connect-task-role").denied(invoke, lite_arn)
    as_role("sentiment-api-task-role").allowed(invoke, lite_arn)
    answer = ask_connect("website")
    assert answer.status_code == 200, words(answer)

# %% [markdown] tags=["hint"]
# The policy is inline and its name is `aligned`. Leave the policy `secrets` where it is.

# %% [markdown]
# ## An LLM gateway: the client names a model
#
# LiteLLM has been running since the beginning. It publishes *models*, not APIs: one path, that of OpenAI, and a member `model`
# in the body. Its configuration is [sentiment.yaml](../data/apps/llm-gateway/sentiment.yaml).
#
# **Predict.** `website` has a key here, and LiteLLM takes it as a bearer token, just as the article sends it. So, the same
# command a third time: does it work?

# %%
litellm = connect("llm-gateway", 8000)
path = "/v1/chat/completions"
print(curl("LiteLLM", litellm, path, keys["LiteLLM"]["website"]))

# %% [markdown]
# The key is fine, and no model is named. A command that is right for one gateway is a 401 at the second and a 400 at the
# third. There is also no router with a prompt: the question has to come from the client.


# %%
def ask_litellm(client, review=REVIEW):
    """Ask the model behind the name sentiment, with a client's key."""
    key = keys["LiteLLM"].get(client, client)
    question = f"What is the sentiment of this review: {review}"
    answer = litellm.post(
        "/v1/chat/completions",
        headers={"Authorization": f"Bearer {key}"},
        json={
            "model": "sentiment",
            "messages": [{"role": "user", "content": question}],
        },
    )
    sent["LiteLLM"].append(answer.status_code)
    return answer


answers["LiteLLM", "IAM refuses"] = ask_litellm("website")
answers["LiteLLM", "no right"] = ask_litellm("intern")
print(words(answers["LiteLLM", "IAM refuses"]))
print(words(answers["LiteLLM", "no right"]))

# %% [markdown]
# Two times 403, and they have nothing in common. The second is the gateway's: the model is not on the intern's list. The first
# is AWS's, passed on with every word. The other two gateways hide such a denial behind a 502; this one tells any client the
# account's number, the name of the role, and the session. A client never *holds* the role, and here it can read its name.

# %%
allow("llm-gateway-task-role", "model", invoke, lite_arn)
counted, answers["LiteLLM", "over the limit"] = at_once(ask_litellm, "batch")
answers["LiteLLM", "wrong key"] = ask_litellm("a made-up key")
print(words(ask_litellm("website")))
counted

# %% [markdown]
# ## Compare
#
# Everything in this table was said by a running gateway. Long sentences are cut.

# %%
table = pd.Series({case: words(answer)[:60] for case, answer in answers.items()})
noes = table.unstack(0).loc[["wrong key", "no right", "over the limit", "IAM refuses"]]
noes[list(keys)]

# %% [markdown]
# Read the last row against the others. A dashboard that counts 4xx as the clients' faults and 5xx as yours files one and the same
# broken role under both.
#
# ### Where are the keys?
#
# **Predict.** Take the secret of `website` at each gateway. In which of these places can somebody find it: the task
# definitions, Secrets Manager, the log group, CloudTrail, the gateway's management API?

# %%
one_app = {"app": website}
listed = apipark.get("/api/v1/app/authorizations", params=one_app).json()["data"]
(about,) = listed["authorizations"]
managed = [
    apipark.get(
        "/api/v1/app/authorization", params={**one_app, "authorization": about["id"]}
    ).json(),
    connected.get(f"/api/consumer-orgs/{readers}/apps", headers=management).json(),
]
places = {
    "task definitions": [
        ecs.describe_task_definition(taskDefinition=app)["taskDefinition"]
        for app in tasks
    ],
    "Secrets Manager": [
        secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        for secret in secrets.list_secrets()["SecretList"]
    ],
    "the log group": [lines(app) for app in tasks],
    "CloudTrail": list(sandbox.trail),
    "the management API": managed,
}


# %%
def where(key):
    """In which places a key stands in the clear, or as its hash."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    texts = {place: json.dumps(found, default=str) for place, found in places.items()}
    return {
        place: "in the clear" if key in text else "its hash" if digest in text else "no"
        for place, text in texts.items()
    }


kept = pd.DataFrame(
    {
        "APIPark": where(keys["APIPark"]["website"]),
        "IBM API Connect": where(keys["IBM API Connect"]["website"]["client_secret"]),
        "LiteLLM": where(keys["LiteLLM"]["website"]),
    }
)
kept

# %% [markdown]
# Three designs. APIPark keeps keys in its own database (here: in the memory of the process), and whoever is signed in as the
# administrator reads them. API Connect's are in Secrets Manager because *we* put them there, and everybody with
# `secretsmanager:GetSecretValue` on that secret can call as the website. LiteLLM was given hashes by us: to read its secret, or
# its log, lets nobody call.
#
# ### What do they log?
#
# The fields of the last call that was answered, and one thing more: does the question of the article stand in the log?

# %%
facts = {
    "the client": ["application", "app_name", "client"],
    "which key": ["authorization", "client_id", "key_hash"],
    "the model": ["ai_model", "model"],
    "tokens": ["ai_model_total_token", "input_tokens", "prompt_tokens"],
    "cost": ["cost"],
    "the id of the call to AWS": ["aws_calls", "aws_request_id"],
}


def every_log():
    """For each program the lines about calls, once there is one for each that we sent."""
    reached = [each for each in sent["IBM API Connect"] if each in (200, 502)]
    return {
        "apipark": calls("apipark", len(sent["APIPark"])),
        "api-connect": calls("api-connect", len(sent["IBM API Connect"])),
        "sentiment-api": calls("sentiment-api", len(reached)),
        "llm-gateway": calls("llm-gateway", len(sent["LiteLLM"])),
    }


printed = every_log()


def says(app):
    """Which facts the last answered call of a program has left in its log."""
    line = [each for each in printed[app] if each["status"] == 200][-1]
    found = {
        fact: any(line.get(name) for name in names) for fact, names in facts.items()
    }
    found["the article's question"] = "secure my AWS" in json.dumps(printed[app])
    return {fact: "yes" if there else "no" for fact, there in found.items()}


logged = pd.DataFrame(
    {
        "APIPark": says("apipark"),
        "IBM API Connect": says("api-connect"),
        "its backend": says("sentiment-api"),
        "LiteLLM": says("llm-gateway"),
    }
)
logged

# %% [markdown]
# API Connect knows the client and nothing of the model; its backend knows the model and nothing of the client. Only together
# do they say what APIPark says alone.
#
# And the question stands in the log of API Connect. Not that of an answered call: the one that was refused with a 401. The
# document says `error-content: payload`, which is also what the product does where nothing is said (*Activity logging with
# the DataPower API Gateway*). Failed calls are logged with their bodies. Look before you give that log group to everybody; our
# simulation takes credentials out, and IBM says that the product does not.
#
# ### Which role needs what?
#
# Not what we granted: what was *used*. The trail knows. ECS names the session of a role after the task, so the second part of
# `role/session` says whether a task made the call, or somebody else with the same role.

# %%
trail = sandbox.trail.to_frame()
parts = trail["user"].str.partition("/")
trail["role"], trail["session"] = parts[0], parts[2]
task_ids = [arn.rpartition("/")[2] for arn in tasks.values()]
ours = trail[trail["session"].isin(task_ids)].copy()
ours["call"] = ours["source"].str.partition(".")[0] + ":" + ours["event"]
used = ours[ours["error"].isna()].groupby("role")["call"].unique().map(sorted)
used.map(", ".join).to_frame("calls that were allowed")

# %% [markdown]
# *Converse* is the call, and `bedrock:InvokeModel` the permission it asks for. The execution role has pulled images, injected two
# secrets and carried logs, for all four programs, and has never asked a model. The article links it with the API.
#
# ## One request, two logs
#
# An auditor asks: *who used the model on Monday, with which key, and what did it cost?* CloudTrail "captures all API calls for
# Amazon Bedrock as events" (*Monitor Amazon Bedrock API calls using CloudTrail*). So, two of its records: one call that
# APIPark made for the website, and one for `batch`.
#
# **Predict.** In which fields do they differ? Is one of them the client?

# %%
made = [line for line in printed["apipark"] if line["aws_calls"]]
first = {line["application"]: line["aws_calls"][0]["request_id"] for line in made}
records = {record["requestID"]: record for record in sandbox.trail}
one, two = records[first[website]], records[first[batch]]
differ = [name for name in two if one.get(name) != two[name]]
pd.DataFrame(
    {
        "website": {name: f"...{str(one.get(name))[-50:]}" for name in differ},
        "batch": {name: f"...{str(two[name])[-50:]}" for name in differ},
    }
)

# %% [markdown]
# Same `userIdentity`, same address, same model. The client is nowhere, because AWS never met it. What differs are the ids, and
# the end of the user agent, where our gateway writes the id of its own request. Either is a thread to the other log:
#
# | gateway | thread |
# | --- | --- |
# | APIPark | `aws_calls[].request_id` of the line is CloudTrail's `requestID` |
# | API Connect | its `request_id` is in the backend's line; the backend's `aws_request_id` is `requestID` |
# | LiteLLM | `aws_request_id` of the line is `requestID` |
#
# These threads are work that somebody did: a gateway that does not write down AWS's id leaves you with times to compare.
# Bring the three logs into one form. First APIPark, which calls clients by ids:

# %%
printed = every_log()
columns = ["gateway", "request_id", "client", "key", "status", "model"]
columns += ["tokens_in", "tokens_out", "aws_request_id"]

apps = apipark.get("/api/v1/apps", params={"team": "bookshop"}).json()["data"]["apps"]
park = pd.DataFrame(printed["apipark"]).replace("", None).assign(gateway="APIPark")
park["client"] = park["application"].map({each["id"]: each["name"] for each in apps})
park["aws_request_id"] = [
    made[0]["request_id"] if made else None for made in park["aws_calls"]
]
park = park.rename(
    columns={
        "authorization": "key",
        "ai_model": "model",
        "ai_model_input_token": "tokens_in",
        "ai_model_output_token": "tokens_out",
    }
)[columns]
park[park["status"] == 200].tail(2)

# %% [markdown]
# API Connect needs its backend's log for the second half of each row:

# %%
wanted = ["request_id", "model", "input_tokens", "output_tokens", "aws_request_id"]
second_half = pd.DataFrame(printed["sentiment-api"])[wanted]
front = pd.DataFrame(printed["api-connect"]).assign(gateway="IBM API Connect")
front = front.merge(second_half, on="request_id", how="left")
front = front.replace({"app_name": {"N/A": None}, "client_id": {"": None}}).rename(
    columns={
        "app_name": "client",
        "client_id": "key",
        "input_tokens": "tokens_in",
        "output_tokens": "tokens_out",
    }
)[columns]
front[front["status"] == 200].tail(2)

# %% [markdown]
# LiteLLM's lines are read by `request_log`, which lesson 12 uses too. A wrong key has a hash and no client:

# %%
llm_log = request_log.to_frame(json.dumps(line) for line in printed["llm-gateway"])
llm = llm_log.assign(gateway="LiteLLM").rename(
    columns={
        "key_hash": "key",
        "prompt_tokens": "tokens_in",
        "completion_tokens": "tokens_out",
    }
)[columns]
llm[llm["status"].isin([200, 401])].tail(2)

# %% [markdown]
# A log is evidence only if it is complete. We have counted what we sent:

# %%
requests = pd.concat([park, front, llm], ignore_index=True)
pd.DataFrame(
    {
        "sent": {gateway: len(each) for gateway, each in sent.items()},
        "logged": requests.groupby("gateway").size(),
    }
)

# %% [markdown]
# Now the join. From CloudTrail come the role and the error. From a price list comes the cost: LiteLLM ships one, in dollars
# for a token.

# %%
trail = sandbox.trail.to_frame()
seen = pd.DataFrame(
    {
        "aws_request_id": [record["requestID"] for record in trail["record"]],
        "role": trail["user"],
        "aws_error": trail["error"],
    }
).dropna(subset="aws_request_id")
audit = requests.merge(seen, on="aws_request_id", how="left", validate="many_to_one")

# %%
price_list = Path(find_spec("litellm").origin).with_name(
    "model_prices_and_context_window_backup.json"
)
price = json.loads(price_list.read_text())[LITE]
answered = audit["status"] == 200
tokens = audit[["tokens_in", "tokens_out"]].where(answered).fillna(0).astype(float)
audit["cost"] = (
    tokens["tokens_in"] * price["input_cost_per_token"]
    + tokens["tokens_out"] * price["output_cost_per_token"]
)
shown = ["gateway", "client", "status", "role", "aws_error", "model", "cost"]
audit[shown].groupby("gateway").head(3)

# %% [markdown]
# Two checks before anybody believes it. Our arithmetic must agree with LiteLLM's own, and every call of a model in CloudTrail
# must belong to a request.

# %%
of_llm = audit.loc[audit["gateway"] == "LiteLLM", "cost"].sum()
print(f"our sum {of_llm:.8f}, LiteLLM's sum {llm_log['cost'].sum():.8f}")
asked = trail[trail["event"] == "Converse"]
joined = asked["record"].map(
    lambda record: record["requestID"] in set(audit["aws_request_id"])
)
asked.loc[~joined, ["user", "event", "error"]]

# %% [markdown]
# What is left over was made with the roles of our programs, and by none of them: the session is no task. An auditor would ask who
# has been using these roles. It was you, in the second exercise: `as_role` takes a role and tries it. A join that finds nobody is
# a finding.
#
# ### The picture
#
# **Predict.** How many of the requests has AWS never seen, and how many names will it have for all the keys?

# %%
gateway_audit(audit)

# %% [markdown]
# Read a row from the left: a client and its key; what the gateway refused, by status; what AWS refused; what was answered, and
# its cost. AWS has one name for all the rows of a gateway. The first three columns are in no log of AWS's. The intern of API
# Connect has no row: that gateway did not say whose key it refused.
#
# **3.** An alarm: somebody has asked too much of a model through API Connect, and all that it names is the id of a record in
# CloudTrail. Which client was it? Put its name into `culprit`.

# %%
backend_session = f"sentiment-api-task-role/{tasks['sentiment-api'].rpartition('/')[2]}"
by_backend = trail[(trail["user"] == backend_session) & trail["error"].isna()]
alarm = by_backend[by_backend["event"] == "Converse"]["record"].iloc[-9]["requestID"]
alarm

# %% tags=["stub"]
# culprit = ...

# %% tags=["answer"]
culprit = audit.loc[audit["aws_request_id"] == alarm, "client"].item()

# %% tags=["check"]
with your_turn("a record of CloudTrail has a client"):
    (record,) = [each for each in sandbox.trail if each["requestID"] == alarm]
    request = record["userAgent"].rpartition("gateway-request/")[2]
    known = calls("api-connect")
    (line,) = [each for each in known if each["request_id"] == request]
    assert culprit == line["app_name"], "The gateway's log has another client for it."

# %% [markdown] tags=["hint"]
# `audit` has a row for each request, with AWS's id in `aws_request_id`. The check goes the other way: it reads the end of the
# record's user agent.

# %% [markdown]
# ## One table
#
# All of it, from what has run. `its backend` means that API Connect alone does not know.

# %%
both = logged["IBM API Connect"].where(
    logged["IBM API Connect"] == "yes",
    logged["its backend"].map({"yes": "its backend", "no": "no"}),
)
own = dict(zip(keys, ["apipark", "api-connect", "llm-gateway"], strict=True))
asks_as = audit.dropna(subset="role").groupby("gateway")["role"].first()
roles = {
    gateway: {
        "asks the model as": asks_as[gateway].partition("/")[0],
        "the gateway's own role used": ", ".join(used.get(f"{app}-task-role", [])),
    }
    for gateway, app in own.items()
}
pd.concat(
    {
        "says to": noes,
        "the client's secret in": kept,
        "its log has": logged.assign(**{"IBM API Connect": both}),
        "on AWS": pd.DataFrame(roles),
    }
)[list(keys)]

# %% [markdown]
# ## The verdicts
#
# | | claim | verdict |
# | --- | --- | --- |
# | **A** | the execution role is linked in the API's definition | **No.** Neither format has a place for it. A role is linked in the *task definition*, and the one that asks models is the *task role* |
# | **B** | the console defines which roles interact with the APIs | **A mix-up.** Its roles are for administrators of APIPark; clients have keys and subscriptions |
# | **C** | the token calls with the access that the role grants | **The command works, the reason does not.** The token opens the gateway; the gateway calls with its own role. Elsewhere the same command is a 401 or a 400 |
# | **D** | access controls align with the role's permissions | **Nothing aligns them.** They are two locks. Behind API Connect the role is not even the gateway's |
# | **E** | two logs make a comprehensive trail | **Yes, where somebody ties the thread.** CloudTrail names no client; the gateway names no role. What joins them is an id that the gateway has to log |
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | let a role ask one model | IAM, the role, **Add permissions**, **Create inline policy** | `aws iam put-role-policy --role-name apipark-task-role --policy-name model --policy-document file://model.json` |
# | keep a client's secret | Secrets Manager, **Store a new secret** | `aws secretsmanager create-secret --name gateway/website --secret-string file://website.json` |
# | find a line of the gateway | CloudWatch, **Logs Insights**, `/ecs/gateways` | `aws logs filter-log-events --log-group-name /ecs/gateways --filter-pattern '{ $.application = "ID" }'` |
# | find the call | CloudTrail, **Event history**, event name `Converse` | `aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=Converse` |
#
# What the sandbox leaves out: its trail has a call the moment it returns, and you read it by any field. On AWS an event takes
# minutes, and Event history looks up eight attributes, of which the request id is none (*lookup-events*, AWS CLI reference). For
# a join like ours let a trail deliver to a bucket, and query the files; lesson 13 does. PutLogEvents, which you saw among the
# calls of the execution role, is not in CloudTrail at all (*Logging CloudWatch Logs API and console operations in AWS
# CloudTrail*).
#
# What the simulations leave out: APIPark's console, databases and every strategy but data masking, so its keys live as long as the
# process; API Connect's portal, analytics and OAuth provider. APIPark's own provider for Amazon Bedrock keeps an access key of
# AWS in its settings; ours has none and uses the task role, which is what you should want.
#
# ## What to keep
#
# - A gateway's key opens the gateway. Behind it there is one role for all clients, and only the gateway can tell them apart.
# - The same broken role is a 502 at one gateway and a 403 at another. Ask which lock said no before you mend one.
# - An audit needs both logs and an id in common. Make sure today that your gateway writes down AWS's request id.
#
# In this notebook we have published an API three times, sorted the refusals by who made them, and found the client behind a
# record of CloudTrail. In lesson 12 the third gateway gets models to route between, limits, fallbacks and a bill.
