"""MNIST's files: read from torchvision's folders, fetched from a server that misbehaves, refused when damaged."""

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nn.data import MNIST, DataFileError, DataLoader, Digits, DownloadError, FashionMNIST, mnist_or_digits
from nn.data.datasets import download
from nn.data.datasets.download import fetch, md5_of
from nn.data.datasets.idx import DTYPES, read_idx
from nn.data.datasets.mnist import DatasetNotFoundError
from nn.data.transforms import ToTensor

CODES = {np.dtype(code): number for number, code in DTYPES.items()}


def idx(array):
    """An array as the bytes of an IDX file, written independently of the reader."""
    big = np.asarray(array).astype(np.asarray(array).dtype.newbyteorder(">"))
    head = bytes([0, 0, CODES[big.dtype], big.ndim])
    return head + b"".join(n.to_bytes(4, "big") for n in big.shape) + big.tobytes()


RANDOM = np.random.default_rng(0)
IMAGES = {split: RANDOM.integers(0, 256, (n, 28, 28)).astype(np.uint8) for split, n in [("train", 40), ("t10k", 12)]}
LABELS = {split: RANDOM.integers(0, 10, len(images)).astype(np.uint8) for split, images in IMAGES.items()}
FILES = {
    f"{split}-{kind}-ubyte": idx(content[split])
    for split in IMAGES
    for kind, content in [("images-idx3", IMAGES), ("labels-idx1", LABELS)]
}
ZIPPED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}


class Small(MNIST):
    """A small set of the same form, whose checksums are known."""

    checksums = tuple((name, hashlib.md5(content).hexdigest()) for name, content in ZIPPED.items())


