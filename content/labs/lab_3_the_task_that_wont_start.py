# %% [markdown]
# # Lab 3: Start the task that won't start
#
# On Friday night the orders service moved: a smaller policy for `csecstaskexecutionrole`, a key of its own for its
# secret, a new task definition. On Monday no task starts, and whoever did it is on holiday. Mara has the stopped tasks
# and the trail, and asks you to get the service running before noon.
#
# | | |
# | --- | --- |
# | **You'll do** | find four faults in one launch, one behind the other, and repair each without opening more than it needs |
# | **You'll learn** | to work from `stoppedReason` and the trail alone, and to tell a missing permission from a wrong definition |
# | **You'll need** | lesson 05; 40 minutes |
#
# The checks launch the task and look at what came of it. They never read your policies, so every repair that behaves
# right passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew.

# %% tags=["setup"]
import json
import textwrap
from pathlib import Path

import boto3
import pandas as pd

import rolelab
from rolelab.labs import lab_3

sandbox = rolelab.start()
iam, ecs = boto3.client("iam"), boto3.client("ecs")

# %% [markdown]
# ## What is there
#
# The service was deployed from a template, `data/lab-3/orders-service.yaml`. You can read every line of it. Try without:
# in a real account you often have only what AWS says.

# %%
cloudformation = boto3.client("cloudformation")
cloudformation.create_stack(
    StackName="orders",
    TemplateBody=Path("../data/lab-3/orders-service.yaml").read_text(),
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
cloudformation.get_waiter("stack_create_complete").wait(
    StackName="orders", WaiterConfig={"Delay": 1}
)
resources = cloudformation.describe_stack_resources(StackName="orders")
[resource["LogicalResourceId"] for resource in resources["StackResources"]]

# %% [markdown]
# The image is in the repository, and two orders wait in the bucket:

# %%
sandbox.push_image("orders:1.0", "../data/apps/orders")
s3 = boto3.client("s3")
for number, book in (("1001", "Emma"), ("1002", "Persuasion")):
    order = json.dumps({"book": book})
    s3.put_object(Bucket="bookshop-orders", Key=f"incoming/{number}.json", Body=order)

# %% [markdown]
# ## Task 1: Make it start
#
# The next cell launches the newest revision of the task definition `orders` and says how it ended. The one after it asks
# the trail for the calls of the execution role that were refused.
#
# Launch, read, repair, launch again. Four things are wrong, and each launch shows you one. The service is right when
#
# - `csecstaskexecutionrole` prepares the task and `orders-task-role` runs it;
# - `DB_PASSWORD` comes from the secret `orders/db`, which stays under the bookshop's key;
# - what the container prints is in the log group `/ecs/orders`, in `us-east-1`;
# - the orders are in the table.


# %%
def launch():
    """Run a task of the newest revision, wait until it has stopped, and say why it did."""
    subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    ran = ecs.run_task(
        cluster="bookshop",
        taskDefinition="orders",
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}
        },
    )
    which = {"cluster": "bookshop", "tasks": [ran["tasks"][0]["taskArn"]]}
    ecs.get_waiter("tasks_stopped").wait(**which, WaiterConfig={"Delay": 1})
    task = ecs.describe_tasks(**which)["tasks"][0]
    print("stopCode:     ", task["stopCode"])
    print(textwrap.fill("stoppedReason: " + task["stoppedReason"], 100))


launch()

# %%
pd.set_option("display.max_colwidth", None)
trail = sandbox.trail.to_frame()
by_the_role = trail["user"].str.startswith("csecstaskexecutionrole")
trail[by_the_role & trail["error"].notna()][["event", "region", "error", "message"]]

# %% [markdown] tags=["hint"]
# The role's policy is inline and called `orders-execution`: `iam.get_role_policy` shows it, `iam.put_role_policy` replaces
# it. A task definition is not changed: `ecs.describe_task_definition` shows the newest revision, and
# `ecs.register_task_definition` makes the next one.

# %% [markdown] tags=["hint"]
# **The first and the last fault** are in the same statement. One action in it can never be limited to a repository. Another
# action is not in it at all; count what a pull needs (lesson 03).

# %% [markdown] tags=["hint"]
# **The second fault** hides behind a short message. Who wanted what of which key? `rolelab.why()`, right after the launch.

# %% [markdown] tags=["hint"]
# **The third fault** looks like a missing permission. Before you grant it, ask whether you want what would happen then.

# %% tags=["stub"]
# your repairs; then run launch() again
policy = iam.get_role_policy(
    RoleName="csecstaskexecutionrole", PolicyName="orders-execution"
)["PolicyDocument"]

