"""The holder reads its own log."""
