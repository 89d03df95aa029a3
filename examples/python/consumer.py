"""Receives events from a queue, and keeps the newest of each subject in a table.

Environment variables: QUEUE_URL, TABLE_NAME (a table whose partition key is the text `subject`).
"""

import json
import os

import boto3

sqs = boto3.client("sqs")
dynamodb = boto3.client("dynamodb")


def parse(body: str) -> dict:
    """The event in the body of a message, with or without raw message delivery."""
    message = json.loads(body)
    event = json.loads(message["Message"]) if message.get("Type") == "Notification" else message
    if event["specversion"] != "1.0" or "/v1/" not in event["dataschema"]:
        raise ValueError("This is no event of version 1 of the contract.")
    return event


def store(event: dict) -> bool:
    """Stores an event, unless it is a repetition or older. DynamoDB compares and stores in one step."""
    try:
        dynamodb.update_item(
            TableName=os.environ["TABLE_NAME"],
            Key={"subject": {"S": event["subject"]}},
            UpdateExpression="SET #sequence = :sequence, #data = :data",
            ConditionExpression="attribute_not_exists(#sequence) OR #sequence < :sequence",
            ExpressionAttributeNames={"#sequence": "sequence", "#data": "data"},
            ExpressionAttributeValues={
                ":sequence": {"N": str(event["data"]["sequence"])},
                ":data": {"S": json.dumps(event["data"])},
            },
        )
        return True
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False


def receive() -> None:
    """Handles one batch. A message that fails is not deleted: the queue delivers it again, or moves it away."""
    batch = sqs.receive_message(QueueUrl=os.environ["QUEUE_URL"], MaxNumberOfMessages=10, WaitTimeSeconds=20)
    for message in batch.get("Messages", []):
        try:
            event = parse(message["Body"])
            print("stored" if store(event) else "ignored", event["id"])
        except Exception as error:  # One bad message must not hold back the others.
            print("failed", message["MessageId"], type(error).__name__)
            continue
        sqs.delete_message(QueueUrl=os.environ["QUEUE_URL"], ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    while True:
        receive()
