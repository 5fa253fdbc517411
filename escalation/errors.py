"""Every way in which escalation refuses: what, where, why, and what to do."""

from __future__ import annotations


class EscalationError(Exception):
    """Root of all errors raised on purpose by this package."""


class InputError(EscalationError, ValueError):
    """A report, label or table that cannot be read as one."""


class LexiconError(EscalationError, ValueError):
    """A lexicon file that breaks the format; names the file and the entry."""


class ModelError(EscalationError, ValueError):
    """A model folder that is damaged, foreign or not to be trusted."""


class NotFittedError(EscalationError, ValueError, AttributeError):
    """An estimator was asked to predict before it was fitted."""


class MissingExtraError(EscalationError, ImportError):
    """An optional package is not installed; names the extra that brings it."""


class PromiseWarning(UserWarning):
    """A trained model breaks promises that the shipped one keeps."""


class LexiconWarning(UserWarning):
    """A model scores with another lexicon than it was fitted with."""
