from reconattack.readers import formats
from reconattack.readers.images import formats as image_formats
from reconattack.readers.names import reader_names


def test_names_are_those_of_the_registries_in_their_order():
    assert reader_names("frames") == tuple(formats.READERS)
    assert reader_names("images") == tuple(image_formats.READERS)
