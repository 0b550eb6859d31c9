"""The API gateways of the course: one core, and a dialect of it for each product that is simulated.

A gateway is an ordinary container: an image in Amazon ECR, run by `ecs.run_task` under a task role.
What its clients hold are the gateway's own keys, never AWS credentials.
"""
