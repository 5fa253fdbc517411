"""The shipped model: the same bytes from a clean checkout, and nothing else loads."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile

from conftest import HERE

import escalation
from escalation import store

ROOT = HERE.parent
DEFAULT = ROOT / "models" / "default"
FILES = ("manifest.json", "model.json", "weights.f64", "card.json")


def test_a_clean_checkout_reproduces_the_weights(tmp_path):
    import table

    from escalation import lexicon, training

    model = training.fit(table.load(), lexicon.load().digest, store.load(DEFAULT).card)
    store.save(model, tmp_path)
    assert (tmp_path / "weights.f64").read_bytes() == (DEFAULT / "weights.f64").read_bytes()
    assert (tmp_path / "model.json").read_bytes() == (DEFAULT / "model.json").read_bytes()


def test_the_model_was_fitted_on_the_shipped_lexicon():
    assert store.load().lexicon_digest == escalation.Scorer()._lexicon.digest


def test_a_saved_model_scores_the_same(tmp_path):
    text = "Rebels shelled the port on Monday, killing nine people."
    folder = store.save(store.load(), tmp_path / "copy")
    assert escalation.Scorer(model=folder).score(text).risk == escalation.score(text).risk


def test_no_text_travels_in_the_training_table():
    import numpy as np

    with np.load(ROOT / "models" / "table.npz", allow_pickle=False) as table:
        longest = max(len(name) for name in table["names"])
    assert longest < 60


def test_wheel_and_sdist_hold_the_same_weights(tmp_path):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)], check=True, cwd=ROOT, capture_output=True)
    here = [(DEFAULT / name).read_bytes() for name in FILES]
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert [wheel.read(f"escalation/models/default/{name}") for name in FILES] == here
        assert {"escalation/lexicons/compiled.json", "escalation/promises/offtopic.jsonl", "escalation/py.typed"} <= set(wheel.namelist())
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        top = sdist.getnames()[0].partition("/")[0]
        assert [sdist.extractfile(f"{top}/models/default/{name}").read() for name in FILES] == here
