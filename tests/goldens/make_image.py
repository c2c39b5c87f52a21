"""Makes image.txt for tests/test_image.c: what PIL (13.0) and OpenCV (5.0) make of synthetic pictures of odd sizes.

    pip install numpy pillow opencv-python-headless     then     python make_image.py

A line: filter, resize, S, short, height, width, channels, and for PIL's filters the CRC-32 of the S x S x 3 bytes, since every
one must be equal; for OpenCV's, where one level is allowed, the bytes in hexadecimal.
"""
import os
import zlib

import cv2
import numpy as np
from PIL import Image

SIZES = [(1, 1), (1, 500), (500, 1), (37, 91), (224, 224), (225, 223), (223, 225), (3000, 4000), (1000, 300), (300, 1000), (9, 80), (2, 3),
         (236, 230), (27, 18), (28, 18), (2, 40000), (40000, 2)]


def picture(height, width, channels):
    """The same formula stands in test_image.c."""
    y, x, c = np.meshgrid(np.arange(height, dtype=np.uint32), np.arange(width, dtype=np.uint32), np.arange(channels, dtype=np.uint32), indexing="ij")
    return ((((x * 7 + y * 13 + c * 29) ^ (x * y * (c + 1))) * np.uint32(2654435761)) >> np.uint32(24)).astype(np.uint8)


def reference(image, filter, resize, S, short):
    image = np.asarray(Image.fromarray(image[..., 0] if image.shape[2] == 1 else image, {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[image.shape[2]]).convert("RGB"))
    h, w = image.shape[:2]
    if resize == "stretch":
        nw = nh = S
    else:  # torchvision: Resize(short), CenterCrop(S)
        nw, nh = (short, int(short * h / w)) if w <= h else (int(short * w / h), short)
    if nw * nh > 2e7 or (filter == "cv-bilinear" and max(nw, nh) > 30000):
        return None  # more than the reference can hold
    if filter == "cv-bilinear":
        out = cv2.resize(image, (nw, nh), interpolation=cv2.INTER_LINEAR)
    else:
        out = np.asarray(Image.fromarray(image).resize((nw, nh), {"bilinear": 2, "bicubic": 3}[filter]))
    top, left = int(round((nh - S) / 2.0)), int(round((nw - S) / 2.0))
    return np.ascontiguousarray(out[top:top + S, left:left + S]).tobytes()


def main():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "image.txt"), "w") as f:
        for filter in ("bilinear", "bicubic", "cv-bilinear"):
            for resize, S, short in (("stretch", 224, 224), ("short", 224, 224), ("short", 64, 73), ("stretch", 9, 9), ("short", 9, 10)):
                if filter == "cv-bilinear" and S > 9:
                    continue
                for h, w in SIZES:
                    for channels in (1, 2, 3, 4) if h * w < 10000 else (3,):
                        out = reference(picture(h, w, channels), filter, resize, S, short)
                        if out is not None:
                            what = out.hex() if filter == "cv-bilinear" else "%08x" % zlib.crc32(out)
                            print(filter, resize, S, short, h, w, channels, what, file=f)


if __name__ == "__main__":
    main()
