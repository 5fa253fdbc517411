"""Shell commands that are too long for ``__main__``, and the codes they exit with."""

DONE, QUARANTINED, CANNOT_RUN = 0, 1, 2
