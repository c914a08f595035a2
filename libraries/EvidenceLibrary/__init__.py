"""Robot Framework library for the evidence of a run: journal, figures, manifest, report."""

from __future__ import annotations

from ChukysoKeywords import ChukysoKeywords
from EvidenceLibrary.figures import FigureKeywords
from EvidenceLibrary.lifecycle import LifecycleKeywords
from EvidenceLibrary.listener import StepListener
from EvidenceLibrary.mail import MailKeywords
from EvidenceLibrary.matching import MatchingKeywords
from EvidenceLibrary.recording import RecordingKeywords
from EvidenceLibrary.run import CurrentRun
from EvidenceLibrary.submitting import SubmittingKeywords


class EvidenceLibrary(ChukysoKeywords):
    """Keywords that prove what a run did.

    `Start Evidence` comes first, `Conclude Evidence` last, in the teardown. In between the run records facts, journals
    events, takes the guide's six figures and saves the signed document. What comes of it:

    | file | what |
    |---|---|
    | ``figures/figure-1.png`` … ``figure-6.png`` | the figures |
    | ``evidence/journal.jsonl`` | one line an event, on disk before the next action |
    | ``evidence/submission.xml`` | the signed document |
    | ``evidence/report.html`` | the report for people, one self-contained file |
    | ``evidence/manifest.json`` | the same as data, with the hash of every file |

    The library sees keywords named ``Bước N: …`` in the guide's words: they are recorded as the run's steps and
    written to the console as they happen. Figures need the Browser library, which must be imported too.
    """

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        run = self.current_run = CurrentRun()  # the listener of nights asks it what of a person may be seen
        lifecycle = LifecycleKeywords(run)
        steps = StepListener(run, lifecycle.test_ended)
        components = [
            lifecycle,
            RecordingKeywords(run),
            SubmittingKeywords(run),
            FigureKeywords(run, steps),
            MatchingKeywords(run),
            MailKeywords(run),
            steps,
        ]
        super().__init__(components, language)
