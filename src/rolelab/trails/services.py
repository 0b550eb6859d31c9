"""What the bookshop's programs do: the tasks that run by the clock, and the API gateway."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from rolelab.ecs import task_roles
from rolelab.gateways.core.refused import Reason
from rolelab.sandbox import service_calls, service_credentials
from rolelab.trails import launches
from rolelab.trails.bookshop import ACCOUNT, CLUSTER, MODELS, QUEUE, REGION, arn
from rolelab.trails.launches import NAT, PROGRAM, LetIn, Running
from rolelab.trails.wire import Caller, keys_of
from rolelab.trails.world import DAY, Activity, World, is_working_day, moment

_EVENTS = "events.amazonaws.com"
_QUESTION = "Answer with one word, positive, negative or mixed. How is this review?"
_CLIENTS = ("shop-web", "shop-app", "newsletter")
_SIMULATION = "APIPark 9192b39 (rolelab)"


def of_day(day: int) -> Iterator[tuple[float, Callable[[World], Activity]]]:
    """The programs of one day, each with when it starts."""
    hours = range(4, 20) if is_working_day(day) else ()
    for hour in range(24):
        minutes = (0, 20, 40) if hour in hours else (0,)
        for minute in minutes:
            yield moment(day, hour, minute, 3), lambda world: scheduled(world, "orders", take_in)
    for hour in range(5, 18) if is_working_day(day) else (7, 13):
        yield moment(day, hour, 10, 2), lambda world: scheduled(world, "dispatch", dispatch)
    yield moment(day, 0, 0, 1), lambda world: scheduled(world, "reporter", report)
    if day == 1:
        yield moment(1, 0, 0, 5), lambda world: scheduled(world, "gateway", serve)
    yield from ((at, review) for at in _reviews(day))


# --- tasks ------------------------------------------------------------------------------------


def scheduled(
    world: World, service: str, program: Callable[[World, Running], Activity]
) -> Activity:
    """EventBridge runs a task, the agent launches it, and its program does its work."""
    let_in = run_by_the_clock(world, service)
    yield world.chance.uniform(1, 4)
    yield from launched(world, let_in, program)


def launched(
    world: World, let_in: LetIn, program: Callable[[World, Running], Activity]
) -> Activity:
    """Launch a task that was let in, and run its program."""
    launch = launches.start(world.wire, let_in)
    running = next(launch)
    for _ in launch:
        # The pull of an image takes longest; the chance stands for all of it.
        yield world.chance.uniform(0.5, 6)
    world.programs[str(running.task.definition["family"])] = running.program
    yield from program(world, running)


def run_by_the_clock(world: World, service: str) -> LetIn:
    """EventBridge steps into its role, and calls RunTask with it.

    Page: *Amazon ECS EventBridge IAM role*.
    """
    role = arn("iam", "role/shop-schedule")
    session = service_calls.assume_role_as_service(
        _EVENTS,
        role,
        session_name=f"{random.Random(service).getrandbits(128):032x}",
        source_arn=arn("events", f"rule/run-{service}"),
        source_account=ACCOUNT,
    )
    keys = service_credentials.issue(_EVENTS, ACCOUNT, caller=keys_of(session).access_key)
    caller = Caller(
        ReadOnlyCredentials(keys.access_key_id, keys.secret_access_key, keys.session_token),
        NAT,
        _EVENTS,
    )
    return run_task(world, caller, service, startedBy=f"events-rule/run-{service}")


def run_task(world: World, caller: Caller, family: str, **more: Any) -> LetIn:
    """Call RunTask for a task of the shop."""
    world.wire.call(
        caller,
        "ecs",
        "run_task",
        cluster=CLUSTER,
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration=world.shop.network,
        **more,
    )
    return world.tasks.last()


def arrive(world: World, most: int) -> None:
    """Orders of customers come in. The shop front is in another account."""
    for _ in range(world.chance.randint(0, most)):
        world.orders += 1
        key = f"incoming/{world.orders:06}.json"
        body = json.dumps({"book": f"book {world.chance.randint(1, 60)}"})
        world.wire.unseen("s3", "put_object", Bucket="bookshop-orders", Key=key, Body=body)
        world.waiting.append(key)


def take_in(world: World, running: Running) -> Activity:
    """What `data/apps/orders/app.py` does."""
    hour = int(world.clock.now % DAY) // 3600
    arrive(world, 10 if 4 <= hour < 20 else 5)
    call, program = world.wire.call, running.program
    call(program, "s3", "list_objects_v2", Bucket="bookshop-orders", Prefix="incoming/")
    keys, world.waiting = world.waiting, []
    for key in keys:
        body = call(program, "s3", "get_object", Bucket="bookshop-orders", Key=key)["Body"].read()
        number = key.rsplit("/", 1)[-1].removesuffix(".json")
        item = {"id": {"S": number}, "book": {"S": json.loads(body)["book"]}}
        yield 0.1
        call(program, "dynamodb", "put_item", TableName="orders", Item=item)
        yield 0.1
        call(program, "dynamodb", "get_item", TableName="orders", Key={"id": {"S": number}})
        # A lifecycle rule of the bucket clears up what was taken in.
        world.wire.unseen("s3", "delete_object", Bucket="bookshop-orders", Key=key)
        yield 0.1
    running.stop()


def dispatch(world: World, running: Running) -> Activity:
    """Ship what was ordered: mark it, print a label, tell the carrier."""
    call, program = world.wire.call, running.program
    call(program, "dynamodb", "scan", TableName="orders", Limit=25)
    for _ in range(world.chance.randint(3, 9)):
        number = f"{max(1, world.orders - world.chance.randint(0, 40)):06}"
        call(
            program,
            "dynamodb",
            "update_item",
            TableName="orders",
            Key={"id": {"S": number}},
            UpdateExpression="SET shipped = :now",
            ExpressionAttributeValues={":now": {"N": str(int(world.clock.now))}},
        )
        yield 0.2
        key = f"labels/{number}.pdf"
        call(program, "s3", "put_object", Bucket="bookshop-labels", Key=key, Body=b"label")
        url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{QUEUE}"
        call(program, "sqs", "send_message", QueueUrl=url, MessageBody=number)
        yield 0.4
    running.stop()


def report(world: World, running: Running) -> Activity:
    """The report of the night: it reads much, and decrypts the customers' names."""
    call, program = world.wire.call, running.program
    yield 60
    for _ in range(3):
        call(program, "dynamodb", "scan", TableName="orders", Limit=50)
        yield 2
    call(program, "s3", "list_objects_v2", Bucket="bookshop-orders", Prefix="archive/")
    for number in range(30):
        key = f"archive/{number:05}.json"
        call(program, "s3", "get_object", Bucket="bookshop-orders", Key=key)
        yield 1
    for ciphertext in world.shop.ciphertexts:
        call(program, "kms", "decrypt", CiphertextBlob=ciphertext)
        yield 3
    day = f"{int(world.clock.now) // DAY}"
    for name in ("orders.csv", "customers.csv"):
        key = f"daily/{day}/{name}"
        call(program, "s3", "put_object", Bucket="bookshop-reports", Key=key, Body=b"report")
        yield 1
    running.stop()


