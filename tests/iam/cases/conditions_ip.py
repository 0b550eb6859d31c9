"""IP address operators: ranges in CIDR form, IPv4 and IPv6."""

from __future__ import annotations

from .case import Case
from .conditions import match, no_match
from .names import GLOBAL_KEYS, OPERATORS, POLICY_CHECKS, SEVERAL_KEYS, USER
from .statements import allow, deny, policy


def source(operator: str, value: object) -> dict[str, object]:
    return {operator: {"aws:SourceIp": value}}


def from_ip(address: str) -> dict[str, str]:
    return {"aws:SourceIp": address}


OFFICE = source("IpAddress", "203.0.113.0/24")
BOTH = source("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"])


def direct_or_via_service(rule: str, via: str, address: str, *, allowed: bool) -> Case:
    """The page's pair of statements: the address counts only for direct calls."""
    return Case(
        rule,
        GLOBAL_KEYS,
        {
            "principal": USER,
            "action": "s3:PutObject",
            "resource": "arn:aws:s3:::my-service-bucket/x",
            "context": {"aws:ViaAWSService": via, "aws:SourceIp": address},
        },
        {
            "identity": [
                policy(
                    allow(
                        "s3:PutObject",
                        "arn:aws:s3:::my-service-bucket/*",
                        Condition={
                            "Bool": {"aws:ViaAWSService": "false"},
                            "IpAddress": {"aws:SourceIp": "123.45.167.89"},
                        },
                    ),
                    allow(
                        "s3:PutObject",
                        "arn:aws:s3:::my-service-bucket/*",
                        Condition={"Bool": {"aws:ViaAWSService": "true"}},
                    ),
                )
            ]
        },
        "Allow" if allowed else "ImplicitDeny",
        "identity-based policy",
    )


CASES = (
    match("ip-in-the-range", OFFICE, from_ip("203.0.113.1")),
    match("ip-first-of-the-range", OFFICE, from_ip("203.0.113.0")),
    match("ip-last-of-the-range", OFFICE, from_ip("203.0.113.255")),
    no_match("ip-outside-the-range", OFFICE, from_ip("198.51.100.1")),
    no_match("ip-just-past-the-range", OFFICE, from_ip("203.0.114.0")),
    no_match("ip-absent-key-through-a-vpc-endpoint", OFFICE, {}),
    match(
        "ip-without-prefix-is-one-address",
        source("IpAddress", "203.0.113.7"),
        from_ip("203.0.113.7"),
    ),
    no_match(
        "ip-without-prefix-is-no-other-address",
        source("IpAddress", "203.0.113.7"),
        from_ip("203.0.113.8"),
    ),
    match("ip-prefix-32", source("IpAddress", "203.0.113.7/32"), from_ip("203.0.113.7")),
    match("ip-prefix-zero-is-everything", source("IpAddress", "0.0.0.0/0"), from_ip("8.8.8.8")),
    match(
        "ip-prefix-inside-an-octet", source("IpAddress", "203.0.112.0/23"), from_ip("203.0.113.9")
    ),
    match(
        "ip-bits-after-the-prefix-are-ignored",
        source("IpAddress", "203.0.113.7/24"),
        from_ip("203.0.113.200"),
        POLICY_CHECKS,
    ),
    match("ip-one-of-several-first", BOTH, from_ip("203.0.113.9"), SEVERAL_KEYS),
    match("ip-one-of-several-ipv6", BOTH, from_ip("2001:db8:1234:5678::1"), SEVERAL_KEYS),
    no_match("ip-none-of-several", BOTH, from_ip("2001:db8:1234:5679::1"), SEVERAL_KEYS),
    match(
        "ipv6-written-in-full",
        source("IpAddress", "2001:DB8:1234:5678::/64"),
        from_ip("2001:0db8:1234:5678:0000:0000:0000:0001"),
    ),
    match(
        "ipv6-ignores-the-case-of-its-digits",
        source("IpAddress", "2001:DB8:ABCD::/48"),
        from_ip("2001:db8:abcd::1"),
    ),
    no_match(
        "an-ipv4-caller-is-in-no-ipv6-range",
        source("IpAddress", "2001:DB8::/32"),
        from_ip("203.0.113.1"),
    ),
    no_match("an-ipv6-caller-is-in-no-ipv4-range", OFFICE, from_ip("2001:db8::1")),
    no_match(
        "not-ip-in-the-range", source("NotIpAddress", "203.0.113.0/24"), from_ip("203.0.113.1")
    ),
    match(
        "not-ip-outside-the-range",
        source("NotIpAddress", "203.0.113.0/24"),
        from_ip("198.51.100.1"),
    ),
    match("not-ip-absent-key-is-true", source("NotIpAddress", "203.0.113.0/24"), {}),
    no_match(
        "not-ip-several-are-nor",
        source("NotIpAddress", ["192.0.2.0/24", "203.0.113.0/24"]),
        from_ip("203.0.113.1"),
        SEVERAL_KEYS,
    ),
    match(
        "not-ip-none-of-several",
        source("NotIpAddress", ["192.0.2.0/24", "203.0.113.0/24"]),
        from_ip("198.51.100.1"),
        SEVERAL_KEYS,
    ),
    match("ip-if-exists-absent", source("IpAddressIfExists", "203.0.113.0/24"), {}, OPERATORS),
    no_match(
        "ip-if-exists-outside",
        source("IpAddressIfExists", "203.0.113.0/24"),
        from_ip("198.51.100.1"),
        OPERATORS,
    ),
    match(
        "vpc-source-ip",
        {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}},
        {"aws:VpcSourceIp": "10.0.3.4"},
        GLOBAL_KEYS,
    ),
    direct_or_via_service("direct-call-from-the-address", "false", "123.45.167.89", allowed=True),
    direct_or_via_service("direct-call-from-elsewhere", "false", "123.45.167.90", allowed=False),
    direct_or_via_service(
        "call-by-a-service-from-elsewhere", "true", "123.45.167.90", allowed=True
    ),
    Case(
        "a-deny-outside-the-office-reaches-the-outside",
        OPERATORS,
        {
            "principal": USER,
            "action": "s3:GetObject",
            "resource": "*",
            "context": {"aws:SourceIp": "198.51.100.1"},
        },
        {"identity": [policy(allow(), deny(Condition=source("NotIpAddress", "203.0.113.0/24")))]},
        "ExplicitDeny",
        "identity-based policy",
    ),
)
