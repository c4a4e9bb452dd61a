"""What an alliance saves, how the saving can be split, whether a split is stable, and what each partner may see of it."""

from halfshaft.alliance.core import (
    CoreExistence,
    CoreStatus,
    core_existence,
    core_status,
    least_core_epsilon,
    objecting,
)
from halfshaft.alliance.disclosure import (
    NOTICE,
    STUDY_WHITELIST,
    JointView,
    PartnerView,
    Release,
    joint_view,
    partner_view,
    refuse_two_partner_totals,
)
from halfshaft.alliance.game import Game, Subadditivity
from halfshaft.alliance.nucleolus import nucleolus, satisfies_kohlberg
from halfshaft.alliance.shapley import shapley
from halfshaft.alliance.splits import AllianceResult, Split, SplitRule, allocate, split_rules
from halfshaft.quantities import Interval

__all__ = [
    "NOTICE",
    "STUDY_WHITELIST",
    "AllianceResult",
    "CoreExistence",
    "CoreStatus",
    "Game",
    "Interval",
    "JointView",
    "PartnerView",
    "Release",
    "Split",
    "SplitRule",
    "Subadditivity",
    "allocate",
    "core_existence",
    "core_status",
    "joint_view",
    "least_core_epsilon",
    "nucleolus",
    "objecting",
    "partner_view",
    "refuse_two_partner_totals",
    "satisfies_kohlberg",
    "shapley",
    "split_rules",
]
