"""The policy playground: edit policies and a request, and watch the decision change.

The folder is not called `playground`, because `rolelab.playground` is the function that opens it.
"""
