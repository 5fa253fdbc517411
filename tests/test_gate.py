"""A model is held to what the shipped one keeps."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from conftest import PROMISES, promised

from escalation import gate, lexicon, store
from escalation.risk import Linear

MODEL = store.load()
SUITES = sorted(path.name for path in (PROMISES / "pairs").glob("*.jsonl"))
PALAVER = '[[entry]]\nid = "x.y"\ncue = "talks"\nphrases = ["palaver/n"]\nfires_on = ["A palaver."]\nsilent_on = ["A walk."]\nsource = "own"\n'


def upside_down():
    """The shipped model with what raises the risk and what lowers it exchanged."""
    risk = MODEL.heads["risk"]
    return replace(MODEL, heads={**MODEL.heads, "risk": Linear(risk.bias, {name: -weight for name, weight in risk.weights.items()})})


def alarmed():
    """The shipped model with a higher risk of everything."""
    risk = MODEL.heads["risk"]
    return replace(MODEL, heads={**MODEL.heads, "risk": Linear(risk.bias + 3, risk.weights)})


@pytest.fixture(scope="module")
def shipped():
    return gate.check(MODEL)


@pytest.fixture(scope="module")
def broken():
    return gate.check(upside_down())


def found(result, name):
    return next(promise for promise in result.promises if promise.name == name)


def test_the_shipped_model_loses_nothing_against_itself(shipped):
    assert shipped.ok
    assert shipped.warning() == ""
    assert [promise.lost for promise in shipped.promises] == [(), (), ()]


def test_every_text_of_the_promises_is_in_the_count(shipped):
    assert found(shipped, "pairs").n == sum(len(promised(f"pairs/{name}")) for name in SUITES)
    assert found(shipped, "offtopic").n == len(promised("offtopic.jsonl"))
    assert found(shipped, "swaps").n == len(promised("swap_templates.jsonl"))


def test_the_gate_sees_what_a_scorer_sees(shipped, scorer):
    pairs = [pair for name in SUITES for pair in promised(f"pairs/{name}")]
    out_of_order = [pair["id"] for pair in pairs if not scorer.score(pair["hi"]).risk > scorer.score(pair["lo"]).risk]
    assert [broken.item.id for broken in found(shipped, "pairs").broken] == out_of_order


def test_ids_are_unique_in_each_promise():
    assert all(len({item.id for item in items}) == len(items) for items in gate.promises().values())


def test_a_model_that_turns_pairs_round_is_told_of_loudly(broken):
    text = broken.warning()
    first = found(broken, "pairs").lost[0]
    assert not broken.ok
    assert text.startswith("WARNING")
    assert first.item.id in text
    assert first.item.texts[0][:40] in text
    assert all(lost.item.id in text for lost in found(broken, "pairs").lost[:60])
    assert f"and {len(found(broken, 'pairs').lost) - 60} more, which the card names" in text


def test_an_alarmed_model_breaks_the_calm_and_keeps_the_order():
    result = gate.check(alarmed())
    assert [promise.name for promise in result.promises if not promise.ok] == ["offtopic"]


def test_names_stay_without_effect_whatever_the_weights(broken):
    assert found(broken, "swaps").ok


def test_a_few_pairs_may_be_lost_by_chance(shipped):
    pairs = found(shipped, "pairs")
    some = tuple(gate.Broken(item, (0.1, 0.2), ("none", "low")) for item in gate.promises()["pairs"])
    most = int(gate.TOLERANCE["pairs"] * pairs.n)
    assert replace(pairs, lost=some[:most]).ok
    assert not replace(pairs, lost=some[: most + 1]).ok


def test_the_card_holds_counts_and_ids_and_no_text(broken):
    card = json.loads(json.dumps(broken.to_card()))
    assert card["ok"] is False
    assert card["pairs"]["kept"] + len(card["pairs"]["broken"]) == card["pairs"]["n"]
    assert "shelled" not in json.dumps(card)


def test_the_shipped_models_card_can_record_them(shipped):
    assert gate.record(MODEL) == {promise.name: {"n": promise.n, "kept": promise.kept, "share": round(promise.share, 4), "broken": [broken.item.id for broken in promise.broken]} for promise in shipped.promises}


def test_a_model_is_judged_with_the_lexicon_it_was_fitted_with(tmp_path, shipped):
    (tmp_path / "mine.toml").write_text(PALAVER)
    assert gate.check(MODEL, lexicon.load(tmp_path / "mine.toml")).to_card() == shipped.to_card()
    (tmp_path / "empty.toml").write_text(PALAVER)
    assert not gate.check(MODEL, lexicon.load(tmp_path / "empty.toml", extend=False)).ok


def test_a_model_that_knows_fewer_words_is_read_with_fewer(scorer):
    fewer = replace(MODEL, idf={name: weight for name, weight in MODEL.idf.items() if name < "word m"})
    item = gate.promises()["pairs"][0]
    texts = gate._texts(lexicon.load(), MODEL.vocabulary)
    risks = next(gate._broken([item], fewer, texts, lambda judged: False)).risks
    assert list(risks) == [fewer.assess(gate.Report(text), lexicon.load()).risk for text in item.texts]


def test_a_check_reads_each_text_once_for_both_models(monkeypatch):
    real, read = gate.read, []
    monkeypatch.setattr(gate, "read", lambda report, *given: read.append(report.text) or real(report, *given))
    gate._texts.cache_clear()
    gate._shipped.cache_clear()
    gate.check(upside_down())
    assert read == [text for items in gate.promises().values() for item in items for text in item.texts]
