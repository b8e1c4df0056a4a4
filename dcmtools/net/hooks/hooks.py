"""The hooks of a server: what it receives becomes documents, and these go to those who want them."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Sequence

from dcmtools.net.hooks.deliveries import Deliveries, DeliveryTerms, Report
from dcmtools.net.hooks.documents import (
    EndedAssociation,
    StoredObject,
    association_document,
    document,
    object_document,
    read_of,
)
from dcmtools.net.hooks.studies import Study, StudyWatch
from dcmtools.net.hooks.targets import Occasion, Subscription


class Hooks:
    """Takes what happens from any thread without delay, and tells `subscriptions` of it.

    A study is complete `silence` seconds after its last object. What fails goes to `report`.
    """

    def __init__(
        self, subscriptions: Sequence[Subscription], silence: float, terms: DeliveryTerms, report: Report
    ) -> None:
        self._subscriptions = subscriptions
        self._studies = StudyWatch(silence)
        self._deliveries = Deliveries(terms, report)
        self._happened: queue.SimpleQueue[StoredObject | EndedAssociation | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="dcmtools-hooks", daemon=True)
        self._thread.start()

    def note(self, happened: StoredObject | EndedAssociation) -> None:
        """Take what happened."""
        self._happened.put(happened)

    def close(self, grace: float) -> None:
        """Tell of what has happened, and of the studies under way, for at most `grace` seconds."""
        end = time.monotonic() + grace
        self._happened.put(None)
        self._thread.join(grace)
        self._deliveries.close(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while True:
            end = self._studies.next_end
            pause = None if end is None else max(0.0, end - time.monotonic())
            try:
                happened = self._happened.get(timeout=pause)
            except queue.Empty:
                self._tell_of(self._studies.over(time.monotonic()), "silence")
                continue
            if happened is None:
                self._tell_of(self._studies.all(), "stopped")
                return
            if isinstance(happened, EndedAssociation):
                subject = f"association {happened.association.number}"
                self._tell(Occasion.ASSOCIATION, subject, association_document(happened))
            else:
                self._take(happened)
            self._tell_of(self._studies.over(time.monotonic()), "silence")

    def _take(self, stored: StoredObject) -> None:
        if not (self._wants(Occasion.OBJECT) or self._wants(Occasion.STUDY)):
            return
        stored = stored._replace(path=os.path.abspath(stored.path))  # noqa: PTH100 - quick
        attributes = read_of(stored.path)
        self._tell(Occasion.OBJECT, stored.path, object_document(stored, attributes))
        uid = attributes["study_instance_uid"]
        if uid and self._wants(Occasion.STUDY):
            study = self._studies.note(uid, time.monotonic())
            study.size += stored.size
            study.paths[stored.path] = None
            study.calling_aets[stored.association.calling_aet] = None
            study.patient_id = attributes["patient_id"] or study.patient_id
            study.accession_number = attributes["accession_number"] or study.accession_number
            study.series.add(attributes["series_instance_uid"] or "")

    def _tell_of(self, studies: Sequence[Study], reason: str) -> None:
        for study in studies:
            told = document(
                Occasion.STUDY,
                study_instance_uid=study.study_instance_uid,
                patient_id=study.patient_id,
                accession_number=study.accession_number,
                objects=len(study.paths),
                series=len(study.series),
                size=study.size,
                calling_aets=list(study.calling_aets),
                paths=list(study.paths),
                reason=reason,
            )
            self._tell(Occasion.STUDY, f"study {study.study_instance_uid}", told)

    def _tell(self, occasion: Occasion, subject: str, told: bytes) -> None:
        for subscription in self._subscriptions:
            if occasion in subscription.occasions:
                self._deliveries.add(subscription.target, occasion, subject, told)

    def _wants(self, occasion: Occasion) -> bool:
        return any(occasion in subscription.occasions for subscription in self._subscriptions)
