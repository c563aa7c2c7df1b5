"""Redeeming a grant: what its recipient may have, decided, written down, and only then released (grant.md)."""
