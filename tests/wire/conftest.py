"""What every wire test stands on: a certificate authority of our own and contexts made with it."""

import ssl
from collections.abc import Callable

import pytest
import trustme


@pytest.fixture(scope="session")
def practice_ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(practice_ca: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """Makes a server's context whose certificate carries the names given (default: loopback's)."""

    def make(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        practice_ca.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        return context

    return make


@pytest.fixture(scope="session")
def client_tls(practice_ca: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts the practice CA alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    practice_ca.configure_trust(context)
    return context
