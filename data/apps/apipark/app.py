"""A simulation of the APIPark gateway, as a container. It says so on start and in every answer.

ADMIN_PASSWORD, API_KEY and RATE_LIMITING are its settings. It asks models of Amazon Bedrock with
the task role's credentials; there is no key of AWS in its settings or in its definitions.
"""

from rolelab.gateways.apipark.main import main

if __name__ == "__main__":
    main()