# %% [markdown] tags=["solution"]
# **First fault.** `ecr:GetAuthorizationToken` is allowed, on the repository. The denial says *on resource: \**: the token is
# for the whole registry, so the action has no narrower resource (*Private repository policies*).

# %% tags=["solution"]
policy = iam.get_role_policy(
    RoleName="csecstaskexecutionrole", PolicyName="orders-execution"
)["PolicyDocument"]
pull = policy["Statement"][0]
pull["Action"].remove("ecr:GetAuthorizationToken")
policy["Statement"].append(
    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
)


def put_policy():
    """Put `policy` in the place of the role's inline policy."""
    iam.put_role_policy(
        RoleName="csecstaskexecutionrole",
        PolicyName="orders-execution",
        PolicyDocument=json.dumps(policy),
    )


put_policy()
launch()

# %% [markdown] tags=["solution"]
# **Second fault.** Secrets Manager let the role read, and then KMS refused: the secret is under a customer managed key, and
# the reader needs `kms:Decrypt` on it (*Amazon ECS task execution IAM role*). `why()` names the action:

# %% tags=["solution"]
rolelab.why()

# %% tags=["solution"]
secret = boto3.client("secretsmanager").describe_secret(SecretId="orders/db")
policy["Statement"].append(
    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": secret["KmsKeyId"]}
)
put_policy()
launch()

# %% [markdown] tags=["solution"]
# **Third fault.** The denial is true, and granting it would be wrong: the ARN begins with `arn:aws:logs:us-east-2`. The
# policy is right and the definition is not. Its copy came from another Region. So the repair is a new revision:

# %% tags=["solution"]
found = ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
container = found["containerDefinitions"][0]
container["logConfiguration"]["options"]["awslogs-region"] = "us-east-1"
kept = ("family", "networkMode", "cpu", "memory", "requiresCompatibilities")
ecs.register_task_definition(
    **{name: found[name] for name in (*kept, "executionRoleArn", "taskRoleArn")},
    containerDefinitions=[container],
)
launch()

# %% [markdown] tags=["solution"]
# **Fourth fault.** The registry says `403 Forbidden` and no more. The trail has the call, `BatchGetImage`: three of the four
# ECR actions were in the policy.

# %% tags=["solution"]
pull["Action"].append("ecr:BatchGetImage")
put_policy()
launch()

# %% tags=["check"]
lab_3.check_launch()

# %% [markdown]
# ## Task 2: And open nothing else
#
# In the same account are the secrets and the key of the payroll. Friday's idea was good: the execution role
# should prepare this one task. Keep it, so that
#
# - `csecstaskexecutionrole` reads no other secret, uses no other key, pulls no other image, writes no other log;
# - neither role does the work of the other;
# - the task still starts.

# %% [markdown] tags=["hint"]
# The check says what is still within reach, and of which role. Each action that you added in Task 1 has one resource; only
# the token of the registry has none.

# %% tags=["check"]
lab_3.check_reach()

# %% [markdown] tags=["solution"]
# **Why this is right.** Each repair added one action on one ARN, or changed the definition. Attaching
# `AmazonECSTaskExecutionRolePolicy` would have cured the first and the last fault as well, and let the role pull every
# image of the account. `AdministratorAccess` on the execution role cures three faults at once and hides the third: the log
# would have gone to Ohio, or the launch would have failed there for want of a log group.
#
# Other right answers: the key's own policy, or a grant, lets the role decrypt; the repository's policy lets it pull. Both
# keep the permission at the thing that is protected.

# %% [markdown]
# ## Go further
#
# - Look at the launch that works with `sandbox.launch(task_arn)`. Which step comes between the secret and the image?
# - Let the role use the key for Secrets Manager only: a condition on `kms:ViaService`. Launch again.
# - Break it for a colleague: one fault that `stoppedReason` does not name. Where is it visible?
#
# ## On real AWS
#
# The stopped tasks are under the cluster, **Tasks**, filter **Stopped**, for at least an hour; the execution role's calls are
# in CloudTrail, in sessions that have the task's id as their name. If the template is yours, repair it there and deploy it
# again: the next deployment does not know what you changed by hand (lesson 15).
#
# ## What to keep
#
# - A launch shows one fault at a time, in the order of its steps.
# - Read the whole ARN of a denial before you allow it. It may be the request that is wrong.
# - What starts is not yet right: look at what else the role can reach now.
#
# In this lab we have repaired four faults of one launch, and granted three permissions on three ARNs.
