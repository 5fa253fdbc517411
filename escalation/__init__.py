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
from escalation.errors import EscalationError, InputError, LexiconError, MissingExtraError, ModelError, NotFittedError
from escalation.records import Assessment, Cue, Explanation, Magnitude, Report, ScoredSentence, Sentence
from escalation.risk import RiskModel
from escalation.scorer import Scorer, score, score_frame
from escalation.store import load as load_model

if TYPE_CHECKING:
    from escalation.vectorizer import CueVectorizer, EscalationClassifier

__version__ = "0.1.0"

__all__ = [
    "Assessment", "Cue", "CueVectorizer", "EscalationClassifier", "EscalationError", "Explanation", "InputError", "LexiconError", "Magnitude",
    "MissingExtraError", "ModelError", "NotFittedError", "Report", "RiskModel", "ScoredSentence", "Scorer", "Sentence",
    "load_model", "read_archive", "score", "score_frame",
]

# Names that need scikit-learn are fetched when they are first used.
_LATE = {"CueVectorizer": "escalation.vectorizer", "EscalationClassifier": "escalation.vectorizer"}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'escalation' has no attribute {name!r}")
