"""The API versions that the pretend server can speak, newest first, and what each of them changed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """One API version.

    Attributes:
        name: Value of ``x-api-version``.
        vmware: Whether it still has the paths and fields of 1.1.
        types: Whether restore points tell their type and malware status.
        initiator: Whether sessions tell who started them.
        overwrite: Whether a restore of an existing VM needs to be told to overwrite it.
        paged_points: Whether an object's own list of restore points is paged and filtered.
        capitals: Whether a job's status and workload are spelled with a capital.
        thirteen: Whether it is one of Veeam 13, which names platforms and kinds of jobs anew and tells progress.
        iana: Whether the server's time zone is told by its IANA name.
    """

    name: str
    vmware: bool = False
    types: bool = True
    initiator: bool = False
    overwrite: bool = False
    paged_points: bool = False
    capitals: bool = False
    thirteen: bool = False
    iana: bool = False


VERSIONS: tuple[Version, ...] = (
    Version("1.3-rev2", initiator=True, overwrite=True, paged_points=True, capitals=True, thirteen=True, iana=True),
    Version("1.3-rev1", initiator=True, overwrite=True, paged_points=True, capitals=True, thirteen=True),
    Version("1.3-rev0", initiator=True, thirteen=True),
    Version("1.2-rev1"),
    Version("1.2-rev0"),
    Version("1.1-rev0", vmware=True, types=False),
)


def up_to(newest: str) -> dict[str, Version]:
    """The versions that a server of that age accepts, by name: its own and all older ones.

    Raises:
        ValueError: There is no such version.
    """
    names = [version.name for version in VERSIONS]
    if newest not in names:
        raise ValueError(f"the practice Veeam server does not speak {newest}")
    return {version.name: version for version in VERSIONS[names.index(newest) :]}
