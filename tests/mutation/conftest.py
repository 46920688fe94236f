"""Makes the modules of this folder importable, as they are for its commands."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
