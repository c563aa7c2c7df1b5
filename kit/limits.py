"""Limits that more than one slice shares. Each has a unit and a reason; each slice keeps its own beside its rules."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

BODY_BYTES = 64 * KIB  # an ordinary request; whoever needs more says so per route (memory of an unauthenticated caller)
CHUNK_BYTES = 1 * MIB  # one sealed attachment chunk and the unit of streaming; bounds memory per transfer
BLOB_BYTES = 1 * GIB + 64 * MIB  # one attachment of 1 GiB after padding and sealing
STREAM_AHEAD_BYTES = 2 * MIB  # what one transfer may hold in memory beyond the chunk in hand
WRITE_BATCH = 512  # works per group commit: past this the fsync is already cheap and waiting only adds latency
WRITE_QUEUE = 8192  # works waiting for the writer; beyond it the server says "busy" instead of growing
DATABASE_THREADS = 8  # bounded pool = number of connections; more threads than this only contend for the interpreter
JSON_DEPTH = 32  # nesting of any JSON document that the server parses (stack bombs)
