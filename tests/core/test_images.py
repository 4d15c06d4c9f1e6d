"""A folder of images as a source: sizes, formats, small pictures, duplicates, and files that are none."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from core.data import Role
from core.data.open import open_source
from core.errors import ReadError
from core.words import words


def picture(path, size=(64, 48), colour=(200, 10, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    picture(tmp_path / "parts" / "a.png")
    picture(tmp_path / "parts" / "b.jpg", (300, 200))
    (tmp_path / "parts" / "same.png").write_bytes((tmp_path / "parts" / "a.png").read_bytes())
    picture(tmp_path / "parts" / "deep" / "c.bmp", (10, 20), (0, 0, 0))
    (tmp_path / "parts" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    (tmp_path / "parts" / "notes.txt").write_text("made on a Monday")
    (tmp_path / "parts" / ".hidden").mkdir()
    picture(tmp_path / "parts" / ".hidden" / "x.png")
    return tmp_path / "parts"


def test_a_folder_opens_as_an_image_set(folder):
    source = open_source(folder)
    columns = next(source.batches()).columns
    assert source.kind == "images"
    assert source.name == "parts"
    assert columns["path"].objects().tolist() == ["a.png", "b.jpg", "deep/c.bmp", "same.png"]
    assert columns["width"].objects().tolist() == [64, 300, 10, 64]
    assert columns["height"].objects().tolist() == [48, 200, 20, 48]
    assert columns["format"].objects().tolist() == ["png", "jpeg", "bmp", "png"]
    assert source.schema.with_role(Role.ID) == ("path",)


def test_duplicates_and_unreadable_files_are_named(folder):
    notes = {n.key: n.values for n in open_source(folder).notes}
    assert notes["read.note.duplicate_images"]["names"] == ["same.png"]
    assert notes["read.note.unreadable_images"]["names"] == ["broken.png"]
    assert notes["read.note.other_files"]["count"] == 1
    assert all(n.key not in words().text(n) for n in open_source(folder).notes)


def test_small_pictures_are_kept(folder):
    source = open_source(folder)
    with Image.open(source.thumbnail(1)) as small:
        assert max(small.size) == 128
    assert source.file(2).read_bytes() == (folder / "deep" / "c.bmp").read_bytes()


def test_reopening_looks_at_no_image(folder, monkeypatch):
    first = open_source(folder)
    monkeypatch.setattr("core.data.images._look", lambda *_: pytest.fail("an image was read again"))
    assert open_source(folder).fingerprint == first.fingerprint


def test_a_changed_image_is_another_set_a_touched_one_is_not(folder):
    first = open_source(folder).fingerprint
    os.utime(folder / "a.png", (1, 1))
    assert open_source(folder).fingerprint == first
    picture(folder / "a.png", colour=(1, 2, 3))
    assert open_source(folder).fingerprint != first


def test_a_subset_keeps_its_pictures(folder):
    part = open_source(folder).subset(np.array([1, 2]))
    assert part.rows == 2
    assert part.file(0).name == "b.jpg"
    assert part.thumbnail(0).is_file()


def test_an_image_that_would_fill_the_memory_is_named_and_not_drawn(folder, monkeypatch):
    """A few kilobytes can declare a picture of gigapixels."""
    monkeypatch.setattr("core.data.images._MEGAPIXELS", 0.05)
    picture(folder / "bomb.png", (400, 300))
    source = open_source(folder)
    notes = {n.key: n.values for n in source.notes}
    assert "bomb.png" in notes["read.note.large_images"]["names"]
    row = source.take(np.arange(source.rows))["path"].objects().tolist().index("bomb.png")
    assert not source.thumbnail(row).exists()


def test_folders_without_images_are_refused(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "t.csv").write_text("a\n1\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.png").write_bytes(b"nothing")
    for name, key in (("tables", "read.directory"), ("broken", "read.no_images")):
        with pytest.raises(ReadError) as caught:
            open_source(tmp_path / name)
        assert caught.value.key == key
