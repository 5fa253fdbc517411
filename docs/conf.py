"""Settings of the site: ``python -m sphinx docs site``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import escalation

project = "escalation"
author = "The escalation developers"
release = version = escalation.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_*"]
myst_heading_anchors = 4
autodoc_typehints = "none"  # numpydoc's sections tell types in words
autodoc_member_order = "bysource"
napoleon_google_docstring = False
html_theme = "furo"
html_title = "escalation"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
# The palette of the pages that the package writes, so that both speak one language.
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#a84300", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#ffa066", "color-brand-content": "#7ab8ff"},
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"


def setup(app):
    app.connect("autodoc-process-docstring", described, priority=400)  # before napoleon, at 500


def described(app, what, name, obj, options, lines):
    """Say in words what stands where numpydoc wants a type: our types are words, and go on in the next line."""
    for at, line in enumerate(lines):
        before, parted, words = line.partition(" : ")
        if parted and not line.startswith(" ") and at + 1 < len(lines):
            more = lines[at + 1].strip()
            joint = ". " if more[:1].isupper() and not words.endswith((",", " or", " and", " the")) else " "
            lines[at : at + 2] = [before, f"    {words}{joint}{more}"] if lines[at + 1].startswith(" ") else [before, f"    {words}", lines[at + 1]]
        elif parted and not line.startswith(" "):
            lines[at:] = [before, f"    {words}"]
