"""A model on a server that is reached over HTTP; docs/http-model.md is the contract."""

import base64
import io
import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.network_input import network_input
from reconattack.classifiers.output import AnyOutput, ClassScores, Labels, OneNumber, Output
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.errors import InputError, needs_extra

log = logging.getLogger(__name__)

BUSY = (429, 500, 502, 503, 504)  # statuses after which a request is sent again
FIRST_WAIT_S = 0.5  # doubled after each further try
ANSWER_LIMIT = 1 << 20  # bytes
SHOWN = 200  # characters of an answer in a message


class HttpClassifier(Classifier):
    """A server that takes pictures as PNG and answers with probabilities, numbers or masks.

    Parameters
    ----------
    http
        URL of the server.
    resize
        How images are brought to `input_size` (`network_input`); None if nobody states it.
    threads
        No effect.
    input_size
        (height, width) of the pictures that are sent; None sends each at its own size.
    timeout
        Longest wait for a connection, and for the server's next bytes [s].
    retries
        Number of repetitions of a request that failed or was answered with 429 or 5xx.
    requests_per_second
        Largest number of requests per second; None for no limit.
    batch_size
        Largest number of pictures in a request.
    decision
        What the model decides, as in a configuration; None for a binary decision.

    Attributes
    ----------
    requests, further_tries
        Number of requests answered so far, and of their repetitions.

    Raises
    ------
    InputError
        If the server cannot be reached, or its answer violates the contract.
    """

    SETTINGS = (
        "http",
        "input_size",
        "timeout",
        "retries",
        "requests_per_second",
        "batch_size",
        "decision",
    )

    def __init__(
        self,
        path: Path | str | None,
        resize: Mapping[str, Any] | None = TRAINED_HERE,
        threads: int = 1,
        *,
        http: str,
        input_size: Sequence[int] | None = None,
        timeout: float = 30,
        retries: int = 5,
        requests_per_second: float | None = None,
        batch_size: int = 32,
        decision: Mapping[str, Any] | None = None,
    ) -> None:
        _check_url(http)
        size = network_input(*input_size, resize) if input_size else None
        decided = declared_decision(decision)
        read = answered_output(decided) if decided else Output("probability")
        super().__init__(http, size, read, decided)
        self.found = {
            "input_size": list(input_size) if input_size else "the picture's",
            "output": read.form,
        }
        self.requests = 0
        self.further_tries = 0
        self._session = _session(retries)
        self._timeout = timeout
        self._pause = 1 / requests_per_second if requests_per_second else 0.0
        self._next_start = 0.0
        self._batch_size = batch_size

    def scores(self, images: np.ndarray) -> np.ndarray:
        """What the server answers, (n, ...); probabilities, (n,), for a binary decision."""
        pictures = np.clip(np.rint(images), 0, 255).astype(np.uint8)
        batches = np.split(pictures, range(self._batch_size, len(pictures), self._batch_size))
        return np.concatenate([self._answered(batch) for batch in batches])

    def log_use(self) -> None:
        """Log how many images the model classified, in how many requests."""
        super().log_use()
        log.info(
            "model %s answered %d requests, after %d further tries",
            self.name,
            self.requests,
            self.further_tries,
        )

    def _answered(self, pictures: np.ndarray) -> np.ndarray:
        """The answers for the pictures in one request, (n, ...)."""
        content = {"images": [base64.b64encode(png(picture)).decode() for picture in pictures]}
        answer = self._post(content)
        key, expected, entry_of = CONTRACT[self.output.form]
        found = answer.get(key) if isinstance(answer, dict) else None
        entries = [entry_of(one) for one in found] if isinstance(found, list) else [None]
        if len(entries) != len(pictures) or any(entry is None for entry in entries):
            raise InputError(
                f"found the answer {str(answer)[:SHOWN]} to {len(pictures)} images; expected "
                f'{{"{key}": [...]}} with {len(pictures)} {expected}'
            )
        if len({np.shape(entry) for entry in entries}) > 1:
            raise InputError(
                f"found {key} of different sizes in one answer; expected one size for all images"
            )
        return np.array(entries)

    def _post(self, content: dict) -> object:
        import requests

        time.sleep(max(0.0, self._next_start - time.monotonic()))
        self._next_start = time.monotonic() + self._pause
        try:
            with self._session.post(
                self.name, json=content, timeout=self._timeout, stream=True, allow_redirects=False
            ) as response:
                body = _limited(response)
                status, tries = response.status_code, len(response.raw.retries.history)
        except requests.RequestException as error:
            raise InputError(f"no answer: {error}") from error
        self.requests += 1
        self.further_tries += tries
        return _decoded(status, body)


def answered_output(decision: Decision) -> AnyOutput:
    """The output of a server's model for a decision that is not binary (docs/http-model.md)."""
    if isinstance(decision, Classes):
        return ClassScores("probabilities", len(decision.classes))
    if isinstance(decision, Mask):
        return Labels(len(decision.structures))
    return OneNumber()


def _number(value: object) -> float | None:
    """A value from JSON as float64; None if it is no number that fits, such as a long integer."""
    fits = type(value) is float or (type(value) is int and abs(value) < 1 << 53)
    return float(value) if fits else None


def _numbers(values: object) -> list[float] | None:
    """A list from JSON as numbers; None if it is no list of numbers."""
    found = [_number(value) for value in values] if isinstance(values, list) else [None]
    return None if None in found else found


def _mask(text: object) -> np.ndarray | None:
    """A grey PNG in base64 as uint8 (height, width); None if it is none."""
    try:
        with Image.open(
            io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]
        ) as image:
            return np.array(image) if image.mode == "L" else None
    except (TypeError, ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        return None


# Form of the output -> key of the answer, what stands in its list, and the reader of one entry.
CONTRACT = {
    "probability": ("probabilities", "numbers", _number),
    "probabilities": ("probabilities", "lists of one number for each class", _numbers),
    "number": ("numbers", "numbers", _number),
    "labels": ("masks", "grey PNG images in base64", _mask),
}


def png(picture: np.ndarray) -> bytes:
    """An image, uint8 (height, width), as an 8-bit grey PNG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"model {url}: expected a URL that starts with http:// or https://")
    if parts.username or parts.password:
        raise InputError(
            f"the http URL of a model at {parts.hostname} holds a user name or password, which "
            "would be written into results; put them into ~/.netrc for that host"
        )


def _session(retries: int):
    with needs_extra("formats"):
        import requests
        from urllib3.util import Retry

    retry = Retry(
        total=retries,
        status_forcelist=BUSY,
        allowed_methods=["POST"],
        backoff_factor=FIRST_WAIT_S,
        raise_on_status=False,
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retry))
    return session


def _limited(response) -> bytes:
    body = b""
    for part in response.iter_content(1 << 16):
        body += part
        if len(body) > ANSWER_LIMIT:
            raise InputError(f"found an answer of more than {ANSWER_LIMIT} bytes; expected numbers")
    return body


def _decoded(status: int, body: bytes) -> object:
    shown = body[:SHOWN].decode(errors="replace")
    if status != 200:
        raise InputError(f"found HTTP status {status} ({shown}); expected 200")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"found the answer {shown}; expected JSON") from error
