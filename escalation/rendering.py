"""Template and values -> HTML, with every value escaped."""

from __future__ import annotations

from typing import Any


def rendered(template: str, **values: Any) -> str:
    """A template with its values, every one escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Autoescape for every template, whatever it is called.
    environment = Environment(loader=PackageLoader("escalation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template(template).render(**values)


def safe(plot: str) -> Any:
    """A plot, whose words the module that drew it has escaped."""
    from markupsafe import Markup

    return Markup(plot)
