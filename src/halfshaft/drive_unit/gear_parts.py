"""What rubs in a gear: meshes, rolling bearings, oil and shaft seals, each by the formula of its trade.

Every part knows how its own load and speed follow from torque and speed of the motor (its *shares*), and gives its loss as torque at the
motor shaft, cut into factors that depend on torque alone and factors that depend on speed and oil alone. So a whole gear is a sum of
few products, whatever it is built of. Formulas keep the units of their sources (mm, mm2/s, 1/min, mPa s) inside; what goes in is SI.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_RPM = 30.0 / math.pi  # 1/min in a rad/s
_GRAVITY_M_PER_S2 = 9.80665
PRESSURE_ANGLE_RAD = math.radians(20.0)  # ISO 53 basic rack

# Pitch-line speed below which mesh friction grows no further: there Schlenk's formula reaches boundary friction of about 0.1 at the loads
# of traction gears (assumption; it also keeps the torque lost at standstill finite).
_SLOWEST_PITCH_LINE_M_PER_S = 0.2


@dataclass(frozen=True)
class Oil:
    """A gear oil by its ISO VG, i.e. its kinematic viscosity in mm2/s at 40 degC.

    ``viscosity_slope`` is Walther's m; 3.40 belongs to 30.8 mm2/s at 40 degC and 5.9 mm2/s at 100 degC, a 75W e-axle fluid (data sheet
    figures quoted by TUM Holistic-Electric-Powertrain). ``friction_factor`` is Schlenk's X_L: 1.0 mineral, 0.8 polyalphaolefin and ester
    [ISO/TR 14179-2:2001]. Density: 845 kg/m3 at 15 degC (the same fluid), falling by 0.65 kg/m3 per K (assumption: usual of hydrocarbons).
    """

    grade: float
    viscosity_slope: float = 3.40
    friction_factor: float = 0.8

    def viscosity_mm2_per_s(self, temperature_k: float) -> float:
        """Kinematic viscosity by Walther's line [ASTM D341]: lg lg (nu + 0.8) falls by m for each decade of temperature."""
        at_40 = math.log10(math.log10(self.grade + 0.8))
        return float(10.0**10.0 ** (at_40 - self.viscosity_slope * math.log10(temperature_k / 313.15)) - 0.8)

    def density_kg_per_m3(self, temperature_k: float) -> float:
        """Falls linearly with temperature."""
        return 845.0 - 0.65 * (temperature_k - 288.15)


@dataclass(frozen=True)
class Mesh:
    """``count`` equal meshes of helical teeth on a basic rack without profile shift; a ring gear has negative ``wheel_teeth``.

    ``torque_share`` is the torque on the pinion of one mesh over the motor's, ``speed_share`` the pinion's speed, relative to the carrier
    where there is one, over the motor's. Their product times ``count`` is the share of the power that rolls through these teeth.
    """

    pinion_teeth: float
    wheel_teeth: float
    module_m: float
    helix_rad: float
    face_width_m: float
    torque_share: float
    speed_share: float
    count: int = 1

    @property
    def ratio(self) -> float:
        """Wheel over pinion teeth, negative for a ring."""
        return self.wheel_teeth / self.pinion_teeth

    @property
    def pinion_diameter_m(self) -> float:
        """Pitch circle."""
        return self.pinion_teeth * self.module_m / math.cos(self.helix_rad)

    @property
    def wheel_diameter_m(self) -> float:
        """Pitch circle, positive for a ring too."""
        return abs(self.ratio) * self.pinion_diameter_m

    @property
    def transverse_pressure_angle_rad(self) -> float:
        """At the pitch circle."""
        return math.atan(math.tan(PRESSURE_ANGLE_RAD) / math.cos(self.helix_rad))

    @property
    def tangential_n_per_nm(self) -> float:
        """Force at the pitch circle of one mesh for a Nm at the motor."""
        return 2.0 * self.torque_share / self.pinion_diameter_m

    @property
    def _base_helix_cos(self) -> float:
        return math.cos(math.atan(math.tan(self.helix_rad) * math.cos(self.transverse_pressure_angle_rad)))

    @cached_property
    def loss_factor(self) -> float:
        """Ohlendorf's H_v [Ohlendorf 1958; Niemann and Winter, Maschinenelemente II]: mean sliding per rolling over the path of contact.

        One pair or two carry the load, each tip's contact ratio is at most 1; a ring's just above that costs 2 % (too high).
        """
        angle = self.transverse_pressure_angle_rad

        def tip_ratio(teeth: float) -> float:
            diameter = teeth * self.module_m / math.cos(self.helix_rad)
            base = abs(diameter) * math.cos(angle)
            tip = abs(diameter + 2.0 * self.module_m)
            return teeth / (2.0 * math.pi) * (math.sqrt(max((tip / base) ** 2 - 1.0, 0.0)) - math.tan(angle))

        first, second = tip_ratio(self.pinion_teeth), tip_ratio(self.wheel_teeth)
        sliding = 1.0 - (first + second) + first**2 + second**2
        return math.pi * (self.ratio + 1.0) / (self.pinion_teeth * self.ratio * self._base_helix_cos) * sliding

    def load_factor(self, roughness_um: float, oil: Oil) -> float:
        """Loss torque in Nm at the motor, for one Nm there, at 1 m/s pitch-line speed and 1 mPa s; it grows with torque^1.2.

        Friction by Schlenk [Schlenk 1995; ISO/TR 14179-2:2001]: mu = 0.048 (F_bt/b / (v_sum rho))^0.2 eta^-0.05 Ra^0.25 X_L.
        """
        angle = self.transverse_pressure_angle_rad
        force_n_per_mm = self.tangential_n_per_nm / math.cos(angle) / (self.face_width_m * 1e3)
        radius_mm = 0.5e3 * self.pinion_diameter_m * math.sin(angle) * self.ratio
        radius_mm /= self._base_helix_cos * (self.ratio + 1.0)
        friction = 0.048 * (force_n_per_mm / (2.0 * math.sin(angle) * radius_mm)) ** 0.2
        friction *= roughness_um**0.25 * oil.friction_factor
        return float(self.count * self.torque_share * self.speed_share * self.loss_factor * friction)

    def speed_factor(self, speed_rad_per_s: Array) -> Array:
        """Pitch-line speed in m/s to the power -0.2."""
        pitch_line = (0.5 * self.pinion_diameter_m * self.speed_share) * speed_rad_per_s
        factor: Array = (pitch_line * pitch_line + _SLOWEST_PITCH_LINE_M_PER_S**2) ** -0.1
        return factor


