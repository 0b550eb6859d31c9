"""IBM API Connect v10, simulated: the API gateway that its published definitions describe.

It reads an OpenAPI 3 document with `x-ibm-configuration` and a product document, registers
consumers, and answers as the DataPower API Gateway of API Connect v10 does. None of IBM's code is
in it, and it has never run beside the product.

Pages that it follows (IBM Documentation, API Connect 10.0.x, unless named otherwise): *IBM
extensions to the OpenAPI specification*; *client-security*; *jwt-validate*; *ratelimit*; *invoke*;
*set-variable*; *operation-switch*; *catch*; *Error cases supported by assembly catches*; *API
properties*; *API Connect context variables*; *Variable references in API Connect*; *Describing
Plans in your Product*; *Understanding rate limits for APIs and Plans*; *Configuring a rate, burst,
or count limit on the DataPower API Gateway*; *Activity logging with the DataPower API Gateway*;
*API event record field reference*; IBM Support: *How to use the Global Error Policy to Catch
Errors*, *How is the Rate Limit calculated when applied at Plan level*, *Can I capture the 429 error
when rate limit exceeds in the Assembly*. The bodies of the other errors, the form of the
`X-RateLimit-` fields, and the fields of event records are those of replies and records of gateways
in use.

What no page says, and is therefore this simulation's choice:

- the name, status and body of a failed `jwt-validate`; the bodies for a body that is too large or
  no JSON, for a disabled application, and for a backend that is too slow;
- an application without a plan for the API gets the same 401 as an unknown one;
- an error that `stop-on-error` does not list lets the assembly go on; after a dead backend the
  answer is a 500 without a body;
- a caught error whose catch sets no status is answered 200, as in the v5 gateway;
- an unresolved `$(variable)` is empty text; a reference to a context that nothing makes is refused
  when the definition is read;
- `plan-named` finds the plan's rate and burst limits; `hard-limit` is true where it is missing;
- several limits stand one after another in one `X-RateLimit-` field;
- `cors` is read and not enforced: a preflight is an operation like another.
"""

# First of all: whichever module of this package comes next may import jsonschema.
from rolelab.gateways.api_connect import lean_jsonschema as lean_jsonschema
