"""What happens after RunTask: the steps of a launch, the containers, and what they are given.

Reached through plain boto3 (`ecs.run_task`), once `rolelab.start` has begun an account.
"""
