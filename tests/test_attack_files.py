"""Files made to do harm: each is a fault with place and remedy, in bounded time and memory, and nothing in it runs."""

from __future__ import annotations

import bz2
import copy
import gzip
import hashlib
import io
import json
import lzma
import os
import pickle
import shutil
import sqlite3
import struct
import subprocess
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from conftest import HERE

import escalation
from escalation import intake, packed, phrases, proofreading

pytestmark = pytest.mark.filterwarnings("ignore::escalation.LexiconWarning")
DEFAULT = HERE.parent / "models" / "default"
SAID = "Rebels shelled the port of Tarvos on Monday."
PAGE = "<html><body><article><p>Rebels shelled the port of Tarvos on Monday, killing nine dockers.</p>{}</article></body></html>"


class Mark:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def texts(source) -> list[str | None]:
    return [entry.report and entry.report.text for entry in intake.entries(source)]


def faults(source) -> list[str]:
    return [entry.fault for entry in intake.entries(source) if entry.fault]


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(f"{name}.txt", data)
    return held.getvalue()


# Packings ----------------------------------------------------------------------


def named_often(times: int) -> bytes:
    """A zip whose index names one piece of data again and again."""
    data = zipped(a=SAID.encode() * 1000)
    index, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, times, times, (end - index) * times)
    return data[:index] + data[index:end] * times + bytes(tail)


