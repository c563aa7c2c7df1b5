"""The byte formats of Mappe: the only Python home of `mobile_api_spec/formats`.

Pure functions over bytes: no clock, no network, no storage, no web framework; only the standard library and
`cryptography`. Time and randomness come from the caller or, for keys and nonces, from the operating system.

Types, everywhere: ids (16) and hashes (32) are `bytes`; tokens (JWE, JWS, boxes), JSON texts that are hashed, JWK
thumbprints and handles are `str`; times are whole seconds since 1970. Every refusal is a `FormatError` whose `code` is
the one of the specification.
"""
