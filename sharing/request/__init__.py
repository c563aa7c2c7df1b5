"""Requests: an agency asks, the wallet answers by capability; the server sees neither."""
