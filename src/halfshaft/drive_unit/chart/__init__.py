"""Charts of maps as engineers draw them, written as SVG: efficiency over speed and torque, and the loci of the control."""

from halfshaft.drive_unit.chart.control_loci import control_svg
from halfshaft.drive_unit.chart.efficiency_map import Curve, MapView, efficiency_svg, motor_view, unit_view

__all__ = ["Curve", "MapView", "control_svg", "efficiency_svg", "motor_view", "unit_view"]
