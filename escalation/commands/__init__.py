"""Shell commands that are too long for ``__main__``, one module each."""
