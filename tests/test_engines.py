"""Tables of reports on Dask, Spark and Ray -> the same scores as in one process."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import HERE

import escalation
from escalation import batch, columns, lexicon, store
from escalation.engines import frames, named
from escalation.intake import entries

ENGINES = Path(frames.__file__).parent
NAMES = {"text": "text", "published": "published", "id": "id", "source": "source", "row": "row"}
ACTS = ("shelled the port", "shot down two drones near the border", "agreed to a ceasefire", "vowed to strike back", "held talks with the mediators", "did not attack the village")
TEXTS = [f"The army of Arland {act} on Monday. {number} soldiers were killed, officials said. The governor called for restraint." for number, act in enumerate(ACTS * 7, 2)]
POISON = {5: "", 11: None, 17: "NUL \0 here", 23: "Rebels shelled the port."}


def reports() -> pd.DataFrame:
    """42 reports; three have no text that can be read, and one a date that is none."""
    texts = [POISON.get(number, text) for number, text in enumerate(TEXTS)]
    days = ["no date" if number == 23 else f"2024-05-{1 + number % 28:02}" for number in range(len(texts))]
    return pd.DataFrame({"row": range(len(texts)), "id": [f"r{number}" for number in range(len(texts))], "text": texts, "published": days, "source": "Daily", "other": 1.5})


def other_model() -> escalation.RiskModel:
    return replace(store.shipped(), spread=store.shipped().spread + 0.1)


def one_process() -> pd.DataFrame:
    return frames.score_table(reports(), **NAMES)


def plain(scores: pd.DataFrame) -> pd.DataFrame:
    """In the order of the archive and in the types of pandas, whatever an engine keeps them in."""
    ordered = scores.sort_values("row").reset_index(drop=True)
    return ordered.astype(dict(one_process().dtypes))


def same(found: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(plain(found), one_process(), check_exact=True)


@pytest.fixture
def user_model(tmp_path):
    return copytree(HERE.parent / "models" / "default", tmp_path / "model")


@pytest.fixture
def user_lexicon(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[[entry]]\nid = "air_strike.own"\ncue = "air_strike"\ndirection = 1\nphrases = ["zorped"]\nfires_on = ["Jets zorped the town."]\nsilent_on = ["The town was quiet."]\nsource = "own"\n', encoding="utf-8")
    return path


def test_a_table_has_the_columns_of_an_archive_but_copies():
    assert [c.name for c in frames.COLUMNS] == [c.name for c in columns.REPORT if c.name != "copy_of"] + ["error"]
    assert list(one_process().columns) == [c.name for c in frames.COLUMNS]


def test_rows_in_are_rows_out():
    found = one_process()
    assert found["row"].tolist() == list(range(len(TEXTS)))
    assert found.index[found["error"].notna()].tolist() == sorted(POISON)
    assert found.index[found["risk"].isna()].tolist() == sorted(POISON)
    assert found["id"].tolist() == reports()["id"].tolist()


def test_a_table_is_scored_as_its_archive_is(scorer, tmp_path):
    path = tmp_path / "reports.jsonl"
    reports().to_json(path, orient="records", lines=True)
    rows, rejected = batch.score_entries(entries(path), scorer)
    found = frames.score_table(reports().drop(columns="other"), **NAMES)
    scored = found[found["error"].isna()]
    assert [r.row for r in rejected] == sorted(POISON)
    assert scored["risk"].tolist() == [row[4] for row in rows]
    assert scored["published"].tolist() == [row[2] for row in rows]
    assert scored["cues"].tolist() == [row[14] for row in rows]


@pytest.mark.parametrize("size", [1, 5, 42])
def test_batches_of_any_size_give_the_same_rows(size):
    table = reports()
    same(pd.concat([frames.score_table(table.iloc[at : at + size], **NAMES) for at in range(0, len(table), size)]))


@pytest.mark.parametrize("kind", [pa.Table, pa.RecordBatch])
def test_arrow_in_is_arrow_out_with_the_same_numbers(kind):
    found = frames.score_table(kind.from_pandas(reports()), **NAMES)
    assert isinstance(found, kind)
    same(found.to_pandas())


def test_the_index_of_the_table_stays():
    table = reports().set_index(pd.Index([f"x{number}" for number in range(len(TEXTS))]))
    assert frames.score_table(table).index.equals(table.index)


def test_without_their_columns_row_and_id_are_empty():
    found = frames.score_table(reports()[["text"]])
    assert found[["row", "id", "published", "source"]].isna().all(axis=None)
    assert found["risk"].notna().sum() == len(TEXTS) - 3


def test_a_table_without_rows_gives_one_without_rows():
    found = frames.score_table(reports().iloc[:0], **NAMES)
    assert (len(found), dict(found.dtypes)) == (0, dict(one_process().dtypes))


class Odd:
    """A cell that breaks whoever looks at it."""

    def __str__(self):
        raise RuntimeError("odd")

    __repr__ = __float__ = __eq__ = __hash__ = __str__


@pytest.mark.parametrize("cell", [None, np.nan, pd.NA, pd.NaT, "", " \n", 7, 1.5, b"\xff\xfe", ["a"], {"a": 1}, Odd(), float("inf"), "\ud800"])
def test_a_cell_of_any_kind_costs_its_row_at_most(cell):
    table = pd.DataFrame({"t": pd.Series([TEXTS[0], cell, TEXTS[1]], dtype=object), "d": pd.Series([None, cell, "2024-05-01"], dtype=object), "s": pd.Series(["a", cell, "b"], dtype=object)})
    for held in ({"text": "t"}, {"text": "t", "published": "d"}, {"text": "t", "source": "s", "row": "d"}):
        found = frames.score_table(table, **held)
        assert found["risk"].notna().tolist()[::2] == [True, True]
        assert found["error"].isna().tolist() == found["risk"].notna().tolist()


def test_text_that_is_not_utf8_costs_its_row_alone():
    raw = pa.array([TEXTS[0].encode(), b"Rebels \xff shelled", TEXTS[1].encode()], pa.binary())
    broken = pa.Table.from_arrays([pa.Array.from_buffers(pa.string(), 3, raw.buffers())], ["text"])
    found = frames.score_table(broken).to_pandas()
    assert found["risk"].notna().tolist() == [True, False, True]
    assert "UnicodeDecodeError" in found["error"][1]


@pytest.mark.parametrize("cells", [[7, 8], [7.0, 8.0], ["7", "8"], [b"7", b"8"], pd.array([7, 8], dtype="Int64")])
def test_an_id_is_the_same_text_in_columns_of_any_type(cells):
    assert frames.score_table(pd.DataFrame({"text": TEXTS[:2], "id": cells}), id="id")["id"].tolist() == ["7", "8"]


def test_a_headline_is_joined_to_its_body():
    table = pd.DataFrame({"headline": ["Port hit"], "body": [TEXTS[0]]})
    joined = pd.DataFrame({"text": ["Port hit\n\n" + TEXTS[0]]})
    assert frames.score_table(table, text="headline+body")["risk"].tolist() == frames.score_table(joined)["risk"].tolist()


@pytest.mark.parametrize("day", [date(2024, 5, 1), pd.Timestamp("2024-05-01 09:30"), "2024-05-01", "2024-05-01T09:30:00Z"])
def test_days_are_read_in_every_form(day):
    assert frames.score_table(pd.DataFrame({"text": TEXTS[:1], "d": [day]}), published="d")["published"].tolist() == ["2024-05-01"]


@pytest.mark.parametrize(("table", "told"), [
    ({"text": TEXTS}, "a dict stands where"), (TEXTS, "a list stands where"), (None, "NoneType"), (pd.Series(TEXTS), "a Series stands where"),
    (pd.DataFrame({"body": TEXTS}), "no column 'text'; there are \\['body'\\]"), (pa.table({"body": TEXTS}), "no column 'text'"),
    (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "two columns 'text'"),
])
def test_a_batch_that_is_no_table_of_reports_is_told(table, told):
    with pytest.raises(escalation.InputError, match=told):
        frames.score_table(table)


def test_a_model_by_its_path_scores_as_the_same_model_does(user_model):
    found = frames.score_table(reports(), user_model, **NAMES)
    same(found)


def test_a_worker_refuses_another_model_than_the_driver_named(user_model):
    name = named.model(user_model)
    store.save(other_model(), user_model)
    with pytest.raises(escalation.ModelError) as told:
        frames.score_table(reports(), name)
    assert name.digest in str(told.value)
    assert named.model(user_model).digest in str(told.value)


def test_a_worker_refuses_another_version(user_model):
    with pytest.raises(escalation.ModelError, match=r"0\.0\.0 on the driver"):
        frames.score_table(reports(), replace(named.model(user_model), version="0.0.0"))


def test_a_worker_without_the_folder_says_which(user_model, tmp_path):
    name = named.model(user_model)
    user_model.rename(tmp_path / "moved")
    with pytest.raises(escalation.ModelError, match="model: cannot be read"):
        frames.score_table(reports(), name)


def test_a_lexicon_travels_by_its_files_and_their_sum(user_lexicon):
    table = pd.DataFrame({"text": ["Jets zorped the town on Monday, killing nine people."]})
    name = named.lexicon(user_lexicon)
    with pytest.warns(escalation.LexiconWarning):
        assert frames.score_table(table, None, name)["cues"][0] == frames.score_table(table)["cues"][0] + 1
    user_lexicon.write_text(user_lexicon.read_text(encoding="utf-8") + "# new\n", encoding="utf-8")
    named.scorer.cache_clear()
    with pytest.raises(escalation.LexiconError, match=name.digest):
        frames.score_table(table, None, name)


def test_what_is_only_in_memory_is_refused():
    with pytest.raises(escalation.ModelError, match=r"model\.save"):
        frames.score_table(reports(), store.shipped())
    with pytest.raises(escalation.LexiconError, match="paths of its files"):
        frames.score_table(reports(), None, lexicon.load())


def test_a_process_loads_a_model_once(user_model, monkeypatch):
    loads = []
    load = store.load
    monkeypatch.setattr(store, "load", lambda path: loads.append(path) or load(path))
    name = named.model(user_model)
    for _ in range(3):
        frames.score_table(reports().iloc[:1], name)
    assert loads == [str(user_model)]


@pytest.mark.parametrize("path", sorted(ENGINES.glob("*.py")), ids=lambda path: path.stem)
def test_an_engine_is_imported_where_it_is_used(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    early = {alias.name.partition(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names} | {(node.module or "").partition(".")[0] for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert ast.get_docstring(tree)
    assert early <= {"__future__", "collections", "dataclasses", "escalation", "functools", "hashlib", "pathlib", "sys", "typing"}


@pytest.mark.parametrize(("engine", "package"), [("dask", "dask"), ("spark", "pyspark"), ("ray", "ray")])
def test_a_missing_engine_is_told_with_its_extra(engine, package):
    code = f"import sys; sys.modules[{package!r}] = None\nfrom escalation.engines import {engine}\ntry:\n    {engine}.score(None)\nexcept ImportError as fault: print(type(fault).__name__, fault)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent).stdout
    assert told.startswith("MissingExtraError")
    assert f"pip install 'escalation[{engine}]'" in told
    assert f"\n{engine} = [" in (HERE.parent / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dd():
    import dask.dataframe

    return dask.dataframe


@pytest.fixture(scope="module")
def session():
    from pyspark import sql

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.execution.arrow.maxRecordsPerBatch", "7").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def spark_reports(session):
    rows = [tuple(None if cell is None or cell != cell else cell for cell in row) for row in reports().itertuples(index=False)]
    return session.createDataFrame(rows, "row long, id string, text string, published string, source string, other double").repartition(3)


@pytest.fixture(scope="module")
def data():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    import ray.data

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False, object_store_memory=200_000_000)
    yield ray.data
    ray.shutdown()


class TestDask:
    @pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
    def test_scores_are_those_of_one_process(self, dd, scheduler):
        from escalation.engines import dask

        scored = dask.score(dd.from_pandas(reports(), npartitions=3), **NAMES)
        same(scored.compute(scheduler=scheduler, num_workers=2))

    def test_types_and_index_are_what_was_announced(self, dd):
        from escalation.engines import dask

        scored = dask.score(dd.from_pandas(reports(), npartitions=2), **NAMES)
        found = scored.compute(scheduler="sync")
        assert dict(scored.dtypes) == dict(found.dtypes) == dict(one_process().dtypes)
        assert found.index.tolist() == reports().index.tolist()

    def test_what_is_no_table_is_told_before_the_work(self, dd):
        from escalation.engines import dask

        with pytest.raises(escalation.InputError, match=r"from_pandas"):
            dask.score(reports())
        with pytest.raises(escalation.InputError, match="no column 'body'"):
            dask.score(dd.from_pandas(reports(), npartitions=2), text="body")

    def test_another_model_on_a_worker_ends_the_job(self, dd, user_model):
        from escalation.engines import dask

        scored = dask.score(dd.from_pandas(reports(), npartitions=2), user_model)
        store.save(other_model(), user_model)
        with pytest.raises(escalation.ModelError, match="the driver named"):
            scored.compute(scheduler="processes", num_workers=2)


@pytest.mark.cluster
class TestSpark:
    @pytest.mark.parametrize("arrow", [False, True])
    def test_scores_are_those_of_one_process(self, spark_reports, arrow):
        from escalation.engines import spark

        same(spark.score(spark_reports, **NAMES, arrow=arrow).toPandas())

    @pytest.mark.parametrize("arrow", [False, True])
    def test_ids_that_are_numbers_keep_all_their_digits_beside_empty_ones(self, session, arrow):
        from escalation.engines import spark

        df = session.createDataFrame([(2**60 + 1, TEXTS[0]), (None, TEXTS[1])], "`the id` long, text string").coalesce(1)
        assert [row["id"] for row in spark.score(df, id="the id", arrow=arrow).collect()] == [str(2**60 + 1), None]

    def test_text_that_is_not_utf8_costs_its_row_alone_by_arrow(self, session):
        from escalation.engines import spark

        df = session.createDataFrame([(bytearray(b"Rebels \xff shelled the port."),), (bytearray(TEXTS[0].encode()),)], "text binary").selectExpr("cast(text as string) as text").coalesce(1)
        found = spark.score(df, arrow=True).toPandas()
        assert found["risk"].notna().tolist() == [False, True]

    def test_another_model_on_a_worker_ends_the_job(self, spark_reports, user_model):
        from escalation.engines import spark

        scored = spark.score(spark_reports, user_model)
        store.save(other_model(), user_model)
        with pytest.raises(Exception, match="the driver named"):
            scored.collect()

    def test_what_is_no_table_is_told_before_the_work(self, session, spark_reports):
        from escalation.engines import spark

        with pytest.raises(escalation.InputError, match="createDataFrame"):
            spark.score([])
        with pytest.raises(escalation.InputError, match="no column 'body'"):
            spark.score(spark_reports, text="body")
        with pytest.raises(escalation.InputError, match="withColumnRenamed"):
            spark.score(session.createDataFrame([("a",)], "`a.text` string"), text="a.text")


@pytest.mark.cluster
class TestRay:
    def test_scores_are_those_of_one_process(self, data):
        from escalation.engines import ray

        dataset = data.from_pandas(reports()).repartition(3)
        same(ray.score(dataset, **NAMES, actors=2, batch_size=8).to_pandas())

    def test_another_model_on_a_worker_ends_the_job(self, data, user_model):
        from escalation.engines import ray

        scored = ray.score(data.from_pandas(reports()), user_model)
        store.save(other_model(), user_model)
        with pytest.raises(Exception, match="the driver named"):
            scored.to_pandas()

    def test_what_is_no_table_is_told_before_the_work(self, data):
        from escalation.engines import ray

        with pytest.raises(escalation.InputError, match="from_pandas"):
            ray.score(reports())
        with pytest.raises(escalation.InputError, match="no column 'body'"):
            ray.score(data.from_pandas(reports()), text="body")
