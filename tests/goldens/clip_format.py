"""Writes .clip files as the top of clip.h describes them: a second, independent reading of the format, for goldens."""
import struct
import zlib

import numpy as np

TYPES = {"float32": 0, "float16": 1, "float64": 3, "int8": 4, "uint8": 5, "int16": 6, "int32": 7, "int64": 8, "bool": 9}


def panels(weight):
    """[out, in] or [out, in, kh, kw] -> panels of 16 columns, k = (y * kw + x) * in + channel."""
    out = weight.shape[0]
    matrix = weight.reshape(out, -1) if weight.ndim == 2 else weight.transpose(0, 2, 3, 1).reshape(out, -1)
    full = np.zeros((-(-out // 16) * 16, matrix.shape[1]), np.float32)
    full[:out] = matrix
    return np.ascontiguousarray(full.reshape(-1, 16, matrix.shape[1]).transpose(0, 2, 1))


def write(path, keys, tensors):
    """keys: name -> str, int, float or a list of them; tensors: name -> array, or (array, "panels")."""
    blob = b""
    for name, value in keys.items():
        if isinstance(value, str):
            kind, data = 3, value.encode()
        else:
            values = value if isinstance(value, (list, tuple)) else [value]
            kind = 1 if all(isinstance(v, int) for v in values) else 2
            data = struct.pack("<%d%s" % (len(values), "q" if kind == 1 else "d"), *values)
        blob += struct.pack("<HHI", len(name), kind, len(data)) + name.encode() + data
    table_size = sum(64 + len(name) for name in tensors)
    data_at = -(-(40 + len(blob) + table_size) // 64) * 64
    table, body, at = b"", b"", data_at
    for name, value in tensors.items():
        layout = isinstance(value, tuple)
        array = np.asarray(value[0] if layout else value)
        data = (panels(array) if layout else np.ascontiguousarray(array)).tobytes()
        body += b"\0" * (-len(body) % 64)
        at = data_at + len(body)
        kind = TYPES[str(array.dtype)]
        shape = list(array.shape) + [1] * (4 - array.ndim)
        table += struct.pack("<HHBBBB4QQQII", len(name), 0, kind, layout, kind, 0, *shape, at, len(data), zlib.crc32(data), 0)
        table += name.encode()
        body += data
    head = struct.pack("<QQII", data_at, data_at + len(body), len(keys), len(tensors)) + blob + table
    head += b"\0" * (data_at - 16 - len(head))
    with open(path, "wb") as f:
        f.write(b"\x89CLIP\r\n\x1a" + struct.pack("<II", 1, zlib.crc32(head)) + head + body)