def nested(times: int) -> bytes:
    """A zip one of whose files holds the next within its own bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("a.txt", SAID * times)
        inner = copy.copy(file.infolist()[0])
        inner.header_offset += 7
        file.filelist.append(inner)
    return held.getvalue()


def lying(size: int) -> bytes:
    """A zip whose index tells another size than its data have."""
    data = bytearray(zipped(a=SAID.encode() * 10, b=b"Last."))
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, size)
    return bytes(data)


@pytest.mark.parametrize("data", [named_often(6000), nested(10)])
def test_files_of_a_zip_that_share_bytes_are_not_unpacked(tmp_path, data):
    start = time.perf_counter()
    found = faults(write(tmp_path / "a.zip", data))
    assert time.perf_counter() - start < 5
    assert len(found) >= 2
    assert {fault.partition(",")[0] for fault in found} == {"shares its bytes with another file of the zip"}


@pytest.mark.parametrize(("size", "wanted"), [(5, [None, "Last."]), (2**32 - 2, [SAID * 10, "Last."])])
def test_a_size_that_is_no_more_than_told_is_not_believed(tmp_path, size, wanted):
    assert texts(write(tmp_path / "a.zip", lying(size))) == wanted


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, lambda data: pytest.importorskip("zstandard").compress(data)])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json", "a", "folder/a.txt"])
def test_a_file_that_is_packed_twice_is_told_as_that(tmp_path, pack, name):
    path = write(tmp_path / name, bz2.compress(pack(b'{"text": "First."}\n')))
    try:
        told = faults(path.parent if name.startswith("folder") else path)[0]
    except escalation.InputError as fault:
        told = str(fault)
    assert "packed twice. Unpack it once" in told


@pytest.mark.parametrize("name", ["../../a.txt", "/abs/a.txt", "C:\\a.txt", "a\x1b[31m.txt", "..txt", "a\nb.txt", "x" * 60_000 + ".txt"])
def test_no_name_in_a_zip_leads_anywhere(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(name, SAID)
    escalation.score_archive(tmp_path / "a.zip", tmp_path / "out.jsonl")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "out.jsonl"]
    assert json.loads((tmp_path / "out.jsonl").read_text())["id"] == name.removesuffix(".txt")


# Rows ----------------------------------------------------------------------


def test_a_line_without_end_takes_little_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    tracemalloc.start()
    told = faults(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [fault.partition(".")[0] for fault in told] == ["the row is longer than 50 MB"]
    assert peak < 2.5 * packed.ROW_LIMIT


def test_blanks_without_end_take_little_memory(tmp_path):
    path = write(tmp_path / "a.gz", gzip.compress(b" " * 300_000_000, 1))
    tracemalloc.start()
    told = faults(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "more than 50 MB" in told[0]
    assert peak < 4 * packed.ROW_LIMIT


def test_a_quote_that_is_never_closed_takes_little_memory(tmp_path):
    path = write(tmp_path / "a.csv", 'id,text\n1,First.\n2,"open\n' + "x\n" * 150_000)
    tracemalloc.start()
    found = texts(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found[0], set(found[1:])) == ("First.", {None})
    assert peak < 120_000_000


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.csv", b"a" * 60_000_000, "row 1: the header cannot be read: the row is longer than 50 MB"), ("b.csv", b"text,caf\xe9\na,b\n", "row 1: the header cannot be read: byte 0xe9"),
        ("c.csv", b"text,text\na,b\n", "2 columns are called 'text'. Rename all but one"),
    ],
)
def test_a_header_that_cannot_serve_is_told(tmp_path, name, data, told):
    with pytest.raises(escalation.InputError, match=told):
        intake.open_archive(write(tmp_path / name, data))


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize("value", ["[" * 200_000 + "]" * 200_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "9" * 1_000_000])
def test_a_value_that_breaks_a_parser_is_the_fault_of_its_row(tmp_path, name, value):
    rows = ['{"text": "First."}', f'{{"text": "Second.", "x": {value}}}']
    assert texts(write(tmp_path / name, "\n".join(rows) if name == "a.jsonl" else f"[{','.join(rows)}]")) == ["First.", None]


def crowded(name: str) -> str:
    attributes = {"bare": "x{} ", "quoted": 'x{}="<>" ', "valued": "x{}=1 "}[name]
    return "<p " + "".join(attributes.format(k) for k in range(200_000)) + ">Nine died.</p>"


@pytest.mark.parametrize("more", [crowded("bare"), crowded("quoted"), crowded("valued"), crowded("bare")[:-20], "<a \"<b '" * 300_000, "<!--" * 300_000, "<" * 1_000_000], ids=range(7))
def test_a_crowded_page_is_read_in_seconds(tmp_path, more):
    pytest.importorskip("trafilatura")
    start = time.perf_counter()
    (found,) = texts(write(tmp_path / "a.html", PAGE.format(more)))
    assert time.perf_counter() - start < 15
    assert "Rebels shelled the port" in found


def test_a_stray_quote_costs_no_text(tmp_path):
    pytest.importorskip("trafilatura")
    path = write(tmp_path / "a.html", PAGE.format('<p><a href=x">Nine</a> died, and the "quiet" port of Orm burned for a day.</p>' * 2))
    assert "burned for a day" in texts(path)[0]


def test_entities_of_a_page_lead_nowhere(tmp_path):
    pytest.importorskip("trafilatura")
    outside = write(tmp_path / "secret", "outside")
    entities = f'<!DOCTYPE html [<!ENTITY a "{"x" * 1000}"><!ENTITY b "{"&a;" * 1000}"><!ENTITY c "{"&b;" * 1000}"><!ENTITY d SYSTEM "{outside.as_uri()}">]>'
    (found,) = texts(write(tmp_path / "a.html", entities + PAGE.format("<p>Nine &c; died &d; there, doctors of the port said.</p>")))
    assert len(found) < 500
    assert "outside" not in found


# Parquet and SQLite ----------------------------------------------------------------------


def test_a_value_that_every_row_of_a_parquet_names_takes_little_memory(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    column = pa.DictionaryArray.from_arrays(pa.array([0] * 300, pa.int32()), pa.array(["a" * 5_000_000]))
    write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 1_000_000
    tracemalloc.start()
    assert sum(len(block) for block in intake.blocks(tmp_path / "a.parquet")) == 300
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def database(path: Path, *statements: str) -> Path:
    with sqlite3.connect(path) as file:
        for statement in statements:
            file.execute(statement)
    file.close()
    return path


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT 'Rebels ' || x AS text FROM c"


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE news (text)", "INSERT INTO news VALUES ('1'), (zeroblob(100000000)), ('0')"),
        ("CREATE TABLE n (x)", "INSERT INTO n VALUES (1), (60000000), (0)", "CREATE VIEW news AS SELECT CASE x WHEN 60000000 THEN hex(zeroblob(x)) ELSE x || '' END AS text FROM n"),
    ],
)
def test_a_value_beyond_the_limit_costs_its_row_of_a_database(tmp_path, statements):
    path = database(tmp_path / "a.db", *statements)
    assert texts(path) == ["1", None, "0"]
    assert "longer than 50 MB" in faults(path)[0]


def test_a_view_without_end_is_read_as_it_comes(tmp_path):
    archive = intake.open_archive(database(tmp_path / "a.db", f"CREATE VIEW news AS {ENDLESS}"))
    assert (archive.size, next(iter(archive)).report.text) == (None, "Rebels 1")


def test_a_view_that_never_gives_a_row_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("escalation.columnar._MOST_STEPS", 20_000_000)
    assert "a view that computes without end" in faults(database(tmp_path / "a.db", f"CREATE VIEW news AS {ENDLESS} WHERE x < 0"))[0]


# What is no file ----------------------------------------------------------------------

KINDS = ["a", "a.txt", "a.html", "a.jsonl", "a.json", "a.csv", "a.zip", "a.db", "a.parquet", "a.warc"]


@pytest.mark.parametrize("name", KINDS)
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(escalation.InputError, match=r"a pipe or a device, not a file. Give it as standard input"):
        intake.open_archive(tmp_path / name)


@pytest.mark.parametrize("name", KINDS)
def test_a_device_is_not_read_without_end(tmp_path, name):
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(escalation.InputError, match="a pipe or a device"):
        intake.open_archive(tmp_path / name)


@pytest.mark.parametrize("call", [escalation.read_labelled, lambda path: escalation.Scorer(lexicon=path), lambda path: escalation.build_index(path), lambda path: escalation.load_model(path, trust_pickle=False)])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_no_reader_waits_for_a_pipe(tmp_path, call, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(escalation.EscalationError, match=r"a pipe or a device|not a model folder"):
        call(tmp_path / name)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (os.mkfifo, "a pipe or a device"), (lambda path: path.symlink_to("/dev/zero"), "leads out of the folder"), (lambda path: path.symlink_to("../outside.txt"), "leads out of the folder"),
        (lambda path: path.symlink_to("nowhere.txt"), "cannot be read"), (lambda path: path.symlink_to(path.name), "cannot be read"),
    ],
)
def test_what_is_no_text_of_a_folder_costs_only_itself(tmp_path, make, told):
    write(tmp_path / "outside.txt", "Secret.")
    write(tmp_path / "news" / "a.txt", SAID)
    make(tmp_path / "news" / "b.txt")
    assert texts(tmp_path / "news") == [SAID, None]
    assert told in faults(tmp_path / "news")[0]


def test_a_link_within_the_folder_is_a_text(tmp_path):
    write(tmp_path / "news" / "a.txt", SAID)
    (tmp_path / "news" / "b.txt").symlink_to("a.txt")
    assert texts(tmp_path / "news") == [SAID, SAID]


def test_links_to_folders_are_not_followed(tmp_path):
    write(tmp_path / "outside" / "b.txt", "Secret.")
    write(tmp_path / "news" / "d29" / "a.txt", SAID)
    for k in range(29):
        (tmp_path / "news" / f"d{k}").mkdir()
        (tmp_path / "news" / f"d{k}" / "x").symlink_to(tmp_path / "news" / f"d{k + 1}")
        (tmp_path / "news" / f"d{k}" / "y").symlink_to(tmp_path / "news" / f"d{k + 1}")
    (tmp_path / "news" / "out").symlink_to(tmp_path / "outside")
    assert texts(tmp_path / "news") == [SAID]


def test_folders_within_each_other_may_be_many(tmp_path):
    here, deep = Path.cwd(), tmp_path / "news"
    deep.mkdir()
    try:
        os.chdir(deep)
        for _ in range(1200):
            os.mkdir("d")
            os.chdir("d")
        Path("a.txt").write_text(SAID)
    finally:
        os.chdir(here)
    assert escalation.score_archive(deep, tmp_path / "out.jsonl").scored == 1
    subprocess.run(["rm", "-r", deep], check=True)  # Python's own goes as deep as the folders


# Lexicons ----------------------------------------------------------------------


def lexicon(phrase: str, classes: str = "") -> str:
    return f'# ours\n{classes}\n[[entry]]\nid = "mine"\ncue = "talks"\nphrases = [{json.dumps(phrase)}]\nfires_on = ["A palaver."]\nsilent_on = ["A walk."]\nsource = "own"\n'


def doubled(item: str) -> str:
    return '[classes]\nk0 = ["a", "b c"]\n' + "".join(f'k{k} = ["{item.replace("K", f"{{k{k - 1}}}")}"]\n' for k in range(1, 31))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (lexicon("(" * 5000 + "a" + ")" * 5000), f"more than {phrases.MOST_DEPTH} brackets within each other"), (lexicon("[a] " * 200 + "b"), "more than 100 words in a row"),
        (lexicon("a " + "<8> (a|b) " * 25 + "c"), "more than 20,000 ways through its gaps"), (lexicon("a " + "[<3>] [a] " * 20 + "c"), "more than 20,000 ways through its gaps"),
        (lexicon("(" + "|".join(f"w{k}" for k in range(30_000)) + ") x"), "more than 20,000 words"), (lexicon("{k30} x", doubled("(K x|K y)")), "more than 20,000 words"),
        (lexicon("{k30} x", doubled("K K")), "more than 100 words in a row"), (lexicon("{k} x", '[classes]\nk = ["{k} a"]'), "{k} stands within itself"),
        (lexicon("{k} x", '[classes]\nk = ["{j} a"]\nj = ["{k} b"]'), "stands within itself"), ("x = " + "[" * 100_000, "too many brackets within each other"),
        (".".join("a" * 100_000) + " = 1", "a key of more than 50 parts"), ("x = " + "9" * 5000, "Exceeds the limit"), ("classes = 5\n", "[classes] has the wrong brackets"), ("cue = 5\n", "[cue] has the wrong brackets"),
        ("entry = [1]\n", "[entry] has the wrong brackets"), ("subject = 5\n", "[subject] has the wrong brackets"), ("[classes]\na = 5\n", "class 'a' is not a list of strings"),
        ('[subject.x]\nwords = 5\nfires_on = ["a"]\nsilent_on = ["b"]\nsource = "own"\n', "`words` is not a list of strings"), (lexicon("palaver") + "rung = 2.5\n", "`rung` is not a whole number"),
        (lexicon("palaver") + "strength = nan\n", "`strength` is nan"),
    ],
    ids=range(20),
)
def test_a_lexicon_that_takes_without_end_is_refused_at_once(tmp_path, text, told):
    path = write(tmp_path / "mine.toml", text)
    start = time.perf_counter()
    with pytest.raises(escalation.LexiconError) as refused:
        escalation.Scorer(lexicon=path)
    assert time.perf_counter() - start < 20
    assert str(refused.value).startswith(str(path))
    assert told in str(refused.value)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("phrase", ["(" * 50 + "a" + ")" * 50, "a " + "<8> (a|b) " * 25 + "c"])
def test_the_line_of_a_phrase_without_end_is_told(tmp_path, phrase):
    path = write(tmp_path / "mine.toml", lexicon(phrase))
    with pytest.raises(escalation.LexiconError, match=r"mine\.toml, line 4: entry 'mine'"):
        escalation.Scorer(lexicon=path)
    assert [fault.line for fault in proofreading.check(path)] == [6]


def test_the_shipped_phrases_are_far_from_the_limits():
    from escalation.lexicon import parse_shipped

    shipped = parse_shipped()
    trees = [shipped._grammar.parse(phrase) for entry in shipped.entries for phrase in entry.phrases]
    assert max(map(phrases._size, trees)) < phrases.MOST_WORDS / 10
    assert max(map(phrases._longest, trees)) < phrases.MOST_IN_A_ROW / 2
    assert max(map(phrases._ways, trees)) < phrases.MOST_WAYS / 10


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.write_bytes(b"#" * 10_000_001)])
def test_a_lexicon_that_is_no_file_of_entries_is_refused(tmp_path, make):
    make(tmp_path / "mine.toml")
    with pytest.raises(escalation.EscalationError, match=r"mine\.toml: (a pipe or a device|larger than 10 MB)"):
        escalation.Scorer(lexicon=tmp_path / "mine.toml")


# Pickles under other names ----------------------------------------------------------------------

MODEL_FILES = ["card.json", "model.json", "weights.f64", "manifest.json"]


def sign(folder: Path) -> None:
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name in MODEL_FILES[:3]}
    (folder / "manifest.json").write_text(json.dumps(sums))


@pytest.mark.parametrize(("name", "then"), [*[(name, sign) for name in MODEL_FILES[:3]], *[(name, Path.exists) for name in MODEL_FILES]])
def test_a_pickle_named_as_a_file_of_a_model_never_runs(tmp_path, name, then):
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT, folder)
    (folder / name).write_bytes(pickle.dumps(Mark(tmp_path / "ran")))
    then(folder)
    with pytest.raises(escalation.ModelError, match=str(folder)):
        escalation.Scorer(model=folder)
    assert not (tmp_path / "ran").exists()


TAKERS = {
    "model": lambda path: escalation.Scorer(model=path), "base": lambda path: escalation.train([SAID] * 60, [1, 0] * 30, base=path), "evaluated": lambda path: escalation.evaluate(path, [(SAID, 1), ("Calm.", 0)]),
    "compared": lambda path: escalation.compare(path, None, [(SAID, 1), ("Calm.", 0)]), "lexicon": lambda path: escalation.Scorer(lexicon=path), "archive": lambda path: list(escalation.read_archive(path)),
    "labelled": escalation.read_labelled, "scores": escalation.build_index,
}


@pytest.mark.parametrize("suffix", ["", ".pkl", ".joblib", ".parquet", ".sqlite", ".jsonl", ".csv", ".zip", ".warc"])
@pytest.mark.parametrize("taker", TAKERS)
def test_a_pickle_given_in_place_of_anything_never_runs(tmp_path, taker, suffix):
    path = write(tmp_path / f"given{suffix}", pickle.dumps(Mark(tmp_path / "ran")))
    with pytest.raises(escalation.EscalationError):
        TAKERS[taker](path)
    assert not (tmp_path / "ran").exists()


def estimator(change) -> bytes:
    """The file of a fitted estimator, its schema and arrays changed."""
    skops = pytest.importorskip("skops.io")
    from sklearn.linear_model import LogisticRegression

    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(skops.dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1])))) as old, zipfile.ZipFile(held, "w") as new:
        for name, data in change({name: old.read(name) for name in old.namelist()}).items():
            new.writestr(name, data)
    return held.getvalue()


def name_often(files: dict[str, bytes]) -> dict[str, bytes]:
    schema = json.loads(files["schema.json"])
    array = next(name for name in files if name.endswith(".npy"))
    schema["content"]["content"]["more"] = [{"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy", "file": array}] * 2000
    return {**files, array: files[array] + bytes(1_000_000), "schema.json": json.dumps(schema).encode()}


def test_an_array_that_is_named_without_end_is_not_made(tmp_path):
    from escalation import estimator_file

    with pytest.raises(escalation.ModelError, match="names its arrays so often that they would take"):
        estimator_file.loads("estimator.skops", estimator(name_often))


def test_a_pickle_in_place_of_an_array_never_runs(tmp_path):
    from escalation import estimator_file

    evil = pickle.dumps(Mark(tmp_path / "ran"))
    with pytest.raises(escalation.ModelError, match="cannot be read"):
        estimator_file.loads("estimator.skops", estimator(lambda files: {name: evil if name.endswith(".npy") else data for name, data in files.items()}))
    assert not (tmp_path / "ran").exists()
