#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/images and the image fuzz target's seeds: pictures in every supported form,
broken ones, and what Pillow and torchvision make of them.

    tools/debian --with reference python3 tests/reference/make_images.py

Expected pixels are PGM and PPM files, expected network inputs raw little-endian f32.
"""
import ctypes
import io
import pathlib
import struct
import zlib

import numpy
import torchvision.transforms
from PIL import Image, ImageOps

TESTS = pathlib.Path(__file__).resolve().parent.parent
IMAGES = TESTS / "fixtures" / "images"
BROKEN = IMAGES / "broken"
EXPECTED = IMAGES / "expected"
SEEDS = TESTS / "fuzz" / "corpus" / "image"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
ORIENTATION = 0x0112


def noise(width, height, channels):
    """A picture without any smoothness, by a formula that tests/support/picture.c repeats."""
    y, x, c = numpy.meshgrid(*(numpy.arange(n, dtype=numpy.uint32) for n in (height, width, channels)),
                             indexing="ij")
    value = (x * numpy.uint32(73856093)) ^ (y * numpy.uint32(19349663)) ^ (c * numpy.uint32(83492791))
    value = (value ^ (value >> 15)) * numpy.uint32(2246822519)
    pixels = (value >> 13).astype(numpy.uint8)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)


def scene(width, height):
    """A smooth picture, as JPEG likes it, that looks different from every side."""
    x = numpy.linspace(0, 1, width)[None, :]
    y = numpy.linspace(0, 1, height)[:, None]
    red = 255 * x + 0 * y
    green = 255 * y + 0 * x
    blue = 255 * (numpy.hypot(x - 0.25, y - 0.3) < 0.2)
    return Image.fromarray(numpy.stack([red, green, blue], axis=2).round().astype(numpy.uint8))


def flat(image):
    """8-bit grey or RGB with transparency over white, as libmien decodes."""
    gray = image.mode in ("1", "L", "LA") or image.mode.startswith("I")
    if image.mode.startswith("I"):
        image = Image.fromarray((numpy.asarray(image).astype(numpy.uint32) >> 8).astype(numpy.uint8))
    if image.mode in ("LA", "RGBA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("RGB").getchannel(0) if gray else image.convert("RGB")


def expect(name, image):
    image.save(EXPECTED / f"{name}.{'pgm' if image.mode == 'L' else 'ppm'}")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, interlace=0, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (PNG_MAGIC + chunk(b"IHDR", header) + extra +
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) +
            chunk(b"IEND", b""))


def keep(name, data):
    """Writes the file and what is expected of it."""
    (IMAGES / name).write_bytes(data)
    with Image.open(io.BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
        expect(pathlib.Path(name).name, flat(upright))


def encoded(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def make_pngs():
    picture = scene(21, 17)
    ramp = numpy.linspace(0, 255, 21 * 17).round().astype(numpy.uint8).reshape(17, 21)
    translucent = picture.copy()
    translucent.putalpha(Image.fromarray(ramp))
    keep("rgb.png", encoded(picture, "PNG"))
    keep("gray.png", encoded(picture.convert("L"), "PNG"))
    keep("bilevel.png", encoded(picture.convert("1"), "PNG"))
    keep("rgba.png", encoded(translucent, "PNG"))
    keep("gray-alpha.png", encoded(translucent.convert("LA"), "PNG"))
    keep("palette.png", encoded(picture.quantize(13), "PNG"))
    keep("palette-alpha.png", encoded(picture.quantize(13), "PNG", transparency=bytes(range(0, 260, 20))))
    keep("gray-transparent.png", encoded(picture.convert("L"), "PNG", transparency=126))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    keep("orientation-6.png", encoded(picture, "PNG", exif=exif))
    make_pngs_pillow_cannot_write(picture)


def make_pngs_pillow_cannot_write(picture):
    pixels = numpy.asarray(picture).astype(numpy.uint16)
    deep = pixels * 256 + 91
    rows = [row.astype(">u2").tobytes() for row in deep]
    (IMAGES / "rgb-16.png").write_bytes(png(21, 17, 16, 2, rows))
    expect("rgb-16.png", picture)
    keep("gray-16.png", png(21, 17, 16, 0, [row.astype(">u2").tobytes() for row in deep[:, :, 0]]))
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    small = pixels.astype(numpy.uint8)
    rows = [row.tobytes() for x, y, across, down in passes for row in small[y::down, x::across]]
    keep("interlaced.png", png(21, 17, 8, 2, rows, interlace=1))
    block = Image.Exif()
    block[ORIENTATION] = 8
    late = png(21, 17, 8, 2, [row.tobytes() for row in small])
    late = late[:-12] + chunk(b"eXIf", block.tobytes()[6:]) + late[-12:]
    (IMAGES / "orientation-8-late.png").write_bytes(late)
    expect("orientation-8-late.png", picture.transpose(Image.Transpose.ROTATE_90))


def ycck(image):
    """TurboJPEG writes CMYK as YCCK, which Pillow cannot."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.tjInitCompress())
    pixels = numpy.ascontiguousarray(255 - numpy.asarray(image.convert("CMYK")))
    data, size, cmyk, full_chroma = ctypes.c_void_p(), ctypes.c_ulong(), 11, 0
    if library.tjCompress2(handle, pixels.ctypes.data_as(ctypes.c_void_p), image.width, 0, image.height,
                           cmyk, ctypes.byref(data), ctypes.byref(size), full_chroma, 92, 0):
        raise RuntimeError("TurboJPEG cannot compress CMYK")
    result = ctypes.string_at(data, size.value)
    library.tjFree(data)
    library.tjDestroy(handle)
    return result


