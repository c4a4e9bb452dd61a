"""Flux maps: what a machine's fields amount to over its currents."""
