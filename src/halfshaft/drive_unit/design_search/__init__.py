"""The search for a design: what may vary, what a choice makes, and how good it is. Who chooses is not known here.

A *choice* is one integer for each variable. ``DesignSpace`` turns it into a machine's template, a winding, an inverter and a gear
(`space`, `alter`, `build`); the field of its cross-section is computed coarsely (`coarse_field`) and shared by all choices that differ in
length, winding and gear alone; the unit is then held against demands and prices (`judge`).
"""
