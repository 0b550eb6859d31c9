"""How to call every operation of a service, in an account where all it names exists.

One module for each table, by the service's name, with its `SAMPLE`.
"""
