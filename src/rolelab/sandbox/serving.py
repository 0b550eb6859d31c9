"""Answer a call that is allowed: fixes from the outside in, moto's own handler innermost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.denial import Response, ServiceError, not_modelled
from rolelab.sandbox.fixes import Fix

Handler = Callable[[], Any]


def answer(call: Call, response_object: Any, handler: Handler, fixes: Iterable[Fix]) -> Response:
    """Run the fixes of an operation around moto's handler.

    Args:
        call: the call, already allowed.
        response_object: moto's response object of the request.
        handler: moto's own way to answer.
        fixes: the fixes, outermost first.

    Returns:
        HTTP status, headers and body. An error that moto answers is such a response, too.

    Raises:
        ServiceError: a fix refused the call, or moto cannot answer it.
    """
    run: Callable[[], Response] = partial(_served, call, response_object, handler)
    for fix in reversed(list(fixes)):
        run = partial(_fixed, fix, call, response_object, run)
    return run()


def _fixed(fix: Fix, call: Call, response_object: Any, serve: Callable[[], Response]) -> Response:
    result = fix(call, response_object, serve)
    if isinstance(result, tuple):
        status, headers, body = result
        return int(status), headers, body
    from moto.core.responses import ActionResult

    members = None if result is None else dict(result)
    response: Response = response_object.serialized(ActionResult(members))
    return response


def _served(call: Call, response_object: Any, handler: Handler) -> Response:
    """moto's own answer, whatever shape its handler gives it."""
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult
    from werkzeug.exceptions import HTTPException

    try:
        result = handler()
    except ServiceException as error:
        result = response_object.serialized(ActionResult(error))
    except HTTPException as error:
        result = (error.code, dict(error.get_headers()), error.get_body())
    except NotImplementedError as error:
        raise not_modelled(model_of(call.service), call.operation) from error
    except ServiceError:
        raise
    except Exception as error:
        why = f"moto stopped with {type(error).__name__}: {error}"
        raise not_modelled(model_of(call.service), call.operation, why) from error
    if isinstance(result, (str, bytes)):
        return 200, {}, result
    status, headers, body = result
    return int(status), headers, body
