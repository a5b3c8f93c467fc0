"""ONNX Runtime as jobs load it."""

import os
import subprocess
import sys

# With these set, its telemetry is off whatever a job does.
ELSEWHERE = ("ORT_DISABLE_TELEMETRY", "CI", "GITHUB_ACTIONS", "JENKINS_URL", "XDG_CACHE_HOME")


def test_nothing_is_stored_for_an_upload(tmp_path):
    """Imported alone, version 1.32 leaves a device's name and a data base of events there."""
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    module = "reconattack.classifiers.backends.onnx_runtime"
    loading = f"from {module} import load_onnxruntime; load_onnxruntime()"
    environment |= {"HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", loading], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
