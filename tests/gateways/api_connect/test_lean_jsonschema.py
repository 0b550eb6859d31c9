"""The gateway starts without the grammar that jsonschema would load, and still checks formats."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import rolelab.gateways.api_connect.main
from jsonschema import FormatChecker
print("rfc3987_syntax" in sys.modules)
print([FormatChecker().conforms(text, "uri-reference") for text in ("/a/b", "a b")])
"""


def test_a_gateway_loads_no_grammar_of_iris_and_checks_uris() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False", "[True, False]"]
