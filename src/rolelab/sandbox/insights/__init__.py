"""CloudWatch Logs Insights: read a query, and run it over log records.

Pure: it knows nothing of AWS calls. `parse` gives the commands of a query, `run` their results.

AWS pages: *CloudWatch Logs Insights language query syntax* (Amazon CloudWatch Logs User Guide) and
the page of each command below it.
"""

from __future__ import annotations

from rolelab.sandbox.insights.errors import NotModelledError, QueryError
from rolelab.sandbox.insights.parser import parse
from rolelab.sandbox.insights.records import Record
from rolelab.sandbox.insights.run import Outcome, run

__all__ = ["NotModelledError", "Outcome", "QueryError", "Record", "parse", "run"]
