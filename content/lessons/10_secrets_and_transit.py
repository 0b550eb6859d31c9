# %% [markdown]
# # Hand over secrets, encrypt what travels, and audit it all
#
# A password has to reach the container, stay fresh, and cross a network that others use too. At the end you measure the
# whole account against the three lines that the article of lesson 02 calls best practice.
#
# | | |
# | --- | --- |
# | **You'll do** | bring a secret in by two ways, rotate it with a function, serve HTTPS from a container, forbid plain HTTP on a bucket, and write an audit |
# | **You'll learn** | to say which role reads a secret and when it grows stale, to read a failed TLS handshake, to enforce `aws:SecureTransport`, and to back a finding with evidence |
# | **You'll need** | lessons 05, 06 and 09; 50 minutes |

# %% [markdown]
# ## Set up
#
# The orders service once more. Its execution role may pull images and write logs, and reads no secret yet. The helpers
# are those of lesson 06.

# %% tags=["setup"]
import hashlib
import http.client
import io
import json
import re
import socket
import ssl
import tempfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pandas as pd
import trustme
from botocore.exceptions import ClientError

import rolelab
from rolelab.labs import as_role, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
s3, ssm, kms = boto3.client("s3"), boto3.client("ssm"), boto3.client("kms")
secrets, functions = boto3.client("secretsmanager"), boto3.client("lambda")
dynamodb = boto3.client("dynamodb")
pd.set_option("display.max_colwidth", None)

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for role in ("csecstaskexecutionrole", "orders-task-role"):
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
launching = json.loads(Path("../data/policies/orders-execution.json").read_text())
launching["Statement"] = [
    each for each in launching["Statement"] if each["Sid"] != "ReadTheOrdersSecret"
]
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="orders",
    PolicyDocument=json.dumps(launching),
)
[each["Sid"] for each in launching["Statement"]]

# %%
boto3.client("ecr").create_repository(repositoryName="orders")
keyring = sandbox.push_image("orders:keyring", "../data/apps/keyring")
logs.create_log_group(logGroupName="/ecs/orders")
ecs.create_cluster(clusterName="bookshop")
subnets = [
    each["SubnetId"] for each in boto3.client("ec2").describe_subnets()["Subnets"]
]


