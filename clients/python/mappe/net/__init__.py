"""Talking to a Mappe server: one connection, one key, proofs of possession on every request."""
