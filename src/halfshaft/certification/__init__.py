"""Certification: what a car would be certified to consume and how it would perform, from published figures and computed drive units."""

from halfshaft.certification.calibration import MakerScale, calibrated, maker_scales
from halfshaft.certification.car_row import AxleFigures, CarRow, Kind, Measured, read_cars
from halfshaft.certification.implied_unit import ImpliedUnit, PublishedUnit, Reference, implied_unit
from halfshaft.certification.prediction import Assumptions, Prediction, failed, predict
from halfshaft.vehicle.warmth import HeatStore, Warmth

__all__ = [
    "Assumptions",
    "AxleFigures",
    "CarRow",
    "HeatStore",
    "ImpliedUnit",
    "Kind",
    "MakerScale",
    "Measured",
    "Prediction",
    "PublishedUnit",
    "Reference",
    "Warmth",
    "calibrated",
    "failed",
    "implied_unit",
    "maker_scales",
    "predict",
    "read_cars",
]