# %%
def allow(role, name, action, resource="*"):
    """Give a role one inline policy with one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)
    )


def register(family, image, **container):
    """Register a task definition with one container, app, for the two roles."""
    options = {
        "awslogs-group": "/ecs/orders",
        "awslogs-region": region,
        "awslogs-stream-prefix": "orders",
    }
    log = {"logDriver": "awslogs", "options": options}
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{account}:role/csecstaskexecutionrole",
        taskRoleArn=f"arn:aws:iam::{account}:role/orders-task-role",
        containerDefinitions=[
            {"name": "app", "image": image, "logConfiguration": log, **container}
        ],
    )


# %%
def run(family, wait="tasks_stopped", command=None):
    """Run one task, wait, and give it as describe_tasks does."""
    override = {"name": "app", "command": command} if command else {"name": "app"}
    arn = ecs.run_task(
        cluster="bookshop",
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets[:1]}},
        overrides={"containerOverrides": [override]},
        enableExecuteCommand=True,
    )["tasks"][0]["taskArn"]
    waiter = ecs.get_waiter(wait)
    waiter.wait(cluster="bookshop", tasks=[arn], WaiterConfig={"Delay": 0.2})
    return ecs.describe_tasks(cluster="bookshop", tasks=[arn])["tasks"][0]


def printed(task):
    """What the container of a task wrote to its log."""
    stream = f"orders/app/{task['taskArn'].rsplit('/', 1)[-1]}"
    events = logs.get_log_events(
        logGroupName="/ecs/orders", logStreamName=stream, startFromHead=True
    )["events"]
    return [event["message"] for event in events]


# %% [markdown]
# ## Two ways in
#
# Two secrets wait for the container: the database password, in Secrets Manager, and the key of the mail provider, in
# Parameter Store as a `SecureString`. Nobody types them: Secrets Manager draws random ones.

# %%
password = secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]
orders_db = secrets.create_secret(
    Name="orders/db",
    SecretString=json.dumps({"username": "orders_app", "password": password}),
)["ARN"]
ssm.put_parameter(
    Name="/orders/mail-key",
    Type="SecureString",
    Value=secrets.get_random_password()["RandomPassword"],
)
mail_key = f"arn:aws:ssm:{region}:{account}:parameter/orders/mail-key"

# %% [markdown]
# | | injected | fetched |
# | --- | --- | --- |
# | who reads it | the **execution role**, before the program starts | the **task role**, whenever the program asks |
# | where it is then | in a variable of the container | in the program's memory |
# | what names it | `secrets` of the container definition | a line of code |
#
# [data/apps/keyring/app.py](../data/apps/keyring/app.py) uses both ways for both secrets. It prints a fingerprint of each,
# eight digits of a hash, and never the secret itself: what a container prints ends in a log.

# %%
register(
    "keyring",
    keyring,
    secrets=[
        {"name": "DB_PASSWORD", "valueFrom": f"{orders_db}:password::"},
        {"name": "MAIL_KEY", "valueFrom": mail_key},
    ],
)

# %% [markdown]
# **Predict.** Neither role may read anything yet, and four readings are ahead: two injected, two fetched. Which is the
# first to fail, and where will the denial be: in `stoppedReason` or in the log?

# %%
print(run("keyring")["stoppedReason"])

# %%
rolelab.why()

# %% [markdown]
# The injected secret, before the program ran. Grant it to the execution role, and it will stumble over the parameter:

# %%
allow("csecstaskexecutionrole", "db", "secretsmanager:GetSecretValue", orders_db)
print(run("keyring")["stoppedReason"])

# %% [markdown]
# To inject a parameter takes `ssm:GetParameters`, with an *s* (*Amazon ECS task execution IAM role*).
#
# **Predict.** With it the program starts, and holds both secrets as variables. Then it asks for the same password itself.
# Will it be told?

# %%
allow("csecstaskexecutionrole", "mail", "ssm:GetParameters", mail_key)
started = run("keyring")
print(started["stopCode"], *printed(started)[:2], printed(started)[-1], sep="\n")

# %%
rolelab.why()

# %% [markdown]
# Two ways, two roles: the execution role's permission does nothing for the program. This is the question that fills the
# forums, *I granted GetSecretValue, why is it denied?* The name behind `assumed-role/` answers it.

# %%
allow("orders-task-role", "db", "secretsmanager:GetSecretValue", orders_db)
started = run("keyring")
print(printed(started)[-1])

# %% [markdown]
# **1.** One reading is left. Let the *program* read the mail key. Copy the action from the denial, and compare it with the
# one that the execution role has.

# %% tags=["stub"]
# allow("orders-task-role", "mail", ...)

# %% tags=["answer"]
allow("orders-task-role", "mail", "ssm:GetParameter", mail_key)

# %% tags=["check"]
program = as_role("orders-task-role")
with your_turn("the program fetches both secrets, and no other parameter"):
    ended = run("keyring")
    assert ended["containers"][0]["exitCode"] == 0, printed(ended)[-1]
    print(*printed(ended), sep="\n")
    program.denied("ssm:GetParameter", mail_key.replace("orders/mail", "payroll/mail"))

# %% [markdown] tags=["hint"]
# The program calls `get_parameter`, which asks for `ssm:GetParameter`, without an *s*. The ARN is in `mail_key`.

# %% [markdown]
# Neither role needed a permission of KMS: both secrets are under AWS managed keys. That is also a warning. The key
# `aws/ssm` lets every principal of the account decrypt (*Restricting decryption of SecureString parameter values*), so the
# only lock left is the permission on the parameter. Under a key of your own, lesson 09, there are two.
#
# The next parts need the last permission whether or not you found it, and a door into a running container:

# %%
allow("orders-task-role", "mail", "ssm:GetParameter", mail_key)
channels = ("CreateControlChannel", "CreateDataChannel")
channels += ("OpenControlChannel", "OpenDataChannel")
allow("orders-task-role", "exec", [f"ssmmessages:{each}" for each in channels])

stay = ["python", "-c", "import time; time.sleep(900)"]
long_running = run("keyring", wait="tasks_running", command=stay)["taskArn"]


def ask_keyring():
    """Run the keyring inside the container that keeps running, and give its output."""
    answer = ecs.execute_command(
        cluster="bookshop",
        task=long_running,
        interactive=True,
        command="python app.py",
    )
    lines = sandbox.exec_output(answer).splitlines()
    return dict(line.split(" = ") for line in lines)


before = ask_keyring()
before

# %% [markdown]
# ## Rotate with a function
#
# A password that is never changed is known to more people every year. Secrets Manager changes it with a Lambda function
# that it calls four times (*Rotation by Lambda function*):
#
# | step | what the function does | with which calls |
# | --- | --- | --- |
# | `createSecret` | keeps a new password as a version labelled `AWSPENDING` | GetRandomPassword, PutSecretValue |
# | `setSecret` | tells the database | those of the database |
# | `testSecret` | tries the new password | those of the database |
# | `finishSecret` | moves `AWSCURRENT` to the new version; the old one becomes `AWSPREVIOUS` | UpdateSecretVersionStage |
#
# The sandbox runs no database. The table `db-users` plays its part: it keeps a hash of each user's password, as databases
# do.

# %%
dynamodb.create_table(
    TableName="db-users",
    KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "user", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
hashed = hashlib.sha256(password.encode()).hexdigest()
orders_app = {"user": {"S": "orders_app"}, "hash": {"S": hashed}}
dynamodb.put_item(TableName="db-users", Item=orders_app)


def database_takes(fingerprint):
    """Whether the database accepts the password with this fingerprint."""
    key = {"user": {"S": "orders_app"}}
    kept = dynamodb.get_item(TableName="db-users", Key=key)["Item"]["hash"]["S"]
    return "accepted" if kept.startswith(fingerprint) else "refused"


database_takes(before["injected DB_PASSWORD"])

# %% [markdown]
# This is the function, [data/functions/rotate-password/app.py](../data/functions/rotate-password/app.py). It runs as a role
# of its own.

# %%
rotation_code = Path("../data/functions/rotate-password/app.py").read_text()
print(rotation_code[rotation_code.index("def create_secret") :])

# %%
lambda_trust = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
rotator = iam.create_role(
    RoleName="rotate-orders-db",
    AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [lambda_trust]}
    ),
)["Role"]["Arn"]
package = io.BytesIO()
with zipfile.ZipFile(package, "w") as archive:
    archive.writestr("app.py", rotation_code)
function = functions.create_function(
    FunctionName="rotate-orders-db",
    Runtime="python3.12",
    Handler="app.handler",
    Role=rotator,
    Code={"ZipFile": package.getvalue()},
    Timeout=30,
)["FunctionArn"]

# %% [markdown]
# Its role gets what AWS lists for rotation functions (*Lambda rotation function execution role permissions for AWS Secrets
# Manager*), and a log.

# %%
allow(
    "rotate-orders-db",
    "secret",
    [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ],
    orders_db,
)
allow("rotate-orders-db", "random", "secretsmanager:GetRandomPassword")
allow(
    "rotate-orders-db",
    "log",
    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/rotate-orders-db:*",
)
rotate = {
    "SecretId": "orders/db",
    "RotationLambdaARN": function,
    "RotationRules": {"AutomaticallyAfterDays": 30},
}

# %% [markdown]
# **Predict.** You are an administrator and start the rotation. Who calls the function: you, the function's role, or
# somebody else?

# %%
try:
    secrets.rotate_secret(**rotate)
except ClientError as error:
    print(error)

# %%
rolelab.why()

# %% [markdown]
# A service calls it, in its own name, so your permissions do not count. The function's own policy has to let it in, and
# `SourceAccount` keeps out Secrets Manager working for somebody else: the confused deputy of lesson 07.

# %%
functions.add_permission(
    FunctionName="rotate-orders-db",
    StatementId="secrets-manager",
    Action="lambda:InvokeFunction",
    Principal="secretsmanager.amazonaws.com",
    SourceAccount=account,
)
secrets.rotate_secret(**rotate)["ResponseMetadata"]["HTTPStatusCode"]


# %% [markdown]
# 200. **Predict.** Has the password changed? Look at the labels of the versions before you believe it.


# %%
def versions():
    """The labels of the secret's versions, by the first digits of the version's id."""
    found = secrets.describe_secret(SecretId="orders/db")["VersionIdsToStages"]
    return {version[:8]: stages for version, stages in found.items()}


versions()

# %%
rolelab.why()

# %% [markdown]
# It has not. `rotate_secret` only *starts* a rotation. The function made a password, kept it as `AWSPENDING`, and was
# denied when it wanted to tell the database. Nothing broke: everybody still reads `AWSCURRENT`, which the database still
# takes. That is what the four steps are for. It also means that a rotation can fail for months in silence; its only traces
# are the label, the function's log and the trail.

# %%
allow(
    "rotate-orders-db",
    "users",
    ["dynamodb:PutItem", "dynamodb:GetItem"],
    f"arn:aws:dynamodb:{region}:{account}:table/db-users",
)
try:
    secrets.rotate_secret(SecretId="orders/db")
except ClientError as error:
    print(error)

# %% [markdown]
# A label `AWSPENDING` on its own looks like a rotation that is still going on (*RotateSecret*). Take it off the half-made
# version and start again:

# %%
found = secrets.describe_secret(SecretId="orders/db")["VersionIdsToStages"]
pending = next(each for each, stages in found.items() if "AWSPENDING" in stages)
secrets.update_secret_version_stage(
    SecretId="orders/db", VersionStage="AWSPENDING", RemoveFromVersionId=pending
)
secrets.rotate_secret(SecretId="orders/db")
versions()

# %% [markdown]
# ### What the running container knows
#
# The container of before is still running. It was started with the old password in a variable.
#
# **Predict.** For each of its four values: the old one or the new one?

# %%
after = ask_keyring()
pd.DataFrame({"before the rotation": before, "after": after}).assign(
    verdict=["same" if before[name] == after[name] else "new" for name in before]
)

# %% [markdown]
# The fetched password is new, the injected one is not: it was copied into the container when that started, and "if the
# secret is subsequently updated or rotated, the container will not receive the updated value automatically" (*Pass Secrets
# Manager secrets through Amazon ECS environment variables*). What is that copy worth? Ask the database.

# %%
stale, fresh = "injected DB_PASSWORD", "fetched orders/db"
{name: database_takes(after[name]) for name in (stale, fresh)}

# %% [markdown]
# The next connection with the injected password is refused. A **new** task gets the new value; for a service that is
# `update_service(forceNewDeployment=True)`. The old value is not gone either, and whoever may read the secret may ask for it
# by its label:

# %%
previous = secrets.get_secret_value(SecretId="orders/db", VersionStage="AWSPREVIOUS")
ecs.stop_task(cluster="bookshop", task=long_running)
in_a_new_task = printed(run("keyring"))[0].rpartition(" ")[2]
{
    "AWSPREVIOUS is the first password": password in previous["SecretString"],
    "injected into a new task": database_takes(in_a_new_task),
}

# %% [markdown]
# So: inject what seldom changes and is read once; fetch what rotates, and fetch again when it is refused.
#
# ## TLS, for real
#
# The shop gets a server of its own. To serve HTTPS it needs a certificate, which everybody may see, and the key that belongs
# to it, which nobody may. Certificates are signed by an **authority**; here is one, made by the library trustme.

# %%
authority = trustme.CA(organization_name="Bookshop")
NAME = "orders.bookshop.example"


def identity(signed_by, *names, **more):
    """A certificate and its key, as the JSON text of a secret."""
    issued = signed_by.issue_cert(*names, **more)
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems).decode()
    key = issued.private_key_pem.bytes().decode()
    return json.dumps({"certificate": chain, "key": key})


tls = secrets.create_secret(Name="orders/tls", SecretString=identity(authority, NAME))[
    "ARN"
]
allow("csecstaskexecutionrole", "tls", "secretsmanager:GetSecretValue", tls)

# %% [markdown]
# The image holds no key, so it can be copied and scanned by anyone. The key is injected, as the password was.
# [data/apps/tls-shop/app.py](../data/apps/tls-shop/app.py) is the server. It listens on port 8443, on AWS of the task's own
# address. Here a port of your machine stands for that one, and `sandbox.address` tells which.

# %%
shop_image = sandbox.push_image("orders:tls", "../data/apps/tls-shop")
serving = {
    "portMappings": [{"containerPort": 8443}],
    "secrets": [{"name": "TLS_IDENTITY", "valueFrom": tls}],
}
register("tls-shop", shop_image, **serving)


def serve(family="tls-shop"):
    """Start a server in a container; give its task, and its port on this machine."""
    task = run(family, wait="tasks_running")
    address = sandbox.address(task["taskArn"])
    return task, int(address.rpartition(":")[2])


shop, port = serve()
port

# %% [markdown]
# And the client. A **context** says whom it trusts, and `server_hostname` whom it wants to talk to. In production the name
# also leads to the address, by DNS; here the address is loopback, and the name is only checked.


# %%
tries = []


def ask(what, context, port, name=NAME):
    """Ask the shop for its orders over TLS, and note what came of it."""
    request = f"GET /orders HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            secured.sendall(request.encode())
            answer = http.client.HTTPResponse(secured)
            answer.begin()
            outcome = f"{secured.version()}: {answer.read().decode()}"
    except (ssl.SSLError, ConnectionError) as error:
        outcome = f"{type(error).__name__}: {error}"
    tries.append({"try": what, "outcome": outcome.partition(" (_ssl.c")[0]})
    return tries[-1]["outcome"]


trusting = ssl.create_default_context()
authority.configure_trust(trusting)
ask("the right authority, the right name", trusting, port)

# %% [markdown]
# **Predict.** Three clients each do one thing differently. Which of them get the orders?
#
# 1. One trusts another authority.
# 2. One looks for `payments.bookshop.example`.
# 3. One has switched verification off, as so many answers on the web advise.

# %%
stranger = ssl.create_default_context()
trustme.CA(organization_name="Somebody").configure_trust(stranger)
ask("another authority", stranger, port)

# %%
ask("another name", trusting, port, name="payments.bookshop.example")

# %%
careless = ssl.create_default_context()
careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
ask("no verification", careless, port, name="payments.bookshop.example")

# %% [markdown]
# The careless client got its orders, and would take them from anybody who answers: its line is encrypted, and it does not
# know to whom. Verification asks three things: does the chain end at an authority I **trust**, is it for the **name** I
# asked for, and is it the right **time**? The third question has no try yet. A certificate that ended yesterday comes into
# the secret:

# %%
now = datetime.now(UTC)
late = identity(
    authority,
    NAME,
    not_before=now - timedelta(days=90),
    not_after=now - timedelta(days=1),
)
secrets.put_secret_value(SecretId="orders/tls", SecretString=late)
ask("the secret has expired, the container is older", trusting, port)

# %% [markdown]
# Still served. You know why: the running container keeps what was injected, here for once to its advantage. With the next
# deployment, which may be months later and about something else, it happens:

# %%
expired_shop, expired_port = serve()
ask("expired, in a new container", trusting, expired_port)

# %% [markdown]
# **2.** Renew the certificate, and let `shop`, `port` be a container that serves it. Nothing changes for the client.

# %% tags=["stub"]
# secrets.put_secret_value(SecretId="orders/tls", SecretString=...)

# %% tags=["answer"]
secrets.put_secret_value(SecretId="orders/tls", SecretString=identity(authority, NAME))
shop, port = serve()

# %% tags=["check"]
with your_turn("a new container serves a certificate that a new task would get, too"):
    value = secrets.get_secret_value(SecretId="orders/tls")["SecretString"]
    assert value != late, "The secret still holds the certificate that has expired."
    assert port != expired_port, "Start a new container with serve()."
    answer = ask("renewed, in a new container", trusting, port)
    assert "1001" in answer, answer

# %% [markdown] tags=["hint"]
# `identity(authority, NAME)` is a new certificate with its key. A new container comes from `serve()`.

# %% [markdown]
# ### Both sides show a certificate
#
# So far the client knows the server, and the server serves anybody. In **mutual TLS** the client shows a certificate as
# well. The server needs the *certificate* of the clients' authority, which is no secret: a plain variable will do. The
# first line renews the shop's own certificate, in case you have skipped the exercise.

# %%
secrets.put_secret_value(SecretId="orders/tls", SecretString=identity(authority, NAME))
partners = trustme.CA(organization_name="Partners of the bookshop")
client_ca = {"name": "CLIENT_CA", "value": partners.cert_pem.bytes().decode()}
register("tls-partners", shop_image, environment=[client_ca], **serving)
partner_shop, partner_port = serve("tls-partners")


def partner(signed_by, name):
    """A client that trusts the bookshop and shows a certificate of its own."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    signed_by.issue_cert(name).configure_cert(context)
    return context


