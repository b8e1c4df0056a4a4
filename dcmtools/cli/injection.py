"""The options that let an SCP make faults, to test the software of its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from typer import Option

from dcmtools.cli.lifetime import Report
from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.dicom.text import brief_text
from dcmtools.net.events import FaultsPlanned
from dcmtools.net.faults import FaultPlan, Operation

STORAGE_OPERATIONS = (Operation.ASSOCIATE, Operation.ECHO, Operation.STORE)
"""What is asked of an SCP that only stores."""


@dataclass(frozen=True, kw_only=True)
class InjectionOptions(OptionGroup):
    """Which faults to make in the `operations` that the SCP answers."""

    heading = "Fault Injection Options"
    operations: tuple[Operation, ...] = STORAGE_OPERATIONS
    inject: Annotated[
        list[str] | None,
        Option(
            "--inject",
            metavar="FAULT",
            help="make a fault, such as store:3:status=0xA700, associate:10%:reject or any:all:delay=2: an "
            "operation, when, and what (README has the grammar); may be repeated, the first that fits is "
            "made",
            show_default=False,
        ),
    ] = None
    inject_seed: Annotated[
        int | None,
        Option(
            "--inject-seed",
            metavar="N",
            min=0,
            help="let faults with a probability fall as in another run with this seed (default: any)",
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse faults that cannot be read."""
        self._plan(0)

    def plan(self, show: Report, workers: int) -> FaultPlan | None:
        """Return when to make which fault, None where there are none to make.

        Raises UsageError for several processes, as each would count for itself.
        """
        if not self.inject:
            return None
        if workers > 1:
            raise UsageError("argument --inject: not allowed with argument --workers")
        seed = self.inject_seed
        if seed is None:
            import random  # noqa: PLC0415 - for tests only

            seed = random.randrange(1 << 32)  # noqa: S311
        show(FaultsPlanned(tuple(self.inject), seed))
        return self._plan(seed)

    def _plan(self, seed: int) -> FaultPlan:
        rules = []
        for text in self.inject or ():
            from dcmtools.cli.fault_grammar import parse_fault  # noqa: PLC0415 - for tests only

            try:
                rules.append(parse_fault(text, self.operations))
            except ValueError as exc:
                raise UsageError(f"argument --inject: '{brief_text(text)}': {exc}") from None
        return FaultPlan(rules, seed)
