# %% [markdown]
# # Read a month of CloudTrail, and answer an auditor
#
# Roles and policies say what may happen. Only the trail says what did, and an audit is as good as the questions that you
# ask of it.
#
# | | |
# | --- | --- |
# | **You'll do** | load a month of log files by hand and with a loader, answer ten questions, draw four of the answers, ask the same in SQL, and search a live trail |
# | **You'll learn** | to read CloudTrail's records without losing any, to tell a finding from noise, to join a gateway's log to the trail, and which tool answers which question |
# | **You'll need** | lessons 05 to 07 and 12; some pandas helps; 45 minutes |

# %% [markdown]
# ## What you have
#
# An auditor comes to the bookshop and brings ten questions:
#
# | | question | | question |
# | --- | --- | --- | --- |
# | **1** | Is the record whole? | **6** | From where do people work? |
# | **2** | Who acts here, and as what? | **7** | What was done for the first time? |
# | **3** | When does each role work? | **8** | Who passed which role to what? |
# | **4** | What was denied, and to whom? | **9** | Who changed permissions? |
# | **5** | Who works as administrator, and has to? | **10** | Who is behind the gateway's role? |
#
# You have what CloudTrail delivered for September 2026: 30 log files in [data/trails](../data/trails), the calls of twelve
# roles. The shop sits in Berlin. Its tasks reach AWS through a NAT gateway, 198.51.100.20, its people from 203.0.113.0/24.
#
# Not everything that looks bad in them is bad, and not everything that is bad is solved here: some findings stay open for
# lab 8.
#
# ## Set up

# %% tags=["setup"]
import gzip
import json
import shutil
import tempfile
import time
from pathlib import Path

import boto3
import duckdb
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm

import rolelab
import rolelab.trails
from rolelab.figures import DescribedFigure
from rolelab.labs import your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
pd.set_option("display.max_colwidth", None)
findings = {}


def note(question, finding, verdict, still_open=""):
    """Write down a finding for the report; the last word on a question counts."""
    findings[question] = {"finding": finding, "verdict": verdict, "open": still_open}


# %% [markdown]
# ## Load by hand
#
# CloudTrail writes gzipped JSON, in folders by account, Region and day (*CloudTrail log file examples*). Each file is one
# object with one key, `Records`.

# %%
folder = Path("../data/trails")
files = sorted(folder.rglob("*.json.gz"))
with gzip.open(files[1], "rt", encoding="utf-8") as file:
    second = json.load(file)["Records"]
print(len(files), "files; the second has", len(second), "records:")
print(*files[1].relative_to(folder).parts, sep="\n  ")

# %%
next(record for record in second if record["eventName"] == "GetSecretValue")

# %% [markdown]
# Who (`userIdentity`), when, from where, which action on what, and what became of it: `errorCode` is there only if the call
# failed. The fields in `requestParameters` are those of the action, so each action has others.
#
# **Predict.** `json_normalize` makes a column of every nested field. How many columns will one day have: 20, 50, more than
# 100? And what type will the time be?

# %%
flat = pd.json_normalize(second)
print(
    f"{flat.shape[1]} columns, {flat.isna().mean().mean():.0%} of the cells are empty"
)
flat["eventTime"].dtype

# %% [markdown]
# Flattened, most of the table is holes, and the time is text. It pays to choose: a few columns that every record has, and
# the rest left nested where it is. The role is found deep down. Its session's ARN names it, and so does `sessionIssuer`,
# which users and services do not have (*CloudTrail userIdentity element*).


# %%
def row(record):
    """The fields of one record that most questions need."""
    identity = record["userIdentity"]
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
    return {
        "time": record["eventTime"],
        "role": issuer.get("userName"),
        "source": record["eventSource"],
        "event": record["eventName"],
        "address": record.get("sourceIPAddress"),
        "error": record.get("errorCode"),
        "request": record.get("requestParameters"),
    }


by_hand = pd.DataFrame([row(record) for record in second])
by_hand.drop(columns="request").head(3)

# %% [markdown]
# Two types are wrong still. A column with twelve different texts in 2,000 rows is a `category`: each text is kept once. And
# a time is a time only with its zone. CloudTrail writes UTC (*CloudTrail record contents for management, data, and network
# activity events*), the `Z` says so.
#
# **Predict.** The bookshop's report of the night runs at two in the morning, in Berlin. What does its record say?

