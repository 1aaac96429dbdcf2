"""`python -m benchbench` is the console script."""

from benchbench.cli import main

main()
