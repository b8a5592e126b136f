"""The made-up population of the practice estate: devices, owners, invitations, configuration; and its truth.

Two contents (`at_backup`, what the 10.6 backup holds, and `now`, 10.7 on the morning of the rollback) differ by the
events of a story. `Truth` tells from the events, never by comparing, what has to be done about each device.
"""

from practice.world.devices.configuration import Configuration, DeliveryGroup, Differences, Property, ServerCertificate
from practice.world.devices.device import Action, Certificate, Device, Kind, Model
from practice.world.devices.events import Event, What
from practice.world.devices.invitations import Invitation
from practice.world.devices.models import ANDROID_MODE, ANDROID_MODES
from practice.world.devices.people import Person
from practice.world.devices.population import AT_BACKUP, NOW, Content, Population
from practice.world.devices.times import BACK_DATED, Times
from practice.world.devices.truth import Answer, Truth, Verdict

__all__ = [
    "ANDROID_MODE",
    "ANDROID_MODES",
    "AT_BACKUP",
    "BACK_DATED",
    "NOW",
    "Action",
    "Answer",
    "Certificate",
    "Configuration",
    "Content",
    "DeliveryGroup",
    "Device",
    "Differences",
    "Event",
    "Invitation",
    "Kind",
    "Model",
    "Person",
    "Population",
    "Property",
    "ServerCertificate",
    "Times",
    "Truth",
    "Verdict",
    "What",
]
