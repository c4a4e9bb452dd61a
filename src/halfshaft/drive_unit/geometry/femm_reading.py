"""A FEMM document while it is understood: its faces by kind, what was stated beside it, and the remarks so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from halfshaft.drive_unit.geometry.drawn_faces import DrawnFaces
from halfshaft.drive_unit.geometry.femm_document import DEFAULT_LABEL, FemmBlock, FemmDocument, FemmLabel
from halfshaft.drive_unit.geometry.femm_materials import is_iron, is_magnet, looks_like_copper
from halfshaft.drive_unit.geometry.femm_windings import base_and_sign, names_a_phase
from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.quantities.errors import InputError

AIR = FemmBlock("air")


@dataclass(frozen=True)
class Coil:
    """A face of copper and the circuit its turns belong to, empty where it is in none."""

    label: FemmLabel
    face: int
    circuit: str


@dataclass
class Reading:
    """``iron``, ``magnets`` and ``air`` are labels by face."""

    document: FemmDocument
    drawn: DrawnFaces
    file: str
    stated: Overrides
    notes: list[str] = field(default_factory=list)
    iron: dict[int, FemmLabel] = field(default_factory=dict)
    magnets: dict[int, FemmLabel] = field(default_factory=dict)
    air: dict[int, FemmLabel] = field(default_factory=dict)
    coils: list[Coil] = field(default_factory=list)

    def refuse(self, name: str, message: str, remedy: str, line: int | None = None) -> InputError:
        """The error, to be raised."""
        return InputError.of(self.file, message, remedy, line=line, field=name)

    def block(self, label: FemmLabel) -> FemmBlock:
        """The label's material; air where it has none."""
        return self.document.blocks[label.block - 1] if label.block > 0 else AIR

    def circuit(self, label: FemmLabel) -> str:
        """The label's circuit, or its material where that alone names a phase or carries a current density."""
        if label.circuit > 0:
            return self.document.circuits[label.circuit - 1].name
        block = self.block(label)
        if is_iron(block) or is_magnet(block):
            return ""
        return block.name if block.j_re or names_a_phase(block.name) else ""

    def find_faces(self) -> None:
        """Sort the labels by what they are; a default label speaks for all faces without one."""
        labels = [label for label in self.document.labels if not label.flags & DEFAULT_LABEL]
        default = [label for label in self.document.labels if label.flags & DEFAULT_LABEL]
        faces = self.drawn.face_of(label.point for label in labels)
        if default:
            silent = sorted(set(range(len(self.drawn.graph.faces))) - set(faces))
            inner = self.drawn.graph.inner_point
            labels += [_at(default[0], inner(self.drawn.graph.faces[face])) for face in silent]
            faces += silent
        lost = 0
        for label, face in zip(labels, faces, strict=True):
            block, circuit = self.block(label), self.circuit(label)
            solid = is_iron(block) or is_magnet(block) or circuit
            if solid and face < 0:
                raise self.refuse(
                    block.name, "its label lies in no closed outline", "close the outline around it", label.line
                )
            if is_magnet(block) or is_iron(block):
                store = self.magnets if is_magnet(block) else self.iron
                other = self.block(store.setdefault(face, label)).name
                if other != block.name:
                    raise self.refuse(
                        block.name, f"shares one face with {other}", "close the outline between them", label.line
                    )
            elif circuit or (looks_like_copper(block) and face >= 0):
                if all(coil.face != face for coil in self.coils):
                    self.coils.append(Coil(label, face, circuit))
                else:
                    lost += 1
            elif face >= 0:
                self.air.setdefault(face, label)
                if block.mu_x > 1.01:
                    self.notes.append(f"{block.name}: relative permeability {block.mu_x:g} was taken as that of air")
        if lost:
            self.notes.append(f"{lost} label(s) share a face with another of the winding and were left out")
        if any(coil.circuit for coil in self.coils) and not all(coil.circuit for coil in self.coils):
            idle = sorted({self.block(coil.label).name for coil in self.coils if not coil.circuit})
            self.notes.append(f"{', '.join(idle)} outside of every circuit was taken as air")
            self.coils = [coil for coil in self.coils if coil.circuit]
        solid_faces = {*self.iron, *self.magnets, *(coil.face for coil in self.coils)}
        self.air = {face: label for face, label in self.air.items() if face not in solid_faces}

    def sign(self, circuit: str) -> int:
        """The sign in a circuit's name or as stated."""
        stated = (self.stated.circuits or {}).get(circuit)
        return base_and_sign(stated or circuit)[1]


def _at(label: FemmLabel, point: tuple[float, float]) -> FemmLabel:
    return FemmLabel(point, label.block, label.circuit, label.direction, label.group, label.turns, 0, label.line)