# %% [markdown]
# **Predict.** Three clients: one shows nothing, one a certificate signed by the *shop's* authority, one a certificate of the
# partners' authority. Who is served?

# %%
warehouse = "warehouse.example"
ask("mutual: no certificate", trusting, partner_port)
ask("mutual: another authority", partner(authority, warehouse), partner_port)
ask("mutual: the right one", partner(partners, warehouse), partner_port)
pd.DataFrame(tries)

# %% [markdown]
# Read the last three rows. The server checks the client's chain as the client checked the server's, and what it learns is
# the client's **name**. That is authentication; what the warehouse may do is still to be decided. Both refusals came from
# the server, after the client had found nothing wrong. Its log has the other half of the story:

# %%
running = ecs.list_tasks(cluster="bookshop")["taskArns"]
for task in running:
    ecs.stop_task(cluster="bookshop", task=task, reason="the TLS part is over")
ecs.get_waiter("tasks_stopped").wait(
    cluster="bookshop", tasks=running, WaiterConfig={"Delay": 0.2}
)
printed(partner_shop)

# %% [markdown]
# On AWS you seldom load a certificate yourself. A load balancer with an HTTPS listener holds it and ends the TLS of the
# clients there (*Create an HTTPS listener for your Application Load Balancer*). Between services Amazon ECS Service Connect
# "generates, rotates, and distributes TLS certificates" of a private authority (*Encrypt Amazon ECS Service Connect
# traffic*). The three questions stay the same.
#
# ## Forbid plain HTTP on a bucket
#
# Amazon S3 answers over HTTPS and over HTTP. Which of them a request used is in the condition key `aws:SecureTransport`
# (*AWS global condition context keys*). The sandbox has an address that speaks plain HTTP, `sandbox.endpoint_url`.
# Containers, functions and `%aws` do not use it: as on AWS they go over HTTPS, to another port whose authority they trust.
#
# **Predict.** The order holds somebody's address. You read it from the plain address. Denied, or not?

