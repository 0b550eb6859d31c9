# %% [markdown]
# # Put one gateway before many models, and say who may ask which
#
# Every program of the bookshop wants to ask a language model. Behind a gateway no program holds the key of a model
# provider, and one place knows who asked what and what it cost. Behind a gateway, too, all programs look alike to AWS.
#
# | | |
# | --- | --- |
# | **You'll do** | run LiteLLM as a container on a task role, break into a naive one, close the holes, scope the role down while clients are asking, and read two logs as one |
# | **You'll learn** | to say which of two locks refused a request, what a gateway's task role needs and what it must not, and to trace a call from a client's key to the record in CloudTrail |
# | **You'll need** | lessons 05 to 07 and 10; 45 minutes |

# %% [markdown]
# ## What the article says
#
# The article of lesson 07 has a section about an *LLM Gateway*. In our words, it claims:
#
# | | claim |
# | --- | --- |
# | **A** | the gateway uses the *execution role* when it needs AWS resources |
# | **B** | you define flexible routing rules |
# | **C** | new models come in without work on roles and access controls |
# | **D** | the role sees to it that access rights are enforced |
# | **E** | monitoring shows whether all calls comply with the rules |
#
# It says nothing of the keys of the gateway's clients. Keep the five letters in mind; at the end each has a verdict.
#
# The gateway is the real thing, the proxy of LiteLLM, with a configuration of ours: [data/apps/llm-gateway](../data/apps/llm-gateway).
# The models are not. The sandbox authorizes and records each call as AWS does, and then a stand-in answers by a few rules;
# its answers begin with `[stand-in]`.
#
# ## Set up

# %% tags=["setup"]
import hashlib
import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import httpx
import pandas as pd

import rolelab
from rolelab.figures import DescribedFigure, request_paths
from rolelab.gateways.litellm import request_log
from rolelab.gateways.litellm.outside_provider import OutsideProvider
from rolelab.labs import as_role, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
s3, secrets = boto3.client("s3"), boto3.client("secretsmanager")
pd.set_option("display.max_colwidth", None)

# %% [markdown]
# Two roles as in every lesson: one for ECS, one for the program. The first helper gives a role one statement, the second
# writes the ARN of a model. A foundation model belongs to AWS, so its ARN has no account.


