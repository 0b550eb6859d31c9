"""`python -m rolelab doctor`: the command line, where the script `rolelab` is not on the path."""

from __future__ import annotations

import sys

from rolelab.doctor import main

sys.exit(main())
