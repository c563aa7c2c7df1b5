"""Grants: re-encrypted snapshots for one recipient, published, changed in value, and ended by the holder (grant.md)."""
