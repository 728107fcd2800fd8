"""`python -m backproof` is `backproof`."""

from backproof.cli import main

main()