# %%
s3.create_bucket(Bucket="bookshop-orders")
body = b'{"book": "Emma", "to": "12 Lake Street"}'
order = {"Bucket": "bookshop-orders", "Key": "incoming/1001.json"}
s3.put_object(**order, Body=body)
plain = boto3.client("s3", endpoint_url=sandbox.endpoint_url)
sandbox.endpoint_url, plain.get_object(**order)["Body"].read()

# %% [markdown]
# Not denied, and readable on every network that it crossed. The next policy has an `Allow` where most people first put it.
#
# **Predict.** An administrator reads the order over HTTP. Does this policy stop it?

# %%
objects = ["arn:aws:s3:::bookshop-orders", "arn:aws:s3:::bookshop-orders/*"]
secure = {
    "Effect": "Allow",
    "Principal": {"AWS": account},
    "Action": "s3:*",
    "Resource": objects,
    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
}


def bucket_policy(statement):
    """Make a statement the bucket's policy."""
    document = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="bookshop-orders", Policy=json.dumps(document))


bucket_policy(secure)
plain.get_object(**order)["Body"].read()

# %% [markdown]
# It does not. An Allow with a condition takes nothing away from those who are allowed elsewhere. What must never happen is
# a Deny:

# %%
bucket_policy(
    {
        "Sid": "NothingInTheClear",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": objects,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
)
with rolelab.expect_denied("s3:GetObject"):
    plain.get_object(**order)
rolelab.why()

# %% [markdown]
# The administrator, too. **Predict.** And the container, which reaches the sandbox over loopback as you just did?

# %%
allow("orders-task-role", "s3", "s3:GetObject", f"{objects[0]}/incoming/*")
read = """
import os, boto3
print(os.environ["AWS_ENDPOINT_URL"].partition("127")[0])
order = boto3.client("s3").get_object(Bucket="bookshop-orders", Key="incoming/1001.json")
print(order["Body"].read().decode())
"""
print(*printed(run("keyring", command=["python", "-c", read])), sep="\n")

# %%
# %aws s3 ls s3://bookshop-orders/incoming/

# %% [markdown]
# Both come over HTTPS and notice nothing. Look at `Resource` once more: `GetObject` is a call on an object, `ListBucket` on
# the bucket. With only one of the two ARNs the other half stays open.
#
# ## Audit the account
#
# The article ends with a table:
#
# | Security Concern | Best Practice |
# | --- | --- |
# | Data at Rest | Utilize S3 encryption with KMS. |
# | Data in Transit | Use TLS for all data exchanges. |
# | Role-Based Access Control | Implement least privilege principle. |
#
# Nobody can act on that, not even its author: a page before the table, the article sends a bearer token with `curl` to
# `http://your-api-endpoint/path`. One can act on a **finding**: which resource, what is wrong with it, how we know, what to
# do. You will write an audit that makes them, with boto3 calls only. First something to find: what the years have left.

# %%
s3.create_bucket(Bucket="bookshop-archive")
kms.create_key(Description="orders")
role_arn = f"arn:aws:iam::{account}:role"
password_in_clear = [{"name": "DB_PASSWORD", "value": "northanger"}]
register("orders-legacy", keyring, environment=password_in_clear)
iam.create_role(RoleName="night-job", AssumeRolePolicyDocument=trust)
allow("night-job", "everything", ["s3:*", "logs:PutLogEvents"])
partner_trust = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
    "Action": "sts:AssumeRole",
}
iam.create_role(
    RoleName="partner-access",
    AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [partner_trust]}
    ),
)["Role"]["Arn"]