# %%
texts = ["role", "source", "event", "address", "error"]
typed = by_hand.astype(dict.fromkeys(texts, "category"))
typed["time"] = pd.to_datetime(typed["time"], utc=True)
sizes = [each[texts].memory_usage(deep=True).sum() // 1000 for each in (by_hand, typed)]
print(f"five columns of text: {sizes[0]} kB, as categories {sizes[1]} kB")
report = typed.loc[typed["event"] == "Decrypt", "time"].iloc[0]
print(report, "is", report.tz_convert("Europe/Berlin"))

# %% [markdown]
# Midnight. Whoever looks for what happened "at night" in UTC searches the wrong hours. Keep UTC in the table, and convert
# when you ask.
#
# `rolelab.trails.load` does what you have just done, for all files and with more columns: `user`, `session`,
# `passed_roles`. It also counts.

# %%
trail = rolelab.trails.load(folder)
berlin = trail["time"].dt.tz_convert("Europe/Berlin")
print(trail.attrs["counts"])
trail[["time", "user", "event", "address", "error"]].iloc[[1000, 20000, 50000]]

# %% [markdown]
# ## 1. Is the record whole?
#
# An answer from half of the records is wrong, and looks the same. So an audit begins by counting: entries in the files,
# rows in the table, hours without an event.

# %%
counts = trail.attrs["counts"]
assert counts["entries"] == counts["rows"] + counts["duplicates"]
hours = trail["time"].dt.floor("h").nunique()
print(f"{counts['entries']:,} entries in, {counts['rows']:,} rows out;", end=" ")
print(f"events in {hours} of {30 * 24} hours")
note(1, f"{counts['rows']:,} of {counts['entries']:,} entries, no empty hour", "whole")

# %% [markdown]
# ### When it is not
#
# Files get lost and cut off on their way. Here are three days in a folder of your system's temporary ones, two of them
# damaged: one ends early, the other has entries that are no records, and one record twice.

# %%
damaged = Path(tempfile.mkdtemp(prefix="trail-"))
cut, odd, good = (files[day - 1] for day in (5, 6, 12))
shutil.copy(good, damaged)
(damaged / cut.name).write_bytes(cut.read_bytes()[:40_000])
entries = json.loads(gzip.decompress(odd.read_bytes()))["Records"]
del entries[7]["userIdentity"]
entries[9] = "a line of text"
entries.append(entries[0])
(damaged / odd.name).write_bytes(
    gzip.compress(json.dumps({"Records": entries}).encode())
)
sorted(path.name[-28:] for path in damaged.iterdir())

# %% [markdown]
# **Predict.** `gzip` reads a stream from its beginning. Will it give you the first half of the file that was cut off, or
# nothing? And if a loader simply skipped what it cannot read, how would you notice?

# %%
try:
    rolelab.trails.load(damaged)
except rolelab.trails.TrailError as error:
    print(error)

# %% [markdown]
# It refuses, and names each fault. Half a file may well be readable, but nobody knows what the other half said. If you go
# on without it, then on purpose, and with the numbers in your report:

# %%
partial = rolelab.trails.load(damaged, strict=False).attrs["counts"]
unread = [fault for fault in partial["faults"] if ", record " not in fault]
left_out = len(partial["faults"]) - len(unread)
print(f"{partial['files']} files, {len(unread)} of them unread")
print(f"{partial['entries']} = {partial['rows']} rows", end=" ")
print(f"+ {partial['duplicates']} duplicate + {left_out} left out")

# %% [markdown]
# Counts in, counts out. No count of this kind sees a deleted file. For that, CloudTrail can write a signed *digest* of its
# log files every hour, and `aws cloudtrail validate-logs` checks them (*CloudTrail digest file structure*).
#
# ## 2. Who acts here, and as what?
#
# **Predict.** Of 59,000 events, how many come from people?

# %%
print(trail["identity"].value_counts().to_dict())
roles = trail.groupby("role", observed=True).agg(
    events=("event", "size"),
    sessions=("user", "nunique"),
    actions=("event", "nunique"),
    denied=("error", "count"),
)
roles.sort_values("events", ascending=False)

# %%
people = trail["role"].isin(["developer", "bookshop-admin", "auditor"])
share = people.mean()
print(f"{share:.1%} of the events are people's")
note(2, f"12 roles; people make {share:.0%} of the events", "as expected")
trail.loc[people, "user"].value_counts().loc[lambda count: count > 0]

# %% [markdown]
# Less than one in ten. People step into a role under their own name, so the session names them; a task's session has the
# task's id. Each task of ECS has two of them, one in the execution role and one in its own, as in lesson 07.
#
# ## 3. When does each role work?
#
# Twelve roles and 24 hours are 288 numbers, too many for a table. Draw them. All pictures of this lesson have one style and
# say in words what they show, for those who cannot see it:


# %%
def canvas(title, says, height=4.0):
    """An empty picture: its title, and its description for those who cannot see it."""
    picture = DescribedFigure(f"{title}. {says}.", height=height)
    picture.set_layout_engine("constrained")
    picture.suptitle(title, x=0.02, ha="left", weight="bold", fontsize=12)
    axes = picture.subplots()
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=10)
    return picture, axes


BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#999999"

# %% [markdown]
# **Predict.** Which roles will be dark at night, and which only by day? The hours are Berlin's. Cells with fewer than 20
# events in the whole month carry their number.

# %%
table = pd.crosstab(trail["role"].astype("str"), berlin.dt.hour)
table = table.drop(index="nan", errors="ignore").reindex(
    columns=range(24), fill_value=0
)
table = table.loc[(table > 0).sum(axis=1).sort_values(ascending=False).index]
says = [f"{role}: {(each > 0).sum()} of 24 hours" for role, each in table.iterrows()]
picture, axes = canvas(
    "Programs work day and night, people from 8 to 16", "; ".join(says), height=4.4
)
edges = {"edgecolors": "white", "linewidth": 1}
axes.pcolormesh(table.where(table > 0), cmap="Blues", norm=LogNorm(1, 4000), **edges)
for down, across in np.argwhere((table > 0).to_numpy() & (table < 20).to_numpy()):
    few = table.iat[down, across]
    axes.text(across + 0.5, down + 0.5, few, ha="center", va="center", fontsize=8)
axes.invert_yaxis()
axes.set_yticks(np.arange(len(table)) + 0.5, table.index)
axes.set_xticks(range(0, 25, 2))
axes.set_xlabel("hour in Berlin; dark is a thousand events and more, a number is few")
picture

# %% [markdown]
# The programs at the top never rest. `reporter-task-role` works in one hour of the day. `inventory-scanner` calls four
# times a day, at the same hours. Most of the numbers are exceptions: people and deployments outside their hours, a handful
# of events each.
#
# Exceptions are questions, not answers. Take the 17 events of the administrator after midnight:

# %%
late = (trail["role"] == "bookshop-admin") & (berlin.dt.hour < 2)
trail[late].groupby([berlin.dt.date, "user", "address"], observed=True).agg(
    events=("event", "size"), actions=("event", lambda each: sorted(set(each)))
)

# %% [markdown]
# One night, one person, from an address that is hers at the weekend as well. She looks at tasks, definitions and logs, and
# runs a task once. That is somebody on call. It fits the roster that the shop keeps, and the roster is not in the trail: a
# trail shows what happened, somebody else knows why. The developer before six in the morning is on no roster. *Open, for
# lab 8.*

# %%
note(
    3,
    "bookshop-admin in the night to 7 September",
    "harmless: on call, as the roster says",
    "developer, before 6 in the morning",
)

# %% [markdown]
# **1.** The reporter decrypts at two in the morning. A key that is used at night is in every list of signs of a theft. Is
# it one? Count the `Decrypt` events of `reporter-task-role` for each date in Berlin (`per_night`), and the keys that they
# name (`used_keys`, a set of ARNs).

# %% tags=["stub"]
# decrypts = trail[...]
# per_night = decrypts.groupby(...).size()
# used_keys = ...

# %% tags=["answer"]
decrypts = trail[
    (trail["event"] == "Decrypt") & (trail["role"] == "reporter-task-role")
]
per_night = decrypts.groupby(berlin.loc[decrypts.index].dt.date).size()
used_keys = {request["keyId"] for request in decrypts["request"]}
print(len(per_night), "nights,", set(per_night), "decrypts each;", used_keys)

# %% tags=["check"]
with your_turn("the same number every night, with one key: a job, not a thief"):
    assert len(per_night) == 30, f"{len(per_night)} dates; there are 30 nights."
    assert per_night.nunique() == 1, "Count only the events of reporter-task-role."
    assert len(used_keys) == 1, f"{len(used_keys)} keys."

# %% [markdown] tags=["hint"]
# `berlin.loc[decrypts.index].dt.date` is the date of each row. The key is `request["keyId"]`, for each `request` of the
# column.

# %% [markdown]
# ## 4. What was denied, and to whom?
#
# A denial is a policy at work: somebody asked for more than they have. Most of them are mistakes. Too many of them hide the
# rest.
#
# **Predict.** There are nearly 2,000 in the month. How many names share them?

# %%
denied = trail[trail["error"].notna()]
who = denied["role"].astype("object").fillna(denied["user"].astype("object"))
by_day = denied.groupby([who.rename("who"), berlin.loc[denied.index].dt.day]).size()
totals = by_day.groupby("who").sum().sort_values()
a_day = by_day[totals.index[-1]].median()
picture, axes = canvas(
    f"{totals.iloc[-1]:,} of {totals.sum():,} denials are one tool's, {a_day:.0f} every day",
    "; ".join(f"{name}: {n}, days: {len(by_day[name])}" for name, n in totals.items()),
    height=3.4,
)
for down, name in enumerate(totals.index):
    days = by_day[name]
    size = 14 + 1.4 * days.to_numpy()
    axes.scatter(
        days.index, [down] * len(days), s=size, marker="X", color=VERMILION, lw=0
    )
    axes.text(31, down, f"{totals[name]:,}", va="center")
axes.set_yticks(range(len(totals)), totals.index)
axes.set_xlabel("day of September; a larger cross is more denials")
picture

# %% [markdown]
# Six names, and one of them drowns the rest. That is the danger of noise: an alarm at 50 denials a day rings every day
# because of one tool, and on no day because of anybody else.
#
# ### A finding, followed to its end
#
# So look at the loudest first, and be done with it. Four things to know of a suspect: what does it ask, how regularly, from
# where, and did it change or read anything?

# %%
scanner = trail[trail["role"] == "inventory-scanner"]
answers = np.where(scanner["error"].isna(), "allowed", "denied")
asked = pd.crosstab(scanner["event"].astype("str"), answers).reset_index()
asked.groupby(["allowed", "denied"])["event"].agg(actions="size", names=list)

# %% [markdown]
# 23 actions, each asked 120 times, and each of them always allowed or always denied. Somebody who feels for a way in asks
# differently: a little of everything, and once a door opens, more of the same.

# %%
print("times (UTC):   ", list(scanner["time"].dt.strftime("%H:%M").unique()))
per_day = scanner.groupby(scanner["time"].dt.day).size()
print("calls a day:   ", per_day.unique().tolist())
print("changed:       ", (~scanner["read_only"]).sum(), "things")
for column in ("address", "agent", "session"):
    print(f"{column}:".ljust(15), list(scanner[column].unique()))

# %% [markdown]
# Every six hours, to the minute; 92 calls on each day; one address, one program, lists and descriptions only. This is an
# inventory tool that wants to list more services than anybody has granted it. **Harmless.** Not without cost, though:
# either it gets the missing fifteen permissions, or its owner takes the services off its list. Then an alarm on denials
# means something.

# %%
note(
    4,
    "inventory-scanner: 60 denials every day",
    "harmless: grant or drop its 15 actions",
    "three names, few and varied denials",
)
quiet = denied[denied["role"] != "inventory-scanner"]
quiet = quiet.groupby(who.loc[quiet.index].rename("who"))["event"]
quiet.agg(denials="size", actions="nunique")

# %% [markdown]
# Without it, 180 are left, and they can be read. Developers try a report that is not for them, and are denied it every
# time; one denial is about something else. The gateway is denied one action, and question 10 will say why. The other three
# ask for three different things each, a few times, on one or two days. Small and varied is more interesting than large and
# constant. *Open, for lab 8.*
#
# ## 5. Who works as administrator, and has to?
#
# `bookshop-admin` may do everything. **Predict.** Of its 1,420 calls, how many changed anything?

