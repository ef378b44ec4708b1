"""Images as data: parts of them, what identifies them, and what they cost."""

from __future__ import annotations

import os
import struct
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from contract.errors import ChannelError
from contract.images import ImageInput, Images
from contract.images.stores import LARGEST_BYTES, OPEN_FILES
from tests.image_data.reading import Params, read
from tests.image_data.samples import MAGIC, frames, picture, pictures, record, source, write, write_folders, write_rec

RECORDIO = "application/x-recordio"
BYTES_A_RECORD = 40
"""That an index may keep of each."""
BYTES_A_FILE = 48
"""The same of a picture that is a file, beside the bytes of its name."""


@pytest.fixture
def records(tmp_path: Path) -> Images:
    """Seven records in two files."""
    write_rec(tmp_path / "train" / "a.rec", pictures(4))
    write_rec(tmp_path / "train" / "b.rec", pictures(7)[4:])
    return read(tmp_path / "train", RECORDIO)


def test_taken_pictures_keep_their_labels_and_places(records: Images) -> None:
    taken = records.take(np.array([6, 0, 6]))
    assert len(taken) == 3
    assert taken.labels.tolist() == [0, 0, 0]
    assert [taken.place(n) for n in range(3)] == [
        "file b.rec, record 3",
        "file a.rec, record 1",
        "file b.rec, record 3",
    ]
    assert taken.encoded(2) == pictures(7)[6][1]


def test_parts_are_all_pictures_in_order(records: Images) -> None:
    parts = list(records.parts(3))
    assert [len(part) for part in parts] == [3, 3, 1]
    assert [part.encoded(n) for part in parts for n in range(len(part))] == [image for _, image in pictures(7)]
    assert np.concatenate([part.labels for part in parts]).tolist() == records.labels.tolist()
    assert list(records.parts(7)) == [records]


def test_a_fault_names_channel_and_place(records: Images) -> None:
    fault = records.fault(5, "is too small")
    assert isinstance(fault, ChannelError)
    assert str(fault) == "channel 'train', file b.rec, record 2: is too small"


def test_the_fingerprint_is_that_of_the_content_not_of_the_place(tmp_path: Path, records: Images) -> None:
    again = write_rec(tmp_path / "elsewhere" / "all.rec", pictures(7)).parent
    assert read(again, RECORDIO).fingerprint() == records.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        lambda images: images[:-1],
        lambda images: images[::-1],
        lambda images: [*images[:-1], (1, images[-1][1])],
        lambda images: [*images[:-1], (images[-1][0], picture("square", 99))],
    ],
    ids=["one less", "another order", "another label", "another picture"],
)
def test_the_fingerprint_changes_with_the_content(
    tmp_path: Path, records: Images, change: Callable[[list[tuple[int, bytes]]], list[tuple[int, bytes]]]
) -> None:
    other = write_rec(tmp_path / "other" / "a.rec", change(pictures(7))).parent
    assert read(other, RECORDIO).fingerprint() != records.fingerprint()


def test_the_fingerprint_tells_where_a_picture_ends(tmp_path: Path) -> None:
    channels = [[b"one", b"two"], [b"on", b"etwo"]]
    found = {
        read(write_rec(tmp_path / str(n) / "a.rec", enumerate(bodies)).parent, RECORDIO).fingerprint()
        for n, bodies in enumerate(channels)
    }
    assert len(found) == 2


def test_the_summary_counts_images_and_classes(records: Images) -> None:
    assert records.summary() == [("images", "7"), ("classes", "3"), ("images a class, fewest · most", "2 · 3")]


def test_the_summary_of_multi_label_counts_classes_an_image(tmp_path: Path) -> None:
    channel = write_rec(tmp_path / "a.rec", [([1.0, 0.0], picture()), ([1.0, 1.0], picture())]).parent
    summary = dict(read(channel, RECORDIO, Params(multi_label=1)).summary())
    assert summary["classes an image, mean"] == "1.5"
    assert summary["images a class, fewest · most"] == "1 · 2"


def test_a_file_that_goes_away_is_refused_with_its_place(tmp_path: Path) -> None:
    names = write_folders(tmp_path / "train", 3)
    images = read(tmp_path / "train")
    (tmp_path / "train" / names[1]).unlink()
    with pytest.raises(ChannelError, match=r"channel 'train', file cross/001\.png: cannot be read \(No such file"):
        images.pixels(1)


