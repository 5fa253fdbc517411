"""Archives of every format, whole and broken."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import sqlite3
import sys
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest

import escalation
from escalation import intake, packed
from escalation.markup import clean, flattened

ROWS = (
    {"id": "a1", "text": "Rebels shelled the port of Tarvos.", "date": "2024-05-01", "outlet": "Courier"},
    {"id": "a2", "text": "Talks on the dam, long stalled, resumed.\nBoth sides spoke.", "date": "2024-05-02", "outlet": "Herald"},
    {"id": "a3", "text": "The “quiet” border stayed open.", "date": None, "outlet": None},
)
WANTED = [escalation.Report(row["text"], row["date"] and date.fromisoformat(row["date"]), row["id"], row["outlet"]) for row in ROWS]
PAGE = """<html><head><title>Port shelled</title><meta property="article:published_time" content="2024-05-01T08:00:00Z"></head><body><nav><a href="/">Home</a></nav>
<article><p>Rebels shelled the port of Tarvos on Monday, killing nine dockers &amp; a pilot, doctors said.</p>
<p>The governor urged his ally to strike back, but the ally has so far refrained from doing so.</p></article></body></html>"""


def zstd(data: bytes) -> bytes:
    return pytest.importorskip("zstandard").compress(data)


PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


def json_lines(rows=ROWS) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def csv_file(delimiter: str) -> bytes:
    import csv

    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ROWS[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(ROWS)
    return buffer.getvalue().encode()


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(source, columns=None) -> list:
    return list(intake.entries(source, columns))


def reports(source, columns=None) -> list:
    return [entry.report for entry in read(source, columns)]


def texts(source, columns=None) -> list:
    return [report and report.text for report in reports(source, columns)]


def faults(source, columns=None) -> list[str]:
    return [entry.fault for entry in read(source, columns) if entry.fault]


def parquet(path: Path, columns: dict, **options) -> Path:
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    write_table(pa.table(columns), path, **options)
    return path


def database(path: Path, *statements: str, rows=()) -> Path:
    with sqlite3.connect(path) as file:
        for statement in statements:
            file.execute(statement)
        file.executemany("INSERT INTO news VALUES (?, ?, ?, ?)", [tuple(row) for row in rows])
    file.close()
    return path


def warc(*pages: tuple[int, str, str, bytes]) -> list[bytes]:
    """One WARC record per (status, content type, URL, body)."""
    made = []
    for status, kind, url, body in pages:
        http = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-06-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:{len(made)}>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        made.append(head.encode() + http + b"\r\n\r\n")
    return made


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("news.jsonl", json_lines()), ("news.ndjson", json_lines().replace(b"\n", b"\r\n")), ("news.json", json.dumps(ROWS).encode()), ("lines.json", json_lines()), ("news", json_lines()),
        ("news.csv", csv_file(",")), ("semicolons.csv", csv_file(";")), ("news.tsv", csv_file("\t")), ("bom.csv", b"\xef\xbb\xbf" + csv_file(",")),
    ],
)
def test_tables_of_text_are_read_plain_and_packed(tmp_path, name, data, packing):
    assert reports(write(tmp_path / (name + packing), PACKERS[packing](data))) == WANTED


def test_parquet_is_read(tmp_path):
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]} | {"other": [1, 2, 3]}
    assert reports(parquet(tmp_path / "news.parquet", columns)) == WANTED


def test_sqlite_is_read(tmp_path):
    path = database(tmp_path / "news.sqlite", "CREATE TABLE news (id, text, date, outlet)", "CREATE TABLE outlets (name)", rows=[row.values() for row in ROWS])
    assert reports(path) == reports(f"{path}::news") == WANTED


def test_a_packed_file_is_known_by_what_it_begins_with(tmp_path):
    assert reports(write(tmp_path / "news.jsonl", gzip.compress(json_lines()))) == WANTED


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_ids_of_texts_are_their_paths(tmp_path, kind):
    files = {"b.txt": "Second.", "2024/a.TXT": "First.", "notes.md": "No report.", "__MACOSX/._b.txt": "\0"}
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "news.zip", "w") as file:
            for name, text in files.items():
                file.writestr(name, text)
    for name, text in files.items():
        write(tmp_path / "folder" / name, text)
    archive = intake.open_archive(tmp_path / {"zip": "news.zip", "folder": "folder"}[kind])
    assert [(entry.number, entry.report.id, entry.report.text) for entry in archive] == [(0, "2024/a", "First."), (1, "b", "Second.")]
    assert (archive.size, archive.unit, archive.fields) == (2, "rows", {})


def test_names_that_lead_out_of_a_zip_are_only_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as file:
        file.writestr("../../outside.txt", "Rebels shelled the port.")
    assert texts(tmp_path / "news.zip") == ["Rebels shelled the port."]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["news.zip"]


def test_a_folder_linked_into_itself_is_read_once(tmp_path):
    write(tmp_path / "news" / "a.txt", "Rebels shelled the port.")
    (tmp_path / "news" / "again").symlink_to(tmp_path / "news")
    assert len(read(tmp_path / "news")) == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("Rebels shelled the port.\n", [("stdin", "Rebels shelled the port.\n")]), ('\n{"text": "First."}\nbroken\n{"text": "Second."}', [("stdin:0", "First."), None, ("stdin:2", "Second.")]), ("{Brackets} stood in the text.", [("stdin", "{Brackets} stood in the text.")])],
)
def test_standard_input_is_a_text_or_json_lines(monkeypatch, given, wanted):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert [report and (report.id, report.text) for report in reports("-")] == wanted


def test_fields_are_guessed_and_told(tmp_path):
    path = write(tmp_path / "news.jsonl", '{"URL": "u1", "Headline": "Shelling", "Body": "Rebels shelled the port.", "Date": "2024-05-01"}\n')
    archive = intake.open_archive(path)
    assert archive.fields == {"text": "Headline+Body", "id": "URL", "published": "Date"}
    assert [entry.report for entry in archive] == [escalation.Report("Shelling\n\nRebels shelled the port.", date(2024, 5, 1), "u1")]


@pytest.mark.parametrize("name", ["news.jsonl", "news.csv", "news.parquet", "news.db"])
def test_a_field_that_is_not_there_is_refused_with_those_that_are(tmp_path, name):
    data = [("a1", "The port was shelled.", "2024-05-01", "x")]
    path = tmp_path / name
    if name.endswith(".db"):
        database(path, "CREATE TABLE news (key, words, day, extra)", rows=data)
    elif name.endswith(".parquet"):
        parquet(path, {"key": ["a1"], "words": ["The port was shelled."], "day": ["2024-05-01"]})
    else:
        write(path, '{"key": "a1", "words": "The port was shelled.", "day": "2024-05-01"}' if name.endswith("jsonl") else "key,words,day\na1,The port was shelled.,2024-05-01\n")
    with pytest.raises(escalation.InputError, match=r"no field 'story'; there are \['key', 'words', 'day'"):
        intake.open_archive(path, {"text": "story"})
    with pytest.raises(escalation.InputError, match="no field looks like the text"):
        intake.open_archive(path)
    assert reports(path, {"text": "words", "id": "key", "published": "day"}) == [escalation.Report("The port was shelled.", date(2024, 5, 1), "a1")]
    assert reports(path, {"text": "words", "id": "key", "published": None})[0].published is None


def test_a_row_without_an_id_is_named_by_its_number(tmp_path):
    path = write(tmp_path / "news.jsonl.gz", gzip.compress(b'\n{"text": "First."}\n\n{"text": "Second."}\n'))
    assert [(entry.number, entry.place, entry.report.id) for entry in read(path)] == [(0, f"{path}, line 2", "news:0"), (1, f"{path}, line 4", "news:1")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"text": "Rebels', "not JSON"), (b'{"text": "caf\xe9"}', "byte 0xe9 is not UTF-8"), (b'{"text": "a\x00b"}', "not JSON"), (b'{"text": "a\\u0000b"}', "NUL"), (b'["Rebels"]', "a list instead of an object"),
        (b'{"id": 1}', "text: empty"), (b'{"text": null}', "text: empty"), (b'{"text": " \\n"}', "text: empty"), (b'{"text": 7}', "text: a int"), (b'{"text": ["a"]}', "text: a list"),
        (b'{"text": "a", "date": "soon"}', "'soon' is not a date"), (b'{"text": "a", "date": 7}', "not a date"), (b'{"text": "a", "id": "\\ud800"}', "half a character"),
        (b"[" * 100_000, "not JSON"), (b'{"text": "' + b"a" * packed.ROW_LIMIT + b'"}', "longer than 50 MB"),
    ],
)
def test_a_broken_line_costs_only_itself(tmp_path, line, told):
    path = write(tmp_path / "news.jsonl", b"\n".join([b'{"text": "First."}', line, b'{"text": "Third."}']))
    found = read(path)
    assert [entry.report and entry.report.text for entry in found] == ["First.", None, "Third."]
    assert told in found[1].fault
    assert found[1].place == f"{path}, line 2"


@pytest.mark.parametrize("value", ['""', "null", "NaN", '"NaT"', '"nan"'])
def test_an_empty_date_is_no_fault(tmp_path, value):
    assert reports(write(tmp_path / "a.jsonl", f'{{"text": "First.", "date": {value}}}'))[0].published is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (b"1,two,three,four", "4 cells where the header has 3"), (b"1,two", "2 cells"), (b"1,caf\xe9,", "byte 0xe9 is not UTF-8. Convert the file; from Windows: iconv -f WINDOWS-1252 -t UTF-8 IN > OUT"), ("1,“The port, they said, fell.”,".encode(), "“ ” are letters to CSV, not quotes"), (b'1,"said "stop" then",', "Double the quotes"), (b"1,nul\x00,", "NUL"), (b"1,,", "text: empty"),
        (b'1,"never closed,', "Double the quotes"), (b'1,"closed by, the next\n2,"as ""it"" were,', "Double the quotes"),
    ],
)
def test_a_broken_row_of_a_csv_costs_only_itself(tmp_path, row, told):
    path = write(tmp_path / "news.csv", b'id,text,date\n0,First,\n' + row + b'\n8,"Second\nand more",2024-05-01\n9,Third,\n')
    found = [entry for entry in read(path) if entry.report]
    assert {entry.report.id for entry in found} >= {"0", "9"}
    assert any(told in fault for fault in faults(path))


def test_lines_of_a_text_whose_quote_is_missing_are_not_taken_for_rows(tmp_path):
    path = write(tmp_path / "news.csv", 'id,text\n1,First\n2,"The port was shelled.\nTwo sides spoke, late.\nThen all was quiet.\nNobody, said one, slept.\n')
    assert texts(path) == ["First", None]
    assert "4 lines are taken for one row" in faults(path)[0]


@pytest.mark.parametrize("packing", [".gz", ".bz2", ".xz", ".zst"])
def test_rows_before_a_break_are_kept(tmp_path, packing):
    noise = random.Random(1)
    rows = [{"id": str(k), "text": f"Rebels shelled {noise.getrandbits(4000):x}."} for k in range(1200)]
    data = PACKERS[packing](json_lines(rows))
    found = read(write(tmp_path / f"news.jsonl{packing}", data[: len(data) * 4 // 5]))
    assert len(found) > 500
    assert [entry.report.text for entry in found[:-1]] == [row["text"] for row in rows[: len(found) - 1]]
    assert "damaged or cut off" in found[-1].fault
    assert found[-1].number == len(found) - 1


def test_items_before_a_break_of_a_list_are_kept(tmp_path):
    assert texts(write(tmp_path / "a.json", '[{"text": "First."}, 5, {"text": "Second."}, {"text": ')) == ["First.", None, "Second.", None]


@pytest.mark.parametrize("packing", [".gz", ".bz2", ".xz", ".zst"])
def test_a_bomb_is_one_row_and_little_memory(tmp_path, packing):
    path = write(tmp_path / f"news.jsonl{packing}", PACKERS[packing](b'{"text": "' + b"a" * 60_000_000 + b'"}\n{"text": "Last."}'))
    tracemalloc.start()
    found = texts(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [None, "Last."]
    assert peak < 2.5 * packed.ROW_LIMIT


def test_a_bomb_in_a_zip_is_one_row(tmp_path):
    with zipfile.ZipFile(tmp_path / "news.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", b"a" * (packed.ROW_LIMIT + 1))
        file.writestr("b.txt", "Last.")
    assert texts(tmp_path / "news.zip") == [None, "Last."]


@pytest.mark.parametrize(("method", "streamed"), [(zipfile.ZIP_STORED, False), (zipfile.ZIP_DEFLATED, False), (zipfile.ZIP_DEFLATED, True)])
@pytest.mark.parametrize("lost", [30, 250])
def test_texts_before_the_break_of_a_zip_are_kept(tmp_path, method, streamed, lost):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return not streamed

        def tell(self) -> int:
            if streamed:
                raise OSError
            return super().tell()

    pipe, noise = Pipe(), random.Random(1)
    with zipfile.ZipFile(pipe, "w", method) as file:
        for k in range(3):
            file.writestr(f"{k}.txt", f"Rebels shelled port {k}. " + noise.randbytes(900).hex())
    found = read(write(tmp_path / "news.zip", pipe.getvalue()[:-lost]))
    assert "cut off" in found[-1].fault
    kept = [entry.report.text[:22] for entry in found if entry.report]
    assert kept == [f"Rebels shelled port {k}." for k in range(3)][: len(kept)]
    assert len(kept) >= 2


def test_a_damaged_member_of_a_zip_costs_only_itself(tmp_path):
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as file:
        file.writestr("a.txt", "Rebels shelled the port.")
        file.writestr("b.txt", "Last.")
    data = (tmp_path / "news.zip").read_bytes().replace(b"Rebels", b"Nobody", 1)
    assert texts(write(tmp_path / "news.zip", data)) == [None, "Last."]


def test_values_of_other_types_in_parquet_are_told(tmp_path):
    pa = pytest.importorskip("pyarrow")
    path = parquet(tmp_path / "a.parquet", {"text": pa.array([b"First.", b"\xff", b"Last."]).view(pa.string())})
    assert texts(path) == ["First.", None, "Last."]
    assert texts(parquet(tmp_path / "b.parquet", {"text": [1, 2]})) == [None, None]


def test_a_damaged_row_group_leaves_the_others(tmp_path):
    path = parquet(tmp_path / "a.parquet", {"text": [f"{k:05d} " + "Rebels shelled the port. " * 20 for k in range(3000)]}, row_group_size=1000, compression="zstd", use_dictionary=False)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    found = read(write(path, bytes(data)))
    assert len([entry for entry in found if entry.report]) >= 2000
    assert "rows" in next(entry.place for entry in found if entry.fault)


def test_texts_in_sqlite_that_are_none_are_told(tmp_path):
    path = database(tmp_path / "a.db", "CREATE TABLE news (id, text, date, outlet)", rows=[(1, "First.", None, None), (2, b"\xff", None, None), (3, 7, None, None), (4, "Last.", None, None)])
    assert texts(path) == ["First.", None, None, "Last."]


@pytest.mark.parametrize("name", ["none.jsonl", "none.csv", "none.parquet", "none.zip", "none.sqlite", "none.txt", "none.warc", "none"])
def test_what_cannot_be_opened_is_an_error(tmp_path, name):
    with pytest.raises(escalation.InputError, match="none"):
        intake.open_archive(tmp_path / name)


@pytest.mark.parametrize("source", ["https://example.org/news.csv", "S3://bucket/news.jsonl", Path("https://example.org/news.csv")])
def test_addresses_are_not_fetched(source):
    with pytest.raises(escalation.InputError, match=r"example\.org|bucket") as told:
        intake.open_archive(source)
    assert "is an address, and nothing is fetched. Download it" in str(told.value)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.parquet", b"PAR1", "cannot be read as Parquet"), ("a.zip", b"PK", "cannot be read as a zip"), ("a.db", b"none at all, but long enough to be looked at" * 50, "cannot be read as SQLite"),
        ("a.jsonl.gz", b'{"text": "a"}', "does not begin as a .gz file"), ("a.xlsx", b"PK", ".xlsx files are not read"), ("a.csv", "text\na".encode("utf-16"), "UTF-16"),
        ("a.json", b'{\n"articles": []}', "not a JSON list"), ("a.json", b'{"articles":\n []}', "not a JSON list"), ("folder/a.md", b"x", "no .txt, .html or .htm files"),
    ],
)
def test_what_is_no_archive_is_an_error(tmp_path, name, data, told):
    write(tmp_path / name, data)
    with pytest.raises(escalation.InputError, match=told):
        intake.open_archive(tmp_path / name.partition("/")[0])


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json"])
def test_an_empty_table_holds_no_rows(tmp_path, name):
    assert read(write(tmp_path / name, "")) == []


@pytest.mark.parametrize("name", ["news.jsonl", "news.csv", "news.json"])
def test_blocks_hold_the_same_rows_and_can_be_pickled(tmp_path, name):
    data = {"news.jsonl": json_lines(ROWS * 5), "news.csv": csv_file(","), "news.json": json.dumps(ROWS * 5).encode()}[name]
    path = write(tmp_path / name, data)
    found = [pickle.loads(pickle.dumps(block)) for block in intake.blocks(path, 4)]
    assert [entry for block in found for entry in block.entries()] == read(path)
    assert [entry for block in intake.open_archive(path).blocks(2, start=1) for entry in block.entries()] == read(path)[1:]
    assert found[-1].done == len(data)


def test_json_lines_are_not_parsed_before_they_are_entries(tmp_path):
    path = write(tmp_path / "news.jsonl", json_lines())
    assert [row.values for block in intake.blocks(path) for row in block.rows] == json_lines().splitlines()


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.gz"])
def test_memory_does_not_grow_with_the_archive(tmp_path, name):
    rows = b"text\n" + b"Rebels shelled the port. \n" * 60_000 if ".csv" in name else b'{"text": "Rebels shelled the port."}\n' * 60_000
    path = write(tmp_path / name, PACKERS[".gz" if name.endswith(".gz") else ""](rows))
    tracemalloc.start()
    blocks = sum(len(block) for block in intake.blocks(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert blocks == 60_000
    assert peak < 6_000_000


def test_pages_are_cleaned_and_dated(tmp_path):
    pytest.importorskip("trafilatura")
    (report,) = reports(write(tmp_path / "port.html", PAGE))
    assert report.text.splitlines() == ["Rebels shelled the port of Tarvos on Monday, killing nine dockers & a pilot, doctors said.", "The governor urged his ally to strike back, but the ally has so far refrained from doing so."]
    assert (report.published, report.id) == (date(2024, 5, 1), "port")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p>Rebels shelled the port of Tarvos.</p><p>Nine dockers &amp; a pilot died.</p>", "Rebels shelled the port of Tarvos.\nNine dockers & a pilot died."), ("A <b>bold</b> step &amp; more.", "A <b>bold</b> step &amp; more."),
        ("<3 is no element, </p> or not.", "<3 is no element, </p> or not."), ("<p> begins paragraphs.", "<p> begins paragraphs."),
    ],
)
def test_only_what_plainly_is_markup_is_cleaned(tmp_path, text, wanted):
    pytest.importorskip("trafilatura")
    assert texts(write(tmp_path / "a.jsonl", json.dumps({"text": text}))) == [wanted]


@pytest.mark.parametrize("element", ["div", "b", "span", "table", "blockquote"])
def test_very_deep_pages_do_no_harm(element):
    pytest.importorskip("trafilatura")
    deep = PAGE.replace("<article>", "<article>" + f"<{element}>" * 100_000).replace("</article>", f"</{element}>" * 100_000 + "</article>")
    assert "Rebels shelled the port" in clean(deep)[0]


@pytest.mark.parametrize("repeated", ["<span>Nine died.</span> ", '<a href="/x">Nine</a> died. ', "<p>", "<a ", '<div a="<">'])
def test_very_crowded_pages_are_read_in_seconds(repeated):
    pytest.importorskip("trafilatura")
    start = perf_counter()
    clean(PAGE.replace("<article>", "<article><p>Rebels shelled the port." + repeated * 50_000 + "</p>"))
    assert perf_counter() - start < 30


def test_pages_that_are_not_deep_stay_as_they_are():
    old = "<html><body>" + "<p>One.<br><li>Two.<td>Three." * 500 + "<div><b>x</b></div>" * 500
    assert flattened(old) == old


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_fetched_pages_of_a_warc_are_reports(tmp_path, packing):
    pytest.importorskip("fastwarc")
    page = PAGE.encode()
    records = warc((200, "text/html; charset=utf-8", "https://www.courier.example/port", page), (404, "text/html", "https://x.example/", page), (200, "image/png", "https://x.example/i", b"x"), (200, "text/html", "https://x.example/e", b"<html></html>"))
    path = write(tmp_path / f"crawl.warc{packing}", b"".join(map(PACKERS[packing], records)))
    first, empty = read(path)
    assert (first.report.id, first.report.source, first.report.published) == ("https://www.courier.example/port", "courier.example", date(2024, 5, 1))
    assert first.report.text.startswith("Rebels shelled the port of Tarvos on Monday")
    assert "no article" in empty.fault
    assert "https://x.example/e" in empty.place


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_pages_before_the_break_of_a_warc_are_kept(tmp_path, packing):
    pytest.importorskip("fastwarc")
    records = b"".join(map(PACKERS[packing], warc(*[(200, "text/html", f"https://x.example/{k}", PAGE.encode()) for k in range(3)])))
    found = read(write(tmp_path / f"crawl.warc{packing}", records[: -len(records) // 6]))
    assert [bool(entry.report) for entry in found] == [True, True, False]


# From 3.14 on Python unpacks it without an extra.
ZSTD = [("a.jsonl.zst", "zstandard", "zstd")] if sys.version_info < (3, 14) else []


@pytest.mark.parametrize(("name", "module", "extra"), [("a.html", "trafilatura", "web"), ("a.warc", "fastwarc.warc", "web"), ("folder/a.html", "trafilatura", "web"), *ZSTD])
def test_a_missing_extra_is_named(tmp_path, monkeypatch, name, module, extra):
    write(tmp_path / name, b"\x28\xb5\x2f\xfd" if extra == "zstd" else PAGE)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(escalation.MissingExtraError, match=rf"escalation\[{extra}\]"):
        read(tmp_path / name.partition("/")[0])


def test_markup_in_a_row_without_the_extra_is_the_fault_of_the_row(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    path = write(tmp_path / "a.jsonl", '{"text": "First."}\n{"text": "<p>Second.</p>"}\n')
    assert texts(path) == ["First.", None]
    assert "escalation[web]" in faults(path)[0]


def test_read_archive_stops_at_a_bad_row_with_its_place(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "First."}\nbroken\n')
    found = escalation.read_archive(path)
    assert next(found).text == "First."
    with pytest.raises(escalation.InputError, match="line 2: not JSON"):
        next(found)


@pytest.mark.parametrize("given", ["December 2024", "Dec 2024", "2024", "2024-12"])
def test_a_month_without_a_day_is_no_date_and_no_fault(tmp_path, given):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "The sea was calm.", "date": given}) + "\n")
    [entry] = intake.entries(tmp_path / "a.jsonl")
    assert (entry.report.published, entry.fault) == (None, "")


def test_a_row_without_a_report_keeps_its_id(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "r7", "text": ""}\n{"text": 5}\n')
    assert [entry.id for entry in intake.entries(tmp_path / "a.jsonl")] == ["r7", None]


def test_read_archive_goes_on_where_somebody_takes_what_it_leaves_out(tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text('{"text": "Talks resumed."}\n{"text": " "}\nbroken\n{"text": "Rebels fired."}\n', encoding="utf-8")
    left_out = []
    assert [report.text for report in escalation.read_archive(path, rejected=left_out.append)] == ["Talks resumed.", "Rebels fired."]
    assert [entry.place.rpartition(", ")[2] for entry in left_out] == ["line 2", "line 3"]
