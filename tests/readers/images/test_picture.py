import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from reconattack.errors import InputError
from reconattack.readers.formats import read_image_file
from reconattack.readers.liver_mask import read_mask


def write(path, pixels, mode=None, **options):
    Image.fromarray(pixels).convert(mode).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "PNG", "bmp", "tif", "tiff"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_grey_levels_come_back_row_by_row(tmp_path, image, suffix, mode):
    path = write(tmp_path / f"us.{suffix}", image, mode)
    reader, file = read_image_file(path, 1)
    assert reader == "picture"
    assert file.pixels.dtype == np.uint8
    np.testing.assert_array_equal(file.pixels, image[None])
    assert file.pixel_size is None


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_opaque_pictures_of_other_modes(tmp_path, image, mode):
    _, file = read_image_file(write(tmp_path / "us.png", image, mode), 1)
    np.testing.assert_array_equal(file.pixels[0], image)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_keeps_its_grey_levels(tmp_path, mode):
    smooth = np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8)
    path = write(tmp_path / "us.jpg", smooth, mode, quality=95)
    _, file = read_image_file(path, 1)
    assert np.abs(file.pixels[0].astype(int) - smooth).max() <= 4


def test_box_keeps_its_pixels_alone(tmp_path, image):
    _, file = read_image_file(write(tmp_path / "us.png", image), 1, box=(3, 2, 10, 9))
    np.testing.assert_array_equal(file.pixels[0], image[2:9, 3:10])


@pytest.mark.parametrize(
    "box", [(0, 0, 17, 12), (0, 0, 16, 13), (5, 0, 5, 12), (9, 0, 4, 12), (-1, 0, 4, 4)]
)
def test_box_that_is_not_inside_the_image(tmp_path, image, box):
    path = write(tmp_path / "us.png", image)
    with pytest.raises(InputError, match=r"us\.png: box is .* 16 columns and 12 rows; expected"):
        read_image_file(path, 1, box=box)


def test_coloured_overlay_is_named_with_its_share(tmp_path, image):
    path = coloured(tmp_path / "us.png", image)
    words = r"3\.1 % of the pixels are coloured, in the rows 0 to 0 and the columns 2 to 7"
    with pytest.raises(InputError, match=words):
        read_image_file(path, 1)


def test_coloured_overlay_outside_the_box_does_no_harm(tmp_path, image):
    _, file = read_image_file(coloured(tmp_path / "us.png", image), 1, box=(0, 1, 16, 12))
    np.testing.assert_array_equal(file.pixels[0], image[1:])


def test_place_of_the_colour_is_that_in_the_file(tmp_path, image):
    path = coloured(tmp_path / "us.png", image)
    words = r"us\.png: 17 % .* columns 3 to 7 of the image, the first in row 0 and column 3"
    with pytest.raises(InputError, match=words):
        read_image_file(path, 1, box=(3, 0, 9, 5))


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_tinted_image_is_taken_if_it_is_to_be_converted(tmp_path, suffix):
    """Pillow's own conversion is the expected one."""
    smooth = np.linspace(0, 255, 48 * 64).reshape(48, 64)
    pixels = np.stack([smooth, 0.8 * smooth, 0.6 * smooth], axis=2).astype(np.uint8)
    path = tmp_path / f"us.{suffix}"
    Image.fromarray(pixels).save(path)
    with pytest.raises(InputError, match="set the cohort's tint to convert"):
        read_image_file(path, 1)
    _, file = read_image_file(path, 1, tint="convert")
    expected = np.asarray(Image.open(path).convert("L")).astype(int)
    assert np.abs(file.pixels[0] - expected).max() <= 1


def coloured(path, image):
    """Six yellow pixels in the first row."""
    pixels = np.repeat(image[..., None], 3, axis=2)
    pixels[0, 2:8] = 255, 220, 0
    Image.fromarray(pixels).save(path)
    return path