def make_jpegs():
    picture = scene(37, 29)
    keep("rgb.jpg", encoded(picture, "JPEG", quality=90))
    keep("full-chroma.jpg", encoded(picture, "JPEG", quality=90, subsampling=0))
    keep("progressive.jpg", encoded(picture, "JPEG", quality=90, progressive=True))
    keep("gray.jpg", encoded(picture.convert("L"), "JPEG", quality=90))
    keep("cmyk.jpg", encoded(picture.convert("CMYK"), "JPEG", quality=90))
    keep("ycck.jpg", ycck(picture))
    plain = encoded(picture, "JPEG", quality=90, subsampling=0)
    keep("extraneous.jpg", plain[:-2] + b"\x00\x17\x2a" + plain[-2:])
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        keep(f"orientation-{orientation}.jpg",
             encoded(scene(20, 12), "JPEG", quality=90, subsampling=0, exif=exif))


def patched(data, at, new):
    return data[:at] + new + data[at + len(new):]


def make_broken():
    good_png = (IMAGES / "rgb.png").read_bytes()
    good_jpeg = (IMAGES / "rgb.jpg").read_bytes()
    scan = (IMAGES / "progressive.jpg").read_bytes()
    frame = good_jpeg.index(b"\xff\xc0") + 5  # height and width follow
    data = good_png.index(b"IDAT") + 4
    size = len(PNG_MAGIC) + 8
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)
    files = {
        "empty.png": b"",
        "empty.jpg": b"",
        "magic-only.png": PNG_MAGIC,
        "magic-only.jpg": b"\xff\xd8\xff",
        "truncated.png": good_png[:data + (len(good_png) - data) // 2],
        "truncated-header.png": good_png[:20],
        "truncated.jpg": good_jpeg[:-len(good_jpeg) // 4],
        "truncated-header.jpg": good_jpeg[:frame],
        "truncated-progressive.jpg": scan[:-len(scan) // 4],
        "text.jpg": b"This is not a picture.\n",
        "gif.png": encoded(scene(3, 3), "GIF"),
        "bomb.png": PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) +
                    chunk(b"IEND", b""),
        "over-limit.png": png(20000, 20000, 8, 0, [bytes(100)]),
        "few-rows.png": png(1000, 1000, 8, 0, [bytes(1000)] * 3),
        "zero-width.png": png(0, 5, 8, 2, [b""] * 5),
        "bad-depth.png": png(5, 5, 3, 2, [bytes(15)] * 5),
        "bad-filter.png": PNG_MAGIC + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, 8, 0, 0, 0, 0)) +
                          chunk(b"IDAT", zlib.compress(b"\x09abcd")) + chunk(b"IEND", b""),
        "no-palette.png": png(5, 5, 8, 3, [bytes(5)] * 5),
        "checksum.png": patched(good_png, size, struct.pack(">I", 22)),
        "zlib.png": PNG_MAGIC + good_png[8:33] + chunk(b"IDAT", b"\x78\xda" + b"\xff" * 40) + chunk(b"IEND", b""),
        "no-pixels.png": PNG_MAGIC + good_png[8:33] + chunk(b"IEND", b""),
        "huge.jpg": patched(good_jpeg, frame, struct.pack(">HH", 65500, 65500)),
        "zero-height.jpg": patched(good_jpeg, frame, struct.pack(">HH", 0, 37)),
        "corrupt.jpg": good_jpeg[:-200] + b"\xff\x00" * 99 + b"\xff\xd9",
        "bad-table.jpg": patched(good_jpeg, good_jpeg.index(b"\xff\xc4") + 5, b"\xff" * 16),
    }
    for name, content in files.items():
        (BROKEN / name).write_bytes(content)


