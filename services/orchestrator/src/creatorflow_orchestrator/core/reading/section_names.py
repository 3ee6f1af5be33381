"""The meaning of headings and labels: a table of words that can be read, and the look-up in it."""

from __future__ import annotations

import re

from creatorflow_orchestrator.core.reading.blocks import Section

from .left_out_titles import leaves_out, to_be_done
from .word_sets import word_set

_NAMES: dict[Section, str] = {
    Section.NONE: """
        summary, description, for, title, short description, message, how, problem, purpose, aim, problem statement,
        table of contents, contents, appendix, what we want to know, issue, bug, question, questions, open questions,
        request, story, user story, overview, introduction, details, more details, notes, note, remark, remarks,
        tl;dr, tldr, short version, in short, feature, proposal, solution, proposed solution, hint, comment, comments,
        defect, bug report, feature request, idea, the idea, change, what, who, topic, re
        """,
    Section.GOALS: """
        goals, goal, what we will do, what we'll do, what will be done, what happens next, sprint goal, sprint goals,
        key results, could, could have, prevention, preventive measures, objectives, objective, requirements,
        requirement, functional requirements, scope, in scope, acceptance criteria, acceptance, acceptance criterion,
        ac, acs, definition of done, dod, done when, action items, action item, action, actions, action points,
        follow-ups, follow-up actions, follow ups, followups, corrective actions, remediation, next steps, tasks,
        to do, to-do, to-dos, todo, todos, to be done, open, open items, still open, still to do, missing,
        what is missing, what's missing, what's needed, what is needed, needed, need, needs, we need, i need,
        what we need, what i need, what we want, what i want, we want, i want, we would like, we'd like, wish list,
        wishlist, wishes, wanted, must have, must haves, must-haves, must, should, should have, could have,
        nice to have, nice-to-have, features, deliverables, deliverable, please, please build, please do, please add,
        ask, asks, the ask, our ask, what to do, what to build, what has to be done, user stories, stories, use cases,
        scenario, scenarios, success criteria, in this release, in this sprint, this sprint, now, mvp, changes,
        changes needed, required changes, work, work items, work packages, what you should build, your task, task,
        the task, the job, job, assignment, priorities, milestones, it must, it should, it has to, the system must,
        the system should, it needs to, in, do, improvements, measures, countermeasures, preventive actions,
        requested changes
        """,
    Section.NON_GOALS: """
        non-goals, non goals, off limits, parking lot, icebox, not, no, nongoals, non-goal, out of scope,
        out-of-scope, not in scope, outside of scope, outside the scope, beyond scope, not now, not yet, later,
        maybe later, not in this release, not in v1, not in this sprint, not part of this, not included, not needed,
        not required, not wanted, no need, excluded, exclusions, exclude, excluding, except, won't have, wont have,
        won't do, won't, wont do, will not do, do not, don't, do not touch, don't touch, please don't touch,
        please do not touch, do not change, don't change, do not build, don't build, hands off, leave alone,
        leave as is, leave out, leave it out, left out, skip, skip this, please skip, ignore, without, we don't need,
        we do not need, i don't need, i do not need, we don't want, we do not want, what we don't need,
        what we do not need, what we don't want, what we do not want, what is out, what's out, no-gos, no gos, no-go,
        limits of scope, anti-goals, deferred, postponed, parked, some day, one day,
        maybe some day, future work, future, someday, out, unwanted,
        descoped, not our job, not your job, none of this, not asked for, not to do, stays as it is, unchanged
        """,
    Section.BACKGROUND: """
        background, context, why it happened, why this happened, purpose and background, motivation, rationale, why,
        current state, current situation, status quo, as is, as-is, today, situation, the situation,
        how it works today, how we work today, where we are, about us, about, who we are, company, shop, setup,
        introduction and background, problem background, done, already done, what works, works already, what is there,
        what we have, what exists, existing, existing system, what is done, finished, already finished, already live,
        already in place, ready, completed, fyi, for information, lessons learned, lessons, what went well,
        what went wrong, went well, went badly, went wrong, what went badly, root cause, root causes,
        root cause analysis, cause, contributing factors, detection, resolution, participants, attendees,
        stakeholders, references, links, related, see also, risks, alternatives, alternatives considered,
        rejected alternatives, related tickets, related issues, revision history, change log, document history,
        resources, where we got lucky
        """,
    Section.CONSTRAINTS: """
        constraints, constraint, environment, target, decisions, decided, with, by, when, success metrics,
        metrics of success, kpis, boundary conditions, conditions, limits, limitations, restrictions, stack,
        tech stack, technology, technologies, technical stack, tech, our stack, budget, deadline, deadlines, due,
        due date, due by, needed by, needed until, dates, schedule, go-live, go live, launch, launch date,
        non-functional requirements, non functional requirements, nonfunctional requirements, nfr, nfrs,
        non-functionals, quality requirements, quality attributes, assumptions, compliance, regulations, hosting,
        region, regions, data residency, platform, platforms, sla, slas, slo, slos, performance targets, targets,
        rules, ground rules, must use, given, givens, technical constraints, preconditions, prerequisites,
        dependencies, rollout plan, security requirements, tools, languages, language
        """,
    Section.GLOSSARY: "glossary, terms, terminology, definitions, abbreviations, acronyms, vocabulary, legend",
    Section.EVIDENCE: """
        steps to reproduce, reproduce, does, it does, currently, sequence of events, course of events, steps to repro,
        what we know, customers affected, affected customers, orders affected, orders lost, duration, detection time,
        time to detect, trigger, triggers, steps, reproduction steps, reproduction, repro, repro steps, str,
        how to reproduce, to reproduce, actual, actual behaviour, actual behavior, actual result, actual results,
        actual outcome, result, results, since, observed, observed behaviour, observed behavior, what happens,
        what happened, what happens instead, current behaviour, current behavior, timeline, timeline of events,
        chronology, log, logs, logs and traces, log excerpt, stack trace, stacktrace, traceback, trace, error,
        error message, error log, impact, effect, effects, consequences, business impact, customer impact,
        user impact, symptoms, symptom, evidence, findings, observations, screenshots, screenshot, measurements,
        sample, example, examples, sample data, affected, affected users, frequency, workaround, attachments,
        attachment, explain, explain output, query plan, output, what we see, what we saw, what customers say
        """,
    Section.EXPECTED: """
        expected, expected behaviour, expected behavior, expected result, expected results, expected outcome,
        what should happen, to-be, should be, desired behaviour, desired behavior, desired, desired state, to be,
        target state, desired outcome, what we expect, what i expected, instead
        """,
}
_SECTIONS = {name.strip(): section for section, names in _NAMES.items() for name in names.split(",")}
_ONLY_LABELS = word_set("""
    now open need needs due must should today why given error query except please ask limits rules targets terms actions
    launch instead language languages tools platform platforms ready future later without ignore skip task job features
    output affected cause setup sample example examples do about topic tasks steps details notes note history issue what
    when how message who idea not no for by with currently does decided decisions reproduce target environment
    change region regions hosting
    """)
