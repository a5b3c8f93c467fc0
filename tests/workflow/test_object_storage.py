"""Results in object storage: the same bits as in a folder, and only what is needed is moved."""

import hashlib
import json
import os

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.workflow.workflow_run import EVERY_RULE, EXEMPT, TABLE_CHUNKS, TableWorkflow, Workflow

BUCKET = "study"
PREFIX = "results"  # as the folder of a run is called
KEYS = {"ACCESS_KEY": "writer", "SECRET_KEY": "secret"}


class Stored:
    """A run with its results in a bucket."""

    def command(self, *arguments: str, **options) -> list:
        return super().command(
            *arguments,
            *("--default-storage-provider", "s3"),
            *("--default-storage-prefix", f"s3://{BUCKET}/{PREFIX}"),
            **options,
        )


class StoredWorkflow(Stored, Workflow):
    pass


class StoredTableWorkflow(Stored, TableWorkflow):
    pass


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
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", server)
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


def test_whole_run_in_a_bucket_gives_the_same_bits(checkout, smoke, bucket, tmp_path):
    workflow = StoredWorkflow(checkout, tmp_path)
    workflow.run(*EVERY_RULE, cores=4)
    stored = {
        entry.key.removeprefix(f"{PREFIX}/results/"): entry.get()["Body"].read()
        for entry in bucket.objects.all()
    }
    assert {
        name: hashlib.sha256(content).hexdigest()
        for name, content in sorted(stored.items())
        if not name.startswith(EXEMPT)
    } == smoke.results()
    assert stored["tables/timings.csv"].decode() == "rule,job,wall_s,cpu_s,max_rss_mb\n"
    assert any(name.startswith("benchmarks/") for name in stored)
    assert workflow.results() == {}
    (run,) = json.loads((tmp_path / "results" / "provenance.json").read_text())["runs"]
    assert run["succeeded"]
    assert run["inputs"] is None
    assert workflow.planned(*EVERY_RULE) == {}


def test_only_what_a_job_needs_is_moved(checkout, bucket, tmp_path):
    workflow = StoredTableWorkflow(checkout, tmp_path)
    workflow.write()
    frames = [name.replace("bmode", "frames") for name in TABLE_CHUNKS]
    workflow.run(*frames)
    said = workflow.run(TABLE_CHUNKS[1])
    fetched = [line for line in said.splitlines() if "Retrieving" in line]
    assert len(fetched) == 1, said
    assert os.path.basename(frames[1]) in fetched[0]
    stored = [entry.key for entry in bucket.objects.all()]
    assert all(name.startswith(f"{PREFIX}/results/") for name in stored), "a person's files moved"
