"""The beat: hints at scheduled work. It keeps nothing between starts, because MongoDB knows what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from celery.beat import Scheduler
from kombu.exceptions import OperationalError
from redis import RedisError

from src.worker_app import MOST_WAITING, RUN_SCHEDULED, SCHEDULE_HINTS

log = structlog.get_logger(__name__)

# Work of a day is asked for each minute, so that a restart of the beat puts nothing off.
_LONGEST_PAUSE = timedelta(minutes=1)


class Ticks(Scheduler):  # type: ignore[misc]
    """Celery's scheduler over the scheduled work of this version."""

    def setup_schedule(self) -> None:
        self.app.conf.beat_schedule = {
            name: _entry(name, min(work.every, _LONGEST_PAUSE)) for name, work in self.app.jobs.scheduling.works.items()
        }
        super().setup_schedule()

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        try:
            if self.app.waiting(SCHEDULE_HINTS) < MOST_WAITING:
                super().apply_entry(entry, producer=producer)
        except (OperationalError, RedisError) as error:  # the next tick comes soon
            log.warning("broker_unreachable", reason=type(error).__name__)


def _entry(name: str, every: timedelta) -> dict[str, Any]:
    # What was not taken until the next hint is worth nothing any more.
    options = {"expires": every.total_seconds()}
    return {"task": RUN_SCHEDULED, "schedule": every, "args": (name,), "options": options}
