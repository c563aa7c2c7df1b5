"""The floor everything stands on; knows no web framework and no slice."""
