"""`python -m mappe.cli.holder`."""

from . import main

main()