def test_transparent_pixels(tmp_path, image):
    pixels = np.repeat(image[..., None], 4, axis=2)
    pixels[..., 3] = 255
    pixels[4, 4, 3] = 100
    Image.fromarray(pixels).save(tmp_path / "us.png")
    with pytest.raises(InputError, match="some pixels are transparent; expected opaque ones"):
        read_image_file(tmp_path / "us.png", 1)


@pytest.mark.parametrize(("mode", "key"), [("L", 0), ("L", 77), ("1", 0), ("RGB", (7, 7, 7))])
def test_transparent_level_is_refused_though_no_pixel_has_it(tmp_path, image, mode, key):
    path = write(tmp_path / "us.png", np.maximum(image, 80), mode, transparency=key)
    with pytest.raises(InputError, match=r"the file calls the .* transparent; expected an opaque"):
        read_picture(path, mode)


def read_picture(path, mode="L"):
    """As a B-mode picture, or as a liver mask where only masks may have such pixels."""
    return read_mask(path) if mode == "1" else read_image_file(path, 1)[1].pixels[0]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits(tmp_path, suffix):
    path = tmp_path / f"us.{suffix}"
    Image.fromarray(np.arange(192, dtype=np.uint16).reshape(12, 16) * 300).save(path)
    with pytest.raises(InputError, match=r"stored as I;16.*expected 8 bits per channel.*convert"):
        read_image_file(path, 1)


def test_sixteen_bits_per_colour_that_pillow_would_cut_down(tmp_path):
    path = tmp_path / "us.png"
    path.write_bytes(png(width=4, height=3, depth=16, colour=2, row=bytes(4 * 6)))
    assert Image.open(path).mode == "RGB"
    with pytest.raises(InputError, match=r"stored as RGB;16B; expected 8 bits per channel"):
        read_image_file(path, 1)


@pytest.mark.parametrize("mode", ["1", "F", "CMYK"])
def test_other_kinds_of_pixels(tmp_path, image, mode):
    path = write(tmp_path / "us.tif", image, mode)
    with pytest.raises(InputError, match=rf"stored as {mode}\S*; expected 8 bits per channel"):
        read_image_file(path, 1)


def test_several_pages_are_several_images(tmp_path, images):
    first, *others = (Image.fromarray(page) for page in images)
    first.save(tmp_path / "us.tif", save_all=True, append_images=others)
    _, file = read_image_file(tmp_path / "us.tif", 3)
    np.testing.assert_array_equal(file.pixels, images)


def test_other_number_of_images_than_declared(tmp_path, image):
    path = write(tmp_path / "us.png", image)
    with pytest.raises(InputError, match=r"us\.png: the file holds 1 images, .* says 2; correct"):
        read_image_file(path, 2)


def test_picture_is_turned_as_its_exif_entry_asks(tmp_path, image):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    write(tmp_path / "us.png", image, exif=exif)
    _, file = read_image_file(tmp_path / "us.png", 1)
    np.testing.assert_array_equal(file.pixels[0], np.rot90(image, -1))


@pytest.mark.parametrize(
    ("stated", "note"),
    [
        (b"", ()),
        (struct.pack(">I", 45455), ()),
        (struct.pack(">I", 100_000), ("its colour profile is not applied",)),
    ],
)
def test_gamma_that_is_not_a_screens_is_told(tmp_path, image, stated, note):
    path = write(tmp_path / "us.png", image)
    content = path.read_bytes()
    if stated:
        chunk = b"gAMA" + stated
        chunk = struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        path.write_bytes(content[:33] + chunk + content[33:])
    _, file = read_image_file(path, 1)
    np.testing.assert_array_equal(file.pixels[0], image)
    assert file.notes == note


def test_colour_profile_is_told(tmp_path, image):
    path = write(tmp_path / "us.png", image, icc_profile=b"any")
    assert read_image_file(path, 1)[1].notes == ("its colour profile is not applied",)