# %%
balancers = boto3.client("elbv2")
balancer = balancers.create_load_balancer(Name="bookshop", Subnets=subnets[:2])
listener = balancers.create_listener(
    LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[
        {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    ],
)["Listeners"][0]["ListenerArn"]

# %% [markdown]
# ### Data at rest
#
# A check is a function that yields findings. The first asks each bucket what it does with an object that comes without a
# word about encryption.

# %%
AT_REST, IN_TRANSIT, ROLES = (
    "Data at Rest",
    "Data in Transit",
    "Role-Based Access Control",
)


def buckets_at_rest():
    """Buckets whose default is not a KMS key."""
    for bucket in s3.list_buckets()["Buckets"]:
        answer = s3.get_bucket_encryption(Bucket=bucket["Name"])
        rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
        default = rule["ApplyServerSideEncryptionByDefault"]
        if not default["SSEAlgorithm"].startswith("aws:kms"):
            evidence = f"GetBucketEncryption: {default['SSEAlgorithm']}"
            fix = "put_bucket_encryption with aws:kms and a key of yours"
            yield AT_REST, bucket["Name"], "no KMS by default", evidence, fix


list(buckets_at_rest())

# %% [markdown]
# Read the evidence before you believe the finding: the buckets *are* encrypted, by keys of S3 that everybody who may read
# the object may use. The article's practice asks for more, a key with a policy of its own. A good audit says what it saw.


# %%
def keys_without_rotation():
    """Customer managed keys that keep their first key material for ever."""
    for key in kms.list_keys()["Keys"]:
        about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        ours = about["KeyManager"] == "CUSTOMER" and about["KeyState"] == "Enabled"
        if not ours or about["KeySpec"] != "SYMMETRIC_DEFAULT":
            continue
        if not kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]:
            evidence = "GetKeyRotationStatus: KeyRotationEnabled is false"
            yield AT_REST, about["Arn"], "no rotation", evidence, "enable_key_rotation"


