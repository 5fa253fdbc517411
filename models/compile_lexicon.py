"""Write the compiled lexicon from its TOML files: ``python models/compile_lexicon.py``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from escalation import lexicon


def main() -> None:
    path = ROOT / "escalation" / "lexicons" / "compiled.json"
    path.write_text(lexicon.compile_shipped(), encoding="utf-8")
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