# %%
admin = trail[trail["role"] == "bookshop-admin"]
changes = admin[~admin["read_only"]]
days = admin.groupby(admin["time"].dt.day)["user"].unique().map(list)
print(f"{len(admin)} calls on {len(days)} days by {set(admin['session'])}")
print(f"{len(changes)} changed something ({len(changes) / len(admin):.1%}):")
changes["event"].value_counts().loc[lambda count: count > 0]

# %%
colleagues = trail[
    (trail["role"] == "developer") & trail["session"].isin(["ana", "ben"])
]
same = admin["event"].isin(colleagues["event"].unique())
print(f"{same.mean():.0%} of her calls are ones that developers make as developers")
as_developer = trail[(trail["role"] == "developer") & (trail["session"] == "nora")]
print(len(as_developer), "times she stepped into the role developer")
note(
    5,
    f"nora: admin on {len(days)} days, {len(changes)} changes",
    "not right: over-used",
)

# %% [markdown]
# One in a hundred. Nora does all her work as an administrator, every day, weekends too. Three in four of her calls a
# developer could make, and she may step into `developer` like the others. Nothing was abused. But each of those sessions
# would have handed *everything* to whoever got hold of it. The finding is not an incident, and it is the one to act on:
# daily work as `developer`, a role for tags and secrets, and `bookshop-admin` for the day it is needed.
#
# ## 6. From where do people work?
#
# An address says little, a network says more. Cut the addresses to networks of 256. (Where AWS calls for itself, its name
# stands there instead.)

# %%
network = trail["address"].str.replace(r"\.\d+$", ".0/24", regex=True)
trail.groupby(network.rename("network")).agg(
    events=("event", "size"), roles=("role", "nunique"), days=("file", "nunique")
)

# %% [markdown]
# **Predict.** 203.0.113.0/24 is the office and the people's homes, 198.51.100.0/24 the NAT gateway and two suppliers. And
# 192.0.2.0/24? A break-in, or somebody on the road?

# %%
abroad = trail[network == "192.0.2.0/24"]
abroad.groupby("address", observed=True).agg(
    events=("event", "size"), first=("time", "min"), days=("file", "nunique")
)

# %% [markdown]
# Three addresses. Take the one that is there on most days:

# %%
traveller = abroad[abroad["address"] == "192.0.2.140"]
person = trail["user"].astype("str").str.rpartition("/")[2]
usual = trail[(person == "ana") & (trail["address"] != "192.0.2.140")]
print("who:     ", list(traveller["user"].unique()))
print("when:    ", traveller["time"].min(), "to", traveller["time"].max())
print("hours:   ", berlin.loc[traveller.index].dt.hour.unique().tolist(), "in Berlin")
meanwhile = usual["time"].between("2026-09-18", "2026-09-26").sum()
print("elsewhere in those days:", meanwhile, "events")
print("her usual program:      ", set(traveller["agent"]) <= set(usual["agent"]))
print("new actions:            ", len(set(traveller["event"]) - set(usual["event"])))
note(
    6,
    "ana from 192.0.2.140, 18 to 25 September",
    "harmless: travelling; she confirmed it",
    "two addresses",
)

# %% [markdown]
# One person, the program that she always uses, once every evening, nothing that she does not do at home, and she is not in
# the office in those days. The last question goes to ana, on the telephone: she was on holiday, and looked in.
# **Harmless.** If she had been at her desk at the same time, it would have been the opposite.
#
# The other two addresses do not pass this test so easily. *Open, for lab 8.*
#
# ## 7. What was done for the first time?
#
# Whoever breaks in does not know what is usual. So mark each pair of a role and an action on the day it is first seen. In
# the first days everything is new; after that, new things are rare.

# %%
first = trail[trail["role"].notna()].drop_duplicates(["role", "event"])
pairs = first.groupby(["role", first["time"].dt.day], observed=True).size()
later = pairs[pairs.index.get_level_values(1) > 2]
names = [name for name in table.index if name in later.index.get_level_values(0)]
old, dates = pairs.sum() - later.sum(), later.index.get_level_values(1).nunique()
picture, axes = canvas(
    f"{old} of {pairs.sum()} first times are on two days, the rest on {dates} dates",
    "; ".join(f"{role} on day {day}: {n} new" for (role, day), n in later.items()),
    height=3.0,
)
for down, name in enumerate(names):
    days = later[name]
    axes.axhline(down, color="#DDDDDD", lw=0.8, zorder=0)
    axes.scatter(days.index, [down] * len(days), s=60 + 40 * days, color=BLUE, zorder=1)
    for day, count in days.items():
        style = {"color": "white", "fontsize": 9, "weight": "bold"}
        axes.text(day, down, count, ha="center", va="center", **style)
axes.set_yticks(range(len(names)), names)
axes.set_xticks([3, 5, 10, 15, 20, 25, 30])
axes.set_xlim(1.5, 30.5)
axes.set_ylim(len(names) - 0.4, -0.6)
axes.set_xlabel("day of September (UTC); the number counts new actions")
picture

# %% [markdown]
# **Predict.** The auditor's circle is a first visit. The two of the 5th are a migration of data that was announced. The
# other one on the 3rd is the administrator's, and it is about a secret. A theft?

# %%
secret = first[(first["role"] == "bookshop-admin") & (first["time"].dt.day == 3)]
secret[["time", "user", "event", "address"]].assign(
    secret=[request["secretId"] for request in secret["request"]]
)