def secrets_without_rotation():
    """Secrets that nobody changes."""
    for secret in secrets.list_secrets()["SecretList"]:
        if not secret.get("RotationEnabled"):
            evidence = f"unchanged since {secret['LastChangedDate']:%Y-%m-%d}"
            fix = "rotate_secret with a rotation function"
            yield AT_REST, secret["Name"], "no rotation", evidence, fix


[*keys_without_rotation(), *secrets_without_rotation()]


# %% [markdown]
# A secret in a task definition is a secret of everybody with `ecs:DescribeTaskDefinition`. The audit must not print it
# again: the evidence is its length.


# %%
def plaintext_secrets():
    """Variables of the newest task definitions that are named like a secret."""
    for family in ecs.list_task_definition_families(status="ACTIVE")["families"]:
        found = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        for container in found["containerDefinitions"]:
            for variable in container.get("environment", []):
                name, value = variable["name"], variable["value"]
                if re.search("PASSWORD|SECRET|TOKEN|_KEY", name):
                    evidence = f"environment: {name}, {len(value)} characters"
                    fix = "move it to secrets, then change it: it was readable"
                    yield AT_REST, family, "secret in the clear", evidence, fix


list(plaintext_secrets())

# %% [markdown]
# ### Data in transit
#
# Whether a bucket takes plain HTTP could be read out of its policy. There are many ways to write that policy, and a check
# that knows one of them calls the others wrong. So ask the bucket: make the call that must not work.


