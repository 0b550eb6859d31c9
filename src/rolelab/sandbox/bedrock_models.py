"""The foundation models and inference profiles that the account's Bedrock offers.

The ids, providers and Regions are AWS's, a part of what AWS offers, so that policies and code of
the course can be taken to AWS as they are. What answers is a stand-in in every case.

Pages: *Supported foundation models in Amazon Bedrock*; *Supported Regions and models for inference
profiles*; *GetFoundationModel* and *GetInferenceProfile* (Amazon Bedrock API Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STAND_IN = "rolelab stand-in"


@dataclass(frozen=True, slots=True)
class Model:
    """A foundation model.

    Attributes:
        identifier: the model id, `amazon.nova-lite-v1:0`.
        provider: who makes it on AWS.
        name: its name on AWS.
        family: which request and response bodies InvokeModel speaks for it.
        reads_images: it takes images beside text.
        most_tokens: the most tokens that one answer may have.
    """

    identifier: str
    provider: str
    name: str
    family: str
    reads_images: bool = False
    most_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class Profile:
    """An inference profile that Bedrock defines: one model in several Regions.

    Attributes:
        identifier: its id, `us.amazon.nova-lite-v1:0`.
        model: the id of the model.
        regions: where a request may be answered.
    """

    identifier: str
    model: str
    regions: tuple[str, ...]


_MODELS = (
    Model("amazon.nova-lite-v1:0", "Amazon", "Nova Lite", "nova", True, 5120),
    Model("amazon.nova-micro-v1:0", "Amazon", "Nova Micro", "nova", False, 5120),
    Model("amazon.nova-pro-v1:0", "Amazon", "Nova Pro", "nova", True, 5120),
    Model("amazon.titan-text-express-v1", "Amazon", "Titan Text G1 - Express", "titan-text"),
    Model("amazon.titan-text-lite-v1", "Amazon", "Titan Text G1 - Lite", "titan-text"),
    Model("anthropic.claude-3-haiku-20240307-v1:0", "Anthropic", "Claude 3 Haiku", "claude", True),
    Model(
        "anthropic.claude-3-sonnet-20240229-v1:0", "Anthropic", "Claude 3 Sonnet", "claude", True
    ),
    Model("meta.llama3-8b-instruct-v1:0", "Meta", "Llama 3 8B Instruct", "llama", False, 2048),
    Model("meta.llama3-70b-instruct-v1:0", "Meta", "Llama 3 70B Instruct", "llama", False, 2048),
)
MODELS: Mapping[str, Model] = {model.identifier: model for model in _MODELS}

_US = ("us-east-1", "us-east-2", "us-west-2")
_US_CLAUDE = ("us-east-1", "us-west-2")
_EU = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3")
_EU_CLAUDE = ("eu-central-1", "eu-west-1", "eu-west-3")
_PROFILES = (
    Profile("us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", _US),
    Profile("us.amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0", _US),
    Profile("us.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", _US),
    Profile("eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", _EU),
    Profile("eu.amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0", _EU),
    Profile("eu.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", _EU),
    Profile(
        "us.anthropic.claude-3-haiku-20240307-v1:0",
        "anthropic.claude-3-haiku-20240307-v1:0",
        _US_CLAUDE,
    ),
    Profile(
        "us.anthropic.claude-3-sonnet-20240229-v1:0",
        "anthropic.claude-3-sonnet-20240229-v1:0",
        _US_CLAUDE,
    ),
    Profile(
        "eu.anthropic.claude-3-haiku-20240307-v1:0",
        "anthropic.claude-3-haiku-20240307-v1:0",
        _EU_CLAUDE,
    ),
    Profile(
        "eu.anthropic.claude-3-sonnet-20240229-v1:0",
        "anthropic.claude-3-sonnet-20240229-v1:0",
        _EU_CLAUDE,
    ),
)
PROFILES: Mapping[str, Profile] = {profile.identifier: profile for profile in _PROFILES}


def model_named(text: str) -> Model | None:
    """Find a foundation model by id or ARN."""
    return MODELS.get(_last(text, "foundation-model"))


def profile_named(text: str, region: str) -> Profile | None:
    """Find an inference profile by id or ARN; it is there in the Regions it spans."""
    found = PROFILES.get(_last(text, "inference-profile"))
    return found if found is not None and region in found.regions else None


def model_arn(partition: str, region: str, identifier: str) -> str:
    """Give the ARN of a foundation model: it belongs to no account."""
    return f"arn:{partition}:bedrock:{region}::foundation-model/{identifier}"


def profile_arn(partition: str, region: str, account: str, identifier: str) -> str:
    """Give the ARN of an inference profile."""
    return f"arn:{partition}:bedrock:{region}:{account}:inference-profile/{identifier}"


def models_of(profile: Profile, partition: str) -> list[str]:
    """Give the ARNs of the models to which a profile may send a request."""
    return [model_arn(partition, region, profile.model) for region in profile.regions]


def _last(text: str, kind: str) -> str:
    """Give the id in an ARN of one kind; an id as it is; of other ARNs nothing."""
    if not text.startswith("arn:"):
        return text
    found, _, identifier = text.split(":", 5)[-1].partition("/")
    return identifier if found == kind else ""