def test_a_file_that_is_much_too_large_is_not_read(tmp_path: Path) -> None:
    names = write_folders(tmp_path / "train", 3)
    os.truncate(tmp_path / "train" / names[0], LARGEST_BYTES + 1)
    images = read(tmp_path / "train")
    with pytest.raises(ChannelError, match=r"file circle/000\.png: is no picture: it has 268,435,457 bytes"):
        images.pixels(0)


def test_threads_read_the_same_pictures(tmp_path: Path) -> None:
    files = OPEN_FILES + 20  # more than are kept open at once
    for number in range(files):
        write(tmp_path / f"{number:03}.rec", b"".join(frames(record(n % 2, b"%d,%d" % (number, n))) for n in range(5)))
    images = read(tmp_path, RECORDIO)
    order = np.random.default_rng(0).permutation(np.arange(len(images)).repeat(5))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(images.encoded, order.tolist()))
    assert found == [b"%d,%d" % divmod(number, 5) for number in order]


def test_files_are_kept_open_up_to_a_bound_and_closed_with_the_images(tmp_path: Path) -> None:
    for number in range(OPEN_FILES + 20):
        write_rec(tmp_path / f"{number:03}.rec", [(number % 2, b"picture")])
    before = open_files()
    images = read(tmp_path, RECORDIO)
    for number in range(len(images)):
        images.encoded(number)
    assert OPEN_FILES <= open_files() - before <= OPEN_FILES + 1
    del images
    assert open_files() <= before + 1


def test_reading_pictures_in_files_keeps_none_open(tmp_path: Path) -> None:
    write_folders(tmp_path, 6)
    images = read(tmp_path)
    before = open_files()
    for number in range(6):
        images.encoded(number)
    assert open_files() == before


def test_the_index_of_records_takes_few_bytes_of_each(tmp_path: Path) -> None:
    peaks = {}
    for count in (2_000, 20_000):
        channel = write(tmp_path / str(count) / "a.rec", frames(record(0, b"picture")) * count).parent
        there = source(channel, RECORDIO)
        tracemalloc.start()
        images = ImageInput().read(there, Params(num_classes=2), None)
        kept, peaks[count] = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(images) == count
        assert kept / count < BYTES_A_RECORD + 20_000 / count  # a label of 4, a place of 24; and what all share
    assert (peaks[20_000] - peaks[2_000]) / 18_000 < 4 * BYTES_A_RECORD  # while it is made


def test_the_index_of_files_takes_their_names_and_few_bytes_more_of_each(tmp_path: Path) -> None:
    peaks = {}
    for count in (1_000, 6_000):
        names = [f"{'cat' if number % 2 else 'dog'}/{number:06}-{'x' * 20}.png" for number in range(count)]
        folder = tmp_path / str(count)
        for name in ("cat", "dog"):
            (folder / name).mkdir(parents=True)
        for name in names:
            (folder / name).write_bytes(b"picture")
        there = source(folder)
        tracemalloc.start()
        images = ImageInput().read(there, Params(), None)
        kept, peaks[count] = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(images) == count
        assert kept / count < BYTES_A_FILE + 1.13 * len(names[0]) + 20_000 / count  # buffers grow by an eighth
        assert images.place(count - 1) == f"file {max(names)}"
    assert (peaks[6_000] - peaks[1_000]) / 5_000 < 8 * BYTES_A_FILE  # while it is made


def test_reading_pictures_leaves_nothing_in_memory(tmp_path: Path) -> None:
    channel = write(tmp_path / "a.rec", frames(record(0, bytes(100_000))) * 50).parent
    images = read(channel, RECORDIO, Params(num_classes=2))
    images.encoded(0)
    tracemalloc.start()
    images.fingerprint()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 20_000
    assert peak < 600_000  # a few times one picture, not fifty


def test_the_index_is_made_without_reading_pixels(tmp_path: Path) -> None:
    """The records are of 100 MB each, with holes in the file where their pixels would be."""
    length, count = 100_000_000, 20
    head = struct.pack("<II", MAGIC, length) + record(0, b"")
    with (tmp_path / "a.rec").open("wb") as file:
        for number in range(count):
            file.seek(number * (length + 8))
            file.write(head)
        file.truncate(count * (length + 8))
    before = bytes_read()
    images = read(tmp_path, RECORDIO, Params(num_classes=2))
    assert bytes_read() - before < 1000 * count
    assert images.index["span"].tolist() == [length + 8] * count


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def bytes_read() -> int:
    """By this process, from wherever."""
    return int(Path("/proc/self/io").read_text("ascii").split()[1])