# %% [markdown]
# Described, read, and two minutes later *written*: somebody exchanged the payment provider's key, by day, from the office.
# That is a rotation (lesson 10). **Harmless.**
#
# What is left: the 10th, the 14th and 15th, the 20th. New actions by roles that have done the same for weeks. *Open, for
# lab 8.*

# %%
note(
    7,
    "bookshop-admin reads a secret on the 3rd",
    "harmless: a rotation",
    "10th, 14th to 15th, 20th",
)

# %% [markdown]
# ## 8. Who passed which role to what?
#
# **Predict.** Whoever hands a role to a task needs `iam:PassRole` (lesson 07). How many events of that name will the month
# have?

# %%
print((trail["event"] == "PassRole").sum(), "events PassRole")
passed = trail[trail["passed_roles"].notna()]
request = passed.iloc[0]["request"]
{name: request[name] for name in ("family", "taskRoleArn", "executionRoleArn")}

# %% [markdown]
# None. `iam:PassRole` is a permission, not an action that anybody calls, so it leaves no event (*Grant a user permissions
# to pass a role to an AWS service*). It is in the request that hands the role over: for ECS in `RegisterTaskDefinition`,
# and in `RunTask` where roles are overridden. The column `passed_roles` collects them.

# %%
roles = [request["taskRoleArn"].rpartition("/")[2] for request in passed["request"]]
families = [request["family"] for request in passed["request"]]
handed = pd.Series(zip(passed["user"].astype("str"), families, roles, strict=True))
handed = handed.value_counts().sort_index()
print(handed.sum(), "hand-overs of", len(handed), "kinds")

# %%
usual = handed[handed > 1]
picture, axes = canvas(
    f"{usual.sum()} roles went to the task of their name, {handed.sum() - usual.sum()} did not",
    "; ".join(f"{a} gave {c} to {b}, times: {n}" for (a, b, c), n in handed.items()),
    height=3.0,
)
box = {"facecolor": "white", "edgecolor": GREY, "boxstyle": "round"}
middle = {"ha": "center", "va": "center"}
heights = [{}, {}, {}]
for at, column in enumerate(heights):
    names = list(dict.fromkeys(pair[at] for pair in handed.index))
    column.update({name: -(i + 0.5) / len(names) for i, name in enumerate(names)})
    axes.text(at, 0.06, ("who", "registered the task", "with the role")[at], **middle)
    for name, height in column.items():
        axes.text(at, height, name, bbox=box, **middle)
for pair, times in handed.items():
    y = [column[name] for column, name in zip(heights, pair, strict=True)]
    style = {"color": BLUE} if times > 1 else {"color": VERMILION, "ls": "--"}
    axes.plot(range(3), y, **style)
    label = f"{times}\N{MULTIPLICATION SIGN}"
    axes.text(1.45, 0.55 * y[1] + 0.45 * y[2], label, backgroundcolor="white", **middle)
axes.set_xlim(-0.4, 2.45)
axes.set_ylim(-1, 0.12)
axes.set_axis_off()
picture

# %% [markdown]
# The pipeline registers three services, over and over, each with the task role of its name. Two hand-overs are dashed: made
# by a person, once each, and the roles are not the task's own. (As execution role all of them name
# `csecstaskexecutionrole`, as they should.) The picture shows that they are odd. What they are for is lab 8.

# %%
note(
    8,
    f"{usual.sum()} hand-overs by the pipeline",
    "as expected",
    "two by hand, with roles of other tasks",
)

# %% [markdown]
# ## 9. Who changed permissions?
#
# **Predict.** In a break-in one expects new users, keys or policies. How many of them are in the month?

# %%
iam_events = trail[trail["source"] == "iam.amazonaws.com"]
written = iam_events[~iam_events["read_only"]]
print(f"{len(iam_events):,} events of IAM, {len(written)} of them change something:")
written[["user", "event"]].value_counts().loc[lambda count: count > 0]

# %% [markdown]
# Eleven tags, by nora. No policy, no key, no user was made or changed. That "nothing" counts for something, because
# question 1 was answered first, and because the trail has IAM's events at all: more than a thousand reads show that it
# listens.
#
# It is not an all-clear. Permissions can be gained without changing any: by passing a role, or by using a key that exists.

# %%
note(9, f"{len(written)} tags; no policy, key or user", "nothing changed")

# %% [markdown]
# ## 10. Who is behind the gateway's role?
#
# All calls of models are made by `gateway-task-role`, for three clients (lesson 12). The gateway's own log knows the
# clients. Each line of it has the request id that AWS answered with, and the trail has the same id.

# %%
gateway = rolelab.trails.gateway_log(folder)
models = trail.loc[trail["event"] == "Converse", ["request_id", "role", "error"]]
models = models.astype({"request_id": "object"})
joined = gateway.merge(
    models,
    how="outer",
    left_on="aws_request_id",
    right_on="request_id",
    suffixes=("_gateway", ""),
    indicator="known to",
)
joined["known to"] = joined["known to"].map(
    {"left_only": "the gateway only", "right_only": "AWS only", "both": "both"}
)
joined["known to"].value_counts()

# %% [markdown]
# **Predict.** Three numbers, three meanings. What does each say, and which of them would be an alarm if it were not 0?

# %%
outcome = joined["error"].astype("object").fillna("answered")
outcome = outcome.where(joined["known to"] == "both")
outcome = outcome.fillna(joined["reason"])
pd.crosstab(joined["application"], outcome)

# %% [markdown]
# What only the gateway knows, it refused itself: a wrong key, a limit. `AWS only` would be calls of models past the
# gateway, as in lesson 12; there are none.
#
# And the gateway's 99 denials of question 4 have a name now: `newsletter`. Which model does it ask for?

