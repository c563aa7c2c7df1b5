"""Agencies: the signed list of who may ask, how they sign in, and their inbox."""
