"""From nothing to a served shop, step by step."""

from dataclasses import dataclass
from functools import cached_property

import requests

from ecosystem.embedded.mongod import await_primary
from ecosystem.embedded.valkey import await_valkey
from ecosystem.journey.calling import JourneyFailed
from ecosystem.journey.stage import Shop
from ecosystem.journey.walk import Journey
from ecosystem.run import checks, servers
from ecosystem.run.demo import DemoStore, accounts_of, data_commands, demo_stores
from ecosystem.run.development_secrets import DevelopmentSecrets, ensure_secrets
from ecosystem.run.environment import server_environment
from ecosystem.run.errors import RunError
from ecosystem.run.folders import Folders
from ecosystem.run.plan import Plan
from ecosystem.run.progress import say, step
from ecosystem.run.stack import Stack

READY_S = 60.0
# The first start makes all indexes and fills two stores, on whatever machine this is.
COMMANDS_S = 180.0


@dataclass(frozen=True)
class Startup:
    """One start: what it uses, and the stack that it fills."""

    plan: Plan
    folders: Folders
    stack: Stack
    secrets: DevelopmentSecrets

    @classmethod
    def on_checked_ground(cls, plan: Plan, folders: Folders, stack: Stack) -> "Startup":
        """Return a start that has its port, its folders and the servers of the user's own.

        Raises:
            RunError, EngineError: something is taken or missing.
        """
        checks.await_predecessor(plan, folders)
        checks.check_port(plan)
        if not plan.embeds_mongod:
            checks.check_mongodb(plan.mongodb_uri)
        if not plan.embeds_valkey:
            checks.check_redis(plan.redis_url)
        folders.media.mkdir(exist_ok=True)
        return cls(plan, folders, stack, ensure_secrets(folders))

    @cached_property
    def stores(self) -> list[DemoStore]:
        """The stores of the demo, the default one first."""
        return demo_stores(self.folders)

    @property
    def shop(self) -> Shop:
        """The default store as its shopper and its merchant know it."""
        first, second = self.stores
        password = self.secrets.staff_password
        return Shop(self.plan.api, self.plan.sandbox, first.code, first.staff, password, other_store=second.code)

    def run(self) -> None:
        """Return when the shop is served, one order has gone all the way and the books balance.

        Raises:
            RunError, EngineError: a step failed.
        """
        with step(self._engines()):
            self.start_engines()
        # Its workers load the application while the commands below run.
        gunicorn = self.stack.start(servers.gunicorn(self.folders, self.environment()))
        with step("indexes, two stores with staff, goods and pictures"):
            self.load_demo()
        for program in ("worker", "beat"):
            self.stack.start(servers.celery(program, self.folders, self.environment()))
        with step("gunicorn, and nginx in front of it" if self.plan.nginx else "gunicorn (no nginx found)"):
            gunicorn.wait_until(lambda: servers.answers(f"{self.plan.web}/readiness"), timeout_s=READY_S)
            self._start_nginx()
        self._walk_journey()
        self._audit()

    def environment(self) -> dict[str, str]:
        """Return the environment of every Python process of this start."""
        return server_environment(self.plan, self.folders, self.secrets)

    def load_demo(self) -> None:
        """Return when the database has its indexes and what the demo stores lack."""
        accounts = accounts_of(self.stores, self.folders, self.plan.sandbox)
        self.flask(*data_commands(self.stores, accounts, self.folders, self.secrets))

    def _engines(self) -> str:
        embedded = {"MongoDB": self.plan.embeds_mongod, "Valkey": self.plan.embeds_valkey, "WeChat sandbox": True}
        return ", ".join(name for name, is_ours in embedded.items() if is_ours)

    def start_engines(self) -> None:
        """Return when MongoDB is primary, and Valkey and the sandbox answer."""
        plan, start = self.plan, self.stack.start
        mongod = start(servers.mongod(plan, self.folders)) if plan.embeds_mongod else None
        valkey = start(servers.valkey(plan, self.folders)) if plan.embeds_valkey else None
        sandbox = start(servers.sandbox(plan, self.folders))
        if mongod:
            await_primary(mongod, plan.mongod_port)
        if valkey:
            await_valkey(valkey, plan.valkey_port)
        sandbox.wait_until(lambda: servers.answers(f"{plan.sandbox}/__sandbox__/clock"), timeout_s=READY_S)

    def flask(self, *commands: list[str], log: str = "commands") -> str:
        """Return the last line that the flask commands wrote.

        Raises:
            RunError: one of them failed.
        """
        process = servers.flask_commands(log, self.folders, self.environment(), commands)
        try:
            process.start()
            process.wait_until(lambda: process.exit_code is not None, timeout_s=COMMANDS_S)
        finally:
            process.stop()
        if process.exit_code:
            raise RunError(f"flask {log} failed: {process.last_words()}")
        return process.last_line()

    def _start_nginx(self) -> None:
        if self.plan.nginx:
            nginx = self.stack.start(servers.nginx(self.plan.nginx, self.plan, self.folders))
            nginx.wait_until(lambda: servers.answers(f"{self.plan.api}/readiness"), timeout_s=READY_S)

    def _walk_journey(self) -> None:
        say("\n  A product's way onto the shelf, to a shopper, and a part of it back:")
        try:
            order = Journey(self.shop, lambda title, ms: say(f"    {ms:6.0f} ms  {title}")).walk()
        except (JourneyFailed, requests.RequestException) as error:
            raise RunError(f"the journey failed: {error}") from None
        say(f"    order {order['id']} is {order['status']}, {order['refundedAmount']} fen of it are back")

    def _audit(self) -> None:
        """Ask for the books only: what was due while the shop was closed is taken up now."""
        say(f"    audit: {self.flask(['audit', '--books-only'], log='audit')}")
