"""The pipeline: stages in order, results kept by what went into them, progress, workers, and the finished study as a document."""

from halfshaft.plan import ALL, MEAN, NoPlanError
from halfshaft.study.document import SCHEMA, document
from halfshaft.study.instances import check_answer, instance_schema, is_instance, solve_instance, value_scenarios
from halfshaft.study.pipeline import Progress, Silent, Study, run_study
from halfshaft.study.plans import Case
from halfshaft.study.rooms import Rooms, programme_summary, view_for
from halfshaft.study.store import Store, key_of, write_whole

__all__ = [
    "ALL",
    "MEAN",
    "SCHEMA",
    "Case",
    "NoPlanError",
    "Progress",
    "Rooms",
    "Silent",
    "Store",
    "Study",
    "check_answer",
    "document",
    "instance_schema",
    "is_instance",
    "key_of",
    "programme_summary",
    "run_study",
    "solve_instance",
    "value_scenarios",
    "view_for",
    "write_whole",
]