"""Words so common that a bare line of them alone is no heading; a colon or a mark makes it one."""
_ALONE = word_set("""
    query log logs trace output setup history links references resources existing related changes order sample explain
    """)
"""Labels that open a section if nothing stands behind them: "History: who changed what" may be what is asked."""
_REFUSES = re.compile(
    r"(?:(?:please|what|things?|items?)\s){0,2}(?:(?:we|i|you|is|are)\s){0,2}"
    r"(?:(?:do not|don't|does not|doesn't|will not|won't|should not|shouldn't|must not|mustn't|shall not|not to)\s"
    r"(?:need|want|do|touch|build|change|include|require|have to|add|fix)"
    r"|not(?:\s(?:in|for|part of|now|today|yet|here|this|needed|wanted|required|included|asked))+"
    r"|(?<=please )(?:do not|don't)"
    r"|not to be (?:done|built|quoted|changed|touched|included|delivered)"
    r"|no need(?: for| to)?|leave (?:it |this )?(?:out|alone)|skip|excluding|except(?: for)?|without|out)"
    r"(?:\s(?:for|in|of|as|the|this|that|now|yet|it|them|here|v\d|first|next|release|version|sprint|phase|ticket|"
    r"epic|project|iteration|pr|story|scope|moment|time|being|quarter|month|year|week|round|any|of|these|anything|"
    r"build|do|touch)){0,5}$"
)
"""The name of a label that says what is not wanted, and names nothing itself."""
_REFUSAL_WORDS = 9
_TAIL = re.compile(
    r"\s+(?:for|of|in|from|to|by|at|on|and|or|&|with|as|this|we|you|per)\s.*|\s*[(\[/–—|,].*|\s+-\s.*", re.DOTALL
)
_LABEL_TAIL = re.compile(r"\s+(?:for|of|in|from|and|or|&)\s.*|\s*[(\[/–—|,].*", re.DOTALL)
_TITLES = frozenset(
    (
        *("goals", "non-goals", "requirements", "functional requirements", "acceptance criteria", "action items"),
        *("background", "context", "constraints", "glossary", "timeline", "purpose", "follow-ups", "next steps"),
        *("out of scope", "not in scope", "what we know", "what we need", "what we want"),
    )
)
"""Names that stay names with more behind them: "Timeline of the outage"."""
_TAKES_AN_OBJECT = frozenset(
    ("except", "exclude", "excluding", "without", "skip", "ignore", "leave", "no", "do", "don't")
)
"""Words with an object behind them: "Except for subscriptions" is no name for what stands behind it."""
_BY_LAST = {
    "goals": Section.GOALS,
    "objectives": Section.GOALS,
    "requirements": Section.GOALS,
    "criteria": Section.GOALS,
    "deliverables": Section.GOALS,
    "non-goals": Section.NON_GOALS,
    "exclusions": Section.NON_GOALS,
    "constraints": Section.CONSTRAINTS,
    "background": Section.BACKGROUND,
    "context": Section.BACKGROUND,
    "glossary": Section.GLOSSARY,
    "timeline": Section.EVIDENCE,
}
"""The last word of a heading that says more: "Key requirements", "Explicit non-goals"."""
_NUMBERING = re.compile(
    r"(?:section\s|§\s?)?\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[ivx]{1,4}|[a-h])[.):]?\s+(?:[-–—]\s)?(?=\S)"
)
_EDGE = " \t*_#:.!`~>–—-=\"'“”⚠️✅❌🚫🎯📋"
_LONGEST = 60


