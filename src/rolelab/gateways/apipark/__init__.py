"""A simulation of APIPark's AI gateway: not the product, and it says so.

It follows APIPark 9192b39 and the gateway below it, Apinto b5972ba: the management calls and their
answers, the five authorization drivers, prompt variables, the client call, its errors and its log.

Not modelled: the web console, users and their roles (whoever has signed in may do everything),
databases (what is defined lives as long as the process), REST services with upstreams, MCP,
streaming, the authorization code grant of oauth2, backup models and key pools, and every strategy
but data masking. `hide_credential` changes nothing, because a model gets no header of a client in
any case. The model is reached with the gateway's task role, where APIPark's own provider of
Amazon Bedrock keeps an access key.

Stricter than the product: an unknown member of a body is refused instead of ignored; a shared
secret of a JSON Web Token has the length that RFC 7518 asks for; the issuer of a token must be the
registered one; a credential is not taken from a header that is there twice. Secrets and tokens
never reach the log, while Apinto's access log offers `$request_header`.

Not verified against a running product: the HTTP status of the errors 400, 404, 405, 413, 502 and
504, and the body of those for which APIPark has no sentence of its own.
"""