TURNED = {
    1: lambda image: image,
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda image: np.rot90(image, -1),
    7: lambda image: np.rot90(image, 2).T,
    8: np.rot90,
}


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("orientation", TURNED)
def test_tiff_is_turned_as_it_states(tmp_path, image, orientation, mode, compression):
    options = {"compression": compression, "tiffinfo": {274: orientation}}
    path = write(tmp_path / "us.tif", image, mode, **options)
    _, file = read_image_file(path, 1)
    np.testing.assert_array_equal(file.pixels[0], TURNED[orientation](image))
    assert file.shape == file.pixels.shape[1:]


def test_mask_is_turned_as_it_states(tmp_path, image):
    path = write(tmp_path / "mask.tif", image, tiffinfo={274: 6})
    np.testing.assert_array_equal(read_mask(path), np.rot90(image, -1) > 0)


@pytest.mark.parametrize("read", [read_picture, read_mask])
def test_signed_levels_are_refused(tmp_path, image, read):
    path = tmp_path / "us.tif"
    tifffile.imwrite(path, image.astype(np.int8))
    with pytest.raises(InputError, match=r"the pixels are signed integers \(SampleFormat 2\)"):
        read(path)


@pytest.mark.parametrize("read", [read_picture, read_mask])
@pytest.mark.parametrize("place", ["after", "before"])
def test_smaller_copy_of_a_page_is_left_out(tmp_path, image, read, place):
    path = tmp_path / "us.tif"
    small = {"data": image[::2, ::2].copy(), "subfiletype": 1}
    parts = [{"data": image}, small] if place == "after" else [small, {"data": image}]
    with tifffile.TiffWriter(path) as file:
        for part in parts:
            file.write(**part)
    found = read(path)
    np.testing.assert_array_equal(found, image if read is read_picture else image > 0)


def test_pages_of_two_sizes_are_named(tmp_path, image):
    with tifffile.TiffWriter(tmp_path / "us.tif") as file:
        file.write(image)
        file.write(image[:6])
    message = r"page 2 has 16 x 6 pixels \(width x height\) and the first has 16 x 12; expected"
    with pytest.raises(InputError, match=message):
        read_image_file(tmp_path / "us.tif", 2)


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif"])
def test_truncated_file(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    path = write(tmp_path / f"us.{suffix}", noise)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(
        InputError, match=rf"us\.{suffix}: its pixels cannot be decoded: the 1500 bytes"
    ):
        read_image_file(path, 1)


OTHERS = {
    b"": "the file is empty",
    b"hello": "the file begins with the text 'hello'",
    b"GIF89a" + bytes(100): "the file is a GIF picture by its content",
    bytes(2000): "the file begins with 1024 zeros",
    b"version https://git-lfs.github.com/spec/v1": "the file is a Git LFS pointer",
}


@pytest.mark.parametrize("content", OTHERS)
def test_file_of_another_format_under_its_suffix(tmp_path, content):
    (tmp_path / "us.png").write_bytes(content)
    message = rf"us\.png: not a picture of the kinds PNG, .*; {OTHERS[content]}"
    with pytest.raises(InputError, match=message):
        read_image_file(tmp_path / "us.png", 1)


def test_picture_larger_than_any_screen(tmp_path):
    (tmp_path / "bomb.png").write_bytes(png(40_000, 40_000, depth=8, colour=0, row=b""))
    with pytest.raises(InputError, match=r"bomb\.png: more pixels than .* export it smaller"):
        read_image_file(tmp_path / "bomb.png", 1)


def png(width, height, depth, colour, row):
    """A PNG of equal rows, as Pillow itself does not write it."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row) * (height if row else 0))
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def test_unknown_suffix_is_named_with_the_known_ones(tmp_path):
    (tmp_path / "us.gif").write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=r"us\.gif: no reader .* dicom \(\.dcm .*picture \(\.png"):
        read_image_file(tmp_path / "us.gif", 1)


def test_reader_of_rf_files_is_refused(tmp_path, image):
    path = write(tmp_path / "us.png", image)
    with pytest.raises(InputError, match="reader is 'metaimage', which does not read images; exp"):
        read_image_file(path, 1, reader="metaimage")


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"us\.png: expected a file, and there is none at"):
        read_image_file(tmp_path / "us.png", 1)