def section_titled(line: str) -> Section | None:
    """Return the section of a line that stands alone without a mark: a name, perhaps of something, no sentence."""
    if line[-1:] in ".;!?" or any(sign in line for sign in ",:"):
        return None
    words = line.lower().replace("’", "'")
    if leaves_out(words) or (words.startswith("what ") and _REFUSES.match(words)):
        return Section.NON_GOALS
    head = _TAIL.sub("", words, count=1)
    return _SECTIONS[head] if head in _TITLES and head != words else section_named(line, bare=True)


def section_labelled(name: str, *, valued: bool) -> Section | None:
    """Return the section that a label opens, the colon behind it left away; `valued` if text follows in its line."""
    words = " ".join(name.lower().replace("’", "'").split())
    count = words.count(" ") + 1
    if count > _REFUSAL_WORDS or (valued and words in _ALONE):
        return None
    if to_be_done(words.split()):
        return Section.GOALS
    section = section_named(name)
    return (
        Section.NON_GOALS if section is None and (_REFUSES.match(words) or leaves_out(words, label=True)) else section
    )


def section_named(title: str, *, bare: bool = False, loose: bool = False) -> Section | None:
    """Return the section that a heading or label opens, `None` for a title without a known meaning.

    `bare` is for a line with neither mark nor colon: it must be a name, and none that is also an everyday word. `loose`
    is for what is a heading for certain: "2. Key requirements of the first release" is found too.
    """
    if len(title) > _LONGEST:
        return None
    words = " ".join(title.strip(_EDGE).lower().replace("’", "'").split())
    if not words or (bare and words in _ONLY_LABELS):
        return None
    if loose and (numbering := _NUMBERING.match(words)):
        words = words[numbering.end() :].strip(_EDGE)
    if words not in _SECTIONS:
        for start in ("our ", "the ", "key ", "main ", "explicit ", "project ", "some "):
            words = words.removeprefix(start)
    section = _SECTIONS.get(words)
    if section is not None or bare:
        return section
    if loose and to_be_done(words.split()):
        return Section.GOALS
    if loose and leaves_out(words):
        return Section.NON_GOALS
    head = (_TAIL if loose else _LABEL_TAIL).sub("", words, count=1)
    section = None if head.split(" ")[0] in _TAKES_AN_OBJECT and head != words else _SECTIONS.get(head)
    if section is None and loose and _REFUSES.match(words):
        return Section.NON_GOALS
    if section is None and loose and not words.startswith("non-func"):
        section = _BY_LAST.get(words.rpartition(" ")[2])
    return section
