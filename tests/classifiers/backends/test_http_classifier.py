"""A real server on this computer: the example of docs/http-model.md, and one that misbehaves."""

import base64
import io
import json
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit

from reconattack.attacks.methods.sample import share_bound
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.backends.http_classifier import HttpClassifier, png
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.places import ROOT


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def images():
    return np.random.default_rng(7).integers(0, 256, (5, 13, 10), np.uint8)


@pytest.fixture
def server():
    """Start a server; `answers` are used up one by one, the last for ever.

    An answer is a function from the pictures to (status, body, headers).
    """
    started = []

    def start(*answers):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                started[0].times.append(time.monotonic())
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/json"
                pictures = [decoded(image) for image in json.loads(body)["images"]]
                started[0].pictures.append(pictures)
                number = min(len(started[0].times), len(answers)) - 1
                status, content, headers = answers[number](pictures)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        http.times, http.pictures = [], []
        http.url = f"http://127.0.0.1:{http.server_port}/judge"
        threading.Thread(target=http.serve_forever, daemon=True).start()
        started.append(http)
        return http

    yield start
    for http in started:
        http.shutdown()
        http.server_close()


def decoded(image):
    """What an ordinary PNG library reads."""
    with Image.open(io.BytesIO(base64.b64decode(image))) as picture:
        assert (picture.format, picture.mode) == ("PNG", "L")
        return np.asarray(picture)


def brightness(pictures):
    answer = {"probabilities": [float(p.mean() / 255) for p in pictures], "version": "1"}
    return 200, json.dumps(answer).encode(), {}


