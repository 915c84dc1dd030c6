"""Types of single fields that bodies share, with their limits."""

from datetime import datetime
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Pence = Annotated[int, msgspec.Meta(ge=-(10**14), le=10**14)]
PositivePence = Annotated[int, msgspec.Meta(ge=1, le=10**14)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
FinancialYear = Annotated[str, msgspec.Meta(max_length=7)]
RoughDate = Annotated[str, msgspec.Meta(min_length=4, max_length=20)]
"""A day, 2019-06-17, or a month, 2019-06."""
