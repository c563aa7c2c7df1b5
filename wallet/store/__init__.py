"""Store: what a wallet holds. Sealed objects behind a signed change chain, and attachments."""
