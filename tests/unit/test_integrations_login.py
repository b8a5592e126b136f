"""Logins stay hidden, and a refused one stays refused."""

import pytest

from integrations.errors import IntegrationError, LoginRefused, OutcomeUnknown, Unreachable
from integrations.login import Login, LoginGuard


def test_a_password_shows_nowhere() -> None:
    """Neither `repr` nor `str` nor formatting shows a password."""
    login = Login("svc", "canary")
    assert "canary" not in f"{login!r} {login} {[login]}"


def test_a_refused_login_stays_refused_until_it_changes() -> None:
    """The login that was refused is refused again without a try; a rotated one is tried."""
    held = [Login("svc", "old")]
    guard = LoginGuard(lambda: held[0])
    error = guard.refused(guard.take(), LoginRefused("veeam", "the login was refused"))
    with pytest.raises(LoginRefused) as again:
        guard.take()
    assert str(again.value) == str(error)
    held[0] = Login("svc", "new")
    assert guard.take().password == "new"


def test_a_person_may_ask_for_one_more_try() -> None:
    """*Check again* lets the same login be tried once more."""
    guard = LoginGuard(lambda: Login("svc", "old"))
    guard.refused(guard.take(), LoginRefused("veeam", "the login was refused"))
    guard.check_again()
    assert guard.take() == Login("svc", "old")


def test_a_guard_outlives_its_clients() -> None:
    """Clients that are handed the same guard share its memory; a plain login gets a guard of its own."""
    guard = LoginGuard(lambda: Login("svc", "old"))
    assert LoginGuard.of(guard) is guard
    assert LoginGuard.of(lambda: Login("svc", "new")).take() == Login("svc", "new")


def test_an_error_says_what_happened_what_is_known_and_what_to_do() -> None:
    """The text of an error holds all three parts, and only a lost change may have happened."""
    lost = OutcomeUnknown("veeam", "the reply was lost", next_step="Look in the console.")
    assert str(lost) == "veeam: the reply was lost. The change was sent and may have happened. Look in the console."
    assert lost.may_have_happened
    assert not Unreachable("veeam", "no connection").may_have_happened
    assert "may have happened" in str(IntegrationError("veeam", "odd", may_have_happened=True))
