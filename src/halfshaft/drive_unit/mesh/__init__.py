"""Meshes of a machine's sector."""
