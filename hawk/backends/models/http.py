"""The map of models from a URL, asked for again by its ETag."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import httpx

from hawk.backends.models.listing import read_listing
from hawk.backends.models.protocol import ModelGroups
from hawk.errors import InvalidConfig, Unavailable

_KINDS = {"toml": ".toml", "yaml": ".yaml"}
_MOST_BYTES = 10_000_000


class HttpModels:
    """A URL that answers with JSON, or with YAML or TOML where its content type says so.

    ``token`` is sent as a bearer; ``token_file`` has it instead, and is read each time.
    """

    def __init__(
        self, url: str, *, token: str, token_file: Path | None, seconds: float, timeout: float
    ) -> None:
        self._url = url
        self._token = token
        self._token_file = token_file
        self._timeout = timeout
        self._etag: tuple[str, str] | None = None
        self.seconds = seconds

    @property
    def place(self) -> str:
        """The URL, without a user or a query, which may be secrets."""
        url = httpx.URL(self._url)
        return str(url.copy_with(username=None, password=None, query=None))

    async def read(self, version: str | None) -> ModelGroups | None:
        """The map, if the server has another than that of ``version``."""
        headers = self._headers()
        if self._etag is not None and self._etag[0] == version:
            headers["If-None-Match"] = self._etag[1]
        try:
            async with httpx.AsyncClient(timeout=self._timeout, follow_redirects=False) as http:
                answer = await http.get(self._url, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"The models can't be had from {self.place}: {type(error).__name__}.", fix=_FIX
            ) from error
        if answer.status_code == HTTPStatus.NOT_MODIFIED and "If-None-Match" in headers:
            return None
        if answer.status_code != HTTPStatus.OK or len(answer.content) > _MOST_BYTES:
            raise Unavailable(
                f"The models can't be had from {self.place}: it answers {answer.status_code}.", fix=_FIX
            )
        return self._listing(answer)

    def _listing(self, answer: httpx.Response) -> ModelGroups:
        said = answer.headers.get("Content-Type", "")
        kind = next((kind for word, kind in _KINDS.items() if word in said), ".json")
        listing = read_listing(answer.content, self.place, kind)
        etag = answer.headers.get("ETag")
        self._etag = (listing.version, etag) if etag else None
        return listing

    def _headers(self) -> dict[str, str]:
        token = self._token
        if self._token_file is not None:
            try:
                token = self._token_file.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidConfig(
                    f"The token of the models can't be read from {self._token_file}.",
                    fix="Correct `token_file` under [models] in hawk.toml.",
                ) from error
        return {"Authorization": f"Bearer {token}"} if token else {}


_FIX = "Correct `url` under [models] in hawk.toml, or look after that server."
