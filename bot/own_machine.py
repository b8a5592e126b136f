"""The machine that the bot runs on, as its firmware tells it: no node may be this one."""

from pathlib import Path
from typing import Final

from rollback.estate import Estate, Kept

PRODUCT_UUID: Final = Path("/sys/class/dmi/id/product_uuid")
"""Linux: the BIOS UUID; most systems let only root read it, and a container shows its host's."""


def with_own_machine(estate: Estate, file: Path = PRODUCT_UUID) -> Estate:
    """The estate with the bot's own machine among those that are kept, where its UUID can be read."""
    try:
        uuid = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return estate
    own = Kept(name="this bot", bios_uuid=uuid)
    return estate.model_copy(update={"kept_machines": (*estate.kept_machines, own)}) if uuid else estate
