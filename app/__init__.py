"""The composition root: the only place that knows settings, backends and the process."""
