"""Mappe client: everything that seals and opens happens here, never on the server."""
