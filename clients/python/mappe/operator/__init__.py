"""The registry ceremony: who may ask, decided by people, signed by two of three root keys, without a network.

draft → edit → sign (each signer reads the changes first) → combine → verify → load on the server. Everything here is
files in, files out; nothing of this package opens a connection.
"""
