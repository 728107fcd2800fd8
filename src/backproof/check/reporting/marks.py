"""The marks in the margin: the lines that were proved right, and those that were proved wrong."""

from backproof.check.judge.judgement import Judgement
from backproof.check.locate.following import is_climbed
from backproof.check.locate.locate import Suspicion
from backproof.check.record.trace import Sites
from backproof.check.source import Place, Source


def marks_of(source: Source, sites: Sites, judgement: Judgement, suspicion: Suspicion) -> dict[Place, bool]:
    """The lines that were proved right, and those that were proved wrong."""
    marks: dict[Place, bool] = {}
    name = source.run_name
    # where it is known what the wrong ones are made of, all of them; else those that are made of nothing wrong
    made = suspicion.made_of_right
    wrong = [key for key in suspicion.suspects if key in (made or suspicion.first)]
    for key in [*suspicion.forward, *suspicion.proved]:
        if key[0] >= 0 and sites.files[key[0]] == name:
            marks[source.place(sites.sites[key[0]].line)] = True
    found = judgement.match
    frame = judgement.frames[0] if judgement.frames else None
    if found is not None and frame is not None:
        if judgement.verdict in ("right", "other-loss"):
            for node in frame.backward:
                site = frame.trace.sites[node]
                if site >= 0 and sites.files[site] == name:
                    marks[source.place(sites.sites[site].line)] = True
        for parameter, update in frame.step.after.items():
            site = frame.trace.sites[update]
            if site >= 0 and sites.files[site] == name:
                place = source.place(sites.sites[site].line)
                fine = parameter in found.right and not _goes_up(judgement, parameter)
                marks[place] = (marks.get(place, True) and fine) or judgement.verdict == "right"
    for key in wrong:
        if sites.files[key[0]] == name:
            marks[source.place(sites.sites[key[0]].line)] = False
    return marks


def _goes_up(judgement: Judgement, parameter: int) -> bool:
    """Whether a parameter is moved along its gradient, though the loss is one that is to become small."""
    found = judgement.match
    if found is None or found.evidence[parameter].handed is not None or is_climbed(judgement, found.loss) is not False:
        return False
    return found.evidence[parameter].goes_up
