"""The catalogue: which types of devices are about, how often, and by which marks their kind is proven.

XenMobile's documents do not name the property that tells Android's modes; the practice estate calls it
`ANDROID_MODE`, and a real estate has to find out what its own is called.
"""

from practice.world.devices.device import Kind, Model

ANDROID_MODE = "ANDROID_ENTERPRISE_MODE"
"""Name of the property by which this estate tells Android's three modes apart."""

ANDROID_MODES = {
    "DEVICE_ADMIN": Kind.ANDROID_ADMIN,
    "WORK_PROFILE": Kind.ANDROID_PROFILE,
    "DEVICE_OWNER": Kind.ANDROID_COMPANY,
}
"""Values of that property, and the kind that each proves."""

_IOS = ("iOS agent", "Apple MDM", "Apple profile")
_IOS_VERSIONS = ("10.3.3", "11.0.3", "11.1.2", "11.2")
_ANDROID_VERSIONS = ("6.0.1", "7.0", "7.1.1", "8.0.0")
_AGENT = ("Android agent",)


def _iphone(kind: Kind, marks: dict[str, str], *, dep: bool, tablet: bool = False) -> Model:
    name, product = ("iPad", "iPad7,5") if tablet else ("iPhone", "iPhone9,3")
    return Model(kind, "iOS", "iOS", name, name, product, _IOS_VERSIONS, not tablet, _IOS, marks, dep=dep)


def _android(kind: Kind, mode: str, product: str, *, app_only: bool = False, tablet: bool = False) -> Model:
    form = "Tablet" if tablet else "Phone"
    marks = {ANDROID_MODE: mode} if mode else {}
    issued = () if app_only else _AGENT
    return Model(
        kind,
        "Android",
        "ANDROID",
        form,
        product,
        product,
        _ANDROID_VERSIONS,
        not tablet,
        issued,
        marks,
        app_only=app_only,
    )


_WINDOWS = Model(
    Kind.WINDOWS,
    "Windows 10",
    "WINDOWS",
    "Desktop",
    "Practice Book",
    "Practice Book 13",
    ("10.0.15063", "10.0.16299"),
    cellular=False,
    certificate_types=("Windows agent",),
    marks={"CORPORATE_OWNED": "1"},
)
_MAC = Model(
    Kind.MAC,
    "Mac OS X",
    "MACOSX",
    "Desktop",
    "MacBook",
    "MacBook10,1",
    ("10.12.6", "10.13.1"),
    cellular=False,
    certificate_types=("Apple MDM",),
    marks={"SUPERVISED": "0"},
)
_BLACKBERRY = Model(Kind.UNKNOWN, "BlackBerry", "BLACKBERRY", "Phone", "Bold", "Bold 9", ("7.1",), True, ("Agent",), {})
_NAMELESS = Model(Kind.UNKNOWN, "", "UNKNOWN", "Unknown", "", "", ("",), True, ("Agent",), {})

SHARES: tuple[tuple[int, Model], ...] = (
    (360, _iphone(Kind.IOS, {"SUPERVISED": "0", "CORPORATE_OWNED": "0"}, dep=False)),
    (90, _iphone(Kind.IOS, {"SUPERVISED": "0", "CORPORATE_OWNED": "0"}, dep=False, tablet=True)),
    (90, _iphone(Kind.APPLE_COMPANY, {"SUPERVISED": "1", "CORPORATE_OWNED": "1"}, dep=True)),
    (40, _iphone(Kind.APPLE_COMPANY, {"SUPERVISED": "1", "CORPORATE_OWNED": "1"}, dep=True, tablet=True)),
    (150, _android(Kind.ANDROID_ADMIN, "DEVICE_ADMIN", "PX-100")),
    (20, _android(Kind.ANDROID_ADMIN, "DEVICE_ADMIN", "PX-Tab 8", tablet=True)),
    (80, _android(Kind.ANDROID_PROFILE, "WORK_PROFILE", "PX-200")),
    (45, _android(Kind.ANDROID_COMPANY, "DEVICE_OWNER", "PX-Rugged")),
    (45, _WINDOWS),
    (25, _MAC),
    (35, _android(Kind.MAM, "", "PX-150", app_only=True)),
    (8, _iphone(Kind.UNKNOWN, {"CORPORATE_OWNED": "0"}, dep=False)),
    (8, _android(Kind.UNKNOWN, "", "PX-90")),
    (2, _BLACKBERRY),
    (2, _NAMELESS),
)
"""Each model with how many in a thousand there are."""

DEP_WAITING = Model(
    Kind.UNKNOWN, "iOS", "iOS", "iPhone", "iPhone", "iPhone9,3", ("",), cellular=False, certificate_types=(), marks={},
    dep=True,
)  # fmt: skip
"""A device that Apple's programme has announced and that has not been switched on yet."""
