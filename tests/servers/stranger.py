"""Servers that are not Hawk's: they answer whatever a test says, over TLS where it says so."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.loopback import listening


@dataclass
class Answer:
    """What is answered to a request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Stranger:
    """A server. ``requests`` are the method and path of each, ``bodies`` theirs, ``headers`` the newest's."""

    def __init__(self, url: str, answer: Callable[[str, str], Answer]) -> None:
        self.url = url
        self.answer = answer
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.headers: dict[str, str] = {}


@contextmanager
def stranger(
    answer: Answer | Callable[[str, str], Answer], *, certificate: Path | None = None
) -> Iterator[Stranger]:
    """A server on loopback that gives one answer, or one by method and path."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    said = (lambda _method, _path: answer) if isinstance(answer, Answer) else answer
    with listening(_Handler, tls) as (server, url):
        made = Stranger(url, said)
        server.made = made  # pyright: ignore[reportAttributeAccessIssue]
        yield made


def self_signed(path: Path, *, name: str = "127.0.0.1", days: tuple[int, int] = (-1, 1)) -> Path:
    """A certificate for a name with its key, valid between two days from now, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([_san(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def _san(name: str) -> x509.GeneralName:
    import ipaddress

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        made: Stranger = self.server.made  # pyright: ignore[reportAttributeAccessIssue]
        made.bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
        made.requests.append((self.command, self.path))
        made.headers = {name.lower(): value for name, value in self.headers.items()}
        answer = made.answer(self.command, self.path)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_CONNECT = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: tests have enough to say."""
