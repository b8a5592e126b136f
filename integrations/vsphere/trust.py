"""Trusting a vCenter by the thumbprint of its certificate, where no CA is at hand.

pyVmomi's own pin is passed over silently in several of its ways to connect; this one sits in the TLS context itself,
so that no connection made with it carries a byte before the certificate was compared.
"""

import hashlib
import hmac
import ssl
from typing import Any

_SHA256_HEX = 64


class PinnedContext(ssl.SSLContext):
    """A client's context that accepts one certificate, whoever signed it and whatever name it carries."""

    thumbprint: str

    def wrap_socket(self, *args: Any, **more: Any) -> ssl.SSLSocket:  # noqa: ANN401 - as the standard library has it
        """Shake hands, then compare the certificate before the socket is handed out.

        Raises:
            ssl.SSLCertVerificationError: Another certificate was shown; the connection is closed.
        """
        connection = super().wrap_socket(*args, **more)
        shown = connection.getpeercert(binary_form=True) or b""
        if hmac.compare_digest(hashlib.sha256(shown).hexdigest(), self.thumbprint):
            return connection
        connection.close()
        error = ssl.SSLCertVerificationError("another certificate")
        error.verify_message = "its thumbprint is not the one in the settings"
        raise error

    def wrap_bio(self, *_: Any, **__: Any) -> ssl.SSLObject:  # noqa: ANN401 - as the standard library has it
        """Refuse: this way shakes hands later, where nobody would compare.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("a pinned context serves blocking sockets only")


def pinned_context(thumbprint: str) -> ssl.SSLContext:
    """A TLS context that trusts exactly one certificate.

    Args:
        thumbprint: SHA-256 of the certificate in hex, with or without colons, as browsers and `openssl x509` show it.

    Raises:
        ValueError: It is no SHA-256 thumbprint (SHA-1, 40 digits, is not accepted).
    """
    digits = thumbprint.replace(":", "").strip().lower()
    if len(digits) != _SHA256_HEX or set(digits) - set("0123456789abcdef"):
        raise ValueError("a thumbprint is the SHA-256 of the certificate: 64 hex digits, colons allowed")
    context = PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.thumbprint = digits
    return context
