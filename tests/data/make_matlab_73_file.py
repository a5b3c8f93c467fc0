"""Write matlab_v73.mat with hdf5storage 0.2.2 (pip install hdf5storage==0.2.2), as MATLAB would."""

import hdf5storage
import numpy as np


def down_columns(values, *shape):
    return np.reshape(values, shape, order="F")


counts = down_columns(np.arange(-240, 240, dtype=np.int16), 80, 6)
rf = down_columns(np.arange(1.0, 481), 80, 6)
data = np.empty((1, 2), [(name, object) for name in ("id", "class", "name", "rf1")])
data[0, 0] = (7.0, 0.0, "first", counts)
data[0, 1] = (8.0, 1.0, "second", -counts)
two_by_two = np.empty((2, 2), [("x", object)])
for place, value in zip([(0, 0), (1, 0), (0, 1), (1, 1)], [1.0, 2.0, 3.0, 4.0], strict=True):
    two_by_two[place] = (value,)
variables = {
    "rf": rf,
    "counts": counts,
    "volume": down_columns(np.arange(1.0, 721), 80, 3, 3),
    "iq": down_columns(np.arange(1, 481) + 1j * np.arange(480, 0, -1), 80, 6),
    "fs": 40e6,
    "name": "abc",
    "nothing": np.zeros((0, 0)),
    "flags": np.eye(2, dtype=bool),
    "mixed": [1.0, "two", np.array([[1.0, 2.0, 3.0]])],
    "data": data,
    "header": {"a": {"b": 5.0}, "x": rf},
    "two_by_two": two_by_two,
}
options = hdf5storage.Options(store_python_metadata=False, compress_size_threshold=1024)
hdf5storage.write(variables, filename="matlab_v73.mat", truncate_existing=True, options=options)