def says(content, status=200, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda pictures: (status, body, headers)


def test_documented_server_judges(images, tmp_path):
    """The very example of the documentation, run as it says."""
    text = (ROOT / "docs" / "http-model.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "server.py").write_text(code)
    command = [sys.executable, "server.py", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            port = int(process.stdout.readline())
            classifier = HttpClassifier(None, http=f"http://127.0.0.1:{port}/judge")
            images[0, :6], images[0, 6:] = 200, 100
            found = expit(classifier.answers(images))
        finally:
            process.kill()
    upper, lower = (half.mean(axis=(1, 2)) for half in (images[:, :7], images[:, 7:]))
    np.testing.assert_allclose(found, expit((upper - lower) / 10), rtol=1e-6)


def test_documented_settings_are_those_of_the_schema():
    import yaml

    text = (ROOT / "docs" / "http-model.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    settings = yaml.safe_load(block)["models"]["product"]
    assert set(settings) == {*HttpClassifier.SETTINGS, "resize"}


def test_pictures_arrive_as_they_are(server, images):
    http = server(brightness)
    classifier = HttpClassifier(None, http=http.url)
    found = expit(classifier.answers(images))
    np.testing.assert_array_equal(http.pictures[0], images)
    np.testing.assert_allclose(found, images.mean(axis=(1, 2)) / 255, atol=1e-6)


def test_pictures_arrive_at_a_stated_size(server, images):
    http = server(brightness)
    classifier = HttpClassifier(
        None, http=http.url, input_size=[6, 8], resize={"kernel": "bicubic"}
    )
    classifier.answers(images)
    expected = np.clip(np.rint(classifier.network_input(images)), 0, 255)
    np.testing.assert_array_equal(http.pictures[0], expected)


def test_a_sample_of_settings_is_judged(server, noise_frame):
    """The bound is that of the pictures which reached the server and flipped there."""
    initial = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
    (start,) = Reconstruction(noise_frame, 48).bmode(np.array([[*initial.values()]], float))
    level = start.mean() - 3

    def judged(pictures):
        chances = [float(expit(picture.mean() - level)) for picture in pictures]
        return says({"probabilities": chances})(pictures)

    http = server(judged)
    boxes = {"beta": [0.5, 1.3], "alpha_lower": [5, 15], "alpha_upper": [50, 60]}
    settings = {"method": "sample", "draws": 40, "distribution": "uniform", "confidence": 0.95}
    settings["parameters"] = {name: {"box": box} for name, box in boxes.items()}
    judge = HttpClassifier(None, http=http.url)
    found = attack_frames({"a": noise_frame}, judge, settings, initial, 48, 0.5, "s").isel(frame=0)
    first, *drawn = (picture for request in http.pictures for picture in request)
    np.testing.assert_array_equal(first, start)
    flips = sum(picture.mean() < level for picture in drawn)
    assert len(drawn) == found["n_drawn"] == 40
    assert 0 < flips < 40
    assert found["n_flipping"] == flips
    assert found["flip_share_upper"] == share_bound(flips, 40, 0.95)
    assert str(found["stop_reason"].values) == "flipped"


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (64, 5)])
def test_png_is_read_by_another_library(shape):
    picture = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    with Image.open(io.BytesIO(png(picture))) as opened:
        opened.load()
        np.testing.assert_array_equal(opened, picture)


def test_pictures_are_sent_in_batches_and_counted(server, images, caplog):
    caplog.set_level("INFO")
    http = server(brightness)
    classifier = HttpClassifier(None, http=http.url, batch_size=2)
    classifier.answers(images)
    assert [len(pictures) for pictures in http.pictures] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(http.pictures), images)
    classifier.log_use()
    assert f"model {http.url} judged 5 images" in caplog.messages
    assert f"model {http.url} answered 3 requests, after 0 further tries" in caplog.messages


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_server_is_asked_again(server, images, status):
    http = server(says(b"busy", status), brightness)
    classifier = HttpClassifier(None, http=http.url)
    found = classifier.answers(images)
    np.testing.assert_allclose(expit(found), images.mean(axis=(1, 2)) / 255, atol=1e-6)
    assert len(http.times) == 2
    assert (classifier.requests, classifier.further_tries) == (1, 1)


def test_waits_grow_and_end(server, images):
    http = server(says(b"busy", 503))
    with pytest.raises(InputError, match=r"judge: found HTTP status 503 \(busy\); expected 200"):
        HttpClassifier(None, http=http.url, retries=2).answers(images)
    waits = np.diff(http.times)
    assert len(waits) == 2
    assert waits[0] < 0.9
    assert waits[1] >= 1


def test_server_says_how_long_to_wait(server, images):
    http = server(says(b"", 429, **{"Retry-After": "1"}), brightness)
    HttpClassifier(None, http=http.url).answers(images)
    assert np.diff(http.times)[0] >= 1


def test_rate_is_limited(server, images):
    http = server(brightness)
    HttpClassifier(None, http=http.url, requests_per_second=5, batch_size=1).answers(images)
    assert len(http.times) == 5
    assert http.times[-1] - http.times[0] >= 0.75
    assert np.diff(http.times).min() > 0.1


def test_server_that_is_not_there(images):
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        url = f"http://127.0.0.1:{free.server_port}/"
    with pytest.raises(InputError, match=rf"model {url}: no answer: .*refused"):
        HttpClassifier(None, http=url, retries=1).answers(images)


def test_server_that_is_too_slow(server, images):
    def slow(pictures):
        time.sleep(1)
        return brightness(pictures)

    http = server(slow)
    with pytest.raises(InputError, match=r"no answer: .*timed out"):
        HttpClassifier(None, http=http.url, timeout=0.2, retries=0).answers(images)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(b"wrong picture", 400), r"found HTTP status 400 \(wrong picture\); expected 200"),
        (says(b"who are you", 401), "found HTTP status 401"),
        (says(b"", 302, Location="/elsewhere"), "found HTTP status 302"),
        (says(b"<html>hello</html>"), "found the answer <html>hello</html>; expected JSON"),
        (says(b"\xff\xfe"), "expected JSON"),
        (says([0.1] * 5), r"found the answer \[0\.1.* expected {\"probabilities\""),
        (says({"probability": [0.1] * 5}), "found the answer {'probability'"),
        (says({"probabilities": 0.1}), "with 5 numbers"),
        (says({"probabilities": [0.1] * 4}), "to 5 images; expected .* with 5 numbers"),
        (says({"probabilities": ["0.1"] * 5}), "with 5 numbers"),
        (says({"probabilities": [True] * 5}), "with 5 numbers"),
        (says({"probabilities": [[0.1]] * 5}), "with 5 numbers"),
        (says({"probabilities": [10**400] * 5}), "with 5 numbers"),
        (says(b"[" * 100_000), "expected JSON"),
        (says({"probabilities": [0.1, 0.2, 0.3, 0.4, 1.5]}), "expected probabilities from 0 to 1"),
        (says({"probabilities": [0.1, 0.2, 0.3, 0.4, -0.5]}), "expected probabilities from 0 to 1"),
        (says({"probabilities": [0.1, 0.2, 0.3, 0.4, float("nan")]}), "NaN or infinity for 1 of 5"),
        (says(b" " * (2 << 20)), "answer of more than 1048576 bytes"),
    ],
)
def test_answer_that_is_not_as_agreed(server, images, answer, said):
    http = server(answer)
    with pytest.raises(InputError, match=said) as error:
        HttpClassifier(None, http=http.url).answers(images)
    assert str(error.value).startswith(f"model {http.url}: ")
    assert len(http.times) == 1


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "http://", "host/judge"])
def test_other_schemes_are_refused(url):
    with pytest.raises(InputError, match="expected a URL that starts with http"):
        HttpClassifier(None, http=url)


def test_password_in_the_url_is_refused_and_not_repeated():
    with pytest.raises(InputError, match=r"at host\.org holds a user name or password") as error:
        HttpClassifier(None, http="https://me:secret@host.org/judge")
    assert "secret" not in str(error.value)
