"""What follows a changed dimension: bars keep their insulation, strands their fill, end turns the winding's diameter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit.design_search.alter import Winding, followed, value_at, with_value, wound
from halfshaft.drive_unit.geometry.slots import RectangularSlot
from halfshaft.drive_unit.geometry.stator import Hairpin, RoundStrands
from halfshaft.drive_unit.geometry.templates import EesmTemplate, MachineTemplate
from halfshaft.programme.machine_file import load_machine

EESM = load_machine("gen5_class_eesm").template
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "machines"


def _insulation_m(template: MachineTemplate) -> tuple[float, float]:
    """What a bar leaves of its share of the slot, across and along."""
    slot, coils = template.stator.slot, template.stator.coils
    assert isinstance(slot, RectangularSlot)
    assert isinstance(coils.wire, Hairpin)
    bars = coils.layers * coils.conductors_per_layer
    across = slot.width_m - 2.0 * slot.liner_m - coils.wire.width_m
    along = (slot.depth_m - slot.wedge_m - 2.0 * slot.liner_m) / bars - coils.wire.height_m
    return across, along


def test_a_value_is_changed_in_place_and_nothing_else_is() -> None:
    """The new value stands at the path, and putting the old one back gives the old template."""
    path = ("stator", "slot", "depth_m")
    changed = with_value(EESM, path, 0.019)
    assert value_at(changed, path) == 0.019
    assert with_value(changed, path, value_at(EESM, path)) == EESM


def test_a_position_in_a_list_is_part_of_a_path() -> None:
    """Magnet layers are a tuple."""
    ipm = load_machine("ipace_class_ipm").template
    path = ("rotor", "layers", 1, "magnet_width_m")
    changed = with_value(ipm, path, 0.017)
    assert value_at(changed, path) == 0.017
    assert value_at(changed, ("rotor", "layers", 0)) == value_at(ipm, ("rotor", "layers", 0))


def test_nothing_follows_where_nothing_changed() -> None:
    """The rules are differences to the base, so the base is their fixed point."""
    after = followed(EESM, EESM)
    before = EESM.stator.coils
    assert after.stator.coils.end_turn_length_m == pytest.approx(before.end_turn_length_m, rel=1e-12)
    assert value_at(after, ("stator", "coils", "wire", "width_m")) == pytest.approx(value_at(before.wire, ("width_m",)))
    assert replace(after, stator=EESM.stator) == EESM


@settings(max_examples=25)
@given(
    st.floats(0.016, 0.024),
    st.floats(0.0032, 0.0046),
    st.sampled_from([Winding(12, 6), Winding(16, 6), Winding(20, 6)]),
)
def test_bars_keep_their_insulation(depth_m: float, width_m: float, winding: Winding) -> None:
    """Whatever slot and layers: liner and insulation of each bar stay in millimetres, so more layers hold less copper."""
    slot = EESM.stator.slot
    assert isinstance(slot, RectangularSlot)
    changed = replace(EESM, stator=replace(EESM.stator, slot=replace(slot, depth_m=depth_m, width_m=width_m)))
    after = wound(followed(EESM, changed), winding, 1)
    assert _insulation_m(after) == pytest.approx(_insulation_m(EESM), abs=1e-9)
    assert after.stator.series_turns(after.pole_pairs) == winding.series_turns


def test_round_strands_keep_their_fill() -> None:
    """A slot with other counts and another depth is filled as before."""
    base = load_machine(EXAMPLES / "flat_ipm.yaml").template
    deeper = with_value(base, ("stator", "slot", "side_length_m"), 0.018)
    after = wound(followed(base, deeper), Winding(24, 2), 1)
    assert isinstance(after.stator.coils.wire, RoundStrands)
    assert after.stator.copper_fill() == pytest.approx(base.stator.copper_fill(), rel=1e-9)


def test_end_turns_follow_the_winding_and_the_pole() -> None:
    """A wider bore lengthens the stator's ends in proportion, a wider body the field winding's by as much."""
    assert isinstance(EESM, EesmTemplate)
    wider = replace(EESM, rotor=replace(EESM.rotor, body_width_m=EESM.rotor.body_width_m + 0.004))
    after = followed(EESM, wider)
    assert isinstance(after, EesmTemplate)
    assert after.rotor.coil.end_turn_length_m == pytest.approx(EESM.rotor.coil.end_turn_length_m + 0.004)
    assert after.stator.coils.end_turn_length_m == pytest.approx(EESM.stator.coils.end_turn_length_m)
    deeper = followed(EESM, with_value(EESM, ("stator", "slot", "depth_m"), 0.024))
    assert deeper.stator.coils.end_turn_length_m > EESM.stator.coils.end_turn_length_m


def test_a_winding_that_does_not_fill_the_slots_is_refused() -> None:
    """17 turns on 6 paths are 612 conductors in 72 slots."""
    with pytest.raises(ValueError, match="612 conductors, which do not fill 72 slots"):
        wound(EESM, Winding(17, 6), 1)
