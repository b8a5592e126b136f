"""Logins stay hidden, and a refused one stays refused."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.errors import IntegrationError, LoginRefused, OutcomeUnknown, Unreachable
from integrations.login import Login, LoginGuard


def refused(guard: LoginGuard) -> LoginRefused:
    """A try that the system answers with a refusal."""
    error = LoginRefused("veeam", "the login was refused")
    with pytest.raises(LoginRefused), guard.attempt():
        raise error
    return error


def test_a_password_shows_nowhere() -> None:
    """Neither `repr` nor `str` nor formatting shows a password."""
    login = Login("svc", "canary")
    assert "canary" not in f"{login!r} {login} {[login]}"


def test_a_refused_login_stays_refused_until_it_changes() -> None:
    """The login that was refused is refused again without a try; a rotated one is tried."""
    held = [Login("svc", "old")]
    guard = LoginGuard(lambda: held[0])
    error = refused(guard)
    with pytest.raises(LoginRefused) as again:
        guard.take()
    assert str(again.value) == str(error)
    held[0] = Login("svc", "new")
    assert guard.take().password == "new"


def test_a_person_may_ask_for_one_more_try() -> None:
    """*Check again* lets the same login be tried once more."""
    guard = LoginGuard(lambda: Login("svc", "old"))
    refused(guard)
    guard.check_again()
    assert guard.take() == Login("svc", "old")


def test_a_guard_outlives_its_clients() -> None:
    """Clients that are handed the same guard share its memory; a plain login gets a guard of its own."""
    guard = LoginGuard(lambda: Login("svc", "old"))
    assert LoginGuard.of(guard) is guard
    assert LoginGuard.of(lambda: Login("svc", "new")).take() == Login("svc", "new")


def test_a_login_that_was_never_accepted_is_tried_by_one_at_a_time() -> None:
    """Of many who want to try the same wrong login at once, one tries it, and the others learn of its refusal."""
    guard = LoginGuard(lambda: Login("svc", "old"))
    everybody = threading.Barrier(8)
    tries: list[Login] = []

    def log_in() -> None:
        with guard.attempt() as login:
            tries.append(login)
            raise LoginRefused("veeam", "the login was refused")

    def answer(_: int) -> str:
        everybody.wait()
        with pytest.raises(LoginRefused) as no:
            log_in()
        return str(no.value)

    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(answer, range(8)))
    assert len(tries) == 1
    assert len(told) == 1


def test_a_login_that_was_accepted_is_tried_side_by_side() -> None:
    """Once a login was accepted, nobody waits for another one's try: a slow login delays only itself."""
    guard = LoginGuard(lambda: Login("svc", "right"))
    with guard.attempt():
        pass
    with guard.attempt() as one, guard.attempt() as other:
        assert one == other


def test_a_try_that_ends_without_an_answer_is_no_refusal() -> None:
    """A login that could not be brought to the system may be tried again, and counts as neither good nor bad."""
    guard = LoginGuard(lambda: Login("svc", "old"))
    for _ in range(2):
        with pytest.raises(Unreachable), guard.attempt():
            raise Unreachable("veeam", "no connection")


def test_an_error_says_what_happened_what_is_known_and_what_to_do() -> None:
    """The text of an error holds all three parts, and only a lost change may have happened."""
    lost = OutcomeUnknown("veeam", "the reply was lost", next_step="Look in the console.")
    assert str(lost) == "veeam: the reply was lost. The change was sent and may have happened. Look in the console."
    assert lost.may_have_happened
    assert not Unreachable("veeam", "no connection").may_have_happened
    assert "may have happened" in str(IntegrationError("veeam", "odd", may_have_happened=True))
