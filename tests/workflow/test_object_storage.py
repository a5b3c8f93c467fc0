"""Results in object storage: the same bits as in a folder, and only what is needed is moved."""

import dataclasses
import hashlib
import os

import boto3
import pytest
from moto.server import ThreadedMotoServer
from workflow_run import TABLE_CHUNKS, TableWorkflow

BUCKET = "study"
PREFIX = "run"
KEYS = {"ACCESS_KEY": "writer", "SECRET_KEY": "secret"}


@dataclasses.dataclass(frozen=True)
class StoredWorkflow(TableWorkflow):
    """The same with its results in a bucket."""

    endpoint: str

    def command(self, *arguments: str, **options) -> list:
        return super().command(
            *arguments,
            *("--default-storage-provider", "s3"),
            *("--default-storage-prefix", f"s3://{BUCKET}/{PREFIX}"),
            *("--storage-s3-endpoint-url", self.endpoint),
            **options,
        )


@pytest.fixture(scope="module")
def server():
    """An S3-compatible server on this host."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(f"SNAKEMAKE_STORAGE_S3_{name}", value)
    storage = boto3.resource(
        "s3",
        endpoint_url=server,
        aws_access_key_id=KEYS["ACCESS_KEY"],
        aws_secret_access_key=KEYS["SECRET_KEY"],
        region_name="us-east-1",
    )
    bucket = storage.create_bucket(Bucket=BUCKET)
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def test_results_in_a_bucket(checkout, table_run, server, bucket, tmp_path):
    workflow = StoredWorkflow(checkout, tmp_path, server)
    workflow.write()
    workflow.run(*TABLE_CHUNKS)
    stored = {entry.key.removeprefix(f"{PREFIX}/"): entry for entry in bucket.objects.all()}
    expected = table_run.results()
    chunks = {f"results/{name}" for name in expected if name.endswith(".nc")}
    assert len(chunks) == 2 * len(TABLE_CHUNKS)
    for name in chunks:
        digest = hashlib.sha256(stored[name].get()["Body"].read()).hexdigest()
        assert digest == expected[name.removeprefix("results/")]
    assert not [name for name in stored if name.startswith("rf/")], "a person's files were moved"
    assert not list(tmp_path.glob("results/**/*.nc"))
    assert workflow.planned(*TABLE_CHUNKS) == {}


def test_only_what_a_job_needs_is_fetched(checkout, server, bucket, tmp_path):
    workflow = StoredWorkflow(checkout, tmp_path, server)
    workflow.write()
    frames = [name.replace("bmode", "frames") for name in TABLE_CHUNKS]
    workflow.run(*frames)
    said = workflow.run(TABLE_CHUNKS[1])
    fetched = [line for line in said.splitlines() if "Retrieving" in line]
    assert len(fetched) == 1, said
    assert os.path.basename(frames[1]) in fetched[0]