@dataclass(frozen=True)
class Bearing:
    """``count`` equal rolling bearings: deep-groove balls (SKF series 160 to 63) or cylindrical rollers with cage.

    ``radial_n_per_nm`` and ``axial_n_per_nm`` are a bearing's loads for a Nm at the motor; ``speed_share`` is the speed of its rings
    against each other over the motor's. Balls need a static rating for the angle at which they carry axial load. A planet's bearing also
    holds it against the centrifugal force, square to the teeth's: ``thrown_n_s2`` is that force over the square of the motor's speed.
    """

    kind: Literal["ball", "roller"]
    inner_m: float
    outer_m: float
    radial_n_per_nm: float
    axial_n_per_nm: float
    static_rating_n: float
    speed_share: float
    count: int = 1
    thrown_n_s2: float = 0.0

    @property
    def _mean_mm(self) -> float:
        return 500.0 * (self.inner_m + self.outer_m)

    def moments_nmm(self, torque_nm: float) -> tuple[float, float]:
        """SKF's load variables G_rr (rolling) and G_sl (sliding) at a motor torque [SKF, Rolling bearings, 17000 EN]."""
        radial, axial, mean = self.radial_n_per_nm * torque_nm, self.axial_n_per_nm * torque_nm, self._mean_mm
        if self.kind == "roller":  # constants of series 2 and 3
            return 1.09e-6 * mean**2.41 * radial**0.31, 0.16 * mean**0.9 * axial + 0.0015 * mean * radial
        if axial == 0.0:
            return 4.3e-7 * mean**1.96 * radial**0.54, 4.63e-3 * mean**-0.26 * radial ** (5.0 / 3.0)
        slope = math.sin(math.radians(24.6 * (axial / self.static_rating_n) ** 0.24))
        rolling = 4.3e-7 * mean**1.96 * (radial + 1.7 / slope * axial) ** 0.54
        sliding = 4.63e-3 * mean**-0.145 * (radial**5 + 4.25 * mean**1.5 / slope * axial**4) ** (1.0 / 3.0)
        return rolling, sliding

    def speed_factors(self, log_speed: Array, viscosity_mm2_per_s: float, starvation: float) -> tuple[Array, Array]:
        """What G_rr and G_sl in Nmm are multiplied by to give loss torque in Nm at the motor: film, starvation and mixed friction.

        ``log_speed`` is the logarithm of the motor's speed in rad/s, ``starvation`` SKF's K_rs: 3e-8 in an oil bath of low level and under
        oil jets, 6e-8 with oil-air. Sliding friction is 0.12 at rest and 0.04 on a full film of synthetic oil.
        """
        share = 1e-3 * self.speed_share * self.count
        if share == 0.0:
            return np.zeros_like(log_speed), np.zeros_like(log_speed)
        mean, inner, outer = self._mean_mm, 1e3 * self.inner_m, 1e3 * self.outer_m
        log_n = log_speed + math.log(self.speed_share * _RPM)
        log_film = log_n + math.log(viscosity_mm2_per_s)
        heated = 1.0 + 1.84e-9 * mean**1.28 * viscosity_mm2_per_s**0.64 * np.exp(1.28 * log_n)
        crowding = (inner + outer) * math.sqrt((5.1 if self.kind == "roller" else 3.1) / (2.0 * (outer - inner)))
        rolling: Array = share * np.exp(0.6 * log_film - starvation * crowding * np.exp(log_film)) / heated
        mixed = np.exp(-2.6e-8 * mean * np.exp(1.4 * log_film))
        sliding: Array = share * (0.04 + 0.08 * mixed)
        return rolling, sliding