def make_resizes():
    sizes = [(512, 512, 48, 48), (160, 107, 64, 43), (48, 48, 56, 50), (33, 27, 1, 1), (1, 1, 5, 4),
             (3000, 3, 7, 3), (40, 30, 40, 11), (40, 30, 11, 30), (17, 19, 17, 19)]
    for channels in (1, 3):
        for width, height, to_width, to_height in sizes:
            resized = noise(width, height, channels).resize((to_width, to_height), Image.Resampling.BILINEAR)
            expect(f"resize-{channels}-{width}x{height}-{to_width}x{to_height}", resized)


def expect_input(name, image, mean, std):
    values = numpy.asarray(image, dtype=numpy.float64).reshape(image.height, image.width, -1)
    values = (values / 255 - numpy.array(mean)) / numpy.array(std)
    values.astype("<f4").tofile(EXPECTED / f"{name}.f32")


def make_inputs():
    picture = noise(90, 70, 3)
    bilinear = Image.Resampling.BILINEAR
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    stretched = picture.resize((16, 12), bilinear)
    expect_input("input-rgb", stretched, mean, std)
    blue_first = Image.merge("RGB", stretched.split()[::-1])
    expect_input("input-bgr", blue_first, mean, std)
    luma = picture.convert("L").resize((16, 12), bilinear)
    expect_input("input-gray", luma, (0.5,), (0.5,))
    expect_input("input-gray-repeated", Image.merge("RGB", [luma] * 3), mean, std)
    gray_picture = noise(90, 70, 1).resize((16, 12), bilinear)
    expect_input("input-from-gray", Image.merge("RGB", [gray_picture] * 3), mean, std)
    for name, (width, height) in {"wide": (90, 70), "tall": (53, 71)}.items():
        crop = torchvision.transforms.Compose([
            torchvision.transforms.Resize(24, torchvision.transforms.InterpolationMode.BILINEAR),
            torchvision.transforms.CenterCrop(21),
        ])
        expect_input(f"input-crop-{name}", crop(noise(width, height, 3)), mean, std)
    boxed = Image.new("RGB", (16, 16))
    boxed.paste(picture.resize((16, 12), bilinear), (0, 2))
    expect_input("input-letterbox-wide", boxed, mean, std)
    boxed = Image.new("RGB", (20, 14))
    boxed.paste(noise(70, 90, 3).resize((11, 14), bilinear), (4, 0))
    expect_input("input-letterbox-tall", boxed, mean, std)


def make_seeds():
    for name in ("rgb.png", "palette-alpha.png", "interlaced.png", "gray-16.png", "orientation-6.png",
                 "gray.jpg", "progressive.jpg", "cmyk.jpg", "orientation-5.jpg"):
        (SEEDS / name).write_bytes((IMAGES / name).read_bytes())
    for name in ("truncated.png", "truncated.jpg", "bomb.png", "huge.jpg"):
        (SEEDS / f"broken-{name}").write_bytes((BROKEN / name).read_bytes())


def main():
    for folder in (IMAGES, BROKEN, EXPECTED, SEEDS):
        folder.mkdir(parents=True, exist_ok=True)
    make_pngs()
    make_jpegs()
    make_broken()
    make_resizes()
    make_inputs()
    make_seeds()


if __name__ == "__main__":
    main()
