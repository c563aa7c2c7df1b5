"""Whoever receives: opens a grant, checks it before showing anything, fetches its files, keeps the receipts."""
