"""The beat: hints at scheduled work. It keeps nothing between starts, because MongoDB knows what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from celery.beat import Scheduler

log = structlog.get_logger(__name__)

# Work of a day is asked for each minute, so that a restart of the beat puts nothing off.
_LONGEST_PAUSE = timedelta(minutes=1)
# While no worker takes them, hints must not fill Redis up.
_MOST_WAITING = 500


class Ticks(Scheduler):  # type: ignore[misc]
    """Celery's scheduler over the scheduled work of this version."""

    def setup_schedule(self) -> None:
        self.app.conf.beat_schedule = {
            name: _entry(name, min(work.every, _LONGEST_PAUSE)) for name, work in self.app.jobs.scheduling.works.items()
        }
        super().setup_schedule()

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        try:
            queue = self.app.conf.task_default_queue
            waiting = producer.channel.queue_declare(queue=queue).message_count
        except self.app.connection_for_write().recoverable_connection_errors as error:
            log.warning("broker_unreachable", reason=type(error).__name__)
            return
        if waiting < _MOST_WAITING:
            super().apply_entry(entry, producer=producer)


def _entry(name: str, every: timedelta) -> dict[str, Any]:
    # What was not taken until the next hint is worth nothing any more.
    options = {"expires": every.total_seconds()}
    return {"task": "minimall.run_scheduled", "schedule": every, "args": (name,), "options": options}
