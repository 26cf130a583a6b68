"""`python -m kiro_worker` is `kiro-worker`."""

import sys

from kiro_worker.cli.main import main

sys.exit(main())
