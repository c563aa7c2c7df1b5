"""The command lines: thin shells over the library, the same manners in all three."""
