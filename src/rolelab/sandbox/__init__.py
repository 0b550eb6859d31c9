"""The offline account: moto holds its state, one gate decides about every request.

Start reading at `account` (start, stop, identities), `safety` (why nothing leaves the machine) and
`gate` (what happens to a request).
"""
