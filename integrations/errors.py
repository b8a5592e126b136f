"""What can go wrong between us and a vendor's system: one tree for all clients.

    IntegrationError
    ├── Unreachable       no connection was made, or a read was not answered; no change was sent
    ├── LoginRefused      the login was refused; it is never repeated by us
    ├── SessionEnded      our session is gone; reads open it again once, changes never do
    ├── NotPermitted      the login may not do this
    ├── NotFound          the named thing is not there
    ├── Refused           the system understood and said no
    ├── OutcomeUnknown    a change was sent and its reply was lost
    ├── WrongAnswer       the answer can't be understood
    └── WrongIdentity     another system than the expected one answers

Each says three things to a tired person: what happened, what is known about the outside world, what to do next.
"""

from typing import ClassVar


class IntegrationError(Exception):
    """Something between us and a vendor's system went wrong.

    Attributes:
        system: The system's name: ``netscaler``, ``xenmobile``, ``vsphere``, ``sqlserver`` or ``veeam``.
        what: What happened, one clause without a full stop; no secrets and no names of people.
        may_have_happened: Whether a change may have been carried out all the same.
        next_step: What a person should do next, one sentence.
    """

    world: ClassVar[str] = "Nothing was changed."
    advice: ClassVar[str] = "Look at the system itself, then check again."
    uncertain: ClassVar[bool] = False

    def __init__(self, system: str, what: str, *, next_step: str = "", may_have_happened: bool | None = None) -> None:
        """Keep the parts; what is left out comes from the class."""
        self.system = system
        self.what = what
        self.may_have_happened = self.uncertain if may_have_happened is None else may_have_happened
        self.next_step = next_step or self.advice
        super().__init__(system, what)

    def __str__(self) -> str:
        known = OutcomeUnknown.world if self.may_have_happened else self.world
        return f"{self.system}: {self.what}. {known} {self.next_step}"


class Unreachable(IntegrationError):
    """No connection was made, or a read was not answered: no change was sent."""

    world = "No change was sent."
    advice = "Check the address, the network and whether the system is up, then check again."


class LoginRefused(IntegrationError):
    """The system refused the login. It is never repeated: the account could be locked."""

    world = "Nothing was changed, and the login is not tried again by itself."
    advice = "Check the account and its password at the system, then press Check again."


class SessionEnded(IntegrationError):
    """The session that a call was made in is no longer there, so the call was not carried out."""

    advice = "Check again: a new session is opened for that."


class NotPermitted(IntegrationError):
    """The login is valid but may not do this."""

    advice = "Give the account the missing right, or do this step by hand, then check again."


class NotFound(IntegrationError):
    """The thing that was asked for is not there."""

    advice = "Compare its name in the settings with the system, then check again."


class Refused(IntegrationError):
    """The system understood what was asked and said no.

    Attributes:
        code: The vendor's own code or error name, as text.
    """

    advice = "Read the system's own message, remove the cause there, then check again."

    def __init__(
        self,
        system: str,
        what: str,
        *,
        code: str = "",
        next_step: str = "",
        may_have_happened: bool | None = None,
    ) -> None:
        """Keep the vendor's code beside the parts."""
        super().__init__(system, what, next_step=next_step, may_have_happened=may_have_happened)
        self.code = code


class OutcomeUnknown(IntegrationError):
    """A change was sent and no readable reply came back."""

    world = "The change was sent and may have happened."
    advice = "Look at the system before anything is repeated."
    uncertain = True


class WrongAnswer(IntegrationError):
    """An answer came, but it can't be understood."""

    world = "Nothing is known from this answer."
    advice = "Check that the address belongs to this system and that its version is supported."


class WrongIdentity(IntegrationError):
    """Another system than the expected one answers at the address."""

    world = "Nothing was sent to it."
    advice = "Find out what answers at this address before going on."
