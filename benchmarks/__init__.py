"""What the provider costs, against the least that Terraform and the plugin runtime cost, measured in one run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # how real Terraform is run stands there, in `support`
