"""What workers under test do sooner than those of a shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from config.settings import Settings
from src.services.jobs.scheduling import Scheduling
from src.services.jobs.wiring import Jobs
from src.utils.clock import Clock
from src.worker_app import Build, WorkerApp, create_worker

# Nothing scheduled waits longer for its tick.
SOON = timedelta(seconds=0.5)
# A dead process is replaced after this time.
_LOST_WAIT_S = 0.1


def create_impatient_worker(settings: Settings, build: Build) -> WorkerApp:
    app = create_worker(settings, build)
    app.conf.worker_lost_wait = _LOST_WAIT_S
    return app


def impatient(jobs: Jobs, settings: Settings) -> Jobs:
    works = {name: replace(work, every=min(work.every, SOON)) for name, work in jobs.scheduling.works.items()}
    lease = timedelta(seconds=settings.job_lease_s)
    return replace(jobs, scheduling=Scheduling(works=works, clock=Clock(), lease=lease))
