"""The configuration and the invitations as XenMobile's REST API shows them."""

from datetime import datetime, timedelta

from practice.world.devices import Configuration, DeliveryGroup, Invitation, Property, ServerCertificate
from practice.xenmobile.device_json import Json, millis

INVITED_FOR = timedelta(days=10)


def properties_json(configuration: Configuration) -> Json:
    """The payload of ``GET /serverproperties``."""
    return {"allEwProperties": [_property(n, p) for n, p in enumerate(configuration.properties, start=5)]}


def _property(number: int, one: Property) -> Json:
    return {
        "id": number,
        "name": one.name,
        "value": one.value,
        "displayName": one.description or one.name,
        "description": one.description,
        "defaultValue": one.default,
    }


def certificates_json(configuration: Configuration) -> Json:
    """The payload of ``GET /certificates``."""
    return {
        "csrRequest": None,
        "apnsCheck": None,
        "certificate": [_certificate(c) for c in configuration.certificates],
        "apnsCheckObj": {
            "topicNameMismatch": False,
            "certExpired": False,
            "certNotYetValid": False,
            "malformed": False,
        },
    }


def _certificate(one: ServerCertificate) -> Json:
    return {
        "name": one.name,
        "description": "",
        "validFrom": f"{one.starts:%Y-%m-%d}",
        "validTo": f"{one.ends:%Y-%m-%d}",
        "type": one.type,
        "isActive": one.active,
        "privateKey": "true" if one.type != "chain" else "false",
        "ca": None,
        "id": one.number,
        "certDetails": {
            "signatureAlgo": "SHA256WithRSAEncryption",
            "version": None,
            "serialNum": one.serial,
            "issuerName": _name(one.issuer),
            "subjectName": _name(one.subject),
        },
    }


def _name(common: str) -> Json:
    return {"certString": f"CN={common},O=Practice", "commonName": common, "org": "Practice", "country": None}


def groups_json(configuration: Configuration, start: int, limit: int) -> Json:
    """The payload of ``POST /deliverygroups/filter``."""
    groups = configuration.delivery_groups
    return {
        "dgListData": {
            "totalMatchCount": len(groups),
            "totalCount": len(groups),
            "dgList": [_group(g) for g in groups[start : start + limit]],
        }
    }


def _group(one: DeliveryGroup) -> Json:
    return {
        "id": None,
        "name": one.name,
        "description": one.description,
        "groups": [{"id": None, "name": g, "uniqueName": g, "domainName": "example.com"} for g in one.groups],
        "users": [],
        "rules": None,
        "disabled": one.disabled,
        "lastUpdated": 0,
        "anonymousUser": False,
        "applications": [{"name": a, "required": n == 0} for n, a in enumerate(one.applications)],
        "devicePolicies": list(one.policies),
        "smartActions": [],
        "nbSuccess": 0,
        "nbFailure": 0,
        "nbPending": 0,
    }


def licences_json(configuration: Configuration, now: datetime) -> Json:
    """The payload of ``GET /licenses``."""
    ends = configuration.licence_ends
    return {
        "cpLicenseServer": {
            "serverAddress": "192.0.2.40",
            "localPort": 0,
            "remotePort": 27000,
            "serverType": "remote",
            "licenseType": "none",
            "isServerConfigured": True,
            "gracePeriodLeft": 0,
            "licenseList": [
                {
                    "remainingDays": (ends - now).days,
                    "licenseType": "Retail",
                    "expirationDate": f"{ends:%d-%b-%Y}".upper(),
                    "p_E_M": "CXM_ENTU_UD",
                    "notice": "Practice",
                    "vendorString": ";LT=Retail;GP=720;UDM=U",
                    "licensesInUse": configuration.licences_in_use,
                    "licensesAvailable": configuration.licences_available,
                    "overdraftLicenseCount": 0,
                    "serialNumber": "practice-licence",
                }
            ],
            "licenseNotification": {"id": 1, "notificationEnabled": False, "recepientList": ""},
        }
    }


def ldap_json(configuration: Configuration) -> Json:
    """The payload of ``GET /ldap``."""
    return {
        "adList": [
            {
                "domain": domain,
                "userBaseDN": "dc=example,dc=com",
                "groupBaseDN": "dc=example,dc=com",
                "password": "",
                "port": 636,
                "username": f"svc-xms@{domain}",
                "primaryHost": "192.0.2.50",
                "secondaryHost": "192.0.2.51",
                "useSecure": True,
                "globalCatalogPort": 3269,
                "userSearchBy": "upn",
                "domainAlias": domain.split(".")[0],
                "name": "activedirectory",
                "type": "activedirectory",
                "defaultDomain": number == 0,
            }
            for number, domain in enumerate(configuration.domains)
        ]
    }


def authorities_json(configuration: Configuration) -> Json:
    """The payload of ``GET /pki/certauthority``."""
    return {
        "groups": [
            {
                "groupName": "default",
                "currentIssuingCA": "true",
                "calist": [{"type": t, "name": name, "id": number} for t, name, number in configuration.authorities],
            }
        ]
    }


def invitations_json(invitations: list[Invitation], start: int, limit: int) -> Json:
    """The payload of ``POST /enrollment/filter``, newest first."""
    ordered = sorted(invitations, key=lambda i: i.created, reverse=True)
    page = [_invitation(i) for i in ordered[start : start + limit]]
    enrollments = {"enrollments": page, "count": len(page), "totalCount": len(ordered)}
    return {
        "enrollmentFilterResponse": {
            "currentFilter": {"detail": [], "selectedFilters": []},
            "enrollmentList": enrollments,
        }
    }


def _invitation(one: Invitation) -> Json:
    return {
        "token": one.token,
        "type": one.platform,
        "typeLabel": one.platform,
        "mode": "classic",
        "userName": one.person.login,
        "deviceBindingType": None,
        "deviceBindingTypeLabel": None,
        "deviceBindingData": None,
        "secret": one.secret,
        "createTime": millis(one.created),
        "validUntil": millis(one.created + INVITED_FOR),
        "status": one.status,
        "statusLabel": f"_X_ew_FILTER_DEVICE_INVITATION_STATUS_{one.status}",
        "notificationTemplateCategories": [
            {"category": "ENROLLMENT_PIN", "categoryLabel": "Template For Enrollment PIN", "notificationTemplate": None}
        ],
    }