# %%
def allow(role, name, action, resource):
    """Give a role one inline policy with one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)
    )


def models(*names):
    """The ARNs of foundation models of Amazon Bedrock."""
    return [f"arn:aws:bedrock:{region}::foundation-model/{name}" for name in names]


PRO, LITE = "amazon.nova-pro-v1:0", "amazon.nova-lite-v1:0"
MICRO, HAIKU = "amazon.nova-micro-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for role in ("csecstaskexecutionrole", "gateway-task-role"):
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
iam.attach_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
models(LITE)

# %% [markdown]
# ### Keys for the clients
#
# Five programs will call the gateway. Each gets a key, a list of models, and perhaps a limit of requests a minute (`rpm`).
# The gateway is told the **hash** of each key only, so whoever reads its secret cannot call in a client's name.

# %%
clients = [
    {"name": "website", "models": ["nova-lite", "sentiment", "partner"]},
    {"name": "support", "models": ["nova-pro", "nova-lite", "research"]},
    {"name": "editor", "models": ["nova-pro", "claude-haiku"]},
    {"name": "batch", "models": ["reviews"], "rpm": 10},
    {"name": "intern", "models": ["nova-micro"]},
]
keys = {}
for client in clients:
    drawn = secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]
    keys[client["name"]] = f"sk-{drawn}"
    client["sha256"] = hashlib.sha256(keys[client["name"]].encode()).hexdigest()
client_list = secrets.create_secret(
    Name="llm-gateway/clients", SecretString=json.dumps(clients)
)["ARN"]

# %% [markdown]
# Two secrets more: the master key, for whoever runs the gateway, and the key of a model provider outside AWS.

# %%
master_key = secrets.create_secret(
    Name="llm-gateway/master-key",
    SecretString="sk-" + secrets.get_random_password()["RandomPassword"],
)["ARN"]
partner_key = secrets.create_secret(
    Name="PARTNER_API_KEY",
    SecretString=secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"],
)["ARN"]
allow("csecstaskexecutionrole", "master", "secretsmanager:GetSecretValue", [master_key])
allow(
    "gateway-task-role",
    "secrets",
    "secretsmanager:GetSecretValue",
    [client_list, partner_key],
)

# %% [markdown]
# Lesson 10 had two ways in for a secret, and here are both. The master key is *injected*, so the execution role reads it.
# LiteLLM *fetches* the other two itself, so the task role does.
#
# ### The container

# %%
boto3.client("ecr").create_repository(repositoryName="llm-gateway")
image = sandbox.push_image("llm-gateway:1.0", "../data/apps/llm-gateway")
logs.create_log_group(logGroupName="/ecs/llm-gateway")
s3.create_bucket(Bucket="bookshop-llm-log")
ecs.create_cluster(clusterName="bookshop")
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
partner = OutsideProvider()
container = {
    "name": "gateway",
    "image": image,
    "portMappings": [{"containerPort": 8000}],
    "secrets": [{"name": "LITELLM_MASTER_KEY", "valueFrom": master_key}],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/ecs/llm-gateway",
            "awslogs-region": region,
            "awslogs-stream-prefix": "llm",
        },
    },
}
variables = {
    "CLIENTS_SECRET": "llm-gateway/clients",
    "LOG_BUCKET": "bookshop-llm-log",
    "RESEARCH_ROLE": f"arn:aws:iam::{account}:role/research-role",
    "PARTNER_API_BASE": partner.url,
}


# %%
def start(config):
    """Run the gateway with one of its configurations, and give the task's ARN."""
    settings = {**variables, "CONFIG": config}
    environment = [{"name": name, "value": settings[name]} for name in settings]
    ecs.register_task_definition(
        family="llm-gateway",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="2048",
        executionRoleArn=f"arn:aws:iam::{account}:role/csecstaskexecutionrole",
        taskRoleArn=f"arn:aws:iam::{account}:role/gateway-task-role",
        containerDefinitions=[{**container, "environment": environment}],
    )
    ran = ecs.run_task(
        cluster="bookshop",
        taskDefinition="llm-gateway",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    return ran["tasks"][0]["taskArn"]


naive_task = start("naive.yaml")

# %% [markdown]
# LiteLLM needs some seconds to start. A client calls it as it would call OpenAI: a path, a key, a model, messages.


# %%
def connect(task):
    """A client of the gateway's address, once it listens."""
    address = sandbox.address(task, 8000, seconds=120)
    return httpx.Client(base_url=f"http://{address}", timeout=60, trust_env=False)


REVIEW = "What is the sentiment of this review: I loved the book"


def ask(client, model, text=REVIEW, **more):
    """Ask a model with the key of a client, or with any other text as a key."""
    return gateway.post(
        "/v1/chat/completions",
        headers={"Authorization": f"Bearer {keys.get(client, client)}"},
        json={"model": model, "messages": [{"role": "user", "content": text}], **more},
    )


def told(answer):
    """The status of an answer, and what it says."""
    if "json" not in answer.headers["content-type"]:
        return answer.status_code, "a stream"
    body = answer.json()
    if answer.is_success:
        return answer.status_code, body["choices"][0]["message"]["content"]
    # Around a sentence of AWS LiteLLM writes three of its own.
    said = re.search(r'"message": "(.+?)"', body["error"]["message"])
    return answer.status_code, said[1] if said else body["error"]["message"]


gateway = connect(naive_task)
gateway.base_url

# %% [markdown]
# ## A. Which role asks the model?
#
# We begin with the naive configuration, [naive.yaml](../data/apps/llm-gateway/naive.yaml): two models of Amazon Bedrock and
# the clients' keys. Nobody has been allowed to ask a model yet.
#
# **Predict.** `website` has a valid key, and `nova-lite` on its list. Will it get an answer, a 401 or a 403?

# %%
told(ask("website", "nova-lite"))

# %% [markdown]
# A 403 from AWS, passed on. Claim A says that the execution role is what counts, so let us do what the article says:

# %%
invoke = "bedrock:InvokeModel"
allow("csecstaskexecutionrole", "models", invoke, models(LITE, MICRO))
told(ask("website", "nova-lite"))[0]

# %%
rolelab.why()

# %% [markdown]
# Still denied, and the ARN in the message says who was asked about: a session of `gateway-task-role`. The execution role
# prepared the container and was never heard of again. Take the permission away from it and give it to the other:

# %%
iam.delete_role_policy(RoleName="csecstaskexecutionrole", PolicyName="models")
allow("gateway-task-role", "models", invoke, models(LITE, MICRO))
told(ask("website", "nova-lite"))

# %% [markdown]
# The client knows nothing of roles, and holds no AWS key. LiteLLM signed the call with the credentials of its task role,
# which it got from ECS, as in lesson 06. It called *Converse*, which "requires permission for the `bedrock:InvokeModel`
# action" (*Converse*, Amazon Bedrock API Reference).
#
# ## D. Two locks, and neither knows the other
#
# There are two decisions now. The gateway looks at a **key**, AWS at a **role**. Begin with the key.
#
# **Predict.** Three requests for `nova-lite`: one with a wrong key, one with the key of `website`, one with the key of
# `intern`, whose list has `nova-micro` only. Which are answered?

# %%
for key in ("sk-of-nobody", "website", "intern"):
    print(f"{key:12}", *told(ask(key, "nova-lite")))

# %% [markdown]
# The intern got an answer from a model that is not on its list. What does AWS know of the three?

# %%
trail = sandbox.trail.to_frame()
asked = trail[trail["event"] == "Converse"]
asked[["event", "user", "error"]].tail(2)

# %% [markdown]
# Two calls by the same session. The wrong key never came that far. The intern did, and to IAM it *is* the gateway: **a
# gateway's key is not an AWS identity**. All clients share one role, so that role must be allowed what any of them may ask,
# and no policy of it can tell them apart. Who may ask which model is the gateway's business alone.
#
# And this gateway does not mind it. It was given the list, and nobody told it to look. LiteLLM's documentation says so:
# with keys of your own (`custom_auth`) only the limits of a key are enforced, the list of models needs two flags
# (*Custom Auth*, LiteLLM docs).
#
# **Predict.** `naive.yaml` also says `rpm: 5` for `nova-micro`. The intern asks twelve times at once. How many are answered?


# %%
def at_once(client, model, count):
    """Ask many times at the same time, and count the statuses."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: ask(client, model), range(count)))
    return Counter(answer.status_code for answer in answers)


at_once("intern", "nova-micro", 12)

# %% [markdown]
# All of them. Without one more setting, a model's `rpm` only helps to choose between several models of one name. A number
# in a file is a wish; a refused request is a limit.
#
# ## Close the holes
#
# [config.yaml](../data/apps/llm-gateway/config.yaml) is the gateway as the bookshop runs it. It has more models, and three
# settings that close what you have just seen:
#
# | hole | setting | in |
# | --- | --- | --- |
# | a key's list of models | `enable_post_custom_auth_checks` | `litellm_settings` |
# | the same; it takes both | `custom_auth_run_common_checks` | `general_settings` |
# | a model's limit | `optional_pre_call_checks: [enforce_model_rate_limits]` | `router_settings` |
#
# It also writes its log to a bucket, so the task role needs one permission more. The naive gateway goes.

# %%
allow(
    "gateway-task-role",
    "log",
    "s3:PutObject",
    "arn:aws:s3:::bookshop-llm-log/requests/*",
)
allow("gateway-task-role", "models", invoke, models(PRO, LITE, MICRO, HAIKU))
task = start("config.yaml")
ecs.stop_task(cluster="bookshop", task=naive_task, reason="too trusting")
gateway = connect(task)

# %% [markdown]
# **Predict.** The intern again: its own model, then another's. Where will the second request be refused, and will the trail
# have it?

# %%
print(told(ask("intern", "nova-micro")))
told(ask("intern", "nova-lite"))

# %% [markdown]
# Refused at the first lock; AWS was not asked. Compare the two 403s you have had. This one speaks of an API key, the first one
# named a role and an action. In a chart of status codes they look alike, and they are mended in different places.
#
# Can the intern get round it? A request may name fallbacks of its own, a key may be one of yesterday, and LiteLLM has many
# paths besides chat, some of which reach a model by another way:

# %%
print(told(ask("intern", "nova-micro", fallbacks=["nova-lite"])))
print(told(ask("sk-of-yesterday", "nova-micro")))
as_intern = {"Authorization": f"Bearer {keys['intern']}"}
past_the_list = f"/bedrock/model/{LITE}/converse"
told(gateway.post(past_the_list, headers=as_intern, json={}))

# %% [markdown]
# Three doors, three refusals. [client_keys.py](../data/apps/llm-gateway/client_keys.py) leaves clients the two paths that they
# need.
#
# ### Limits
#
# **Predict.** `batch` may ask 10 times a minute and asks 15 times at once. `editor` has no limit of its own, and asks
# `claude-haiku` 45 times, a model with `rpm: 20`. How many does each get?

# %%
print("batch: ", at_once("batch", "reviews", 15))
print("editor:", at_once("editor", "claude-haiku", 45))
refused = ask("batch", "reviews")
refused.status_code, refused.headers["retry-after"]

# %% [markdown]
# Ten for the key, exactly, and a 429 that says in how many seconds to come back. Run the cell again before that, and `batch`
# gets none. A model's limit counts in minutes of the clock, so you see 20, or more if the minute turned over just then.
#
# The counters are in the memory of this one container. Two copies of the gateway would let through twice as much, unless
# they share a store.
#
# ## B. Route by name
#
# `reviews` was an **alias**, another name for `nova-lite`. `sentiment` is one name for two models, nine parts to one.
#
# **Predict.** The website asks `sentiment` fifty times. Which models must the *role* be allowed to invoke?

# %%
answers = [ask("website", "sentiment") for _ in range(50)]
Counter(answer.headers["x-litellm-model-name"] for answer in answers)

# %% [markdown]
# Every model that may come up, even the rare one: the client asks for a name, the role is asked about the model behind it.
# Without `nova-lite` about one request in ten would fail, which is a nasty thing to search for. Claim B holds, and the
# routing rules have to be read together with the role's policy.
#
# ## C. A new model, and nothing to do for roles?
#
# `research` is Nova Pro, called as *another role*, so that its use is told apart, or paid for by another account. The next
# cell makes that role. Its trust policy names the gateway's task role, and within one account that is enough to be let in
# (lesson 04); across accounts the task role would need `sts:AssumeRole`, too.

# %%
trust_gateway = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{account}:role/gateway-task-role"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:RoleSessionName": "llm-gateway"}},
}
iam.create_role(
    RoleName="research-role",
    AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [trust_gateway]}
    ),
)["Role"]["Arn"]

# %% [markdown]
# **Predict.** The model is in the YAML, `support` has it on its list, and `gateway-task-role` may invoke Nova Pro. Will it
# answer?

# %%
told(ask("support", "research"))

# %% [markdown]
# **1.** Read in the message who was denied, and let `research` answer. Nova Pro only.

# %% tags=["stub"]
# allow(..., "research", invoke, ...)

# %% tags=["answer"]
allow("research-role", "research", invoke, models(PRO))

# %% tags=["check"]
with your_turn("the model research answers, and its role reaches no other model"):
    answer = ask("support", "research")
    assert answer.is_success, told(answer)[1]
    as_role("research-role").denied(invoke, models(HAIKU)[0])

# %% [markdown] tags=["hint"]
# The session in the message is `research-role/llm-gateway`: the gateway had stepped into that role, and what its own role
# may do counts no more.

# %% [markdown]
# So claim C is half true. A model is a few lines of YAML, offered at once; and it is a denial until a role says otherwise.
# The same goes for a new way of asking:
#
# **Predict.** The website wants words as they come, `stream=True`, from `nova-lite`, which it may ask and the role may
# invoke.

# %%
told(ask("website", "nova-lite", stream=True))

# %% [markdown]
# Streaming is an action of its own (*ConverseStream*, Amazon Bedrock API Reference).
#
# **2.** Let the gateway stream `nova-lite`, and no other model.

# %% tags=["stub"]
# allow("gateway-task-role", "stream", ...)

# %% tags=["answer"]
stream = "bedrock:InvokeModelWithResponseStream"
allow("gateway-task-role", "stream", stream, models(LITE))

# %% tags=["check"]
with your_turn("the gateway streams nova-lite, and only that"):
    answer = ask("website", "nova-lite", stream=True)
    assert answer.is_success, told(answer)[1]
    task_role = as_role("gateway-task-role")
    task_role.denied("bedrock:InvokeModelWithResponseStream", models(PRO)[0])

# %% [markdown] tags=["hint"]
# The denial names the action, and `models(LITE)` is the resource. Give the policy a name of its own, or it replaces another.

# %% [markdown]
# ### A model outside AWS
#
# `partner` is a model of another company. No role opens that door, only a key. A small server in this notebook plays the
# company, and shows what it was sent.
#
# **Predict.** The client sends its own key to the gateway. Which key arrives at the partner? And where has the gateway
# got it from: the YAML, a variable, the client?

# %%
print(told(ask("website", "partner")))
kept = secrets.get_secret_value(SecretId="PARTNER_API_KEY")["SecretString"]
sent = partner.authorizations[-1]
{
    "the website's": keys["website"] in sent,
    "the secret's": sent == f"Bearer {kept}",
}

# %% [markdown]
# The website never sees the partner's key, and the partner never sees the website's. The trail knows who read which secret:

# %%
trail = sandbox.trail.to_frame()
reads = trail[trail["event"] == "GetSecretValue"]
pd.DataFrame(
    {
        "who": reads["user"].str.partition("/")[0],
        "secret": [each["secretId"].rpartition(":")[2] for each in reads["request"]],
    }
).drop_duplicates()

# %% [markdown]
# The execution role read the master key, the task role the other two, at start; the last line is you. After a rotation the
# gateway needs a restart, as any program that reads a secret once (lesson 10).
#
# ## The day the role is scoped down
#
# `support` and `editor` sum up letters with Nova Pro. Here is a morning of `support`.

# %%
LETTER = (
    "Please write a summary of this letter: The parcel came on Monday and the book was "
    "damaged. I wrote to you twice and nobody answered. I would like a new copy of "
    "Persuasion before the birthday of my sister, or the price of it back, and I would "
    "like to know how the parcel could be sent without any paper around the book."
)


def letters(count):
    """Let support sum up letters, four at a time."""
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, "support", "nova-pro", LETTER) for _ in range(count)]
    return [each.result() for each in asked]


morning = letters(12)
Counter(answer.headers["x-litellm-model-name"] for answer in morning)

# %% [markdown]
# At noon the security team tidies up: nobody could say who needs Nova Pro, so it goes from the task role. The configuration
# says `fallbacks: nova-pro: [nova-lite]`. On its list of models `support` has both, `editor` has Nova Pro only.
#
# **Predict.** Which of the two notices in the afternoon?

# %%
allow("gateway-task-role", "models", invoke, models(LITE, MICRO, HAIKU))
afternoon = letters(12)
print(Counter(answer.status_code for answer in afternoon))
told(ask("editor", "nova-pro", LETTER))

# %%
rolelab.why()

# %% [markdown]
# `editor` does, and will call somebody. `support` got twelve answers, from which model?

# %%
headers = ["x-litellm-model-name", "x-litellm-attempted-fallbacks"]
Counter(tuple(answer.headers[name] for name in headers) for answer in afternoon)

# %% [markdown]
# From Nova Lite. IAM denied each request once, and the gateway asked again with the other model. The list of a key holds for
# fallbacks, too, so `editor` got none.
#
# A fallback turns an outage into a silent loss of quality, and a denial is an outage to it. Only two headers tell, to whoever
# looks at them.
#
# **Predict.** The team goes on and takes `nova-lite`, too. Now?

# %%
allow("gateway-task-role", "models", invoke, models(MICRO, HAIKU))
told(ask("support", "nova-pro", LETTER))

# %% [markdown]
# With no model left, the last denial goes to the client, and with it your account number and the name of your role.
# Between programs of one company that helps. A gateway for strangers should answer with less.
#
# ## E. Read two logs as one
#
# `nova-lite` comes back, and a last request closes the day. Now the owner of the gateway wants to know who spent what, and
# what was denied. The gateway writes a line for each call of a model and for each refusal.

# %%
allow("gateway-task-role", "models", invoke, models(LITE, MICRO, HAIKU))
last = ask("website", "nova-lite")


def read_log(*tasks):
    """The request log of gateways, once the last request is in it."""
    streams = [f"llm/gateway/{task.rpartition('/')[2]}" for task in tasks]
    pages = logs.get_paginator("filter_log_events")
    for _ in range(300):
        found = pages.paginate(logGroupName="/ecs/llm-gateway", logStreamNames=streams)
        messages = [each["message"] for page in found for each in page["events"]]
        if any(last.headers["x-litellm-call-id"] in each for each in messages):
            return request_log.to_frame(messages)
        time.sleep(0.2)
    raise TimeoutError("The last request is not in the log after a minute.")


requests = read_log(task)
columns = ["client", "asked", "model", "status", "prompt_tokens", "cost"]
requests[columns].tail(5)

# %% [markdown]
# Read the rows from below: the last request, the letter that was denied by both models, the editor's letter, and two answers
# of the afternoon. A request that falls back has two lines with one `request_id`. If the second model is denied as well, it
# has one: LiteLLM writes one failure a request, and only CloudTrail has both calls.
#
# No line holds a prompt, an answer or a key. A client is known by its name and the hash of its key.
#
# **Predict.** Five clients. Who sends most of the requests that were answered, and who causes most of the bill?

# %%
answered = requests[requests["status"] == 200].groupby("client")
bill = pd.DataFrame(
    {
        "requests": answered.size(),
        "tokens": answered["prompt_tokens"].sum() + answered["completion_tokens"].sum(),
        "microdollars": (answered["cost"].sum() * 1e6).round(1),
        "a request": (answered["cost"].mean() * 1e6).round(1),
    }
).sort_values("microdollars")
bill

# %%
shares = bill[["requests", "microdollars"]] / bill[["requests", "microdollars"]].sum()
top = shares.iloc[-1]
title = (
    f"{top.name}: {top['requests']:.0%} of the requests, {top.iloc[1]:.0%} of the bill"
)
each = [f"{name} {a:.0%} and {b:.0%}" for name, a, b in shares.itertuples()]
picture = DescribedFigure(
    f"{title}. Share of requests and of the bill: {'; '.join(each)}.", height=3.2
)
axes = picture.subplots()
for column, up, colour, hatch in (
    ("requests", 0.2, "#BBBBBB", ""),
    ("microdollars", -0.2, "#56B4E9", "//"),
):
    places = [row + up for row in range(len(shares))]
    bars = axes.barh(places, shares[column], 0.38, color=colour, hatch=hatch)
    words = {"requests": "requests", "microdollars": "bill"}[column]
    axes.bar_label(bars, [f" {share:.0%} of the {words}" for share in shares[column]])
axes.set_yticks(range(len(shares)), shares.index)
axes.set_xlim(0, 1.25)
axes.set_xticks([])
axes.tick_params(left=False)
axes.spines[:].set_visible(False)
axes.set_title(title, loc="left", weight="bold")
picture.set_layout_engine("constrained")
picture

# %% [markdown]
# `support` sends long letters to the dearest model. That may be why somebody scoped it down, and now you could have told them
# who needs it.
#
# Look at `editor`, too: twenty answers, and not a cent. The prices are those of LiteLLM's own list, and Claude 3 Haiku in this
# Region is not on it. A price that nobody knows is written as 0, so look for it before you trust a sum:

# %%
free = requests[(requests["status"] == 200) & (requests["cost"] == 0)]
list(free["model"].unique())

# %% [markdown]
# ### Ask CloudTrail the same
#
# **Predict.** CloudTrail records each call of Amazon Bedrock (*Monitor Amazon Bedrock API calls using CloudTrail*). Can it say
# what each *client* did?

# %%
trail = sandbox.trail.to_frame()
calls = trail[trail["event"].isin(["Converse", "ConverseStream"])]
calls.assign(
    role=calls["user"].str.partition("/")[0], error=calls["error"].fillna("-")
)[["role", "event", "error"]].value_counts()

# %% [markdown]
# It knows roles, and the clients are none. The gateway's log knows clients, and no roles. What they share is one id. Amazon
# Bedrock answers each call with a request id; CloudTrail keeps it as `requestID`, and the gateway's line as
# `aws_request_id`. So the two can be joined, call by call:

# %%
joined = request_log.with_trail(requests, trail)
wanted = afternoon[0].headers["x-litellm-call-id"]
story = ["client", "asked", "model", "role", "event", "aws_error", "cost"]
joined.loc[joined["request_id"] == wanted, story]

# %% [markdown]
# One letter, two lines: who asked, with whose key, as which role, what AWS said, what it cost. The whole day as a picture:

# %%
request_paths(joined)

# %% [markdown]
# Read it from the left. The keys go through the first lock one by one. Behind it all but two lines are one role, which the second
# lock lets through or not, without knowing for whom. What the first lock refuses, CloudTrail never sees; the partner's model, it
# never sees either.
#
# Two numbers belong on a dashboard. Refusals of the gateway are a matter for the client. Refusals of AWS are a matter for
# the owner, because the role and the routing rules do not agree:

# %%
denied = joined[joined["aws_error"].notna()]
denied = denied.assign(role=denied["role"].str.partition("/")[0])
denied.groupby(["role", "model", "event"])["client"].agg(["size", "unique"])

# %% [markdown]
# ### A copy in a bucket
#
# Lines in a log group are for today. For the months to come LiteLLM also keeps one object for each call in a bucket, and the
# task role may only add to it: neither read nor delete.
#
# **Predict.** Here is the record of a letter of the morning. Does it have the parcel in it?


# %%
def stored(answer):
    """Key and text of the record of one answer, once LiteLLM has written it."""
    pages = s3.get_paginator("list_objects_v2")
    for _ in range(300):
        for page in pages.paginate(Bucket="bookshop-llm-log"):
            for each in page.get("Contents", []):
                if answer.json()["id"] in each["Key"]:
                    kept = s3.get_object(Bucket="bookshop-llm-log", Key=each["Key"])
                    return each["Key"], kept["Body"].read().decode()
        time.sleep(0.2)
    raise TimeoutError("The record is not in the bucket after a minute.")


key, record = stored(morning[0])
fields = ["id", "model", "total_tokens", "response_cost", "messages"]
print(key, "- the parcel is in it:", "parcel" in record)
{name: json.loads(record)[name] for name in fields}

# %% [markdown]
# It does not: `turn_off_message_logging: true`. Without that line prompts and answers would be in the bucket, customers' names
# and all, and everybody who may read the bucket could read them.
#
# ### What goes past the gateway
#
# Somebody had no patience for it:

# %%
iam.create_user(UserName="reports")
ask_pro = {"Effect": "Allow", "Action": invoke, "Resource": models(PRO)}
iam.put_user_policy(
    UserName="reports",
    PolicyName="models",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ask_pro]}),
)
access = iam.create_access_key(UserName="reports")["AccessKey"]
own_way = boto3.Session(access["AccessKeyId"], access["SecretAccessKey"])
for _ in range(3):
    own_way.client("bedrock-runtime").converse(
        modelId=PRO, messages=[{"role": "user", "content": [{"text": LETTER}]}]
    )

# %% [markdown]
# **3.** No gateway has a line of these calls. Find them: `past` shall be the rows of `calls` that no gateway knows of. `calls` has
# what a model answered today, `known` the lines of both gateways.

# %%
trail = sandbox.trail.to_frame()
calls = trail[trail["event"].isin(["Converse", "ConverseStream"])]
calls = calls[calls["error"].isna()]
calls = calls.assign(id=[record["requestID"] for record in calls["record"]])
known = read_log(naive_task, task)

# %% tags=["stub"]
# past = calls[...]

# %% tags=["answer"]
past = calls[~calls["id"].isin(known["aws_request_id"])]
past[["time", "user", "event"]]

# %% tags=["check"]
with your_turn("three calls went past the gateway, and you know by whom"):
    assert len(past) == 3, f"past has {len(past)} rows."
    assert set(past["user"]) == {"reports"}, set(past["user"])

# %% [markdown] tags=["hint"]
# `calls["id"].isin(known["aws_request_id"])` says for each row whether a gateway knows it. `~` turns that round.

# %% [markdown]
# A gateway watches what goes through it. That nothing goes past it is again the business of IAM: a service control policy
# (lesson 08) that denies `bedrock:InvokeModel*` to all principals but the gateway's roles.
#
# ## Which role needs what
#
# | role | may | because |
# | --- | --- | --- |
# | `csecstaskexecutionrole` | pull the image, write the log, read the master key | ECS starts the container |
# | `gateway-task-role` | `bedrock:InvokeModel` on each model, `bedrock:InvokeModelWithResponseStream` where a client streams | the gateway calls |
# | | `secretsmanager:GetSecretValue` on two secrets | clients' hashes, the partner's key |
# | | `s3:PutObject` below `requests/` | it adds to its log, and cannot read it |
# | `research-role` | `bedrock:InvokeModel` on one model; trusts the task role | a use of its own, told apart |
# | the clients | nothing | a gateway's key is all they have |
#
# ## The verdicts
#
# | | claim | verdict |
# | --- | --- | --- |
# | **A** | the execution role reaches AWS for the gateway | no: it prepares the container. The **task role** calls |
# | **B** | flexible routing rules | yes; each model behind a name, fallbacks too, must be allowed to the role |
# | **C** | new models without work on roles | half: YAML offers a model, a role opens it |
# | **D** | the role enforces the access rights | it limits the gateway. Among clients the **gateway** must enforce, and did not by itself |
# | **E** | monitoring shows whether all calls comply | the gateway's log knows keys, CloudTrail knows roles; joined they do, and only CloudTrail sees who goes past |
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | keep the gateway running | Amazon ECS, the cluster, **Services**, **Create** | `aws ecs create-service --cluster bookshop --service-name llm-gateway --task-definition llm-gateway --desired-count 2 ...` |
# | scope the task role | IAM, the role, **Add permissions**, **Create inline policy** | `aws iam put-role-policy --role-name gateway-task-role --policy-name models --policy-document file://models.json` |
# | see the calls of models | CloudTrail, **Event history**, event name `Converse` | `aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=Converse` |
# | search the request log | CloudWatch, **Log groups**, the group, search its events | `aws logs filter-log-events --log-group-name /ecs/llm-gateway --filter-pattern '{ $.status = 403 }'` |
#
# - Before the gateway stands a load balancer with an HTTPS listener (lesson 10); here you spoke HTTP on your own machine.
# - Models of other makers are subscribed to at their first call, which needs permissions of AWS Marketplace; Anthropic also
#   asks each new customer for a form (*Request access to models*).
# - Many newer models are called through an inference profile. Then the policy names the profile *and* the model in each
#   Region that the profile leads to (*Prerequisites for inference profiles*).
# - Amazon Bedrock can log prompts and answers itself. "Model invocation logging is disabled by default" (*Monitor model
#   invocation using CloudWatch Logs and Amazon S3*).
# - With a database LiteLLM hands out keys of its own and keeps budgets; here the clients' keys come from a secret.
#
# What the sandbox leaves out: models that think, the quotas of Amazon Bedrock, and the minutes until CloudTrail has an event.
#
# ## What to keep
#
# - A gateway's key is not an AWS identity. Two locks: the key at the gateway, the role at AWS. A 403 can come from either.
# - The task role gets each model that the routing can reach, action by action, and nothing more. Test each limit by a request
#   that must be refused.
# - A fallback hides a denial from the client, so watch for it in the joined logs.
#
# In this notebook we have put a gateway on a task role and followed requests through both locks. In lab 7 another gateway
# has holes, and you close them. Lesson 13 reads a whole month of the trail.
