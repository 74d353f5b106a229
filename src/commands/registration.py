"""Every command of an operator, hung onto the application."""

from __future__ import annotations

from flask import Flask

from src.commands import audit, demo, indexes, jobs, orders, platform_keys, reconcile, staff, stores

_COMMANDS = (
    indexes.indexes,
    stores.stores,
    platform_keys.platform_keys,
    staff.staff,
    orders.orders,
    jobs.jobs,
    jobs.schedules,
    demo.demo,
    reconcile.reconcile,
    audit.audit,
)


def register_commands(app: Flask) -> None:
    for command in _COMMANDS:
        app.cli.add_command(command)
