"""What each demand costs the alliance, and which smallest change would let a vehicle use a unit that exists anyway."""

from halfshaft.negotiation.price import DemandPrice, demand_price, relaxation_price, screen_demands
from halfshaft.negotiation.unlock import Shortfall, Unlock, unlocks

__all__ = ["DemandPrice", "Shortfall", "Unlock", "demand_price", "relaxation_price", "screen_demands", "unlocks"]
