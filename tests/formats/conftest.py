"""Hypothesis without a clock: how long a signature takes says nothing about whether it is right."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("formats", deadline=None)
settings.load_profile("formats")
