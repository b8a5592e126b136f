"""The clients of one piece of work: each is made once, also when several threads ask at the same moment, and closed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rollback.systems import SystemOff, Systems


class Client:
    """A client that takes a moment to be made."""

    made: int = 0
    closed: int = 0

    def close(self) -> None:
        type(self).closed += 1


def test_a_client_is_made_once_however_many_ask_at_once() -> None:
    """Changes of one group ask side by side: they share one client, and it is closed with the others."""
    Client.made = Client.closed = 0

    def make() -> Client:
        Client.made += 1
        threading.Event().wait(0.02)
        return Client()

    with Systems({Client: make}) as systems, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: systems.get(Client), range(8)))
        assert len({id(one) for one in found}) == 1
    assert (Client.made, Client.closed) == (1, 1)


def test_a_system_that_is_off_is_never_made() -> None:
    """What the estate has switched off says so, and is not there."""
    with Systems({}) as systems:
        assert not systems.has(Client)
        with pytest.raises(SystemOff, match="Client is switched off"):
            systems.get(Client)
