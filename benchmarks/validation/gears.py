"""The gear's loss model, laid out as the public gears of four loss maps, against those maps."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from check import Chapter, Check

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import gear_maps

SOURCE = "FVA WTplus 2.4.2, TUMFTM Holistic-Electric-Powertrain-Component-Design, gearbox_lookups"
CAUTIONS = {
    "TP1": "two stages on a layshaft; its input file is public and our formulas are WTplus's kin: shows that they are applied rightly, not that they are true",
    "TP3": "planetary set and a pair of wheels; no input file is public: face widths, bearings and seals are assumed",
    "TP4": "two planetary sets; no input file is public: face widths, bearings and seals are assumed",
}


def chapter(data: Path) -> Chapter:
    """Efficiency at a few points of each map, motoring."""
    maps = json.loads((data / "machines" / "gearbox_loss_maps_TUM.json").read_text(encoding="utf-8"))["maps"]
    checks = []
    for name, entry in maps.items():
        gear, ratio = gear_maps.train(name), entry["ratio"]
        torques, speeds = np.array(entry["output_torque_Nm"]) / ratio, np.array(entry["output_rpm"]) * ratio
        for k, temperature_c in enumerate(entry["temperature_C"]):
            for share_torque, share_speed in ((0.1, 0.3), (0.25, 0.3), (0.25, 0.8), (0.6, 0.3), (0.6, 0.8), (1.0, 0.3)):
                i = int(np.argmin(np.abs(torques - share_torque * torques.max())))
                j = int(np.argmin(np.abs(speeds - share_speed * speeds.max())))
                speed = float(speeds[j] * np.pi / 30.0)
                power = float(torques[i] * speed)
                loss = float(
                    gear.speed_factors(np.array(speed), temperature_c + 273.15).loss_nm(np.abs(torques[i])) * speed
                )
                reference = float(entry["loss_W"][i][j][k])
                checks.append(
                    Check(
                        f"Gear {name}, ratio {ratio:g}",
                        f"efficiency at {torques[i]:.0f} Nm, {speeds[j]:,.0f} rpm (motor side), oil at {temperature_c:.0f} degC",
                        100.0 * power / (power + loss), 100.0 * power / (power + reference), "%", "computed by others", SOURCE,
                        CAUTIONS[name[:3]], "points",
                    )
                )  # fmt: skip
    return Chapter(
        "Gears",
        "One model for all four, nothing fitted; the whole comparison is `benchmarks/gear_maps.py`.",
        tuple(checks),
    )
