"""Everything that the routes use, made once from the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from hawk.auth.access import Accesses
from hawk.auth.authenticator import Authenticator, OrJob
from hawk.auth.denials import Denials
from hawk.auth.job_tokens import JobTokens
from hawk.auth.model_maps import ModelMaps
from hawk.auth.signing_keys import SigningKeys
from hawk.backends.execution.protocol import ExecutionBackend
from hawk.backends.storage.store import Storage, instance_id, open_storage
from hawk.jobs.admission import Admission
from hawk.jobs.backends import Backends
from hawk.jobs.heartbeats.plan import RunnerPlans
from hawk.jobs.heartbeats.service import Heartbeats
from hawk.jobs.host import this_host
from hawk.jobs.launching import Launcher
from hawk.jobs.packages import Packages
from hawk.jobs.plans import Plans
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.records import Records
from hawk.jobs.service import Jobs
from hawk.log_files.service import LogFiles
from hawk.plugins import execution_backends, model_source
from hawk.results.search.scanners import Scanners
from hawk.server.authenticators import Login, open_login
from hawk.server.freshen import Freshener
from hawk.server.health import Readiness
from hawk.server.things import Things
from hawk.settings import AuthSettings, Settings
from hawk.warehouse.engine import Database

Freshen = Callable[[str | None], Awaitable[None]]


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """One installation, opened."""

    settings: Settings
    installation: str
    db: Database
    evals: Storage
    backends: dict[str, ExecutionBackend]
    jobs: Jobs
    log_files: LogFiles
    launcher: Launcher
    reconciler: Reconciler
    packages: Packages
    fresh: Freshen
    scanners: Scanners
    authenticator: Authenticator
    readiness: Readiness
    accesses: Accesses
    heartbeats: Heartbeats
    plans: RunnerPlans
    users: Login
    login: AuthSettings
    sessions: Authenticator | None
    things: Things
    denials: Denials
    embedded: bool


async def open_services(
    settings: Settings,
    *,
    embedded: bool,
    backends: Mapping[str, ExecutionBackend] | None = None,
    authenticator: Authenticator | None = None,
) -> Services:
    """Open the storage and the database, and find the backends. Raises Unavailable with the reason.

    Without an ``authenticator`` every request is this process's own user's.
    """
    source = model_source(settings)
    places = open_storage(settings)
    installation = await instance_id(places.root)
    db = await Database.open(settings.database_url)
    found = dict(backends or execution_backends(settings, inherit_environment=embedded))
    records = Records(places.root)
    accesses = Accesses(ModelMaps(source) if source is not None else None)
    users = open_login(settings, db, authenticator, embedded=embedded)
    here = Backends(found, settings.backend)
    packages = Packages(settings, places.root)
    host = this_host(settings.home)
    admission = Admission(db, settings.limits, embedded=embedded)
    reconciler = Reconciler(db, here, records, admission, host)
    plans = Plans(settings, packages, installation, embedded=embedded)
    tokens = JobTokens(SigningKeys(db), installation)
    heartbeats = Heartbeats(db, records, tokens)
    if not embedded:
        heartbeats.start()
    freshener = Freshener(db, places.evals, settings.prices, reconciler) if embedded else None
    return Services(
        settings=settings,
        installation=installation,
        db=db,
        evals=places.evals,
        backends=found,
        jobs=Jobs(db, here, records, places.evals, host),
        log_files=LogFiles(places, db, reconciler, settings.home / "uploads"),
        launcher=Launcher(
            db, places.evals, records, here, plans, packages, reconciler, tokens, admission, host
        ),
        reconciler=reconciler,
        packages=packages,
        fresh=freshener.freshen if freshener else _as_it_is,
        scanners=Scanners(),
        readiness=Readiness(db, places.root, places.evals),
        accesses=accesses,
        authenticator=OrJob(users.authenticator, tokens),
        users=users,
        sessions=users.sessions,
        login=settings.auth if users.provider else AuthSettings(),
        things=Things(db, accesses),
        denials=Denials(db),
        heartbeats=heartbeats,
        plans=RunnerPlans(db, records, plans, here, heartbeats),
        embedded=embedded,
    )


async def close_services(services: Services) -> None:
    """Give back what was opened."""
    services.scanners.close()
    await services.heartbeats.close()
    await services.users.close()
    await services.denials.close()
    await services.db.close()


async def _as_it_is(eval_set_id: str | None) -> None:
    """A server's worker keeps the warehouse fresh; a request need not."""
    del eval_set_id
