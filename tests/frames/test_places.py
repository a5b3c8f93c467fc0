from reconattack.frames.places import place_of


def test_nothing_is_told_with_its_place(tmp_path):
    assert place_of(tmp_path / "a.mha") == f"none at {tmp_path / 'a.mha'}"


def test_folder_is_told_with_its_files_and_what_to_do(tmp_path):
    for name in ("IM_2", "IM_1", "IM_4", "IM_3"):
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    assert place_of(tmp_path) == (
        "a folder of 4 files (IM_1, IM_2, IM_3, ...; name the file, or give each of several a row)"
        f" at {tmp_path}"
    )


def test_folder_without_files(tmp_path):
    assert place_of(tmp_path) == f"an empty folder at {tmp_path}"
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert place_of(tmp_path) == f"a folder that holds 2 folders and no file at {tmp_path}"


def test_link_that_leads_nowhere(tmp_path):
    (tmp_path / "a.mha").symlink_to(tmp_path / "gone.mha")
    assert place_of(tmp_path / "a.mha").startswith("a symbolic link that leads to no file at ")
