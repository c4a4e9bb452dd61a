"""Magnetic fields in a machine's cross-section."""
