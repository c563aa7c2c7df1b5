"""Chains of wallets and agencies, the sequencer, the log's tiles."""
