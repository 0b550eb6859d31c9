"""What every gateway does: route, authenticate, check the plan, limit, transform, call, log.

A product is a `dialect.Dialect`: it reads the product's own definitions, says which steps a
request takes, and words the refusals. `app.application` makes a web application of it, and
`serve.serve` runs it.
"""
