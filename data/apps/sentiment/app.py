"""The sentiment service: ask a model of Amazon Bedrock what a review of a book says."""

import os

import boto3

MODEL_ID = os.environ["MODEL_ID"]
REVIEW = os.environ.get("REVIEW", "I could not put the book down, and gave it to a friend.")
QUESTION = "Answer with one word, positive, negative or mixed. How is this review?"

# No key anywhere: boto3 asks ECS for the credentials of the task role.
bedrock = boto3.client("bedrock-runtime")


def main():
    answer = bedrock.converse(
        modelId=MODEL_ID,
        messages=[{"role": "user", "content": [{"text": f"{QUESTION}\n\n{REVIEW}"}]}],
        inferenceConfig={"maxTokens": 10, "temperature": 0},
    )
    print(f"review: {REVIEW}")
    print(f"{MODEL_ID} says: {answer['output']['message']['content'][0]['text']}")
    usage = answer["usage"]
    print(f"tokens: {usage['inputTokens']} in, {usage['outputTokens']} out")


if __name__ == "__main__":
    main()
