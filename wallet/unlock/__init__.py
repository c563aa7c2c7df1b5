"""Unlock: who may use a wallet. Creation, sign-in, sessions, devices, recovery, stopping, deleting."""
