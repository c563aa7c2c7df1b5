"""Deposits: somebody puts sealed papers in and reads nothing; the holder accepts or discards."""
