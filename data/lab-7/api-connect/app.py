"""A simulation of the API gateway of IBM API Connect v10, as a container.

It says so on start and in every answer. gateway.yaml is its configuration; the client secrets come
from Secrets Manager, read on start under the task role.
"""

from rolelab.gateways.api_connect.main import main

if __name__ == "__main__":
    main()
