"""A device whose details are read later is the same as one that was made of row and details at once."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from integrations.fields import Row
from integrations.xenmobile.devices import device_detail, device_row
from practice.world.devices import ANDROID_MODE, AT_BACKUP, NOW, Population, Times
from practice.xenmobile.device_json import detail_json, row_json
from rollback.devices.projection import Projection, PropertyNames, completed
from rollback.devices.stored import decode, encode

BACKUP = datetime(2017, 11, 14, 21, 55, tzinfo=UTC)
TIMES = Times(BACKUP, BACKUP + timedelta(minutes=19), BACKUP + timedelta(hours=4), BACKUP + timedelta(hours=60))
NAMES = PropertyNames(android_mode=ANDROID_MODE)


@pytest.mark.parametrize("which", [NOW, AT_BACKUP])
def test_details_may_come_later(which: str) -> None:
    """For every device of the practice world: listed, stored, read back, completed equals projected at once."""
    content, projection = Population(400, 7, TIMES).content(which), Projection(NAMES)
    for device in content.devices.values():
        row = device_row(cast("Row", row_json(device, content.read_at)), NAMES.all())
        detail = device_detail(cast("Row", detail_json(device, content.read_at)), NAMES.all())
        listed = decode(encode(projection.device(row)))
        assert completed(listed, detail, NAMES) == projection.device(row, detail)
