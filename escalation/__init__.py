"""How strongly news reports signal that a conflict will intensify or widen, and why.

>>> import escalation
>>> a = escalation.score("Rebels shelled the port on Monday, killing nine people.")
>>> a.level, a.rung
('elevated', 3)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from escalation.archive import read_archive
from escalation.errors import EscalationError, InputError, LexiconError, LexiconWarning, MissingExtraError, ModelError, NotFittedError
from escalation.records import Assessment, Cue, Explanation, Magnitude, Report, ScoredSentence, Sentence
from escalation.risk import RiskModel
from escalation.scorer import Scorer, score, score_frame
from escalation.store import load as load_model

if TYPE_CHECKING:
    from escalation.agreement import Agreement, agree
    from escalation.assessing import Evaluation, evaluate
    from escalation.classifier import RiskClassifier
    from escalation.comparing import Comparison, compare
    from escalation.estimator import EstimatorModel
    from escalation.exports import write_unlabelled
    from escalation.gaps import MissingPhrase, lexicon_gaps
    from escalation.index import build_index, drill
    from escalation.labelled import Labelled, read_labelled
    from escalation.learning import train
    from escalation.reporting import ReportPage, report
    from escalation.sampling import Sample, sample
    from escalation.scoring import ArchiveSummary, score_archive
    from escalation.vectorizer import CueVectorizer, EscalationClassifier

__version__ = "0.1.0"

__all__ = [
    "Agreement", "ArchiveSummary", "Assessment", "Comparison", "Cue", "CueVectorizer", "EscalationClassifier", "EscalationError", "EstimatorModel", "Evaluation", "Explanation", "InputError", "Labelled",
    "LexiconError", "LexiconWarning", "Magnitude", "MissingExtraError", "MissingPhrase", "ModelError", "NotFittedError", "Report", "ReportPage", "RiskClassifier", "RiskModel", "Sample", "ScoredSentence",
    "Scorer", "Sentence", "agree", "build_index", "compare", "drill", "evaluate", "lexicon_gaps", "load_model", "read_archive", "read_labelled", "report", "sample", "score", "score_archive",
    "score_frame", "train", "write_unlabelled",
]

# Names that scoring one report does without are fetched when they are first used.
_LATE = {
    "Agreement": "escalation.agreement", "ArchiveSummary": "escalation.scoring", "Comparison": "escalation.comparing", "CueVectorizer": "escalation.vectorizer", "EscalationClassifier": "escalation.vectorizer",
    "EstimatorModel": "escalation.estimator", "Evaluation": "escalation.assessing", "Labelled": "escalation.labelled", "MissingPhrase": "escalation.gaps",
    "ReportPage": "escalation.reporting", "RiskClassifier": "escalation.classifier", "Sample": "escalation.sampling", "agree": "escalation.agreement", "build_index": "escalation.index", "compare": "escalation.comparing",
    "drill": "escalation.index", "evaluate": "escalation.assessing", "lexicon_gaps": "escalation.gaps", "read_labelled": "escalation.labelled", "report": "escalation.reporting", "sample": "escalation.sampling",
    "score_archive": "escalation.scoring", "train": "escalation.learning", "write_unlabelled": "escalation.exports",
}

# Steps that are called by the name of their module (escalation.plots.waterfall), in whatever order.
_STEPS = frozenset({"bootstrap", "duplicates", "engines", "evaluation", "explain_page", "gate", "index", "intake", "pictures", "places", "plots"})


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    if name in _STEPS:
        return import_module(f"escalation.{name}")
    raise AttributeError(f"module 'escalation' has no attribute {name!r}")
