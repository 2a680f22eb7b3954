"""The worker process: jobs (imports, reports) from the queue, and the follower that keeps functionality up to date."""

import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from assessments.actions.following import Follower
from assessments.jobs import requeue_plans
from municipal_units.jobs import requeue_imports

log = logging.getLogger(__name__)

QUEUES = ("imports", "plans", "reports")
CONCURRENCY = 2
GRACE_S = 20.0  # a running job may finish its portion; what is cut off is taken up again from its rows
LONGEST_BACKOFF_S = 30.0


class Command(BaseCommand):
    help = "Work on queued jobs and keep functionality up with the event log, until stopped (SIGTERM)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what there is to do now, then end")
        parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="jobs at the same time")

    def handle(self, *args: Any, once: bool, concurrency: int, **options: Any) -> None:
        follower = Follower()
        if once:
            self._jobs(concurrency, wait=False)
            brought = follower.follow_all()
            self.stdout.write(f"Functionality of {brought} municipalities brought up to date.")
            return
        stopping = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        thread = threading.Thread(target=follower.run, name="follower")
        thread.start()
        log.info("Worker ready: jobs of %s, functionality by the event log.", ", ".join(QUEUES))
        try:
            self._jobs_until(stopping, concurrency)
        finally:
            follower.stop()
            thread.join()
            log.info("Worker stopped.")

    def _jobs_until(self, stopping: threading.Event, concurrency: int) -> None:
        """Jobs until a signal ends the loop; after a lost database, begin again, ever more patiently."""
        backoff = 0.5
        while not stopping.is_set():
            try:
                self._take_up_again()
                self._jobs(concurrency, wait=True)
                return
            except (ConnectorException, psycopg.Error, DatabaseError, OSError) as failure:
                log.warning("The job queue lost the database (%s); again in %.1f s.", type(failure).__name__, backoff)
                stopping.wait(backoff)
                backoff = min(LONGEST_BACKOFF_S, backoff * 2)

    def _take_up_again(self) -> None:
        """What a worker that died long enough ago left unfinished, at once and not only at the next full minute."""
        try:
            requeue_imports()
            requeue_plans()
        finally:
            connection.close()

    def _jobs(self, concurrency: int, *, wait: bool) -> None:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            app.run_worker(
                queues=list(QUEUES),
                concurrency=concurrency,
                wait=wait,
                listen_notify=wait,
                install_signal_handlers=wait,
                shutdown_graceful_timeout=GRACE_S,
                delete_jobs="never",
            )