# %%
def buckets_over_http():
    """Buckets that answer a request without TLS."""
    for bucket in s3.list_buckets()["Buckets"]:
        probe = {"Bucket": bucket["Name"], "Key": "audit-probe"}
        for call, arguments in (
            (plain.list_objects_v2, {"Bucket": bucket["Name"]}),
            (plain.get_object, probe),
        ):
            try:
                call(**arguments)
                answer = "200"
            except ClientError as error:
                answer = error.response["Error"]["Code"]
            if answer != "AccessDenied":
                evidence = f"{call.__name__} over HTTP answered {answer}"
                fix = "Deny s3:* where aws:SecureTransport is false"
                yield IN_TRANSIT, bucket["Name"], "takes plain HTTP", evidence, fix
                break


list(buckets_over_http())


# %%
def listeners_without_tls():
    """Listeners of load balancers that take plain HTTP and do not redirect it."""
    for balancer in balancers.describe_load_balancers()["LoadBalancers"]:
        arn = balancer["LoadBalancerArn"]
        for found in balancers.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            does = found["DefaultActions"][0]["Type"]
            if found["Protocol"] == "HTTP" and does != "redirect":
                name = f"{balancer['LoadBalancerName']}:{found['Port']}"
                evidence = f"DescribeListeners: HTTP, {does}"
                fix = "an HTTPS listener, and a redirect from this one"
                yield IN_TRANSIT, name, "listener without TLS", evidence, fix


list(listeners_without_tls())


# %% [markdown]
# ### Roles
#
# Two questions for every role: what may it do, and who may become it? Roles of AWS's own, below the path
# `/aws-service-role/`, are left out: nobody can change them.


# %%
def many(value):
    """A list, also where a policy has a single value."""
    return value if isinstance(value, list) else [value]


def own_roles():
    """The roles that this account can change."""
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            if not role["Path"].startswith("/aws-service-role/"):
                yield role


def documents(name):
    """Every policy of a role: its inline ones, and the versions that count of others."""
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        found = iam.get_role_policy(RoleName=name, PolicyName=policy)
        yield policy, found["PolicyDocument"]
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        yield policy["PolicyName"], found["PolicyVersion"]["Document"]


# %%
def roles_with_wildcards():
    """Roles that may do all of a service, or all of everything, on every resource."""
    for role in own_roles():
        for policy, document in documents(role["RoleName"]):
            for each in many(document["Statement"]):
                actions = many(each.get("Action", []))
                wide = [one for one in actions if re.fullmatch(r"([\w-]+:)?\*", one)]
                everywhere = "*" in many(each.get("Resource", []))
                if each["Effect"] == "Allow" and wide and everywhere:
                    evidence = f"policy {policy}: {', '.join(wide)} on *"
                    fix = "name the actions and the resources that it uses"
                    yield ROLES, role["RoleName"], "not least privilege", evidence, fix


def roles_open_to_others():
    """Roles that another account, or anybody, can become without a condition."""
    for role in own_roles():
        for each in many(role["AssumeRolePolicyDocument"]["Statement"]):
            who = each["Principal"]
            named = ["*"] if who == "*" else many(who.get("AWS", []))
            others = [one for one in named if account not in one]
            if each["Effect"] == "Allow" and others and "Condition" not in each:
                evidence = f"trust policy: {', '.join(others)}, no condition"
                fix = "a condition on sts:ExternalId, or the one role of theirs"
                yield ROLES, role["RoleName"], "open to others", evidence, fix


[*roles_with_wildcards(), *roles_open_to_others()]

# %% [markdown]
# ### Run it
#
# All checks in one list, all findings in one table, sorted as the article's table is.

# %%
checks = [
    buckets_at_rest,
    keys_without_rotation,
    secrets_without_rotation,
    plaintext_secrets,
    buckets_over_http,
    listeners_without_tls,
    roles_with_wildcards,
    roles_open_to_others,
]


def audit():
    """Every finding of every check, one row each."""
    columns = ["concern", "resource", "finding", "evidence", "fix"]
    rows = [finding for check in checks for finding in check()]
    return pd.DataFrame(rows, columns=columns)


findings = audit()
findings

# %% [markdown]
# Your own role is in it: `Administrator` is not least privilege, and has to be there for somebody. An audit finds; a person
# decides, and writes down why a finding stays.
#
# Export it for those who have no notebook. The file goes into a folder of your system's temporary ones, so that the course's
# folders stay as they were:

# %%
report = Path(tempfile.mkdtemp(prefix="bookshop-audit-")) / "findings.csv"
findings.to_csv(report, index=False)
print(report)
pd.read_csv(report).groupby("concern").size()

# %% [markdown]
# ### Fix one, and prove it
#
# `bookshop-archive` takes plain HTTP. One policy, and the audit again. Compare the two tables instead of trusting the
# absence of an error:

# %%
archive = ["arn:aws:s3:::bookshop-archive", "arn:aws:s3:::bookshop-archive/*"]
in_the_clear = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": archive,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
s3.put_bucket_policy(
    Bucket="bookshop-archive",
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [in_the_clear]}),
)
both = findings.merge(audit(), how="outer", indicator="now")
both["now"] = both["now"].map(
    {"left_only": "gone", "right_only": "new", "both": "stays"}
)
both[both["now"] != "stays"][["concern", "resource", "finding", "now"]]

# %% [markdown]
# **3.** The article's template has a fault that no check here sees: one role in both places of a task definition, lesson 07.
# Somebody has registered it. Write the check `one_role_for_both`, which yields a finding of the concern `ROLES` for the
# family, and append it to `checks`. Then give the family a task role of its own and watch the finding go.

# %%
ecs.register_task_definition(
    family="article",
    executionRoleArn=f"{role_arn}/csecstaskexecutionrole",
    taskRoleArn=f"{role_arn}/csecstaskexecutionrole",
    containerDefinitions=[{"name": "app", "image": keyring, "memory": 128}],
)["taskDefinition"]["revision"]

# %% tags=["stub"]
# def one_role_for_both(): ...


# %% tags=["answer"]
def one_role_for_both():
    """Task definitions whose program has the agent's permissions."""
    for family in ecs.list_task_definition_families(status="ACTIVE")["families"]:
        found = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        task_role = found.get("taskRoleArn")
        if task_role and task_role == found.get("executionRoleArn"):
            evidence = f"both are {task_role}"
            yield ROLES, family, "one role for both", evidence, "a task role of its own"


checks.append(one_role_for_both)
print(*one_role_for_both())
ecs.register_task_definition(
    family="article",
    executionRoleArn=f"{role_arn}/csecstaskexecutionrole",
    taskRoleArn=f"{role_arn}/orders-task-role",
    containerDefinitions=[{"name": "app", "image": keyring, "memory": 128}],
)["taskDefinition"]["revision"]

# %% tags=["check"]
with your_turn("the check finds the article's mistake, and nothing once it is mended"):
    mended = [row for row in one_role_for_both() if row[1] == "article"]
    assert one_role_for_both in checks, "Append the check to the list checks."
    assert not mended, "The newest revision still has one role in both places."
    definition = ecs.describe_task_definition(taskDefinition="article:1")
    old = definition["taskDefinition"]
    again = ecs.register_task_definition(
        family="article-again",
        executionRoleArn=old["executionRoleArn"],
        taskRoleArn=old["taskRoleArn"],
        containerDefinitions=[{"name": "app", "image": keyring, "memory": 128}],
    )["taskDefinition"]["taskDefinitionArn"]
    found = [row[:2] for row in one_role_for_both()]
    ecs.deregister_task_definition(taskDefinition=again)
    assert found == [(ROLES, "article-again")], f"The check found {found}."

# %% [markdown] tags=["hint"]
# Take the two loops of `plaintext_secrets` and leave out the inner ones. `found.get("taskRoleArn")` is None where there is
# no task role. `checks.append(one_role_for_both)`, and then a second `register_task_definition` with `orders-task-role`.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | make a secret | Secrets Manager, **Store a new secret** | `aws secretsmanager create-secret --name orders/db --secret-string file://db.json` |
# | inject it | the task definition, **Environment variables**, value type **ValueFrom** | `aws ecs register-task-definition --cli-input-json file://keyring.json` |
# | rotate it | the secret, **Rotation**, **Edit rotation** | `aws secretsmanager rotate-secret --secret-id orders/db --rotation-lambda-arn ARN --rotation-rules AutomaticallyAfterDays=30` |
# | replace the containers | the service, **Update**, **Force new deployment** | `aws ecs update-service --cluster bookshop --service orders --force-new-deployment` |
# | try plain HTTP | none | `aws s3api get-object --endpoint-url http://s3.us-east-1.amazonaws.com --bucket bookshop-orders --key incoming/1001.json out.json` |
#
# What the sandbox leaves out: on AWS `rotate_secret` answers before the function has run, so the labels take some seconds,
# and a failed rotation is tried again; here it has ended when the answer comes. Rotation also happens on its schedule, and
# the sandbox's clock does not wait 30 days. A function that rotates a real database needs a way into its network.
#
# AWS has audits that never sleep: AWS Config rules such as `s3-bucket-ssl-requests-only`, and the controls of AWS Security
# Hub CSPM that use them (*Security Hub CSPM controls for Amazon S3*). Yours has shown you what a finding is made of.
#
# ## What to keep
#
# - Injected secrets are the execution role's and as old as the container; fetched ones are the task role's and as old as the
#   call.
# - TLS answers three questions: whom do I trust, is it the name I asked for, is it in time? Switched off, it answers none.
# - What must never happen is a Deny, and what you claim in an audit is a call that anybody can repeat.
#
# In this notebook we have brought secrets into containers, changed them under a running one, served and refused TLS, and
# measured an account. In Lab 6 you set guardrails for a whole team. In lesson 11 the calls come through an API gateway.