# %%
refused = joined[joined["error"].notna()]
print(refused.groupby(["application", "ai_model", "error"], observed=True).size())
note(
    10,
    "newsletter asks for nova-pro, 99 times",
    "harmless: a wrong setting of one client",
)

# %% [markdown]
# ## The report
#
# Ten questions, one line each, and a verdict that somebody can disagree with:

# %%
pd.DataFrame.from_dict(findings, orient="index").sort_index().rename_axis("question")

# %% [markdown]
# ## The same in SQL, over the same files
#
# A month of a bookshop fits into memory. A year of a company does not. Then the files stay where they are, and a query
# reads them. On AWS that is Amazon Athena, here it is DuckDB, in this process. First the table: which fields of a record,
# with which types. `unnest` makes a row of each record.

# %%
fields = """STRUCT(
    eventVersion VARCHAR, eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR,
    userIdentity STRUCT(type VARCHAR, arn VARCHAR, userName VARCHAR,
        sessionContext STRUCT(sessionIssuer STRUCT(userName VARCHAR))),
    sourceIPAddress VARCHAR, userAgent VARCHAR, errorCode VARCHAR, requestID VARCHAR,
    requestParameters JSON, readOnly VARCHAR)[]"""
sql = duckdb.connect()
sql.execute("SET enable_progress_bar = false")
sql.execute(f"""
CREATE OR REPLACE TABLE cloudtrail_logs AS
SELECT unnest(Records, max_depth := 2)
FROM read_json('{folder}/AWSLogs/*/CloudTrail/*/*/*/*/*.json.gz',
               columns = {{Records: '{fields}'}}, maximum_object_size = 100000000)
""")
sql.sql("SELECT count(*), count(eventname), min(eventtime) FROM cloudtrail_logs").df()

# %% [markdown]
# Counts first: as many rows as pandas has, and none without a name. The second number matters, because a field that is
# missing or misspelt in the table is `NULL` here, without an error.
#
# And the damaged files? **Predict.** Will DuckDB refuse both, as the loader did?

# %%
for path in (damaged / cut.name, damaged / odd.name):
    try:
        sql.sql(
            f"SELECT unnest(Records) FROM read_json('{path}', "
            f"columns = {{Records: '{fields}'}}, maximum_object_size = 100000000)"
        ).df()
    except duckdb.Error as error:
        print(str(error).partition(str(damaged))[0].strip(), "...", path.name[-8:])

# %% [markdown]
# Both are refused, for the gzip and for the line of text. The record without `userIdentity` would have passed: to SQL it is
# a row with a `NULL`.
#
# Athena's table has the same columns, in small letters, with `requestparameters` as text (*Create a table for CloudTrail
# logs in Athena using manual partitioning*). Its SQL is Trino's. Two functions that this lesson needs have other names
# there:
#
# | | Athena (Trino) | DuckDB |
# | --- | --- | --- |
# | a field of JSON text | `json_extract_scalar(text, '$.family')` | `json_extract_string(...)` |
# | a time from text | `from_iso8601_timestamp(text)` | `CAST(text AS TIMESTAMPTZ)` |
#
# (*Extract JSON data from strings* in the Athena User Guide; *Date and time functions and operators* in Trino's
# documentation.) Teach DuckDB the two, and one text is good for both:

# %%
sql.execute("""
CREATE OR REPLACE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path);
CREATE OR REPLACE MACRO from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ);
""")
sql.sql("""
SELECT json_extract_scalar(requestparameters, '$.family') AS family,
       useridentity.sessioncontext.sessionissuer.username AS role,
       count(*) AS times
FROM cloudtrail_logs
WHERE eventname = 'RegisterTaskDefinition'
GROUP BY 1, 2
ORDER BY times DESC
""").df()

# %% [markdown]
# **Predict.** Question 4 in SQL. The picture came from pandas. Will the numbers agree, `chi` included, who is a user and no
# role?

# %%
in_sql = sql.sql("""
SELECT coalesce(useridentity.sessioncontext.sessionissuer.username,
                useridentity.username) AS who,
       count(*) AS denials,
       count(DISTINCT eventname) AS actions
FROM cloudtrail_logs
WHERE errorcode IS NOT NULL
GROUP BY 1
ORDER BY denials DESC
""").df()
assert dict(zip(in_sql["who"], in_sql["denials"], strict=True)) == totals.to_dict()
in_sql

# %% [markdown]
# They do; the assertion compares them. Users have no session issuer, so both tools take the user's name where there is no
# role. An answer that two tools give is worth more than one that was computed twice.
#
# **2.** The heat map has ten events of `ci-deploy` at nine in the evening. Ask in SQL what they were, and on which day:
# `evening` shall have the columns `day`, `action` and `times`. The hour in Berlin is
# `hour(from_iso8601_timestamp(eventtime) AT TIME ZONE 'Europe/Berlin')`.

# %% tags=["stub"]
# evening = sql.sql("""
# SELECT substr(eventtime, 1, 10) AS day, eventname AS action, count(*) AS times
# FROM cloudtrail_logs
# WHERE ...
# GROUP BY 1, 2
# """).df()

# %% tags=["answer"]
evening = sql.sql("""
SELECT substr(eventtime, 1, 10) AS day, eventname AS action, count(*) AS times
FROM cloudtrail_logs
WHERE useridentity.sessioncontext.sessionissuer.username = 'ci-deploy'
  AND hour(from_iso8601_timestamp(eventtime) AT TIME ZONE 'Europe/Berlin') >= 20
GROUP BY 1, 2
ORDER BY times DESC
""").df()
evening