@dataclass(frozen=True)
class Seal:
    """A radial lip seal on a shaft: 7.69e-6 d2 n watts, with d in mm and n in 1/min [ISO/TR 14179-2:2001]; a constant torque."""

    shaft_diameter_m: float
    speed_share: float
    count: int = 1

    @property
    def torque_nm(self) -> float:
        """At the motor shaft."""
        return 7.69e-6 * _RPM * (1e3 * self.shaft_diameter_m) ** 2 * abs(self.speed_share) * self.count


@dataclass(frozen=True)
class DippingWheel:
    """A wheel that turns in an oil bath: drag by Changenet and Velex (J. Mech. Des. 129, 2007) with the flow regimes of Changenet,
    Leprince, Ville and Velex (J. Mech. Des. 133, 2011).

    Viscosity matters up to a Reynolds number, which the authors put between 6,000 and 9,000; here the two laws are joined where they meet,
    near 4,030, so that hotter oil never churns more. ``immersion_m`` is the depth of the pitch circle under the level at rest,
    ``oil_volume_m3`` the bath.
    """

    pitch_diameter_m: float
    face_width_m: float
    module_m: float
    helix_rad: float
    teeth: float
    speed_share: float
    immersion_m: float
    oil_volume_m3: float

    @property
    def _wetted_m2(self) -> float:
        radius, width = 0.5 * self.pitch_diameter_m, self.face_width_m
        angle = math.acos(max(1.0 - self.immersion_m / radius, -1.0))
        flanks = self.teeth * angle / math.pi * 2.0 * (2.25 * self.module_m) * width
        flanks /= math.cos(PRESSURE_ANGLE_RAD) * math.cos(self.helix_rad)
        return radius**2 * (2.0 * angle - math.sin(2.0 * angle)) + 2.0 * radius * width * angle + flanks

    def torque_nm(self, speed_rad_per_s: Array, viscosity_mm2_per_s: float, density_kg_per_m3: float) -> Array:
        """At the motor shaft."""
        radius, diameter = 0.5 * self.pitch_diameter_m, self.pitch_diameter_m
        speed = np.maximum(self.speed_share * speed_rad_per_s, 1e-9)
        shape = (self.immersion_m / diameter) ** 0.45 * (self.oil_volume_m3 / diameter**3) ** 0.1
        shape *= (self.face_width_m / radius) ** 0.21
        reynolds = speed * (radius * self.face_width_m / (viscosity_mm2_per_s * 1e-6))
        froude = speed * speed * (radius / _GRAVITY_M_PER_S2)
        drag = shape * froude**-0.6 * np.maximum(1.366 * reynolds**-0.21, 0.239)
        torque: Array = (
            (0.5 * density_kg_per_m3 * self._wetted_m2 * radius**3 * self.speed_share) * speed * speed * drag
        )
        return torque


@dataclass(frozen=True)
class SprayedWheel:
    """A wheel that takes up a jet of oil and throws it off: the change of the oil's momentum [Ariura, Ueno et al. 1973].

    The oil comes against the wheel's motion with ``jet_speed_m_per_s`` and leaves with the teeth; 0.85 of it takes part (Ariura).
    """

    pitch_diameter_m: float
    speed_share: float
    flow_m3_per_s: float
    jet_speed_m_per_s: float

    def torque_nm(self, speed_rad_per_s: Array, viscosity_mm2_per_s: float, density_kg_per_m3: float) -> Array:
        """At the motor shaft; the viscosity does not matter."""
        del viscosity_mm2_per_s
        radius = 0.5 * self.pitch_diameter_m
        gained = radius * self.speed_share * speed_rad_per_s + self.jet_speed_m_per_s * np.minimum(speed_rad_per_s, 1.0)
        torque: Array = 0.85 * density_kg_per_m3 * self.flow_m3_per_s * radius * self.speed_share * gained
        return torque
