"""Commands for what runs beside requests: `flask --app wsgi jobs …` and `… schedules …`."""

from __future__ import annotations

from datetime import datetime

import click
from bson import ObjectId

from src.commands.failures import OperatorCommands
from src.middleware.context import services
from src.utils.object_ids import is_object_id

_MOST_LISTED = 200

jobs = OperatorCommands("jobs", help="Work beside requests.")
schedules = OperatorCommands("schedules", help="Work that comes back.")


@jobs.command("list")
@click.option("--failed", is_flag=True, help="The jobs that were given up, the latest first, instead of counts.")
def list_jobs(failed: bool) -> None:
    """Show how many jobs of each kind are not done."""
    if failed:
        _list_failed()
        return
    kinds = services().jobs.queues.stats().kinds
    if not kinds:
        click.echo("no job waits, and none has failed")
    for counts in kinds:
        click.echo(
            f"{counts.kind}: waiting {counts.waiting}, active {counts.active}, delayed {counts.delayed}, "
            f"failed {counts.failed}, oldest {counts.oldest_age_seconds} s"
        )


def _list_failed() -> None:
    for job in services().jobs.queues.list_failed(limit=_MOST_LISTED):
        click.echo(f"{job.id}  {_shown(job.finished_at)}  {job.kind}  attempts {job.attempts}  {job.reason}")


@jobs.command("retry")
@click.argument("job_id", required=False)
@click.option("--kind", help="All failed jobs of this kind.")
def retry_jobs(job_id: str | None, kind: str | None) -> None:
    """Make the failed job JOB_ID, or all failed ones of a kind, due again with all their attempts."""
    if (job_id is None) == (kind is None):
        raise click.ClickException("name one job, or a kind with --kind")
    if kind is not None:
        _retry_kind(kind)
    elif is_object_id(job_id) and services().jobs.queues.retry(ObjectId(job_id)):
        click.echo(f"job {job_id} is due again")
    else:
        raise click.ClickException(f"there is no failed job {job_id}; see flask jobs list --failed")


def _retry_kind(kind: str) -> None:
    """Takes a kind of another release too, if jobs of it have failed."""
    retried, known = services().jobs.queues.retry_kind(kind), services().jobs.running.kinds
    if not retried and kind not in known:
        raise click.ClickException(f"there is no kind {kind}; the kinds are {', '.join(known)}")
    click.echo(f"{retried} jobs are due again")


@schedules.command("list")
def list_schedules() -> None:
    """Show when each piece of scheduled work ran last, and how that ended."""
    for schedule in services().jobs.scheduling.list_all():
        ended = f"failed with {schedule.error}" if schedule.error else f"did {schedule.count}"
        click.echo(
            f"{schedule.id}: begun {_shown(schedule.started_at)}, {ended}, "
            f"last success {_shown(schedule.succeeded_at)}, due {_shown(schedule.due_at)}"
        )


def _shown(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else "never"