# %% tags=["check"]
with your_turn("one deployment like any other, only later"):
    columns = sorted(evening.columns)
    assert columns == ["action", "day", "times"], f"The columns are {columns}."
    assert set(evening["day"]) == {"2026-09-22"}, f"days: {sorted(set(evening['day']))}"
    count = evening["times"].sum()
    assert count == 10, f"{count} events; the heat map has 10."
    assert "PutImage" in set(evening["action"]), "The image is not among the events."

# %% [markdown] tags=["hint"]
# Two conditions with `AND`: the role, which is deep in `useridentity` as in the query before, and the hour, `>= 20`.

# %% [markdown]
# ### Why it scales
#
# The day is in the path of each file. A query that names it reads no other:

# %%
one_day = f"{folder}/AWSLogs/*/CloudTrail/*/2026/09/22/*.json.gz"
sql.sql(f"""
SELECT count(*) AS files, CAST(sum(size) / 1000 AS INTEGER) AS kilobytes
FROM read_blob('{one_day}')
UNION ALL
SELECT count(*), CAST(sum(size) / 1000 AS INTEGER)
FROM read_blob('{folder}/AWSLogs/**/*.json.gz')
""").df()

# %% [markdown]
# Athena does the same by *partitions*: with partition projection the table works out the folders from the day in your
# `WHERE` (*Create the table for CloudTrail logs in Athena using partition projection*). Without partitions every question
# reads every file there is.
#
# ## Live: Event history, and Logs Insights
#
# Files are for months. For what happened just now there are two quicker ways, and both have a blind spot. Make a trail in
# this notebook's own account: a bucket that CloudTrail may write to, and a log group with a role to reach it.

# %%
iam, s3, logs = boto3.client("iam"), boto3.client("s3"), boto3.client("logs")
cloudtrail = boto3.client("cloudtrail")


def document(*statements):
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
bucket = "arn:aws:s3:::bookshop-cloudtrail"
files_of_trail = f"{bucket}/AWSLogs/{account}/*"
s3.create_bucket(Bucket="bookshop-cloudtrail")
s3.put_bucket_policy(
    Bucket="bookshop-cloudtrail",
    Policy=document(
        {**service, "Action": "s3:GetBucketAcl", "Resource": bucket},
        {**service, "Action": "s3:PutObject", "Resource": files_of_trail},
    ),
)["ResponseMetadata"]["HTTPStatusCode"]

# %%
logs.create_log_group(logGroupName="/cloudtrail")
group = f"arn:aws:logs:{region}:{account}:log-group:/cloudtrail:*"
sender = iam.create_role(
    RoleName="cloudtrail-to-logs",
    AssumeRolePolicyDocument=document({**service, "Action": "sts:AssumeRole"}),
)["Role"]["Arn"]
send = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": group,
}
iam.put_role_policy(
    RoleName="cloudtrail-to-logs", PolicyName="send", PolicyDocument=document(send)
)
cloudtrail.create_trail(
    Name="bookshop",
    S3BucketName="bookshop-cloudtrail",
    CloudWatchLogsLogGroupArn=group,
    CloudWatchLogsRoleArn=sender,
)
cloudtrail.start_logging(Name="bookshop")["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# Somebody to watch: `orders-task-role` may read orders, and nothing else.

# %%
s3.create_bucket(Bucket="bookshop-orders")
s3.put_object(Bucket="bookshop-orders", Key="incoming/1001.json", Body=b"{}")
root = {"AWS": f"arn:aws:iam::{account}:root"}
trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
read = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
}
role = iam.create_role(
    RoleName="orders-task-role", AssumeRolePolicyDocument=document(trust)
)["Role"]["Arn"]
iam.put_role_policy(
    RoleName="orders-task-role", PolicyName="read", PolicyDocument=document(read)
)
keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="task")[
    "Credentials"
]
task = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

# %%
task.client("s3").get_object(Bucket="bookshop-orders", Key="incoming/1001.json")
with rolelab.expect_denied("iam:ListUsers"):
    task.client("iam").list_users()

# %%
rolelab.why()

# %% [markdown]
# **Predict.** One call was allowed, one denied. Which of them will the event history show: both, the denied one, or the
# allowed one?


# %%
def look_up(name):
    """What the event history has of an action: the user and the error, newest first."""
    wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
    events = cloudtrail.lookup_events(LookupAttributes=wanted)["Events"]
    found = [json.loads(event["CloudTrailEvent"]) for event in events]
    return [(each["userIdentity"]["arn"], each.get("errorCode")) for each in found]


for name in ("ListUsers", "GetObject"):
    print(name, look_up(name))

# %% [markdown]
# The denied one. Not because of the denial, but because of what the calls are about: `ListUsers` is a *management event*,
# `GetObject` a *data event*, and the event history keeps management events only, those of the last 90 days (*Logging
# management events*; *LookupEvents*). It also takes one condition at a time. Good for "who touched this role yesterday?",
# no good for the ten questions.
#
# **Predict.** And the trail's own files?


# %%
def delivered():
    """The names of all events in the files that the trail has written so far."""
    names = []
    for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket="bookshop-cloudtrail"
    ):
        for each in page.get("Contents", []):
            body = s3.get_object(Bucket="bookshop-cloudtrail", Key=each["Key"])["Body"]
            records = json.loads(gzip.decompress(body.read()))["Records"]
            names += [record["eventName"] for record in records]
    return names


print("ListUsers:", delivered().count("ListUsers"))
print("GetObject:", delivered().count("GetObject"))

# %% [markdown]
# Neither does the trail have it. "By default, trails and event data stores do not log data events" (*Logging data events*).
# Half of September's records are data events; this trail would have none of them, and a theft of files would leave nothing.
# Ask for them, for one bucket, and read again:

# %%
cloudtrail.put_event_selectors(
    TrailName="bookshop",
    EventSelectors=[
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": [
                {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::bookshop-orders/"]}
            ],
        }
    ],
)
for key in ("incoming/1001.json", "archive/0001.json"):
    try:
        task.client("s3").get_object(Bucket="bookshop-orders", Key=key)
    except task.client("s3").exceptions.ClientError as error:
        print(error.response["Error"]["Code"], key)
print("GetObject:", delivered().count("GetObject"))

# %% [markdown]
# From now on, that is. What was not recorded cannot be asked for.
#
# ### Logs Insights
#
# The trail also sends its events to the log group. CloudWatch Logs Insights finds the fields of JSON by itself (*Supported
# logs and discovered fields*), and its language reads from top to bottom: each line works on what the one above leaves.


# %%
def insights(query):
    """Run a query over the trail's log group, and give its rows."""
    # The sandbox delivers when somebody looks at the trail; AWS within minutes.
    cloudtrail.get_trail_status(Name="bookshop")
    now = int(time.time())
    started = logs.start_query(
        logGroupName="/cloudtrail",
        startTime=now - 3600,
        endTime=now + 60,
        queryString=query,
    )
    for _ in range(100):
        answer = logs.get_query_results(queryId=started["queryId"])
        if answer["status"] == "Complete":
            rows = [
                {each["field"]: each["value"] for each in row}
                for row in answer["results"]
            ]
            return pd.DataFrame(rows)
        time.sleep(0.2)
    raise TimeoutError("The query has not ended after 20 seconds.")


insights("""
filter userIdentity.sessionContext.sessionIssuer.userName = "orders-task-role"
| stats count(*) as calls by eventName, errorCode
| sort calls desc
""")

# %% [markdown]
# **3.** Question 4 once more, over the log group: `question` shall be a query that counts the denied calls by `eventName`.
# `ispresent(errorCode)` is true where there is one.

# %% tags=["stub"]
# question = """
# filter ...
# | stats ...
# """

# %% tags=["answer"]
question = """
filter ispresent(errorCode)
| stats count(*) as denials by eventName
"""
insights(question)

# %% tags=["check"]
with your_turn("ListUsers and GetObject were denied, once each"):
    rows = insights(question)
    assert "eventName" in rows, f"The columns are {list(rows)}."
    assert rows["eventName"].is_unique, "One row for each action: by eventName."
    missing = {"ListUsers", "GetObject"} - set(rows["eventName"])
    assert not missing, f"Not counted: {missing}"
    assert not {"AssumeRole", "StartLogging"} & set(rows["eventName"]), (
        "Denied ones only."
    )

# %% [markdown] tags=["hint"]
# Two lines: `filter ispresent(errorCode)`, and below it `| stats count(*) as denials by eventName`.

# %% [markdown]
# ## Which tool for which question
#
# | tool | good for | blind for |
# | --- | --- | --- |
# | event history, `lookup_events` | one name, the last 90 days, no setting up | data events, sums, other Regions |
# | Logs Insights | the last days, sums | what is older than the log group keeps |
# | SQL over the files | months and years | the last minutes |
# | pandas | pictures, joins, sequences: an investigation | what does not fit into memory |
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | make a trail | CloudTrail, **Trails**, **Create trail** | `aws cloudtrail create-trail --name bookshop --s3-bucket-name BUCKET --is-multi-region-trail --enable-log-file-validation` |
# | record data events | the trail, **Data events**, **Edit** | `aws cloudtrail put-event-selectors --trail-name bookshop --event-selectors file://selectors.json` |
# | look up | CloudTrail, **Event history** | `aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=ListUsers` |
# | a table in Athena, without partitions | **Event history**, **Create Athena table** | `aws athena start-query-execution --query-string file://table.sql --result-configuration OutputLocation=s3://BUCKET/athena/` |
# | fetch the files | S3, the bucket, `AWSLogs/` | `aws s3 sync s3://BUCKET/AWSLogs/ AWSLogs/` |
#
# - Files come some minutes after the calls, many a day, and "can contain records written at any point before that time"
#   (*CloudTrail log file examples*). Within a file, and between files, events are in no order: sort by `eventTime`.
#   `eventID` identifies an event, so it finds those that you have twice.
# - Data events cost extra, and there are many of them. Choose the buckets and tables that matter.
# - CloudTrail Lake answers SQL over events without any files. Since 31 May 2026 it is closed to new customers. Its SQL is
#   Trino's as well, but `eventtime` is a timestamp there and needs no function (*Supported SQL schemas for event data
#   stores*).
# - The trail's bucket belongs into an account of its own, in which those who are recorded may delete nothing.
# - `lookup_events` may be called twice a second (*LookupEvents*).
#
# What the sandbox leaves out: it delivers when somebody looks, and writes no digest files. The month in `data/trails` has
# one file a day where AWS writes many, and no sign-ins to the console. Its records were made by running the shop in the
# sandbox, so each denial in it is one that IAM's rules gave.
#
# ## What to keep
#
# - Count before you conclude: entries in, rows out, hours without an event. Times are UTC until you convert them.
# - Large and constant is a program; small, varied and new is a question. Follow each finding until it has a verdict, and
#   let somebody who knows the reason have the last word.
# - What was not recorded cannot be asked for. Data events are off until you turn them on, and `PassRole` is no event at
#   all.
#
# In this notebook we have read a month of CloudTrail, answered ten questions, asked some of them again in SQL and of a live
# trail, and left a column of things open. Lab 8 puts them together. Lesson 14 turns the same records into policies.
