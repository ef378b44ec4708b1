"""The media types of requests and answers that most tests speak of."""

CSV, JSON, JSONLINES, RECORDIO, IMAGE = (
    "text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf", "application/x-image",
)  # fmt: skip
