"""What a started shop says: to the person at the terminal, and to scripts in `.data/run.json`."""

import os

from ecosystem.run.folders import write_private_json
from ecosystem.run.memory import family, proportional_set_size_mib
from ecosystem.run.progress import say
from ecosystem.run.startup import Startup


def announce(startup: Startup, seconds: float) -> None:
    """Write run.json, which appears only once the shop is served, and print the same for people."""
    plan, shop = startup.plan, startup.shop
    facts = {
        "api": plan.api,
        "docs": f"{plan.api}/api/docs",
        "sandbox": plan.sandbox,
        "metrics": f"{plan.web}/metrics",
        "mongodb": plan.mongodb_uri,
        "redis": plan.redis_url,
        "standby": plan.standby,
        "store": shop.store,
        "stores": [{"code": store.code, "name": store.name, "staff": store.staff} for store in startup.stores],
        "staff": {"username": shop.staff["owner"], "password": shop.password},
        "pids": {"supervisor": os.getpid(), **startup.stack.pids()},
    }
    write_private_json(startup.folders.run_file, facts)
    say(f"\n  Open after {seconds:.1f} s, {_memory()}.\n")
    say(f"  API      {facts['api']}/api")
    say(f"  Docs     {facts['docs']}")
    say(f"  Sandbox  {facts['sandbox']}/__sandbox__/ledger")
    for store in startup.stores:
        say(f"  Store    {store.name}   (X-Store: {store.code})   staff: {', '.join(store.staff.values())}")
    say(f"  Password {shop.password}   of all of them, on this machine only")
    say(f"  Logs     {startup.folders.data / 'logs'}")
    say(f"  Scripts  {startup.folders.run_file}\n\n  Ctrl-C ends everything.")


def _memory() -> str:
    processes = family([os.getpid()])
    return f"{proportional_set_size_mib(processes)} MiB in {len(processes)} processes (sum of their PSS)"