@pytest.fixture
def folder(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in FILES.items():
        (raw / name).write_bytes(content)
    return tmp_path


# -- the IDX format ----------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(sorted(CODES, key=str)).flatmap(
        lambda d: arrays.arrays(d, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
    ),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path, array, zipped):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    read = read_idx(path)
    assert read.dtype == array.dtype.newbyteorder("=")
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, array)


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_never_read_as_numbers(tmp_path, data):
    path = tmp_path / "file"
    whole = idx(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    zipped = data.draw(st.booleans())
    content = gzip.compress(whole, mtime=0) if zipped else whole
    cut = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(content[:cut])
    with pytest.raises(DataFileError, match="download it again"):
        read_idx(path)
    if zipped:  # plain files have no checksum: only what the header says can be checked
        place = data.draw(st.integers(10, len(content) - 1))  # the first ten bytes say little but "gzip"
        changed = bytearray(content)
        changed[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(bytes(changed))
        with pytest.raises(DataFileError):
            read_idx(path)


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><html>404</html>", b"\0\0\x07\x01\0\0\0\0", b"\0\1\x08\0", b""])
def test_what_is_no_idx_file(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match="no IDX file"):
        read_idx(path)


def test_files_that_are_longer_or_shorter_than_they_say(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(idx(np.zeros(4, np.uint8)) + b"more")
    with pytest.raises(DataFileError, match="goes on after the 4 bytes"):
        read_idx(path)
    path.write_bytes(b"\0\0\x0e\x03" + b"\xff" * 12 + b"some")  # 2⁹⁹ bytes: nothing of that size is set aside
    with pytest.raises(DataFileError, match="ends too early"):
        read_idx(path)


# -- the dataset -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("split", ["train", "t10k"])
def test_torchvisions_folder_is_read(tmp_path, split, zipped):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in (ZIPPED if zipped else FILES).items():
        (raw / name).write_bytes(content)
    data = MNIST(str(tmp_path), train=split == "train", target_transform=lambda label: -label)
    np.testing.assert_array_equal(data.data.data, IMAGES[split])
    np.testing.assert_array_equal(data.targets.data, LABELS[split])
    assert data.targets.dtype == np.int64
    image, label = data[5]
    np.testing.assert_array_equal(image, IMAGES[split][5])
    assert label == -int(LABELS[split][5])
    assert data.classes[3] == "3 - three"
    assert "of 28×28" in repr(data)
    batch = next(iter(DataLoader(MNIST(tmp_path, split == "train", ToTensor()), batch_size=4)))
    assert batch[0].shape == (4, 1, 28, 28)


def test_fashion_has_its_own_folder_and_names(folder):
    (folder / "MNIST").rename(folder / "FashionMNIST")
    assert FashionMNIST(folder).classes[9] == "Ankle boot"
    assert len({md5 for _, md5 in (*MNIST.checksums, *FashionMNIST.checksums)}) == 8


def test_missing_files(tmp_path):
    with pytest.raises(DatasetNotFoundError, match=r"train-images-idx3-ubyte is missing.*download=True.*Digits"):
        MNIST(tmp_path)
    with pytest.raises(RuntimeError):
        MNIST(tmp_path, train=False)
    with pytest.raises(FileNotFoundError):
        MNIST(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-labels-idx1-ubyte", FILES["t10k-labels-idx1-ubyte"], "40 images but 12 labels"),
        ("train-labels-idx1-ubyte", FILES["train-images-idx3-ubyte"], "exchanged"),
        ("train-images-idx3-ubyte", FILES["train-labels-idx1-ubyte"], "exchanged"),
        ("train-labels-idx1-ubyte", idx(np.full(40, 10, np.uint8)), "label 10 is not one of the 10"),
        ("train-images-idx3-ubyte", idx(IMAGES["train"].astype(np.int32)), "int32 images"),
        ("train-images-idx3-ubyte", FILES["train-images-idx3-ubyte"][:-1], "ends too early"),
    ],
)
def test_wrong_files(folder, name, content, message):
    (folder / "MNIST" / "raw" / name).write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        MNIST(folder)
    MNIST(folder, train=False)


def test_mnist_or_digits(folder, tmp_path, capsys):
    pytest.importorskip("sklearn")
    assert isinstance(mnist_or_digits(folder), MNIST)
    assert capsys.readouterr().err == ""
    digits = mnist_or_digits(tmp_path / "nowhere", train=False)
    assert isinstance(digits, Digits)
    assert digits.data.shape[1:] == (28, 28)
    assert "using scikit-learn's" in capsys.readouterr().err


# -- downloading -------------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Serves `contents`; `manners` maps a name to a list of what to do at each request in turn, then it behaves well.

    "break N": N bytes, then the connection is closed; "no range": the whole file whatever was asked; "error N": a
    status; "garbage": other bytes of the same length; "open": no length announced
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.contents, self.manners, self.asked = dict(ZIPPED), {}, []
        self.url = f"http://127.0.0.1:{self.server_port}/mirror"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.rpartition("/")[2]
        asked = self.headers.get("Range")
        self.server.asked.append((name, asked))
        turns = self.server.manners.get(name, [])
        manner, _, number = (turns.pop(0) if turns else "well").partition(" ")
        content = self.server.contents.get(name)
        if content is None or manner == "error":
            self.send_error(int(number or 404))
            return
        if manner == "garbage":
            content = bytes(len(content))
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and manner != "no" else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if manner != "open":
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + int(number)] if manner == "break" else content[start:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


NAME = "train-images-idx3-ubyte.gz"
CHECKSUM = dict(Small.checksums)[NAME]


def got(server, folder, **options):
    path = fetch(NAME, [server.url + "/"], folder, CHECKSUM, progress=False, **options)
    assert path.read_bytes() == ZIPPED[NAME]
    assert [p.name for p in folder.iterdir()] == [NAME]
    return [asked for _, asked in server.asked]


def test_a_whole_set_is_fetched_once(server, tmp_path, capsys):
    data = Small(tmp_path, download=True, mirrors=server.url)
    np.testing.assert_array_equal(data.data.data, IMAGES["train"])
    assert sorted(name for name, _ in server.asked) == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    Small(tmp_path, download=True, mirrors=[server.url])
    Small(tmp_path)
    assert len(server.asked) == 2
    assert NAME in capsys.readouterr().out  # the bar
    Small(tmp_path, train=False, download=True, mirrors=[server.url], progress=False)
    assert capsys.readouterr().out == ""
    assert len(server.asked) == 4


def test_plain_files_of_torchvision_are_not_fetched_again(server, folder):
    (folder / "MNIST").rename(folder / "Small")
    Small(folder, download=True, mirrors=[server.url])
    assert server.asked == []


def test_a_broken_transfer_goes_on_where_it_stopped(server, tmp_path):
    server.manners[NAME] = ["break 100", "break 50"]
    assert got(server, tmp_path) == [None, "bytes=100-", "bytes=150-"]


def test_what_an_earlier_run_left_is_gone_on_with(server, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(ZIPPED[NAME][:777])
    assert got(server, tmp_path) == ["bytes=777-"]


def test_what_an_earlier_run_finished_is_only_checked(server, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(ZIPPED[NAME])
    assert got(server, tmp_path) == [f"bytes={len(ZIPPED[NAME])}-"]


def test_a_server_that_cannot_resume_starts_over(server, tmp_path):
    server.manners[NAME] = ["break 100", "no range"]
    assert got(server, tmp_path) == [None, "bytes=100-"]


def test_a_server_that_tells_no_length(server, tmp_path):
    server.manners[NAME] = ["open"]
    assert got(server, tmp_path) == [None]


@pytest.mark.parametrize("left", [b"rubbish", ZIPPED[NAME] + b"too long"])
def test_rubbish_left_by_an_earlier_run_is_thrown_away(server, tmp_path, left):
    (tmp_path / f"{NAME}.part").write_bytes(left)
    assert got(server, tmp_path)[-1] is None


def test_a_damaged_file_is_replaced(server, tmp_path):
    (tmp_path / NAME).write_bytes(ZIPPED[NAME][:-5])
    assert got(server, tmp_path) == [None]
    assert md5_of(tmp_path / NAME) == CHECKSUM


def test_the_next_mirror_helps(server, tmp_path):
    server.manners[NAME] = ["error 503", "garbage"]
    mirrors = ["http://127.0.0.1:9/closed", server.url + "/first", server.url + "/second", server.url]
    path = fetch(NAME, mirrors, tmp_path, CHECKSUM, progress=False)
    assert path.read_bytes() == ZIPPED[NAME]
    assert len(server.asked) == 3


def test_when_no_mirror_helps_the_error_tells_of_each(server, tmp_path):
    server.manners[NAME] = ["garbage", "error 500"]
    mirrors = [server.url + "/first", server.url + "/second", "http://127.0.0.1:9"]
    with pytest.raises(DownloadError) as caught:
        fetch(NAME, mirrors, tmp_path, CHECKSUM, progress=False)
    text = str(caught.value)
    for part in (
        "/first/train",
        "another checksum",
        "/second/train",
        "500",
        "connection failed",
        str(tmp_path),
        "Digits",
    ):
        assert part in text
    assert not (tmp_path / NAME).exists()
    del server.contents[NAME]
    with pytest.raises(OSError, match="404"):
        fetch(NAME, [server.url], tmp_path, CHECKSUM, progress=False)


def test_a_transfer_that_breaks_again_and_again_is_given_up_and_can_be_taken_up(server, tmp_path):
    server.manners[NAME] = ["break 10"] * download.ATTEMPTS
    with pytest.raises(DownloadError, match=f"broke off after {10 * download.ATTEMPTS} of"):
        fetch(NAME, [server.url], tmp_path, CHECKSUM, progress=False)
    assert (tmp_path / f"{NAME}.part").stat().st_size == 10 * download.ATTEMPTS
    assert got(server, tmp_path)[-1] == f"bytes={10 * download.ATTEMPTS}-"


def test_a_silent_server_is_not_waited_for_for_ever(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.05)
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    quiet = threading.Event()
    monkeypatch.setattr(Handler, "do_GET", lambda self: quiet.wait(5))
    with pytest.raises(DownloadError, match="timed out"):
        fetch(NAME, [server.url], tmp_path, CHECKSUM, progress=False)
    quiet.set()