# --- the API gateway --------------------------------------------------------------------------


def serve(world: World, running: Running) -> Activity:
    """The gateway runs all month. Its credentials are renewed before they expire.

    Page: *Amazon ECS task IAM role*; the names of the sessions are those of the task.
    """
    role = str(running.task.task_role)
    world.gateway = running.program
    while True:
        yield 45 * 60
        session = task_roles.assume(role, task_arn=running.task.task_arn)
        world.gateway = Caller(keys_of(session), NAT, PROGRAM)


def _reviews(day: int) -> list[float]:
    """When reviews reach the gateway: by day more than at night."""
    chance = random.Random(f"reviews {day}")
    count = 130 if is_working_day(day) else 70
    hours = [chance.triangular(4, 22, 14) for _ in range(count)]
    return sorted(moment(day, 0) + hour * 3600 for hour in hours)


def review(world: World) -> Activity:
    """A client asks the gateway, and the gateway asks a model, if it lets the client in."""
    client = world.chance.choice(_CLIENTS)
    number = f"{world.chance.getrandbits(128):032x}"
    line: dict[str, Any] = {
        "type": "call",
        "time": "",
        "request_id": number,
        "method": "POST",
        "path": "/sentiment/reviews",
        "api": "sentiment",
        "application": client,
        "authorization": f"{client}-key",
        "provider": "bedrock",
        "src_ip": f"203.0.113.{world.chance.randint(100, 120)}",
    }
    refused = _refused(world.chance)
    outcome = refused or _asked(world, client, number)
    at = world.clock.now
    line["time"] = _written(at)
    world.lines.append({**line, **outcome, "simulation": _SIMULATION})
    yield 0


def _refused(chance: random.Random) -> dict[str, Any] | None:
    """One in thirty is turned away by the gateway itself: nothing of it is in the trail."""
    drawn = chance.random()
    if drawn > 1 / 30:
        return None
    reason = _TURNED_AWAY[int(drawn * 30 * len(_TURNED_AWAY))]
    return {
        "status": reason.status,
        "stage": reason.stage,
        "reason": reason.value,
        "request_time": round(chance.uniform(0.4, 2), 3),
        "backend_time": None,
        "aws_calls": [],
    }


_TURNED_AWAY = (Reason.CREDENTIALS_WRONG, Reason.LIMIT_EXCEEDED)


def _asked(world: World, client: str, number: str) -> dict[str, Any]:
    chance = world.chance
    # The newsletter asks now and then for a model that the role may not call.
    wants_pro = client == "newsletter" and chance.random() < 0.1
    model = "amazon.nova-pro-v1:0" if wants_pro else MODELS[chance.random() < 0.3]
    assert world.gateway is not None
    gateway = world.gateway.moved(NAT, f"{PROGRAM} gateway-request/{number}")
    text = f"{_QUESTION}\n\n{'A good book. ' * chance.randint(1, 12)}"
    took = chance.uniform(180, 900)
    usage = {"inputTokens": 0, "outputTokens": 0}
    try:
        answer = world.wire.call(
            gateway,
            "bedrock-runtime",
            "converse",
            modelId=model,
            messages=[{"role": "user", "content": [{"text": text}]}],
            inferenceConfig={"maxTokens": 10, "temperature": 0},
        )
        usage, error = answer["usage"], ""
    except ClientError as refusal:
        answer, error = refusal.response, refusal.response["Error"]["Code"]
    about = answer["ResponseMetadata"]
    call = {
        "service": "bedrock-runtime",
        "operation": "Converse",
        "request_id": about["RequestId"],
        "status": about["HTTPStatusCode"],
        "error": error,
    }
    reason = Reason.BACKEND_REFUSED
    refused = {"stage": reason.stage, "reason": reason.value} if error else {}
    return {
        "ai_provider": "bedrock",
        "ai_model": model,
        "ai_model_input_token": usage["inputTokens"],
        "ai_model_output_token": usage["outputTokens"],
        "ai_model_total_token": usage["inputTokens"] + usage["outputTokens"],
        "status": reason.status if error else 200,
        **refused,
        "request_time": round(took + chance.uniform(1, 6), 3),
        "backend_time": round(took, 3),
        "aws_calls": [call],
    }


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
