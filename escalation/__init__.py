"""escalation: how strongly news reports signal that a conflict will widen."""
