"""Start the provider, wait for it, and add its peak of resident memory in MB as a line to the file named first."""

import resource
import subprocess
import sys
from pathlib import Path

PROVIDER = [sys.executable, "-m", "terraform_provider_xivds8k"]

if __name__ == "__main__":
    code = subprocess.call(PROVIDER)
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with Path(sys.argv[1]).open("a", encoding="ascii") as peaks:
        peaks.write(f"{peak_kib / 1024:.1f}\n")
    sys.exit(code)
