"""The cross-section of a machine: shapes, materials, templates, readers and drawing."""
