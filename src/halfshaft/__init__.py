"""halfshaft: one family of electric drive units for car makers that co-develop it, with the proof that it pays."""

__version__ = "0.1.0"
